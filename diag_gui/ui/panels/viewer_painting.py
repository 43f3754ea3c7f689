"""Painting of the boxes over the viewer's picture: the failure in question strong, the rest faint until pointed at."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.session.image_cache import ImageCache
from diag_gui.ui.box_overlay import BoxStyle, draw_boxes, draw_label, prediction_style, truth_style
from diag_gui.ui.models.failure_cells import FailureCells
from diag_gui.ui.models.image_boxes import ImageBoxes, label_of
from diag_gui.ui.outline_overlay import draw_lines, draw_outlines
from diag_gui.ui.panels.viewer_window import ViewWindow
from diag_gui.ui.theme import Theme, font

_STATE_WORDS = {
    "missing": "The picture was not found. The boxes are shown on empty ground.",
    "unreadable": "The picture cannot be read. The boxes are shown on empty ground.",
    "slow": "Still reading. A large picture without overviews gets a small one, once; what is zoomed into comes at once.",
    "ok": "",
}


def paint_words(painter: QPainter, area: QRect, images: ImageCache, image_row: int, theme: Theme) -> None:
    """Say at the bottom why there is no picture."""
    painter.setFont(font("secondary"))
    painter.setPen(theme.color("secondary"))
    flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextWordWrap)
    words, reason = _STATE_WORDS[images.state(image_row)], images.reason(image_row)
    painter.drawText(area.adjusted(12, 12, -12, -12), flags, f"{words}\nReason: {reason}" if reason else words)


def paint_boxes(
    painter: QPainter,
    area: QRectF,
    cells: FailureCells,
    boxes: ImageBoxes,
    window: ViewWindow,
    *,
    shown: BoolArray,
    in_question: tuple[int, ...],
    hovered: int,
) -> None:
    """Draw the boxes of one image, faint ones first, then the failure in question with its labels.

    Parameters
    ----------
    painter : QPainter
        Of the canvas, antialiased.
    area : QRectF
        What is in sight.
    cells : FailureCells
        For the words.
    boxes : ImageBoxes
        B boxes.
    window : ViewWindow
        Where they are on screen.
    shown : ndarray of bool, shape (B,)
        Which are drawn at all.
    in_question : tuple of int
        Outcome rows drawn strong, with labels.
    hovered : int
        Outcome row under the cursor, drawn strong, with its label; -1 for none.
    """
    strong_rows = {*in_question, hovered}
    is_strong = np.isin(boxes.outcome_row, list(strong_rows))
    # Beneath lies ground truth, then kind by kind, what is ignored on top of its kind. Not numpy's unique, whose first call
    # imports masked arrays: a twentieth of a second before the first picture.
    layer = (~boxes.is_truth * 256 + boxes.kind) * 2 + boxes.is_ignored
    faint = shown & ~is_strong
    for one_layer in sorted(set(layer[faint].tolist())):
        kind, is_ignored = divmod(one_layer % 512, 2)
        style = _style(one_layer < 512, OutcomeKind(kind), bool(is_ignored), is_strong=not in_question)
        _draw(painter, boxes, faint & (layer == one_layer), window, style, area)
    strong = np.flatnonzero(shown & is_strong)
    # Ground truth lies beneath its prediction, so that the dashes stay visible where both coincide.
    strong = strong[np.argsort(~boxes.is_truth[strong], kind="stable")]
    one = np.zeros(len(boxes), np.bool_)
    for row in strong.tolist():
        one[:] = False
        one[row] = True
        kind = OutcomeKind(int(boxes.kind[row]))
        style = _style(bool(boxes.is_truth[row]), kind, bool(boxes.is_ignored[row]), is_strong=True)
        _draw(painter, boxes, one, window, style, area)
    _paint_labels(painter, area, cells, boxes, window, strong)


def _paint_labels(
    painter: QPainter, area: QRectF, cells: FailureCells, boxes: ImageBoxes, window: ViewWindow, strong: AnyArray
) -> None:
    taken: list[QRectF] = []
    room = area.adjusted(2, 2, -2, -2)
    for row in strong[::-1].tolist():
        is_truth, kind = bool(boxes.is_truth[row]), OutcomeKind(int(boxes.kind[row]))
        style = _style(is_truth, kind, bool(boxes.is_ignored[row]), is_strong=True)
        one = np.zeros(len(boxes), np.bool_)
        one[row] = True
        box = _on_screen(boxes, one, window)[0]
        if box.intersects(area):
            draw_label(painter, label_of(cells, int(boxes.outcome_row[row])), box, style.color, font("secondary"), room, taken)


def _style(is_truth: bool, kind: OutcomeKind, is_ignored: bool, *, is_strong: bool) -> BoxStyle:
    if is_truth:
        return truth_style(is_ignored=is_ignored, is_strong=is_strong)
    return prediction_style(kind, is_strong=is_strong)


def _draw(painter: QPainter, boxes: ImageBoxes, which: BoolArray, window: ViewWindow, style: BoxStyle, area: QRectF) -> None:
    """Draw some boxes in one style, upright ones as rectangles, rotated ones and masks as outlines."""
    has_lines = np.zeros(len(boxes), np.bool_)
    if any(boxes.lines):
        has_lines = np.array([bool(lines) for lines in boxes.lines], np.bool_)
    draw_boxes(painter, _on_screen(boxes, which & ~boxes.is_turned & ~has_lines, window), style, area)
    corner = np.array((window.left, window.top))
    for row in np.flatnonzero(which & has_lines).tolist():
        draw_lines(painter, [line * window.scale + corner for line in boxes.lines[row]], style, area)
    turned = boxes.quad[which & boxes.is_turned]
    if len(turned):
        draw_outlines(painter, turned * window.scale + np.tile((window.left, window.top), 4), style, area)


def _on_screen(boxes: ImageBoxes, which: BoolArray, window: ViewWindow) -> list[QRectF]:
    xyxy = boxes.xyxy[which] * window.scale + (window.left, window.top, window.left, window.top)
    return [QRectF(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in xyxy.tolist()]
