"""What is said about an expression that holds but names a value that nothing has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from diag_gui.cli.terminal import plain_text
from diag_gui.data.expression import Expression, parse
from diag_gui.exceptions import ExpressionError

if TYPE_CHECKING:
    from diag_gui.evaluation.columns import ColumnCatalog


def note_values(option: str, text: str | None, catalog: ColumnCatalog, *, quiet: bool) -> None:
    """Say on standard error which values of an expression nothing has; the call goes on.

    Parameters
    ----------
    option : str
        What the expression was given by.
    text : str or None
        An expression, or ``NAME=EXPRESSION``; of anything else nothing is said.
    catalog : ColumnCatalog
    quiet : bool
    """
    expression = _expression_of(text) if text and not quiet else None
    if expression is None:
        return
    from diag_gui.evaluation.expression_notes import value_notes

    for said in value_notes(expression, catalog):
        print(f"note: {option}: {plain_text(said)}", file=sys.stderr)


def _expression_of(text: str) -> Expression | None:
    for part in (text, text.partition("=")[2]):
        try:
            return parse(part)
        except ExpressionError:
            continue
    return None
