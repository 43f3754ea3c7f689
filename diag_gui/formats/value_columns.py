"""Columns from values as files give them: what is a number, a truth value, a time or a category; blanks stay missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from diag_gui.data.attributes import Column, ColumnKind

BLANKS = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "nat"})
"""Texts, in lower case, that mean no value."""

WORDS = {"true": True, "yes": True, "false": False, "no": False}

FLAG_NAMES = re.compile(r"(is|has)_.*|is[A-Z].*|occluded|truncated|difficult|crowd|ignored?", re.ASCII)
"""Names whose values 0 and 1 mean no and yes; elsewhere they stay numbers, for a count may well be 0 or 1."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_CODE = re.compile(r"[+-]?0\d+", re.ASCII)
_TIME_LIKE = re.compile(r"\d{4}[-/:]\d{1,2}[-/:]\d{1,2}.*|\d{8}T\d{6}.*|\d{1,2}\.\d{1,2}\.\d{4}.*", re.ASCII)
_TIME_FORMATS = (
    "%Y:%m:%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
)

Reading = dict[Any, Any]


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
    if types == {str} and (times := _read_all(given, _time)) is not None:
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
    if (numbers := _read_all(given, _number)) is not None:
        return _column(name, ColumnKind.NUMBER, cleaned, numbers, np.nan)
    if (times := _read_all(given, _time)) is not None:
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


def _number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text) or _CODE.fullmatch(text):
        return None
    return float(text)


def _time(text: str) -> datetime | None:
    """Return a time of day or date; one with a zone is turned into UTC."""
    text = text.strip()
    if not _TIME_LIKE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        for pattern in _TIME_FORMATS:
            try:
                moment = datetime.strptime(text, pattern)
                break
            except ValueError:
                continue
        else:
            return None
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo is not None else moment
    except OverflowError:
        return None
