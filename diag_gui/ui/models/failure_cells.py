"""What the gallery and the viewer say of one outcome row: boxes, words, and the part of the picture that shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.data.quadrilaterals import is_upright
from diag_gui.evaluation.outcomes import OutcomeKind, Outcomes
from diag_gui.ui.models.mask_lines import Lines, lines_of
from diag_gui.ui.plain_text import figure

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels of the picture."""

Quad = tuple[float, ...]
"""x, y of four corners in pixels of the picture."""

CONTEXT = 0.45
CLOSEST = 0.06
MINIMUM_CONTEXT_PX = 64.0
MINIMUM_CONTEXT_SHARE = 0.1
_KEPT_CELLS = 4096
_ALONE = (OutcomeKind.BACKGROUND, OutcomeKind.MISSED)
"""Kinds of rows that speak of no other: they have no target to look up."""

KIND_WORDS: dict[OutcomeKind, str] = {
    OutcomeKind.TRUE_POSITIVE: "Correct",
    OutcomeKind.MISSED: "Missed",
    OutcomeKind.BACKGROUND: "Background",
    OutcomeKind.LOCALIZATION: "Localization",
    OutcomeKind.CLASSIFICATION: "Classification",
    OutcomeKind.BOTH: "Both",
    OutcomeKind.DUPLICATE: "Duplicate",
    OutcomeKind.IGNORED: "Ignored",
    OutcomeKind.FOUND: "Found",
    OutcomeKind.NOT_KEPT: "Not kept",
}
"""Each kind as headings say it."""

KIND_MEANINGS: dict[OutcomeKind, str] = {
    OutcomeKind.TRUE_POSITIVE: "Correct (true positive)",
    OutcomeKind.MISSED: "Missed (false negative): nothing kept found this object",
    OutcomeKind.BACKGROUND: "Background (false positive): nothing labelled is here",
    OutcomeKind.LOCALIZATION: "Localization (false positive): right class, box too far off",
    OutcomeKind.CLASSIFICATION: "Classification (false positive): right place, other class",
    OutcomeKind.BOTH: "Classification and localization (false positive): other class, box too far off",
    OutcomeKind.DUPLICATE: "Duplicate (false positive): the object was found already",
    OutcomeKind.IGNORED: "Ignored: counts neither way",
    OutcomeKind.FOUND: "Found: shown with its prediction",
    OutcomeKind.NOT_KEPT: "Not kept: below the score threshold, or more than the limit per image",
}
"""Each kind as tooltips say it."""


@dataclass(frozen=True, slots=True)
class FailureCell:
    """One outcome row as it is shown.

    Attributes
    ----------
    outcome_row, image_row : int
        Which row, on which image.
    kind : OutcomeKind
        What it is.
    gt_row, pred_row : int
        The pair it speaks of; -1 where one is absent.
    truth, prediction : Box or None
        Their boxes; of rotated ones those around them.
    caption : str
        One line of words: class, score, IoU as far as they tell something.
    truth_quad, prediction_quad : Quad or None
        Their corners where they are rotated; None of an upright box.
    shows_masks : bool
        Whether masks are drawn in place of boxes, where objects have them.
    """

    outcome_row: int
    image_row: int
    kind: OutcomeKind
    gt_row: int
    pred_row: int
    truth: Box | None
    prediction: Box | None
    caption: str
    truth_quad: Quad | None = None
    prediction_quad: Quad | None = None
    shows_masks: bool = False

    def __hash__(self) -> int:
        # Painted cells are found by what they show with every step of a slider: what tells most of them apart is enough.
        return hash((self.outcome_row, self.kind, self.gt_row))


