"""Arrays that lie in files: what was looked at need not stay in memory."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray


def let_go(array: AnyArray) -> None:
    """Tell the system that the pages of an array are not needed for now, where it is a view of a file mapped for reading.

    Parameters
    ----------
    array : ndarray
        Whatever it is: of one in memory, or one that can be written to, nothing happens. Its values stay what they are; who
        looks at them again has them read again.

    Notes
    -----
    Pages of a file are the system's to take away, but it takes them when memory is short, not before: without this a walk through
    columns of 4 GB has them all in the process, and whoever watches it sees that.
    """
    if not hasattr(mmap, "MADV_DONTNEED") or array.nbytes == 0 or not array.flags.c_contiguous:
        return
    mapped = _mapping_of(array)
    if mapped is None or not memoryview(mapped).readonly:
        return
    begin = np.frombuffer(mapped, np.uint8, 1).__array_interface__["data"][0]
    first = array.__array_interface__["data"][0] - begin
    start = first - first % mmap.PAGESIZE
    mapped.madvise(mmap.MADV_DONTNEED, start, first + array.nbytes - start)


def _mapping_of(array: AnyArray) -> mmap.mmap | None:
    """Return the mapping whose bytes an array shows; None where it has bytes of its own."""
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = base.obj if isinstance(base, memoryview) else getattr(base, "base", None)
    return base
