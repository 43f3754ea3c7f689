"""Keys that an object of JSON gives twice: parsers keep the last value and say nothing; which was meant nobody knows."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")
"""Letters need no escape: where one has it, a key may be hidden."""
_KEY_END = re.compile(rb'"[ \t\r\n]*:')


def hides_letters(text: bytes) -> bool:
    """Return whether letters are written as escapes, so that a search for a key may miss it."""
    return _ESCAPED_LETTER.search(text) is not None


def may_repeat(text: bytes, names: Iterable[str], n_giving: Callable[[str], int]) -> bool:
    """Return whether records may give one of ``names`` twice: it is written more often than they give it, or hidden."""
    return hides_letters(text) or any(text.count(f'"{name}"'.encode()) > n_giving(name) for name in names)


class _Ambiguous(dict[str, Any]):
    """An object that gives a key twice, and the first such key."""

    repeated: str = ""


def object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object as `json.loads` builds it; one that gives a key twice remembers that."""
    record = dict(pairs)
    if len(record) == len(pairs):
        return record
    ambiguous = _Ambiguous(record)
    counted = Counter(name for name, _ in pairs)
    ambiguous.repeated = next(name for name, n in counted.items() if n > 1)
    return ambiguous


def repeated_keys(text: bytes) -> dict[int, str]:
    """Return `repeated_in` of a list as it is written. Slow: asked when counts disagree."""
    return repeated_in(json.loads(text, object_pairs_hook=object_of_pairs))


def may_repeat_keys(text: bytes, records: list[Any]) -> bool:
    """Return whether a list as it is written has more keys than its records, as where one gives a key twice or holds objects."""
    n_keys = sum(len(record) for record in records if isinstance(record, dict))
    return sum(1 for _ in _KEY_END.finditer(text)) > n_keys


def repeated_in(records: list[Any]) -> dict[int, str]:
    """Return the place of each record that gives a key twice, and the key; of a `Decoded` list, which remembers it."""
    return {place: record.repeated for place, record in enumerate(records) if isinstance(record, _Ambiguous)}
