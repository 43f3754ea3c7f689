"""What a set of rules says about one run: average precision per class, the counts behind it, and the figures over classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray, IntArray, LongArray, frozen
from diag_gui.evaluation.operating_point import FALSE_POSITIVE, TRUE_POSITIVE, defined_mean
from diag_gui.evaluation.rule_settings import RuleSettings

SUMMARY_FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")
"""Figures of every summary; NaN where a rule does not define them."""


@dataclass(frozen=True, slots=True, eq=False)
class RuleTable:
    """Average precision of every class at one IoU threshold, and what it was counted from, over all scores.

    Attributes
    ----------
    ap : ndarray of float64, shape (C,)
        NaN for a class without ground truth that counts.
    n_gt, tp, fp : ndarray of int64, shape (C,)
        Ground truth that counts, true and false positives.
    """

    ap: FloatArray
    n_gt: LongArray
    tp: LongArray
    fp: LongArray

    def __post_init__(self) -> None:
        n = len(self.ap)
        object.__setattr__(self, "ap", frozen(self.ap, np.float64, (n,), "ap"))
        for name in ("n_gt", "tp", "fp"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64, (n,), name))

    @classmethod
    def counted(cls, ap: FloatArray, n_gt: LongArray, status: ByteArray, class_row: IntArray) -> RuleTable:
        """Return the table with the counts of ``status``, as `diag_gui.evaluation.operating_point.status_of` gives it."""
        tp, fp = (
            np.bincount(class_row[status == kind], minlength=len(n_gt)).astype(np.int64, copy=False)
            for kind in (TRUE_POSITIVE, FALSE_POSITIVE)
        )
        return cls(ap, n_gt, tp, fp)

    @property
    def mean_ap(self) -> float:
        """The mean of ``ap`` over the classes that have one; NaN if none has."""
        return defined_mean(self.ap)

    @property
    def mean_recall(self) -> float:
        """The mean recall of the classes with ground truth, all predictions kept; NaN if there is none."""
        has_gt = self.n_gt > 0
        return defined_mean(self.tp[has_gt] / self.n_gt[has_gt])


@dataclass(frozen=True, slots=True, eq=False)
class RuleSummary:
    """The figures of one run by one set of rules.

    Attributes
    ----------
    settings : RuleSettings
    figures : dict of str to float
        `SUMMARY_FIGURES` and whatever the rules define beyond; NaN where undefined.
    ap, ap50 : ndarray of float64, shape (C,)
        What ``AP`` and ``AP50`` are means of.
    table : RuleTable
        At the asked IoU threshold.
    """

    settings: RuleSettings
    figures: dict[str, float]
    ap: FloatArray
    ap50: FloatArray
    table: RuleTable

    def ap_per_class(self) -> FloatArray:
        """Return what ``AP`` is the mean of, for every class of the dataset; NaN without ground truth."""
        return self.ap


class Ruled(Protocol):
    """One run prepared for one set of rules, at any IoU threshold."""

    def table(self, iou_threshold: float, images: BoolArray | None = None) -> RuleTable:
        """Return AP and counts per class at one IoU threshold, over the images that count; None means all."""
        ...

    def summarize(self, iou_threshold: float, images: BoolArray | None = None) -> RuleSummary:
        """Return every figure that the rules define, over the images that count; None means all."""
        ...
