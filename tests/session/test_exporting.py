"""What is shown, chosen or tagged is what is written."""

from __future__ import annotations

import csv
import json

import pytest

from diag_gui.__main__ import main
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.session.exporting import ExportChoice
from tests.session.small_session import COPIES, N_IMAGES


def export(session, choice: ExportChoice):
    session.controller.export.start(choice)
    session.settle()
    assert session.state.notice is not None
    assert not session.state.notice.is_error, session.state.notice
    return json.loads((choice.folder / "manifest.json").read_text(encoding="utf-8"))


def document(folder):
    [found] = [
        body for path in folder.glob("*.json") if isinstance(body := json.loads(path.read_text()), dict) and "annotations" in body
    ]
    return found


def images_shown(session) -> set[int]:
    return set(session.state.evaluation.outcomes.image_row(session.state.selection.rows).tolist())


def test_the_images_of_the_rows_shown(session, tmp_path):
    session.controller.query.toggle_kind(OutcomeKind.DUPLICATE)
    session.settle()
    export(session, ExportChoice("coco", tmp_path / "out", "shown"))
    names = {session.state.dataset.images.file_name[row] for row in images_shown(session)}
    written = document(tmp_path / "out")
    assert {image["file_name"] for image in written["images"]} == names
    assert len(names) == COPIES
    assert len(written["annotations"]) == COPIES, "one label lies on each of these images"


def test_the_rows_chosen_alone(session, tmp_path):
    session.controller.selection.choose(session.rows[:3], session.rows[0])
    choice = ExportChoice("coco", tmp_path / "out", "chosen")
    n = len(session.controller.export.image_rows(choice))
    export(session, choice)
    assert 1 <= n <= 3
    assert len(document(tmp_path / "out")["images"]) == n


def test_tagged_images_by_any_tag_and_by_one(session):
    rows = session.rows
    for row, key in ((rows[0], 1), (rows[-1], 2)):
        session.controller.selection.set_current(row)
        session.controller.review.tag_by_key(key)
    session.settle()
    first, last = session.state.evaluation.outcomes.image_row([rows[0], rows[-1]]).tolist()
    names = session.state.project.tag_names
    image_rows = session.controller.export.image_rows
    assert image_rows(ExportChoice("coco", session.state.project.path, "tagged")).tolist() == sorted({first, last})
    assert image_rows(ExportChoice("coco", session.state.project.path, "tagged", (names[1],))).tolist() == [last]
    assert image_rows(ExportChoice("coco", session.state.project.path, "tagged", (names[5],))).tolist() == []


def test_all_images_whatever_is_shown(session, tmp_path):
    session.controller.query.set_text("no such thing")
    session.settle()
    assert len(session.controller.export.image_rows(ExportChoice("coco", tmp_path, "all"))) == N_IMAGES
    assert len(session.controller.export.image_rows(ExportChoice("coco", tmp_path, "shown"))) == 0


def test_failures_are_written_in_the_order_shown(session, tmp_path):
    session.controller.query.toggle_kind(OutcomeKind.CLASSIFICATION)
    session.settle()
    session.controller.query.set_descending(False)
    session.settle()
    export(session, ExportChoice("csv", tmp_path / "out", "shown"))
    with (tmp_path / "out" / "failures.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    names = [
        session.state.dataset.images.file_name[row]
        for row in session.state.evaluation.outcomes.image_row(session.state.selection.rows)
    ]
    assert [line["image"] for line in lines] == names
    assert [line["error"] for line in lines] == ["classification"] * COPIES


def test_failures_are_written_with_what_they_were_in_the_other_runs_as_on_the_command_line(session, files, tmp_path, capsys):
    export(session, ExportChoice("csv", tmp_path / "out", "shown"))
    with (tmp_path / "out" / "failures.csv").open(encoding="utf-8", newline="") as file:
        ours = list(csv.DictReader(file))
    said = tmp_path / "said.csv"
    asked = ("failures", files.ground_truth, files.first, "--compare", files.second, "--metadata", files.metadata, "--csv", said)
    assert main([str(one) for one in asked]) == 0
    capsys.readouterr()
    with said.open(encoding="utf-8", newline="") as file:
        theirs = list(csv.DictReader(file))
    assert {line["fate"] for line in ours} == {"now wrong", "still wrong"}
    assert {line["n_right"] for line in ours} == {"0", "1"}
    assert list(ours[0]) == list(theirs[0])
    assert sorted(map(str, ours)) == sorted(map(str, theirs))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["query"]["compared_with"] == "second"


