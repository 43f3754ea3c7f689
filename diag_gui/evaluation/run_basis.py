"""What every set of rules starts from: one run on one dataset with its orders and overlaps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.candidate_pairs import CandidatePairs, find_candidate_pairs
from diag_gui.evaluation.geometry import GEOMETRIES
from diag_gui.evaluation.ranking import Ranking
from diag_gui.exceptions import EvaluationError

ONE_PIXEL_MORE = np.array([0.0, 0.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class RunBasis:
    """P predictions on G ground truth objects, as `diag_gui.evaluation.run_facts.RunFacts` holds them.

    Attributes
    ----------
    dataset : Dataset
    predictions : Predictions
    ranking : Ranking
    pairs : CandidatePairs
        With crowds as the dataset says.
    task : str
    gt_area, pred_area : ndarray of float64, shape (G,) and (P,)
    gt_excused : ndarray of bool, shape (G,)
        Labels that the format marked as ignored or the task cannot compare: they count neither way by any rules.
    """

    dataset: Dataset
    predictions: Predictions
    ranking: Ranking
    pairs: CandidatePairs
    task: str
    gt_area: FloatArray
    pred_area: FloatArray
    gt_excused: BoolArray

    def pairs_with(self, is_crowd: BoolArray, *, plus_one: bool = False) -> CandidatePairs:
        """Return the overlaps where other labels are crowds: those at hand if these are the crowds of the dataset.

        Parameters
        ----------
        is_crowd : ndarray of bool, shape (G,)
            Labels whose IoU is the share of the prediction.
        plus_one : bool
            Every box is one pixel wider and higher.

        Raises
        ------
        EvaluationError
            If ``plus_one`` is asked of what is no upright box.
        """
        gt, predictions = self.dataset.ground_truth, self.predictions
        if plus_one and self.task != "bbox":
            raise EvaluationError("voc_plus_one", f"is about upright boxes, not about {self.task}")
        if not plus_one and np.array_equal(is_crowd, gt.is_crowd):
            return self.pairs
        changed = replace(gt, is_crowd=is_crowd)
        if plus_one:
            changed = replace(changed, xywh=gt.xywh + ONE_PIXEL_MORE)
            predictions = replace(predictions, xywh=predictions.xywh + ONE_PIXEL_MORE)
        dataset = replace(self.dataset, ground_truth=changed)
        return find_candidate_pairs(dataset, predictions, GEOMETRIES[self.task](dataset, predictions))

    def on_images(self, images: BoolArray | None) -> tuple[BoolArray, BoolArray]:
        """Return which predictions and which labels lie on the images that count; None means all."""
        if images is None:
            return np.ones(len(self.predictions), np.bool_), np.ones(len(self.dataset.ground_truth), np.bool_)
        return images[self.predictions.image_row], images[self.dataset.ground_truth.image_row]
