"""A label for figures that move with a slider: new text of the same size is painted and nothing is laid out again."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

_ROOM = QRect(0, 0, 2000, 2000)


class StillLabel(QLabel):
    """Plain text.

    Notes
    -----
    A `QLabel` asks for a new layout with every text, and the layouts of panel, page and window are then done again, one
    after the other. Digits are equally wide: most figures take the place of those before.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def text(self) -> str:
        """Return what is shown."""
        return self._text

    def setText(self, text: str) -> None:
        if text == self._text:
            return
        self._text = text
        laid_out = super().text()
        if laid_out and text and self._is_only_painted() and self._room_for(text) == self._room_for(laid_out):
            self.update()
        else:
            super().setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        if super().text() == self._text:
            super().paintEvent(event)
            return
        # As Qt paints the text that it knows.
        painter, align = QPainter(self), int(self.alignment())
        self.style().drawItemText(
            painter, self.contentsRect(), align, self.palette(), self.isEnabled(), self._text, self.foregroundRole()
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # Where text can be marked, it is the one that is seen.
        super().setText(self._text)
        super().mousePressEvent(event)

    def _is_only_painted(self) -> bool:
        """Return whether nobody but who looks at it needs the text: who hears it or has marked a part of it asks Qt."""
        return not (self.hasSelectedText() or self.wordWrap() or QAccessible.isActive())

    def _room_for(self, text: str) -> QSize:
        return self.fontMetrics().boundingRect(_ROOM, int(self.alignment() & ~Qt.AlignmentFlag.AlignCenter), text).size()
