"""Error types inside a slice: how many, and what each costs, by the rules of the whole with what lies outside left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diag_gui.evaluation.confusion_matrix import ConfusionCells
from diag_gui.evaluation.error_costs import error_costs
from diag_gui.evaluation.error_types import classify_outcomes
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.outcomes import ERROR_NAMES
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
    params = evaluation.params
    if inside.images is not None:
        images = inside.images & inside_images(evaluation.images, len(inside.images))
        outcomes = evaluation.outcomes
        on_images = images[outcomes.image_row(np.arange(len(outcomes)))]
        n_of_kind = np.bincount(outcomes.kind[on_images], minlength=max(ERROR_NAMES) + 1)
        at_score = {name: int(n_of_kind[kind]) for kind, name in ERROR_NAMES.items()}
        costs = error_costs(facts, params, images=images, matches=evaluation.matches, cancelled=cancelled)
        return SliceErrors(costs.count, at_score, costs.dap)
    if inside.pred is None:
        return None
    matches = matches_inside(facts, evaluation, inside)
    nowhere = np.full(len(evaluation.outcomes), -1, np.int32)
    cells = ConfusionCells(nowhere, nowhere)
    kept = classify_outcomes(facts, params, matches, evaluation.images, cells=lambda: cells)
    costs = error_costs(facts, params, images=evaluation.images, matches=matches, cancelled=cancelled)
    return SliceErrors(costs.count, kept.error_counts(), costs.dap)
