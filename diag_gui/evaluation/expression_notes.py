"""Texts in an expression that no row holds: no mistake of the language, but most often one of the hand."""

from __future__ import annotations

import difflib

import numpy as np

from diag_gui.data.attributes import Column, ColumnKind, Level
from diag_gui.data.expression import Expression, ManyValued, name_text, parse, value_text
from diag_gui.data.expression_syntax import Comparison, Leaf, Membership, leaves
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.exceptions import ExpressionError

_NOUNS = {Level.IMAGE: "image", Level.GT: "label", Level.PRED: "prediction", Level.FAILURE: "failure"}
_MOST_NEAR = 3
_MOST_COMPARED = 2_000
"""Texts among which near ones are looked for: a column of more names things rather than kinds, and it would take seconds."""


def value_notes(expression: Expression | str, catalog: ColumnCatalog) -> tuple[str, ...]:
    """Return a note for each text that is compared with a column and that no row of it holds.

    Parameters
    ----------
    expression : Expression or str
        One that can be asked of ``catalog``.
    catalog : ColumnCatalog

    Returns
    -------
    tuple of str
        Such as ``no label or prediction has class 'zebra'; near: 'horse', 'bear'``, nearest first, each once. Upper and lower
        case differ in the comparison and are alike in what is near.
    """
    parsed = parse(expression) if isinstance(expression, str) else expression
    found: dict[str, None] = {}
    for leaf in leaves(parsed.root):
        wanted = _texts_of(leaf)
        if not wanted:
            continue
        try:
            resolved = catalog.resolve(leaf.name, parsed.text)
            columns = {level: catalog.column_of(level, resolved) for level in resolved.levels}
        except (ExpressionError, LookupError):
            # Of failures before an evaluation, or of fates without another run: nothing is known of its values.
            continue
        held: dict[str, None] = {}
        known: dict[str, None] = {}
        for column in columns.values():
            held |= dict.fromkeys(_held(column))
            known |= dict.fromkeys(column.texts if isinstance(column, ManyValued) else column.categories)
        if any(isinstance(column, Column) and column.kind is not ColumnKind.CATEGORY for column in columns.values()):
            continue
        nouns = " or ".join(_NOUNS[level] for level in columns)
        for text in wanted:
            if text not in held:
                near = ", ".join(value_text(one) for one in _near(text, tuple(one for one in known if one != text)))
                said = f"no {nouns} has {name_text(leaf.name.segments)} {value_text(text)}"
                found[f"{said}; near: {near}" if near else said] = None
    return tuple(found)


def _texts_of(leaf: Leaf) -> list[str]:
    if isinstance(leaf, Comparison) and leaf.operator in ("=", "!="):
        return [leaf.value] if isinstance(leaf.value, str) else []
    return [value for value in leaf.values if isinstance(value, str)] if isinstance(leaf, Membership) else []


def _held(column: Column | ManyValued) -> list[str]:
    """Return the texts that rows of a column hold, in its order."""
    if isinstance(column, ManyValued):
        return sorted(set(column.texts))
    if column.kind is not ColumnKind.CATEGORY:
        return []
    counts = np.bincount(column.values[~column.missing], minlength=len(column.categories))
    return [column.categories[code] for code in np.flatnonzero(counts).tolist()]


def _near(wanted: str, held: tuple[str, ...]) -> list[str]:
    """Return texts that are like ``wanted``; where none is, the first few that there are, if they are few."""
    if len(held) > _MOST_COMPARED:
        return []
    by_folded: dict[str, str] = {}
    for one in held:
        by_folded.setdefault(one.casefold(), one)
    near = difflib.get_close_matches(wanted.casefold()[:100], list(by_folded), n=_MOST_NEAR, cutoff=0.5)
    return [by_folded[one] for one in near] or (list(held) if len(held) <= _MOST_NEAR else [])
