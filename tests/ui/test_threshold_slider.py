"""A threshold under mouse, wheel and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from diag_gui.ui.threshold_slider import ThresholdSlider
from tests.ui.showing import shown


@pytest.fixture
def slider(qtbot):
    made = shown(qtbot, ThresholdSlider(0.10, 0.95, 0.01, "IoU threshold"), 400, 22)
    made.set_value(0.50)
    return made


@pytest.fixture
def announced(slider):
    heard = []
    slider.value_changed.connect(heard.append)
    return heard


def press(slider, value: float) -> None:
    at = QPoint(round(slider.position_of(value)), slider.height() // 2)
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=at)


@pytest.mark.parametrize("value", [0.10, 0.33, 0.75, 0.95])
def test_a_click_goes_to_the_value_under_the_mouse(slider, announced, value):
    press(slider, value)
    assert announced == [pytest.approx(value)]
    assert slider.value == pytest.approx(value)


def test_a_drag_announces_every_value_once_and_stays_inside(qtbot, slider, announced):
    middle = slider.height() // 2
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(slider.position_of(0.5)), middle))
    for x in (*range(round(slider.position_of(0.5)), 399, 3), 5000):
        qtbot.mouseMove(slider, QPoint(x, middle))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(5000, middle))
    assert announced == sorted(set(announced))
    assert announced[-1] == 0.95
    assert all(round(value, 2) == value for value in announced)


def test_the_mouse_without_a_button_or_with_another_moves_nothing(qtbot, slider, announced):
    qtbot.mouseMove(slider, QPoint(5, 5))
    qtbot.mouseClick(slider, Qt.MouseButton.RightButton, pos=QPoint(5, 5))
    assert announced == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (Qt.Key.Key_Up, 0.51), (Qt.Key.Key_Down, 0.49), (Qt.Key.Key_PageUp, 0.55), (Qt.Key.Key_PageDown, 0.45),
        (Qt.Key.Key_Home, 0.10), (Qt.Key.Key_End, 0.95),
    ],
)  # fmt: skip
def test_keys_move_it(qtbot, slider, announced, key, value):
    qtbot.keyClick(slider, key)
    assert announced == [pytest.approx(value)]


def test_steps_stop_at_the_ends(qtbot, slider, announced):
    qtbot.keyClick(slider, Qt.Key.Key_End)
    qtbot.keyClick(slider, Qt.Key.Key_Up)
    assert announced == [0.95]


@pytest.mark.parametrize(("turn", "value"), [(120, 0.51), (-120, 0.49)])
def test_the_wheel_moves_it_by_one_step(slider, announced, turn, value):
    middle = QPointF(200, 11)
    buttons, modifiers = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(middle, middle, QPoint(), QPoint(0, turn), buttons, modifiers, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(slider, wheel)
    assert announced == [pytest.approx(value)]


def test_a_value_set_by_the_program_is_shown_and_not_announced(slider, announced):
    before = slider.grab().toImage()
    slider.set_value(0.80)
    assert slider.value == 0.80
    assert announced == []
    assert slider.grab().toImage() != before


def test_the_mark_of_the_best_value_is_drawn_and_taken_away(slider):
    plain = slider.grab().toImage()
    slider.set_mark(0.30)
    assert slider.grab().toImage() != plain
    slider.set_mark(None)
    assert slider.grab().toImage() == plain


def test_a_value_between_steps_is_kept_and_left_on_the_grid(qtbot, slider, announced):
    """The best F1 may lie anywhere; the next step goes back to the grid."""
    slider.set_value(0.4567)
    assert slider.value == 0.4567
    qtbot.keyClick(slider, Qt.Key.Key_Up)
    assert announced == [pytest.approx(0.47)]


def test_even_a_very_narrow_one_works(qtbot):
    slider = shown(qtbot, ThresholdSlider(0.0, 1.0, 0.01, "Score"), 10, 22)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton)
    assert 0.0 <= slider.value <= 1.0
