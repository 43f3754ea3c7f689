"""What each error type costs: how much average precision rises if only that type were fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation._kernels.costs_loops import costs_loops
from diag_gui.evaluation._kernels.ranking_loops import ranking_loops
from diag_gui.evaluation.average_precision import RECALL_GRID
from diag_gui.evaluation.chunks import map_groups
from diag_gui.evaluation.confusion_matrix import ConfusionCells
from diag_gui.evaluation.error_types import classify_outcomes
from diag_gui.evaluation.matching import Matches, match
from diag_gui.evaluation.operating_point import defined_mean, ground_truth_per_class
from diag_gui.evaluation.outcome_objects import class_error_counts
from diag_gui.evaluation.outcomes import ERROR_NAMES, OutcomeKind, Outcomes
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.ranking import Ranking
from diag_gui.evaluation.run_facts import RunFacts

COST_NAMES: tuple[str, ...] = (*ERROR_NAMES.values(), "false_positive", "false_negative")
"""Every key of `ErrorCosts.dap`: the six error types and the two special ones."""

_KERNEL_ORDER = (
    "missed",
    "background",
    "localization",
    "classification",
    "both",
    "duplicate",
    "false_positive",
    "false_negative",
)
"""What `costs_numpy.fixed_precisions` returns, after AP as it is."""

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
    workers: int | None = None,
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
    workers, cancelled
        As in `diag_gui.evaluation.chunks.map_bounds`.

    Returns
    -------
    ErrorCosts

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.
    EvaluationError
        If ``images`` is no mask of the images.

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
    if cancelled is not None and cancelled():
        raise CancelledError
    facts.check_images(images)
    if matches is None:
        matches = match(facts.pairs, facts.ranking, facts.run.predictions, params, gt_ignored=facts.gt_ignored)
    everything = replace(params, score_threshold=-np.inf)
    outcomes = classify_outcomes(facts, everything, matches, images, cells=lambda: _no_cells(facts))
    scene = _scene(facts, outcomes)
    return costs_from(_fixed_precisions(scene, workers, cancelled), class_error_counts(outcomes, len(scene.n_gt)))


def costs_from(precisions: FloatArray, count: Mapping[str, LongArray]) -> ErrorCosts:
    """Return what errors cost.

    Parameters
    ----------
    precisions : ndarray of float64, shape (9, C)
        As of `costs_numpy.fixed_precisions`.
    count : mapping of str to ndarray of int64, shape (C,)
        As of `ClassCosts`.
    """
    base, *rest = precisions
    by_name = dict(zip(_KERNEL_ORDER, rest, strict=True))
    per_class = ClassCosts(base, {name: by_name[name] for name in COST_NAMES}, count)
    every_class = np.ones(len(base), dtype=np.bool_)
    n_of_kind = {name: int(of_class.sum()) for name, of_class in count.items()}
    return ErrorCosts(defined_mean(base), per_class.dap_of(every_class), n_of_kind, per_class)


def _no_cells(facts: RunFacts) -> ConfusionCells:
    """Return that no row stands in a cell of the confusion matrix, which no cost asks for."""
    nowhere = np.full(len(facts.run.predictions) + len(facts.dataset.ground_truth), -1, dtype=np.int32)
    return ConfusionCells(nowhere, nowhere)


def _scene(facts: RunFacts, outcomes: Outcomes) -> _Scene:
    n_predictions, n_classes = outcomes.n_predictions, len(facts.dataset.classes)
    gt_kind = outcomes.kind[n_predictions:]
    gt_class = facts.dataset.ground_truth.class_row
    is_missed = gt_kind == OutcomeKind.MISSED
    is_counted = is_missed | (gt_kind == OutcomeKind.FOUND)
    is_unmatched = is_counted & (outcomes.target[n_predictions:] < 0)
    return _Scene(
        predictions=facts.run.predictions,
        ranking=facts.ranking,
        outcomes=outcomes,
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


def _fixed_precisions(scene: _Scene, workers: int | None, cancelled: Callable[[], bool] | None) -> FloatArray:
    """Return the AP of each class as it is and with only one type fixed, as `costs_numpy.fixed_precisions`."""
    predictions, outcomes, ranking = scene.predictions, scene.outcomes, scene.ranking
    kind, n_classes = outcomes.kind[: outcomes.n_predictions], len(scene.n_gt)
    fixed = np.flatnonzero(scene.winner & (kind == OutcomeKind.CLASSIFICATION))
    to_class = outcomes.ground_truth.class_row[outcomes.target[fixed]]
    places, keys, moved_offsets = ranking_loops.group_by_class(to_class, predictions.score[fixed], n_classes)
    ranking_loops.sort_classes(places, keys, moved_offsets, 0, n_classes)
    moved = fixed[places].astype(np.int32)

    def of_classes(first: int, last: int) -> FloatArray:
        return costs_loops.fixed_precisions(
            ranking.by_class,
            ranking.class_offsets,
            predictions.score,
            kind,
            scene.winner,
            moved,
            moved_offsets,
            scene.n_gt,
            scene.n_missed,
            scene.n_unmatched,
            RECALL_GRID,
            first,
            last,
        )

    parts = map_groups(of_classes, ranking.class_offsets, at_least=16_384, workers=workers, cancelled=cancelled)
    return np.concatenate(parts, axis=1)
