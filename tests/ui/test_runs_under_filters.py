"""The Runs page under filters: it follows those of images, with the numbers of the command line, and names those it does not."""

from __future__ import annotations

import json

import pytest

from diag_gui.__main__ import main
from diag_gui.ui.interval_mark import CRITERION
from diag_gui.ui.models.run_table_model import CELL_ROLE
from diag_gui.ui.page_places import RUNS
from tests.session.small_session import CAT, DOG, N_IMAGES
from tests.ui.small_window import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

WHERE = "weather = 'sun'"


@pytest.fixture
def page(qtbot, window):
    """The page with the second run shown and the first compared with."""
    window.activateWindow()
    window.controller.data.set_active_run(1)
    window.show_page(RUNS)
    settle(qtbot, window)
    return window.runs


def on_the_command_line(files, capsys, *arguments: str):
    asked = ["evaluate", files.ground_truth, files.first, files.second, "--metadata", files.metadata, "--compare"]
    assert main([*map(str, asked), *arguments, "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)


def test_runs_follow_a_filter_of_images_with_the_numbers_of_the_command_line(qtbot, window, page, files, capsys):
    window.controller.query.add_expression(WHERE)
    settle(qtbot, window)
    state = window.store.state
    document = on_the_command_line(files, capsys, "--where", WHERE)
    for shown, said in zip(state.side_by_side.runs, document["runs"], strict=True):
        assert shown.summary.figures["AP"] == said["summary"]["AP"]
        assert shown.evaluation.totals.f1 == said["summary"]["f1"]
        assert shown.calibration.ece == said["summary"]["ece"]
    [comparison] = document["comparisons"]
    ours = state.differences.comparisons[1]
    assert ours.n_images == comparison["images"] == N_IMAGES // 2
    for name, said in comparison["figures"].items():
        one = ours.figures[name]
        assert (one.difference, one.low, one.high, one.better, one.p) == tuple(
            said[key] for key in ("difference", "low", "high", "better", "p")
        )
    assert state.side_by_side.matrix.ground_truth.tolist() == comparison["fates"]["matrix"]
    assert list(state.side_by_side.found_in) == document["fates"]["found_in"]
    assert page.runs.cover.text() == f"on {N_IMAGES // 2} of {N_IMAGES} images"
    assert page.fates.figure_label.text() == "first → second"


def test_a_filter_that_is_not_followed_is_named(qtbot, window, page):
    before = window.store.state.side_by_side.matrix.ground_truth.tolist()
    window.controller.query.toggle_class(CAT)
    settle(qtbot, window)
    assert window.store.state.side_by_side.matrix.ground_truth.tolist() == before
    assert page.runs.cover.text() == f"on all {N_IMAGES} images and all classes; “class: cat” has its line below"
    assert "resamples" in page.runs.cover.toolTip()
    window.controller.query.toggle_class(DOG, extend=True)
    settle(qtbot, window)
    assert page.runs.cover.text() == f"on all {N_IMAGES} images and all classes; the 2 classes asked for have their lines below"
    window.controller.query.toggle_class(DOG, extend=True)
    settle(qtbot, window)
    assert page.fates.figure_label.text() == "all classes · first → second"
    window.controller.query.add_expression("score > 0.5")
    window.controller.query.add_expression(WHERE)
    settle(qtbot, window)
    said = f"on {N_IMAGES // 2} of {N_IMAGES} images and all classes: “class: cat” and 1 more are not followed"
    assert page.runs.cover.text() == said
    window.controller.query.clear()
    settle(qtbot, window)
    assert page.runs.cover.text() == ""
    assert page.fates.figure_label.text() == "first → second"


def test_what_the_words_go_by_stands_beside_them(page):
    assert CRITERION in page.runs.caption.text()
    assert "better or worse: q < 0.05" in page.classes.caption.text()
    assert "go by q" in page.classes.caption.toolTip()
    said = page.runs.model.tooltip(1, page.runs.model.columnCount() - 1)
    assert "not by p" in said


def test_when_a_run_was_made_and_what_it_cost_stands_below_its_name(qtbot, empty_window, files):
    (files.folder / "runs.csv").write_text("file,name,date,hours\nsecond.json,better,2026-03-02,9.5\nfirst.json,plain,,16\n")
    empty_window.controller.data.open_paths(files.both)
    settle(qtbot, empty_window)
    empty_window.show_page(RUNS)
    settle(qtbot, empty_window)
    model = empty_window.runs.runs.model
    assert [model.index(row, 0).data(CELL_ROLE).below for row in (0, 1)] == ["shown · 16 h", "compared with · 2026-03-02 · 9.5 h"]
    assert "2026-03-02 · 9.5 h" in model.tooltip(1, 0)


def test_a_run_opened_twice_is_said_to_be_the_same(qtbot, window, page, files):
    again = files.folder / "again.json"
    again.write_bytes(files.second.read_bytes())
    before = window.store.state.facts.label_error.tolist()
    window.controller.data.add_predictions([again])
    settle(qtbot, window)
    state = window.store.state
    assert "again predicts what second does: one witness about the labels, not two" in state.notice.details
    assert page.runs.model.index(2, 0).data(CELL_ROLE).below == "shown · same predictions as second"
    assert "one witness" in page.runs.model.tooltip(2, 0)
    assert page.runs.model.index(1, 0).data(CELL_ROLE).below == ""
    assert state.facts.label_error.tolist() == before


def test_the_words_for_a_fate_stand_for_its_expression(qtbot, window, page):
    cell = page.fates.view.cells[1]
    window.controller.compare.list_rows(cell.expression)
    settle(qtbot, window)
    assert "was " not in page.runs.cover.text()
    assert "is not followed" in page.runs.cover.text()
