"""Whether a score means what it says: predicted scores against the share of predictions that are right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray, frozen
from diag_gui.evaluation.calibration_bins import BINNINGS, Binning, bins_of, check_binning, means
from diag_gui.evaluation.matching import Matches, match
from diag_gui.evaluation.params import DEFAULT_BINS, EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import EvaluationError

__all__ = ["BINNINGS", "Binning", "Calibration", "CalibrationBins", "calibrate", "calibration_of"]

TP_RULE = "coco at iou"
"""The rule that says which prediction is right, shown beside the figures."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationBins:
    """Predictions gathered by score.

    Attributes
    ----------
    low, high : ndarray of float64, shape (B,)
        Equal width: edges of the bin, the last holds both. Equal mass: least and greatest score in it; NaN if empty.
    n : ndarray of int64, shape (B,)
        Predictions in the bin.
    mean_score, precision : ndarray of float64, shape (B,)
        NaN where the bin is empty.
    """

    low: FloatArray
    high: FloatArray
    n: LongArray
    mean_score: FloatArray
    precision: FloatArray

    def __post_init__(self) -> None:
        n_bins = len(self.low)
        object.__setattr__(self, "n", frozen(self.n, np.int64, (n_bins,), "n"))
        for name in ("low", "high", "mean_score", "precision"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (n_bins,), name))

    def __len__(self) -> int:
        return len(self.low)


