"""Curves on the unit square: painted once, then copied to the screen, so that a marker can move over them."""

from __future__ import annotations

import struct

import numpy as np
from PySide6.QtCore import QByteArray, QDataStream, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from diag_gui.data.arrays import FloatArray
from diag_gui.evaluation.curves import CurveOutline
from diag_gui.ui.theme import FontRole, Theme, current_theme, font

MOST_CURVES = 8
LINE_ROLES = ("accent", "good", "background", "classification", "missed", "localization", "both", "duplicate")
_TICKS = ((0.0, "0"), (0.25, ".25"), (0.5, ".50"), (0.75, ".75"), (1.0, "1"))
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 42.0, 14.0, 6.0, 38.0
_TICK_PX = 4.0
_LINE_PX = 2.0
_MARK_PX = 5.0
_SLACK = 0.05
"""How far outside the unit square a click still means the curve."""


class CurvePlot(QWidget):
    """Precision over recall of several runs through the scores, with the operating point and the best F1 of each.

    Attributes
    ----------
    picked : Signal
        Emitted with the recall and the precision that were clicked.
    """

    picked = Signal(float, float)

    def __init__(self, axes: tuple[str, str] = ("recall", "precision")) -> None:
        super().__init__()
        self._axes = axes
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Precision-recall curve")
        self._curves: list[CurveOutline] = []
        self._points: list[QPointF] = []
        self._ground: QPixmap | None = None
        self._axes_painted: QPixmap | None = None

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, 110)

    def show_curves(self, curves: list[CurveOutline], points: list[tuple[float, float]]) -> None:
        """Draw ``curves`` and mark ``points``, each a recall and a precision; one that is not defined is left out."""
        is_other = len(curves) != len(self._curves) or any(new is not old for new, old in zip(curves, self._curves, strict=False))
        self._curves = curves
        before, self._points = self._points, [QPointF(*point) for point in points if not any(np.isnan(point))]
        if is_other:
            self._ground = None
            self.update()
        else:
            for point in (*before, *self._points):
                self.update(_around(self.on_screen(point)))

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self._ground = self._axes_painted = None
        self.update()

    def on_screen(self, figures: QPointF) -> QPointF:
        """Return where recall ``x`` and precision ``y`` are drawn, in pixels of this widget."""
        area = self._area()
        return QPointF(area.left() + figures.x() * area.width(), area.bottom() - figures.y() * area.height())

    def figures_at(self, point: QPointF) -> QPointF:
        """Return the recall (x) and precision (y) that a point of this widget stands for."""
        area = self._area()
        return QPointF((point.x() - area.left()) / area.width(), (area.bottom() - point.y()) / area.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._ground = self._axes_painted = None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.figures_at(event.position())
        inside = -_SLACK <= at.x() <= 1 + _SLACK and -_SLACK <= at.y() <= 1 + _SLACK
        if event.button() is Qt.MouseButton.LeftButton and inside:
            self.picked.emit(at.x(), at.y())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        if self._ground is None or self._ground.devicePixelRatioF() != self.devicePixelRatioF():
            self._ground = self._painted(theme)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("text"), 2))
        painter.setBrush(theme.color("panel"))
        for point in self._points:
            painter.drawEllipse(self.on_screen(point), _MARK_PX, _MARK_PX)

    def _area(self) -> QRectF:
        """Return the unit square on the screen, in pixels of this widget."""
        width, height = self.width() - _LEFT_PX - _RIGHT_PX, self.height() - _TOP_PX - _BOTTOM_PX
        return QRectF(_LEFT_PX, _TOP_PX, max(width, 1.0), max(height, 1.0))

    def _painted(self, theme: Theme) -> QPixmap:
        """Return the axes, the curves and their best F1."""
        ratio = self.devicePixelRatioF()
        if self._axes_painted is None or self._axes_painted.devicePixelRatioF() != ratio:
            self._axes_painted = QPixmap(self.size() * ratio)
            self._axes_painted.setDevicePixelRatio(ratio)
            self._axes_painted.fill(theme.color("panel"))
            painter = QPainter(self._axes_painted)
            self._paint_axes(painter, theme)
            painter.end()
        # A copy of its own as soon as it is painted on: the axes stay as they are while a slider moves.
        pixmap = QPixmap(self._axes_painted)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        for curve, role in zip(self._curves, LINE_ROLES, strict=False):
            if len(curve.score):
                painter.setPen(QPen(theme.color(role), _LINE_PX))
                painter.drawPolyline(_outline(*thinned(curve.recall, curve.precision, max(round(area.width() * ratio), 1)), area))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("true_positive"))
        for curve in self._curves:
            if not np.isnan(curve.best[0]):
                painter.drawEllipse(self.on_screen(QPointF(*curve.best)), _MARK_PX - 0.5, _MARK_PX - 0.5)
        painter.end()
        return pixmap

    def _paint_axes(self, painter: QPainter, theme: Theme) -> None:
        area = self._area()
        painter.setPen(theme.color("line"))
        painter.drawLine(area.bottomLeft(), area.topLeft())
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        for value, text in _TICKS:
            at = self.on_screen(QPointF(value, value))
            painter.setPen(theme.color("line"))
            painter.drawLine(QPointF(at.x(), area.bottom()), QPointF(at.x(), area.bottom() - _TICK_PX))
            painter.drawLine(QPointF(area.left(), at.y()), QPointF(area.left() + _TICK_PX, at.y()))
            painter.setPen(theme.color("secondary"))
            painter.setFont(font("caption"))
            if value > 0:
                _draw_centred(painter, "caption", text, QPointF(at.x(), area.bottom() + 9))
            beside = QRectF(0, at.y() - 8, area.left() - _TICK_PX - 2, 16)
            painter.drawText(beside, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        _draw_centred(painter, "secondary", self._axes[0], QPointF(area.center().x(), self.height() - 9))
        painter.save()
        painter.translate(9, area.center().y())
        painter.rotate(-90)
        _draw_centred(painter, "secondary", self._axes[1], QPointF(0, 0))
        painter.restore()


def thinned(recall: FloatArray, precision: FloatArray, n_columns: int) -> tuple[FloatArray, FloatArray]:
    """Return the points of a curve that are seen: of each column of pixels the ends and the extremes.

    Parameters
    ----------
    recall : ndarray of float64, shape (N,)
        Ascending, 0..1.
    precision : ndarray of float64, shape (N,)
    n_columns : int
        Pixels that recall 0..1 is drawn over.

    Returns
    -------
    tuple of ndarray of float64
        Recall and precision of at most 4 points per column; all N where they are fewer.
    """
    if len(recall) <= 2 * n_columns:
        return recall, precision
    first = np.unique(np.searchsorted(recall, np.arange(n_columns + 1) / n_columns))
    first = np.unique(np.append(0, first[first < len(recall)]))
    last = np.append(first[1:], len(recall)) - 1
    middle = (recall[first] + recall[last]) / 2
    lowest, highest = np.minimum.reduceat(precision, first), np.maximum.reduceat(precision, first)
    columns = ((recall[first], precision[first]), (middle, lowest), (middle, highest), (recall[last], precision[last]))
    x, y = (np.column_stack(parts).ravel() for parts in zip(*columns, strict=True))
    is_new = np.append(True, (np.diff(x) != 0) | (np.diff(y) != 0))
    return x[is_new], y[is_new]


def _outline(recall: FloatArray, precision: FloatArray, area: QRectF) -> QPolygonF:
    """Return the points on the screen, those left out that lie within a quarter of a pixel of the one before."""
    x, y = area.left() + recall * area.width(), area.bottom() - precision * area.height()
    places = np.round(4 * np.column_stack([x, y]))
    is_new = np.append(True, (places[1:] != places[:-1]).any(axis=1))
    return _polygon(np.column_stack([x[is_new], y[is_new]]))


def _polygon(points: FloatArray) -> QPolygonF:
    """Return ``points``, shape (N, 2), as Qt's: read from its stream at once, a point at a time takes twenty times as long."""
    packed = struct.pack(">I", len(points)) + points.astype(">f8").tobytes()
    stream = QDataStream(QByteArray(packed))
    stream.setVersion(QDataStream.Version.Qt_6_0)
    polygon = QPolygonF()
    stream >> polygon
    return polygon


def _draw_centred(painter: QPainter, role: FontRole, text: str, at: QPointF) -> None:
    painter.setFont(font(role))
    box = QFontMetricsF(font(role)).boundingRect(text).adjusted(-2, 0, 2, 0)
    box.moveCenter(at)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


def _around(point: QPointF) -> QRect:
    """Return the pixels that a marker at ``point`` touches."""
    reach = _MARK_PX + 2
    return QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach).toAlignedRect()
