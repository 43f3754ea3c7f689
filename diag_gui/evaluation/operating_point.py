"""Counts, precision, recall and F1 at one IoU and one score threshold, per class and over all."""

from __future__ import annotations

from dataclasses import dataclass

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
    mean_iou : ndarray of float64, shape (C,)
        Over true positives; NaN if there is none.
    ap, ap50, best_f1, best_score : ndarray of float64, shape (C,)
        Ignore the score threshold. ``ap`` is at the IoU threshold, ``ap50`` at 0.50 whatever the threshold; both by the rules
        that were asked for, all else by COCO's matching.
    """

    n_gt: LongArray
    n_predictions: LongArray
    tp: LongArray
    fp: LongArray
    fn: LongArray
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray
    mean_iou: FloatArray
    ap: FloatArray
    ap50: FloatArray
    best_f1: FloatArray
    best_score: FloatArray

    def __post_init__(self) -> None:
        n = len(self.n_gt)
        for name in ("n_gt", "n_predictions", "tp", "fp", "fn"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64, (n,), name))
        for name in ("precision", "recall", "f1", "mean_iou", "ap", "ap50", "best_f1", "best_score"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (n,), name))

    def __len__(self) -> int:
        return len(self.n_gt)


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures over all classes; NaN is undefined.

    Attributes
    ----------
    n_images, n_gt, n_predictions, tp, fp, fn : int
        Images asked for, ground truth that is not ignored, kept predictions that count, and what became of them.
    precision, recall, f1, mean_iou : float
        Micro: from the counts above, false positives of classes without ground truth included.
    mf1 : float
        Mean F1 over classes with ground truth (COCO matching).
    ap, ap50 : float
        Mean over classes with ground truth, at the IoU threshold and at 0.50, by the rules that were asked for.
    best_f1, best_score : float
        Greatest micro F1 over the distinct scores and the highest score that reaches it.
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
    mean_iou: float
    ap: float
    ap50: float
    best_f1: float
    best_score: float


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
    ap50: FloatArray,
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
    ap, ap50 : ndarray of float64, shape (C,)

    Returns
    -------
    ClassTable
    """
    tp, fp, iou_sum = accumulation_loops.count(
        predictions.class_row, status, predictions.score, matches.iou_of_pred, score_threshold, len(n_gt)
    )
    return table_of_counts(n_gt, tp, fp, iou_sum, sweep, ap, ap50)


def table_of_counts(
    n_gt: LongArray, tp: LongArray, fp: LongArray, iou_sum: FloatArray, sweep: ScoreSweep, ap: FloatArray, ap50: FloatArray
) -> ClassTable:
    """Return the figures of every class from its counts at one score threshold.

    Parameters
    ----------
    n_gt, tp, fp : ndarray of int64, shape (C,)
    iou_sum : ndarray of float64, shape (C,)
        IoU of the true positives added up.
    sweep : ScoreSweep
    ap, ap50 : ndarray of float64, shape (C,)
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
        mean_iou=_ratio(iou_sum, tp),
        ap=ap,
        ap50=ap50,
        best_f1=sweep.best_f1,
        best_score=sweep.best_score,
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
    iou_sum = float((table.mean_iou * table.tp)[table.tp > 0].sum())
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
        mean_iou=_quotient(iou_sum, tp),
        ap=defined_mean(table.ap),
        ap50=defined_mean(table.ap50),
        best_f1=sweep.total_best_f1,
        best_score=sweep.total_best_score,
    )


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
