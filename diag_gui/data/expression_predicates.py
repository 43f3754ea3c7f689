"""The answer of one comparison for every row of one column, by the kind of the column."""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.data.attributes import Column, ColumnKind
from diag_gui.data.expression_syntax import Between, Comparison, IsNull, Leaf, Like, Membership, Value, name_text, value_text
from diag_gui.exceptions import ExpressionError

Truth: TypeAlias = tuple[BoolArray, BoolArray]
"""Rows where the answer is certainly true, and where it is true or unknown; one and the same array if none is unknown."""

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NEGATED = {"=": False, "!=": True}


def predicate_truth(leaf: Leaf, text: str, column: Column) -> Truth:
    """Answer a comparison on a column.

    Parameters
    ----------
    leaf : Comparison, Membership, Between, Like or IsNull
    text : str
        The whole expression, for messages.
    column : Column
        N rows.

    Returns
    -------
    tuple of ndarray of bool, shape (N,)

    Raises
    ------
    ExpressionError
        If the column holds values of another kind than it is compared with.
    """
    if isinstance(leaf, IsNull):
        certain = ~column.missing if leaf.negated else column.missing
        return certain, certain
    if column.kind is ColumnKind.CATEGORY:
        # One answer per category, read by code; the last entry is what a missing value (-1) reads.
        test = text_test(leaf, text)
        answers = np.fromiter((*map(test, column.categories), False), np.bool_, len(column.categories) + 1)
        certain = answers[column.values]
    elif column.kind is ColumnKind.BOOL:
        certain = _comparison_of_booleans(leaf, text, column.values)
    else:
        literal = _number_of if column.kind is ColumnKind.NUMBER else _datetime_of
        certain = _comparison_of_ordered(leaf, column.values, lambda value: literal(leaf, text, value))
    if not column.missing.any():
        return certain, certain
    certain = certain & ~column.missing
    return certain, certain | column.missing


def text_test(leaf: Leaf, text: str) -> Callable[[str], bool]:
    """Return the test that a comparison makes of one text.

    Raises
    ------
    ExpressionError
        If it compares with anything but text.
    """
    if isinstance(leaf, Like):
        matches = like_pattern(leaf.pattern).match
        negated = leaf.negated
        return lambda value: (matches(value) is None) is negated
    if isinstance(leaf, Membership):
        wanted = {_text_of(leaf, text, value) for value in leaf.values}
        return (lambda value: value not in wanted) if leaf.negated else (lambda value: value in wanted)
    if isinstance(leaf, Between):
        low, high = _text_of(leaf, text, leaf.low), _text_of(leaf, text, leaf.high)
        negated = leaf.negated
        return lambda value: (low <= value <= high) is not negated
    if isinstance(leaf, Comparison):
        compare, other = _OPERATORS[leaf.operator], _text_of(leaf, text, leaf.value)
        return lambda value: bool(compare(value, other))
    raise TypeError("IS NULL asks nothing of a text")


def many_valued_truth(leaf: Leaf, text: str, holders: Sequence[tuple[AnyArray, AnyArray, Sequence[str]]]) -> BoolArray:
    """Answer a comparison on columns that hold any number of texts per row; never unknown.

    Parameters
    ----------
    leaf : Leaf
    text : str
        The whole expression, for messages.
    holders : sequence of (ndarray of int or None-like, ndarray of int32, sequence of str)
        Row of the level that each asked row reads (-1 none), rows of the texts, the texts.

    Returns
    -------
    ndarray of bool, shape of the first array of each holder
        ``=``, ``IN`` and ``LIKE`` hold if any text of any holder fits; their negations if none does.

    Raises
    ------
    ExpressionError
        For an order between several texts, which has no meaning.
    """
    if isinstance(leaf, Between) or (isinstance(leaf, Comparison) and leaf.operator not in _NEGATED):
        raise _error(leaf, text, "holds any number of texts, which have no order; use =, !=, IN, LIKE or IS NULL")
    negated = _NEGATED[leaf.operator] if isinstance(leaf, Comparison) else leaf.negated
    test = (lambda _: True) if isinstance(leaf, IsNull) else text_test(_positive(leaf), text)
    found: BoolArray | None = None
    for asked, rows, texts in holders:
        fits = {value: test(value) for value in set(texts)}
        hit = np.fromiter((row for row, value in zip(rows.tolist(), texts, strict=True) if fits[value]), np.int64)
        has = np.zeros(int(max(asked.max(initial=-1), rows.max(initial=-1))) + 2, np.bool_)
        has[hit] = True
        part = has[asked]
        found = part if found is None else found | part
    if found is None:
        raise ValueError("no column to ask")
    if isinstance(leaf, IsNull):
        return found if negated else ~found
    return ~found if negated else found


