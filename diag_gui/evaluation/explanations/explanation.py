"""The account of one figure, as data: the window, the command line and JSON show the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that a figure is made of, or that was left out of it.

    Attributes
    ----------
    name : str
        What was counted.
    value : float or int
        NaN where undefined.
    note : str
        Why it was left out, or how it was weighed; may be empty.
    """

    name: str
    value: float | int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another tool, or another reading of the same word, would say on the same data.

    Attributes
    ----------
    tool : str
        Who does it so.
    rule : str
        What is different.
    value : float or int
        The figure by that rule, computed here; NaN where it is undefined there.
    """

    tool: str
    rule: str
    value: float | int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where one figure comes from.

    Attributes
    ----------
    figure : str
        Its path, as in the JSON of ``evaluate``: ``summary.AP50``, ``classes.car.recall``, ``errors.missed.dap``.
    title : str
        The figure in words.
    value : float or int
        NaN where undefined.
    formula : str
        How it is computed from what was used.
    settings : tuple of (str, str)
        Name and value of everything that would change it.
    used : tuple of Amount
        What it is made of.
    ignored : tuple of Amount
        What counts neither way, and why. Only what there was any of.
    terms : tuple of Amount
        What it is a mean of, one by one; empty where it is no mean.
    source : str
        Where the rule is written.
    elsewhere : tuple of Elsewhere
        Other rules for the same word; empty where none is known to differ.
    """

    figure: str
    title: str
    value: float | int
    formula: str
    settings: tuple[tuple[str, str], ...]
    used: tuple[Amount, ...]
    ignored: tuple[Amount, ...]
    terms: tuple[Amount, ...]
    source: str
    elsewhere: tuple[Elsewhere, ...]


def occurring(*amounts: Amount) -> tuple[Amount, ...]:
    """Return the amounts that are not 0."""
    return tuple(amount for amount in amounts if amount.value != 0)
