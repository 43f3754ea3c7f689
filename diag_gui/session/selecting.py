"""Verbs that move through the failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from diag_gui.session.store import SessionStore


class SelectionVerbs:
    """The failure in question and those chosen with it; everything is an outcome row.

    Parameters
    ----------
    store : SessionStore
    is_decided : callable
        Whether an outcome row carries a decision already.
    """

    def __init__(self, store: SessionStore, is_decided: Callable[[int], bool]) -> None:
        self._store = store
        self._is_decided = is_decided

    def set_current(self, row: int) -> None:
        """Make ``row`` the failure in question, alone."""
        self._store.commit("selection", current=int(row), chosen=frozenset([int(row)]) if row >= 0 else frozenset())

    def choose(self, rows: Iterable[int], current: int) -> None:
        """Choose ``rows`` together; ``current`` is the one the viewer shows."""
        self._store.commit("selection", current=int(current), chosen=frozenset(int(row) for row in rows) | {int(current)})

    def choose_all(self) -> None:
        """Choose every row shown."""
        selection = self._store.state.selection
        if selection is not None and len(selection.rows):
            current = self._store.state.current
            rows = frozenset(selection.rows.tolist())
            self._store.commit("selection", current=current if current in rows else int(selection.rows[0]), chosen=rows)

    def position(self) -> int:
        """Return the place of the current row among the rows shown, or -1."""
        state = self._store.state
        if state.selection is None or state.current < 0:
            return -1
        found = np.flatnonzero(state.selection.rows == state.current)
        return int(found[0]) if len(found) else -1

    def step(self, n: int) -> None:
        """Go ``n`` rows on (back if negative), stopping at the ends."""
        selection = self._store.state.selection
        if selection is None or not len(selection.rows):
            return
        here = self.position()
        there = 0 if here < 0 else min(max(here + n, 0), len(selection.rows) - 1)
        if there != here:
            self.set_current(int(selection.rows[there]))

    def next_undecided(self) -> bool:
        """Go to the next row without a decision, around the end if need be; False if there is none."""
        selection = self._store.state.selection
        if selection is None:
            return False
        here = self.position()
        n = len(selection.rows)
        for offset in range(1, n + 1):
            row = int(selection.rows[(here + offset) % n])
            if not self._is_decided(row):
                self.set_current(row)
                return True
        return False
