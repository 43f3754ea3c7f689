"""Building the read-only arrays that facts are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
LongArray = NDArray[np.int64]
BitArray = NDArray[np.uint64]
ByteArray = NDArray[np.uint8]
AnyArray = NDArray[Any]

_AT_ONCE = 1 << 18
"""Values that are looked at together: they stay in a processor's cache."""


def frozen(values: Any, dtype: DTypeLike, shape: tuple[int, ...], name: str) -> AnyArray:
    """Return ``values`` as a C-contiguous read-only array of the given type and shape.

    Parameters
    ----------
    values : array_like
        Copied only where type or layout differ.
    dtype : dtype
        Wanted type.
    shape : tuple of int
        Wanted shape; -1 accepts any length.
    name : str
        Named in the error.

    Raises
    ------
    ValueError
        If the shape does not fit.
    """
    array = np.ascontiguousarray(values, dtype=dtype)
    if array.ndim != len(shape) or any(want not in (-1, have) for want, have in zip(shape, array.shape, strict=True)):
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    if array.flags.writeable:
        # A view keeps the caller's own array writable for the caller; the fact itself cannot be written to.
        array = array.view()
        array.flags.writeable = False
    return array


def all_finite(values: FloatArray) -> bool:
    """Return whether no value is NaN or infinite; nothing of the length of ``values`` is made."""
    flat = values.reshape(-1)
    return all(bool(np.isfinite(flat[first : first + _AT_ONCE]).all()) for first in range(0, len(flat), _AT_ONCE))


def is_ascending(values: AnyArray) -> bool:
    """Return whether no value is less than the one before it; nothing of the length of ``values`` is made."""
    pieces = (values[first : first + _AT_ONCE + 1] for first in range(0, len(values), _AT_ONCE))
    return not any(bool((piece[1:] < piece[:-1]).any()) for piece in pieces)


def frozen_ids(values: Any, name: str) -> AnyArray:
    """Return identifiers as read-only int64 if all are integers that fit, else as objects (str or int).

    Parameters
    ----------
    values : sequence of int or str
        Identifiers as the file says them.
    name : str
        Named in the error.
    """
    if isinstance(values, np.ndarray) and values.dtype == np.int64:
        return frozen(values, np.int64, (-1,), name)
    listed = list(values)
    if all(type(value) is int and -(2**63) <= value < 2**63 for value in listed):
        return frozen(np.array(listed, dtype=np.int64), np.int64, (-1,), name)
    array = np.empty(len(listed), dtype=object)
    for row, value in enumerate(listed):
        array[row] = value.item() if isinstance(value, np.generic) else value
    return frozen(array, object, (-1,), name)


def offsets_of(sorted_rows: AnyArray, n_groups: int) -> LongArray:
    """Return where each group starts in rows sorted by group: entries of group i are ``[o[i]:o[i + 1]]``.

    Parameters
    ----------
    sorted_rows : ndarray of int, shape (N,)
        Non-decreasing group rows, each in 0..n_groups - 1.
    n_groups : int
        Number of groups.

    Returns
    -------
    ndarray of int64, shape (n_groups + 1,)
    """
    if n_groups < len(sorted_rows) // 4:
        return np.searchsorted(sorted_rows, np.arange(n_groups + 1, dtype=sorted_rows.dtype)).astype(np.int64)
    offsets = np.zeros(n_groups + 1, dtype=np.int64)
    np.cumsum(np.bincount(sorted_rows, minlength=n_groups), out=offsets[1:])
    return offsets


def rows_by_group(group: IntArray, rows: LongArray) -> LongArray:
    """Return ``rows`` ordered by their group, in ascending order within one.

    Parameters
    ----------
    group : ndarray of int32, shape (N,)
        Not negative at ``rows``.
    rows : ndarray of int64, shape (M,)
        Ascending, below 2**32.
    """
    of_rows = group[rows]
    if not (of_rows[1:] < of_rows[:-1]).any():
        return rows
    # Both in one number: sorting those needs no stable order and is several times as fast.
    keys = of_rows.astype(np.int64) << 32 | rows
    keys.sort()
    return keys & 0xFFFFFFFF
