"""Counts, precision, recall and F1 at one IoU and one score threshold, per class and over all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray, IntArray, LongArray, frozen
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation._kernels.accumulation_loops import accumulation_loops
from diag_gui.evaluation.average_precision import ScoreSweep
from diag_gui.evaluation.matching import Matches

NOT_COUNTED, FALSE_POSITIVE, TRUE_POSITIVE = 0, 1, 2
"""Values of the status of a prediction, before any score threshold."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassTable:
    """Figures per class, one entry per class of the dataset; NaN is undefined.

    Attributes
    ----------
    n_gt : ndarray of int64, shape (C,)
        Ground truth that is not ignored.
    n_predictions, tp, fp, fn : ndarray of int64, shape (C,)
        Kept predictions that count, ``tp + fp``; true and false positives; ground truth not found.
    precision, recall, f1 : ndarray of float64, shape (C,)
        Precision is NaN without kept predictions; recall and F1 are NaN without ground truth.
    ap, best_f1, best_score : ndarray of float64, shape (C,)
        Ignore the score threshold. ``ap`` is at the IoU threshold, by the rules that were asked for; all else is by COCO's
        matching.
    find_mean_iou, find_ap50 : callable
        Return ``mean_iou`` and ``ap50``, always the same; called when these are asked for, since no list shows them.
    """

    n_gt: LongArray
    n_predictions: LongArray
    tp: LongArray
    fp: LongArray
    fn: LongArray
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray
    ap: FloatArray
    best_f1: FloatArray
    best_score: FloatArray
    find_mean_iou: Callable[[], FloatArray] = field(repr=False)
    find_ap50: Callable[[], FloatArray] = field(repr=False)

    def __post_init__(self) -> None:
        n = len(self.n_gt)
        for name in ("n_gt", "n_predictions", "tp", "fp", "fn"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64, (n,), name))
        for name in ("precision", "recall", "f1", "ap", "best_f1", "best_score"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (n,), name))

    def __len__(self) -> int:
        return len(self.n_gt)

    @property
    def mean_iou(self) -> FloatArray:
        """Mean IoU over true positives, float64 (C,); NaN if there is none."""
        return self.find_mean_iou()

    @property
    def ap50(self) -> FloatArray:
        """Average precision at IoU 0.50 whatever the thresholds, float64 (C,), by the rules that were asked for."""
        return self.find_ap50()


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures over all classes; NaN is undefined.

    Attributes
    ----------
    n_images, n_gt, n_predictions, tp, fp, fn : int
        Images asked for, ground truth that is not ignored, kept predictions that count, and what became of them.
    precision, recall, f1 : float
        Micro: from the counts above, false positives of classes without ground truth included.
    mf1 : float
        Mean F1 over classes with ground truth (COCO matching).
    ap : float
        Mean over classes with ground truth, at the IoU threshold, by the rules that were asked for.
    best_f1, best_score : float
        Greatest micro F1 over the distinct scores and the highest score that reaches it.
    of : ClassTable
        What was added up.
    """

    n_images: int
    n_gt: int
    n_predictions: int
    tp: int
    fp: int
    fn: int
    precision: float
    recall: float
    f1: float
    mf1: float
    ap: float
    best_f1: float
    best_score: float
    of: ClassTable = field(repr=False, compare=False)

    @property
    def mean_iou(self) -> float:
        """Mean IoU over true positives of all classes; NaN if there is none."""
        iou_sum = float((self.of.mean_iou * self.of.tp)[self.of.tp > 0].sum())
        return _quotient(iou_sum, self.tp)

    @property
    def ap50(self) -> float:
        """Mean over classes with ground truth at IoU 0.50."""
        return defined_mean(self.of.ap50)


def status_of(matches: Matches, counted: BoolArray) -> ByteArray:
    """Return what each prediction counts as before any score threshold.

    Parameters
    ----------
    matches : Matches
    counted : ndarray of bool, shape (P,)
        Predictions of the asked images that survive the cut to ``max_detections``.

    Returns
    -------
    ndarray of uint8, shape (P,)
        0 not counted (or ignored), 1 false positive, 2 true positive.
    """
    status = (matches.gt_row_of_pred >= 0).astype(np.uint8)
    status += FALSE_POSITIVE
    status *= counted & ~matches.pred_ignored
    return status


def ground_truth_per_class(class_row: IntArray, counted: BoolArray, n_classes: int) -> LongArray:
    """Count the ground truth that counts, per class: int64, shape (C,)."""
    return np.bincount(class_row[counted], minlength=n_classes).astype(np.int64, copy=False)


def class_table(
    predictions: Predictions,
    matches: Matches,
    status: ByteArray,
    n_gt: LongArray,
    score_threshold: float,
    sweep: ScoreSweep,
    ap: FloatArray,
    find_ap50: Callable[[], FloatArray],
) -> ClassTable:
    """Compute the figures of every class at one score threshold.

    Parameters
    ----------
    predictions : Predictions
    matches : Matches
    status : ndarray of uint8, shape (P,)
        Of `status_of`.
    n_gt : ndarray of int64, shape (C,)
    score_threshold : float
        Kept is ``score >= score_threshold`` in float64.
    sweep : ScoreSweep
    ap : ndarray of float64, shape (C,)
    find_ap50 : callable
        Returns the average precision at IoU 0.50, float64 (C,).

    Returns
    -------
    ClassTable
    """
    tp, fp, iou_sum = accumulation_loops.count(
        predictions.class_row, status, predictions.score, matches.iou_of_pred, score_threshold, len(n_gt)
    )
    mean_iou = mean_of(iou_sum, tp)
    return table_of_counts(n_gt, tp, fp, sweep, ap, lambda: mean_iou, find_ap50)


def table_of_counts(
    n_gt: LongArray,
    tp: LongArray,
    fp: LongArray,
    sweep: ScoreSweep,
    ap: FloatArray,
    find_mean_iou: Callable[[], FloatArray],
    find_ap50: Callable[[], FloatArray],
) -> ClassTable:
    """Return the figures of every class that has so many true and false positives.

    Parameters
    ----------
    n_gt, tp, fp : ndarray of int64, shape (C,)
    sweep : ScoreSweep
    ap : ndarray of float64, shape (C,)
        At the IoU threshold, by the rules that were asked for.
    find_mean_iou, find_ap50 : callable

    Returns
    -------
    ClassTable
    """
    has_gt = n_gt > 0
    return ClassTable(
        n_gt=n_gt,
        n_predictions=tp + fp,
        tp=tp,
        fp=fp,
        fn=n_gt - tp,
        precision=_ratio(tp, tp + fp),
        recall=_ratio(tp, n_gt),
        f1=np.where(has_gt, _ratio(2 * tp, tp + fp + n_gt), np.nan),
        ap=ap,
        best_f1=sweep.best_f1,
        best_score=sweep.best_score,
        find_mean_iou=find_mean_iou,
        find_ap50=find_ap50,
    )


def totals(table: ClassTable, n_images: int, sweep: ScoreSweep) -> Totals:
    """Add up a class table.

    Parameters
    ----------
    table : ClassTable
    n_images : int
        Images asked for.
    sweep : ScoreSweep

    Returns
    -------
    Totals
    """
    n_gt, tp, fp = int(table.n_gt.sum()), int(table.tp.sum()), int(table.fp.sum())
    return Totals(
        n_images=n_images,
        n_gt=n_gt,
        n_predictions=tp + fp,
        tp=tp,
        fp=fp,
        fn=n_gt - tp,
        precision=_quotient(tp, tp + fp),
        recall=_quotient(tp, n_gt),
        f1=_quotient(2 * tp, tp + fp + n_gt),
        mf1=defined_mean(table.f1),
        ap=defined_mean(table.ap),
        best_f1=sweep.total_best_f1,
        best_score=sweep.total_best_score,
        of=table,
    )


def mean_of(total: FloatArray, n: LongArray) -> FloatArray:
    """Return ``total / n``, float64; NaN where n is 0."""
    return _ratio(total, n)


def defined_mean(values: FloatArray) -> float:
    """Return the mean of the entries that are not NaN; NaN if there is none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def _ratio(numerator: LongArray | FloatArray, denominator: LongArray) -> FloatArray:
    result = np.full(len(denominator), np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


def _quotient(numerator: float, denominator: int) -> float:
    return numerator / denominator if denominator else float("nan")
