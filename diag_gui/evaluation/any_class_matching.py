"""Greedy matching of predictions to ground truth of any class: behind the confusion matrix and the doubts about labels."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray, IntArray
from diag_gui.evaluation.candidate_pairs import CandidatePairs
from diag_gui.evaluation.ranking import Ranking
from diag_gui.evaluation.taking_in_turn import take_in_turn


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
    order = ranking.by_image
    near = np.flatnonzero((pairs.iou >= min(iou_threshold, 1 - 1e-10)) & kept[pairs.pred_row])
    on_ignored = gt_ignored[pairs.gt_row[near]]
    regular, excusing = near[~on_ignored], near[on_ignored & pairs.same_class[near]]

    turn_of_pred = np.empty(len(order), dtype=np.int32)
    turn_of_pred[order] = np.arange(len(order), dtype=np.int32)
    picked = take_in_turn(
        turn_of_pred[pairs.pred_row[regular]],
        pairs.gt_row[regular],
        pairs.iou[regular],
        np.ones(len(regular), dtype=np.bool_),
        len(order),
        len(gt_ignored),
        later_wins=True,
    )
    gt_row_of_pred = np.full(len(order), -1, dtype=np.int32)
    has_match = picked >= 0
    gt_row_of_pred[order[has_match]] = pairs.gt_row[regular[picked[has_match]]]
    is_excused = np.zeros(len(order), dtype=np.bool_)
    is_excused[pairs.pred_row[excusing]] = True
    return gt_row_of_pred, is_excused & (gt_row_of_pred < 0)
