"""The mark of an error type: a shape of its own in its colour, so that it can be told without seeing the colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.ui.theme import Theme

MARK_PX = 10.0


def draw_kind_mark(painter: QPainter, rect: QRectF, kind: OutcomeKind, theme: Theme, *, on_picture: bool = False) -> None:
    """Draw the mark of ``kind`` inside ``rect``.

    Missed is a ring, background a disc, localization a square off its frame, classification a triangle, both a diamond,
    duplicate two squares, correct a tick, everything else a dot. ``on_picture`` puts a dark halo beneath.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if on_picture:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("truth_edge", 0.62))
        painter.drawEllipse(rect.adjusted(-3.5, -3.5, 3.5, 3.5))
    color = theme.kind_color(kind)
    outline = QPen(color, max(rect.width() * 0.2, 1.5))
    outline.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    outline.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    half = outline.widthF() / 2
    center, side = rect.center(), rect.width()
    if kind is OutcomeKind.MISSED:
        painter.setPen(outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(rect.adjusted(half, half, -half, -half))
    elif kind is OutcomeKind.BACKGROUND:
        painter.drawEllipse(rect)
    elif kind is OutcomeKind.LOCALIZATION:
        painter.drawRect(QRectF(rect.left() + side * 0.38, rect.top() + side * 0.38, side * 0.62, side * 0.62))
        painter.setPen(QPen(color, max(side * 0.13, 1.0)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(rect.left() + side * 0.04, rect.top() + side * 0.04, side * 0.6, side * 0.6))
    elif kind is OutcomeKind.CLASSIFICATION:
        painter.drawPolygon(
            QPolygonF(
                [QPointF(center.x(), rect.top()), QPointF(rect.right(), rect.bottom()), QPointF(rect.left(), rect.bottom())]
            )
        )
    elif kind is OutcomeKind.BOTH:
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(center.x(), rect.top() - 0.5),
                    QPointF(rect.right() + 0.5, center.y()),
                    QPointF(center.x(), rect.bottom() + 0.5),
                    QPointF(rect.left() - 0.5, center.y()),
                ]
            )
        )
    elif kind is OutcomeKind.DUPLICATE:
        bar = side * 0.36
        painter.drawRect(QRectF(rect.left(), rect.top() + 0.5, bar, side - 1))
        painter.drawRect(QRectF(rect.right() - bar, rect.top() + 0.5, bar, side - 1))
    elif kind in (OutcomeKind.TRUE_POSITIVE, OutcomeKind.FOUND):
        painter.setPen(outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(
            [
                QPointF(rect.left() + half, center.y()),
                QPointF(rect.left() + side * 0.4, rect.bottom() - half),
                QPointF(rect.right() - half, rect.top() + half * 2),
            ]
        )
    else:
        painter.drawEllipse(rect.adjusted(side * 0.2, side * 0.2, -side * 0.2, -side * 0.2))
    painter.restore()
