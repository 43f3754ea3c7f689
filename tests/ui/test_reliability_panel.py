"""The reliability curve as a picture and as a filter."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from diag_gui.evaluation.calibration import calibrate
from diag_gui.ui.panels.reliability_panel import ReliabilityPanel, bin_expression
from tests.session.small_session import CAT, COPIES
from tests.ui.failure_scene import FOUND
from tests.ui.showing import shown, tooltip_at

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot, session):
    made = shown(qtbot, ReliabilityPanel(session.store, session.controller), 480, 300)
    session.settle()
    return made


def middle(panel, place: int) -> QPoint:
    return panel.plot.bin_rect(place).center().toPoint()


def test_errors_stand_in_the_heading_with_rule_bins_and_number_below(panel, session):
    calibration = session.state.calibration.calibration
    said = panel.figure_label.text()
    assert said.startswith(f"D-ECE {calibration.ece:.2f}".replace("0.", "."))
    assert "MCE" in said
    assert "LaECE" in said
    assert panel.caption.text() == f"n {len(FOUND) * COPIES} · 10 bins of equal width · right: COCO's matching at IoU ≥ 0.50"


def test_a_click_on_a_bin_filters_by_its_scores_and_another_takes_it_off(qtbot, panel, session):
    qtbot.mouseClick(panel.plot, LEFT, pos=middle(panel, 8))
    session.settle()
    assert session.state.query.expressions == ("score >= 0.8 AND score < 0.9",)
    assert set(session.state.evaluation.outcomes.predictions.score[session.rows].tolist()) == {0.8}
    qtbot.mouseClick(panel.plot, LEFT, pos=middle(panel, 8))
    session.settle()
    assert session.state.query.expressions == ()


@pytest.mark.parametrize("binning", ["equal width", "equal mass"])
def test_the_bins_as_filters_hold_every_prediction_once(session, binning):
    facts, params = session.state.facts, session.state.params
    calibration = calibrate(facts, params, binning=binning, n_bins=7)
    catalog = session.controller.query.catalog()
    found = np.array([catalog.predictions_where(bin_expression(calibration, place)) for place in range(7)])
    filled = calibration.bins.n > 0
    assert found[filled].sum(axis=1).tolist() == calibration.bins.n[filled].tolist()


def test_bins_are_walked_and_chosen_by_keyboard(qtbot, panel, session):
    current = session.state.current
    panel.plot.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(panel.plot, key)
    assert "score .10 to .20: 8 predictions" in panel.plot.accessibleDescription()
    QTest.keyClick(panel.plot, Qt.Key.Key_Return)
    assert session.state.query.expressions == ("score >= 0.1 AND score < 0.2",)
    assert session.state.current == current


def test_a_bin_says_its_count_its_gap_and_what_is_not_kept(panel):
    said = tooltip_at(panel.plot, middle(panel, 1))
    assert "8 predictions" in said
    assert "mean score .100, precision .000: −.100" in said
    assert "Below the score threshold .25 nothing is kept" in said
    assert "Below" not in tooltip_at(panel.plot, middle(panel, 9))


def test_binning_and_number_are_chosen_in_the_panel(qtbot, panel, session):
    panel.binning.setCurrentIndex(1)
    panel.binning.activated.emit(1)
    panel.n_bins.setValue(4)
    session.settle()
    calibration = session.state.calibration.calibration
    assert (calibration.binning, calibration.n_bins) == ("equal mass", 4)
    assert "4 bins of equal mass" in panel.caption.text()


def test_the_class_in_question_is_named(panel, session):
    session.controller.query.toggle_class(CAT)
    session.settle()
    assert "cat, all scores" in panel.figure_label.toolTip()
    assert panel.figure_at(panel.plot.mapTo(panel, middle(panel, 9))) == "classes.cat.ece"


def test_every_figure_of_the_heading_can_be_explained(panel):
    label = panel.figure_label
    text, width = label.text(), label.fontMetrics().horizontalAdvance
    start, y = label.width() - width(text), label.height() // 2
    found = []
    for word in ("D-ECE", "MCE ", "LaECE"):
        x = start + width(text[: text.index(word) + (2 if word == "D-ECE" else 1)])
        found.append(panel.figure_at(label.mapTo(panel, QPoint(x, y))))
    assert found[0] == "summary.ece"
    assert found[2] == "summary.laece"
    middle_x = start + width(text[: text.index(" · MCE") + 4])
    assert panel.figure_at(label.mapTo(panel, QPoint(middle_x, y))) == "summary.mce"
    assert panel.figure_at(QPoint(3, panel.height() - 2)) == ""


def test_without_data_nothing_is_drawn(qtbot, nothing_open):
    panel = shown(qtbot, ReliabilityPanel(nothing_open.store, nothing_open.controller), 480, 300)
    qtbot.mouseClick(panel.plot, LEFT, pos=panel.plot.rect().center())
    assert panel.figure_label.text() == ""
    panel.plot.grab()


@pytest.mark.parametrize("size", [(140, 96), (1200, 900)])
def test_bins_stay_inside_at_any_size(panel, size):
    panel.plot.resize(*size)
    inside = panel.plot.rect().toRectF()
    assert all(inside.contains(panel.plot.bin_rect(place)) for place in range(10))


def test_it_is_computed_only_while_it_is_in_sight(qtbot, panel, session):
    before = session.state.calibration
    panel.hide()
    session.controller.thresholds.set_iou(0.4)
    session.settle()
    assert session.state.calibration is before
    panel.show()
    session.settle()
    assert session.state.calibration.iou_threshold == 0.4