@dataclass(frozen=True, slots=True, eq=False)
class ClassCalibration:
    """The errors of every class of the dataset, each gathered alone; NaN without predictions or with a score outside 0..1.

    Attributes
    ----------
    n : ndarray of int64, shape (C,)
        Predictions that count.
    ece, mce, laece : ndarray of float64, shape (C,)
    """

    n: LongArray
    ece: FloatArray
    mce: FloatArray
    laece: FloatArray

    def __post_init__(self) -> None:
        n_classes = len(self.n)
        object.__setattr__(self, "n", frozen(self.n, np.int64, (n_classes,), "n"))
        for name in ("ece", "mce", "laece"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (n_classes,), name))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How far scores are from precision at one IoU threshold, over all scores.

    Attributes
    ----------
    n : int
        Predictions that count: not ignored, within ``max_detections``.
    ece : float
        D-ECE, the mean gap weighted by the predictions of each bin; NaN if undefined.
    mce : float
        The largest gap of a bin; NaN if undefined.
    laece : float
        LaECE: per class, a true positive counts with its IoU; the mean over classes with predictions.
    bins : CalibrationBins
        Of all classes together.
    per_class : ClassCalibration
    tp_rule : str
        Which prediction is right.
    binning : str
        ``"equal width"`` or ``"equal mass"``.
    n_bins : int
    n_outside : int
        Predictions with a score outside 0..1; with any, the three errors are undefined.
    """

    n: int
    ece: float
    mce: float
    laece: float
    bins: CalibrationBins
    per_class: ClassCalibration
    tp_rule: str
    binning: Binning
    n_bins: int
    n_outside: int


def calibrate(
    facts: RunFacts,
    params: EvaluationParams,
    *,
    images: BoolArray | None = None,
    matches: Matches | None = None,
    binning: Binning = "equal width",
    n_bins: int = DEFAULT_BINS,
    class_rows: Collection[int] | None = None,
) -> Calibration:
    """Compare scores with precision at the IoU threshold.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses ``iou_threshold`` and ``max_detections``; the score threshold plays no part.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.
    matches : Matches, optional
        Of the same IoU threshold and ``max_detections``, where the caller has them already.
    binning : {"equal width", "equal mass"}
        Bins of ``min(B - 1, floor(B * score))``, or with as nearly equal numbers as equal scores allow.
    n_bins : int
        B.
    class_rows : collection of int, optional
        Classes whose predictions are gathered; None means all.

    Returns
    -------
    Calibration
        The three errors are NaN without predictions, or if a score lies outside 0..1.

    Raises
    ------
    EvaluationError
        If ``binning`` is neither, ``n_bins`` is out of range, a class is none of the dataset, or ``images`` is no mask of the
        images.

    Notes
    -----
    Right is a prediction that COCO's matching within classes matched; predictions of classes without ground truth are
    wrong; ignored ones are left out. The figures of a class, and what LaECE is the mean of, are those of its predictions
    alone: bins of equal mass are then its own.

    References
    ----------
    .. [1] Küppers et al., Multivariate Confidence Calibration for Object Detection, CVPR Workshops 2020 (D-ECE, by score
       only).
    .. [2] Naeini, Cooper, Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015 (MCE, and
       bins of equal mass).
    .. [3] Oksuz, Joy, Dokania, Towards Building Self-Aware Object Detectors via Reliable Uncertainty Quantification and
       Calibration, CVPR 2023 (LaECE: per class and bin the gap between mean score and precision times the mean IoU of the
       true positives; there with 25 bins of equal width).
    """
    facts.check_images(images)
    predictions = facts.run.predictions
    n_classes = len(facts.dataset.classes)
    if class_rows is not None and not all(0 <= row < n_classes for row in class_rows):
        raise EvaluationError("class_rows", f"{sorted(class_rows)} names a class that is not among the {n_classes}")
    if matches is None:
        matches = match(facts.pairs, facts.ranking, predictions, params, gt_ignored=facts.gt_ignored)
    counts = (facts.ranking.rank < params.max_detections) & ~matches.pred_ignored
    if images is not None:
        counts &= images[predictions.image_row]
    if class_rows is not None:
        counts &= np.isin(predictions.class_row, np.fromiter(class_rows, np.int32))
    # Where all count, as nearly always, nothing is copied.
    rows = slice(None) if counts.all() else np.flatnonzero(counts)
    del counts
    is_true = matches.gt_row_of_pred[rows] >= 0
    quality = np.where(is_true, matches.iou_of_pred[rows], 0.0)
    return calibration_of(predictions.score[rows], is_true, quality, predictions.class_row[rows], n_classes, binning, n_bins)


def calibration_of(
    score: FloatArray,
    is_true: BoolArray,
    quality: FloatArray,
    class_row: AnyArray,
    n_classes: int,
    binning: Binning = "equal width",
    n_bins: int = DEFAULT_BINS,
) -> Calibration:
    """Compare N scores with whether each prediction was right.

    Parameters
    ----------
    score : ndarray of float64, shape (N,)
    is_true : ndarray of bool, shape (N,)
    quality : ndarray of float64, shape (N,)
        IoU of a true positive, 0 of a false one.
    class_row : ndarray of int, shape (N,)
    n_classes : int
        C.
    binning : {"equal width", "equal mass"}
    n_bins : int

    Raises
    ------
    EvaluationError
        If ``binning`` is neither, ``n_bins`` is out of range, a score is no number, or a class is not among C.

    See Also
    --------
    calibrate : The rules.
    """
    check_binning(binning, n_bins)
    if np.isnan(score).any():
        raise EvaluationError("score", "is not a number")
    if len(class_row) and not 0 <= class_row.min() <= class_row.max() < n_classes:
        raise EvaluationError("class_row", f"names a class that is not among the {n_classes}")
    is_outside = (score < 0) | (score > 1)
    bin_of = bins_of(score, None, binning, n_bins)
    n, (mean_score, precision) = means(bin_of, n_bins, score, is_true)
    if binning == "equal width":
        low, high = np.arange(n_bins) / n_bins, np.arange(1, n_bins + 1) / n_bins
    else:
        low, high = np.full(n_bins, np.inf), np.full(n_bins, -np.inf)
        np.minimum.at(low, bin_of, score)
        np.maximum.at(high, bin_of, score)
        low[n == 0] = high[n == 0] = np.nan
    if binning == "equal mass":
        bin_of = bins_of(score, class_row.astype(np.int64), binning, n_bins)
    per_class = _per_class(score, is_true, quality, class_row, n_classes, is_outside, bin_of, n_bins)
    n_outside = int(np.count_nonzero(is_outside))
    is_defined = len(score) > 0 and n_outside == 0
    gap = np.abs(mean_score - precision)[n > 0]
    return Calibration(
        n=len(score),
        ece=float((n[n > 0] / len(score) * gap).sum()) if is_defined else float("nan"),
        mce=float(gap.max()) if is_defined else float("nan"),
        laece=float(per_class.laece[per_class.n > 0].mean()) if is_defined else float("nan"),
        bins=CalibrationBins(low, high, n, mean_score, precision),
        per_class=per_class,
        tp_rule=TP_RULE,
        binning=binning,
        n_bins=n_bins,
        n_outside=n_outside,
    )


def _per_class(
    score: FloatArray,
    is_true: BoolArray,
    quality: FloatArray,
    class_row: AnyArray,
    n_classes: int,
    is_outside: BoolArray,
    bin_of: LongArray,
    n_bins: int,
) -> ClassCalibration:
    """Return the errors of every class; only classes and bins that hold predictions take room.

    ``bin_of`` says which bin of its class each prediction lies in; it is written over.
    """
    n = np.bincount(class_row, minlength=n_classes).astype(np.int64)
    cell_of = bin_of
    cell_of += class_row * np.int64(n_bins)
    # Counting in a table of all cells beats sorting unless nearly all of it stays empty.
    if n_classes * n_bins <= max(len(score), 1 << 16):
        cell = np.flatnonzero(np.bincount(cell_of))
        place = np.zeros(n_classes * n_bins, np.int64)
        place[cell] = np.arange(len(cell))
        cell_of = place[cell_of]
    else:
        cell, cell_of = np.unique(cell_of, return_inverse=True)
    in_cell, (mean_score, precision, mean_quality) = means(cell_of, len(cell), score, is_true, quality)
    of_class = cell // n_bins
    share = in_cell / n[of_class]
    gap = np.abs(mean_score - precision)
    ece, mce, laece = np.zeros((3, n_classes))
    np.add.at(ece, of_class, share * gap)
    np.add.at(laece, of_class, share * np.abs(mean_score - mean_quality))
    np.maximum.at(mce, of_class, gap)
    undefined = n == 0
    undefined[class_row[is_outside]] = True
    for errors in (ece, mce, laece):
        errors[undefined] = np.nan
    return ClassCalibration(n, ece, mce, laece)
