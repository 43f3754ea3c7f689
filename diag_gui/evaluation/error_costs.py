"""What each error type costs: how much average precision rises if only that type were fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray, offsets_of
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation._kernels.accumulation_loops import accumulation_loops
from diag_gui.evaluation.average_precision import RECALL_GRID
from diag_gui.evaluation.confusion_matrix import ConfusionCells
from diag_gui.evaluation.error_types import classify_outcomes
from diag_gui.evaluation.matching import Matches, match
from diag_gui.evaluation.operating_point import (
    FALSE_POSITIVE,
    NOT_COUNTED,
    TRUE_POSITIVE,
    defined_mean,
    ground_truth_per_class,
)
from diag_gui.evaluation.outcome_objects import class_error_counts
from diag_gui.evaluation.outcomes import ERROR_NAMES, OutcomeKind, Outcomes
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.ranking import Ranking
from diag_gui.evaluation.run_facts import RunFacts

COST_NAMES: tuple[str, ...] = (*ERROR_NAMES.values(), "false_positive", "false_negative")
"""Every key of `ErrorCosts.dap`: the six error types and the two special ones."""


_UNCLAMPED = frozenset(("false_positive", "false_negative"))


@dataclass(frozen=True, slots=True, eq=False)
class ClassCosts:
    """What each error type costs each of the C classes.

    Attributes
    ----------
    ap : ndarray of float64, shape (C,)
        Average precision at the IoU threshold; NaN without ground truth.
    fixed : mapping of str to ndarray of float64, shape (C,)
        By `COST_NAMES`: the same with only that type fixed, in all classes at once; NaN where the class has left the mean.
    count : mapping of str to ndarray of int64, shape (C,)
        Errors of each of the six types over all predictions, under the class that `outcome_class_row` lists them.
    """

    ap: FloatArray
    fixed: Mapping[str, FloatArray]
    count: Mapping[str, LongArray]

    def dap(self, name: str) -> FloatArray:
        """Return AP of each class with only ``name`` fixed minus its AP, float64, shape (C,); NaN where either is undefined.

        Notes
        -----
        The same rule as for all classes: the six types are 0 at least, the two special ones are not clamped. A classification
        error concerns two classes: fixing it takes a false positive from one and gives the other a true positive.
        """
        rise = self.fixed[name] - self.ap
        return rise if name in _UNCLAMPED else np.maximum(rise, 0.0)

    def dap_of(self, class_rows: AnyArray) -> dict[str, float]:
        """Return by `COST_NAMES` how much the mean AP over some classes rises; NaN where it is not defined."""
        ap = defined_mean(self.ap[class_rows])
        return {name: _rise(name, defined_mean(fixed[class_rows]), ap) for name, fixed in self.fixed.items()}


def _rise(name: str, fixed: float, ap: float) -> float:
    rise = fixed - ap
    return rise if name in _UNCLAMPED or np.isnan(rise) else max(0.0, rise)


@dataclass(frozen=True, slots=True)
class ErrorCosts:
    """The cost of each error type at one IoU threshold, over all scores.

    Attributes
    ----------
    ap : float
        Mean over classes with ground truth at the IoU threshold; what ``dap`` is measured from.
    dap : dict of str to float
        By `COST_NAMES`: the rise of AP, a fraction; NaN where no class has an AP before or after the fix. The six types
        are 0 at least; false_positive and false_negative are not clamped.
    count : dict of str to int
        Errors of each of the six types over all predictions.
    per_class : ClassCosts
        The same for each class.
    """

    ap: float
    dap: dict[str, float]
    count: dict[str, int]
    per_class: ClassCosts = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What all fixes start from."""

    predictions: Predictions
    ranking: Ranking
    outcomes: Outcomes
    status: ByteArray
    n_gt: LongArray
    n_missed: LongArray
    n_unmatched: LongArray
    winner: BoolArray


