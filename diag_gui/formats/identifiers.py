"""Finding rows by the identifiers of a file: integers all at once, anything else by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, IntArray
from diag_gui.evaluation.chunks import map_bounds
from diag_gui.formats.record_table import CodedTexts

_PIECE = 1 << 16
_LARGEST = 10**400


def sorted_order(ids: Sequence[Any]) -> list[int]:
    """Return the order that sorts identifiers ascending, integers before strings."""
    return sorted(range(len(ids)), key=lambda row: (isinstance(ids[row], str), ids[row]))


def normal_id(value: Any) -> int | str | None:
    """Return an identifier as int or str: whole floats become integers, those beyond 64 bits text; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        # As text, whose hash nobody can foresee: whole numbers can be made that all have the same.
        return str(value) if abs(value) < _LARGEST else None
    return value if isinstance(value, (int, str)) else None


def find_integers(wanted: AnyArray, ids: AnyArray) -> IntArray:
    """Return the row of each of ``wanted`` in ascending ``ids``, -1 where absent; both int64."""
    if not len(ids):
        return np.full(len(wanted), -1, np.int32)
    first, last = int(ids[0]), int(ids[-1])
    found = np.empty(len(wanted), np.int32)
    if last - first < 4 * len(ids) + 1024:
        # The last entry is for whatever is not there.
        table = np.full(last - first + 2, -1, np.int32)
        table[ids - first] = np.arange(len(ids), dtype=np.int32)

        def look_up(begin: int, end: int) -> None:
            # A difference that wraps around ends far beyond the table, for that is short.
            places = (wanted[begin:end] - np.int64(first)).view(np.uint64)
            np.take(table, np.minimum(places, np.uint64(len(table) - 1)).view(np.int64), out=found[begin:end])
    else:

        def look_up(begin: int, end: int) -> None:
            places = np.minimum(np.searchsorted(ids, wanted[begin:end]), len(ids) - 1)
            found[begin:end] = np.where(ids[places] == wanted[begin:end], places, -1)

    # In pieces that stay in a processor's cache.
    bounds = [(begin, min(begin + _PIECE, len(wanted))) for begin in range(0, len(wanted), _PIECE)]
    map_bounds(look_up, bounds)
    return found


def find_rows(wanted: AnyArray | CodedTexts | Sequence[Any], ids: AnyArray) -> tuple[IntArray, BoolArray]:
    """Return the row of each wanted identifier and whether it had to be converted between text and number.

    Parameters
    ----------
    wanted : ndarray of int64, `CodedTexts`, or sequence of int, str or None
        Identifiers as records give them.
    ids : ndarray of int64 or object
        Ascending, as `Images.image_id` and `Classes.class_id` are.

    Returns
    -------
    rows : ndarray of int32, shape (N,)
        -1 where absent.
    converted : ndarray of bool, shape (N,)
        Where ``"1"`` was taken for ``1`` or the other way round.
    """
    if isinstance(wanted, np.ndarray) and wanted.dtype == np.int64 and ids.dtype == np.int64:
        return find_integers(wanted, ids), np.zeros(len(wanted), np.bool_)
    if isinstance(wanted, CodedTexts):
        row_of_text, is_converted = find_rows([*wanted.texts, None], ids)
        return row_of_text[wanted.code], is_converted[wanted.code]
    listed = wanted.tolist() if isinstance(wanted, np.ndarray) else wanted
    exact: dict[Any, int] = {value: row for row, value in enumerate(ids.tolist())}
    by_text: dict[str, int] = {}
    for value, row in exact.items():
        by_text.setdefault(str(value), row)
    rows = np.fromiter((exact.get(value, -1) for value in listed), np.int32, len(listed))
    converted = np.zeros(len(listed), np.bool_)
    for place in np.flatnonzero(rows < 0).tolist():
        value = listed[place]
        row = by_text.get(str(value).strip(), -1) if value is not None else -1
        if row >= 0:
            rows[place] = row
            converted[place] = True
    return rows, converted
