"""A column of widgets that scrolls where it is higher than its room, so that no line of it is cut or lies on another."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ScrolledColumn(QScrollArea):
    """Shows the ground of what it stands on.

    Attributes
    ----------
    column : QVBoxLayout
        Takes the widgets.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.setWidget(content)
        # QScrollArea fills both by itself; the panel's ground shall show.
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
