"""Precision over score in bins, against the diagonal on which a score means what it says; below it how many there are."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen

from diag_gui.evaluation.calibration import CalibrationBins
from diag_gui.ui.interval_mark import signed
from diag_gui.ui.plain_text import count, figure, plural
from diag_gui.ui.theme import Theme, current_theme, font
from diag_gui.ui.walked_drawing import CHOOSE_KEYS, WalkedDrawing

_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 34.0, 10.0, 6.0, 18.0
_COUNTS_GAP_PX = 5.0
_DOT_PX = 3.5
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_TICKS = ((0.0, "0"), (0.25, ".25"), (0.5, ".50"), (0.75, ".75"), (1.0, "1"))


class ReliabilityPlot(WalkedDrawing):
    """Draws `CalibrationBins`; a bin is asked for by a click, or by the arrow keys and Enter.

    Attributes
    ----------
    bin_chosen : Signal
        Emitted with the place of the bin.
    """

    bin_chosen = Signal(int)
    own_keys = frozenset(_STEPS) | CHOOSE_KEYS

    def __init__(self) -> None:
        super().__init__("Reliability curve")
        self._bins: CalibrationBins | None = None
        self._score_threshold = 0.0
        self._hovered = -1
        self._at = -1

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, 96)

    def show_bins(self, bins: CalibrationBins | None, score_threshold: float) -> None:
        """Draw ``bins``, and where predictions begin to be kept."""
        self._bins, self._score_threshold = bins, score_threshold
        self._hovered = -1
        self._at = min(self._at, len(bins) - 1 if bins is not None else -1)
        self._say()
        self.update()

    def bin_rect(self, place: int) -> QRectF:
        """Return the column of a bin, in pixels of this widget."""
        assert self._bins is not None
        area = self._area()
        low, high = float(self._bins.low[place]), float(self._bins.high[place])
        if low != low:
            return QRectF()
        left, right = (area.left() + area.width() * min(max(end, 0.0), 1.0) for end in (low, high))
        # Many predictions of one score are a bin without width.
        return QRectF(left, area.top(), max(right - left, 3.0), self.height() - _BOTTOM_PX - area.top())

    def _area(self) -> QRectF:
        """Return the unit square on the screen."""
        width = max(self.width() - _LEFT_PX - _RIGHT_PX, 1.0)
        height = max(self.height() - _TOP_PX - _BOTTOM_PX - self._counts_height() - _COUNTS_GAP_PX, 1.0)
        return QRectF(_LEFT_PX, _TOP_PX, width, height)

    def _counts_height(self) -> float:
        """Return how high the strip of counts is: as a line of text, or more where there is room."""
        return min(max(self.height() * 0.14, 13.0), 28.0)

    def bin_at(self, at: QPoint | QPointF) -> int:
        """Return the bin that is drawn at a point, -1 for none."""
        if self._bins is None:
            return -1
        return next((place for place in self._filled() if self.bin_rect(place).contains(QPointF(at))), -1)

    def _filled(self) -> list[int]:
        return np.flatnonzero(self._bins.n > 0).tolist() if self._bins is not None else []

    # By mouse and key

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self.bin_at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            self.point_out(hovered >= 0)

    def leave(self) -> None:
        self._hovered = -1

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.bin_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and place >= 0:
            self._at = place
            self.bin_chosen.emit(place)

    def press(self, key: Qt.Key) -> bool:
        filled = self._filled()
        if key in _STEPS and filled:
            here = filled.index(self._at) if self._at in filled else -1
            self._at = filled[min(max(here + _STEPS[key], 0), len(filled) - 1)]
            self._say()
            self.update()
        elif key in CHOOSE_KEYS and self._at in filled:
            self.bin_chosen.emit(self._at)
        else:
            return False
        return True

    def _say(self) -> None:
        self.setAccessibleDescription(self._explained(self._at) if self._at in self._filled() else "")

    def said_at(self, at: QPointF) -> str:
        place = self.bin_at(at)
        return self._explained(place) if place >= 0 else ""

    def _explained(self, place: int) -> str:
        assert self._bins is not None
        bins = self._bins
        low, high = float(bins.low[place]), float(bins.high[place])
        mean, precision = float(bins.mean_score[place]), float(bins.precision[place])
        said = (
            f"score {figure(low)} to {figure(high)}: {plural(int(bins.n[place]), 'prediction')}\n"
            f"mean score {figure(mean, 3)}, precision {figure(precision, 3)}: {signed(precision - mean, 3)}\n"
            + ("scores promise more than they keep" if precision < mean else "scores promise no more than they keep")
        )
        if low < self._score_threshold:
            said += f"\nBelow the score threshold {figure(self._score_threshold)} nothing is kept, and nothing is listed"
        return said

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter, theme)
        if self._bins is None:
            return
        for place in self._filled():
            self._paint_bin(painter, place, theme)
        area = self._area()
        painter.setPen(QPen(theme.color("secondary"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(area.bottomLeft(), area.topRight())
        self._paint_curve(painter, theme)
        for place, role in ((self._hovered, "secondary"), (self._at if self.hasFocus() else -1, "accent")):
            if place >= 0:
                painter.setPen(QPen(theme.color(role), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.bin_rect(place).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_axes(self, painter: QPainter, theme: Theme) -> None:
        area = self._area()
        painter.setPen(theme.color("line"))
        painter.drawLine(area.bottomLeft(), area.topLeft())
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setFont(font("caption"))
        for value, text in _TICKS:
            x, y = area.left() + value * area.width(), area.bottom() - value * area.height()
            painter.setPen(theme.color("secondary"))
            if value in (0.0, 0.5, 1.0):
                beside = QRectF(0, y - 8, area.left() - 6, 16)
                painter.drawText(beside, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
            below = QRectF(x - 20, self.height() - _BOTTOM_PX + 1, 40, _BOTTOM_PX - 2)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), text)

    def _paint_bin(self, painter: QPainter, place: int, theme: Theme) -> None:
        """Draw precision as a column, what the scores promise beyond or short of it, and the count below."""
        assert self._bins is not None
        bins, area, column = self._bins, self._area(), self.bin_rect(place)
        inner = column.adjusted(0.5, 0, -0.5, 0)
        y_precision = area.bottom() - float(bins.precision[place]) * area.height()
        y_mean = area.bottom() - float(bins.mean_score[place]) * area.height()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("cell_high", 0.35))
        painter.drawRect(QRectF(inner.left(), y_precision, inner.width(), area.bottom() - y_precision))
        promised = bins.mean_score[place] > bins.precision[place]
        painter.setBrush(theme.color("poor" if promised else "good", 0.35))
        painter.drawRect(QRectF(inner.left(), min(y_mean, y_precision), inner.width(), abs(y_mean - y_precision)))
        bottom = self.height() - _BOTTOM_PX
        height = self._counts_height() * float(np.sqrt(bins.n[place] / max(int(bins.n.max()), 1)))
        painter.setBrush(theme.color("secondary", 0.5))
        painter.drawRect(QRectF(inner.left(), bottom - max(height, 1.0), inner.width(), max(height, 1.0)))
        text = count(int(bins.n[place]))
        painter.setFont(font("caption"))
        if painter.fontMetrics().horizontalAdvance(text) <= column.width() - 2:
            painter.setPen(theme.color("text"))
            box = QRectF(column.left(), bottom - 14, column.width(), 14)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)

    def _paint_curve(self, painter: QPainter, theme: Theme) -> None:
        assert self._bins is not None
        area = self._area()
        filled = self._filled()
        points = [
            QPointF(area.left() + float(mean) * area.width(), area.bottom() - float(precision) * area.height())
            for mean, precision in zip(self._bins.mean_score[filled], self._bins.precision[filled], strict=True)
        ]
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.setBrush(theme.color("accent"))
        if len(points) > 1:
            painter.drawPolyline(points)
        for point in points:
            painter.drawEllipse(point, _DOT_PX, _DOT_PX)
