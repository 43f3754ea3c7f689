"""The Runs page by mouse and key: figures side by side, fates as queries, classes that gained or lost."""

from __future__ import annotations

import html

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from diag_gui.session.comparing import DIFFERENCES_KEY
from diag_gui.ui.figure_places import figure_at
from diag_gui.ui.models.class_change_model import CHANGE_ROLE
from diag_gui.ui.models.fate_cells import FATE_WORDS
from diag_gui.ui.models.run_table_model import CELL_ROLE, COLUMNS, FIRST_FIGURE, INTERVAL, WORDS
from diag_gui.ui.page_places import FAILURES, RUNS
from tests.session.small_session import CAT, COPIES
from tests.ui.showing import tooltip_at
from tests.ui.small_window import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, window):
    """The page with the second run shown and the first compared with."""
    window.activateWindow()
    window.controller.data.set_active_run(1)
    window.show_page(RUNS)
    settle(qtbot, window)
    assert window.store.state.differences is not None
    return window.runs


def cell(page, row: int, column: int):
    return page.runs.model.index(row, column).data(CELL_ROLE)


def column_of(heading: str) -> int:
    return FIRST_FIGURE + next(place for place, column in enumerate(COLUMNS) if column.heading == heading)


def fate(page, figure: str):
    return next(one for one in page.fates.view.cells if one.figure == figure)


def click_fate(qtbot, page, figure: str) -> None:
    qtbot.mouseClick(page.fates.view, LEFT, pos=page.fates.view.cell_rect(fate(page, figure)).center().toPoint())


def test_the_key_and_the_rail_show_the_page(qtbot, window):
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_F7)
    assert window.pages.currentWidget() is window.runs
    assert window.rail.buttons[RUNS].accessibleDescription() == "Shown"
    window.show_page(FAILURES)
    QTest.mouseClick(window.rail.buttons[RUNS], LEFT)
    assert window.pages.currentWidget() is window.runs


def test_every_figure_stands_beside_its_difference(page, window):
    """At .25 the first run keeps 7 of which 2 are right, the second 6 of which 3 are, of 6 labels, per copy."""
    assert [cell(page, row, column_of("P")).text for row in (0, 1)] == [".29", ".50"]
    assert [cell(page, row, column_of("R")).text for row in (0, 1)] == [".33", ".50"]
    assert cell(page, 1, column_of("P")).below == "+.21"
    assert cell(page, 0, column_of("P")).below == ""
    totals = window.store.state.side_by_side.runs[1].evaluation.totals
    assert cell(page, 1, column_of("mF1 COCO")).text == f"{totals.mf1:.2f}".removeprefix("0")
    assert cell(page, 1, 0).below == "shown"
    assert cell(page, 0, 0).below == "compared with"


def test_both_mf1_are_named_and_a_tooltip_says_which_is_which(page):
    assert "mF1 (COCO matching)" in page.runs.model.tooltip(1, column_of("mF1 COCO"))
    said = page.runs.model.tooltip(1, column_of("mF1 YOLTv4"))
    assert "mF1 (YOLTv4)" in said
    assert "not resampled" in said


def test_what_is_certain_is_said_in_words_with_the_settings(page):
    words = cell(page, 1, WORDS)
    assert words.text == "better"
    assert words.below == "chance better 1.00"
    caption = page.runs.caption.text()
    assert "1,000 paired resamples of 32 images, seed 0" in caption
    assert "IoU 0.50, score 0.25" in caption
    assert "AP by COCO" in caption


def test_runs_that_cannot_be_told_apart_are_said_to_be_so(qtbot, window, files):
    again = files.folder / "again.json"
    again.write_bytes(files.second.read_bytes())
    window.controller.data.add_predictions([again])
    settle(qtbot, window)
    window.controller.compare.set_baseline(1)
    window.show_page(RUNS)
    settle(qtbot, window)
    words = cell(window.runs, 2, WORDS)
    assert (words.text, words.below) == ("not distinguishable", "chance better .50")
    assert cell(window.runs, 0, WORDS).text == "worse"


def test_the_drawn_figure_is_chosen(qtbot, page, window):
    page.runs.figure.setCurrentIndex(page.runs.figure.findData("recall"))
    page.runs.figure.activated.emit(page.runs.figure.currentIndex())
    assert window.store.state.compared_figure == "recall"
    assert page.runs.model.headerData(INTERVAL, Qt.Orientation.Horizontal) == "Δ R, 95 %"
    assert cell(page, 1, INTERVAL).difference.difference == pytest.approx(1 / 6)
    assert page.classes.figure_label.text().startswith("R:")


def test_figures_follow_the_sliders(qtbot, page, window):
    window.controller.thresholds.set_score(0.85)
    settle(qtbot, window)
    assert cell(page, 1, column_of("P")).text == "1.00"
    assert "score 0.85" in page.runs.caption.text()