class FailureCells:
    """Looks up cells of one evaluation; each is made when it is first looked at.

    Parameters
    ----------
    dataset : Dataset
    predictions : Predictions
        Of the active run.
    outcomes : Outcomes
        Of the evaluation shown.
    task : str
        What it compares.
    before : FailureCells or None
        Of the evaluation shown before: cells that say the same are taken over as they are, and known as the same ones.
    """

    def __init__(
        self,
        dataset: Dataset,
        predictions: Predictions,
        outcomes: Outcomes,
        task: str = "bbox",
        before: FailureCells | None = None,
    ) -> None:
        self.dataset = dataset
        self.predictions = predictions
        self.outcomes = outcomes
        self.task = task
        self._cells: dict[int, FailureCell] = {}
        self._targets: dict[int, int] = {}
        self._ious: dict[int, float] = {}
        self._said_before: dict[tuple[int, OutcomeKind, int], FailureCell] = {}
        if before is not None and (before.dataset, before.predictions, before.task) == (dataset, predictions, task):
            self._said_before = before._said_before

    def __len__(self) -> int:
        return len(self.outcomes)

    def cell(self, outcome_row: int) -> FailureCell:
        """Return what is shown of ``outcome_row``."""
        cell = self._cells.get(outcome_row)
        if cell is None:
            if len(self._cells) >= _KEPT_CELLS:
                self._cells.clear()
            cell = self._cells[outcome_row] = self._taken_over(outcome_row)
        return cell

    def look_up(self, outcome_rows: IntArray) -> None:
        """Ask for the targets of rows at once that are about to be looked at: one by one each costs as much as all."""
        rows = np.array([row for row in outcome_rows.tolist() if row not in self._targets and row not in self._cells], np.int64)
        if not len(rows):
            return
        if max(len(self._targets), len(self._ious)) >= _KEPT_CELLS:
            self._targets.clear()
            self._ious.clear()
        self._targets.update(zip(rows.tolist(), self.outcomes.target_of(rows).tolist(), strict=True))
        unsaid = np.array([row for row in rows.tolist() if self._saying(row) not in self._said_before], np.int64)
        if len(unsaid):
            self._ious.update(zip(unsaid.tolist(), self.outcomes.iou_of(unsaid).tolist(), strict=True))

    def kind(self, outcome_row: int) -> OutcomeKind:
        """Return the kind of ``outcome_row``."""
        return OutcomeKind(int(self.outcomes.kind[outcome_row]))

    def image_row(self, outcome_row: int) -> int:
        """Return the image of ``outcome_row``."""
        p = self.outcomes.n_predictions
        if outcome_row < p:
            return int(self.predictions.image_row[outcome_row])
        return int(self.dataset.ground_truth.image_row[outcome_row - p])

    def image_size(self, image_row: int) -> tuple[int, int] | None:
        """Return width and height of an image in pixels; None where the files do not say."""
        width, height = int(self.dataset.images.width[image_row]), int(self.dataset.images.height[image_row])
        return (width, height) if width > 0 and height > 0 else None

    def truth_lines(self, gt_row: int) -> Lines:
        """Return the lines around a label's mask; none where boxes are compared or it has none."""
        return lines_of(self.dataset.ground_truth, gt_row, self.dataset.images) if self.task == "segm" else ()

    def prediction_lines(self, pred_row: int) -> Lines:
        """Return the lines around a prediction's mask; none where boxes are compared or it has none."""
        return lines_of(self.predictions, pred_row, self.dataset.images) if self.task == "segm" else ()

    def iou(self, outcome_row: int) -> float:
        """Return the IoU of the row with its target, NaN where it has none."""
        if self.kind(outcome_row) in _ALONE:
            return math.nan
        known = self._ious.get(outcome_row)
        if known is None:
            known = self._ious[outcome_row] = float(self.outcomes.iou_of(np.array([outcome_row]))[0])
        return known

    def row_of_failure(self, outcome_row: int) -> int:
        """Return the row that stands for ``outcome_row`` in lists: a found ground truth stands in its prediction's row."""
        if self.kind(outcome_row) is not OutcomeKind.FOUND:
            return outcome_row
        match = self._target(outcome_row)
        if match >= 0:
            return match
        gt_row = outcome_row - self.outcomes.n_predictions
        image_row = int(self.dataset.ground_truth.image_row[gt_row])
        first, last = (int(edge) for edge in self.predictions.image_offsets[image_row : image_row + 2])
        aiming = np.flatnonzero(self._aims_at(gt_row, first, last))
        if not len(aiming):
            return outcome_row
        return first + int(aiming[np.argmax(self.predictions.score[first:last][aiming])])

    def n_on_same_truth(self, gt_row: int) -> int:
        """Return how many kept predictions claim the ground truth ``gt_row`` as found: its match and the duplicates."""
        image_row = int(self.dataset.ground_truth.image_row[gt_row])
        first, last = (int(edge) for edge in self.predictions.image_offsets[image_row : image_row + 2])
        kinds = self.outcomes.kind[first:last]
        claims = (kinds == OutcomeKind.TRUE_POSITIVE) | (kinds == OutcomeKind.DUPLICATE)
        return int(np.count_nonzero(claims & (self.outcomes.target_of(np.arange(first, last)) == gt_row)))

    def _saying(self, outcome_row: int) -> tuple[int, OutcomeKind, int]:
        """Return what decides about what a cell says, but of those that speak of others too."""
        return outcome_row, self.kind(outcome_row), self._target(outcome_row)

    def _taken_over(self, outcome_row: int) -> FailureCell:
        kind = self.kind(outcome_row)
        if kind in (OutcomeKind.DUPLICATE, OutcomeKind.FOUND):
            return self._make(outcome_row)
        saying = self._saying(outcome_row)
        cell = self._said_before.get(saying)
        if cell is None:
            if len(self._said_before) >= _KEPT_CELLS:
                self._said_before.clear()
            cell = self._said_before[saying] = self._make(outcome_row)
        return cell

    def _target(self, outcome_row: int) -> int:
        if self.kind(outcome_row) in _ALONE:
            return -1
        known = self._targets.get(outcome_row)
        if known is None:
            known = self._targets[outcome_row] = int(self.outcomes.target_of(np.array([outcome_row]))[0])
        return known

    def _aims_at(self, gt_row: int, first: int, last: int) -> BoolArray:
        aims: BoolArray = self.outcomes.target_of(np.arange(first, last)) == gt_row
        aims &= self.outcomes.kind[first:last] != OutcomeKind.NOT_KEPT
        return aims

    def _make(self, outcome_row: int) -> FailureCell:
        standing = self.row_of_failure(outcome_row)
        if standing != outcome_row:
            # A cell of the confusion matrix lists ground truth that its own matching left over: it is shown as what
            # became of it, with the prediction it stands with, and never as found while something is wrong with it.
            return replace(self.cell(standing), outcome_row=outcome_row)
        p = self.outcomes.n_predictions
        target = self._target(outcome_row)
        gt_row, pred_row = (target, outcome_row) if outcome_row < p else (outcome_row - p, target)
        truth = _box(self.dataset.ground_truth.xywh, gt_row)
        prediction = _box(self.predictions.xywh, pred_row)
        kind = self.kind(outcome_row)
        caption = self._caption(outcome_row, kind, gt_row, pred_row)
        quads = turned_quad(self.dataset.ground_truth.quad, gt_row), turned_quad(self.predictions.quad, pred_row)
        pair = (gt_row, pred_row, truth, prediction, caption, *quads)
        return FailureCell(outcome_row, self.image_row(outcome_row), kind, *pair, shows_masks=self.task == "segm")

    def _caption(self, outcome_row: int, kind: OutcomeKind, gt_row: int, pred_row: int) -> str:
        names = self.dataset.classes.name
        if pred_row < 0:
            return names[int(self.dataset.ground_truth.class_row[gt_row])]
        predicted = names[int(self.predictions.class_row[pred_row])]
        score = figure(float(self.predictions.score[pred_row]))
        if kind in (OutcomeKind.CLASSIFICATION, OutcomeKind.BOTH) and gt_row >= 0:
            return f"{names[int(self.dataset.ground_truth.class_row[gt_row])]} → {predicted} {score}"
        if kind is OutcomeKind.DUPLICATE and gt_row >= 0:
            n = self.n_on_same_truth(gt_row)
            return f"{predicted} {score} ×{n}" if n > 1 else f"{predicted} {score}"
        if kind in (OutcomeKind.LOCALIZATION, OutcomeKind.TRUE_POSITIVE, OutcomeKind.FOUND) and gt_row >= 0:
            return f"{predicted} {score} · IoU {figure(self.iou(outcome_row))}"
        return f"{predicted} {score}"


