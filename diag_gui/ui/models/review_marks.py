"""Decisions as the gallery and the review panel show them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

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
