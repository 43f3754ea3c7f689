"""What the window shows for given facts, thresholds and query: one function, the same for every change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.evaluator import Evaluation, RunFacts, evaluate, is_evaluation_of
from diag_gui.evaluation.fates import Fates
from diag_gui.evaluation.live_evaluation import LiveEvaluator
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, Selection, images_of, select
from diag_gui.evaluation.row_orders import RowOrders
from diag_gui.evaluation.step_moves import StepMoves, find_moves
from diag_gui.evaluation.threshold_steps import ThresholdSteps, prepare_steps


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """An evaluation and the rows a query selects from it.

    Attributes
    ----------
    facts, params, query, tags
        What it was computed from.
    evaluation : Evaluation
    selection : Selection
    live : LiveRun or None
        What it was read from, where it was.
    """

    facts: RunFacts
    params: EvaluationParams
    query: Query
    tags: TagColumns | None
    evaluation: Evaluation
    selection: Selection
    live: LiveRun | None = None


class LiveRun:
    """What lets the view of one run follow the thresholds: matches at every step, and rows in order.

    Parameters
    ----------
    steps : ThresholdSteps
    moves : StepMoves
        What changes from each step to the next.
    """

    def __init__(self, steps: ThresholdSteps, moves: StepMoves) -> None:
        self.facts = steps.facts
        self.evaluator = LiveEvaluator(steps, moves)
        self.orders = RowOrders(steps.facts)


def make_live(
    facts: RunFacts, progress: Callable[[float], None] | None = None, cancelled: Callable[[], bool] | None = None
) -> LiveRun | None:
    """Prepare what lets the view of a run follow the thresholds; None where overlaps were not kept down to the lowest step."""
    steps = prepare_steps(facts, workers=1, progress=progress, cancelled=cancelled)
    if steps is None:
        return None
    live = LiveRun(steps, find_moves(steps, workers=1, cancelled=cancelled))
    evaluation = live.evaluator.evaluate(EvaluationParams(max_detections=facts.max_detections, task=facts.task))
    # Twice, as at the first two steps of a slider.
    for _ in range(2):
        select(Query(), ColumnCatalog(facts, evaluation), evaluation, orders=live.orders)
    return live


def compute_view(
    facts: RunFacts,
    params: EvaluationParams,
    query: Query,
    tags: TagColumns | None,
    previous: Evaluation | None,
    live: LiveRun | None = None,
    fates_of: Callable[[RunFacts, Evaluation], Fates] | None = None,
) -> View:
    """Evaluate and select.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
    query : Query
        Its image-only expressions also restrict the images that the figures speak of.
    tags : TagColumns or None
        Decisions as columns.
    previous : Evaluation or None
        The evaluation shown now; what still holds of it is used again.
    live : LiveRun, optional
        Of the same facts; without it everything is matched and sorted anew.
    fates_of : callable, optional
        Says what rows were in the run compared with; asked only where the query asks for it.

    Returns
    -------
    View
    """
    catalog = ColumnCatalog(facts, tags=tags)
    images = images_of(query, catalog)
    if previous is not None and images is not None and previous.images is not None and np.array_equal(images, previous.images):
        # The same object says at once that figures of these images need not be computed again.
        images = previous.images
    is_asked_again = previous is not None and previous.params == params and previous.images is images
    if previous is not None and is_asked_again and is_evaluation_of(previous, facts):
        # Rows alone are asked for: no figure changes, and nothing that goes by the evaluation need be computed again.
        evaluation, orders = previous, live.orders if live is not None else None
    elif live is not None and live.evaluator.steps.serves(facts, params):
        evaluation = live.evaluator.evaluate(params, images)
        orders = live.orders
    else:
        evaluation = evaluate(facts, params, images=images, previous=previous)
        orders = None
    if not query.class_rows:
        # Walked here, so that the thread that paints it need not.
        evaluation.outline(None)
    fates = fates_of(facts, evaluation) if fates_of is not None and query.asks_for_fates else None
    selection = select(query, ColumnCatalog(facts, evaluation, tags, fates), evaluation, orders=orders)
    return View(facts, params, query, tags, evaluation, selection, live)
