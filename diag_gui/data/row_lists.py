"""A list of rows per entry of a table, end to end in two arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import IntArray, LongArray, frozen


@dataclass(frozen=True, slots=True, eq=False)
class RowLists:
    """For each of N entries the rows of another table that belong to it: ascending, each once, possibly none.

    Attributes
    ----------
    offsets : ndarray of int64, shape (N + 1,)
        The list of entry i is ``rows[offsets[i]:offsets[i + 1]]``.
    rows : ndarray of int32, shape (M,)
        Not negative.
    """

    offsets: LongArray
    rows: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets", frozen(self.offsets, np.int64, (-1,), "offsets"))
        object.__setattr__(self, "rows", frozen(self.rows, np.int32, (-1,), "rows"))
        offsets, rows = self.offsets, self.rows
        if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(rows) or bool((np.diff(offsets) < 0).any()):
            raise ValueError("the offsets of row lists do not cut the rows into lists")
        if len(rows) and rows.min() < 0:
            raise ValueError("row lists name a row that is not there")
        rises = np.diff(rows) > 0
        rises[offsets[1:-1][(offsets[1:-1] > 0) & (offsets[1:-1] < len(rows))] - 1] = True
        if not rises.all():
            raise ValueError("a list of rows is not ascending, or names a row twice")

    @classmethod
    def of(cls, lists: Sequence[Iterable[int]]) -> RowLists:
        """Return the lists, sorted and without repetitions."""
        sorted_lists = [sorted(set(rows)) for rows in lists]
        lengths = np.fromiter(map(len, sorted_lists), np.int64, len(sorted_lists))
        rows = np.fromiter((row for rows in sorted_lists for row in rows), np.int32, int(lengths.sum()))
        return cls(np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]), rows)

    @classmethod
    def of_pairs(cls, entry: IntArray | LongArray, row: IntArray | LongArray, n_entries: int) -> RowLists:
        """Return the lists that hold ``row[k]`` for entry ``entry[k]``; pairs may come in any order and repeat."""
        n_rows = int(row.max()) + 1 if len(row) else 1
        keys = np.unique(entry.astype(np.int64) * n_rows + row)
        entries, rows = np.divmod(keys, n_rows)
        offsets = np.zeros(n_entries + 1, np.int64)
        np.cumsum(np.bincount(entries, minlength=n_entries), out=offsets[1:])
        return cls(offsets, rows.astype(np.int32))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, entry: int) -> IntArray:
        return self.rows[self.offsets[entry] : self.offsets[entry + 1]]

    @property
    def entries(self) -> IntArray:
        """The entry that each of ``rows`` belongs to, int32 (M,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.offsets))
