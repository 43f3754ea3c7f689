"""The best-overlapping ground truth of every prediction, of its own class and of others: what the error rules ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, frozen
from diag_gui.evaluation._kernels.error_loops import error_loops
from diag_gui.evaluation.candidate_pairs import CandidatePairs


@dataclass(frozen=True, slots=True, eq=False)
class NearestGroundTruth:
    """Per prediction the best IoU among the counting ground truth of its image: independent of every threshold.

    Attributes
    ----------
    same_iou, other_iou : ndarray of float64, shape (P,)
        Best IoU with ground truth of the prediction's own class and of any other class; 0 where there is none.
    same_gt, other_gt : ndarray of int32, shape (P,)
        Ground truth row of it, on equal IoU the first in the file; -1 none.
    """

    same_iou: FloatArray
    same_gt: IntArray
    other_iou: FloatArray
    other_gt: IntArray

    def __post_init__(self) -> None:
        n = len(self.same_iou)
        for name, dtype in (("same_iou", np.float64), ("same_gt", np.int32), ("other_iou", np.float64), ("other_gt", np.int32)):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, (n,), name))


def nearest_ground_truth(pairs: CandidatePairs, gt_ignored: BoolArray) -> NearestGroundTruth:
    """Find the best-overlapping ground truth of every prediction.

    Parameters
    ----------
    pairs : CandidatePairs
        M pairs of the run.
    gt_ignored : ndarray of bool, shape (G,)
        Ground truth that counts neither way and is therefore never an answer.

    Returns
    -------
    NearestGroundTruth
        An IoU below ``pairs.floor`` reads as 0.

    Notes
    -----
    tidecv takes the argmax over the ground truth of an image in file order, so the first wins on equal IoU; the matching
    of pycocotools takes the last. Both are followed where they apply.
    """
    return NearestGroundTruth(*error_loops.nearest(pairs.pred_offsets, pairs.gt_row, pairs.iou, pairs.same_class, gt_ignored))
