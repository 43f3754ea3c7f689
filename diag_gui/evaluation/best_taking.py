"""Matching in which a prediction may take only the ground truth it overlaps most: VOC's, and Open Images' after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray, IntArray, frozen
from diag_gui.evaluation._kernels.rules_loops import rules_loops
from diag_gui.evaluation.average_precision import IOU_GRID
from diag_gui.evaluation.operating_point import ground_truth_per_class
from diag_gui.evaluation.rule_settings import RuleSettings
from diag_gui.evaluation.rule_tables import SUMMARY_FIGURES, RuleSummary, RuleTable
from diag_gui.evaluation.run_basis import RunBasis
from diag_gui.exceptions import EvaluationError


@dataclass(frozen=True, slots=True, eq=False)
class BestTaking:
    """One run, prepared: P predictions and H labels, which may be more than the dataset has where a rule adds some.

    Attributes
    ----------
    settings : RuleSettings
    basis : RunBasis
    floor : float
        Overlaps below it were not kept.
    best_gt : ndarray of int32, shape (P,)
        The label of its class that a prediction overlaps most, on equal IoU the first; -1 where it overlaps none.
    best_iou, excuse : ndarray of float64, shape (P,)
        How much it overlaps that, and the share of it that lies in a region which excuses it.
    counted : ndarray of bool, shape (P,)
        Predictions that the rule looks at.
    gt_image, gt_class : ndarray of int32, shape (H,)
    gt_ignored : ndarray of bool, shape (H,)
        Labels that count neither as found nor as missed, and excuse whoever overlaps them most.
    recalls : ndarray of float64, shape (R,)
        AP is the mean of the envelope of precision at these; its area if there is none.
    """

    settings: RuleSettings
    basis: RunBasis
    floor: float
    best_gt: IntArray
    best_iou: FloatArray
    excuse: FloatArray
    counted: BoolArray
    gt_image: IntArray
    gt_class: IntArray
    gt_ignored: BoolArray
    recalls: FloatArray

    def __post_init__(self) -> None:
        n_predictions, n_gt = len(self.basis.predictions), len(self.gt_class)
        for name, dtype, length in (
            ("best_gt", np.int32, n_predictions),
            ("best_iou", np.float64, n_predictions),
            ("excuse", np.float64, n_predictions),
            ("counted", np.bool_, n_predictions),
            ("gt_image", np.int32, n_gt),
            ("gt_class", np.int32, n_gt),
            ("gt_ignored", np.bool_, n_gt),
            ("recalls", np.float64, -1),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, (length,), name))

    def status(self, iou_threshold: float, images: BoolArray | None = None) -> ByteArray:
        """Return what each prediction counts as: 0 not at all, 1 false positive, 2 true positive.

        Raises
        ------
        EvaluationError
            If overlaps at ``iou_threshold`` were not kept.
        """
        if iou_threshold < self.floor:
            raise EvaluationError("iou_threshold", f"{iou_threshold} lies below the kept overlaps ({self.floor})")
        counted = self.counted & self.basis.on_images(images)[0]
        order = self.basis.ranking.by_class
        return rules_loops.take_best(
            order, self.best_gt, self.best_iou, self.excuse, self.gt_ignored, counted, float(iou_threshold)
        )

    def table(self, iou_threshold: float, images: BoolArray | None = None) -> RuleTable:
        """Return AP and counts per class at one IoU threshold, over the images that count; None means all."""
        ranking, n_classes = self.basis.ranking, len(self.basis.dataset.classes)
        counts = ~self.gt_ignored if images is None else ~self.gt_ignored & images[self.gt_image]
        n_gt = ground_truth_per_class(self.gt_class, counts, n_classes)
        status = self.status(iou_threshold, images)
        ap = rules_loops.area_under(ranking.by_class, ranking.class_offsets, status, n_gt, self.recalls)
        return RuleTable.counted(ap, n_gt, status, self.basis.predictions.class_row)

    def summarize(self, iou_threshold: float, images: BoolArray | None = None) -> RuleSummary:
        """Return AP at the asked IoU threshold, AP50 and AP75; these rules define no other figure."""
        asked, at_50, at_75 = (self.table(float(t), images) for t in (iou_threshold, IOU_GRID[0], IOU_GRID[5]))
        figures = dict.fromkeys(SUMMARY_FIGURES, float("nan"))
        figures |= {"AP": asked.mean_ap, "AP50": at_50.mean_ap, "AP75": at_75.mean_ap}
        return RuleSummary(self.settings, figures, asked.ap, at_50.ap, asked)
