"""Which outcome rows show a decision, by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.evaluation.decision_rows import predictions_about
from diag_gui.evaluation.outcomes import Outcomes
from diag_gui.review.attach import ReviewState
from diag_gui.review.decisions import Decision
from diag_gui.review.events import LABEL_IS_FINE

REVIEWED = "\0reviewed"
"""Stands for any tag or verdict where a name is asked for."""
TAGGED = "\0tagged"
"""Stands for any tag where a name is asked for."""


class MarkedRows:
    """Which outcomes show a decision, prepared once per review state so that a moving slider does not go through all of them.

    Parameters
    ----------
    review : ReviewState
    run_index : int
        The active run.

    Notes
    -----
    The rule is that of `diag_gui.evaluation.decision_rows`, so that the counts are those of the list "tagged only".
    """

    def __init__(self, review: ReviewState, run_index: int) -> None:
        self.review = review
        self.run_index = run_index
        self._predictions = _by_name((row, one) for (run, row), one in review.predictions.items() if run == run_index)
        self._labels = _by_name(review.ground_truth.items())
        self._alone = _by_name((row, review.decisions.about(key)) for row, key in review.places.key_at.items())
        self._images = _by_name(review.images.items())

    def among(self, rows: AnyArray, outcomes: Outcomes, name: str) -> BoolArray:
        """Return which of ``rows`` show ``name``: a tag, `LABEL_IS_FINE`, `TAGGED` or `REVIEWED`; bool, shape of ``rows``."""
        return self.on_rows(rows, outcomes, name) | self.on_images(rows, outcomes, name)

    def on_rows(self, rows: AnyArray, outcomes: Outcomes, name: str) -> BoolArray:
        """Return which of ``rows`` show ``name`` other than by their image: what a tag's key takes off them again."""
        n_predictions = outcomes.n_predictions
        marked = [self._predictions.get(name, []), [row + n_predictions for row in self._labels.get(name, [])]]
        marked.append(predictions_about(outcomes, self._alone.get(name, [])).tolist())
        together = [row for some in marked for row in some]
        return np.isin(rows, together) if together else np.zeros(len(rows), np.bool_)

    def on_images(self, rows: AnyArray, outcomes: Outcomes, name: str) -> BoolArray:
        """Return which of ``rows`` lie on an image about which ``name`` was decided."""
        images = self._images.get(name)
        return np.isin(outcomes.image_row(rows), images) if images else np.zeros(len(rows), np.bool_)


def _by_name(decided: Iterable[tuple[int, Decision]]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, decision in decided:
        for name in decision.tags:
            rows[name].append(row)
        if decision.verdict == LABEL_IS_FINE:
            rows[LABEL_IS_FINE].append(row)
        if decision.tags:
            rows[TAGGED].append(row)
        if decision.is_reviewed:
            rows[REVIEWED].append(row)
    return dict(rows)
