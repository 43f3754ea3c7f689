"""One evaluation of one run at one operating point: orchestration of the analysis, no rule of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, LongArray
from diag_gui.evaluation.average_precision import ScoreSweep, sweep_scores
from diag_gui.evaluation.coco_summary import CocoSummary, counted_predictions, summarize
from diag_gui.evaluation.confusion_matrix import ConfusionMatrix, confusion_cells, count_cells
from diag_gui.evaluation.curves import Curve, curve_together, precision_recall
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


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Every figure of one run at one operating point.

    Attributes
    ----------
    params : EvaluationParams
    images : ndarray of bool, shape (I,), or None
        Images that counted; None means all.
    matches : Matches
        Over all scores and images.
    status : ndarray of uint8, shape (P,)
        What each prediction counts as before the score threshold; see `status_of`.
    outcomes : Outcomes
    per_class : ClassTable
    totals : Totals
    count_at_score : dict of str to int
        Rows of ``outcomes`` per error kind, in display order.
    confusion : ConfusionMatrix
    sweep : ScoreSweep
        What ignores the score threshold.
    curve : Curve
        Precision and recall of all classes together.
    """

    params: EvaluationParams
    images: BoolArray | None
    matches: Matches
    status: ByteArray
    outcomes: Outcomes
    per_class: ClassTable
    totals: Totals
    count_at_score: dict[str, int]
    confusion: ConfusionMatrix
    sweep: ScoreSweep
    curve: Curve


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
    same_iou = previous is not None and _is_of(previous, facts) and previous.params.iou_threshold == params.iou_threshold
    if previous is not None and same_iou:
        matches = previous.matches
    else:
        matches = match(facts.pairs, facts.ranking, facts.run.predictions, params, gt_ignored=facts.gt_ignored)
    n_gt = _n_gt(facts, images)
    if previous is not None and same_iou and _same_images(previous.images, images):
        status, sweep, curve, ap50 = previous.status, previous.sweep, previous.curve, previous.per_class.ap50
    else:
        counted = counted_predictions(facts, images, params.max_detections)
        status = status_of(matches, counted)
        sweep = sweep_scores(facts.run.predictions, facts.ranking, status, n_gt)
        curve = curve_together(facts, status, int(n_gt.sum()), sweep)
        if previous is not None and _is_of(previous, facts) and _same_images(previous.images, images):
            ap50 = previous.per_class.ap50
        else:
            status_at_50 = status_of(facts.matches_at_50, counted)
            ap50 = sweep_scores(facts.run.predictions, facts.ranking, status_at_50, n_gt).ap
    cells = confusion_cells(facts, params, images)
    outcomes = classify_outcomes(facts, params, matches, images, cells=cells)
    table = class_table(facts.run.predictions, matches, status, n_gt, params.score_threshold, sweep, ap50)
    n_images = len(facts.dataset.images) if images is None else int(np.count_nonzero(images))
    return Evaluation(
        params=params,
        images=images,
        matches=matches,
        status=status,
        outcomes=outcomes,
        per_class=table,
        totals=totals(table, n_images, sweep),
        count_at_score=outcomes.error_counts(),
        confusion=count_cells(cells, len(facts.dataset.classes)),
        sweep=sweep,
        curve=curve,
    )


def _check(facts: RunFacts, params: EvaluationParams, images: BoolArray | None) -> None:
    if params.max_detections != facts.max_detections:
        raise EvaluationError(
            "max_detections", f"{params.max_detections} asked, but the run was prepared with {facts.max_detections}"
        )
    if params.task != facts.task:
        raise EvaluationError("task", f"{params.task} asked, but the run was prepared for {facts.task}")
    if images is not None and (images.dtype != np.bool_ or images.shape != (len(facts.dataset.images),)):
        raise EvaluationError("images", f"a mask of shape {images.shape} for {len(facts.dataset.images)} images")


def _n_gt(facts: RunFacts, images: BoolArray | None) -> LongArray:
    gt = facts.dataset.ground_truth
    counts = ~facts.gt_ignored
    if images is not None:
        counts &= images[gt.image_row]
    return ground_truth_per_class(gt.class_row, counts, len(facts.dataset.classes))


def _is_of(previous: Evaluation, facts: RunFacts) -> bool:
    return (
        previous.outcomes.predictions is facts.run.predictions
        and previous.outcomes.ground_truth is facts.dataset.ground_truth
        and previous.params.max_detections == facts.max_detections
    )


def _same_images(one: BoolArray | None, other: BoolArray | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
