"""Opening: everything asked for is read before anything shown changes, and each problem is said."""

from __future__ import annotations

import json

import pytest

from diag_gui.data.run_files import joined
from diag_gui.session.open_request import OpenRequest
from diag_gui.session.state import Change
from tests.session.small_session import COPIES, N_FOUND, N_IMAGES, N_TRUTH, write_files


def names(session):
    return [run.name for run in session.state.runs]


def test_files_are_told_apart_by_content_whatever_their_order(nothing_open, files):
    nothing_open.open([files.metadata, files.second, files.ground_truth, files.first])
    state = nothing_open.state
    assert len(state.dataset.images) == N_IMAGES
    assert len(state.dataset.ground_truth) == N_TRUTH
    assert names(nothing_open) == ["second", "first"]
    assert state.run.name == "second"
    assert set(state.dataset.image_attributes.names) == {"weather", "flight"}


def test_misleading_names_do_not_matter(nothing_open, files):
    truth = files.ground_truth.rename(files.folder / "predictions.txt")
    found = files.first.rename(files.folder / "gt.dat")
    nothing_open.open([found, truth])
    assert len(nothing_open.state.dataset.ground_truth) == N_TRUTH
    assert len(nothing_open.state.run.predictions) == N_FOUND


def test_loaded_and_dropped_are_the_records_of_the_file(nothing_open, files):
    records = json.loads(files.first.read_text())
    records[0]["image_id"] = 9999
    records[1]["bbox"] = [float("nan"), 0, 3, 3]
    files.first.write_text(json.dumps(records))
    nothing_open.open([files.ground_truth, files.first])
    report = nothing_open.state.reports[-1]
    assert (report.records, report.loaded, report.dropped) == (N_FOUND, N_FOUND - 2, 2)
    assert "2 records dropped" in nothing_open.state.notice.text
    assert "first.json" in nothing_open.state.notice.details
    assert not nothing_open.state.notice.is_error


def test_nothing_is_shown_half_opened(nothing_open, files):
    """One commit brings dataset, runs, facts, evaluation and rows together."""
    heard = []

    def listen(change, origin):
        if change & Change.DATA:
            state = nothing_open.state
            heard.append((state.dataset is not None, len(state.runs), state.evaluation is not None, state.selection is not None))

    nothing_open.store.changed.connect(listen)
    nothing_open.open(files.everything)
    assert heard == [(True, 2, True, True)]


def test_an_unreadable_second_run_leaves_what_was_open(session, files):
    before = session.state
    files.second.write_text('[{"image_id": 1, ')
    session.open([files.ground_truth, files.first, files.second])
    assert session.state.notice.is_error
    assert "second.json" in session.state.notice.text
    assert session.state.dataset is before.dataset
    assert session.state.runs is before.runs
    assert session.state.evaluation is before.evaluation


@pytest.mark.parametrize("which", ["first", "metadata"])
def test_predictions_or_metadata_without_ground_truth_say_what_is_missing(nothing_open, files, which):
    nothing_open.open([getattr(files, which)])
    assert nothing_open.state.notice.is_error
    assert "ground truth" in nothing_open.state.notice.text
    assert nothing_open.state.dataset is None


def test_two_ground_truths_are_refused_by_name(nothing_open, files, tmp_path):
    other = write_files(tmp_path / "other")
    nothing_open.open([files.ground_truth, other.ground_truth.rename(tmp_path / "other.json")])
    assert "truth.json, other.json" in nothing_open.state.notice.text
    assert nothing_open.state.dataset is None


def test_a_file_that_is_nothing_known_is_named(nothing_open, tmp_path):
    odd = tmp_path / "odd.bin"
    odd.write_bytes(bytes(range(256)))
    nothing_open.open([odd])
    assert nothing_open.state.notice.is_error
    assert "odd.bin" in nothing_open.state.notice.text


def test_a_file_that_is_nothing_known_is_named_beside_predictions(nothing_open, files, tmp_path):
    (tmp_path / "a.txt").write_text("hello there\n")
    nothing_open.controller.data.open_paths([tmp_path / "a.txt", files.first])
    nothing_open.settle()
    assert nothing_open.state.dataset is None
    assert "a.txt: text of no known kind; ground truth was expected" in nothing_open.state.notice.text


def test_a_path_that_is_not_there_is_named(nothing_open, tmp_path):
    nothing_open.open([tmp_path / "gone.json"])
    assert nothing_open.state.notice.is_error
    assert "gone.json" in nothing_open.state.notice.text