def error_costs(
    facts: RunFacts,
    params: EvaluationParams,
    *,
    images: BoolArray | None = None,
    matches: Matches | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ErrorCosts:
    """Compute what AP at the IoU threshold would be if one type of error were fixed, for each type.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses ``iou_threshold``, ``background_iou`` and ``max_detections``; the score threshold plays no part.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.
    matches : Matches, optional
        Of the same IoU threshold and ``max_detections``, where the caller has them already. Those of an object slice
        (see `diag_gui.evaluation.slice_counts`) give the costs inside it.
    cancelled : callable, optional
        Asked before each type.

    Returns
    -------
    ErrorCosts

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    Fixes: a classification error becomes a true positive of the ground truth's class, a localization error of its own;
    where several errors of either kind aim at one unused ground truth the highest score of both kinds wins (equal scores:
    first in the file) and the others are removed, also when the winner is of the other kind and so is not fixed; aimed
    at a used ground truth it is removed. Duplicate, background and both are removed. Missed: as many ground truths less;
    a class that has none left has AP 0 while predictions of it are left, and leaves the mean otherwise. false_positive:
    every true positive ranks before every false one; false_negative: every unmatched ground truth is taken out, by the
    same rule for classes that have none left. A class that never had ground truth has no AP.

    References
    ----------
    .. [1] Bolya et al., TIDE: A General Toolbox for Identifying Object Detection Errors, ECCV 2020; ``fix_errors`` and
       ``BestGTMatch`` of tidecv 1.0.1.
    """
    if matches is None:
        matches = match(facts.pairs, facts.ranking, facts.run.predictions, params, gt_ignored=facts.gt_ignored)
    everything = replace(params, score_threshold=-np.inf)
    outcomes = classify_outcomes(facts, everything, matches, images, cells=lambda: _no_cells(facts))
    scene = _scene(facts, outcomes)
    base = _average_precision(scene, scene.status)
    fixed: dict[str, FloatArray] = {}
    for name, of_classes in _fixed_precisions(scene, base):
        if cancelled is not None and cancelled():
            raise CancelledError
        fixed[name] = of_classes
    per_class = ClassCosts(base, fixed, class_error_counts(outcomes, len(base)))
    every_class = np.ones(len(base), dtype=np.bool_)
    return ErrorCosts(defined_mean(base), per_class.dap_of(every_class), outcomes.error_counts(), per_class)


def _no_cells(facts: RunFacts) -> ConfusionCells:
    """Return that no row stands in a cell of the confusion matrix, which no cost asks for."""
    nowhere = np.full(len(facts.run.predictions) + len(facts.dataset.ground_truth), -1, dtype=np.int32)
    return ConfusionCells(nowhere, nowhere)


def _scene(facts: RunFacts, outcomes: Outcomes) -> _Scene:
    n_predictions, n_classes = outcomes.n_predictions, len(facts.dataset.classes)
    kind, gt_kind = outcomes.kind[:n_predictions], outcomes.kind[n_predictions:]
    gt_class = facts.dataset.ground_truth.class_row
    status = np.full(n_predictions, FALSE_POSITIVE, dtype=np.uint8)
    status[(kind == OutcomeKind.NOT_KEPT) | (kind == OutcomeKind.IGNORED)] = NOT_COUNTED
    status[kind == OutcomeKind.TRUE_POSITIVE] = TRUE_POSITIVE
    is_missed = gt_kind == OutcomeKind.MISSED
    is_counted = is_missed | (gt_kind == OutcomeKind.FOUND)
    is_unmatched = is_counted & (outcomes.target[n_predictions:] < 0)
    return _Scene(
        predictions=facts.run.predictions,
        ranking=facts.ranking,
        outcomes=outcomes,
        status=status,
        n_gt=ground_truth_per_class(gt_class, is_counted, n_classes),
        n_missed=ground_truth_per_class(gt_class, is_missed, n_classes),
        n_unmatched=ground_truth_per_class(gt_class, is_unmatched, n_classes),
        winner=_winners(outcomes, is_unmatched),
    )


def _winners(outcomes: Outcomes, gt_unmatched: BoolArray) -> BoolArray:
    """Return which prediction gets the unmatched ground truth that localization and classification errors aim at."""
    kind = outcomes.kind[: outcomes.n_predictions]
    target, score = outcomes.target[: outcomes.n_predictions], outcomes.predictions.score
    aims = (kind == OutcomeKind.LOCALIZATION) | (kind == OutcomeKind.CLASSIFICATION)
    aims[aims] = gt_unmatched[target[aims]]
    rows = np.flatnonzero(aims)
    best = np.full(len(gt_unmatched), -np.inf)
    np.maximum.at(best, target[rows], score[rows])
    rows = rows[score[rows] == best[target[rows]]]
    first = np.full(len(gt_unmatched), len(kind), dtype=np.int64)
    np.minimum.at(first, target[rows], rows)
    winner = np.zeros(len(kind), dtype=np.bool_)
    winner[first[first < len(kind)]] = True
    return winner


def _fixed_precisions(scene: _Scene, base: FloatArray) -> Iterator[tuple[str, FloatArray]]:
    """Yield the name of each type and the AP of each class with only that type fixed."""
    n_predictions = scene.outcomes.n_predictions
    kind = scene.outcomes.kind[:n_predictions]
    for fixed, name in ERROR_NAMES.items():
        if fixed is OutcomeKind.MISSED:
            yield name, _without_ground_truth(scene, scene.n_missed, base)
            continue
        status = scene.status.copy()
        is_fixed = kind == fixed
        status[is_fixed] = NOT_COUNTED
        if fixed in (OutcomeKind.LOCALIZATION, OutcomeKind.CLASSIFICATION):
            status[is_fixed & scene.winner] = TRUE_POSITIVE
        if fixed is OutcomeKind.CLASSIFICATION:
            moved = np.flatnonzero(is_fixed & scene.winner)
            class_row = scene.predictions.class_row.copy()
            class_row[moved] = scene.outcomes.ground_truth.class_row[scene.outcomes.target[moved]]
            yield name, _average_precision(scene, status, class_row=class_row)
        else:
            yield name, _average_precision(scene, status)
    only_true = np.where(scene.status == TRUE_POSITIVE, np.uint8(TRUE_POSITIVE), np.uint8(NOT_COUNTED))
    yield "false_positive", _average_precision(scene, only_true)
    yield "false_negative", _without_ground_truth(scene, scene.n_unmatched, base)


def _without_ground_truth(scene: _Scene, n_removed: LongArray, base: FloatArray) -> FloatArray:
    n_left = scene.n_gt - n_removed
    ap = np.where(n_removed > 0, _average_precision(scene, scene.status, n_gt=n_left), base)
    has_predictions = np.zeros(len(n_left), dtype=np.bool_)
    has_predictions[scene.predictions.class_row[scene.status != NOT_COUNTED]] = True
    return np.where((scene.n_gt > 0) & (n_left == 0), np.where(has_predictions, 0.0, np.nan), ap)


def _average_precision(
    scene: _Scene, status: ByteArray, *, class_row: IntArray | None = None, n_gt: LongArray | None = None
) -> FloatArray:
    """Return the AP of each class, NaN without ground truth; ``class_row`` and ``n_gt`` where a fix changed them."""
    n_gt = scene.n_gt if n_gt is None else n_gt
    order, offsets = scene.ranking.by_class, scene.ranking.class_offsets
    if class_row is not None:
        order = _by_class_then_score(scene, class_row)
        offsets = offsets_of(class_row[order], len(n_gt))
    ap, _, _ = accumulation_loops.sweep(order, offsets, status, scene.predictions.score, n_gt, RECALL_GRID)
    return np.asarray(ap)


def _by_class_then_score(scene: _Scene, class_row: IntArray) -> IntArray:
    """Return the prediction rows by other classes than their own, then descending score, then row.

    Notes
    -----
    Scores are compared once, in the ranking; from there on it is their places that are sorted, 16 bits at a time, which numpy
    does by radix in a tenth of the time that float64 take.
    """
    by_score = scene.ranking.by_score
    descending = scene.predictions.score[by_score]
    place = np.zeros(len(by_score), np.int64)
    place[by_score[1:]] = np.cumsum(descending[1:] != descending[:-1])
    order = np.arange(len(by_score), dtype=np.int32)
    for key in (place, place >> 16, class_row, class_row >> 16):
        if key.any():
            order = order[np.argsort((key & 0xFFFF).astype(np.uint16)[order], kind="stable")]
    return order
