"""Greedy matching of predictions to ground truth of any class: behind the confusion matrix and the doubts about labels."""

from __future__ import annotations

from diag_gui.data.arrays import BoolArray, IntArray
from diag_gui.evaluation._kernels.error_loops import error_loops
from diag_gui.evaluation.candidate_pairs import CandidatePairs
from diag_gui.evaluation.ranking import Ranking


def match_any_class(
    pairs: CandidatePairs, ranking: Ranking, gt_ignored: BoolArray, kept: BoolArray, iou_threshold: float
) -> tuple[IntArray, BoolArray]:
    """Match predictions to ground truth greedily by descending score within an image, whatever their classes.

    Parameters
    ----------
    pairs : CandidatePairs
    ranking : Ranking
    gt_ignored : ndarray of bool, shape (G,)
        Ground truth that takes no prediction but excuses those of its class that stay unmatched on it.
    kept : ndarray of bool, shape (P,)
        Predictions that take part.
    iou_threshold : float
        t.

    Returns
    -------
    gt_row_of_pred : ndarray of int32, shape (P,)
        -1 where unmatched or not kept.
    is_excused : ndarray of bool, shape (P,)
        Kept, unmatched, and with IoU >= t on ignored ground truth of its own class.

    Notes
    -----
    Equal scores go by class, then in the order of the file. Each prediction takes the free ground truth of greatest
    IoU >= min(t, 1 - 1e-10); on equal IoU the later one, as in the matching within classes.
    """
    gt_row_of_pred, is_excused = error_loops.match_any_class(
        pairs.pred_offsets, pairs.gt_row, pairs.iou, pairs.same_class, ranking.by_image, kept, gt_ignored, iou_threshold
    )
    return gt_row_of_pred, is_excused
