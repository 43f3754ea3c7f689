"""Parts of a date that a slice or a filter can speak of."""

from __future__ import annotations

import numpy as np

from diag_gui.data.attributes import Column, ColumnKind

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS = ("hour", "month", "weekday")


def part_of(column: Column, part: str) -> Column:
    """Return one part of a column of dates as a column of its own.

    Parameters
    ----------
    column : Column
        Of kind ``DATETIME``.
    part : {"hour", "month", "weekday"}
        Hour 0-23 and month 1-12 as numbers, the weekday by its English name.
    """
    name, missing = f"{column.name}.{part}", column.missing
    moments = np.where(missing, np.datetime64(0, "us"), column.values)
    if part == "weekday":
        # 1970-01-01 was a Thursday, three days after a Monday.
        days = (moments.astype("datetime64[D]").astype(np.int64) + 3) % 7
        return Column(name, ColumnKind.CATEGORY, np.where(missing, -1, days).astype(np.int32), missing, WEEKDAYS)
    if part == "hour":
        numbers = moments.astype("datetime64[h]").astype(np.int64) % 24
    elif part == "month":
        numbers = moments.astype("datetime64[M]").astype(np.int64) % 12 + 1
    else:
        raise ValueError(f"a date has no part {part!r}")
    return Column(name, ColumnKind.NUMBER, np.where(missing, np.nan, numbers), missing)
