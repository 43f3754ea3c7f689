"""The account of a figure as text for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from diag_gui.cli.terminal import figure, plain_text, table
from diag_gui.evaluation.explanations.explanation import Amount, Explanation

_WIDTH = 110
_MOST_TERMS = 20
_DIGITS = 6


def explanation_text(account: Explanation) -> str:
    """Return an account: the figure, its formula and settings, what it is made of, and what others would say."""
    parts = [
        f"{plain_text(account.title)}: {figure(account.value, _DIGITS)}   ({plain_text(account.figure)})",
        "",
        _paragraph("formula", account.formula),
        _paragraph("settings", "; ".join(f"{name} {value}" for name, value in account.settings)),
        _paragraph("source", account.source),
    ]
    parts += _amounts("made of", account.used)
    parts += _amounts("left out", account.ignored)
    parts += _amounts("one by one", account.terms)
    if account.elsewhere:
        rows = [
            [one.tool, one.rule, figure(one.value, _DIGITS), _difference(one.value, account.value)] for one in account.elsewhere
        ]
        parts += ["", table(("elsewhere", "rule", "value", "difference"), rows, n_text=2)]
    return "\n".join(parts)


def _paragraph(heading: str, text: str) -> str:
    return textwrap.fill(plain_text(text), _WIDTH, initial_indent=f"{heading:<10}", subsequent_indent=" " * 10)


def _amounts(heading: str, amounts: Sequence[Amount]) -> list[str]:
    if not amounts:
        return []
    shown = amounts if len(amounts) <= _MOST_TERMS else _ends(amounts)
    rows = [[amount.name, amount.note, figure(amount.value, _DIGITS)] for amount in shown]
    lines = ["", table((heading, "", ""), rows, n_text=2)]
    if len(shown) < len(amounts):
        lines.append(f"the lowest and highest of {len(amounts):,}; --json gives all")
    return lines


def _ends(amounts: Iterable[Amount]) -> list[Amount]:
    """Return the lowest and the highest amounts, ascending."""
    ascending = sorted(amounts, key=lambda amount: amount.value)
    half = _MOST_TERMS // 2
    return ascending[:half] + ascending[-half:]


def _difference(value: float, shown: float) -> str:
    difference = value - shown
    return ("+" if difference > 0 else "") + figure(difference, _DIGITS)
