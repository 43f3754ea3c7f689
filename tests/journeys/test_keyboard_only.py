"""An hour at the desk without the mouse, from opening to export."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from diag_gui.ui.dialogs.export_dialog import ExportDialog
from diag_gui.ui.dialogs.open_dialog import OpenDialog
from tests.ui.small_window import settle

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def key(widget, which: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(widget, which, modifier)


def come_to(qtbot, window) -> None:
    """Do what a window manager does when a dialog opens or closes; none is there in tests."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def test_from_opening_to_export(qtbot, empty_window, files, tmp_path):
    window, store = empty_window, empty_window.store

    key(window, Qt.Key.Key_O, CONTROL)
    dialog = window.findChild(OpenDialog)
    QTest.keyClicks(dialog.ground_truth.line, str(files.ground_truth))
    QTest.keyClicks(dialog.predictions.line, f"{files.first};{files.second}")
    QTest.keyClicks(dialog.metadata.line, str(files.metadata))
    key(dialog.metadata.line, Qt.Key.Key_Return)
    settle(qtbot, window)
    come_to(qtbot, window)
    assert [run.name for run in store.state.runs] == ["first", "second"]

    key(window, Qt.Key.Key_Slash)
    line = window.control_bar.filter.line
    qtbot.waitUntil(line.hasFocus)
    QTest.keyClicks(line, "weather = 'fog'")
    key(line, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert store.state.query.expressions == ("weather = 'fog'",)
    key(line, Qt.Key.Key_Escape)
    settle(qtbot, window)
    window.failures.gallery.setFocus()

    for _ in range(2):
        key(window, Qt.Key.Key_BracketRight)
    key(window, Qt.Key.Key_Period)
    settle(qtbot, window)
    assert (store.state.evaluation.params.iou_threshold, store.state.evaluation.params.score_threshold) == (0.6, 0.3)

    gallery = window.failures.gallery.view
    decided = []
    for which in (Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_3):
        decided.append(store.state.current)
        key(gallery, which)
        key(gallery, Qt.Key.Key_Right)
    settle(qtbot, window)
    assert len(set(decided)) == 3
    assert all(window.controller.review.is_decided(row) for row in decided)
    undecided = store.state.current
    assert not window.controller.review.is_decided(undecided)

    for _ in range(3):
        key(gallery, Qt.Key.Key_Left)
    assert store.state.current == decided[0]
    key(gallery, Qt.Key.Key_Tab)
    assert store.state.current == undecided, "Tab goes past what is decided"

    key(window, Qt.Key.Key_N)
    note = QApplication.focusWidget()
    QTest.keyClicks(note, "ask the pilot")
    key(note, Qt.Key.Key_Return, CONTROL)
    settle(qtbot, window)
    assert store.state.review.counts().notes == 1

    gallery.setFocus()
    key(gallery, Qt.Key.Key_U)
    key(gallery, Qt.Key.Key_U)
    settle(qtbot, window)
    assert store.state.review.counts().notes == 0
    assert not window.controller.review.is_decided(decided[2])

    key(gallery, Qt.Key.Key_Return)
    assert window.failures.viewer_is_large
    key(window, Qt.Key.Key_Escape)
    assert not window.failures.viewer_is_large

    key(window, Qt.Key.Key_E, CONTROL)
    export = window.findChild(ExportDialog)
    come_to(qtbot, export)
    export.folder.line.selectAll()
    QTest.keyClicks(export.folder.line, str(tmp_path / "relabel"))
    assert export.write.isEnabled(), export.summary.text()
    key(export.folder.line, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert (tmp_path / "relabel" / "manifest.json").exists(), store.state.notice


def test_tab_reaches_every_control_where_no_failure_has_the_focus(qtbot, window):
    """In gallery and viewer Tab means the next failure; everywhere else it goes from control to control."""
    bar = window.control_bar
    bar.run.setFocus()
    reached = []
    for _ in range(30):
        focused = QApplication.focusWidget()
        if focused in reached or focused is None:
            break
        reached.append(focused)
        key(focused, Qt.Key.Key_Tab)
    assert {bar.run, bar.iou, bar.score, bar.filter.line} <= set(reached)
