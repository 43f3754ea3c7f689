"""Cells of tables as numbers, names and boxes: decimal commas, blanks, and lists of four in one cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray
from diag_gui.formats.record_table import CodedTexts
from diag_gui.formats.text_rows import python_alone_reads
from diag_gui.formats.value_columns import BLANKS

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE)
_LONGEST = 400


def numbers_of(cells: Sequence[Any]) -> FloatArray:
    """Return the number of each cell, NaN where it holds none.

    Notes
    -----
    Text may have a decimal comma. Commas between thousands are not told from it: ``1,234`` is 1.234, as in all tables that use
    the comma; in tables that do not, nobody writes pixels so.
    """
    kinds = set(map(type, cells))
    if kinds <= {int, float} or (kinds == {str} and not python_alone_reads("".join(cells))):
        with suppress(ValueError, OverflowError):
            return np.array(cells, np.float64)
    return np.fromiter(map(_number, cells), np.float64, len(cells))


def _number(cell: Any) -> float:
    if isinstance(cell, str):
        text = cell.strip()
        return float(text.replace(",", ".")) if len(text) < _LONGEST and _NUMBER.fullmatch(text) else np.nan
    try:
        return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else np.nan
    except OverflowError:
        return np.inf if cell > 0 else -np.inf


def boxes_of(cells: Sequence[Any]) -> FloatArray:
    """Return the four numbers of each cell, NaN where it is no list of four: JSON's list, or text with or without brackets."""
    found = np.full((len(cells), 4), np.nan)
    for row, cell in enumerate(cells):
        four = cell if isinstance(cell, list) else re.split(r"[\s,;]+", cell.strip(" []()\t")) if isinstance(cell, str) else []
        if len(four) == 4:
            found[row] = [_number(one) for one in four]
    return found


def is_blank(cell: Any) -> bool:
    """Return whether a cell says nothing."""
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in BLANKS) or cell != cell


def names_of(cells: Sequence[Any]) -> LongArray | CodedTexts:
    """Return the name or whole number of each cell; None where it is blank.

    Text stays text, ``007`` too; whole numbers of files that carry types are numbers.
    """
    plain = [_name(cell) for cell in cells]
    if plain and all(type(one) is int and abs(one) < 2**63 for one in plain):
        return np.array(plain, np.int64)
    texts = [str(one) for one in dict.fromkeys(plain) if one is not None]
    code = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    coded = np.fromiter((-1 if one is None else code[str(one)] for one in plain), np.int32, len(plain))
    return CodedTexts(coded, tuple(code))


def _name(cell: Any) -> int | str | None:
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else None if cell != cell else repr(cell)
    return cell if isinstance(cell, int) and not isinstance(cell, bool) else None if cell is None else str(cell)
