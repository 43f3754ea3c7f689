"""One evaluation of one run at one operating point: orchestration of the analysis, no rule of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Protocol, TypeVar

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray, LongArray
from diag_gui.evaluation.average_precision import ScoreSweep, sweep_scores
from diag_gui.evaluation.coco_summary import CocoSummary, counted_predictions, lies_in_whole_range, summarize
from diag_gui.evaluation.confusion_matrix import ConfusionMatrix, confusion_cells, count_cells
from diag_gui.evaluation.curves import Curve, CurveOutline, curve_of_class, curve_together, outline_of, precision_recall
from diag_gui.evaluation.error_types import classify_outcomes
from diag_gui.evaluation.matching import Matches, match
from diag_gui.evaluation.operating_point import (
    ClassTable,
    Totals,
    class_table,
    ground_truth_per_class,
    status_of,
    totals,
)
from diag_gui.evaluation.outcomes import Outcomes
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts, prepare_run
from diag_gui.exceptions import EvaluationError

__all__ = [
    "CocoSummary",
    "Curve",
    "Evaluation",
    "RunFacts",
    "evaluate",
    "precision_recall",
    "prepare_run",
    "summarize",
]


Result = TypeVar("Result")

AT_50 = 0.5
"""IoU threshold of the matches that every run has."""

_WORTH_THREADS = 20_000
"""Predictions from which on threads gain more than they cost."""


class OverScores(Protocol):
    """What an evaluation is over all scores, found when it is asked for: most views of it do not ask."""

    def matches(self) -> Matches:
        """Return `Evaluation.matches`, always the same."""

    def status(self) -> ByteArray:
        """Return `Evaluation.status`, always the same."""

    def outline(self, class_row: int | None) -> CurveOutline:
        """Return `Evaluation.outline`."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Every figure of one run at one operating point.

    Attributes
    ----------
    params : EvaluationParams
    images : ndarray of bool, shape (I,), or None
        Images that counted; None means all.
    outcomes : Outcomes
    per_class : ClassTable
    totals : Totals
    count_at_score : dict of str to int
        Rows of ``outcomes`` per error kind, in display order.
    confusion : ConfusionMatrix
    sweep : ScoreSweep
        What ignores the score threshold.
    over_scores : OverScores
        Where ``matches``, ``status`` and the curves come from.
    """

    params: EvaluationParams
    images: BoolArray | None
    outcomes: Outcomes
    per_class: ClassTable
    totals: Totals
    count_at_score: dict[str, int]
    confusion: ConfusionMatrix
    sweep: ScoreSweep
    over_scores: OverScores

    @property
    def matches(self) -> Matches:
        """Who is matched with whom, over all scores and images."""
        return self.over_scores.matches()

    @property
    def status(self) -> ByteArray:
        """What each prediction counts as before the score threshold, uint8 (P,); see `status_of`."""
        return self.over_scores.status()

    def outline(self, class_row: int | None) -> CurveOutline:
        """Return what is seen of the precision-recall curve of a class; None for all classes together."""
        return self.over_scores.outline(class_row)


@dataclass(frozen=True, slots=True, eq=False)
class _KnownOverScores:
    """What was computed over all scores; curves are walked when they are first asked for."""

    facts: RunFacts
    known_matches: Matches
    known_status: ByteArray
    n_gt: LongArray
    sweep: ScoreSweep
    _outlines: dict[int | None, CurveOutline] = field(init=False, repr=False, default_factory=dict)

    def matches(self) -> Matches:
        return self.known_matches

    def status(self) -> ByteArray:
        return self.known_status

    def outline(self, class_row: int | None) -> CurveOutline:
        found = self._outlines.get(class_row)
        if found is None:
            found = self._outlines[class_row] = outline_of(
                curve_together(self.facts, self.known_status, int(self.n_gt.sum()), self.sweep)
                if class_row is None
                else curve_of_class(self.facts, self.known_status, self.n_gt, self.sweep, class_row)
            )
        return found


def evaluate(
    facts: RunFacts,
    params: EvaluationParams,
    *,
    images: BoolArray | None = None,
    previous: Evaluation | None = None,
) -> Evaluation:
    """Evaluate a run at one operating point.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        ``max_detections`` and ``task`` must be those of ``facts``.
    images : ndarray of bool, shape (I,), optional
        Images that count: matches are kept, figures accumulated over these alone. None means all.
    previous : Evaluation, optional
        An evaluation of the same facts. What does not depend on the changed settings is taken from it: with the same IoU
        threshold its matches, with the same images too its figures over all scores.

    Returns
    -------
    Evaluation

    Raises
    ------
    EvaluationError
        If the settings do not fit the facts.
    """
    _check(facts, params, images)
    if previous is not None and not is_evaluation_of(previous, facts):
        previous = None
    is_large = len(facts.run.predictions) >= _WORTH_THREADS
    # Three chains that meet at the end; the loops in them release Python's lock.
    with ThreadPoolExecutor(2, thread_name_prefix="evaluation") if is_large else nullcontext() as pool:
        cells = _begin(pool, lambda: confusion_cells(facts, params, images))
        confusion = _begin(pool, lambda: count_cells(cells(), len(facts.dataset.classes)))
        if previous is not None and previous.params.iou_threshold == params.iou_threshold:
            matches = previous.matches
        elif params.iou_threshold == AT_50 and int(facts.ranking.rank.max(initial=0)) < params.max_detections:
            # Nothing is cut: the first matches, which error types ask for anyway, are these.
            matches = facts.matches_at_50
        else:
            matches = match(facts.pairs, facts.ranking, facts.run.predictions, params, gt_ignored=facts.gt_ignored)
        figures = _begin(pool, lambda: _figures(facts, params, matches, images, previous))
        outcomes = classify_outcomes(facts, params, matches, images, cells=cells)
        over_scores, table = figures()
    n_images = len(facts.dataset.images) if images is None else int(np.count_nonzero(images))
    return Evaluation(
        params=params,
        images=images,
        outcomes=outcomes,
        per_class=table,
        totals=totals(table, n_images, over_scores.sweep),
        count_at_score=outcomes.error_counts(),
        confusion=confusion(),
        sweep=over_scores.sweep,
        over_scores=over_scores,
    )


def _begin(pool: ThreadPoolExecutor | None, function: Callable[[], Result]) -> Callable[[], Result]:
    """Return what gives the answer of ``function``: begun in ``pool`` now, or without one computed when first asked for."""
    return cache(function) if pool is None else pool.submit(function).result


def _figures(
    facts: RunFacts, params: EvaluationParams, matches: Matches, images: BoolArray | None, previous: Evaluation | None
) -> tuple[_KnownOverScores, ClassTable]:
    """Return what the predictions count as over all scores, and the figures that come from it."""
    predictions, ranking, n_gt = facts.run.predictions, facts.ranking, _n_gt(facts, images)
    same_images = previous is not None and _same_images(previous.images, images)
    over_scores = previous.over_scores if previous is not None and same_images and previous.matches is matches else None
    if not isinstance(over_scores, _KnownOverScores):
        status = status_of(matches, counted_predictions(facts, images, params.max_detections))
        over_scores = _KnownOverScores(facts, matches, status, n_gt, sweep_scores(predictions, ranking, status, n_gt))
    status, sweep = over_scores.known_status, over_scores.sweep
    known = previous if same_images and previous is not None and previous.params.rules == params.rules else None
    find_ap50: Callable[[], FloatArray] = cache(partial(_ap50, facts, params, images, n_gt))
    if known is not None:
        find_ap50 = known.per_class.find_ap50
    if params.rules.is_coco:
        ap = sweep.ap
    elif known is not None and known.params.iou_threshold == params.iou_threshold:
        ap = known.per_class.ap
    else:
        ap = facts.by_rules(params.rules).table(params.iou_threshold, images).ap
    table = class_table(predictions, matches, status, n_gt, params.score_threshold, sweep, ap, find_ap50)
    return over_scores, table


def _ap50(facts: RunFacts, params: EvaluationParams, images: BoolArray | None, n_gt: LongArray) -> FloatArray:
    if not params.rules.is_coco:
        return facts.by_rules(params.rules).table(0.5, images).ap
    if not lies_in_whole_range(facts):
        return summarize(facts, images=images).ap50_per_class()
    status = status_of(facts.matches_at_50, counted_predictions(facts, images, params.max_detections))
    return sweep_scores(facts.run.predictions, facts.ranking, status, n_gt).ap


def _check(facts: RunFacts, params: EvaluationParams, images: BoolArray | None) -> None:
    if params.max_detections != facts.max_detections:
        raise EvaluationError(
            "max_detections", f"{params.max_detections} asked, but the run was prepared with {facts.max_detections}"
        )
    if params.task != facts.task:
        raise EvaluationError("task", f"{params.task} asked, but the run was prepared for {facts.task}")
    facts.check_images(images)


def _n_gt(facts: RunFacts, images: BoolArray | None) -> LongArray:
    gt = facts.dataset.ground_truth
    counts = ~facts.gt_ignored
    if images is not None:
        counts &= images[gt.image_row]
    return ground_truth_per_class(gt.class_row, counts, len(facts.dataset.classes))


def is_evaluation_of(previous: Evaluation, facts: RunFacts) -> bool:
    """Return whether an evaluation is one of these facts."""
    return (
        previous.outcomes.predictions is facts.run.predictions
        and previous.outcomes.ground_truth is facts.dataset.ground_truth
        and previous.params.max_detections == facts.max_detections
        and previous.params.task == facts.task
    )


def _same_images(one: BoolArray | None, other: BoolArray | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
