"""What was typed as a note goes to its failure and to no other, whatever happens before it is finished."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.review.store import ReviewStore
from tests.session.small_session import write_files
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


def test_closing_the_window_keeps_a_note_that_is_being_written(qtbot, window, note, files):
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    with ReviewStore.open(files.folder / "truth.diag", read_only=True) as store:
        [operation] = store.operations()
    assert [event.value for event in operation.events] == [TEXT]


def notes(window) -> list[str]:
    """Return every note that stands."""
    return [decision.note for decision in window.store.state.review.decisions.values() if decision.note is not None]


def test_a_note_goes_to_its_own_run(qtbot, window, note):
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
    assert notes(window) == [TEXT]


def test_a_filter_that_leaves_nothing_over_keeps_the_note(qtbot, window, note):
    row = window.store.state.current
    window.controller.query.add_expression("area < 0")
    qtbot.waitUntil(lambda: not note.isEnabled())
    settle(qtbot, window)
    qtbot.waitUntil(lambda: bool(notes(window)))
    assert notes(window) == [TEXT]
    window.controller.query.clear()
    settle(qtbot, window)
    window.controller.selection.set_current(row)
    assert note.toPlainText() == TEXT


def test_a_failure_that_goes_out_of_sight_gets_its_note_and_the_next_one_none(qtbot, window, note):
    row = window.store.state.current
    window.controller.selection.step(1)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: notes(window) == [TEXT])
    assert note.toPlainText() == ""
    window.controller.selection.set_current(row)
    assert note.toPlainText() == TEXT


def test_closing_right_after_the_failure_went_out_of_sight_keeps_the_note(qtbot, window, note, files):
    window.controller.selection.step(1)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    with ReviewStore.open(files.folder / "truth.diag", read_only=True) as store:
        assert [event.value for operation in store.operations() for event in operation.events] == [TEXT]


def test_opening_other_data_keeps_the_note_with_the_data_it_is_about(qtbot, window, note, files, tmp_path):
    other = write_files(tmp_path / "other", copies=2)
    window.controller.data.open_paths(other.both)
    settle(qtbot, window)
    assert note.toPlainText() == ""
    with ReviewStore.open(files.folder / "truth.diag", read_only=True) as store:
        assert [event.value for operation in store.operations() for event in operation.events] == [TEXT]
    assert not (other.folder / "truth.diag").exists()


def test_a_click_on_an_error_chip_finishes_the_note_and_gives_the_keys_to_the_failures(qtbot, window, note):
    chip = window.failures.chips.chips[OutcomeKind.DUPLICATE]
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert window.failures.gallery.view.hasFocus()
    settle(qtbot, window)
    assert notes(window) == [TEXT]


def test_taking_a_filter_off_by_click_finishes_the_note_and_gives_the_keys_to_the_failures(qtbot, window):
    window.controller.query.toggle_kind(OutcomeKind.DUPLICATE)
    settle(qtbot, window)
    window.activateWindow()
    window.focus_note()
    edit = window.failures.review.note
    qtbot.waitUntil(edit.hasFocus)
    QTest.keyClicks(edit, TEXT)
    QTest.mouseClick(window.control_bar.filter.chips[0], Qt.MouseButton.LeftButton)
    assert window.failures.gallery.view.hasFocus()
    settle(qtbot, window)
    assert window.store.state.query.kinds == frozenset()
    assert notes(window) == [TEXT]


@pytest.mark.parametrize("modifier", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier])
def test_enter_ends_the_note_and_the_next_key_tags(qtbot, window, note, modifier):
    QTest.keyClick(note, Qt.Key.Key_Return, modifier)
    assert not note.hasFocus()
    settle(qtbot, window)
    assert notes(window) == [TEXT]
    QTest.keyClick(window, Qt.Key.Key_1)
    settle(qtbot, window)
    assert note.toPlainText() == TEXT
    assert any(decision.tags for decision in window.store.state.review.decisions.values())


def test_shift_enter_breaks_the_line_and_the_note_goes_on(qtbot, window, note):
    assert "Shift+Enter" in note.toolTip()
    QTest.keyClick(note, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert note.hasFocus()
    QTest.keyClicks(note, "left")
    QTest.keyClick(note, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert notes(window) == [f"{TEXT}\nleft"]