def test_ground_truth_alone_can_be_looked_at_and_runs_added_later(nothing_open, files):
    nothing_open.open([files.ground_truth])
    assert nothing_open.state.run is None
    assert nothing_open.state.evaluation is None
    nothing_open.open([files.first])
    assert names(nothing_open) == ["first"]
    assert nothing_open.state.evaluation is not None
    dataset = nothing_open.state.dataset
    nothing_open.controller.data.add_predictions([files.second])
    nothing_open.settle()
    assert names(nothing_open) == ["first", "second"]
    assert nothing_open.state.run.name == "second"
    assert nothing_open.state.dataset is dataset


def test_metadata_joins_the_images_of_every_run(nothing_open, files):
    nothing_open.open(files.both)
    assert nothing_open.state.dataset.image_attributes.names == ()
    nothing_open.controller.data.join_metadata(files.metadata)
    nothing_open.settle()
    assert set(nothing_open.state.dataset.image_attributes.names) == {"weather", "flight"}
    nothing_open.controller.query.add_expression("weather = 'fog'")
    nothing_open.settle()
    assert nothing_open.state.evaluation.totals.n_images == COPIES
    nothing_open.controller.data.set_active_run(1)
    nothing_open.settle()
    assert nothing_open.state.evaluation.totals.n_images == COPIES
    assert nothing_open.state.run.name == "second"


def test_new_data_begin_without_the_filters_of_the_old(session, files, tmp_path):
    session.controller.query.add_expression("weather = 'fog'")
    session.controller.thresholds.set_iou(0.7)
    session.settle()
    other = write_files(tmp_path / "other", copies=2)
    session.open(other.both)
    assert session.state.query.expressions == ()
    assert session.state.params.iou_threshold == 0.7
    assert session.state.evaluation.totals.n_images == 8
    assert session.state.current in session.rows


def test_a_slider_that_moved_while_files_were_read_is_obeyed(nothing_open, files):
    nothing_open.controller.data.open_paths(files.everything)
    nothing_open.controller.thresholds.set_iou(0.65)
    nothing_open.settle()
    assert nothing_open.state.evaluation.params.iou_threshold == 0.65


def test_the_later_of_two_requests_is_what_is_open(nothing_open, files, tmp_path):
    other = write_files(tmp_path / "other", copies=2)
    nothing_open.controller.data.open_paths(files.everything)
    nothing_open.controller.data.open_paths(other.both)
    nothing_open.settle()
    assert nothing_open.state.dataset.source.path.parent == other.folder
    assert nothing_open.state.evaluation.totals.n_images == 8


def test_formats_may_be_said_instead_of_guessed(nothing_open, files):
    nothing_open.controller.data.open(OpenRequest(files.ground_truth, (files.first,), ground_truth_format="voc"))
    nothing_open.settle()
    assert nothing_open.state.notice.is_error
    assert nothing_open.state.dataset is None
    nothing_open.controller.data.open(OpenRequest(files.ground_truth, (files.first,), ground_truth_format="coco"))
    nothing_open.settle()
    assert nothing_open.state.dataset is not None


def test_no_predictions_at_all_is_a_run_that_misses_everything(nothing_open, files):
    files.first.write_text("[]")
    nothing_open.controller.data.open(OpenRequest(files.ground_truth, (files.first,)))
    nothing_open.settle()
    assert nothing_open.state.evaluation is not None, nothing_open.state.notice
    assert nothing_open.state.evaluation.totals.fn == N_TRUTH


@pytest.mark.parametrize("how", ["a folder", "a pattern", "joined"])
def test_several_files_are_one_run(nothing_open, files, how):
    records = json.loads(files.first.read_text())
    folder = files.folder / "shards"
    folder.mkdir()
    parts = [folder / f"part-{n}.json" for n in range(3)]
    for n, part in enumerate(parts):
        part.write_text(json.dumps(records[n * N_FOUND // 3 : (n + 1) * N_FOUND // 3]), encoding="utf-8")
    asked = {"a folder": folder, "a pattern": folder / "*.json", "joined": joined(tuple(parts))}[how]
    nothing_open.open([files.ground_truth, files.first])
    whole = nothing_open.state
    nothing_open.open([asked, files.ground_truth])
    state = nothing_open.state
    assert len(state.runs) == 1
    assert state.run.predictions.xywh.tolist() == whole.run.predictions.xywh.tolist()
    assert state.run.predictions.source_index.tolist() == whole.run.predictions.source_index.tolist()
    assert [report.path for report in state.reports] == [files.ground_truth, *parts]
    assert nothing_open.settings.recent()[0] == [str(files.ground_truth), str(asked)]
    nothing_open.open([files.second])
    assert len(nothing_open.state.runs) == 2
