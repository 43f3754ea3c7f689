"""Opening: everything asked for is read before anything shown changes, and each problem is said."""

from __future__ import annotations

import json

import pytest

from diag_gui.data.run_files import joined
from diag_gui.session import loading, loading_job
from diag_gui.session.loading import PREPARE_KEY
from diag_gui.session.open_request import OpenRequest
from diag_gui.session.state import Change
from tests.formats.test_exif import exif, jpeg
from tests.session.small_session import COPIES, N_FOUND, N_IMAGES, N_TRUTH, Session, write_files


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


def test_the_runs_differ_and_the_other_is_shown_when_asked_for(session):
    first = session.state.evaluation.totals
    session.controller.data.set_active_run(1)
    session.settle()
    second = session.state.evaluation.totals
    assert session.state.run.name == "second"
    assert second.tp == first.tp + COPIES
    assert second.n_predictions == first.n_predictions - COPIES
    session.controller.data.set_active_run(0)
    session.settle()
    assert session.state.evaluation.totals == first


def test_going_back_to_a_run_does_not_prepare_it_again(session, monkeypatch):
    session.controller.data.set_active_run(1)
    session.settle()

    def refuse(*_arguments, **_options):
        raise AssertionError("prepared again")

    monkeypatch.setattr("diag_gui.session.preparing.prepare_run", refuse)
    for index in (0, 1, 0):
        session.controller.data.set_active_run(index)
        session.settle()
        assert session.state.active == index
    assert session.state.notice is None or not session.state.notice.is_error


def test_runs_of_one_name_are_told_apart_also_when_one_is_added(session, files, tmp_path, monkeypatch):
    added = tmp_path / "new" / "first.json"
    added.parent.mkdir()
    added.write_text(files.first.read_text())
    session.controller.data.add_predictions([added])
    session.settle()
    folder = files.folder.name
    assert names(session) == [f"{folder}/first", "second", "new/first"]
    assert session.state.run.name == session.state.facts.run.name == "new/first"
    assert any("repeated-run-name" in report.codes for report in session.state.reports)

    def refuse(*_arguments, **_options):
        raise AssertionError("prepared again")

    monkeypatch.setattr("diag_gui.session.preparing.prepare_run", refuse)
    session.controller.data.set_active_run(0)
    session.settle()
    assert session.state.run.name == session.state.facts.run.name == f"{folder}/first"


@pytest.mark.parametrize("index", [-1, 2, 99])
def test_a_run_that_does_not_exist_is_not_shown(session, index):
    before = session.state
    session.controller.data.set_active_run(index)
    session.settle()
    assert session.state.active == 0
    assert session.state.evaluation is before.evaluation


def test_filter_and_thresholds_hold_for_the_next_run(session):
    session.controller.query.add_expression("weather = 'fog'")
    session.controller.thresholds.set_iou(0.6)
    session.settle()
    session.controller.data.set_active_run(1)
    session.settle()
    assert session.state.query.expressions == ("weather = 'fog'",)
    assert session.state.evaluation.params.iou_threshold == 0.6
    assert session.state.evaluation.totals.n_images == COPIES


def test_a_slider_that_moved_while_a_run_was_prepared_is_obeyed(session):
    session.controller.data.set_active_run(1)
    session.controller.thresholds.set_iou(0.65)
    session.controller.query.set_text("site_1")
    session.settle()
    assert session.state.active == 1
    assert session.state.evaluation.params.iou_threshold == 0.65
    assert {row % 4 for row in session.state.evaluation.outcomes.image_row(session.state.selection.rows).tolist()} == {1}


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


def test_a_project_opens_the_data_it_is_about(session, nothing_open, files):
    session.controller.review.tag_by_key(1)
    session.settle()
    project, rows = session.state.project.path, session.rows
    session.open([project])
    assert session.state.project.path == project
    assert session.state.dataset.source.path == files.ground_truth
    assert names(session) == ["first", "second"]
    assert session.rows == rows
    assert session.state.review.counts().reviewed == 1


