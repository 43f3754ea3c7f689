"""Matching again inside an object slice, only where that can change anything: on images where a prediction has a choice.

With what lies outside ignored, a prediction decides otherwise than before only if it may take ground truth outside and also
some that is inside or was ignored already. Ground truth that no such prediction connects is matched as before: all of it
counts as it did, or all of it is ignored alike. So the matches of the whole serve wherever an image has no such prediction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, IntArray, LongArray, offsets_of
from diag_gui.evaluation._kernels.matching_loops import matching_loops
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.matching import Matches
from diag_gui.evaluation.run_facts import RunFacts


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """The predictions that may take more than one ground truth of their class at an IoU threshold: K of them.

    Attributes
    ----------
    gt_row : ndarray of int32, shape (N,)
        What they may take, by prediction.
    starts : ndarray of int64, shape (K,)
        Where each prediction begins.
    image_row : ndarray of int32, shape (K,)
    """

    gt_row: IntArray
    starts: LongArray
    image_row: IntArray


def choices_of(facts: RunFacts, iou_threshold: float) -> Choices:
    """Return who has a choice at a threshold; every slice at that threshold asks for the same."""
    pairs, n_predictions = facts.pairs, len(facts.run.predictions)
    usable = np.flatnonzero(pairs.same_class & (pairs.iou >= min(iou_threshold, 1 - 1e-10)))
    pred_row = pairs.pred_row[usable]
    many = np.bincount(pred_row, minlength=n_predictions) > 1
    usable, pred_row = usable[many[pred_row]], pred_row[many[pred_row]]
    starts = np.flatnonzero(np.diff(pred_row, prepend=-1)).astype(np.int64)
    return Choices(pairs.gt_row[usable], starts, facts.run.predictions.image_row[pred_row[starts]])


def rematch(
    facts: RunFacts, evaluation: Evaluation, gt_inside: BoolArray, pred_inside: BoolArray | None, choices: Choices
) -> Matches:
    """Match inside an object slice, at the settings of an evaluation.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
    gt_inside : ndarray of bool, shape (G,)
    pred_inside : ndarray of bool, shape (P,), or None
        None where predictions cannot be told inside from outside.
    choices : Choices
        At the IoU threshold of ``evaluation``.

    Returns
    -------
    Matches
        Those of `diag_gui.evaluation.matching.match` with what lies outside ignored.
    """
    whole, gt_ignored = evaluation.matches, facts.gt_ignored | ~gt_inside
    gt_row_of_pred, pred_row_of_gt, iou_of_pred = whole.gt_row_of_pred, whole.pred_row_of_gt, whole.iou_of_pred
    images = _changed_images(facts, gt_inside, choices)
    if len(images):
        rows = _rows_on(facts, images)
        gt_of_rows, pred_of_gt, iou_of_rows = _match_rows(facts, evaluation, rows, gt_ignored)
        gt_row_of_pred, pred_row_of_gt, iou_of_pred = gt_row_of_pred.copy(), pred_row_of_gt.copy(), iou_of_pred.copy()
        gt_row_of_pred[rows], iou_of_pred[rows] = gt_of_rows, iou_of_rows
        gt_rows = _ranges(facts.dataset.image_offsets[images], facts.dataset.image_offsets[images + 1])
        pred_row_of_gt[gt_rows] = np.append(rows, np.int32(-1))[pred_of_gt[gt_rows]]
    is_matched = gt_row_of_pred >= 0
    pred_ignored = np.append(gt_ignored, np.False_)[gt_row_of_pred]
    if pred_inside is not None:
        pred_ignored |= ~(pred_inside | is_matched)
    return Matches(gt_row_of_pred, pred_row_of_gt, pred_ignored, gt_ignored, iou_of_pred)


def _changed_images(facts: RunFacts, gt_inside: BoolArray, choices: Choices) -> AnyArray:
    """Return the images on which a prediction may take ground truth outside and some that is inside or ignored anyway."""
    if not len(choices.starts):
        return np.zeros(0, np.int64)
    is_outside = (~gt_inside & ~facts.gt_ignored)[choices.gt_row]
    n_outside = np.add.reduceat(is_outside, choices.starts, dtype=np.int32)
    n = np.diff(choices.starts, append=len(choices.gt_row))
    return np.unique(choices.image_row[(n_outside > 0) & (n_outside < n)]).astype(np.int64)


def _rows_on(facts: RunFacts, images: AnyArray) -> IntArray:
    """Return the predictions of some images in the order in which they choose."""
    offsets = facts.run.predictions.image_offsets
    return facts.ranking.by_image[_ranges(offsets[images], offsets[images + 1])]


def _ranges(first: AnyArray, last: AnyArray) -> LongArray:
    """Return the numbers of some ranges, one range after the other."""
    n = last - first
    numbers: LongArray = np.arange(int(n.sum()), dtype=np.int64)
    numbers += np.repeat(first - (np.cumsum(n) - n), n)
    return numbers


def _match_rows(
    facts: RunFacts, evaluation: Evaluation, rows: IntArray, gt_ignored: BoolArray
) -> tuple[IntArray, IntArray, AnyArray]:
    """Match some predictions as if there were no others; rows of the answer are places in ``rows``."""
    pairs = facts.pairs
    first, last = pairs.pred_offsets[rows], pairs.pred_offsets[rows + 1]
    own = _ranges(first, last)
    of_row = np.repeat(np.arange(len(rows), dtype=np.int32), last - first)
    gt_of_rows, pred_of_gt, iou_of_rows = matching_loops.match(
        offsets_of(of_row, len(rows)),
        pairs.gt_row[own],
        pairs.iou[own],
        pairs.same_class[own],
        facts.run.predictions.image_row[rows],
        np.arange(len(rows), dtype=np.int32),
        facts.ranking.rank[rows] < evaluation.params.max_detections,
        pairs.gt_is_crowd,
        gt_ignored,
        evaluation.params.iou_threshold,
    )
    return gt_of_rows, pred_of_gt, iou_of_rows
