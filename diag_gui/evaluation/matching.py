"""Greedy matching of predictions to ground truth, within image and class, at one IoU threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, frozen
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation._kernels.matching_loops import matching_loops
from diag_gui.evaluation.candidate_pairs import CandidatePairs
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.ranking import Ranking
from diag_gui.exceptions import EvaluationError


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Who was matched with whom; serves every score threshold, since a match never depends on lower scores.

    Attributes
    ----------
    gt_row_of_pred : ndarray of int32, shape (P,)
        -1 where unmatched or cut by ``max_detections``.
    pred_row_of_gt : ndarray of int32, shape (G,)
        -1 where unmatched; for a crowd the last prediction that it absorbed.
    pred_ignored : ndarray of bool, shape (P,)
        Matched to ignored ground truth, or unmatched and outside the slice: counts neither way.
    gt_ignored : ndarray of bool, shape (G,)
        Counts neither as found nor as missed.
    iou_of_pred : ndarray of float64, shape (P,)
        IoU of the match; 0 where unmatched.
    """

    gt_row_of_pred: IntArray
    pred_row_of_gt: IntArray
    pred_ignored: BoolArray
    gt_ignored: BoolArray
    iou_of_pred: FloatArray

    def __post_init__(self) -> None:
        n_predictions, n_gt = len(self.gt_row_of_pred), len(self.pred_row_of_gt)
        for name, dtype, length in (
            ("gt_row_of_pred", np.int32, n_predictions),
            ("pred_row_of_gt", np.int32, n_gt),
            ("pred_ignored", np.bool_, n_predictions),
            ("gt_ignored", np.bool_, n_gt),
            ("iou_of_pred", np.float64, n_predictions),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, (length,), name))


def match(
    pairs: CandidatePairs,
    ranking: Ranking,
    predictions: Predictions,
    params: EvaluationParams,
    *,
    gt_ignored: BoolArray,
    pred_outside: BoolArray | None = None,
) -> Matches:
    """Match predictions to ground truth greedily by descending score within image and class.

    Parameters
    ----------
    pairs : CandidatePairs
        Of the whole run.
    ranking : Ranking
    predictions : Predictions
    params : EvaluationParams
        Uses ``iou_threshold`` and ``max_detections``.
    gt_ignored : ndarray of bool, shape (G,)
        Ground truth that may absorb a prediction but counts neither way: at least that of the run's facts, and what lies
        outside an object slice or an area range.
    pred_outside : ndarray of bool, shape (P,), optional
        Predictions outside the slice or area range; ignored where they stay unmatched.

    Returns
    -------
    Matches

    Raises
    ------
    EvaluationError
        If ``iou_threshold`` lies below the floor of ``pairs``.

    Notes
    -----
    Regular ground truth first, ignored only if no regular one is left; the greatest IoU >= min(t, 1 - 1e-10); on equal
    IoU the later ground truth. A ground truth takes one prediction, a crowd any number. pycocotools reads a ground
    truth of id 0 as unmatched; that is not copied.

    References
    ----------
    .. [1] Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014; ``COCOeval.evaluateImg`` of pycocotools.
    """
    if params.iou_threshold < pairs.floor:
        raise EvaluationError("iou_threshold", f"{params.iou_threshold} lies below the kept overlaps ({pairs.floor})")
    gt_row_of_pred, pred_row_of_gt, iou_of_pred = matching_loops.match(
        pairs.pred_offsets,
        pairs.gt_row,
        pairs.iou,
        pairs.same_class,
        predictions.image_row,
        ranking.by_image,
        ranking.rank < params.max_detections,
        pairs.gt_is_crowd,
        gt_ignored,
        params.iou_threshold,
    )
    matched = gt_row_of_pred >= 0
    pred_ignored = np.zeros(len(matched), dtype=bool)
    pred_ignored[matched] = gt_ignored[gt_row_of_pred[matched]]
    if pred_outside is not None:
        pred_ignored |= pred_outside & ~matched
    return Matches(gt_row_of_pred, pred_row_of_gt, pred_ignored, gt_ignored, iou_of_pred)
