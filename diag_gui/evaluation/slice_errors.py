"""Error types inside a slice: how many, and what each costs, by the rules of the whole with what lies outside left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import LongArray
from diag_gui.evaluation.confusion_matrix import ConfusionCells
from diag_gui.evaluation.error_costs import ClassCosts, error_costs
from diag_gui.evaluation.error_types import classify_outcomes
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.outcome_objects import class_error_counts
from diag_gui.evaluation.outcomes import ERROR_KINDS
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_counts import matches_inside
from diag_gui.evaluation.slice_membership import Membership, inside_images


@dataclass(frozen=True, slots=True)
class SliceErrors:
    """Errors inside a slice.

    Attributes
    ----------
    count, count_at_score : dict of str to int
        Of each of the six types, over all predictions and over the kept ones.
    dap : dict of str to float
        By `diag_gui.evaluation.error_costs.COST_NAMES`: rise of the slice's mean AP at the IoU threshold.
    """

    count: dict[str, int]
    count_at_score: dict[str, int]
    dap: dict[str, float]


def slice_errors(
    facts: RunFacts, evaluation: Evaluation, inside: Membership, *, cancelled: Callable[[], bool] | None = None
) -> SliceErrors | None:
    """Classify and cost the errors inside one slice.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its settings and asked images hold.
    inside : Membership
    cancelled : callable, optional
        Asked between types.

    Returns
    -------
    SliceErrors or None
        None where predictions cannot be told inside from outside: nobody knows which of their errors are the slice's then.

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    An image slice keeps matches and error types and adds up its images. An object slice is matched and classified again:
    ground truth outside is ignored, so no error aims at it and it is not missed, and an unmatched prediction outside is no
    error.
    """
    found = class_errors_inside(facts, evaluation, inside, with_costs=True, cancelled=cancelled)
    if found is None or found.costs is None:
        return None
    at_score = {name: int(of_classes.sum()) for name, of_classes in found.count_at_score.items()}
    return SliceErrors(
        {name: int(of_classes.sum()) for name, of_classes in found.costs.count.items()},
        at_score,
        found.costs.dap_of(np.arange(len(facts.dataset.classes))),
    )


@dataclass(frozen=True, slots=True, eq=False)
class ClassErrorsInside:
    """Errors inside a slice per class.

    Attributes
    ----------
    count_at_score : mapping of str to ndarray of int64, shape (C,)
        Of each of the six types over the kept predictions, under the class that lists name.
    costs : ClassCosts or None
        None where not asked for.
    """

    count_at_score: Mapping[str, LongArray]
    costs: ClassCosts | None


def class_errors_inside(
    facts: RunFacts,
    evaluation: Evaluation,
    inside: Membership,
    *,
    with_costs: bool,
    cancelled: Callable[[], bool] | None = None,
) -> ClassErrorsInside | None:
    """Classify the errors inside one slice and count them per class; parameters, rules and None as in `slice_errors`."""
    if inside.images is None and inside.pred is None:
        return None
    images, n_classes = evaluation.images, len(facts.dataset.classes)
    if inside.images is not None:
        images = inside.images & inside_images(images, len(inside.images))
        outcomes, matches = evaluation.outcomes, evaluation.matches
        rows = np.flatnonzero(np.isin(outcomes.kind, np.array(ERROR_KINDS, np.uint8)))
        rows = rows[images[outcomes.image_row(rows)]]
    else:
        matches = matches_inside(facts, evaluation, inside)
        nowhere = np.full(len(evaluation.outcomes), -1, np.int32)
        cells = ConfusionCells(nowhere, nowhere)
        outcomes = classify_outcomes(facts, evaluation.params, matches, images, cells=lambda: cells)
        rows = np.flatnonzero(np.isin(outcomes.kind, np.array(ERROR_KINDS, np.uint8)))
    at_score = class_error_counts(outcomes, n_classes, rows)
    if not with_costs:
        return ClassErrorsInside(at_score, None)
    costs = error_costs(facts, evaluation.params, images=images, matches=matches, cancelled=cancelled)
    return ClassErrorsInside(at_score, costs.per_class)
