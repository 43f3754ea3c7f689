"""What is said about an expression: which option gave one that does not hold, and which values nothing has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from diag_gui.cli.terminal import plain_text
from diag_gui.data.expression import Expression, parse
from diag_gui.exceptions import ExpressionError

if TYPE_CHECKING:
    from diag_gui.evaluation.columns import ColumnCatalog


@contextmanager
def given_by(option: str) -> Iterator[None]:
    """Say of an expression that does not hold which option gave it.

    Raises
    ------
    ExpressionError
        What is raised within, with the option before its reason.
    """
    try:
        yield
    except ExpressionError as error:
        raise error.given_by(option) from None


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
