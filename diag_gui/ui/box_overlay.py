"""Boxes on pictures: one look for ground truth, predictions, correct and ignored ones, the same in gallery and viewer.

Coordinates are those of the screen (device-independent pixels): callers scale boxes themselves, so a line is as thick at
any zoom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.ui.theme import Theme, load_theme

STRONG_PX = 2.0
THIN_PX = 1.25
FAINT = 0.5
_MARGIN_PX = 16.0
_CHIP_HEIGHT_PX = 17.0
_CHIP_PADDING_PX = 5.0
_TALLEST_ROWS = 64
"""Rows of the device that are filled at once: of more Qt leaves translucent ones to threads of its own and waits for them."""
_Sides = tuple[float, float, float, float]
"""Left, top, right, bottom on the screen."""


@dataclass(frozen=True, slots=True)
class BoxStyle:
    """How one kind of box is drawn.

    Attributes
    ----------
    color : QColor
        Of the line and of the label's ground.
    width_px : float
        Of the line on screen.
    dashes : tuple of float
        Lengths on and off in multiples of the width; empty for a solid line.
    edge : QColor or None
        Drawn beneath, one pixel wider on each side, so that the line shows on any picture.
    """

    color: QColor
    width_px: float
    dashes: tuple[float, ...] = ()
    edge: QColor | None = None

    def pen(self) -> QPen:
        """Return the pen of the line."""
        pen = QPen(self.color, self.width_px)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        if self.dashes:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern(list(self.dashes))
        return pen

    def edge_pen(self) -> QPen:
        """Return the pen of what lies beneath the line."""
        pen = QPen(self.edge or self.color, self.width_px + 2.0)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        return pen


@cache
def picture_theme() -> Theme:
    """Return the colours for what is drawn on pictures: the dark theme's, since pictures are as dark in either theme."""
    return load_theme("dark")


def truth_style(*, is_ignored: bool = False, is_strong: bool = True) -> BoxStyle:
    """Return the style of ground truth: solid white with a thin dark edge, dotted grey where it is ignored."""
    theme = picture_theme()
    opacity = 1.0 if is_strong else FAINT
    width = STRONG_PX if is_strong else THIN_PX
    if is_ignored:
        return BoxStyle(theme.color("ignored", opacity), width, (1.5, 2.0), theme.color("truth_edge", 0.4 * opacity))
    return BoxStyle(theme.color("truth", opacity), width, (), theme.color("truth_edge", 0.75 * opacity))


def prediction_style(kind: OutcomeKind, *, is_strong: bool = True) -> BoxStyle:
    """Return the style of a prediction: dashed in the colour of its kind, thin where correct, dotted where ignored."""
    theme = picture_theme()
    opacity = 1.0 if is_strong else FAINT
    color = theme.kind_color(kind)
    color.setAlphaF(opacity)
    edge = theme.color("truth_edge", 0.35 * opacity)
    if kind is OutcomeKind.IGNORED:
        return BoxStyle(color, STRONG_PX if is_strong else THIN_PX, (1.5, 2.0), edge)
    if kind is OutcomeKind.TRUE_POSITIVE:
        return BoxStyle(color, THIN_PX if is_strong else 1.0, (4.0, 2.5), edge)
    return BoxStyle(color, STRONG_PX if is_strong else THIN_PX, (4.0, 2.5), edge)


def draw_boxes(painter: QPainter, boxes: Sequence[QRectF], style: BoxStyle, bounds: QRectF) -> None:
    """Draw ``boxes`` in one style; what lies outside ``bounds`` is left out.

    Notes
    -----
    Edges far outside are moved to just outside: a dashed line of a million pixels takes seconds to draw. Lines lie on
    pixels and are not smoothed: upright ones are sharper and several times as fast without.
    """
    device = painter.device()
    pixel = 1.0 / (device.devicePixelRatioF() if device is not None else 1.0)
    seen = _seen(boxes, bounds, pixel)
    if not seen:
        return
    if style.edge is not None:
        _fill_frames(painter, seen, _whole(style.width_px, pixel) + 2.0, style.edge, _TALLEST_ROWS * pixel)
    if not style.dashes:
        _fill_frames(painter, seen, _whole(style.width_px, pixel), style.color, _TALLEST_ROWS * pixel)
        return
    was_smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(style.pen())
    painter.drawRects([QRectF(left, top, right - left, bottom - top) for left, top, right, bottom in seen])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, was_smooth)


