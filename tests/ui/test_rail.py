"""Rail and error chips by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.ui.page_places import FAILURES, FILES

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_page_is_reached_and_shown_by_keyboard(qtbot, window, key):
    window.activateWindow()
    failures, files = window.rail.buttons[FAILURES], window.rail.buttons[FILES]
    assert files.focusPolicy() & Qt.FocusPolicy.TabFocus
    files.setFocus()
    qtbot.waitUntil(files.hasFocus)
    QTest.keyClick(files, key)
    assert window.pages.currentWidget() is window.files
    assert (failures.accessibleDescription(), files.accessibleDescription()) == ("", "Shown")


def test_the_focus_can_be_seen(qtbot, window):
    button = window.rail.buttons[1]
    window.activateWindow()
    without = button.grab().toImage()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    assert button.grab().toImage() != without


def test_space_presses_an_error_chip_in_the_window_too(qtbot, window):
    window.activateWindow()
    chip = window.failures.chips.chips[OutcomeKind.DUPLICATE]
    chip.setFocus()
    qtbot.waitUntil(chip.hasFocus)
    QTest.keyClick(chip, Qt.Key.Key_Space)
    assert window.store.state.query.kinds == {OutcomeKind.DUPLICATE}
    assert chip.hasFocus(), "by key one goes on among the chips"
