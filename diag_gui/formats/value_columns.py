"""Columns from values as files give them: what is a number, a truth value, a time or a category; blanks stay missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diag_gui.data.attributes import Column, ColumnKind
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.moment_texts import moments_of

BLANKS = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "nat"})
"""Texts, in lower case, that mean no value."""

WORDS = {"true": True, "yes": True, "false": False, "no": False}

FLAG_NAMES = re.compile(r"(is|has)_.*|is[A-Z].*|occluded|truncated|difficult|crowd|ignored?", re.ASCII)
"""Names whose values 0 and 1 mean no and yes; elsewhere they stay numbers, for a count may well be 0 or 1."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_CODE = re.compile(r"[+-]?0\d+", re.ASCII)

Reading = dict[Any, Any]


_ALWAYS_FIELDS = 100
"""Fields of their own that become columns however many records there are."""


def most_fields(n_records: int) -> int:
    """Return how many fields of their own ``n_records`` may have as columns: each takes room for every record."""
    return min(LIMITS["extra_fields"], max(_ALWAYS_FIELDS, LIMITS["extra_cells"] // max(1, n_records)))


def column_of(name: str, values: Sequence[Any]) -> Column | None:
    """Return the column of values that carry their type, as JSON gives them.

    Parameters
    ----------
    name : str
        Of the column.
    values : sequence of str, int, float, bool or None
        One per row. None, blank text, NaN, lists and objects are missing.

    Returns
    -------
    Column or None
        None if no row has a value.
    """
    cleaned = [_clean(value) for value in values]
    types = {type(value) for value in cleaned if value is not None}
    if not types:
        return None
    given = {value for value in cleaned if value is not None}
    if types == {bool}:
        return _column(name, ColumnKind.BOOL, cleaned, {value: value for value in given}, False)
    if types <= {int, float}:
        if FLAG_NAMES.fullmatch(name) and given <= {0, 1}:
            return _column(name, ColumnKind.BOOL, cleaned, {value: bool(value) for value in given}, False)
        return _column(name, ColumnKind.NUMBER, cleaned, {value: _float(value) for value in given}, np.nan)
    if types == {str} and (times := moments_of(given)) is not None:
        return _column(name, ColumnKind.DATETIME, cleaned, times, np.datetime64("NaT"))
    return _category(name, [None if value is None else _text(value) for value in cleaned])


def column_of_texts(name: str, texts: Sequence[str]) -> Column | None:
    """Return the column of cells of a table, where numbers and truth values are written as text.

    Notes
    -----
    A column where any value has a leading zero (``007``) stays a category: as a number the zero would be lost. Decimal
    commas are not guessed at.
    """
    # Of many cells few differ.
    clean = {text: _clean(text.strip()) for text in set(texts)}
    cleaned = [clean[text] for text in texts]
    given = {value for value in cleaned if value is not None}
    if not given:
        return None
    if (words := _read_all(given, lambda text: WORDS.get(text.lower()))) is not None:
        return _column(name, ColumnKind.BOOL, cleaned, words, False)
    if FLAG_NAMES.fullmatch(name) and given <= {"0", "1"}:
        return _column(name, ColumnKind.BOOL, cleaned, {"0": False, "1": True}, False)
    if (numbers := _read_all(given, number_of)) is not None:
        return _column(name, ColumnKind.NUMBER, cleaned, numbers, np.nan)
    if (times := moments_of(given)) is not None:
        return _column(name, ColumnKind.DATETIME, cleaned, times, np.datetime64("NaT"))
    return _category(name, cleaned)


def _column(name: str, kind: ColumnKind, cleaned: list[Any], table: Reading, blank: Any) -> Column:
    missing = np.fromiter((value is None for value in cleaned), np.bool_, len(cleaned))
    dtype = {ColumnKind.BOOL: "?", ColumnKind.NUMBER: "f8"}.get(kind, "datetime64[us]")
    values = np.array([blank if value is None else table[value] for value in cleaned], dtype=dtype)
    return Column(name, kind, values, missing)


def _category(name: str, texts: Sequence[str | None]) -> Column:
    categories = tuple(sorted({text for text in texts if text is not None}))
    code: dict[str | None, int] = {text: place for place, text in enumerate(categories)}
    codes = np.fromiter((code.get(text, -1) for text in texts), np.int32, len(texts))
    return Column(name, ColumnKind.CATEGORY, codes, codes < 0, categories)


def _clean(value: Any) -> Any:
    """Return a value, or None where it means that nothing is given."""
    if isinstance(value, str):
        return None if value.strip().lower() in BLANKS else value
    if isinstance(value, float):
        return value if value == value else None
    return value if isinstance(value, (bool, int)) else None


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _read_all(given: set[Any], read: Callable[[str], Any]) -> Reading | None:
    """Return the reading of each distinct text; None as soon as one has none."""
    table: Reading = {}
    for text in given:
        if (value := read(text)) is None:
            return None
        table[text] = value
    return table


def number_of(text: str) -> float | None:
    """Return the number that a cell holds; None where it holds none, or a code such as ``007``."""
    if not _NUMBER.fullmatch(text) or _CODE.fullmatch(text):
        return None
    return float(text)
