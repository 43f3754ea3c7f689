"""The keys of the first record of a JSON list, from its beginning alone: large files need not be parsed to tell what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?|[\[\]{}"]')


@dataclass(frozen=True, slots=True)
class FirstRecord:
    """What the first record of a list says about itself.

    Attributes
    ----------
    keys : frozenset of str
        Of the record itself, not of objects within it.
    is_whole : bool
        Whether the text reached to its end; else further keys may follow.
    """

    keys: frozenset[str]
    is_whole: bool

    @property
    def is_result(self) -> bool:
        """Whether it is what a detector found: a score, or a shape on an image."""
        return "score" in self.keys or ("image_id" in self.keys and bool(self.keys & {"bbox", "segmentation"}))


def first_record(text: str) -> FirstRecord:
    """Return the keys of the first object that lies directly in a list.

    Parameters
    ----------
    text : str
        Begins with the list; may end anywhere.
    """
    keys: set[str] = set()
    depth = 0
    in_record = False
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign == '"':
            # A string that is cut off: nothing after it can be told.
            break
        if sign in ("{", "["):
            depth += 1
            in_record |= depth == 2 and sign == "{"
        elif sign in ("}", "]"):
            depth -= 1
            if depth == 0 or (depth == 1 and in_record):
                return FirstRecord(frozenset(keys), True)
        elif in_record and depth == 2 and token[2] is not None:
            keys.add(token[1])
    return FirstRecord(frozenset(keys), False)
