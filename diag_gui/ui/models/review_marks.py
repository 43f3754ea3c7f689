"""Decisions as the gallery and the review panel show them."""

from __future__ import annotations

from collections.abc import Callable

from diag_gui.session.state import SessionState


def badges_of(state: SessionState) -> Callable[[int], tuple[str, ...]]:
    """Return a function that gives the names to show on an outcome row."""
    return lambda _row: ()
