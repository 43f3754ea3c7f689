"""How the values of a column are put into slices: numbers by quantiles, width, edges or COCO's areas, dates by a part."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray
from diag_gui.data.expression import value_text
from diag_gui.evaluation.datetime_parts import PARTS, WEEKDAYS
from diag_gui.exceptions import EvaluationError

NOT_GIVEN = "not given"
MOST_NUMBERS = 8
"""Distinct numbers up to which each gets a slice of its own, where no rule was asked for; above, bins."""

N_BINS = 4
MOST_BINS = 100
COCO_AREAS = (("small", 0.0, 1024.0), ("medium", 1024.0, 9216.0), ("large", 9216.0, 1e10))
"""COCO's area ranges, both ends included, so that an object may be in two."""

RULES = ("quantiles", "width", "edges", "coco-areas", *PARTS)

Part = tuple[str, str]
"""Name and expression of one slice."""


@dataclass(frozen=True, slots=True)
class Binning:
    """How a column of numbers or dates is put into slices.

    Attributes
    ----------
    rule : str
        One of `RULES`, or empty: every value by itself up to `MOST_NUMBERS`, above that quartiles; dates by hour, or by month
        where none has a time. ``quantiles``: about equally many values in each of ``n``. ``width``: ``n`` of equal width.
        ``edges``: below, between and from ``edges`` on. ``coco-areas``: small, medium, large. ``hour``, ``weekday``,
        ``month`` of dates.
    n : int
        How many.
    edges : tuple of float
        Ascending; only of the rule ``edges``.

    Raises
    ------
    EvaluationError
        If the rule is none, or what belongs to it is out of range.
    """

    rule: str = ""
    n: int = N_BINS
    edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.rule and self.rule not in RULES:
            raise EvaluationError("bins", f"{self.rule!r} is none of {', '.join(RULES)}")
        if not 2 <= self.n <= MOST_BINS:
            raise EvaluationError("bins", f"{self.n} is not between 2 and {MOST_BINS}")
        if (self.rule == "edges") != bool(self.edges):
            raise EvaluationError("bins", "edges are given by the rule edges, at least one of them")
        if not all(math.isfinite(edge) for edge in self.edges) or any(low >= high for low, high in pairwise(self.edges)):
            raise EvaluationError("bins", f"edges {', '.join(map(str, self.edges))} do not ascend")
        if len(self.edges) >= MOST_BINS:
            raise EvaluationError("bins", f"{len(self.edges)} edges are more than {MOST_BINS - 1}")

    @property
    def is_of_dates(self) -> bool:
        """Whether it says how dates are parted."""
        return self.rule in PARTS

    @property
    def is_of_numbers(self) -> bool:
        """Whether it says how numbers are parted."""
        return bool(self.rule) and not self.is_of_dates


def parse_binning(text: str) -> Binning:
    """Return the binning that a text asks for: ``quantiles=5``, ``width=10``, ``edges=10,20.5,40``, ``coco-areas``, ``hour``.

    Raises
    ------
    EvaluationError
        If it asks for none.
    """
    rule, equals, value = (part.strip() for part in text.partition("="))
    if rule not in RULES:
        raise EvaluationError("bins", f"{rule!r} is none of {', '.join(RULES)}")
    if not equals:
        return Binning(rule)
    try:
        if rule == "edges":
            return Binning(rule, edges=tuple(float(edge) for edge in value.split(",")))
        if rule in ("quantiles", "width"):
            return Binning(rule, int(value))
    except ValueError:
        raise EvaluationError("bins", f"{value!r} is not what {rule} takes") from None
    raise EvaluationError("bins", f"{rule} takes no {value!r}")


def number_parts(given: FloatArray, shown: str, written: str, binning: Binning) -> list[Part]:
    """Return the slices of a column of numbers; together they hold each once (COCO's areas share their edges).

    Parameters
    ----------
    given : ndarray of float64, shape (N,)
        Finite values.
    shown, written : str
        The column for people, and as an expression writes it.
    binning : Binning
        Of numbers, or without a rule.
    """
    if binning.rule == "coco-areas":
        return [
            (f"{shown}={name}", f"{written} BETWEEN {value_text(low)} AND {value_text(high)}") for name, low, high in COCO_AREAS
        ]
    distinct = np.unique(given)
    if not binning.is_of_numbers and len(distinct) <= MOST_NUMBERS:
        return [(f"{shown}={value_text(value)}", f"{written} = {value_text(value)}") for value in distinct.tolist()]
    if not len(distinct):
        return []
    if binning.rule == "edges":
        edges = list(binning.edges)
    elif binning.rule == "width":
        edges = _rounded(np.linspace(distinct[0], distinct[-1], binning.n + 1)[1:-1], distinct)
    else:
        edges = quantile_edges(given, binning.n)
    return range_parts(edges, shown, written)


def range_parts(edges: list[float], shown: str, written: str) -> list[Part]:
    """Return one slice below the first edge, one from each edge to the next, and one from the last on."""
    if not edges:
        return [(f"{shown}=any", f"{written} IS NOT NULL")]
    texts = [value_text(edge) for edge in edges]
    return [
        (f"{shown} < {texts[0]}", f"{written} < {texts[0]}"),
        *((f"{low} <= {shown} < {high}", f"{written} >= {low} AND {written} < {high}") for low, high in pairwise(texts)),
        (f"{shown} >= {texts[-1]}", f"{written} >= {texts[-1]}"),
    ]


def quantile_edges(given: FloatArray, n: int) -> list[float]:
    """Return the inner edges of ``n`` parts with about equally many values, rounded to what their distance needs."""
    distinct = np.unique(given)
    if not len(distinct):
        return []
    return _rounded(np.quantile(given, np.linspace(0, 1, n + 1)[1:-1]), distinct)


def _rounded(edges: FloatArray, distinct: FloatArray) -> list[float]:
    """Return edges with three digits of their least distance, those that part something."""
    gaps = np.diff(np.unique([distinct[0], *edges, distinct[-1]]))
    if not len(gaps):
        return []
    decimals = 2 - math.floor(math.log10(gaps.min()))
    rounded = np.unique([round(edge, decimals) for edge in edges.tolist()]).tolist()
    return [float(edge) for edge in rounded if distinct[0] < edge <= distinct[-1]]


def date_parts(given: AnyArray, shown: str, written: str, binning: Binning) -> list[Part]:
    """Return the slices of a column of dates: by the part asked for, else by hour, or by month where none has a time."""
    rule = binning.rule if binning.is_of_dates else ""
    if rule == "weekday":
        present = np.unique((given.astype("datetime64[D]").astype(np.int64) + 3) % 7)
        names = [WEEKDAYS[day] for day in present.tolist()]
        return [(f"{shown}.weekday={name}", f"{written}.weekday = {value_text(name)}") for name in names]
    if rule == "month" or (not rule and bool((given == given.astype("datetime64[D]")).all())):
        months = np.unique(given.astype("datetime64[M]").astype(np.int64) % 12 + 1)
        return [(f"{shown}.month={month}", f"{written}.month = {month}") for month in months.tolist()]
    hours = np.unique(given.astype("datetime64[h]").astype(np.int64) % 24)
    if rule == "hour" or len(hours) <= MOST_NUMBERS:
        return [(f"{shown}.hour={hour}", f"{written}.hour = {hour}") for hour in hours.tolist()]
    starts = np.unique(hours // 3 * 3).tolist()
    return [(f"{shown}.hour={one} to {one + 2}", f"{written}.hour BETWEEN {one} AND {one + 2}") for one in starts]
