"""Figures per class, and a class as a filter."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from diag_gui.evaluation.mf1_yoltv4 import mf1_yoltv4
from diag_gui.evaluation.rule_settings import Rules
from diag_gui.ui.panels.class_panel import ClassPanel
from diag_gui.ui.plain_text import figure
from tests.session.small_session import BEAR, CAT, DOG
from tests.ui.failure_scene import CLASSES
from tests.ui.showing import cell_text, click_cell, shown

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(qtbot, session):
    return shown(qtbot, ClassPanel(session.store, session.controller), 360, 400)


def line_of(panel, class_row: int) -> list[str]:
    row = panel.model.row_of(class_row)
    return [cell_text(panel.table, row, column) for column in range(panel.model.columnCount())]


def click_class(panel, class_row: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    click_cell(panel.table, panel.model.row_of(class_row), 0, modifier)


def chosen(panel) -> set[int]:
    return {panel.model.class_row(index.row()) for index in panel.table.selectionModel().selectedRows()}


def test_figures_of_each_class_and_a_dash_where_there_are_none(panel):
    """Cats: 16 labels, 32 kept, 8 right. Bears: 16 labels, none predicted."""
    assert line_of(panel, CAT)[:5] == ["cat", "16", ".25", ".50", ".33"]
    assert line_of(panel, BEAR)[:5] == [CLASSES[BEAR], "16", "–", ".00", ".00"]
    assert panel.figure_label.text() == "3"


def test_figures_follow_the_thresholds(panel, session):
    session.controller.thresholds.set_score(0.85)
    session.settle()
    assert line_of(panel, CAT)[2:5] == ["1.00", ".50", ".67"]


def test_a_click_filters_by_the_class_and_another_click_does_not_any_more(panel, session):
    click_class(panel, BEAR)
    assert session.state.query.class_rows == {BEAR}
    assert chosen(panel) == {BEAR}
    click_class(panel, DOG)
    assert session.state.query.class_rows == {DOG}
    click_class(panel, DOG)
    assert session.state.query.class_rows == frozenset()
    assert chosen(panel) == set()


def test_ctrl_adds_a_class(qtbot, panel, session):
    click_class(panel, BEAR)
    QTest.keyPress(panel.table, Qt.Key.Key_Control)
    click_class(panel, DOG, CONTROL)
    QTest.keyRelease(panel.table, Qt.Key.Key_Control)
    assert session.state.query.class_rows == {BEAR, DOG}
    assert chosen(panel) == {BEAR, DOG}


def test_a_filter_that_comes_from_elsewhere_is_marked_too(panel, session):
    session.controller.query.toggle_class(DOG)
    assert chosen(panel) == {DOG}
    session.controller.query.clear()
    assert chosen(panel) == set()


def test_a_click_on_a_heading_sorts_and_undefined_figures_come_last(qtbot, panel):
    header = panel.table.horizontalHeader()

    def click_heading(section: int) -> None:
        at = QPoint(header.sectionViewportPosition(section) + 8, header.height() // 2)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)

    def order() -> list[int]:
        return [panel.model.class_row(row) for row in range(panel.model.rowCount())]

    click_heading(2)
    first = order()
    click_heading(2)
    assert {tuple(first[:2]), tuple(order()[:2])} == {(CAT, DOG), (DOG, CAT)}
    assert first[2] == order()[2] == BEAR
    click_heading(0)
    by_name = order()
    click_heading(0)
    assert by_name == order()[::-1]
    assert sorted([by_name, order()])[0] == [CAT, DOG, BEAR]


def test_a_click_after_sorting_is_about_the_class_under_the_mouse(panel, session):
    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert cell_text(panel.table, 0) == CLASSES[BEAR]
    click_cell(panel.table, 0)
    assert session.state.query.class_rows == {BEAR}


def test_the_tooltip_says_counts_and_settings_and_takes_names_as_text(panel):
    said = panel.model.index(panel.model.row_of(BEAR), 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "polar bear &amp; &lt;cub&gt;" in said
    assert "16 ground truth · TP 0 · FP 0 · FN 16" in said
    assert "IoU 0.50, score 0.25" in said


def test_few_classes_need_no_search(panel):
    assert panel.search.isHidden()


def test_many_classes_are_found_by_a_part_of_their_name(qtbot, nothing_open, files):
    document = json.loads(files.ground_truth.read_text())
    document["categories"] += [{"id": number, "name": f"thing {number}"} for number in range(10, 40)]
    files.ground_truth.write_text(json.dumps(document))
    nothing_open.open([files.ground_truth, files.first])
    panel = shown(qtbot, ClassPanel(nothing_open.store, nothing_open.controller), 360, 400)
    assert panel.search.isVisible()
    assert panel.figure_label.text() == "3 of 33 have ground truth"
    qtbot.keyClicks(panel.search, "BEAR")
    assert [cell_text(panel.table, row) for row in range(panel.model.rowCount())] == [CLASSES[BEAR]]
    click_cell(panel.table, 0)
    assert nothing_open.state.query.class_rows == {BEAR}
    panel.search.clear()
    assert panel.model.rowCount() == 33


def test_a_hidden_panel_catches_up_when_it_is_shown(qtbot, panel, session):
    panel.hide()
    session.controller.thresholds.set_score(0.85)
    session.settle()
    assert line_of(panel, CAT)[2] == ".25"
    panel.show()
    assert line_of(panel, CAT)[2] == "1.00"


def test_without_data_it_is_empty(qtbot, nothing_open):
    panel = shown(qtbot, ClassPanel(nothing_open.store, nothing_open.controller))
    assert panel.model.rowCount() == 0
    assert panel.figure_label.text() == ""


def test_the_tooltip_says_what_errors_cost_the_class(panel, session):
    said = panel.model.index(panel.model.row_of(CAT), 0).data(Qt.ItemDataRole.ToolTipRole)
    gain = 100 * session.state.costs.per_class.dap("background")[CAT]
    assert f"background {gain:+.1f}" in said
    assert "points of AP at IoU 0.50" in said
    session.controller.thresholds.set_iou(0.4)
    session.settle()
    assert "points of AP at IoU 0.40" in panel.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_all_classes_together_stand_below_with_both_mf1_by_name(panel, session):
    """7 kept per copy, 2 of them right, 6 labels."""
    totals, found = session.state.evaluation.totals, session.state.mf1_yoltv4
    assert panel.together.text() == f"AP {figure(session.state.summary.figures['AP'])} (COCO) · P .29 · R .33 · F1 .31"
    assert panel.means.text() == f"mF1 {figure(totals.mf1)} (COCO matching) · {figure(found[1])} (YOLTv4)"
    assert found[1] == mf1_yoltv4(session.state.facts, session.state.params)


def test_they_follow_the_thresholds_the_second_mf1_once_the_slider_rests(panel, session):
    session.controller.thresholds.set_score(0.85)
    session.settle()
    params = session.state.evaluation.params
    assert session.state.mf1_yoltv4 == (session.state.evaluation, mf1_yoltv4(session.state.facts, params))
    assert f"· {figure(session.state.mf1_yoltv4[1])} (YOLTv4)" in panel.means.text()
    session.store.commit("test", mf1_yoltv4=None)
    assert panel.means.text().endswith("· … (YOLTv4)"), "nothing stale is shown"


def test_by_other_rules_the_average_is_that_of_the_iou_in_use(panel, session):
    session.controller.thresholds.set_rules(Rules.VOC)
    session.settle()
    assert panel.together.text().startswith(f"AP.50 {figure(session.state.evaluation.totals.ap)} · P")


def test_each_figure_of_the_summary_can_be_explained(panel):
    paths = []
    for line in (panel.together, panel.means):
        width = line.fontMetrics().horizontalAdvance
        parts = line.text().split(" · ")
        starts = [width(" · ".join(parts[:place]) + (" · " if place else "")) for place in range(len(parts))]
        paths += [line.figure_at(QPoint(start + 4, 4)) for start in starts]
        assert line.figure_at(QPoint(width(line.text()) + 40, 4)) == ""
    keys = ("AP", "precision", "recall", "f1", "mf1", "mf1_yoltv4")
    assert paths == [f"summary.{key}" for key in keys]


def test_under_filters_that_choose_rows_the_heading_says_what_the_figures_are_of(panel, session):
    session.controller.query.add_expression("gt.area > 0 AND score > 0.5")
    session.settle()
    assert panel.figure_label.text() == f"all of {session.state.evaluation.totals.n_images} images"
    session.controller.query.clear()
    session.settle()
    assert panel.figure_label.text() == "3"
