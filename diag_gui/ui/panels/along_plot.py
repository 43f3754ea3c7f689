"""A figure along a column of numbers or dates: the curve, its band, how many rows lie where, and a range to drag."""

from __future__ import annotations

import math
from itertools import starmap

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from diag_gui.data.arrays import AnyArray, FloatArray
from diag_gui.evaluation.slice_curves import FigureAlong
from diag_gui.ui.panels.date_ticks import date_ticks
from diag_gui.ui.plain_text import figure
from diag_gui.ui.theme import Theme, current_theme, font

_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX, _BARS_PX = 34.0, 12.0, 8.0, 20.0, 24.0
_LEAST_DRAG_PX = 4.0
_SKEWED = 8.0
"""Ratio of the largest value to the middle one from which the axis is logarithmic."""


class AlongPlot(QWidget):
    """Draws a `FigureAlong`; a drag over it chooses a range of the column.

    Attributes
    ----------
    dragged : Signal
        Emitted with both ends of a range, in values of the column, while it is dragged.
    chosen : Signal
        The same when the drag ends.
    """

    dragged = Signal(float, float)
    chosen = Signal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Figure along a column")
        self.along: FigureAlong | None = None
        self._from: float | None = None
        self._to: float | None = None
        self._label = ""

    def show_along(self, along: FigureAlong | None) -> None:
        """Draw ``along``."""
        if along is not self.along:
            self._from = self._to = None
            self._label = ""
        self.along = along
        self.update()

    def set_label(self, text: str) -> None:
        """Say ``text`` above the range that is dragged."""
        self._label = text
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 110)

    @property
    def is_logarithmic(self) -> bool:
        """Whether the axis is: values above 0, a few of them far above the others."""
        if self.along is None or self.along.is_of_dates:
            return False
        x = self.along.x
        return bool(len(x) > 2 and x[0] > 0 and x[-1] > _SKEWED * max(float(x[len(x) // 2]), 1e-300))

    def on_screen(self, value: float) -> float:
        """Return where a value of the column lies, in pixels from the left."""
        low, high = self._ends()
        area = self._area()
        return float(area.left() + (self._scaled(value) - low) / max(high - low, 1e-300) * area.width())

    def value_at(self, x: float) -> float:
        """Return the value of the column at ``x`` pixels from the left, within the values there are."""
        low, high = self._ends()
        area = self._area()
        share = min(max((x - area.left()) / max(area.width(), 1.0), 0.0), 1.0)
        scaled = low + share * (high - low)
        return math.exp(scaled) if self.is_logarithmic else scaled

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.along is not None and len(self.along.x):
            self._from = self._to = event.position().x()
            self._label = ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._to = event.position().x()
            self.dragged.emit(*self._range())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is None or self._to is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        is_range = abs(self._to - self._from) >= _LEAST_DRAG_PX
        ends = self._range()
        if not is_range:
            self._from = self._to = None
            self._label = ""
        self.update()
        if is_range:
            self.chosen.emit(*ends)

    def paintEvent(self, event: QPaintEvent) -> None:
        along = self.along
        if along is None or not len(along.x):
            return
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter, theme)
        self._paint_bars(painter, theme, along)
        xs = np.array([self.on_screen(value) for value in along.x.tolist()])
        accent = theme.color("accent")
        for part in _runs_of(~np.isnan(along.low) & ~np.isnan(along.high)):
            edge = [*_points(xs[part], self._ys(along.high[part])), *reversed(_points(xs[part], self._ys(along.low[part])))]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent", 0.22))
            painter.drawPolygon(QPolygonF(edge))
        painter.setPen(QPen(accent, 2))
        for part in _runs_of(~np.isnan(along.value)):
            painter.drawPolyline(QPolygonF(_points(xs[part], self._ys(along.value[part]))))
        self._paint_range(painter, theme)

    def _paint_axes(self, painter: QPainter, theme: Theme) -> None:
        area = self._area()
        painter.setFont(font("caption"))
        for value in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = self._ys(np.array([value]))[0]
            painter.setPen(QPen(theme.color("line", 0.6), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.color("secondary"))
            box = QRectF(0, y - 8, area.left() - 6, 16)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), figure(value))
        metrics = painter.fontMetrics()
        shown_to = -1e9
        for value, text in self._ticks():
            x = self.on_screen(value)
            half = metrics.horizontalAdvance(text) / 2
            left = min(max(x - half, area.left() - 4), area.right() - 2 * half + 8)
            if left < shown_to + 8:
                continue
            shown_to = left + 2 * half
            painter.drawText(QPointF(left, self.height() - 5), text)

    def _paint_bars(self, painter: QPainter, theme: Theme, along: FigureAlong) -> None:
        most = int(along.bar_counts.max(initial=0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line"))
        floor = self.height() - _BOTTOM_PX
        if self.is_logarithmic or not most:
            # Bars of equal steps say nothing on such an axis: the points, at equal shares of the rows, are marked instead.
            for value in along.x.tolist():
                painter.drawRect(QRectF(self.on_screen(value) - 0.5, floor - 8, 1.0, 8))
            return
        edges = [self.on_screen(value) for value in along.bar_edges.tolist()]
        for x, end, n in zip(edges[:-1], edges[1:], along.bar_counts.tolist(), strict=True):
            height = n / most * (_BARS_PX - 4)
            painter.drawRect(QRectF(x + 0.5, floor - height, max(end - x - 1, 1.0), height))

    def _paint_range(self, painter: QPainter, theme: Theme) -> None:
        if self._from is None or self._to is None:
            return
        area = self._area()
        left, right = (min(max(x, area.left()), area.right()) for x in sorted((self._from, self._to)))
        box = QRectF(left, area.top(), right - left, area.height())
        painter.setPen(QPen(theme.color("missed", 0.6), 1))
        painter.setBrush(theme.color("missed", 0.15))
        painter.drawRect(box)
        if self._label:
            painter.setFont(font("secondary"))
            painter.setPen(theme.color("missed"))
            width = painter.fontMetrics().horizontalAdvance(self._label) + 8
            at = min(max(box.left() + 4, area.left()), area.right() - width)
            painter.drawText(QRectF(at, area.top() + 2, width, 16), int(Qt.AlignmentFlag.AlignLeft), self._label)

    def _range(self) -> tuple[float, float]:
        assert self._from is not None
        assert self._to is not None
        low, high = sorted((self._from, self._to))
        return self.value_at(low), self.value_at(high)

    def _area(self) -> QRectF:
        width, height = self.width() - _LEFT_PX - _RIGHT_PX, self.height() - _TOP_PX - _BOTTOM_PX - _BARS_PX
        return QRectF(_LEFT_PX, _TOP_PX, max(width, 1.0), max(height, 1.0))

    def _ends(self) -> tuple[float, float]:
        assert self.along is not None
        return self._scaled(float(self.along.x[0])), self._scaled(float(self.along.x[-1]))

    def _scaled(self, value: float) -> float:
        return math.log(max(value, 1e-300)) if self.is_logarithmic else value

    def _ys(self, values: FloatArray) -> FloatArray:
        area = self._area()
        ys: FloatArray = area.bottom() - values * area.height()
        return ys

    def _ticks(self) -> list[tuple[float, str]]:
        assert self.along is not None
        first, last = float(self.along.x[0]), float(self.along.x[-1])
        if self.along.is_of_dates:
            return date_ticks(first, last)
        return [(value, tick_text(value)) for value in self._round_numbers(first, last)]

    def _round_numbers(self, first: float, last: float) -> list[float]:
        if self.is_logarithmic:
            low, high = math.floor(math.log10(first)), math.ceil(math.log10(last))
            return [value for power in range(low, high + 1) if first <= (value := 10.0**power) <= last] or [first, last]
        if last == first:
            return [first]
        step = 10.0 ** math.floor(math.log10(last - first))
        step = next((step * part for part in (0.1, 0.2, 0.25, 0.5, 1.0) if (last - first) / (step * part) <= 6), step)
        start = math.ceil(first / step) * step
        return [start + n * step for n in range(int((last - start) / step) + 1)]


def tick_text(value: float) -> str:
    """Return a number as an axis says it, in few characters."""
    if abs(value) >= 10_000:
        return f"{value / 1000:,.4g}k" if abs(value) < 1e6 else f"{value / 1e6:,.4g}M"
    return f"{value:.4g}"


def _runs_of(is_defined: AnyArray) -> list[slice]:
    """Return the stretches of neighbouring points that are defined."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_defined.astype(np.int8), [0]])))
    return [slice(first, last) for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


def _points(x: FloatArray, y: FloatArray) -> list[QPointF]:
    return list(starmap(QPointF, zip(x.tolist(), y.tolist(), strict=True)))
