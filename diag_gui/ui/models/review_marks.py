"""Decisions as the gallery and the review panel show them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diag_gui.data.arrays import IntArray
from diag_gui.review.decisions import Decision
from diag_gui.review.events import LABEL_IS_FINE
from diag_gui.session.state import SessionState

NOTHING_DECIDED = Decision()


def decision_about(state: SessionState, outcome_row: int) -> Decision:
    """Return what was decided about an outcome row; an empty decision where nothing was."""
    evaluation = state.evaluation
    if state.review is None or evaluation is None or not 0 <= outcome_row < len(evaluation.outcomes):
        return NOTHING_DECIDED
    return state.review.badges([outcome_row], evaluation.outcomes, state.active)[0] or NOTHING_DECIDED


def badges_of(state: SessionState) -> Callable[[int], tuple[str, ...]]:
    """Return a function that gives the names to show on an outcome row: its tags in the order of the keys, then "fine"."""
    if state.review is None or not state.review.decisions:
        return lambda _row: ()
    key_order = {name: place for place, name in enumerate(state.project.tag_names)}

    def names(outcome_row: int) -> tuple[str, ...]:
        decision = decision_about(state, outcome_row)
        tags = tuple(sorted(decision.tags, key=lambda name: (key_order.get(name, len(key_order)), name)))
        return (*tags, "fine") if decision.verdict == LABEL_IS_FINE else tags

    return names


def reviewed_and_tagged(state: SessionState) -> tuple[int, int, int]:
    """Return how many of the rows shown carry a tag or a verdict, how many carry a tag, and how many there are."""
    rows = state.selection.rows if state.selection is not None else np.zeros(0, np.int32)
    if state.review is None or state.evaluation is None or not state.review.decisions:
        return 0, 0, len(rows)
    outcomes = state.evaluation.outcomes
    reviewed = state.review.marked_outcome_rows(outcomes, state.active)
    used = {name for decision in state.review.decisions.values() for name in decision.tags}
    tagged: list[IntArray] = [state.review.marked_outcome_rows(outcomes, state.active, name) for name in sorted(used)]
    of_rows = np.isin(rows, np.concatenate(tagged)) if tagged else np.zeros(0, np.bool_)
    return int(np.count_nonzero(np.isin(rows, reviewed))), int(np.count_nonzero(of_rows)), len(rows)
