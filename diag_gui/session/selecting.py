"""Verbs that move through the failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from diag_gui.data.arrays import IntArray
from diag_gui.session.store import SessionStore


class SelectionVerbs:
    """The failure in question and those chosen with it; everything is an outcome row.

    Parameters
    ----------
    store : SessionStore
    decided_rows : callable
        The outcome rows that carry a decision already.
    """

    def __init__(self, store: SessionStore, decided_rows: Callable[[], IntArray]) -> None:
        self._store = store
        self._decided_rows = decided_rows

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
        open_rows = np.flatnonzero(~np.isin(selection.rows, self._decided_rows()))
        if not len(open_rows):
            return False
        later = open_rows[open_rows > self.position()]
        self.set_current(int(selection.rows[later[0] if len(later) else open_rows[0]]))
        return True