def test_with_one_run_there_is_nothing_to_say_about_others(nothing_open, files, tmp_path):
    nothing_open.open([files.ground_truth, files.first])
    manifest = export(nothing_open, ExportChoice("csv", tmp_path / "out", "shown"))
    assert "compared_with" not in manifest["query"]
    assert "fate" not in (tmp_path / "out" / "failures.csv").read_text("utf-8").splitlines()[0]


def test_the_manifest_says_how_the_subset_was_made(session, tmp_path):
    session.controller.query.add_expression("weather = 'fog'")
    session.controller.query.toggle_kind(OutcomeKind.MISSED)
    session.controller.thresholds.set_iou(0.6)
    session.settle()
    manifest = export(session, ExportChoice("coco", tmp_path / "out", "shown"))
    said = json.dumps(manifest)
    assert "weather = 'fog'" in said
    assert "error: missed" in said
    assert "0.6" in said


def test_predictions_go_along_only_when_asked_for(session, tmp_path):
    export(session, ExportChoice("coco", tmp_path / "with", "all"))
    export(session, ExportChoice("coco", tmp_path / "without", "all", with_predictions=False))
    with_names = {path.name for path in (tmp_path / "with").iterdir()}
    assert with_names - {path.name for path in (tmp_path / "without").iterdir()}


def test_the_notice_says_how_much_went_where(session, tmp_path):
    export(session, ExportChoice("coco", tmp_path / "out", "all"))
    assert f"{N_IMAGES} images" in session.state.notice.text
    assert str(tmp_path / "out") in session.state.notice.text


def test_an_existing_folder_is_not_written_over(session, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    session.controller.export.start(ExportChoice("coco", tmp_path / "out", "all"))
    session.settle()
    assert session.state.notice.is_error
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("what", ["shown", "tagged"])
def test_ground_truth_alone_has_no_rows_and_exports_no_image(nothing_open, files, tmp_path, what):
    nothing_open.open([files.ground_truth])
    assert len(nothing_open.controller.export.image_rows(ExportChoice("coco", tmp_path, what))) == 0


def test_the_manifest_names_what_was_read_as_on_the_command_line(session, files, tmp_path):
    session.controller.review.tag_by_key(1)
    session.settle()
    session.controller.export.start(ExportChoice("coco", tmp_path / "out", what="all"))
    session.settle()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    named = json.dumps(manifest)
    assert "weather.csv" in named
    assert "truth.diag" in named


def test_every_export_asked_for_is_written(session, tmp_path):
    for name in ("one", "two", "three"):
        session.controller.export.start(ExportChoice("coco", tmp_path / name, "all"))
    session.settle()
    assert all((tmp_path / name / "manifest.json").is_file() for name in ("one", "two", "three"))


def test_a_folder_that_is_being_written_is_refused_by_name(session, tmp_path):
    folder = tmp_path / "out"
    session.controller.export.start(ExportChoice("coco", folder, "all"))
    assert session.controller.export.is_writing(folder)
    session.controller.export.start(ExportChoice("csv", tmp_path / "." / "out", "all", overwrite=True))
    assert session.state.notice.is_error
    assert "out is being written already" in session.state.notice.text
    session.settle()
    assert document(folder)["images"]
    assert not session.controller.export.is_writing(folder)


def test_a_duplicate_is_not_written_with_the_tag_of_the_label_that_another_prediction_found(session, tmp_path):
    outcomes = session.state.evaluation.outcomes
    duplicate = next(row for row in session.rows if outcomes.kind[row] == OutcomeKind.DUPLICATE)
    found = int(outcomes.target[outcomes.n_predictions + int(outcomes.target[duplicate])])
    session.controller.query.set_show("all")
    session.settle()
    session.controller.selection.set_current(found)
    session.controller.review.tag_by_key(1)
    session.settle()
    export(session, ExportChoice("csv", tmp_path / "out", "shown"))
    [table] = (tmp_path / "out").glob("failures*.csv")
    with table.open(encoding="utf-8", newline="") as lines:
        tagged = [record["error"] for record in csv.DictReader(lines) if record["tags"]]
    assert tagged == ["true_positive"]
