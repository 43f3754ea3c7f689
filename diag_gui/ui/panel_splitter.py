"""Widgets side by side or one above the other, with the gap of the page as the handle between them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from diag_gui.ui.theme import PANEL_GAP_PX


def panel_splitter(orientation: Qt.Orientation, widgets: Sequence[QWidget], stretch: Sequence[int]) -> QSplitter:
    """Return widgets that share a row or column and cannot be dragged away.

    Parameters
    ----------
    orientation : Qt.Orientation
    widgets : sequence of QWidget
    stretch : sequence of int
        How much of what is left over each takes.
    """
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(PANEL_GAP_PX)
    splitter.setChildrenCollapsible(False)
    for place, (widget, share) in enumerate(zip(widgets, stretch, strict=True)):
        splitter.addWidget(widget)
        splitter.setStretchFactor(place, share)
    return splitter
