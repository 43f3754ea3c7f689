"""What is decided and taken back in quick succession, in one order: it waits for what it is about to be there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from diag_gui.evaluation.query import Selection
from diag_gui.session.review_desk import Gesture
from diag_gui.session.state import Notice, SessionState
from diag_gui.session.store import SessionStore

Act = Callable[[Gesture], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What is to be done, and whether it still waits for something other than its turn."""

    waits: Callable[[], bool]
    act: Callable[[], None]


class HeldDecisions:
    """Keeps the order of keys that come faster than the list follows a slider or a filter, and than decisions are written.

    Parameters
    ----------
    store : SessionStore
    is_changing : callable
        Whether another list of rows was asked for and is not there yet.
    is_writing : callable
        Whether it is not known yet which decision was the last one.

    Notes
    -----
    A key is about what stood there when it was pressed. What a filter has taken out of sight by the time the list is there is not
    decided about, and that is said; nor is what moved into its place, which nobody had seen.
    """

    def __init__(self, store: SessionStore, is_changing: Callable[[], bool], is_writing: Callable[[], bool]) -> None:
        self._store = store
        self._is_changing = is_changing
        self._is_writing = is_writing
        self._held: list[_Held] = []

    def decide(self, gesture: Gesture, act: Act) -> None:
        """Call ``act`` with what is still shown of ``gesture`` once the list of rows is there."""
        self._hold(self._is_changing, partial(self._decide, gesture, self._store.state.selection, act))

    def in_turn(self, act: Callable[[], None]) -> None:
        """Call ``act``, which is about what was decided before it, once all of that is written."""
        self._hold(self._is_writing, act)

    def behind(self, act: Callable[[], None]) -> None:
        """Call ``act``, which is about nothing that is held, and keeps its place behind that."""
        self._hold(lambda: False, act)

    def release(self) -> None:
        """Act on what was held, as far as nothing is on its way that it waits for."""
        while self._held and not self._held[0].waits():
            self._held.pop(0).act()

    def _hold(self, waits: Callable[[], bool], act: Callable[[], None]) -> None:
        self._held.append(_Held(waits, act))
        self.release()

    def _decide(self, gesture: Gesture, listed: Selection | None, act: Act) -> None:
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
    if selection is listed:
        return gesture
    rows = np.asarray(gesture.rows, np.int64)
    was_listed = np.isin(rows, listed.rows) if listed is not None else np.zeros(len(rows), np.bool_)
    kept = rows[~was_listed | np.isin(rows, selection.rows)]
    if len(kept) == len(rows):
        return gesture
    return replace(gesture, rows=tuple(kept.tolist())) if len(kept) else None
