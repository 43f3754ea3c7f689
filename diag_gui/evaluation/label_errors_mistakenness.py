"""FiftyOne's signs of wrong labels: how mistaken a label is, given the prediction at its place, and what has no counterpart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray, frozen
from diag_gui.data.dataset import GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.any_class_matching import match_any_class
from diag_gui.evaluation.candidate_pairs import CandidatePairs
from diag_gui.evaluation.ranking import Ranking

MATCH_IOU = 0.5
SURE = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Mistakenness:
    """FiftyOne's signs, per prediction and per label.

    Attributes
    ----------
    class_of_pred, location_of_pred : ndarray of float64, shape (P,)
    class_of_gt, location_of_gt : ndarray of float64, shape (G,)
        0 to 1, the same on both sides of a pair; NaN where nothing is matched.
    possibly_missing : ndarray of bool, shape (P,)
        Unmatched predictions with score > .95: possibly a label is missing there.
    possibly_spurious : ndarray of bool, shape (G,)
        Unmatched labels.
    pred_judged, gt_judged : ndarray of bool, shape (P,) and (G,)
        What is no crowd, lies on none of its class, and has a score in 0..1.
    """

    class_of_pred: FloatArray
    location_of_pred: FloatArray
    class_of_gt: FloatArray
    location_of_gt: FloatArray
    possibly_missing: BoolArray
    possibly_spurious: BoolArray
    pred_judged: BoolArray
    gt_judged: BoolArray

    def __post_init__(self) -> None:
        n_predictions, n_gt = len(self.class_of_pred), len(self.class_of_gt)
        for name, dtype, length in (
            ("class_of_pred", np.float64, n_predictions),
            ("location_of_pred", np.float64, n_predictions),
            ("class_of_gt", np.float64, n_gt),
            ("location_of_gt", np.float64, n_gt),
            ("possibly_missing", np.bool_, n_predictions),
            ("possibly_spurious", np.bool_, n_gt),
            ("pred_judged", np.bool_, n_predictions),
            ("gt_judged", np.bool_, n_gt),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, (length,), name))


def mistakenness(
    gt: GroundTruth, predictions: Predictions, pairs: CandidatePairs, ranking: Ranking, gt_ignored: BoolArray
) -> Mistakenness:
    """Compare every label with the prediction at its place, whatever the class.

    Parameters
    ----------
    gt : GroundTruth
    predictions : Predictions
    pairs : CandidatePairs
    ranking : Ranking
    gt_ignored : ndarray of bool, shape (G,)
        Ground truth that counts neither way.

    Returns
    -------
    Mistakenness

    Notes
    -----
    All predictions, whatever their score, are matched over all classes at IoU .5. Scores outside 0..1 say nothing.

    References
    ----------
    .. [1] FiftyOne Brain, ``compute_mistakenness``.
    """
    everyone = np.ones(len(predictions), dtype=np.bool_)
    gt_row_of_pred, is_excused = match_any_class(pairs, ranking, gt_ignored, everyone, MATCH_IOU)
    is_scored = (predictions.score >= 0) & (predictions.score <= 1)

    matched = np.flatnonzero((gt_row_of_pred >= 0) & is_scored)
    label = gt_row_of_pred[matched]
    score = predictions.score[matched]
    of_class = class_mistakenness(score, predictions.class_row[matched] == gt.class_row[label])
    of_location = location_mistakenness(score, _iou_of(pairs, matched, label))
    is_matched = np.zeros(len(gt), dtype=np.bool_)
    is_matched[gt_row_of_pred[gt_row_of_pred >= 0]] = True
    return Mistakenness(
        class_of_pred=_spread(of_class, matched, len(predictions)),
        location_of_pred=_spread(of_location, matched, len(predictions)),
        class_of_gt=_spread(of_class, label, len(gt)),
        location_of_gt=_spread(of_location, label, len(gt)),
        possibly_missing=(gt_row_of_pred < 0) & ~is_excused & is_scored & (predictions.score > SURE),
        possibly_spurious=~is_matched & ~gt_ignored,
        pred_judged=~is_excused & is_scored,
        gt_judged=~gt_ignored,
    )


def class_mistakenness(score: FloatArray, agrees: BoolArray) -> FloatArray:
    """Return how likely the class of a label is wrong, given the prediction matched to it.

    Parameters
    ----------
    score : ndarray of float64, shape (N,)
        In 0..1.
    agrees : ndarray of bool, shape (N,)
        Whether prediction and label are of one class.

    Returns
    -------
    ndarray of float64, shape (N,)
        ``(m * score + 1) / 2`` with m = -1 where they agree, else +1.
    """
    return np.asarray((np.where(agrees, -score, score) + 1) / 2, dtype=np.float64)


def location_mistakenness(score: FloatArray, iou: FloatArray) -> FloatArray:
    """Return how likely the box of a label is wrong, given the prediction matched to it at IoU >= 0.5.

    Parameters
    ----------
    score : ndarray of float64, shape (N,)
        In 0..1.
    iou : ndarray of float64, shape (N,)
        In 0.5..1.

    Returns
    -------
    ndarray of float64, shape (N,)
        ``(score * (2 i - 1) + 1) / 2`` with ``i = (1 - IoU) / 0.5``.
    """
    distance = (1 - iou) / MATCH_IOU
    return np.asarray((score * (2 * distance - 1) + 1) / 2, dtype=np.float64)


def _spread(values: FloatArray, rows: AnyArray, n_rows: int) -> FloatArray:
    spread = np.full(n_rows, np.nan)
    spread[rows] = values
    return spread


def _iou_of(pairs: CandidatePairs, pred_row: AnyArray, gt_row: IntArray) -> FloatArray:
    """Return the IoU of pairs that are known to be candidates, each prediction at most once."""
    wanted = np.full(len(pairs.pred_offsets) - 1, -1, dtype=np.int64)
    wanted[pred_row] = gt_row
    entries = np.flatnonzero(wanted[pairs.pred_row] == pairs.gt_row)
    iou = np.zeros(len(wanted))
    iou[pairs.pred_row[entries]] = pairs.iou[entries]
    return iou[pred_row]
