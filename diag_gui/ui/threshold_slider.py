"""A slider for a threshold: the wished value is the handle, a mark shows where F1 is best, keys move it in steps."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from diag_gui.ui.theme import current_theme

_HANDLE_PX = 7.0
_TRACK_PX = 3.0


class ThresholdSlider(QWidget):
    """A value between ``minimum`` and ``maximum`` in whole steps.

    Parameters
    ----------
    minimum, maximum, step : float
        Range and grid of the value.
    name : str
        For assistive technology.
    """

    value_changed = Signal(float)

    def __init__(self, minimum: float, maximum: float, step: float, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._minimum, self._maximum, self._step = minimum, maximum, step
        self._value = minimum
        self._mark: float | None = None
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(130, 22)

    def minimumSizeHint(self) -> QSize:
        return QSize(70, 22)

    @property
    def value(self) -> float:
        """The wished value."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show ``value`` without announcing it."""
        if value != self._value:
            self._value = value
            self.update()

    def set_mark(self, value: float | None) -> None:
        """Show the mark at ``value``, or none."""
        if value != self._mark:
            self._mark = value
            self.update()

    def position_of(self, value: float) -> float:
        """Return the x coordinate of ``value`` in pixels of this widget."""
        share = (min(max(value, self._minimum), self._maximum) - self._minimum) / (self._maximum - self._minimum)
        return _HANDLE_PX + share * (self.width() - 2 * _HANDLE_PX)

    def _wish(self, value: float) -> None:
        steps = round((value - self._minimum) / self._step)
        snapped = round(min(max(self._minimum + steps * self._step, self._minimum), self._maximum), 10)
        if snapped != self._value:
            self._value = snapped
            self.update()
            self.value_changed.emit(snapped)

    def _wish_at(self, x: float) -> None:
        share = (x - _HANDLE_PX) / max(1.0, self.width() - 2 * _HANDLE_PX)
        self._wish(self._minimum + share * (self._maximum - self._minimum))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._wish_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._wish_at(event.position().x())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._wish(self._value + (self._step if event.angleDelta().y() > 0 else -self._step))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Up: self._step,
            Qt.Key.Key_Down: -self._step,
            Qt.Key.Key_PageUp: 0.05,
            Qt.Key.Key_PageDown: -0.05,
            Qt.Key.Key_Home: self._minimum - self._maximum,
            Qt.Key.Key_End: self._maximum - self._minimum,
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            self._wish(self._value + move)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        left, right, x = _HANDLE_PX, self.width() - _HANDLE_PX, self.position_of(self._value)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(QRectF(left, middle - _TRACK_PX / 2, right - left, _TRACK_PX), 1.5, 1.5)
        painter.setBrush(theme.color("accent"))
        painter.drawRoundedRect(QRectF(left, middle - _TRACK_PX / 2, x - left, _TRACK_PX), 1.5, 1.5)
        if self._mark is not None:
            at = self.position_of(self._mark)
            painter.setPen(QPen(theme.color("true_positive"), 2))
            painter.drawLine(QPointF(at, middle - 8), QPointF(at, middle + 8))
        ring = theme.color("accent") if self.hasFocus() else theme.color("ground")
        painter.setPen(QPen(ring, 1.5))
        painter.setBrush(theme.color("text") if theme.name == "dark" else theme.color("accent"))
        painter.drawEllipse(QPointF(x, middle), _HANDLE_PX - 1, _HANDLE_PX - 1)
