"""Decisions made while what is shown is about to change: they wait for it, and go to what is still shown of their rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from diag_gui.evaluation.query import Selection
from diag_gui.session.review_desk import Gesture
from diag_gui.session.state import Notice, SessionState
from diag_gui.session.store import SessionStore

Act = Callable[[Gesture | None], None]


class HeldDecisions:
    """Keeps the order of keys that come faster than the list follows a slider or a filter.

    Parameters
    ----------
    store : SessionStore
    is_changing : callable
        Whether another list of rows was asked for and is not there yet.

    Notes
    -----
    A key is about what stood there when it was pressed. What a filter has taken out of sight by the time the list is there is not
    decided about, and that is said; nor is what moved into its place, which nobody had seen.
    """

    def __init__(self, store: SessionStore, is_changing: Callable[[], bool]) -> None:
        self._store = store
        self._is_changing = is_changing
        self._held: list[tuple[Gesture | None, Selection | None, Act]] = []

    def decide(self, gesture: Gesture | None, act: Act) -> None:
        """Call ``act`` with ``gesture`` once nothing is on its way; None is about no row, and keeps its place in the order."""
        self.release()
        if self._held or self._is_changing():
            self._held.append((gesture, self._store.state.selection, act))
        else:
            act(gesture)

    def release(self) -> None:
        """Act on what was held, as far as nothing is on its way."""
        while self._held and not self._is_changing():
            gesture, listed, act = self._held.pop(0)
            if gesture is None:
                act(None)
                continue
            kept = _still_shown(gesture, listed, self._store.state)
            n = len(gesture.rows)
            n_gone = n - (len(kept.rows) if kept is not None else 0)
            if n_gone:
                what = f"{n_gone:,} of {n:,} chosen failures" if n > 1 else "The failure in question"
                self._store.commit("review", notice=Notice(f"{what} went out of sight before the key: nothing was decided there"))
            if kept is not None:
                act(kept)

    def forget(self) -> None:
        """Let go of what was held: other data are shown."""
        self._held = []


def _still_shown(gesture: Gesture, listed: Selection | None, state: SessionState) -> Gesture | None:
    """Return the gesture about the rows that did not leave the list; None where all did, or where another run is shown.

    A box that was clicked in the picture need not have been ``listed``: it is where it was.
    """
    evaluation, selection = state.evaluation, state.selection
    if evaluation is None or selection is None or evaluation.outcomes.predictions is not gesture.outcomes.predictions:
        return None
    rows = np.asarray(gesture.rows, np.int64)
    was_listed = np.isin(rows, listed.rows) if listed is not None else np.zeros(len(rows), np.bool_)
    kept = rows[~was_listed | np.isin(rows, selection.rows)]
    if len(kept) == len(rows):
        return gesture
    return replace(gesture, rows=tuple(kept.tolist())) if len(kept) else None