def test_a_project_brings_the_tables_that_were_joined(session, nothing_open, files):
    """Made with one table, joined by another afterwards."""
    session.controller.review.tag_by_key(1)
    session.settle()
    later = files.folder / "camera.csv"
    later.write_text(files.metadata.read_text().replace("weather,flight", "camera,lens"))
    session.controller.data.join_metadata(later)
    session.settle()
    session.open([session.state.project.path])
    assert set(session.state.dataset.image_attributes.names) == {"weather", "flight", "camera", "lens"}


def test_a_project_keeps_the_runs_that_are_not_loaded_now(session, files, tmp_path):
    session.controller.review.tag_by_key(1)
    session.settle()
    project = session.state.project.path
    third = tmp_path / "third.json"
    third.write_text(json.dumps(json.loads(files.first.read_text())[1:]))
    session.open([files.ground_truth, files.second])
    assert session.state.project.path == project
    session.open([third])
    session.open([project])
    assert set(names(session)) == {"first", "second", "third"}
    assert set(session.state.dataset.image_attributes.names) == {"weather", "flight"}


def test_a_project_whose_data_are_gone_says_where_they_were(qtbot, session, files, tmp_path):
    session.controller.review.tag_by_key(1)
    session.settle()
    project = session.state.project.path
    session.controller.close()
    moved = project.rename(tmp_path / "alone.diag")
    files.ground_truth.unlink()
    again = Session(qtbot, tmp_path / "again")
    again.open([moved])
    again.controller.close()
    assert again.state.notice.is_error
    assert "truth.json" in again.state.notice.text
    assert again.state.dataset is None


def test_a_folder_without_these_pictures_is_refused_and_named(session, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    session.controller.data.set_image_root(tmp_path / "elsewhere")
    assert session.state.image_root is None
    assert session.state.notice.is_error
    assert "elsewhere" in session.state.notice.text


def test_a_folder_with_the_pictures_is_taken_also_from_above(session, tmp_path):
    pictures = tmp_path / "outer" / "pictures"
    for row in range(N_IMAGES):
        path = pictures / f"site_{row % 4}" / f"picture_{row:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff")
    session.controller.data.set_image_root(pictures)
    assert session.state.image_root == pictures


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


def put_pictures(folder):
    for row in range(N_IMAGES):
        path = folder / f"site_{row % 4}" / f"picture_{row:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff")
    return folder


@pytest.mark.parametrize("which", ["second", "metadata"])
def test_the_pictures_and_the_reports_stay_when_something_is_added(nothing_open, files, which):
    pictures = put_pictures(files.folder / "images")
    nothing_open.open([files.ground_truth, files.first])
    assert nothing_open.state.image_root == pictures
    nothing_open.open([getattr(files, which)])
    assert nothing_open.state.image_root == pictures
    assert [report.path.name for report in nothing_open.state.reports] == ["truth.json", "first.json", getattr(files, which).name]


def test_a_dropped_folder_of_pictures_serves_the_data_that_are_shown(session, tmp_path):
    pictures = put_pictures(tmp_path / "outer" / "pictures")
    facts = session.state.facts
    session.open([tmp_path / "outer"])
    assert session.state.image_root == pictures
    assert session.state.facts is facts


def test_metadata_leave_the_run_and_the_row_in_question(nothing_open, files):
    nothing_open.open(files.both)
    row = nothing_open.rows[3]
    nothing_open.controller.selection.set_current(row)
    nothing_open.controller.data.join_metadata(files.metadata)
    nothing_open.settle()
    assert nothing_open.state.run.name == "first"
    assert nothing_open.state.current == row
    assert nothing_open.state.chosen == {row}


def test_a_row_of_the_run_before_is_not_in_question_in_the_run_added(nothing_open, files):
    """The same number names another object there: the first run has a prediction more per copy."""
    nothing_open.open([files.ground_truth, files.first])
    nothing_open.controller.selection.choose(nothing_open.rows, nothing_open.rows[-1])
    nothing_open.open([files.second])
    assert nothing_open.state.run.name == "second"
    assert nothing_open.state.current == nothing_open.rows[0]
    assert nothing_open.state.chosen == {nothing_open.rows[0]}


