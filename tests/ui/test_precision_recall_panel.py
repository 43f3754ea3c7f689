"""The precision-recall curve, and a click on it as a threshold."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from diag_gui.ui.panels.curve_plot import thinned
from diag_gui.ui.panels.precision_recall_panel import PrecisionRecallPanel
from tests.session.small_session import BEAR, CAT, DOG
from tests.ui.showing import shown


@pytest.fixture
def panel(qtbot, session):
    return shown(qtbot, PrecisionRecallPanel(session.store, session.controller), 480, 360)


def click(qtbot, panel, recall: float, precision: float) -> None:
    qtbot.mouseClick(panel.plot, Qt.MouseButton.LeftButton, pos=panel.plot.on_screen(QPointF(recall, precision)).toPoint())


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


def test_a_click_beside_the_axes_is_not_meant(qtbot, panel, session):
    before = session.state.params
    qtbot.mouseClick(panel.plot, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    qtbot.mouseClick(panel.plot, Qt.MouseButton.LeftButton, pos=panel.plot.rect().bottomRight())
    assert session.state.params == before


def test_a_place_on_the_screen_is_read_as_the_figures_drawn_there(panel):
    for recall, precision in ((0.0, 0.0), (0.25, 0.75), (1.0, 1.0)):
        back = panel.plot.figures_at(panel.plot.on_screen(QPointF(recall, precision)))
        assert (back.x(), back.y()) == (pytest.approx(recall), pytest.approx(precision))


def test_the_operating_point_moves_over_the_curve(panel, session):
    """Only its marker is painted anew; the picture is the one that painting everything gives."""
    session.controller.thresholds.set_score(0.8)
    session.settle()
    moved = panel.plot.grab().toImage()
    panel.plot.restyle()
    assert panel.plot.grab().toImage() == moved
    session.controller.thresholds.set_score(0.95)
    session.settle()
    assert panel.plot.grab().toImage() != moved


def test_few_points_are_drawn_of_a_long_curve_and_none_that_is_seen_is_left_out():
    random = np.random.default_rng(3)
    recall = np.sort(random.random(50_000))
    precision = random.random(50_000)
    x, y = thinned(recall, precision, 100)
    assert len(x) <= 404
    assert (np.diff(x) >= 0).all()
    column, thin_column = np.floor(recall * 100), np.floor(x * 100)
    for place in range(100):
        those, seen = precision[column == place], y[thin_column == place]
        assert (seen.min(), seen.max()) == (those.min(), those.max())
        assert (seen[0], seen[-1]) == (those[0], those[-1])


def test_a_short_curve_is_drawn_whole():
    recall, precision = np.array([0.0, 0.5, 0.5, 1.0]), np.array([1.0, 0.8, 0.7, 0.6])
    x, y = thinned(recall, precision, 200)
    assert x.tolist() == recall.tolist()
    assert y.tolist() == precision.tolist()


def test_without_data_there_is_no_figure(qtbot, nothing_open):
    panel = shown(qtbot, PrecisionRecallPanel(nothing_open.store, nothing_open.controller))
    assert panel.figure_label.text() == ""


def test_under_filters_that_choose_rows_the_heading_says_what_the_curve_is_of(panel, session):
    before = panel.figure_label.text()
    session.controller.query.add_expression("gt.area > 0 AND score > 0.5")
    session.settle()
    assert panel.figure_label.text() == f"{before}, all of {session.state.evaluation.totals.n_images} images"
