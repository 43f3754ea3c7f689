"""Whether a score means what it says: predicted scores against the share of predictions that are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray, frozen
from diag_gui.evaluation.matching import Matches, match
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts

TP_RULE = "coco at iou"
"""The rule that says which prediction is right, shown beside the figures."""

Binning = Literal["equal width", "equal mass"]

N_BINS = 10


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
    tp_rule : str
        Which prediction is right.
    binning : str
        ``"equal width"`` or ``"equal mass"``.
    """

    n: int
    ece: float
    mce: float
    laece: float
    bins: CalibrationBins
    tp_rule: str
    binning: Binning


def calibrate(
    facts: RunFacts,
    params: EvaluationParams,
    *,
    images: BoolArray | None = None,
    matches: Matches | None = None,
    binning: Binning = "equal width",
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
        Ten bins of ``min(9, floor(10 * score))``, or ten with as nearly equal numbers as equal scores allow.

    Returns
    -------
    Calibration
        The three errors are NaN without predictions, or if a score lies outside 0..1.

    Raises
    ------
    ValueError
        If ``binning`` is neither.

    Notes
    -----
    Right is a prediction that COCO's matching within classes matched; predictions of classes without ground truth are
    wrong; ignored ones are left out.

    References
    ----------
    .. [1] Küppers et al., Multivariate Confidence Calibration for Object Detection, CVPR Workshops 2020 (D-ECE, by score
       only).
    .. [2] Oksuz et al., Towards Building Self-Aware Object Detectors via Reliable Uncertainty Quantification and
       Calibration, CVPR 2023 (LaECE; here with these ten bins).
    """
    predictions = facts.run.predictions
    if matches is None:
        matches = match(facts.pairs, facts.ranking, predictions, params, gt_ignored=facts.gt_ignored)
    counts = (facts.ranking.rank < params.max_detections) & ~matches.pred_ignored
    if images is not None:
        counts &= images[predictions.image_row]
    score = predictions.score[counts]
    is_true = matches.gt_row_of_pred[counts] >= 0
    quality = np.where(is_true, matches.iou_of_pred[counts], 0.0)
    return calibration_of(score, is_true, quality, predictions.class_row[counts], binning)


def calibration_of(
    score: FloatArray, is_true: BoolArray, quality: FloatArray, class_row: AnyArray, binning: Binning = "equal width"
) -> Calibration:
    """Compare N scores with whether each prediction was right.

    Parameters
    ----------
    score : ndarray of float64, shape (N,)
    is_true : ndarray of bool, shape (N,)
    quality : ndarray of float64, shape (N,)
        IoU of a true positive, 0 of a false one.
    class_row : ndarray of int, shape (N,)
    binning : {"equal width", "equal mass"}

    Raises
    ------
    ValueError
        If ``binning`` is neither.

    See Also
    --------
    calibrate : The rules.
    """
    if binning not in ("equal width", "equal mass"):
        raise ValueError(f"unknown binning {binning!r}")
    bin_of = _equal_width(score) if binning == "equal width" else _equal_mass(score)
    n, mean_score, precision = _means(bin_of, N_BINS, score, is_true)
    if binning == "equal width":
        low, high = np.arange(N_BINS) / N_BINS, np.arange(1, N_BINS + 1) / N_BINS
    else:
        low, high = np.full(N_BINS, np.inf), np.full(N_BINS, -np.inf)
        np.minimum.at(low, bin_of, score)
        np.maximum.at(high, bin_of, score)
        low[n == 0] = high[n == 0] = np.nan
    is_defined = len(score) > 0 and bool(((score >= 0) & (score <= 1)).all())
    gap = np.abs(mean_score - precision)[n > 0]
    return Calibration(
        n=len(score),
        ece=float((n[n > 0] / len(score) * gap).sum()) if is_defined else float("nan"),
        mce=float(gap.max()) if is_defined else float("nan"),
        laece=_localization_aware(bin_of, score, quality, class_row) if is_defined else float("nan"),
        bins=CalibrationBins(low, high, n, mean_score, precision),
        tp_rule=TP_RULE,
        binning=binning,
    )


def _localization_aware(bin_of: LongArray, score: FloatArray, quality: FloatArray, class_row: AnyArray) -> float:
    n_classes = int(class_row.max()) + 1
    n, mean_score, mean_quality = _means(class_row * np.int64(N_BINS) + bin_of, n_classes * N_BINS, score, quality)
    gaps = np.where(n > 0, n * np.abs(mean_score - mean_quality), 0.0).reshape(n_classes, N_BINS)
    n_of_class = n.reshape(n_classes, N_BINS).sum(axis=1)
    present = n_of_class > 0
    return float((gaps[present].sum(axis=1) / n_of_class[present]).mean())


def _means(bin_of: LongArray, n_bins: int, *columns: AnyArray) -> tuple[LongArray, FloatArray, FloatArray]:
    n = np.bincount(bin_of, minlength=n_bins)
    means = []
    for column in columns:
        mean = np.full(n_bins, np.nan)
        np.divide(np.bincount(bin_of, weights=column, minlength=n_bins), n, out=mean, where=n > 0)
        means.append(mean)
    return n, means[0], means[1]


def _equal_width(score: FloatArray) -> LongArray:
    return np.clip(np.floor(score * N_BINS), 0, N_BINS - 1).astype(np.int64)


def _equal_mass(score: FloatArray) -> LongArray:
    if len(score) == 0:
        return np.zeros(0, dtype=np.int64)
    edges = np.sort(score)[np.arange(1, N_BINS) * len(score) // N_BINS]
    return np.searchsorted(edges, score, side="right").astype(np.int64)
