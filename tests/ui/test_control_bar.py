"""Run, thresholds and filter on top of the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel

from diag_gui.exceptions import DiagError
from diag_gui.session import loading_job
from tests.journeys.window_on_sample import drag
from tests.session.small_session import COPIES, N_IMAGES
from tests.ui.small_window import settle


@pytest.fixture
def bar(window):
    return window.control_bar


def captions(bar) -> str:
    return " | ".join(label.text() for label in bar.findChildren(QLabel))


def test_dragging_moves_threshold_label_and_figures(qtbot, window, bar):
    drag(bar.iou, to=0.40)
    settle(qtbot, window)
    assert bar.iou_value.text() == "0.40"
    assert window.store.state.evaluation.totals.tp == 3 * COPIES
    drag(bar.score, to=0.85)
    settle(qtbot, window)
    assert bar.score_value.text() == "0.85"


def test_the_label_says_what_the_figures_were_made_with(qtbot, window, bar):
    """While the figures are on their way the handle is ahead of the label."""
    window.controller.thresholds.set_iou(0.80)
    assert bar.iou.value == 0.80
    assert bar.iou_value.text() == "0.50"
    settle(qtbot, window)
    assert bar.iou_value.text() == "0.80"


def test_the_best_f1_is_named_with_its_settings(bar):
    assert "0.500 at score 0.900, IoU 0.50" in bar.score.toolTip()


def test_runs_are_listed_and_chosen_by_keyboard(qtbot, window, bar):
    assert [bar.run.itemText(place) for place in range(bar.run.count())] == ["first", "second"]
    bar.run.setFocus()
    QTest.keyClick(bar.run, Qt.Key.Key_Down)
    settle(qtbot, window)
    assert window.store.state.run.name == "second"
    assert bar.run.currentText() == "second"


def test_a_run_that_cannot_be_shown_is_not_named(qtbot, window, bar, monkeypatch):
    def refuse(*_arguments, **_options):
        raise DiagError("not this one")

    monkeypatch.setattr(loading_job, "compute_view", refuse)
    bar.run.setFocus()
    QTest.keyClick(bar.run, Qt.Key.Key_Down)
    settle(qtbot, window)
    assert window.store.state.notice.text == "not this one"
    assert bar.run.currentText() == window.store.state.run.name == "first"


def test_a_run_chosen_elsewhere_is_shown_here(qtbot, window, bar):
    window.controller.compare.show_next_run()
    settle(qtbot, window)
    assert bar.run.currentText() == "second"


def test_an_expression_becomes_a_chip_and_the_images_in_force_are_counted(qtbot, window, bar):
    bar.filter.line.setFocus()
    qtbot.keyClicks(bar.filter.line, "weather = 'fog'")
    qtbot.keyClick(bar.filter.line, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert [chip.text().split("  ")[0] for chip in bar.filter.chips] == ["weather = 'fog'"]
    assert f"figures on {COPIES} of {N_IMAGES} images" in captions(bar)
    qtbot.mouseClick(bar.filter.chips[0], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert window.store.state.query.expressions == ()
    assert "figures on" not in captions(bar)


def test_a_misspelt_column_is_answered_with_the_near_one(qtbot, window, bar):
    bar.filter.line.setFocus()
    qtbot.keyClicks(bar.filter.line, "wether = 'fog'")
    qtbot.keyClick(bar.filter.line, Qt.Key.Key_Return)
    assert "weather" in bar.filter.message()
    assert window.store.state.query.expressions == ()


def test_columns_of_the_data_are_offered_while_typing(qtbot, window, bar):
    bar.filter.line.setFocus()
    qtbot.waitUntil(bar.filter.line.hasFocus)
    qtbot.keyClicks(bar.filter.line, "weat")
    qtbot.keyClick(bar.filter.line, Qt.Key.Key_Down)
    qtbot.keyClick(bar.filter.line, Qt.Key.Key_Return)
    assert bar.filter.line.text().startswith("weather")


def test_without_predictions_there_is_nothing_to_set(qtbot, empty_window, files):
    empty_window.controller.data.open_paths([files.ground_truth])
    settle(qtbot, empty_window)
    bar = empty_window.control_bar
    assert not any(widget.isEnabled() for widget in (bar.run, bar.iou, bar.score, bar.filter))
    empty_window.controller.data.open_paths([files.first])
    settle(qtbot, empty_window)
    assert all(widget.isEnabled() for widget in (bar.run, bar.iou, bar.score, bar.filter))
    assert isinstance(bar.run, QComboBox)
    assert bar.run.currentText() == "first"
