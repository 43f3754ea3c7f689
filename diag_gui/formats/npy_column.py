"""A column in a ``.npy`` file of the user's, read in pieces with plain reads.

It is never mapped: who touches a mapped page of a file that another program has cut short meanwhile is killed by the system
(SIGBUS), and scripts that write their results again in place are an everyday thing. Here the file is opened for each piece and
looked at first: one that is not the file that was opened before, or ends too early, is an error that names it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike

from diag_gui.data.arrays import AnyArray
from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import check_regular
from diag_gui.formats.source_stamp import Stamp, stamp_of_status

_AT_ONCE = 1 << 18
"""Rows read together where a whole column changes its type on the way: their bytes stay in a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class NpyColumn:
    """N rows of numbers in a file; see `diag_gui.data.stored_columns.StoredColumn`.

    Attributes
    ----------
    path : Path
    stamp : Stamp
        Of the file when it was opened first.
    dtype : dtype
    shape : tuple of int
    first_byte : int
        Where the values begin.
    is_by_column : bool
        Whether values of one place in their rows lie together, not those of one row (Fortran's order).
    """

    path: Path
    stamp: Stamp
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    first_byte: int
    is_by_column: bool

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> AnyArray:
        """Return rows in memory.

        Raises
        ------
        FormatError
            If the file is another one than before, or cannot be read.
        """
        first, last, step = rows.indices(len(self))
        if step != 1:
            raise ValueError("rows of a column are read one after the other")
        found = np.empty((max(0, last - first), *self.shape[1:]), self.dtype)
        if not found.size:
            return found
        try:
            with open(self.path, "rb", buffering=0) as file:
                if stamp_of_status(os.fstat(file.fileno())) != self.stamp:
                    raise self._changed()
                if not self.is_by_column or found.ndim == 1:
                    self._fill(file, found, first * (found[:1].size))
                else:
                    for place in range(self.shape[1]):
                        some = np.empty(len(found), self.dtype)
                        self._fill(file, some, place * len(self) + first)
                        found[:, place] = some
        except OSError as error:
            raise FormatError(self.path, f"cannot be read: {error.strerror or error}") from error
        return found

    def whole(self, dtype: DTypeLike) -> AnyArray:
        """Return all rows in memory as another type; at no time do they lie there twice.

        Raises
        ------
        FormatError
            As a slice does.
        """
        if self.dtype == dtype:
            return self[:]
        found = np.empty(self.shape, dtype)
        for first in range(0, len(self), _AT_ONCE):
            rows = slice(first, first + _AT_ONCE)
            found[rows] = self[rows]
        return found

    def _fill(self, file: BinaryIO, values: AnyArray, first: int) -> None:
        """Fill a contiguous array with values from the ``first`` on."""
        file.seek(self.first_byte + first * self.dtype.itemsize)
        target, n = values.reshape(-1).view(np.uint8).data, 0
        while n < len(target) and (more := file.readinto(target[n:])):  # type: ignore[attr-defined]
            n += more
        if n < len(target):
            raise self._changed()

    def _changed(self) -> FormatError:
        return FormatError(self.path, "was changed while it was read; open it again")


def npy_column(path: Path) -> NpyColumn:
    """Return the column in a file, of which only the head is read.

    Raises
    ------
    FormatError
        If it is none: damaged, cut short, of objects, or of more than two dimensions.
    """
    stamp = stamp_of_status(check_regular(path))
    try:
        # Mapped for its head alone, which is read plainly and compared with the size. Objects would be unpickled: refused.
        shown: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FormatError(path, f"is no column that can be read: {str(error).splitlines()[0][:200]}") from error
    if not isinstance(shown, np.memmap) or shown.ndim not in (1, 2):
        raise FormatError(path, "is no column")
    is_by_column = shown.ndim == 2 and not shown.flags.c_contiguous
    return NpyColumn(path, stamp, shown.dtype, shown.shape, shown.offset, is_by_column)
