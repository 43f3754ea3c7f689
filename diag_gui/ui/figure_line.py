"""One line of figures with their names, each of which can be explained."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QMouseEvent

from diag_gui.ui.elided_label import ElidedLabel

_BETWEEN = " · "


class FigureLine(ElidedLabel):
    """Figures side by side: ``P .59 · R .67``."""

    def __init__(self) -> None:
        super().__init__(role="secondary")
        self.setMouseTracking(True)
        self._paths: tuple[str, ...] = ()
        self._texts: tuple[str, ...] = ()

    def show_figures(self, figures: Sequence[tuple[str, str]]) -> None:
        """Show texts, each with the path of its figure; empty where it has none."""
        self._texts, self._paths = tuple(text for text, _ in figures), tuple(path for _, path in figures)
        said = _BETWEEN.join(self._texts)
        if said != self.text():
            self.setText(said)

    def _room_for(self, text: str) -> QSize:
        # A line takes the width there is, whatever it says: only its height could move its neighbours.
        return QSize(0, super()._room_for(text).height())

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the figure at ``position``; empty where there is none."""
        width = self.fontMetrics().horizontalAdvance
        for place, path in enumerate(self._paths):
            start = width("".join(f"{text}{_BETWEEN}" for text in self._texts[:place]))
            if start <= position.x() < start + width(self._texts[place]):
                return path
        return ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        is_figure = bool(self.figure_at(event.position().toPoint()))
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_figure else Qt.CursorShape.ArrowCursor)
