"""Columns too long for memory, in files that nobody else sees and that are gone with the program, however it ends.

What is mapped from a file costs no memory that others cannot have: the system takes its pages back and reads them again.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from diag_gui.data.arrays import AnyArray
from diag_gui.kept_files import cache_folder

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Facts = TypeVar("Facts", bound="DataclassInstance")

_WORTH_A_FILE = 1 << 20
"""Bytes of a column from which on it is put into one."""


def scratch_folder() -> Path:
    """Return where such files lie: in the user's cache folder, which is on a disk; the system's is often in memory."""
    return cache_folder() / "scratch"


class ScratchColumn:
    """One column that is written from its beginning to its end, then mapped.

    Its file has no name (on Windows one that goes when it is closed), so that a program that is killed leaves nothing behind.

    Parameters
    ----------
    dtype : dtype

    Raises
    ------
    OSError
        If there is no place for it.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._n = 0
        folder = scratch_folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - lives as long as the column

    def append(self, values: AnyArray) -> None:
        """Write further values.

        Raises
        ------
        OSError
            If the disk is full.
        """
        bytes_left = np.ascontiguousarray(values, self._dtype).reshape(-1).view(np.uint8).data
        while len(bytes_left):
            bytes_left = bytes_left[self._file.write(bytes_left) :]
        self._n += values.size

    def mapped(self) -> AnyArray:
        """Return all values, read-only; the file goes with the last array that shows it."""
        try:
            if not self._n:
                return np.zeros(0, self._dtype)
            of_file = mmap.mmap(self._file.fileno(), os.fstat(self._file.fileno()).st_size, access=mmap.ACCESS_READ)
        finally:
            self._file.close()
        return np.frombuffer(of_file, self._dtype)

    def close(self) -> None:
        """Give up what was written."""
        self._file.close()


def spilled(values: AnyArray) -> AnyArray:
    """Return an array as a file shows it; itself where that would save nothing, or the disk has no room."""
    if values.nbytes < _WORTH_A_FILE or values.dtype == object or _is_mapped(values):
        return values
    try:
        column = ScratchColumn(values.dtype)
    except OSError:
        return values
    try:
        column.append(values)
        return column.mapped().reshape(values.shape)
    except OSError:
        return values
    finally:
        column.close()


def with_spilled_columns(facts: Facts) -> Facts:
    """Return frozen facts whose columns lie in files, the same otherwise."""
    given = {one.name: getattr(facts, one.name) for one in fields(facts) if one.init}
    columns = {name: spilled(value) for name, value in given.items() if isinstance(value, np.ndarray)}
    return replace(facts, **columns)


def _is_mapped(values: AnyArray) -> bool:
    base: object = values
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap) or (isinstance(base, memoryview) and isinstance(base.obj, mmap.mmap))