def like_pattern(pattern: str) -> re.Pattern[str]:
    r"""Return the regular expression of a ``LIKE`` pattern.

    Notes
    -----
    Each part between two ``%`` is searched from the left and, once found, kept (an atomic group), which is all a pattern
    of this kind needs and keeps the time linear where backtracking would explode.
    """
    parts = ["".join("." if character == "_" else re.escape(character) for character in part) for part in pattern.split("%")]
    if len(parts) == 1:
        return re.compile(parts[0] + r"\Z", re.DOTALL)
    inner = "".join(f"(?>.*?{part})" for part in parts[1:-1] if part)
    return re.compile(parts[0] + inner + (f".*{parts[-1]}" if parts[-1] else ".*") + r"\Z", re.DOTALL)


def _positive(leaf: Leaf) -> Leaf:
    if isinstance(leaf, Comparison):
        return Comparison(leaf.name, "=", leaf.value)
    if isinstance(leaf, Membership):
        return Membership(leaf.name, leaf.values)
    if isinstance(leaf, Like):
        return Like(leaf.name, leaf.pattern)
    return leaf


def _comparison_of_ordered(leaf: Leaf, values: AnyArray, literal: Callable[[Value], Any]) -> BoolArray:
    certain: BoolArray
    if isinstance(leaf, Comparison):
        certain = _OPERATORS[leaf.operator](values, literal(leaf.value))
        return certain
    if isinstance(leaf, Between):
        certain = (values >= literal(leaf.low)) & (values <= literal(leaf.high))
        return ~certain if leaf.negated else certain
    if isinstance(leaf, Membership):
        certain = np.isin(values, np.array([literal(value) for value in leaf.values]))
        return ~certain if leaf.negated else certain
    literal(leaf.pattern if isinstance(leaf, Like) else "")
    raise TypeError(f"{type(leaf).__name__} is answered elsewhere")


def _comparison_of_booleans(leaf: Leaf, text: str, values: AnyArray) -> BoolArray:
    if isinstance(leaf, Comparison) and leaf.operator in _NEGATED:
        wanted, negated = {_boolean_of(leaf, text, leaf.value)}, _NEGATED[leaf.operator]
    elif isinstance(leaf, Membership):
        wanted, negated = {_boolean_of(leaf, text, value) for value in leaf.values}, leaf.negated
    else:
        raise _error(leaf, text, "is true or false; compare it by = TRUE or = FALSE")
    certain: BoolArray = np.isin(values, list(wanted))
    return ~certain if negated else certain


def _text_of(leaf: Leaf, text: str, value: Value) -> str:
    if isinstance(value, str):
        return value
    written = value_text(value)
    raise _error(leaf, text, f"holds text; write '{written}' in quotes", (f"'{written}'",))


def _number_of(leaf: Leaf, text: str, value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, float):
        why = "LIKE compares text only" if isinstance(leaf, Like) else f"{value_text(value)} is none"
        raise _error(leaf, text, f"holds numbers; {why}")
    return value


def _boolean_of(leaf: Leaf, text: str, value: Value) -> bool:
    if isinstance(value, bool) or value in (0.0, 1.0):
        return bool(value)
    raise _error(leaf, text, f"is true or false; {value_text(value)} is neither", ("TRUE", "FALSE"))


def _datetime_of(leaf: Leaf, text: str, value: Value) -> np.datetime64:
    if isinstance(leaf, Like):
        raise _error(leaf, text, "holds dates; LIKE compares text only, use BETWEEN '2026-03-01' AND '2026-03-31'")
    try:
        if not isinstance(value, str):
            raise ValueError("no text")
        moment = datetime.datetime.fromisoformat(value.strip())
        if moment.tzinfo is not None:
            moment = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise _error(leaf, text, f"holds dates; {value_text(value)} is none, write '2026-03-02' or '2026-03-02 14:30'") from None
    return np.datetime64(moment, "us")


def _error(leaf: Leaf, text: str, reason: str, suggestions: tuple[str, ...] = ()) -> ExpressionError:
    return ExpressionError(f"{name_text(leaf.name.segments)} {reason}", text, leaf.name.at, suggestions)