def _seen(boxes: Sequence[QRectF], bounds: QRectF, pixel: float) -> list[_Sides]:
    """Return what is seen of ``boxes``, with the corners on pixels of the device: lines are sharp and alike on all sides."""
    near = bounds.adjusted(-_MARGIN_PX, -_MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
    near_left, near_top, near_right, near_bottom = near.left(), near.top(), near.right(), near.bottom()
    seen: list[_Sides] = []
    for box in boxes:
        left, top, right, bottom = box.left(), box.top(), box.right(), box.bottom()
        if left <= near_right and right >= near_left and top <= near_bottom and bottom >= near_top:
            inside = max(left, near_left), max(top, near_top), min(right, near_right), min(bottom, near_bottom)
            on_left, on_top, on_right, on_bottom = (round(place / pixel) * pixel for place in inside)
            seen.append((on_left, on_top, on_right, on_bottom))
    return seen


def _fill_frames(painter: QPainter, boxes: Sequence[_Sides], width: float, color: QColor, tallest: float) -> None:
    """Fill the four sides of each box: a stroke of a translucent pen takes ten times as long."""
    sides: list[QRectF] = []
    half = width / 2
    for box in boxes:
        left, top, right, bottom = box[0] - half, box[1] - half, box[2] + half, box[3] + half
        if right - left <= 2 * width or bottom - top <= 2 * width:
            sides.append(QRectF(left, top, right - left, bottom - top))
            continue
        sides.append(QRectF(left, top, right - left, width))
        sides.append(QRectF(left, bottom - width, right - left, width))
        start, end = top + width, bottom - width
        while start < end:
            height = min(tallest, end - start)
            sides.append(QRectF(left, start, width, height))
            sides.append(QRectF(right - width, start, width, height))
            start += tallest
    was_smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRects(sides)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, was_smooth)


def _whole(width: float, pixel: float) -> float:
    return max(round(width / pixel), 1) * pixel


def draw_label(
    painter: QPainter, text: str, box: QRectF, color: QColor, font: QFont, bounds: QRectF, taken: list[QRectF]
) -> QRectF:
    """Draw a chip with ``text`` at the corner of ``box`` that has room inside ``bounds`` and beside ``taken``.

    Returns
    -------
    QRectF
        Where it is; also appended to ``taken``. A text longer than ``bounds`` is elided in the middle.
    """
    metrics = QFontMetricsF(font)
    width = min(metrics.horizontalAdvance(text) + 2 * _CHIP_PADDING_PX, max(bounds.width(), 2 * _CHIP_PADDING_PX))
    chip = _place(box, width, bounds, taken)
    taken.append(chip)
    ground = QColor(color)
    ground.setAlphaF(max(color.alphaF(), 0.92))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(chip, 3, 3)
    painter.setPen(ink_on(ground))
    painter.setFont(font)
    inner = chip.adjusted(_CHIP_PADDING_PX, 0, -_CHIP_PADDING_PX, 0)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, inner.width() + 0.5)
    painter.drawText(inner, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
    return chip


def ink_on(ground: QColor) -> QColor:
    """Return black or white, whichever contrasts more with ``ground`` (relative luminance as in WCAG 2)."""
    channels = (ground.redF(), ground.greenF(), ground.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return QColor("#0b0c0e") if luminance > 0.179 else QColor("#ffffff")


def _place(box: QRectF, width: float, bounds: QRectF, taken: Sequence[QRectF]) -> QRectF:
    height = _CHIP_HEIGHT_PX
    gap = 2.0
    above, below = box.top() - height - gap, box.bottom() + gap
    left, right = box.left() - 1, box.right() + 1 - width
    corners = (
        (left, above),
        (right, above),
        (left, below),
        (right, below),
        (box.right() + gap + 2, box.top()),
        (box.left() - gap - 2 - width, box.top()),
        (left + gap, box.top() + gap),
        (left + gap, box.bottom() - height - gap),
    )
    for x, y in corners:
        chip = QRectF(x, y, width, height)
        if bounds.contains(chip) and not any(chip.intersects(other) for other in taken):
            return chip
    x = min(max(left, bounds.left()), bounds.right() - width)
    y = min(max(above, bounds.top()), bounds.bottom() - height)
    return QRectF(QPointF(x, y), QPointF(x + width, y + height))
