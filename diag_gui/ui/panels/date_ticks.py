"""Where an axis of moments is marked, and what it says there: whole years, months, days, hours or minutes."""

from __future__ import annotations

import math

import numpy as np

_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 6_000, 12_000)
_DAY, _MONTH = 86_400.0, 2_629_746.0


def date_ticks(first: float, last: float, most: int = 5) -> list[tuple[float, str]]:
    """Return the marks of an axis.

    Parameters
    ----------
    first, last : float
        Its ends: seconds since the beginning of 1970, UTC.
    most : int
        Marks at most; where no round moment lies between the ends, one at the first.

    Returns
    -------
    list of (float, str)
        Ascending. A mark says what its step needs: ``2024``, ``Mar 2024``, ``14 Mar``, ``14 Mar 06:00``, ``06:00:30``.
    """
    span = max(last - first, 0.0)
    if span <= 0:
        return [(first, _text(first, "m"))]
    step = next((float(step) for step in _SECONDS if span / step < most), 0.0)
    if step:
        start = math.ceil(first / step) * step
        values = [start + n * step for n in range(int((last - start) // step) + 1)]
        unit = "D" if step >= _DAY else "m" if step >= 60 else "s"
        return [(value, _text(value, unit)) for value in values] or [(first, _text(first, unit))]
    months = next((months for months in _MONTHS if span / (months * _MONTH) < most), _MONTHS[-1])
    month = -(-int(np.datetime64(int(first), "s").astype("datetime64[M]").astype(np.int64)) // months) * months
    ticks = []
    while (value := float(np.datetime64(month, "M").astype("datetime64[s]").astype(np.int64))) <= last:
        if value >= first:
            ticks.append((value, _text(value, "Y" if months % 12 == 0 else "M")))
        month += months
    return ticks or [(first, _text(first, "D"))]


_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _text(value: float, unit: str) -> str:
    date, _, clock = str(np.datetime64(round(value), "s")).partition("T")
    year, month, day = date.rsplit("-", 2)
    name = _NAMES[int(month) - 1]
    if unit == "Y":
        return year
    if unit == "M":
        return f"{name} {year}"
    if unit == "D":
        return f"{int(day)} {name}"
    if unit == "m":
        return f"{int(day)} {name}" if clock == "00:00:00" else f"{int(day)} {name} {clock[:5]}"
    return clock
