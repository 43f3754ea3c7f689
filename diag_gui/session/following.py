"""What stays in question when the rows shown change."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import IntArray


def follow(before: IntArray | None, after: IntArray, current: int, chosen: frozenset[int]) -> tuple[int, frozenset[int]]:
    """Return the row in question and the rows chosen among those shown now.

    Parameters
    ----------
    before : ndarray of int32, shape (M,), or None
        Outcome rows that were shown, in order; None where something else is asked for now: a place in another list is none
        in this one, and what is asked for is read from its beginning.
    after : ndarray of int32, shape (N,)
        Outcome rows that are shown now, in order.
    current : int
        The row in question so far; -1 for none.
    chosen : frozenset of int
        Rows chosen together so far.

    Returns
    -------
    tuple of int and frozenset of int
        The same row where it is still shown, else the one that now stands in its place; -1 where nothing is shown. Only
        rows that are shown stay chosen: a key press decides about nothing out of sight.
    """
    if not len(after):
        return -1, frozenset()
    kept = frozenset(after[np.isin(after, np.fromiter(chosen, np.int64, len(chosen)))].tolist())
    if current >= 0 and current in kept:
        return current, kept
    if current >= 0 and bool((after == current).any()):
        return current, kept | {current}
    places = np.flatnonzero(before == current) if before is not None and current >= 0 else np.zeros(0, np.int64)
    place = min(int(places[0]), len(after) - 1) if len(places) else 0
    row = int(after[place])
    return row, kept | {row}
