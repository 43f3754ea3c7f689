"""Decisions as the gallery and the review panel show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.evaluation.decision_rows import predictions_about
from diag_gui.evaluation.outcomes import Outcomes
from diag_gui.review.attach import ReviewState
from diag_gui.review.decisions import Decision
from diag_gui.review.events import LABEL_IS_FINE
from diag_gui.session.state import SessionState

NOTHING_DECIDED = Decision()

REVIEWED = "\0reviewed"
"""Stands for any tag or verdict where a name is asked for."""
TAGGED = "\0tagged"
"""Stands for any tag where a name is asked for."""


def decision_about(state: SessionState, outcome_row: int) -> Decision:
    """Return what was decided about an outcome row; an empty decision where nothing was."""
    evaluation = state.evaluation
    if state.review is None or evaluation is None or not 0 <= outcome_row < len(evaluation.outcomes):
        return NOTHING_DECIDED
    return state.review.badges([outcome_row], evaluation.outcomes, state.active)[0] or NOTHING_DECIDED


def decision_about_image(state: SessionState, outcome_row: int) -> Decision:
    """Return what was decided about the image that an outcome row lies on; an empty decision where nothing was."""
    evaluation = state.evaluation
    if state.review is None or evaluation is None or not 0 <= outcome_row < len(evaluation.outcomes):
        return NOTHING_DECIDED
    image_row = int(evaluation.outcomes.image_row(np.array([outcome_row]))[0])
    return state.review.images.get(image_row, NOTHING_DECIDED)


def badges_of(state: SessionState) -> Callable[[int], tuple[str, ...]]:
    """Return a function that gives the names to show on an outcome row: its tags in the order of the keys, then "fine"."""
    if state.review is None or not state.review.decisions:
        return lambda _row: ()
    return lambda outcome_row: _names(state, decision_about(state, outcome_row))


def image_badges_of(state: SessionState) -> Callable[[int], tuple[str, ...]]:
    """Return a function that gives the names to show on an outcome row for its image, as `badges_of` does for itself."""
    if state.review is None or not state.review.images:
        return lambda _row: ()
    return lambda outcome_row: _names(state, decision_about_image(state, outcome_row))


def _names(state: SessionState, decision: Decision) -> tuple[str, ...]:
    key_order = {name: place for place, name in enumerate(state.project.tag_names)}
    tags = tuple(sorted(decision.tags, key=lambda name: (key_order.get(name, len(key_order)), name)))
    return (*tags, "fine") if decision.verdict == LABEL_IS_FINE else tags


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
