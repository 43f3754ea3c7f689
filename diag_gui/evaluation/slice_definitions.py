"""Slices as values: a name and an expression; from a column one per value, from the command line by one text."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from diag_gui.data.attributes import Column, ColumnKind, Level
from diag_gui.data.expression import ManyValued, Name, name_text, parse, value_text
from diag_gui.data.expression_syntax import KEYWORDS, MAXIMUM_CHARACTERS, IsNull
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.slice_bins import NOT_GIVEN, Binning, date_parts, number_parts
from diag_gui.evaluation.slice_membership import membership
from diag_gui.exceptions import ExpressionError

MOST_VALUES = 100
"""Values of a category that get a slice of their own; the others share one."""

_AS_USUAL = Binning()
_PLAIN_WORDS = re.compile(r"[\w .:/-]*[^\W\d][\w .:/-]*")
"""Words without what an expression is made of: quotes, brackets, operators, commas."""


@dataclass(frozen=True, slots=True)
class SliceDefinition:
    """A slice as it is saved: it follows the data.

    Attributes
    ----------
    name : str
    expression : str
        In the filter language.
    """

    name: str
    expression: str


def slices_from_text(text: str, catalog: ColumnCatalog, *, binning: Binning = _AS_USUAL) -> tuple[SliceDefinition, ...]:
    """Return the slices that ``--slice TEXT`` asks for.

    Parameters
    ----------
    text : str
        The name of a column (one slice per value), else an expression, else ``NAME=EXPRESSION``; tried in this order.
    catalog : ColumnCatalog
    binning : Binning
        How a column of numbers or dates is parted.

    Raises
    ------
    ExpressionError
        If it is none of these; the message is that of the reading which came furthest. A name by itself is meant as a
        column: one that is none offers the near ones.
    """
    stripped = text.strip()
    if (name := _column_name(stripped, catalog)) is not None:
        return slices_from_column(name, catalog, binning=binning)
    if (named := _lone_name(stripped)) is not None:
        catalog.resolve(named, stripped)
    try:
        membership(parse(stripped), catalog)
    except ExpressionError as error:
        label, equals, rest = stripped.partition("=")
        if not equals or not label.strip():
            raise
        try:
            expression = parse(rest)
        except ExpressionError:
            raise error from None
        try:
            membership(expression, catalog)
        except ExpressionError as inner:
            column = len(stripped) - len(rest) + inner.column
            raise ExpressionError(inner.reason, stripped, column, inner.suggestions, inner.known) from None
        return (SliceDefinition(label.strip(), rest.strip()),)
    return (SliceDefinition(stripped, stripped),)


def slices_from_column(
    name: str, catalog: ColumnCatalog, *, most_values: int = MOST_VALUES, binning: Binning = _AS_USUAL
) -> tuple[SliceDefinition, ...]:
    """Return one slice per value of a column; what is not given is a value of its own.

    Parameters
    ----------
    name : str
        As in the file, or as an expression writes it.
    catalog : ColumnCatalog
    most_values : int
        Of a category with more values the most frequent get a slice each, the others one together.
    binning : Binning
        How numbers and dates are parted; one of numbers leaves dates as they are usually, and the other way round.

    Returns
    -------
    tuple of SliceDefinition
        Categories in their own order (the most frequent first where some share a slice), numbers ascending. More than
        eight distinct numbers are cut at their quartiles, rounded to what their distance needs; dates go by hour of day,
        in threes of hours where more than eight occur, or by month where none has a time.

    Raises
    ------
    ExpressionError
        If there is no such column, or it is no property to slice by.
    """
    written = _column_name(name, catalog)
    if written is None:
        catalog.resolve(Name((name,)), name)
        raise ExpressionError(f"{name} cannot be sliced by", name, 0)
    segments = parse(f"{written} IS NULL").names[0].segments
    # Refuses what is no property of an image or an object.
    membership(parse(f"{written} IS NULL"), catalog)
    resolved = catalog.resolve(Name(segments))
    level = next(level for level in (Level.IMAGE, Level.GT) if catalog.has(level, resolved))
    column = catalog.image_column(resolved) if level is Level.IMAGE else catalog.column_of(level, resolved)
    shown = ".".join(segments)
    if isinstance(column, ManyValued):
        slices = [SliceDefinition(f"{shown}={text}", f"{written} = {value_text(text)}") for text in sorted(set(column.texts))]
        has_missing = len(set(column.rows.tolist())) < column.n_rows
    else:
        slices = _parts(column, shown, written, most_values, binning)
        has_missing = bool(column.missing.any())
    if has_missing:
        slices.append(SliceDefinition(f"{shown}={NOT_GIVEN}", f"{written} IS NULL"))
    return tuple(slices)


def slice_of_range(name: str, low: float, high: float, catalog: ColumnCatalog) -> SliceDefinition:
    """Return the slice of a range that was dragged along the axis of a column of numbers, both ends included.

    Parameters
    ----------
    name : str
        As in the file, or as an expression writes it.
    low, high : float
        Either order; kept to six digits of what they are apart, so that the expression can be read.
    catalog : ColumnCatalog

    Raises
    ------
    ExpressionError
        If there is no such column, it is no property to slice by, or its values are no numbers.
    """
    written = _column_name(name, catalog)
    if written is None:
        catalog.resolve(Name((name,)), name)
        raise ExpressionError(f"{name} cannot be sliced by", name, 0)
    low, high = min(low, high), max(low, high)
    digits = 6 - math.floor(math.log10(high - low)) if high > low else 12
    texts = [value_text(float(round(end, digits))) for end in (low, high)]
    expression = f"{written} BETWEEN {texts[0]} AND {texts[1]}"
    membership(parse(expression), catalog)
    return SliceDefinition(f"{texts[0]} <= {'.'.join(parse(expression).names[0].segments)} <= {texts[1]}", expression)


def _column_name(text: str, catalog: ColumnCatalog) -> str | None:
    """Return how an expression writes the column ``text``, or None if it is none."""
    try:
        catalog.resolve(Name((text,)))
    except ExpressionError as error:
        if "several levels" in error.reason:
            raise
    else:
        return name_text((text,))
    try:
        parsed = parse(f"{text} IS NULL")
        catalog.resolve(parsed.names[0])
    except ExpressionError:
        return None
    return name_text(parsed.root.name.segments) if isinstance(parsed.root, IsNull) else None


def _lone_name(text: str) -> Name | None:
    """Return the name that ``text`` consists of, quoted or not, or None if anything in it can only be an expression."""
    try:
        root = parse(f"{text} IS NULL").root
    except ExpressionError:
        words = text.split()
        is_name = bool(_PLAIN_WORDS.fullmatch(text)) and KEYWORDS.isdisjoint(word.upper() for word in words)
        return Name((text,)) if is_name else None
    return root.name if isinstance(root, IsNull) and not root.negated else None


def _parts(column: Column, shown: str, written: str, most_values: int, binning: Binning) -> list[SliceDefinition]:
    given = column.values[~column.missing]
    if column.kind is ColumnKind.CATEGORY:
        return _category_parts(column, shown, written, most_values)
    if column.kind is ColumnKind.BOOL:
        words = {False: "false", True: "true"}
        return [
            SliceDefinition(f"{shown}={words[value]}", f"{written} = {words[value].upper()}")
            for value in np.unique(given).tolist()
        ]
    if column.kind is ColumnKind.DATETIME:
        return [SliceDefinition(*part) for part in date_parts(given, shown, written, binning)]
    return [SliceDefinition(*part) for part in number_parts(given[np.isfinite(given)], shown, written, binning)]


def _category_parts(column: Column, shown: str, written: str, most_values: int) -> list[SliceDefinition]:
    counts = np.bincount(column.values[~column.missing], minlength=len(column.categories))
    present = np.flatnonzero(counts)
    by_frequency = present[np.argsort(-counts[present], kind="stable")]
    own, n_own = present, min(len(present), most_values)
    others: list[SliceDefinition] = []
    if n_own < len(present):
        # The expression of the others names all that have a slice of their own, and must fit into one expression.
        literals = [value_text(column.categories[code]) for code in by_frequency[:n_own].tolist()]
        while len(text := f"{written} NOT IN ({', '.join(literals)})") > MAXIMUM_CHARACTERS and len(literals) > 1:
            literals.pop()
        own = by_frequency[: len(literals)]
        others = [SliceDefinition(f"{shown}=other ({len(present) - len(own):,} values)", text)]
    names = [column.categories[code] for code in own.tolist()]
    return [SliceDefinition(f"{shown}={name}", f"{written} = {value_text(name)}") for name in names] + others
