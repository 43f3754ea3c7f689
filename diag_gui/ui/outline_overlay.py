"""Outlines of rotated boxes on pictures, in the styles of `box_overlay`; coordinates are those of the screen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from diag_gui.data.arrays import BoolArray, FloatArray
from diag_gui.ui.box_overlay import BoxStyle

_MARGIN_PX = 16.0
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
    quads = quads[_touching(quads, near)]
    if not len(quads):
        return
    x, y = quads[:, 0::2], quads[:, 1::2]
    is_long = np.maximum(np.ptp(x, axis=1), np.ptp(y, axis=1)) > _LONGEST_PX
    polygons = [QPolygonF([QPointF(*point) for point in quad]) for quad in quads[~is_long].reshape(-1, 4, 2).tolist()]
    lines = _sides_in(quads[is_long], near)
    pens = [style.pen()] if style.edge is None else [style.edge_pen(), style.pen()]
    was_smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in pens:
        painter.setPen(pen)
        for polygon in polygons:
            painter.drawPolygon(polygon)
        if lines:
            painter.setPen(_for_sides(pen))
            painter.drawLines(lines)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, was_smooth)


def _touching(quads: FloatArray, near: QRectF) -> BoolArray:
    x, y = quads[:, 0::2], quads[:, 1::2]
    touches: BoolArray = (x.max(axis=1) >= near.left()) & (x.min(axis=1) <= near.right())
    touches &= (y.max(axis=1) >= near.top()) & (y.min(axis=1) <= near.bottom())
    return touches


def _sides_in(quads: FloatArray, near: QRectF) -> list[QLineF]:
    """Return the parts of all sides that lie in ``near`` (Liang and Barsky's clipping of lines)."""
    corners = quads.reshape(-1, 4, 2)
    way = (np.roll(corners, -1, axis=1) - corners).reshape(-1, 2)
    start = corners.reshape(-1, 2)
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
