"""What is odd about the values of a column: dates in several styles, numbers among words, more values than anybody slices by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diag_gui.data.attributes import Column, ColumnKind
from diag_gui.formats.moment_texts import DAY_OR_MONTH_FIRST, style_of, told_of_order
from diag_gui.formats.value_columns import BLANKS, WORDS, number_of

MANY_VALUES = 1_000
"""Different texts of a column from which on it is said that most of them share one slice."""

_NOTABLE = 0.25
"""Share of numbers, dates or yes and no among other values from which on those others are thought to be mistakes."""

_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_CODE = re.compile(r"[+-]?0\d+", re.ASCII)
_NUMBER, _YES_OR_NO, _COMMA_NUMBER, _TEXT = "number", "yes or no", "number with a comma", "text"
_ZEROS = "code with leading zeros"
_PLURALS = {
    _NUMBER: "numbers",
    _YES_OR_NO: "yes or no",
    _COMMA_NUMBER: "numbers with a comma",
    _ZEROS: "codes with leading zeros",
    _TEXT: "texts",
}
_MOST_STYLES = 6


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something to say about a column.

    Attributes
    ----------
    code : str
        ``date-styles``, ``dates-as-text``, ``mixed-values``, ``decimal-commas`` or ``many-values``.
    place : int
        Row of the first value of the rarest kind.
    reason : str
    """

    code: str
    place: int
    reason: str


@dataclass(slots=True)
class _Style:
    """Values written alike: how many, the first, and its row."""

    count: int
    example: str
    place: int


def oddities_of(name: str, values: Sequence[Any], column: Column, *, is_text: bool) -> list[Oddity]:
    """Return what is odd about a column.

    Parameters
    ----------
    name : str
    values : sequence of str, int, float, bool or None
        As the file gives them.
    column : Column
        What was made of them.
    is_text : bool
        Whether the file has cells of text, in which numbers are to be recognised; otherwise values carry their type.
    """
    if column.kind is ColumnKind.DATETIME:
        styles = _styles(values, lambda value: style_of(value))
        if len(styles) > 1:
            least = min(styles.values(), key=lambda style: style.count)
            reason = f"column {name!r} writes dates in {len(styles)} styles, all of them read: {_told(styles)}"
            return [Oddity("date-styles", least.place, reason)]
        return []
    if column.kind is not ColumnKind.CATEGORY:
        return []
    found = _mixed(name, _styles(values, lambda value: _kind_of(value, is_text=is_text)), column.categories, is_text=is_text)
    if len(column.categories) > MANY_VALUES:
        said = f"{len(column.categories):,} different texts"
        reason = f"column {name!r} holds {said}: a slice each for the most frequent only, the others share one"
        found.append(Oddity("many-values", 0, reason))
    return found


def _styles(values: Sequence[Any], kind_of: Any) -> dict[str, _Style]:
    """Return the values by what they are, in order of appearance; blanks are left out. Each different value is judged once."""
    kinds: dict[Any, str] = {}
    styles: dict[str, _Style] = {}
    for place, value in enumerate(values):
        key = value.strip() if isinstance(value, str) else (type(value), value)
        if isinstance(value, (list, dict)) or value is None or value != value or (isinstance(key, str) and key.lower() in BLANKS):
            continue
        if key not in kinds:
            kinds[key] = kind_of(key if isinstance(value, str) else value)
        style = styles.setdefault(kinds[key], _Style(0, str(value).strip(), place))
        style.count += 1
    return styles


def _kind_of(value: Any, *, is_text: bool) -> str:
    if isinstance(value, bool):
        return _YES_OR_NO
    if isinstance(value, (int, float)):
        return _NUMBER
    if is_text and number_of(value) is not None:
        return _NUMBER
    if is_text and value.lower() in WORDS:
        return _YES_OR_NO
    if _COMMA.fullmatch(value):
        return _COMMA_NUMBER
    if _CODE.fullmatch(value):
        return _ZEROS
    return style_of(value) or _TEXT


def _mixed(name: str, styles: Mapping[str, _Style], texts: Sequence[str], *, is_text: bool) -> list[Oddity]:
    """Return what speaks against a column being one of words."""
    n_given = sum(style.count for style in styles.values())
    dates = {kind: style for kind, style in styles.items() if kind not in _PLURALS}
    n_dates = sum(style.count for style in dates.values())
    least = min(styles.values(), key=lambda style: style.count, default=None)
    if least is None or styles.keys() <= {_NUMBER, _ZEROS}:
        # Codes, some of which begin with a zero: text by intention.
        return []
    if n_dates >= _NOTABLE * n_given:
        why = told_of_order(texts) if DAY_OR_MONTH_FIRST in dates else ""
        reason = f"column {name!r} stays text, for it cannot be read as dates: {_told(styles)}{'; ' if why else ''}{why}"
        return [Oddity("dates-as-text", least.place, reason)]
    if _COMMA_NUMBER in styles and styles[_COMMA_NUMBER].count >= _NOTABLE * n_given:
        reason = f"column {name!r} stays text, for a decimal comma is not guessed at: {_told(styles)}; write 1.5 for 1,5"
        return [Oddity("decimal-commas", styles[_COMMA_NUMBER].place, reason)]
    others = [kind for kind in (_NUMBER, _YES_OR_NO) if kind in styles and styles[kind].count >= _NOTABLE * n_given]
    is_mixed = len(styles) > 1 and (bool(others) or (not is_text and (_NUMBER in styles or _YES_OR_NO in styles)))
    if not is_mixed:
        return []
    reason = f"column {name!r} stays text, for its values are of different kinds: {_told(styles)}"
    return [Oddity("mixed-values", least.place, reason)]


def _told(styles: Mapping[str, _Style]) -> str:
    """Return styles with counts and examples, the most frequent first."""
    ranked = sorted(styles.items(), key=lambda item: -item[1].count)
    said = []
    for kind, style in ranked[:_MOST_STYLES]:
        word = _PLURALS.get(kind, kind) if style.count != 1 else kind
        said.append(f"{style.count:,} {word} ({style.example[:40]!r})")
    more = len(ranked) - len(said)
    return ", ".join([*said, f"{more} more styles"] if more else said)
