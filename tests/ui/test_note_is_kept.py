"""What was typed as a note goes to its failure and to no other, whatever happens before it is finished."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from diag_gui.review.store import ReviewStore
from tests.ui.small_window import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

TEXT = "rust on the roof"


@pytest.fixture
def note(qtbot, window):
    """The note of the first failure, being written."""
    window.activateWindow()
    window.focus_note()
    edit = window.failures.review.note
    qtbot.waitUntil(edit.hasFocus)
    QTest.keyClicks(edit, TEXT)
    return edit


def test_closing_the_window_keeps_a_note_that_is_being_written(window, note, files):
    window.close()
    with ReviewStore.open(files.folder / "truth.diag", read_only=True) as store:
        [operation] = store.operations()
    assert [event.value for event in operation.events] == [TEXT]


def test_a_draft_belongs_to_its_run(qtbot, window, note):
    """The same number names another object in another run."""
    row = window.store.state.current
    window.controller.data.set_active_run(1)
    settle(qtbot, window)
    window.controller.selection.set_current(row)
    assert note.toPlainText() == ""
    window.controller.data.set_active_run(0)
    settle(qtbot, window)
    window.controller.selection.set_current(row)
    assert note.toPlainText() == TEXT


def test_a_filter_that_leaves_nothing_over_leaves_the_draft(qtbot, window, note):
    row = window.store.state.current
    window.controller.query.add_expression("area < 0")
    settle(qtbot, window)
    assert not note.isEnabled()
    window.controller.query.clear()
    settle(qtbot, window)
    window.controller.selection.set_current(row)
    assert note.toPlainText() == TEXT
