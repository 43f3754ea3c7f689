"""Which rows satisfy a filter: three-valued logic on whole columns.

Every node gives two masks, *certain* (the answer is true) and *possible* (true or unknown). ``AND`` and ``OR`` act on
each mask by itself and ``NOT`` swaps and inverts them, which is Kleene's logic; without missing values both are one array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, IntArray
from diag_gui.data.attributes import Column
from diag_gui.data.expression_predicates import Truth, many_valued_truth, predicate_truth
from diag_gui.data.expression_syntax import And, Expression, IsNull, Leaf, Name, Node, Not, Or


@dataclass(frozen=True, slots=True, eq=False)
class ManyValued:
    """A column with any number of texts per row, such as the tags of an image.

    Attributes
    ----------
    n_rows : int
        Rows of the level.
    rows : ndarray of int32, shape (K,)
        Row of each text.
    texts : tuple of str, length K
        A row may occur several times, each time with another text.
    """

    n_rows: int
    rows: IntArray
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BoundColumn:
    """A column as the rows in question see it.

    Attributes
    ----------
    parts : tuple of (Column or ManyValued, ndarray of int32 shape (n_rows,) or None)
        For each asked row its row in the column, -1 where it has none; None where both are the same rows. Of several
        columns the first with a row answers; of several many-valued ones all answer together.
    """

    parts: tuple[tuple[Column | ManyValued, AnyArray | None], ...]


Lookup: TypeAlias = Callable[[Name], BoundColumn | None]
"""Gives the column of a name; None where the asked rows have no such property at all, so that whatever is asked of it is
unknown, ``IS NULL`` too."""


def evaluate(expression: Expression, lookup: Lookup, n_rows: int) -> BoolArray:
    """Return which rows certainly satisfy an expression; where the answer is unknown, a row is not kept.

    Parameters
    ----------
    expression : Expression
    lookup : callable
        Gives the column of a name, None where the rows have no such property; raises `ExpressionError` for a name it does
        not know.
    n_rows : int
        Number of asked rows.

    Returns
    -------
    ndarray of bool, shape (n_rows,)

    Raises
    ------
    ExpressionError
        If a column is compared with a value of another kind.

    Notes
    -----
    A comparison with a missing value is unknown, and so is its negation. A many-valued column is never unknown:
    ``tag = 'x'`` holds if any text equals, ``tag != 'x'`` if none does, ``tag IS NULL`` if there is none at all.
    """
    certain = _truth(expression.root, expression.text, lookup, n_rows)[0]
    if len(certain) != n_rows:
        raise ValueError(f"the columns have {len(certain)} rows, expected {n_rows}")
    return certain


def can_hold(expression: Expression, is_known: Callable[[Name], bool]) -> bool:
    """Return whether rows that know some of the columns only could satisfy an expression: worth asking before they are.

    Parameters
    ----------
    expression : Expression
    is_known : callable
        Says of a name whether the rows have such a property; what is asked of any other is unknown.
    """
    return _reach(expression.root, is_known)[0]


def _reach(node: Node, is_known: Callable[[Name], bool]) -> tuple[bool, bool]:
    """Return whether the answer can be true, and whether it can be false."""
    if isinstance(node, Not):
        can_be_true, can_be_false = _reach(node.operand, is_known)
        return can_be_false, can_be_true
    if isinstance(node, (And, Or)):
        reached = [_reach(operand, is_known) for operand in node.operands]
        for_true, for_false = (all, any) if isinstance(node, And) else (any, all)
        return for_true(can for can, _ in reached), for_false(can for _, can in reached)
    known = is_known(node.name)
    return known, known


def _truth(node: Node, text: str, lookup: Lookup, n_rows: int) -> Truth:
    if isinstance(node, Not):
        certain, possible = _truth(node.operand, text, lookup, n_rows)
        negated = ~possible
        return negated, negated if certain is possible else ~certain
    if isinstance(node, (And, Or)):
        combine = np.logical_and if isinstance(node, And) else np.logical_or
        certain, possible = _truth(node.operands[0], text, lookup, n_rows)
        for operand in node.operands[1:]:
            other_certain, other_possible = _truth(operand, text, lookup, n_rows)
            exact = certain is possible and other_certain is other_possible
            certain, was_possible = combine(certain, other_certain), possible
            possible = certain if exact else combine(was_possible, other_possible)
        return certain, possible
    bound = lookup(node.name)
    if bound is None:
        return np.zeros(n_rows, np.bool_), np.ones(n_rows, np.bool_)
    return _leaf_truth(node, text, bound)


def _leaf_truth(leaf: Leaf, text: str, bound: BoundColumn) -> Truth:
    holders = [
        (_all_rows(column, rows), column.rows, column.texts) for column, rows in bound.parts if isinstance(column, ManyValued)
    ]
    if holders:
        found = many_valued_truth(leaf, text, holders)
        return found, found
    answers = [(_gathered(predicate_truth(leaf, text, column), rows, leaf), rows) for column, rows in _single(bound)]
    (certain, possible), rows = answers[0]
    for (later_certain, later_possible), later_rows in answers[1:]:
        if rows is None:
            break
        answered = rows >= 0
        exact = certain is possible and later_certain is later_possible
        certain, was_possible = np.where(answered, certain, later_certain), possible
        possible = certain if exact else np.where(answered, was_possible, later_possible)
        rows = None if later_rows is None else np.where(answered, rows, later_rows)
    return certain, possible


def _single(bound: BoundColumn) -> list[tuple[Column, AnyArray | None]]:
    return [(column, rows) for column, rows in bound.parts if isinstance(column, Column)]


def _all_rows(column: ManyValued, rows: AnyArray | None) -> AnyArray:
    return np.arange(column.n_rows) if rows is None else rows


def _gathered(truth: Truth, rows: AnyArray | None, leaf: Leaf) -> Truth:
    """Return the answer of each asked row; one without a row of its own has a missing value."""
    if rows is None:
        return truth
    certain, possible = truth
    # The entry at the end is what row -1 reads: IS NULL is true of it, IS NOT NULL false, any comparison unknown.
    of_none = isinstance(leaf, IsNull) and not leaf.negated
    gathered = np.append(certain, of_none)[rows]
    if isinstance(leaf, IsNull) or (certain is possible and not (rows < 0).any()):
        return gathered, gathered
    return gathered, np.append(possible, True)[rows]
