"""All boxes and masks of one image with what each of them is: what the viewer draws and what a click can hit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray
from diag_gui.data.quadrilaterals import covers, is_upright, signed_area
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.ui.models.failure_cells import FailureCells
from diag_gui.ui.models.mask_lines import Lines, covers_point
from diag_gui.ui.plain_text import figure

_CORRECT = (OutcomeKind.TRUE_POSITIVE, OutcomeKind.FOUND)


@dataclass(frozen=True, slots=True, eq=False)
class ImageBoxes:
    """Boxes of one image: its kept predictions, then its ground truth.

    Attributes
    ----------
    outcome_row : ndarray of int32, shape (B,)
    is_truth : ndarray of bool, shape (B,)
    kind : ndarray of uint8, shape (B,)
        `OutcomeKind`.
    is_correct : ndarray of bool, shape (B,)
        True positives and the ground truth they found.
    is_ignored : ndarray of bool, shape (B,)
        Crowds, ignored labels, and predictions that count neither way.
    xyxy : ndarray of float64, shape (B, 4)
        Left, top, right, bottom in pixels of the picture; of rotated boxes around them.
    quad : ndarray of float64, shape (B, 8)
        x, y of the corners of rotated boxes; 0 of upright ones.
    is_turned : ndarray of bool, shape (B,)
        Rotated boxes.
    lines : tuple of Lines, length B
        Around the masks where masks are compared; empty of what is drawn as a box.
    """

    outcome_row: IntArray
    is_truth: BoolArray
    kind: ByteArray
    is_correct: BoolArray
    is_ignored: BoolArray
    xyxy: FloatArray
    quad: FloatArray
    is_turned: BoolArray
    lines: tuple[Lines, ...]

    def __len__(self) -> int:
        return len(self.outcome_row)

    def __eq__(self, other: object) -> bool:
        """Return whether both are drawn alike."""
        if not isinstance(other, ImageBoxes):
            return NotImplemented
        return (
            np.array_equal(self.outcome_row, other.outcome_row)
            and np.array_equal(self.kind, other.kind)
            and np.array_equal(self.is_correct, other.is_correct)
            and np.array_equal(self.xyxy, other.xyxy)
            and np.array_equal(self.quad, other.quad)
            # Lines are followed once: the same ones are the same objects.
            and all(one is another for one, another in zip(self.lines, other.lines, strict=True))
        )

    def shown(self, *, truth: bool, predictions: bool, correct: bool, always: tuple[int, ...] = ()) -> BoolArray:
        """Return which boxes are drawn when these groups are switched on; outcome rows ``always`` keep to their group."""
        of_group = np.where(self.is_truth, truth, predictions)
        return of_group & (correct | ~self.is_correct | np.isin(self.outcome_row, always))

    def hit(self, x: float, y: float, slack: float, among: BoolArray) -> int:
        """Return the box at a point, the smallest of several; -1 for none.

        Parameters
        ----------
        x, y, slack : float
            Pixels of the picture; a box is hit up to ``slack`` outside its edge.
        among : ndarray of bool, shape (B,)
            Boxes that can be hit.
        """
        x1, y1, x2, y2 = self.xyxy.T
        inside = among & (x >= x1 - slack) & (x <= x2 + slack) & (y >= y1 - slack) & (y <= y2 + slack)
        rows = np.flatnonzero(inside)
        rows = rows[~self.is_turned[rows] | covers(self.quad[rows], x, y, slack)]
        rows = rows[[not self.lines[row] or covers_point(self.lines[row], x, y, slack) for row in rows.tolist()]]
        if not len(rows):
            return -1
        area = np.where(self.is_turned[rows], np.abs(signed_area(self.quad[rows])), (x2 - x1)[rows] * (y2 - y1)[rows])
        return int(rows[np.argmin(area)])


def boxes_of_image(cells: FailureCells, image_row: int) -> ImageBoxes:
    """Collect the boxes of ``image_row``: predictions that are kept, and all ground truth."""
    p = cells.outcomes.n_predictions
    first, last = (int(edge) for edge in cells.predictions.image_offsets[image_row : image_row + 2])
    kept = np.flatnonzero(cells.outcomes.kind[first:last] != OutcomeKind.NOT_KEPT) + first
    first_gt, last_gt = (int(edge) for edge in cells.dataset.image_offsets[image_row : image_row + 2])
    gt = np.arange(first_gt, last_gt)
    rows = np.concatenate([kept, gt + p]).astype(np.int32)
    truth = cells.dataset.ground_truth
    xywh = np.concatenate([cells.predictions.xywh[kept], truth.xywh[gt]]).reshape(-1, 4)
    kind = cells.outcomes.kind[rows]
    is_truth = np.arange(len(rows)) >= len(kept)
    ignored_gt = truth.is_crowd[gt] | truth.is_ignored[gt] | (kind[len(kept) :] == OutcomeKind.IGNORED)
    is_ignored = np.concatenate([kind[: len(kept)] == OutcomeKind.IGNORED, ignored_gt])
    # A label that is found without a match stands in the row of an error: it is not a correct one.
    is_correct = np.isin(kind, _CORRECT) & ~(is_truth & (cells.outcomes.target_of(rows) < 0))
    xyxy = np.concatenate([xywh[:, :2], xywh[:, :2] + np.maximum(xywh[:, 2:], 0.0)], axis=1)
    quad = np.concatenate([_quads_of(cells.predictions.quad, kept), _quads_of(truth.quad, gt)])
    lines = (
        *(cells.prediction_lines(row) for row in kept.tolist()),
        *(cells.truth_lines(row) for row in gt.tolist()),
    )
    is_turned = ~is_upright(quad) & np.array([not one for one in lines], np.bool_)
    quad[~is_turned] = 0.0
    return ImageBoxes(rows, is_truth, kind, is_correct, is_ignored, xyxy, quad, is_turned, lines)


def _quads_of(quads: FloatArray | None, rows: AnyArray) -> FloatArray:
    """Return the corners of some objects; all 0, which is an upright box, where there are none."""
    return np.zeros((len(rows), 8)) if quads is None else quads[rows]


def label_of(cells: FailureCells, outcome_row: int) -> str:
    """Return the words of a box's chip: class, score and IoU with its target, each as far as there is one."""
    p = cells.outcomes.n_predictions
    names = cells.dataset.classes.name
    if outcome_row >= p:
        return names[int(cells.dataset.ground_truth.class_row[outcome_row - p])]
    words = f"{names[int(cells.predictions.class_row[outcome_row])]} {figure(float(cells.predictions.score[outcome_row]))}"
    iou = cells.iou(outcome_row)
    return f"{words} · IoU {figure(iou)}" if iou == iou and iou > 0 else words
