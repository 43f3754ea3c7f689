"""Counts per image inside a slice and outside: what every figure at the operating point, and every interval, is summed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, LongArray
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.kept import kept_predictions
from diag_gui.evaluation.matching import Matches, match
from diag_gui.evaluation.operating_point import TRUE_POSITIVE
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_membership import Membership, inside_images


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


def counts_of_images(facts: RunFacts, evaluation: Evaluation) -> ImageCounts:
    """Count per image what an evaluation found; an image slice adds these up.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation

    Returns
    -------
    ImageCounts
    """
    predictions = facts.run.predictions
    rows = np.flatnonzero((evaluation.status != 0) & (predictions.score >= evaluation.params.score_threshold))
    is_true = evaluation.status[rows] == TRUE_POSITIVE
    return _per_image(
        facts, ~facts.gt_ignored, rows[is_true], rows[~is_true], evaluation.matches.iou_of_pred, evaluation.images, True
    )


def counts_of_objects(facts: RunFacts, evaluation: Evaluation, inside: Membership) -> ImageCounts:
    """Match again with what lies outside an object slice ignored, and count per image.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its settings and asked images.
    inside : Membership
        Of an object slice.

    Returns
    -------
    ImageCounts

    Notes
    -----
    As COCO does for areas: ground truth outside may absorb a prediction but counts neither way, and an unmatched
    prediction outside is no false positive.
    """
    matches = matches_inside(facts, evaluation, inside)
    rows = np.flatnonzero(kept_predictions(facts, evaluation.params, evaluation.images) & ~matches.pred_ignored)
    is_true = matches.gt_row_of_pred[rows] >= 0
    is_known = inside.pred is not None
    false_rows = rows[~is_true] if is_known else rows[:0]
    return _per_image(facts, ~matches.gt_ignored, rows[is_true], false_rows, matches.iou_of_pred, evaluation.images, is_known)


def matches_inside(facts: RunFacts, evaluation: Evaluation, inside: Membership) -> Matches:
    """Match with what lies outside an object slice ignored; at the settings of ``evaluation``."""
    if inside.gt is None:
        raise ValueError("an image slice keeps its matches")
    return match(
        facts.pairs,
        facts.ranking,
        facts.run.predictions,
        evaluation.params,
        gt_ignored=facts.gt_ignored | ~inside.gt,
        pred_outside=None if inside.pred is None else ~inside.pred,
    )


def _per_image(
    facts: RunFacts,
    gt_counts: BoolArray,
    true_rows: LongArray,
    false_rows: LongArray,
    iou_of_pred: FloatArray,
    images: BoolArray | None,
    fp_is_known: bool,
) -> ImageCounts:
    n_images = len(facts.dataset.images)
    gt_image, pred_image = facts.dataset.ground_truth.image_row, facts.run.predictions.image_row
    image_of_true = pred_image[true_rows]
    n_gt = np.bincount(gt_image[gt_counts], minlength=n_images)
    return ImageCounts(
        n_gt=n_gt * inside_images(images, n_images),
        tp=np.bincount(image_of_true, minlength=n_images),
        fp=np.bincount(pred_image[false_rows], minlength=n_images),
        iou_sum=np.bincount(image_of_true, weights=iou_of_pred[true_rows], minlength=n_images).astype(np.float64, copy=False),
        fp_is_known=fp_is_known,
    )
