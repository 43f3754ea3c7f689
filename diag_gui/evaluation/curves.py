"""The precision-recall curve of a class or of all classes together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diag_gui.data.arrays import ByteArray, FloatArray, IntArray, LongArray, frozen
from diag_gui.evaluation.average_precision import ScoreSweep
from diag_gui.evaluation.operating_point import NOT_COUNTED, TRUE_POSITIVE

if TYPE_CHECKING:
    from diag_gui.evaluation.evaluator import Evaluation
    from diag_gui.evaluation.run_facts import RunFacts


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Precision and recall at every distinct score.

    Attributes
    ----------
    recall, precision, score : ndarray of float64, shape (N,)
        By descending score: the figures if predictions with at least this score are kept. Raw, without envelope. Recall
        is NaN without ground truth.
    best_f1, best_score : float
        Greatest F1 and the highest score that reaches it; NaN where undefined.
    ap : float
        COCO 101-point area of this curve; NaN without ground truth. For all classes together it is the area of the pooled
        curve, not the mean over classes.
    """

    recall: FloatArray
    precision: FloatArray
    score: FloatArray
    best_f1: float
    best_score: float
    ap: float

    def __post_init__(self) -> None:
        for name in ("recall", "precision", "score"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (len(self.score),), name))


OUTLINE_COLUMNS = 1024
"""Pixels of recall up to which the outline of a curve is its exact picture."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveOutline:
    """What is seen of a `Curve` where recall 0..1 is at most `OUTLINE_COLUMNS` pixels wide.

    Attributes
    ----------
    recall, precision, score : ndarray of float64, shape (M,)
        Points of the curve by descending score: of each column of pixels the first, the lowest, the highest and the last.
        None without ground truth.
    best : tuple of float
        Recall and precision at the best F1; NaN where there is no true positive.
    best_f1, best_score, ap : float
        As of the curve.
    """

    recall: FloatArray
    precision: FloatArray
    score: FloatArray
    best: tuple[float, float]
    best_f1: float
    best_score: float
    ap: float

    def __post_init__(self) -> None:
        for name in ("recall", "precision", "score"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (len(self.score),), name))


def outline_of(curve: Curve) -> CurveOutline:
    """Return what is seen of a curve."""
    figures = curve.best_f1, curve.best_score, curve.ap
    if not len(curve.score) or np.isnan(curve.recall[0]):
        nothing = np.zeros(0)
        return CurveOutline(nothing, nothing, nothing, (np.nan, np.nan), *figures)
    columns = np.floor(curve.recall * OUTLINE_COLUMNS).astype(np.int64)
    first = np.flatnonzero(np.append(True, columns[1:] != columns[:-1]))
    last = np.append(first[1:], len(columns)) - 1
    chosen = np.unique(np.concatenate([first, _extremes(curve.precision, first), _extremes(-curve.precision, first), last]))
    kept = len(curve.score) - int(np.searchsorted(curve.score[::-1], curve.best_score, side="left"))
    has_best = curve.best_f1 > 0
    best = (float(curve.recall[kept - 1]), float(curve.precision[kept - 1])) if has_best else (np.nan, np.nan)
    return CurveOutline(curve.recall[chosen], curve.precision[chosen], curve.score[chosen], best, *figures)


def _extremes(values: FloatArray, first: LongArray) -> LongArray:
    """Return the place of the first of the least values in each run that begins at ``first``."""
    run = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(values))))
    places = np.flatnonzero(values == np.minimum.reduceat(values, first)[run])
    first_of_run: LongArray = places[np.append(True, run[places[1:]] != run[places[:-1]])]
    return first_of_run


def precision_recall(evaluation: Evaluation, facts: RunFacts, class_row: int | None) -> Curve:
    """Return the precision-recall curve at the IoU threshold of an evaluation.

    Parameters
    ----------
    evaluation : Evaluation
    facts : RunFacts
        What it was computed from.
    class_row : int or None
        The class; None for all classes together.

    Returns
    -------
    Curve
    """
    if class_row is None:
        return curve_together(facts, evaluation.status, evaluation.totals.n_gt, evaluation.sweep)
    return curve_of_class(facts, evaluation.status, evaluation.per_class.n_gt, evaluation.sweep, class_row)


def curve_of_class(facts: RunFacts, status: ByteArray, n_gt: LongArray, sweep: ScoreSweep, class_row: int) -> Curve:
    """Return the precision-recall curve of one class.

    Parameters
    ----------
    facts : RunFacts
    status : ndarray of uint8, shape (P,)
        Of `diag_gui.evaluation.operating_point.status_of`.
    n_gt : ndarray of int64, shape (C,)
        Ground truth that counts.
    sweep : ScoreSweep
        Of the same status.
    class_row : int
    """
    ranking = facts.ranking
    order = ranking.by_class[ranking.class_offsets[class_row] : ranking.class_offsets[class_row + 1]]
    figures = (float(column[class_row]) for column in (sweep.ap, sweep.best_f1, sweep.best_score))
    return _curve(order, status, facts.run.predictions.score, int(n_gt[class_row]), *figures)


def curve_together(facts: RunFacts, status: ByteArray, n_gt: int, sweep: ScoreSweep) -> Curve:
    """Return the precision-recall curve of all classes taken together as one.

    Parameters
    ----------
    facts : RunFacts
    status : ndarray of uint8, shape (P,)
        Of `diag_gui.evaluation.operating_point.status_of`.
    n_gt : int
        Ground truth that counts.
    sweep : ScoreSweep
        Of the same status.
    """
    order, score = facts.ranking.by_score, facts.run.predictions.score
    return _curve(order, status, score, n_gt, sweep.total_ap, sweep.total_best_f1, sweep.total_best_score)


def _curve(
    order: IntArray, status: ByteArray, all_scores: FloatArray, n_gt: int, ap: float, best_f1: float, best_score: float
) -> Curve:
    status = status[order]
    counted = status != NOT_COUNTED
    if not counted.all():
        order, status = order[counted], status[counted]
    score = all_scores[order]
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else np.empty(0, np.int64)
    true = np.cumsum(status == TRUE_POSITIVE, dtype=np.int32)[ends]
    return Curve(
        recall=true / n_gt if n_gt else np.full(len(ends), np.nan),
        precision=true / (ends + 1),
        score=score[ends],
        best_f1=best_f1,
        best_score=best_score,
        ap=ap,
    )
