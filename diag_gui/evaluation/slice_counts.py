"""Counts per image inside a slice and outside: what every figure at the operating point, and every interval, is summed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels.step_moves_loops import step_moves_loops
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.kept import kept_predictions
from diag_gui.evaluation.live_evaluation import StepOverScores
from diag_gui.evaluation.matching import Matches
from diag_gui.evaluation.operating_point import TRUE_POSITIVE
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_membership import Membership
from diag_gui.evaluation.slice_rematching import choices_of, rematch


@dataclass(frozen=True, slots=True, eq=False)
class ImageCounts:
    """Counts per image at one operating point.

    Attributes
    ----------
    n_gt, tp, fp : ndarray of int64, shape (I,)
        Ground truth that counts, true and false positives; 0 on images that are not asked.
    iou_sum : ndarray of float64, shape (I,)
        Over true positives.
    fp_is_known : bool
        False where nobody can say whether a prediction lies in the slice; ``fp`` is 0 then and means nothing.
    """

    n_gt: LongArray
    tp: LongArray
    fp: LongArray
    iou_sum: FloatArray
    fp_is_known: bool = True

    def on(self, images: BoolArray) -> ImageCounts:
        """Return the counts on some images, 0 elsewhere."""
        return ImageCounts(self.n_gt * images, self.tp * images, self.fp * images, self.iou_sum * images, self.fp_is_known)


@dataclass(frozen=True, slots=True, eq=False)
class CountedRows:
    """Which objects count, inside a slice or on all asked images, at one operating point.

    Attributes
    ----------
    gt : ndarray of bool, shape (G,)
        Ground truth that counts.
    true_rows, false_rows : ndarray of int
        Kept predictions that are true and false positives.
    iou_of_pred : ndarray of float64, shape (P,)
        IoU of the match.
    fp_is_known : bool
        As in `ImageCounts`.
    """

    gt: BoolArray
    true_rows: LongArray
    false_rows: LongArray
    iou_of_pred: FloatArray
    fp_is_known: bool = True

    def on(self, facts: RunFacts, images: BoolArray) -> CountedRows:
        """Return the rows on some images."""
        image_row = facts.run.predictions.image_row
        return CountedRows(
            self.gt & images[facts.dataset.ground_truth.image_row],
            self.true_rows[images[image_row[self.true_rows]]],
            self.false_rows[images[image_row[self.false_rows]]],
            self.iou_of_pred,
            self.fp_is_known,
        )

    def per_image(self, facts: RunFacts) -> ImageCounts:
        """Return the counts of each image."""
        gt, predictions = facts.dataset.ground_truth, facts.run.predictions
        return self._grouped(gt.image_row, predictions.image_row, len(facts.dataset.images))

    def per_class(self, facts: RunFacts) -> ImageCounts:
        """Return the counts of each class, of predictions by their own: entries are classes instead of images."""
        gt, predictions = facts.dataset.ground_truth, facts.run.predictions
        return self._grouped(gt.class_row, predictions.class_row, len(facts.dataset.classes))

    def _grouped(self, of_gt: IntArray, of_pred: IntArray, n_groups: int) -> ImageCounts:
        true_group, iou = of_pred[self.true_rows], self.iou_of_pred[self.true_rows]
        return ImageCounts(
            n_gt=np.bincount(of_gt[self.gt], minlength=n_groups),
            tp=np.bincount(true_group, minlength=n_groups),
            fp=np.bincount(of_pred[self.false_rows], minlength=n_groups),
            iou_sum=np.bincount(true_group, weights=iou, minlength=n_groups).astype(np.float64, copy=False),
            fp_is_known=self.fp_is_known,
        )


def rows_of_images(facts: RunFacts, evaluation: Evaluation) -> CountedRows:
    """Return the rows that an evaluation counts.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation

    Returns
    -------
    CountedRows
        Of all asked images.
    """
    predictions = facts.run.predictions
    rows = np.flatnonzero((evaluation.status != 0) & (predictions.score >= evaluation.params.score_threshold))
    is_true = evaluation.status[rows] == TRUE_POSITIVE
    return CountedRows(
        _asked(facts, evaluation, ~facts.gt_ignored), rows[is_true], rows[~is_true], evaluation.matches.iou_of_pred
    )


def rows_of_objects(facts: RunFacts, evaluation: Evaluation, inside: Membership) -> CountedRows:
    """Match again with what lies outside an object slice ignored, and return the rows that count.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its settings and asked images.
    inside : Membership
        Of an object slice.

    Returns
    -------
    CountedRows

    Notes
    -----
    As COCO does for areas: ground truth outside may absorb a prediction but counts neither way, and an unmatched
    prediction outside is no false positive.
    """
    matches = matches_inside(facts, evaluation, inside)
    rows = np.flatnonzero(kept_predictions(facts, evaluation.params, evaluation.images))
    rows = rows[~matches.pred_ignored[rows]]
    is_true = matches.gt_row_of_pred[rows] >= 0
    is_known = inside.pred is not None
    false_rows = rows[~is_true] if is_known else rows[:0]
    return CountedRows(_asked(facts, evaluation, ~matches.gt_ignored), rows[is_true], false_rows, matches.iou_of_pred, is_known)


def counts_of_images(facts: RunFacts, evaluation: Evaluation) -> ImageCounts:
    """Count per image what an evaluation found; an image slice adds these up."""
    at = evaluation.over_scores
    if isinstance(at, StepOverScores):
        counts, iou_sum = step_moves_loops.count_on_images(
            evaluation.outcomes.kind,
            facts.run.predictions.image_offsets,
            facts.dataset.image_offsets,
            at.steps.near_of_row,
            at.at.pair_of_near,
            facts.pairs.iou,
        )
        return ImageCounts(counts[0], counts[1], counts[2], iou_sum)
    return rows_of_images(facts, evaluation).per_image(facts)


def counts_of_objects(facts: RunFacts, evaluation: Evaluation, inside: Membership) -> ImageCounts:
    """Count per image what lies inside an object slice, matched again as `rows_of_objects` says."""
    return rows_of_objects(facts, evaluation, inside).per_image(facts)


def matches_inside(facts: RunFacts, evaluation: Evaluation, inside: Membership) -> Matches:
    """Match with what lies outside an object slice ignored; at the settings of ``evaluation``."""
    if inside.gt is None:
        raise ValueError("an image slice keeps its matches")
    return rematch(facts, evaluation, inside.gt, inside.pred, choices_of(facts, evaluation.params.iou_threshold))


def _asked(facts: RunFacts, evaluation: Evaluation, gt: BoolArray) -> BoolArray:
    return gt if evaluation.images is None else gt & evaluation.images[facts.dataset.ground_truth.image_row]
