"""Showing one widget and acting on it by mouse."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QToolTip, QWidget

W = TypeVar("W", bound=QWidget)


def shown(qtbot, widget: W, width: int = 640, height: int = 420) -> W:
    """Show ``widget`` and wait until it is on the screen."""
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def click_cell(view: QAbstractItemView, row: int, column: int = 0, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Click the middle of a cell."""
    at = view.visualRect(view.model().index(row, column)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, at)


def cell_text(view: QAbstractItemView, row: int, column: int = 0) -> str:
    return str(view.model().index(row, column).data())


def tooltip_at(widget: QWidget, at: QPoint) -> str:
    """Return what is said when the mouse rests at ``at``."""
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at)))
    return QToolTip.text()
