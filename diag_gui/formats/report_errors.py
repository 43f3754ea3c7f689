"""Error types of a run, a class or a slice as JSON has them: counts over all predictions and at the score, and costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from diag_gui.evaluation.error_costs import ClassCosts
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.outcome_objects import class_error_counts

ERROR_ORDER = ("classification", "localization", "both", "duplicate", "background", "missed")
SPECIAL_ERRORS = ("false_positive", "false_negative")


def errors_document(count: Mapping[str, int], count_at_score: Mapping[str, int], dap: Mapping[str, float]) -> dict[str, Any]:
    """Return the object ``errors`` of a run, a class or a slice: six types with counts and costs, two special ones with costs."""
    errors: dict[str, Any] = {
        name: {"count": count[name], "count_at_score": count_at_score[name], "dap": dap[name]} for name in ERROR_ORDER
    }
    return errors | {name: {"dap": dap[name]} for name in SPECIAL_ERRORS}


def class_errors(costs: ClassCosts, evaluation: Evaluation) -> list[dict[str, Any] | None]:
    """Return the object ``errors`` of each class in the order of their ids; None of a class with neither labels nor errors.

    Notes
    -----
    Errors count for the class that ``failures`` lists them under: what the label says, else the prediction.
    """
    at_score = class_error_counts(evaluation.outcomes, len(costs.ap))
    n_errors = np.sum([*costs.count.values(), *at_score.values()], axis=0)
    dap = {name: costs.dap(name) for name in (*ERROR_ORDER, *SPECIAL_ERRORS)}
    found: list[dict[str, Any] | None] = [None] * len(costs.ap)
    for row in np.flatnonzero((n_errors > 0) | (evaluation.per_class.n_gt > 0)).tolist():
        found[row] = errors_document(
            {name: int(values[row]) for name, values in costs.count.items()},
            {name: int(values[row]) for name, values in at_score.items()},
            {name: float(values[row]) for name, values in dap.items()},
        )
    return found
