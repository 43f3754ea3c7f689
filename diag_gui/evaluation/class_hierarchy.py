"""Which classes lie above and below which, from the classes directly above each."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import IntArray, LongArray
from diag_gui.data.row_lists import RowLists
from diag_gui.exceptions import EvaluationError


def with_ancestors(parents: RowLists) -> RowLists:
    """Return for each class itself and every class above it, however far and over however many ways.

    Parameters
    ----------
    parents : RowLists
        Of C lists: the classes directly above each.

    Returns
    -------
    RowLists
        Of C lists.

    Raises
    ------
    EvaluationError
        If a class lies above itself.
    """
    n_classes = len(parents)
    own = np.arange(n_classes, dtype=np.int64)
    known = newest = own * n_classes + own
    while len(newest):
        # Each turn climbs one level: from the ancestors found last to those directly above them.
        below, above = np.divmod(newest, n_classes)
        newest = np.unique(np.repeat(below, _lengths(parents, above)) * n_classes + _end_to_end(parents, above))
        below, above = np.divmod(newest, n_classes)
        if (below == above).any():
            raise EvaluationError("hierarchy", f"class row {below[below == above][0]} lies above itself")
        newest = np.setdiff1d(newest, known, assume_unique=True)
        known = np.concatenate([known, newest])
    return RowLists.of_pairs(*np.divmod(known, max(n_classes, 1)), n_classes)


def with_descendants(ancestors: RowLists) -> RowLists:
    """Return for each class itself and every class below it, from what `with_ancestors` returns."""
    return RowLists.of_pairs(ancestors.rows, ancestors.entries, len(ancestors))


def replaced_by(lists: RowLists, of_class: RowLists) -> RowLists:
    """Return lists of classes in which each class stands for all of ``of_class[class]``."""
    rows = lists.rows.astype(np.int64)
    entries = np.repeat(lists.entries, _lengths(of_class, rows))
    return RowLists.of_pairs(entries, _end_to_end(of_class, rows), len(lists))


def _lengths(lists: RowLists, entries: LongArray) -> LongArray:
    lengths: LongArray = lists.offsets[entries + 1] - lists.offsets[entries]
    return lengths


def _end_to_end(lists: RowLists, entries: LongArray) -> LongArray:
    """Return the lists of ``entries``, one after the other."""
    lengths = _lengths(lists, entries)
    starts = lists.offsets[entries] - (np.cumsum(lengths) - lengths)
    rows: IntArray = lists.rows[np.arange(int(lengths.sum())) + np.repeat(starts, lengths)]
    return rows.astype(np.int64)
