"""What was chosen when data were opened is kept in the project, and data are read so again."""

from __future__ import annotations

import json

import pytest

from diag_gui.__main__ import main
from diag_gui.formats.column_choice import parse_columns
from diag_gui.review.project_facts import glance
from diag_gui.review.reading_choices import ReadingChoices
from diag_gui.session import loading_job
from diag_gui.session.open_request import OpenRequest
from tests.formats.test_exif import exif
from tests.formats.test_images import png_chunk
from tests.session.small_session import N_TRUTH, Session

TRUTH = "image=where,class=what,x=a,y=b,w=c,h=d"
FOUND = "image=where,class=what,score=sure,x=a,y=b,w=c,h=d"


@pytest.fixture
def tables(files):
    """The scene as tables whose columns nobody can guess."""
    document = json.loads(files.ground_truth.read_text())
    names = {image["id"]: image["file_name"] for image in document["images"]}
    classes = {one["id"]: one["name"] for one in document["categories"]}

    def line(record, *more):
        return ",".join(map(str, (names[record["image_id"]], classes[record["category_id"]], *record["bbox"], *more)))

    truth, found = files.folder / "truth.csv", files.folder / "found.csv"
    truth.write_text("\n".join(["where,what,a,b,c,d", *map(line, document["annotations"])]) + "\n")
    records = json.loads(files.first.read_text())
    found.write_text("\n".join(["where,what,a,b,c,d,sure", *(line(one, one["score"]) for one in records)]) + "\n")
    for path in (files.ground_truth, files.first, files.second, files.metadata):
        path.unlink()
    return truth, found


def decide(session) -> None:
    """Make a project by a first decision."""
    session.controller.review.tag_by_key(1)
    session.settle()
    assert session.state.project.path is not None, session.state.notice


def test_columns_come_back_in_another_window_and_on_the_command_line(qtbot, nothing_open, tables, tmp_path):
    truth, found = tables
    choices = {truth: parse_columns(TRUTH), found: parse_columns(FOUND)}
    nothing_open.controller.data.open(OpenRequest(truth, (found,), columns=choices))
    nothing_open.settle()
    assert len(nothing_open.state.dataset.ground_truth) == N_TRUTH
    decide(nothing_open)
    project = nothing_open.state.project.path
    n_correct = nothing_open.state.evaluation.totals.tp

    # Somebody else, who was never asked for these columns.
    other = Session(qtbot, tmp_path / "other")
    try:
        other.open([project])
        assert other.state.evaluation is not None, other.state.notice
        assert other.state.evaluation.totals.tp == n_correct
        assert other.state.project.path == project
    finally:
        other.controller.close()

    answer = tmp_path / "answer.json"
    assert main(["evaluate", "--project", str(project), "--quiet", "--json", str(answer)]) == 0
    [run] = json.loads(answer.read_text())["runs"]
    assert run["summary"]["tp"] == n_correct


def test_columns_are_kept_of_data_that_are_shown_before_their_figures(nothing_open, tables, monkeypatch):
    truth, found = tables
    monkeypatch.setattr(loading_job, "SHOWN_FIRST", 1)
    choices = {truth: parse_columns(TRUTH), found: parse_columns(FOUND)}
    nothing_open.controller.data.open(OpenRequest(truth, (found,), columns=choices))
    nothing_open.settle()
    decide(nothing_open)
    project = nothing_open.state.project.path
    assert nothing_open.state.columns_chosen == (choices[truth].text, choices[found].text)
    nothing_open.open([project])
    assert nothing_open.state.columns_chosen == (choices[truth].text, choices[found].text)
    chosen = ReadingChoices.of(glance(project).settings)
    assert (chosen.columns, chosen.predicted_columns) == nothing_open.state.columns_chosen


def test_what_is_named_on_the_command_line_comes_before_what_the_project_says(nothing_open, tables, tmp_path, capsys):
    truth, found = tables
    choices = {truth: parse_columns(TRUTH), found: parse_columns(FOUND)}
    nothing_open.controller.data.open(OpenRequest(truth, (found,), columns=choices))
    nothing_open.settle()
    decide(nothing_open)
    project = nothing_open.state.project.path
    wrong = FOUND.replace("score=sure", "score=unsure")
    assert main(["evaluate", "--project", str(project), "--quiet", "--pred-columns", wrong]) == 2
    assert "unsure" in capsys.readouterr().err


def test_exif_is_read_again_with_the_project(qtbot, nothing_open, files, tmp_path):
    name = json.loads(files.ground_truth.read_text())["images"][0]["file_name"]
    picture = files.folder / "images" / name
    picture.parent.mkdir(parents=True)
    head = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", b"\0\0\0\xc8\0\0\0\x96\x08\0\0\0\0")
    picture.write_bytes(head + png_chunk(b"eXIf", exif()) + png_chunk(b"IEND", b""))
    nothing_open.open([files.ground_truth, files.first])
    decide(nothing_open)
    nothing_open.controller.data.read_exif()
    nothing_open.settle()
    assert "exif_camera" in nothing_open.state.dataset.image_attributes.names
    project = nothing_open.state.project.path

    other = Session(qtbot, tmp_path / "other")
    try:
        other.open([project])
        assert "exif_camera" in other.state.dataset.image_attributes.names
    finally:
        other.controller.close()
    answer = tmp_path / "answer.json"
    assert main(["evaluate", "--project", str(project), "--quiet", "--json", str(answer)]) == 0
    assert "exif" in [entry["format"] for entry in json.loads(answer.read_text())["read"]]

    # Without its pictures the same project opens, without these columns.
    picture.unlink()
    picture.parent.rmdir()
    (files.folder / "images").rmdir()
    assert main(["evaluate", "--project", str(project), "--quiet", "--json", str(answer)]) == 0
    nothing_open.open([project])
    assert nothing_open.state.evaluation is not None


def test_a_project_made_on_the_command_line_keeps_them_too(tables, tmp_path):
    truth, found = tables
    project, answer = tmp_path / "made.diag", tmp_path / "answer.json"
    asked = ["--gt", str(truth), "--pred", str(found), "--columns", TRUTH, "--pred-columns", FOUND, "--quiet"]
    assert main(["project", "create", str(project), *asked]) == 0
    assert main(["evaluate", "--project", str(project), "--quiet", "--json", str(answer)]) == 0
    assert json.loads(answer.read_text())["runs"][0]["summary"]["tp"] > 0


@pytest.mark.parametrize("settings", [{}, {"exif": "yes", "columns": 5, "pred_columns": None}])
def test_settings_that_say_nothing_of_it(settings):
    assert ReadingChoices.of(settings) == ReadingChoices()


def test_choices_survive_their_settings():
    chosen = ReadingChoices(True, TRUTH, FOUND)
    assert ReadingChoices.of(chosen.settings) == chosen
    assert ReadingChoices().settings == {}
