"""What the window shows for given facts, thresholds and query: one function, the same for every change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.evaluator import Evaluation, RunFacts, evaluate
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, Selection, images_of, select


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """An evaluation and the rows a query selects from it.

    Attributes
    ----------
    facts, params, query, tags
        What it was computed from.
    evaluation : Evaluation
    selection : Selection
    """

    facts: RunFacts
    params: EvaluationParams
    query: Query
    tags: TagColumns | None
    evaluation: Evaluation
    selection: Selection


def compute_view(
    facts: RunFacts, params: EvaluationParams, query: Query, tags: TagColumns | None, previous: Evaluation | None
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

    Returns
    -------
    View
    """
    catalog = ColumnCatalog(facts, tags=tags)
    images = images_of(query, catalog)
    if previous is not None and images is not None and previous.images is not None and np.array_equal(images, previous.images):
        # The same object says at once that figures of these images need not be computed again.
        images = previous.images
    evaluation = evaluate(facts, params, images=images, previous=previous)
    selection = select(query, ColumnCatalog(facts, evaluation, tags), evaluation)
    return View(facts, params, query, tags, evaluation, selection)
