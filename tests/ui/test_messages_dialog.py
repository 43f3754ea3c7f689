"""The list of what the status bar said."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from diag_gui.session.messages import MOST_KEPT
from diag_gui.session.state import Notice
from diag_gui.ui.dialogs.messages_dialog import MessagesDialog
from tests.ui.small_window import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def opened(qtbot, window) -> MessagesDialog:
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    [dialog] = [one for one in window.findChildren(MessagesDialog) if one.isVisible()]
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def texts(dialog) -> list[str]:
    return [dialog.list.item(row).text()[len("00:00:00   ") :] for row in range(dialog.list.count())]


def test_messages_can_be_read_again_and_copied_with_their_details(qtbot, window):
    window.store.commit(notice=Notice("x.json: cannot be read", details="record 3: because", is_error=True))
    window.controller.say("Exported 3 images")
    dialog = opened(qtbot, window)
    assert texts(dialog)[:2] == ["Exported 3 images", "x.json: cannot be read"]
    dialog.list.setCurrentRow(1)
    assert dialog.whole.toPlainText().endswith("x.json: cannot be read\n\nrecord 3: because")
    qtbot.keyClick(dialog.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == dialog.whole.toPlainText()
    assert dialog.list.item(0).foreground() != dialog.list.item(1).foreground()
    window.controller.say("Another")
    assert texts(dialog)[0] == "Another"
    assert "record 3" in dialog.whole.toPlainText(), "the message in question stays in question"
    qtbot.keyClick(dialog.list, Qt.Key.Key_Escape)
    settle(qtbot, window)
    assert not [one for one in window.findChildren(MessagesDialog) if one.isVisible()]


def test_before_anything_was_said_it_says_so_and_a_list_of_many_has_an_end(qtbot, empty_window):
    dialog = opened(qtbot, empty_window)
    assert dialog.empty.isVisible()
    assert not dialog.list.isVisible()
    for number in range(MOST_KEPT + 5):
        empty_window.controller.say(f"message {number}")
    assert dialog.list.count() == MOST_KEPT
    assert texts(dialog)[0] == f"message {MOST_KEPT + 4}"
    assert not dialog.empty.isVisible()