@lru_cache(_KEPT_CELLS)
def crop_window(truth: Box | None, prediction: Box | None, image_size: tuple[int, int] | None, aspect: float) -> Box:
    """Return the part of a picture that shows a pair of boxes with its surroundings.

    Parameters
    ----------
    truth, prediction : Box or None
        At least one is given.
    image_size : tuple of int or None
        Width and height in pixels; None where not known.
    aspect : float
        Width over height wanted. Kept unless the picture is too small for it.

    Returns
    -------
    Box
        In whole pixels; inside the picture unless the boxes lie wholly outside it.
    """
    x1, y1, x2, y2 = _union([box for box in (truth, prediction) if box is not None])
    longest_side = max(image_size) if image_size else 0
    if image_size is not None and x1 < image_size[0] and y1 < image_size[1] and x2 > 0 and y2 > 0:
        x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, float(image_size[0])), min(y2, float(image_size[1]))
    else:
        image_size = None
    padding = CONTEXT * max(x2 - x1, y2 - y1)
    minimum = max(MINIMUM_CONTEXT_PX, MINIMUM_CONTEXT_SHARE * longest_side)
    width = max(x2 - x1 + 2 * padding, minimum)
    height = max(y2 - y1 + 2 * padding, minimum / aspect)
    width, height = max(width, height * aspect), max(height, width / aspect)
    if image_size is not None:
        # A picture too low or too narrow for this much context gives up context rather than the shape of the cell.
        scale = min(image_size[0] / width, image_size[1] / height, 1.0)
        width = max(width * scale, min((x2 - x1) * (1 + 2 * CLOSEST), width))
        height = max(height * scale, min((y2 - y1) * (1 + 2 * CLOSEST), height))
    left, top = (x1 + x2 - width) / 2, (y1 + y2 - height) / 2
    if image_size is not None:
        left, width = _inside(left, width, image_size[0])
        top, height = _inside(top, height, image_size[1])
    return float(round(left)), float(round(top)), float(max(round(width), 1)), float(max(round(height), 1))


def _inside(start: float, length: float, limit: int) -> tuple[float, float]:
    length = min(length, float(limit))
    return min(max(start, 0.0), limit - length), length


def _union(boxes: list[Box]) -> tuple[float, float, float, float]:
    return (
        min(x for x, _, _, _ in boxes),
        min(y for _, y, _, _ in boxes),
        max(x + max(w, 0.0) for x, _, w, _ in boxes),
        max(y + max(h, 0.0) for _, y, _, h in boxes),
    )


def turned_quad(quads: FloatArray | None, row: int) -> Quad | None:
    """Return the corners of an object; None where it has none of its own, or they are those of its upright box."""
    if quads is None or row < 0 or is_upright(quads[row : row + 1])[0]:
        return None
    return tuple(quads[row].tolist())


def _box(xywh: FloatArray, row: int) -> Box | None:
    if row < 0:
        return None
    x, y, w, h = xywh[row].tolist()
    return x, y, w, h
