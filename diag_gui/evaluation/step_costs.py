"""What each error type costs at one IoU step: read from what everything is there, equal to the bit to `error_costs`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError

import numpy as np

from diag_gui.data.arrays import FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels.costs_loops import costs_loops
from diag_gui.evaluation._kernels.ranking_loops import ranking_loops
from diag_gui.evaluation.average_precision import RECALL_GRID
from diag_gui.evaluation.chunks import map_groups
from diag_gui.evaluation.error_costs import ErrorCosts, costs_from, error_costs
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.live_evaluation import StepOverScores
from diag_gui.evaluation.outcomes import ERROR_NAMES, OutcomeKind
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.step_orders import AskedImages
from diag_gui.evaluation.step_outcomes import StepOutcomes
from diag_gui.evaluation.threshold_steps import ThresholdSteps

_WORTH_A_THREAD = 65_536
"""Near predictions of a chunk."""


def costs_of(
    facts: RunFacts, evaluation: Evaluation, *, workers: int | None = None, cancelled: Callable[[], bool] | None = None
) -> ErrorCosts:
    """Compute what each error type costs at the IoU threshold and on the images of an evaluation.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Of these facts.
    workers, cancelled
        As in `diag_gui.evaluation.chunks.map_bounds`.

    Returns
    -------
    ErrorCosts
        The same whether the evaluation follows prepared steps, which takes a tenth of the time, or not.

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.
    """
    at = evaluation.over_scores
    if isinstance(at, StepOverScores):
        return step_costs(at.steps, at.at, at.asked, workers=workers, cancelled=cancelled)
    if cancelled is not None and cancelled():
        raise CancelledError
    return error_costs(
        facts, evaluation.params, images=evaluation.images, matches=evaluation.matches, workers=workers, cancelled=cancelled
    )


def step_costs(
    steps: ThresholdSteps,
    at: StepOutcomes,
    asked: AskedImages,
    *,
    workers: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ErrorCosts:
    """Compute what AP at a step would be if one type of error were fixed, for each type.

    Parameters
    ----------
    steps : ThresholdSteps
    at : StepOutcomes
    asked : AskedImages
    workers, cancelled
        As in `diag_gui.evaluation.chunks.map_bounds`.

    Returns
    -------
    ErrorCosts

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    The rules stand in `diag_gui.evaluation.error_costs.error_costs`. Only near predictions are walked: all others are background
    errors, of which the order says how many count in between.
    """
    if cancelled is not None and cancelled():
        raise CancelledError
    facts, predictions = steps.facts, steps.facts.run.predictions
    n_classes = len(asked.n_gt)
    code = np.empty(len(steps.near_row), np.uint8)
    gt_class = facts.dataset.ground_truth.class_row

    def win(first: int, last: int) -> tuple[IntArray, IntArray, LongArray]:
        return costs_loops.find_winners(
            steps.near_offsets,
            facts.dataset.image_offsets,
            asked.is_asked,
            at.kind_of_near,
            steps.near_flags,
            steps.near_row,
            steps.near_same_gt,
            steps.near_other_gt,
            predictions.class_row,
            gt_class,
            predictions.score,
            at.pred_row_of_gt,
            n_classes,
            first,
            last,
            code,
        )

    parts = map_groups(win, steps.near_offsets, at_least=_WORTH_A_THREAD, workers=workers, cancelled=cancelled)
    moved, to_class = (np.concatenate([part[column] for part in parts]) for column in (0, 1))
    moved, moved_offsets = _by_class(moved, to_class, predictions.score, n_classes)
    n_missed, n_unmatched = costs_loops.count_open(
        asked.kind_when_open, gt_class, at.pred_row_of_gt, at.cover_of_gt, len(steps.place), n_classes
    )

    def walk(first: int, last: int) -> tuple[FloatArray, LongArray]:
        return costs_loops.step_precisions(
            steps.class_near,
            steps.class_near_at,
            steps.class_near_offsets,
            steps.by_class.offsets,
            steps.by_class.place,
            facts.ranking.by_score,
            asked.by_class.before,
            predictions.score,
            code,
            moved,
            moved_offsets,
            asked.n_gt,
            n_missed,
            n_unmatched,
            RECALL_GRID,
            first,
            last,
        )

    walked = map_groups(walk, steps.class_near_offsets, at_least=_WORTH_A_THREAD, workers=workers, cancelled=cancelled)
    precisions = np.concatenate([precision for precision, _ in walked], axis=1)
    by_kind = np.concatenate([counts for _, counts in walked], axis=1)
    count = {OutcomeKind(OutcomeKind.BACKGROUND + place): of_class for place, of_class in enumerate(by_kind)}
    # These are listed under the class of what they are about.
    about = np.sum([part[2] for part in parts], axis=0)
    count |= {OutcomeKind.MISSED: n_missed, OutcomeKind.CLASSIFICATION: about[0], OutcomeKind.BOTH: about[1]}
    return costs_from(precisions, {name: count[kind] for kind, name in ERROR_NAMES.items()})


def _by_class(rows: IntArray, class_row: IntArray, score: FloatArray, n_classes: int) -> tuple[IntArray, LongArray]:
    """Return rows by class, then descending score, then row, and where each class begins."""
    ascending = np.argsort(rows)
    rows, class_row = rows[ascending], class_row[ascending]
    places, keys, offsets = ranking_loops.group_by_class(class_row, score[rows], n_classes)
    ranking_loops.sort_classes(places, keys, offsets, 0, n_classes)
    return rows[places], offsets
