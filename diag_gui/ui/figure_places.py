"""Which figure of the result a place on the screen shows."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget


@runtime_checkable
class ShowsFigures(Protocol):
    """A widget that can say which figure stands where."""

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the figure at ``position`` in the widget, as in the JSON document; empty where there is none."""


def figure_at(window: QWidget, position: QPoint) -> str:
    """Return the path of the figure at ``position`` in ``window``; empty where there is none."""
    widget = window.childAt(position)
    while widget is not None and widget is not window:
        if isinstance(widget, ShowsFigures) and (figure := widget.figure_at(widget.mapFrom(window, position))):
            return figure
        widget = widget.parentWidget()
    return ""