@pytest.mark.parametrize("switched_first", [True, False])
def test_a_run_that_was_asked_for_while_metadata_were_joined_stays(nothing_open, files, switched_first):
    session = nothing_open
    session.open(files.both)
    verbs = [lambda: session.controller.data.set_active_run(1), lambda: session.controller.data.join_metadata(files.metadata)]
    for verb in verbs if switched_first else verbs[::-1]:
        verb()
    session.settle()
    state = session.state
    assert state.active == 1
    assert state.facts.run is state.runs[1]
    assert state.facts.dataset is state.dataset
    assert state.evaluation.outcomes.predictions is state.runs[1].predictions
    assert "weather" in [column.name for column in state.dataset.image_attributes.columns]


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


def test_exif_of_the_pictures_becomes_columns(nothing_open, files):
    session = nothing_open
    session.open([files.ground_truth, files.first])
    assert session.state.image_root is None
    session.controller.data.read_exif()
    session.settle()
    assert "say where they are" in session.state.notice.text
    name = session.state.dataset.images.file_name[0]
    picture = files.folder / "pictures" / name
    picture.parent.mkdir(parents=True)
    picture.write_bytes(jpeg(exif()))
    session.controller.data.set_image_root(files.folder / "pictures")
    session.controller.data.read_exif()
    session.settle()
    assert "exif_camera" in session.state.dataset.image_attributes.names
    assert session.state.run.name == "first"