def test_a_click_on_a_row_shows_that_run(qtbot, page, window):
    table = page.runs.table
    at = table.visualRect(page.runs.model.index(0, 2)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=at)
    settle(qtbot, window)
    assert window.store.state.active == 0
    assert cell(page, 0, 0).below == "shown"
    assert page.fates.figure_label.text() == "second → first"


def test_a_row_is_reached_and_shown_by_keyboard(qtbot, page, window):
    table = page.runs.table
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    QTest.keyClick(table, Qt.Key.Key_Up)
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.store.state.active == 0


def test_r_goes_to_the_next_run_and_keeps_the_page(qtbot, page, window):
    QTest.keyClick(window, Qt.Key.Key_R)
    settle(qtbot, window)
    assert window.store.state.active == 0
    assert window.pages.currentWidget() is page


@pytest.mark.parametrize("figure", ["fates.found.found", "fates.localization.found", "fates.missed.missed",
                                    "fates.false_positives.new", "fates.false_positives.still"])  # fmt: skip
def test_a_click_on_a_fate_lists_exactly_its_objects(qtbot, page, window, figure):
    n = fate(page, figure).n
    click_fate(qtbot, page, figure)
    settle(qtbot, window)
    assert window.pages.currentWidget() is window.failures
    assert len(window.store.state.selection.rows) == n
    expression = fate(page, figure).expression
    assert [text for text, _ in window.controller.query.chips()] == [expression]
    [chip] = window.control_bar.filter.chips
    assert chip.text().startswith(FATE_WORDS[expression])
    assert html.escape(expression) in chip.toolTip()


def test_what_a_fate_lists_is_read_from_its_beginning(qtbot, page, window):
    window.controller.selection.set_current(int(window.store.state.selection.rows[-1]))
    click_fate(qtbot, page, "fates.localization.found")
    settle(qtbot, window)
    rows = window.store.state.selection.rows
    assert len(rows) > 1
    assert window.store.state.current == rows[0]


def test_what_is_gone_is_listed_in_the_run_that_made_it(qtbot, page, window):
    click_fate(qtbot, page, "fates.false_positives.gone")
    settle(qtbot, window)
    assert window.store.state.run.name == "first"
    assert len(window.store.state.selection.rows) == COPIES


