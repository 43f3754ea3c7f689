"""Average precision by COCO's rule: the precision envelope read at 101 recalls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import ByteArray, FloatArray, IntArray, LongArray, frozen
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation._kernels.accumulation_loops import accumulation_loops
from diag_gui.evaluation.ranking import Ranking

RECALL_GRID: FloatArray = frozen(np.linspace(0.0, 1.0, 101), np.float64, (101,), "recall grid")
"""Recalls that precision is read at, to the bit those of pycocotools (i / 100 differs at ten points)."""

IOU_GRID: FloatArray = frozen(np.linspace(0.5, 0.95, 10), np.float64, (10,), "IoU grid")
"""IoU thresholds that AP is the mean over."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreSweep:
    """What ignores the score threshold: the figures of walking all predictions by descending score.

    Attributes
    ----------
    ap : ndarray of float64, shape (C,)
        COCO 101-point average precision; NaN for a class without ground truth.
    best_f1 : ndarray of float64, shape (C,)
        Greatest F1 over the distinct scores, equal scores taken whole; NaN for a class without ground truth.
    best_score : ndarray of float64, shape (C,)
        The highest score with that F1; NaN where there is no prediction.
    total_ap, total_best_f1, total_best_score : float
        The same over all classes taken together as one, false positives of classes without ground truth included; the
        latter two NaN where there is neither ground truth nor a prediction. ``total_ap`` is not the mean of ``ap``.
    """

    ap: FloatArray
    best_f1: FloatArray
    best_score: FloatArray
    total_ap: float
    total_best_f1: float
    total_best_score: float


def sweep_scores(predictions: Predictions, ranking: Ranking, status: ByteArray, n_gt: LongArray) -> ScoreSweep:
    """Compute the figures that ignore the score threshold.

    Parameters
    ----------
    predictions : Predictions
    ranking : Ranking
    status : ndarray of uint8, shape (P,)
        As `diag_gui.evaluation.operating_point.status_of` returns it.
    n_gt : ndarray of int64, shape (C,)
        Ground truth per class that counts.

    Returns
    -------
    ScoreSweep

    References
    ----------
    .. [1] ``COCOeval.accumulate`` of pycocotools 2.0.11.
    """
    ap, best_f1, best_score = accumulation_loops.sweep(
        ranking.by_class, ranking.class_offsets, status, predictions.score, n_gt, RECALL_GRID
    )
    together = sweep_together(ranking.by_score, status, predictions.score, int(n_gt.sum()))
    return ScoreSweep(ap, best_f1, best_score, *together)


def sweep_together(order: IntArray, status: ByteArray, score: FloatArray, n_gt: int) -> tuple[float, float, float]:
    """Return average precision, best F1 and its score of predictions taken as one list, whatever their classes.

    Parameters
    ----------
    order : ndarray of int32, shape (N,)
        Prediction rows by descending score.
    status : ndarray of uint8, shape (P,)
    score : ndarray of float64, shape (P,)
    n_gt : int
        Ground truth that counts. With none, average precision is NaN and F1 is 0 wherever a prediction is kept.
    """
    whole = np.array([0, len(order)], dtype=np.int64)
    if n_gt == 0:
        counted = order[status[order] != 0]
        return (np.nan, 0.0, float(score[counted[0]])) if len(counted) else (np.nan, np.nan, np.nan)
    ap, best_f1, best_score = accumulation_loops.sweep(order, whole, status, score, np.array([n_gt], dtype=np.int64), RECALL_GRID)
    return float(ap[0]), float(best_f1[0]), float(best_score[0])
