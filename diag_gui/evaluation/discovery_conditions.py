"""The conditions that slices are searched from: values of categories, ranges of numbers, parts of dates, what is not given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.data.attributes import Column, ColumnKind, Level, followed_by
from diag_gui.data.expression import parse, value_text
from diag_gui.evaluation.column_names import ResolvedColumn
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.datetime_parts import PARTS, part_of
from diag_gui.evaluation.discovery_questions import QuestionRows
from diag_gui.evaluation.measured_columns import MEASURED, measured_names
from diag_gui.evaluation.slice_bins import NOT_GIVEN, quantile_edges
from diag_gui.exceptions import ExpressionError

MOST_VALUES = 50
"""Values of a category that are searched, the most frequent first."""

N_RANGES = 6
"""Parts of about equally many rows that numbers are cut into; conditions are one part, or all up to or from an edge."""

MOST_DISTINCT = 8
"""Distinct numbers up to which each is a value of its own."""

_MISSING, _OTHER = -1, 32_000


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one column: a range of its codes.

    Attributes
    ----------
    column : int
        Which of the columns.
    low, high : int
        Codes inside, both ends included.
    expression : str
        In the filter language.
    name : str
        For people.
    """

    column: int
    low: int
    high: int
    expression: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Conditions over N rows.

    Attributes
    ----------
    columns : tuple of str
        As an expression writes them.
    codes : list of ndarray of int16, shape (N,)
        Of each column.
    conditions : tuple of Condition
    """

    columns: tuple[str, ...]
    codes: list[AnyArray]
    conditions: tuple[Condition, ...]

    def holds(self, place: int, rows: AnyArray | None = None) -> BoolArray:
        """Return where a condition holds, among all rows or some."""
        one = self.conditions[place]
        codes = self.codes[one.column] if rows is None else self.codes[one.column][rows]
        found: BoolArray = (codes >= one.low) & (codes <= one.high)
        return found

    def inside(self, places: Sequence[int]) -> BoolArray:
        """Return where all of some conditions hold, at least one of them."""
        found = self.holds(places[0])
        for place in places[1:]:
            found &= self.holds(place)
        return found


def conditions_on(
    rows: QuestionRows,
    catalog: ColumnCatalog,
    least_rows: int,
    *,
    baseline: ColumnCatalog | None = None,
    leave_out: Iterable[str] = (),
) -> Conditions:
    """Return every condition that holds on at least ``least_rows`` rows, and not on all of them.

    Parameters
    ----------
    rows : QuestionRows
    catalog : ColumnCatalog
    least_rows : int
    baseline : ColumnCatalog, optional
        Needed where some rows are the baseline's: a column that it lacks is not searched.
    leave_out : iterable of str
        Columns not to search, as an expression writes them.

    Returns
    -------
    Conditions
        Of the files' own columns, width, height and what was measured on images; where rows are objects also the number of
        labels on the image, class, area, aspect, and what files say of objects or was measured on them. Of predictions only
        what ground truth has too, so that every slice found is one that `evaluate_slices` takes.

    Notes
    -----
    File names, tags, scores and whatever else says what the run did are no conditions. More than eight distinct numbers are
    cut at their sextiles, edges rounded as for slices; of a date hour, weekday and month are searched.
    """
    names: list[str] = []
    codes: list[AnyArray] = []
    found: list[Condition] = []
    left_out = set(leave_out)
    for written, column, of_rows in _columns(rows, catalog, baseline):
        if written in left_out:
            continue
        coded, conditions = _coded(column, written, len(names))
        own = coded[of_rows]
        kept = [one for one in conditions if least_rows <= _n_inside(own, one) < len(own)]
        if kept:
            names.append(written)
            codes.append(own)
            found += kept
    return Conditions(tuple(names), codes, tuple(found))


def _columns(
    rows: QuestionRows, catalog: ColumnCatalog, baseline: ColumnCatalog | None
) -> Iterable[tuple[str, Column, AnyArray]]:
    """Yield each column to search, how an expression writes it, and which of its rows are meant."""
    dataset, predictions = catalog.facts.dataset, catalog.facts.run.predictions
    of_images = [catalog.own_name(column.name) for column in dataset.image_attributes.columns]
    of_images += ["width", "height", *(["n_gt"] if rows.level is not Level.IMAGE else []), *_measured(Level.IMAGE, catalog)]
    for written in dict.fromkeys(of_images):
        resolved = _resolved(written, catalog)
        column = None if resolved is None else catalog.image_column(resolved)
        if isinstance(column, Column):
            yield from _with_parts(written, column, rows.image_row)
    if rows.level is Level.IMAGE:
        return
    of_objects = ["class", "area", "aspect"]
    of_objects += [catalog.own_name(column.name, Level.GT) for column in dataset.ground_truth.attributes.columns]
    of_objects += _measured(Level.GT, catalog)
    table = dataset.ground_truth if rows.level is Level.GT else predictions
    for written in dict.fromkeys(of_objects):
        resolved = _resolved(written, catalog)
        if resolved is None or not catalog.has(rows.level, resolved):
            continue
        column = catalog.column_of(rows.level, resolved)
        if not isinstance(column, Column) or len(column) != len(table):
            continue
        if rows.n_own == len(rows.rows):
            yield from _with_parts(written, column, rows.rows)
        elif (theirs := _of_baseline(written, column, rows.level, baseline)) is not None:
            of_both = np.concatenate([rows.rows[: rows.n_own], len(column) + rows.rows[rows.n_own :]])
            yield from _with_parts(written, followed_by(column, theirs), of_both)


def _of_baseline(written: str, own: Column, level: Level, baseline: ColumnCatalog | None) -> Column | None:
    """Return the column of the baseline that an expression calls so, if it is of the same kind."""
    resolved = None if baseline is None else _resolved(written, baseline)
    if baseline is None or resolved is None or not baseline.has(level, resolved):
        return None
    column = baseline.column_of(level, resolved)
    return column if isinstance(column, Column) and column.kind is own.kind else None


def _measured(level: Level, catalog: ColumnCatalog) -> list[str]:
    """Return the measured columns that are there, with their prefix where the files call a column of their own so."""
    found = []
    for name in measured_names(level):
        if catalog.facts.measured.has(level, name):
            short = _resolved(name, catalog)
            found.append(name if short is not None and short.is_measured else f"{MEASURED}.{name}")
    return found


def _resolved(written: str, catalog: ColumnCatalog) -> ResolvedColumn | None:
    try:
        return catalog.resolve(parse(f"{written} IS NULL").names[0])
    except ExpressionError:
        # A name of images and of objects that no prefix tells apart here: nobody could write the slice either.
        return None


def _with_parts(written: str, column: Column, of_rows: AnyArray) -> Iterable[tuple[str, Column, AnyArray]]:
    if column.kind is not ColumnKind.DATETIME:
        yield written, column, of_rows
        return
    for part in PARTS:
        yield f"{written}.{part}", part_of(column, part), of_rows


def _coded(column: Column, written: str, place: int) -> tuple[AnyArray, list[Condition]]:
    """Return the code of every row of a column, and the conditions on its codes."""
    shown = written.replace('"', "")

    def condition(low: int, high: int, expression: str, name: str) -> Condition:
        return Condition(place, low, high, expression, name)

    if column.kind is ColumnKind.NUMBER:
        codes, conditions = _coded_numbers(column, written, shown, condition)
    else:
        codes, conditions = _coded_values(column, written, shown, condition)
    codes[column.missing] = _MISSING
    if column.missing.any():
        conditions.append(condition(_MISSING, _MISSING, f"{written} IS NULL", f"{shown}={NOT_GIVEN}"))
    return codes, conditions


_Make = Callable[[int, int, str, str], Condition]


def _coded_values(column: Column, written: str, shown: str, condition: _Make) -> tuple[AnyArray, list[Condition]]:
    values = column.values.astype(np.int64)
    texts = column.categories if column.kind is ColumnKind.CATEGORY else ("false", "true")
    counts = np.bincount(values[~column.missing], minlength=len(texts))
    frequent = np.argsort(-counts, kind="stable")[:MOST_VALUES]
    frequent = frequent[counts[frequent] > 0]
    code_of = np.full(len(texts) + 1, _OTHER, np.int16)
    code_of[frequent] = np.arange(len(frequent))
    literals = [value_text(texts[value]) if column.categories else texts[value].upper() for value in frequent.tolist()]
    conditions = [
        condition(code, code, f"{written} = {literal}", f"{shown}={texts[value]}")
        for code, (value, literal) in enumerate(zip(frequent.tolist(), literals, strict=True))
    ]
    return code_of[values], conditions


def _coded_numbers(column: Column, written: str, shown: str, condition: _Make) -> tuple[AnyArray, list[Condition]]:
    given = column.values[~column.missing & np.isfinite(column.values)]
    distinct = np.unique(given)
    if len(distinct) <= MOST_DISTINCT:
        codes = np.searchsorted(distinct, column.values).astype(np.int16)
        codes[~np.isin(column.values, distinct)] = _OTHER
        texts = [value_text(value) for value in distinct.tolist()]
        return codes, [condition(code, code, f"{written} = {text}", f"{shown}={text}") for code, text in enumerate(texts)]
    edges = quantile_edges(given, N_RANGES)
    codes = np.digitize(column.values, edges).astype(np.int16)
    texts = [value_text(edge) for edge in edges]
    last = len(edges)
    conditions = [condition(0, code, f"{written} < {text}", f"{shown} < {text}") for code, text in enumerate(texts)]
    conditions += [condition(code + 1, last, f"{written} >= {text}", f"{shown} >= {text}") for code, text in enumerate(texts)]
    conditions += [
        condition(code, code, f"{written} >= {low} AND {written} < {high}", f"{low} <= {shown} < {high}")
        for code, (low, high) in enumerate(pairwise(texts), start=1)
    ]
    return codes, conditions


def _n_inside(codes: AnyArray, one: Condition) -> int:
    return int(np.count_nonzero((codes >= one.low) & (codes <= one.high)))
