"""A figure by hour, weekday or month: a bar each with its interval; a click on one makes it a slice."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from diag_gui.evaluation.date_part_figures import FigureByPart
from diag_gui.ui.plain_text import as_tooltip, count, figure, plural
from diag_gui.ui.theme import current_theme, font

_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 34.0, 12.0, 8.0, 20.0
_MOST_WIDE_PX = 40.0


class PartsPlot(QWidget):
    """Draws a `FigureByPart`. The arrow keys go from bar to bar, Enter chooses.

    Attributes
    ----------
    chosen : Signal
        Emitted with the expression of the bar that was clicked.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Figure by part of a date")
        self.parts: FigureByPart | None = None
        self._at = -1

    def show_parts(self, parts: FigureByPart | None) -> None:
        """Draw ``parts``."""
        if parts is not self.parts:
            self._at = -1
        self.parts = parts
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 110)

    def bar_rect(self, place: int) -> QRectF:
        """Return the column of a bar from the bottom of the axis to the top."""
        area = self._area()
        width = area.width() / max(len(self.parts.labels) if self.parts is not None else 1, 1)
        return QRectF(area.left() + place * width, area.top(), width, area.height())

    def said_of(self, place: int) -> str:
        """Return what a bar says when asked."""
        assert self.parts is not None
        value, low, high = self.parts.interval(place)
        result = self.parts.results[place]
        interval = f", 95 % {figure(low, 3)} to {figure(high, 3)}" if not math.isnan(low) else ""
        too_few = "" if result.enough else "\nToo little ground truth to say anything"
        stands_on = f"{plural(result.images, 'image')} · {count(result.gt)} ground truth"
        return f"{result.name}\n{figure(value, 3)}{interval}\n{stands_on}{too_few}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go_to(self._place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._go_to(-1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and place >= 0:
            self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        n = len(self.parts.labels) if self.parts is not None else 0
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if n and event.key() in steps:
            self._go_to(min(max(self._at + steps[Qt.Key(event.key())], 0), n - 1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._at < n:
            self._choose(self._at)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                # Says that the key is for the bars, before the window's shortcuts take it.
                event.accept()
                return True
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._place_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), as_tooltip(self.said_of(place)) if place >= 0 else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        parts, theme = self.parts, current_theme()
        if parts is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        painter.setFont(font("caption"))
        for value in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = self._y(value)
            painter.setPen(QPen(theme.color("line", 0.6), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.color("secondary"))
            box = QRectF(0, y - 8, area.left() - 6, 16)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), figure(value))
        shown_to = -1e9
        for place, label in enumerate(parts.labels):
            value, low, high = parts.interval(place)
            column = self.bar_rect(place)
            width = min(max(column.width() - 3, 1.0), _MOST_WIDE_PX)
            left, middle = column.center().x() - width / 2, column.center().x()
            is_at = place == self._at
            if not math.isnan(value):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("accent" if parts.results[place].enough else "secondary", 0.85 if is_at else 0.5))
                painter.drawRect(QRectF(left, self._y(value), width, area.bottom() - self._y(value)))
            if not math.isnan(low):
                painter.setPen(QPen(theme.color("text"), 1.2))
                painter.drawLine(QPointF(middle, self._y(low)), QPointF(middle, self._y(high)))
                for end in (low, high):
                    painter.drawLine(QPointF(middle - 2.5, self._y(end)), QPointF(middle + 2.5, self._y(end)))
            half = painter.fontMetrics().horizontalAdvance(label) / 2
            if middle - half >= shown_to + 3:
                shown_to = middle + half
                painter.setPen(theme.color("text" if is_at else "secondary"))
                painter.drawText(QPointF(middle - half, self.height() - 5), label)

    def _choose(self, place: int) -> None:
        assert self.parts is not None
        self.chosen.emit(self.parts.results[place].expression)

    def _go_to(self, place: int) -> None:
        if place != self._at:
            self._at = place
            self.update()

    def _place_at(self, point: QPointF) -> int:
        n = len(self.parts.labels) if self.parts is not None else 0
        return next((place for place in range(n) if self.bar_rect(place).contains(point)), -1)

    def _area(self) -> QRectF:
        width, height = self.width() - _LEFT_PX - _RIGHT_PX, self.height() - _TOP_PX - _BOTTOM_PX
        return QRectF(_LEFT_PX, _TOP_PX, max(width, 1.0), max(height, 1.0))

    def _y(self, value: float) -> float:
        area = self._area()
        return area.bottom() - value * area.height()
