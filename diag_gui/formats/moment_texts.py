"""Dates and times as people write them: each style, what can be told of it alone, and what only the whole column tells.

``2024-03-01``, ``2024/03/01``, ``2024:03:01 10:00:00`` (EXIF), ``20240301T100000`` and ``1 Mar 2024`` mean one thing wherever
they stand, and so does ``01.03.2024``, which is written with the day first. ``03/04/2024`` and ``03-04-2024`` have the day or
the month first: only a column in which a number above 12 stands in one place, and none in the other, says which. Years of two
digits are not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

_TIME_LIKE = re.compile(r"\d{4}[-/:]\d{1,2}[-/:]\d{1,2}.*|\d{8}T\d{6}.*|\d{1,2}\.\d{1,2}\.\d{4}.*", re.ASCII)
_FORMATS = (
    "%Y:%m:%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
)
_CLOCK = r"(?:,?[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
_EITHER_FIRST = re.compile(r"(?P<one>\d{1,2})(?P<mark>[/-])(?P<other>\d{1,2})(?P=mark)(?P<year>\d{4})" + _CLOCK, re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_NAMED = (
    re.compile(r"(?P<day>\d{1,2})[ -]" + _MONTH + r",?[ -](?P<year>\d{4})" + _CLOCK, re.ASCII | re.IGNORECASE),
    re.compile(_MONTH + r" (?P<day>\d{1,2}),? (?P<year>\d{4})" + _CLOCK, re.ASCII | re.IGNORECASE),
)
_MONTH_NAMES = frozenset(
    ("january", "february", "march", "april", "june", "july", "august", "september", "sept", "october", "november", "december")
)

DAY_OR_MONTH_FIRST = "day or month first"
"""The style of dates that a column decides about."""


def moment_of(text: str) -> datetime | None:
    """Return the moment that a text means wherever it stands, one with a zone in UTC; None where it is none, or unclear."""
    text = text.strip()
    if not _TIME_LIKE.fullmatch(text):
        return _named_month(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        for pattern in _FORMATS:
            try:
                moment = datetime.strptime(text, pattern)
                break
            except ValueError:
                continue
        else:
            return None
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo is not None else moment
    except OverflowError:
        return None


def moments_of(texts: Iterable[str]) -> dict[str, datetime] | None:
    """Return the moment of each distinct text of a column; None unless all are moments and the column says which they are."""
    found: dict[str, datetime] = {}
    unclear: list[tuple[str, re.Match[str]]] = []
    for text in texts:
        if (moment := moment_of(text)) is not None:
            found[text] = moment
        elif (match := _EITHER_FIRST.fullmatch(text.strip())) is not None:
            unclear.append((text, match))
        else:
            return None
    if not unclear:
        return found
    day_first = is_day_first([match for _, match in unclear])
    if day_first is None:
        return None
    for text, match in unclear:
        day, month = ("one", "other") if day_first else ("other", "one")
        when = _moment(match, int(match[month]), int(match[day]))
        if when is None:
            return None
        found[text] = when
    return found


def is_day_first(matches: Iterable[re.Match[str]]) -> bool | None:
    """Return whether dates such as ``13/04/2024`` have the day first; None where they contradict each other, or none says it."""
    most_one = most_other = 0
    for match in matches:
        most_one, most_other = max(most_one, int(match["one"])), max(most_other, int(match["other"]))
    return (most_one > 12) if (most_one > 12) != (most_other > 12) else None


def told_of_order(texts: Iterable[str]) -> str:
    """Return in words why dates with the day or the month first cannot be read: nothing tells, or two contradict each other."""
    matches = [match for text in texts if (match := _EITHER_FIRST.fullmatch(text.strip())) is not None]
    day_first = next((match[0] for match in matches if int(match["one"]) > 12), "")
    month_first = next((match[0] for match in matches if int(match["other"]) > 12), "")
    if day_first and month_first:
        return f"{day_first!r} has the day first, {month_first!r} the month"
    return f"{matches[0][0]!r} may have the day or the month first" if matches and not (day_first or month_first) else ""


def style_of(text: str) -> str:
    """Return the style of a date as people call it, ``day or month first`` for one that a column decides about; else empty."""
    text = text.strip()
    if _EITHER_FIRST.fullmatch(text):
        return DAY_OR_MONTH_FIRST
    moment = moment_of(text)
    if moment is None:
        return ""
    if text[:1].isalpha() or any(name in text.lower() for name in _MONTHS):
        return "month by name"
    clock = "" if len(text) <= 11 else " and time with zone" if _has_zone(text) else " and time"
    mark = next((mark for mark in "-/:." if mark in text[:6]), "")
    order = "day.month.year" if mark == "." else mark.join(("year", "month", "day")) if mark else "yearmonthday"
    return f"{order}{clock}"


def _has_zone(text: str) -> bool:
    return text[-1] in "zZ" or any(sign in text[11:] for sign in "+-")


def _named_month(text: str) -> datetime | None:
    for pattern in _NAMED:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        name = match["month"].lower()
        if name in _MONTHS or name in _MONTH_NAMES:
            return _moment(match, _MONTHS.index(name[:3]) + 1, int(match["day"]))
    return None


def _moment(match: re.Match[str], month: int, day: int) -> datetime | None:
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    try:
        return datetime(int(match["year"]), month, day, hour, minute, second)
    except ValueError:
        return None