def test_fates_are_walked_and_listed_by_keyboard(qtbot, page, window):
    view = page.fates.view
    current = window.store.state.current
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    assert view.cell_in_question is fate(page, "fates.found.found")
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.cell_in_question is fate(page, "fates.localization.found")
    assert "8 labels: a localization error in first, found in second" in view.accessibleDescription()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.cell_in_question is fate(page, "fates.localization.localization")
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert window.store.state.current == current, "the arrows move no failure here"
    QTest.keyClick(view, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert len(window.store.state.selection.rows) == COPIES


def test_the_keys_stay_inside_the_cells(page):
    view = page.fates.view
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
        QTest.keyClick(view, key)
    assert view.cell_in_question.figure == "fates.found.found"
    for _ in range(9):
        QTest.keyClick(view, Qt.Key.Key_Down)
    for _ in range(9):
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.cell_in_question is view.cells[-1]


def test_a_fate_says_itself_when_pointed_at(page):
    at = page.fates.view.cell_rect(fate(page, "fates.localization.found")).center().toPoint()
    assert "a localization error in first, found in second" in tooltip_at(page.fates.view, at)
    assert page.fates.figure_at(page.fates.view.mapTo(page.fates, at)) == "fates.localization.found"


@pytest.mark.parametrize("size", [(380, 200), (1200, 900)])
def test_cells_stay_inside_and_apart_at_any_size(page, size):
    view = page.fates.view
    view.resize(*size)
    rects = [view.cell_rect(one) for one in view.cells]
    assert all(view.rect().toRectF().contains(rect) for rect in rects)
    assert not any(one.intersects(other) for place, one in enumerate(rects) for other in rects[:place])


def test_classes_say_what_each_gained(page):
    changes = {one.name: one for one in page.classes.model.changes}
    assert changes["cat"].now > changes["cat"].before
    assert (changes["cat"].verdict, changes["dog"].verdict) == ("better", "not distinguishable")
    assert page.classes.model.changes[0].name == "cat", "the certain ones first"
    assert page.classes.figure_label.text() == "AP: 1 better · 0 worse"
    assert "q <" in page.classes.caption.text()


def test_a_class_is_chosen_by_click_and_by_key(qtbot, page, window):
    listed = page.classes.list
    qtbot.mouseClick(listed.viewport(), LEFT, pos=listed.visualRect(page.classes.model.index(0)).center())
    assert window.store.state.query.class_rows == {CAT}
    listed.setFocus()
    qtbot.waitUntil(listed.hasFocus)
    listed.setCurrentIndex(page.classes.model.index(1))
    QTest.keyClick(listed, Qt.Key.Key_Return)
    change = page.classes.model.index(1).data(CHANGE_ROLE)
    assert window.store.state.query.class_rows == {change.class_row}


def test_every_figure_of_the_table_can_be_explained(qtbot, page, window):
    table = page.runs.table
    known = set()
    for column in range(FIRST_FIGURE, WORDS + 1):
        at = table.viewport().mapTo(page.runs, table.visualRect(page.runs.model.index(0, column)).center())
        figure = page.runs.figure_at(at)
        known.add(figure)
        window.controller.explain.ask(figure)
        settle(qtbot, window)
        assert window.store.state.explanation.figure == figure
    assert len(known) == len(COLUMNS)
    assert page.runs.figure_at(QPoint(2, 2)) == ""


def test_the_figure_of_a_class_can_be_explained(qtbot, page, window):
    listed = page.classes.list
    at = listed.viewport().mapTo(page.classes, listed.visualRect(page.classes.model.index(0)).center())
    figure = page.classes.figure_at(at)
    assert figure == "runs.second.classes.cat.ap"
    window.controller.explain.ask(figure)
    settle(qtbot, window)
    assert window.store.state.explanation.figure == "classes.cat.ap"


def test_intervals_are_stopped_and_asked_for_again(qtbot, page, window):
    window.controller.cancel(DIFFERENCES_KEY)
    window.controller.thresholds.set_score(0.5)
    settle(qtbot, window)
    assert "intervals were stopped" in page.runs.caption.text()
    assert cell(page, 1, WORDS).text == "…"
    assert page.runs.stop.isVisible()
    qtbot.mouseClick(page.runs.stop, LEFT)
    settle(qtbot, window)
    assert "resamples" in page.runs.caption.text()
    assert not page.runs.stop.isVisible()


def test_with_one_run_the_page_says_what_would_fill_it_and_offers_it(qtbot, empty_window, files):
    asked = []
    empty_window.controller.data.open_paths([files.ground_truth, files.first])
    settle(qtbot, empty_window)
    empty_window.show_page(RUNS)
    page = empty_window.runs
    assert page.one_run.isVisible()
    assert "first is the only run" in page.one_run.said.text()
    action = empty_window.actions_by_name["add-run"]
    action.triggered.disconnect()
    action.triggered.connect(lambda: asked.append("add"))
    qtbot.mouseClick(page.add, LEFT)
    assert asked == ["add"]
    empty_window.controller.data.add_predictions([files.second])
    settle(qtbot, empty_window)
    assert page.runs.isVisible()
    assert page.runs.model.rowCount() == 2


def test_compare_with_stands_in_the_control_bar(qtbot, page, window, files):
    bar = window.control_bar.compared
    assert [bar.itemText(place) for place in range(bar.count())] == ["first"]
    third = files.folder / "third.json"
    third.write_bytes(files.second.read_bytes())
    window.controller.data.add_predictions([third])
    settle(qtbot, window)
    assert [bar.itemText(place) for place in range(bar.count())] == ["first", "second"]
    bar.setCurrentIndex(1)
    bar.activated.emit(1)
    settle(qtbot, window)
    assert window.store.state.compared == 1
    assert page.fates.figure_label.text() == "second → third"
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert window.store.state.compared == 0


def test_with_one_run_there_is_nothing_to_compare_with_in_the_bar(qtbot, empty_window, files):
    empty_window.controller.data.open_paths([files.ground_truth, files.first])
    settle(qtbot, empty_window)
    assert not empty_window.control_bar.compared.isVisible()
    QTest.keyClick(empty_window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert "no third run" in empty_window.store.state.notice.text


def test_right_clicks_reach_the_figures_of_the_page(qtbot, page, window):
    """What stands under the pointer is found through the window, as E and a right click ask for it."""
    table, view, listed = page.runs.table, page.fates.view, page.classes.list
    cell_of_table = table.viewport().mapTo(window, table.visualRect(page.runs.model.index(1, column_of("F1"))).center())
    assert figure_at(window, cell_of_table) == "runs.second.summary.f1"
    cell_of_fates = view.mapTo(window, view.cell_rect(fate(page, "fates.missed.missed")).center().toPoint())
    assert figure_at(window, cell_of_fates) == "fates.missed.missed"
    line = listed.viewport().mapTo(window, listed.visualRect(page.classes.model.index(0)).center())
    assert figure_at(window, line) == "runs.second.classes.cat.ap"
    window.explaining.explain("fates.missed.missed")
    settle(qtbot, window)
    assert window.store.state.explanation.value == fate(page, "fates.missed.missed").n
