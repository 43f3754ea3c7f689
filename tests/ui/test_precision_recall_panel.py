"""The precision-recall curve, and a click on it as a threshold."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt

from diag_gui.ui.panels.precision_recall_panel import PrecisionRecallPanel
from tests.session.small_session import BEAR, CAT, DOG
from tests.ui.showing import shown


@pytest.fixture
def panel(qtbot, session):
    made = shown(qtbot, PrecisionRecallPanel(session.store, session.controller), 480, 360)
    qtbot.waitUntil(lambda: made.plot.getPlotItem().getViewBox().width() > 100)
    return made


def click(qtbot, panel, recall: float, precision: float) -> None:
    scene = panel.plot.getPlotItem().getViewBox().mapViewToScene(QPointF(recall, precision))
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=panel.plot.mapFromScene(scene))


def test_the_heading_names_the_figures_of_all_classes(panel, session):
    assert panel.figure_label.text().endswith(" .34 · best F1 .50 @ .90")


def test_a_click_on_the_curve_sets_the_score_of_that_point(qtbot, panel, session):
    """With every right prediction and no wrong one: recall 16 of 48, precision 1, from score .90 on."""
    click(qtbot, panel, 16 / 48, 1.0)
    assert session.state.params.score_threshold == pytest.approx(0.9)
    click(qtbot, panel, 8 / 48, 1.0)
    assert session.state.params.score_threshold == pytest.approx(0.95)
    click(qtbot, panel, 16 / 48, 16 / 64)
    assert session.state.params.score_threshold == pytest.approx(0.1)


def test_the_curve_of_a_class_in_question(panel, session):
    session.controller.query.toggle_class(CAT)
    session.settle()
    assert panel.figure_label.text().endswith(" .50 · best F1 .67 @ .90")
    assert "cat" in panel.figure_label.toolTip()


def test_several_classes_are_named_together(panel, session):
    session.controller.query.toggle_class(CAT)
    session.controller.query.toggle_class(DOG, extend=True)
    session.settle()
    assert panel.figure_label.text() == "2 classes at IoU 0.50"


def test_figures_follow_the_iou_and_not_the_score(panel, session):
    before = panel.figure_label.text()
    session.controller.thresholds.set_score(0.8)
    session.settle()
    assert panel.figure_label.text() == before
    session.controller.thresholds.set_iou(0.40)
    session.settle()
    assert panel.figure_label.text() != before
    assert "IoU 0.40" in panel.figure_label.toolTip()


def test_a_class_that_is_never_predicted_draws_nothing_and_a_click_changes_nothing(qtbot, panel, session):
    session.controller.query.toggle_class(BEAR)
    session.settle()
    before = session.state.params
    click(qtbot, panel, 0.5, 0.5)
    assert session.state.params == before


def test_the_mouse_does_not_move_the_axes(qtbot, panel):
    view = panel.plot.getPlotItem().getViewBox()
    before = view.viewRange()
    click(qtbot, panel, 0.2, 0.2)
    qtbot.mouseMove(panel.plot.viewport())
    assert view.viewRange() == before


def test_without_data_there_is_no_figure(qtbot, nothing_open):
    panel = shown(qtbot, PrecisionRecallPanel(nothing_open.store, nothing_open.controller))
    assert panel.figure_label.text() == ""
