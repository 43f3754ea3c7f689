"""Outlines of rotated boxes and masks on pictures, in the styles of `box_overlay`; coordinates are those of the screen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from diag_gui.data.arrays import BoolArray, FloatArray
from diag_gui.ui.box_overlay import BoxStyle

_MARGIN_PX = 16.0
_FEW_CORNERS = 32
_STAIR_PX = 3.0
_LONGEST_PX = 8_000.0
"""Side from which an outline is drawn as the parts of its sides in sight: a dashed line of a million pixels takes seconds."""


def draw_outlines(painter: QPainter, quads: FloatArray, style: BoxStyle, bounds: QRectF) -> None:
    """Draw quadrilaterals in one style; what lies outside ``bounds`` is left out.

    Parameters
    ----------
    painter : QPainter
    quads : ndarray of float64, shape (N, 8)
        x, y of four corners.
    style : BoxStyle
    bounds : QRectF
        What is in sight.
    """
    near = bounds.adjusted(-_MARGIN_PX, -_MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
    draw_lines(painter, list(quads[_touching(quads, near)].reshape(-1, 4, 2)), style, bounds)


def draw_lines(painter: QPainter, lines: Sequence[FloatArray], style: BoxStyle, bounds: QRectF) -> None:
    """Draw closed lines in one style; what lies outside ``bounds`` is left out.

    Parameters
    ----------
    painter : QPainter
    lines : sequence of ndarray of float64, shape (K, 2)
        x, y of the corners.
    style : BoxStyle
    bounds : QRectF
        What is in sight.
    """
    near = bounds.adjusted(-_MARGIN_PX, -_MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
    polygons: list[QPolygonF] = []
    sides: list[QLineF] = []
    for line in map(_thinned, lines):
        (left, top), (right, bottom) = line.min(axis=0), line.max(axis=0)
        if left > near.right() or right < near.left() or top > near.bottom() or bottom < near.top():
            continue
        if max(right - left, bottom - top) > _LONGEST_PX:
            sides += _sides_in(line, near)
        else:
            polygons.append(QPolygonF([QPointF(*point) for point in line.tolist()]))
    if not polygons and not sides:
        return
    pens = [style.pen()] if style.edge is None else [style.edge_pen(), style.pen()]
    was_smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in pens:
        painter.setPen(pen)
        for polygon in polygons:
            painter.drawPolygon(polygon)
        if sides:
            painter.setPen(_for_sides(pen))
            painter.drawLines(sides)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, was_smooth)


def _touching(quads: FloatArray, near: QRectF) -> BoolArray:
    x, y = quads[:, 0::2], quads[:, 1::2]
    touches: BoolArray = (x.max(axis=1) >= near.left()) & (x.min(axis=1) <= near.right())
    touches &= (y.max(axis=1) >= near.top()) & (y.min(axis=1) <= near.bottom())
    return touches


def _thinned(line: FloatArray) -> FloatArray:
    """Return a line with stairs of pixels too small to be told apart drawn as slopes, and without what falls on one place.

    A line that goes around pixels has two corners per pixel: seen from afar it would look thick, and its dashes would be lost.
    Between short sides their middles stand for the corner; a corner of a long side stays.
    """
    if len(line) <= _FEW_CORNERS:
        return line
    way = np.roll(line, -1, axis=0) - line
    is_short = np.hypot(way[:, 0], way[:, 1]) < _STAIR_PX
    points = np.stack((line, line + way / 2), axis=1).reshape(-1, 2)
    points = points[np.stack((~(is_short & np.roll(is_short, 1)), is_short), axis=1).ravel()]
    places = np.round(points)
    moved = np.any(places != np.roll(places, 1, axis=0), axis=1)
    return points[moved] if np.count_nonzero(moved) > 2 else line


def _sides_in(start: FloatArray, near: QRectF) -> list[QLineF]:
    """Return the parts of the sides of a closed line that lie in ``near`` (Liang and Barsky's clipping of lines)."""
    way = np.roll(start, -1, axis=0) - start
    enter, leave = np.zeros(len(start)), np.ones(len(start))
    seen = np.ones(len(start), np.bool_)
    for axis, low, high in ((0, near.left(), near.right()), (1, near.top(), near.bottom())):
        along, at = way[:, axis], start[:, axis]
        still = along == 0
        seen &= ~still | ((at >= low) & (at <= high))
        per = np.where(still, 1.0, along)
        first, second = (low - at) / per, (high - at) / per
        enter = np.where(still, enter, np.maximum(enter, np.minimum(first, second)))
        leave = np.where(still, leave, np.minimum(leave, np.maximum(first, second)))
    seen &= enter < leave
    ends = np.concatenate([start + enter[:, np.newaxis] * way, start + leave[:, np.newaxis] * way], axis=1)[seen]
    return [QLineF(*line) for line in ends.tolist()]


def _for_sides(pen: QPen) -> QPen:
    """Return a pen for sides drawn one by one: solid ones overlap at the corners, so that none is missing."""
    pen = QPen(pen)
    if pen.style() == Qt.PenStyle.SolidLine:
        pen.setCapStyle(Qt.PenCapStyle.SquareCap)
    return pen
