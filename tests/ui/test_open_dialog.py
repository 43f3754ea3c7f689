"""Asking what to open."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from diag_gui.ui.dialogs.open_dialog import OpenDialog
from tests.session.small_session import N_TRUTH

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot, nothing_open, parent):
    made = OpenDialog(nothing_open.controller, parent)
    made.open()
    qtbot.waitUntil(made.isVisible)
    return made


def test_ground_truth_is_all_it_needs(qtbot, dialog, nothing_open, files):
    assert not dialog.open_button.isEnabled()
    qtbot.keyClicks(dialog.ground_truth.line, str(files.ground_truth))
    assert dialog.open_button.isEnabled()
    qtbot.mouseClick(dialog.open_button, LEFT)
    nothing_open.settle()
    assert len(nothing_open.state.dataset.ground_truth) == N_TRUTH
    assert nothing_open.state.runs == ()


def test_several_runs_and_metadata_together(qtbot, dialog, nothing_open, files):
    qtbot.keyClicks(dialog.ground_truth.line, str(files.ground_truth))
    qtbot.keyClicks(dialog.predictions.line, f"{files.second} ; {files.first}")
    qtbot.keyClicks(dialog.metadata.line, str(files.metadata))
    qtbot.mouseClick(dialog.open_button, LEFT)
    nothing_open.settle()
    assert [run.name for run in nothing_open.state.runs] == ["second", "first"]
    assert "weather" in nothing_open.state.dataset.image_attributes.names


def test_a_path_that_is_not_there_is_named_at_once(qtbot, dialog, files, tmp_path):
    qtbot.keyClicks(dialog.ground_truth.line, str(files.ground_truth))
    qtbot.keyClicks(dialog.predictions.line, str(tmp_path / "gone.json"))
    assert "gone.json" in dialog.problem.text()
    assert not dialog.open_button.isEnabled()
    dialog.predictions.line.clear()
    assert dialog.problem.text() == ""
    assert dialog.open_button.isEnabled()


@pytest.mark.parametrize(("many", "kept"), [("predictions", 2), ("ground_truth", 1)])
def test_files_can_be_dropped_on_a_line(dialog, files, many, kept):
    field = getattr(dialog, many)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (files.first, files.second)])
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(field, QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, LEFT, none))
    QApplication.sendEvent(field, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, none))
    assert field.paths() == (files.first, files.second)[:kept]


def test_enter_opens_and_escape_does_not(qtbot, dialog, nothing_open, files):
    qtbot.keyClicks(dialog.ground_truth.line, str(files.ground_truth))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    nothing_open.settle()
    assert nothing_open.state.dataset is None


def test_enter_in_a_line_opens(qtbot, dialog, nothing_open, files):
    qtbot.keyClicks(dialog.ground_truth.line, str(files.ground_truth))
    qtbot.keyClick(dialog.ground_truth.line, Qt.Key.Key_Return)
    nothing_open.settle()
    assert nothing_open.state.dataset is not None


def test_a_format_may_be_chosen_and_a_wrong_choice_is_said(qtbot, dialog, nothing_open, files):
    assert dialog.ground_truth_format.currentText() == "auto"
    qtbot.keyClicks(dialog.ground_truth.line, str(files.ground_truth))
    qtbot.keyClicks(dialog.ground_truth_format, "voc")
    qtbot.mouseClick(dialog.open_button, LEFT)
    nothing_open.settle()
    assert nothing_open.state.notice.is_error
    assert nothing_open.state.dataset is None


def test_a_home_written_as_a_tilde_is_understood(qtbot, dialog, files, monkeypatch):
    monkeypatch.setenv("HOME", str(files.folder))
    qtbot.keyClicks(dialog.ground_truth.line, "~/truth.json")
    assert dialog.ground_truth.paths() == (files.ground_truth,)
    assert dialog.open_button.isEnabled()


def test_what_a_line_wants_is_readable_in_it(qtbot, dialog):
    dialog.show()
    qtbot.waitExposed(dialog)
    for field in (dialog.ground_truth, dialog.predictions, dialog.images, dialog.metadata):
        words = field.line.placeholderText()
        assert field.line.fontMetrics().horizontalAdvance(words) + 24 <= field.line.width(), words