class TestLargeData:
    """Data that take a while to prepare are shown once they are read, with the outcomes of their first images."""

    @pytest.fixture(autouse=True)
    def _all_is_large(self, monkeypatch):
        monkeypatch.setattr(loading_job, "SHOWN_FIRST", 1)

    def test_first_the_data_then_the_numbers(self, nothing_open, files):
        heard = []

        def listen(change, origin):
            if change & Change.DATA:
                state = nothing_open.state
                heard.append((len(state.runs), state.evaluation is not None, state.first_look is not None))

        nothing_open.store.changed.connect(listen)
        nothing_open.open(files.everything)
        assert heard == [(2, False, True), (2, True, False)]
        state = nothing_open.state
        assert state.selection is not None
        assert state.current == state.selection.rows[0]
        assert all(facts is not None for facts in state.prepared)
        assert state.summary is not None

    def test_the_numbers_are_those_of_small_data(self, nothing_open, files, monkeypatch):
        nothing_open.open(files.everything)
        large = nothing_open.state
        monkeypatch.setattr(loading_job, "SHOWN_FIRST", 1 << 30)
        nothing_open.open(files.everything)
        small = nothing_open.state
        assert small.evaluation is not large.evaluation
        assert repr(small.evaluation.totals) == repr(large.evaluation.totals)
        assert small.selection.rows.tolist() == large.selection.rows.tolist()
        assert small.current == large.current

    def test_that_pictures_are_missing_is_told_once_the_data_are_shown(self, nothing_open, files, monkeypatch):
        monkeypatch.setattr(loading, "FIRST_PICTURE_MS", 1)
        picture = files.folder / "images" / "site_0" / "picture_000.jpg"
        picture.parent.mkdir(parents=True)
        picture.write_bytes(jpeg(exif()))
        said = []

        def listen(change, origin):
            if change & Change.DATA:
                said.append({group.code for group in nothing_open.state.reports[0].problems})

        nothing_open.store.changed.connect(listen)
        nothing_open.open([files.ground_truth, files.first])
        assert "picture-missing" not in said[0]
        assert "picture-missing" in said[-1]
        missing = next(group for group in nothing_open.state.reports[0].problems if group.code == "picture-missing")
        assert missing.count == N_IMAGES - 1
        assert "picture-missing" in nothing_open.state.notice.details
        later = nothing_open.state
        monkeypatch.setattr(loading_job, "SHOWN_FIRST", 1 << 30)
        nothing_open.open([files.ground_truth, files.first])
        assert nothing_open.state.reports == later.reports

    def test_a_further_run_leaves_what_is_shown_until_it_is_prepared(self, nothing_open, files):
        nothing_open.open([files.ground_truth, files.first])
        shown = []
        nothing_open.store.changed.connect(lambda change, origin: shown.append(nothing_open.state.evaluation is not None))
        nothing_open.open([files.second])
        assert nothing_open.state.run.name == "second"
        assert all(shown)

    def test_when_it_was_stopped_the_run_can_be_asked_for_again(self, nothing_open, files):
        controller = nothing_open.controller
        jobs, stopped = controller.jobs, []

        def stop(key):
            if key == PREPARE_KEY and not stopped:
                stopped.append(key)
                jobs.cancel(key)

        jobs.begun.connect(stop)
        nothing_open.open([files.ground_truth, files.first])
        assert stopped
        assert nothing_open.state.evaluation is None
        controller.data.set_active_run(0)
        nothing_open.settle()
        assert nothing_open.state.evaluation is not None
        assert nothing_open.state.first_look is None

    def test_what_would_not_fit_is_open_but_not_prepared_until_it_is_asked_for(self, nothing_open, files, monkeypatch):
        monkeypatch.setattr(loading, "free_memory", lambda: 1000)
        nothing_open.open([files.ground_truth, files.first])
        state = nothing_open.state
        assert state.run.name == "first"
        assert state.first_look is not None
        assert state.evaluation is None
        assert "GiB" in state.notice.text
        assert "--streamed" in state.notice.details
        nothing_open.controller.data.set_active_run(0)
        nothing_open.settle()
        assert nothing_open.state.evaluation is not None

    @pytest.mark.parametrize("free", [None, 1 << 40])
    def test_where_there_is_room_or_nobody_knows_nothing_is_said(self, nothing_open, files, monkeypatch, free):
        monkeypatch.setattr(loading, "free_memory", lambda: free)
        nothing_open.open([files.ground_truth, files.first])
        assert nothing_open.state.evaluation is not None

    def test_what_did_not_fit_is_not_prepared_because_metadata_are_joined(self, nothing_open, files, monkeypatch):
        for module in (loading, loading_job):
            monkeypatch.setattr(module, "free_memory", lambda: 1000)
        nothing_open.open([files.ground_truth, files.first])
        nothing_open.open([files.metadata])
        state = nothing_open.state
        assert "weather" in state.dataset.image_attributes.names
        assert (state.facts, state.evaluation, state.current) == (None, None, -1)
        assert state.first_look is not None
        assert "GiB" in state.notice.text
        nothing_open.open([files.second])
        assert [run.name for run in nothing_open.state.runs] == ["first", "second"]
        assert nothing_open.state.evaluation is None
        nothing_open.controller.data.set_active_run(0)
        nothing_open.settle()
        assert nothing_open.state.evaluation is not None

    def test_a_run_that_has_no_room_beside_what_is_shown_is_open_but_not_prepared(self, nothing_open, files, monkeypatch):
        nothing_open.open([files.ground_truth, files.first])
        assert nothing_open.state.evaluation is not None
        for module in (loading, loading_job):
            monkeypatch.setattr(module, "free_memory", lambda: 1000)
        nothing_open.open([files.second])
        assert nothing_open.state.run.name == "second"
        assert nothing_open.state.first_look is not None
        assert nothing_open.state.evaluation is None
        assert "GiB" in nothing_open.state.notice.text

    def test_metadata_joined_before_the_numbers_are_there_do_not_hold_them_up(self, nothing_open, files):
        nothing_open.controller.data.open_paths([files.ground_truth, files.first])
        nothing_open._qtbot.waitUntil(lambda: nothing_open.state.dataset is not None)
        nothing_open.open([files.metadata])
        state = nothing_open.state
        assert "weather" in state.dataset.image_attributes.names
        assert state.facts.dataset is state.dataset
        assert state.evaluation is not None
