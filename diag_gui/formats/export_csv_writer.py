"""CSV that a spreadsheet opens without running anything in it.

Notes
-----
A cell of text that a spreadsheet would take for a formula (it starts with ``=``, ``+``, ``-``, ``@``, tab or carriage
return) gets an apostrophe in front, as OWASP advises; so does a text that already has apostrophes before such a sign, so
that taking one apostrophe away restores every cell. Numbers stay as they are: ``-5`` is no formula.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Sequence

_WOULD_RUN = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")


def safe_text(text: str) -> str:
    """Return ``text`` so that no spreadsheet runs it; `restored_text` is the way back."""
    if _WOULD_RUN.match(text) and not _NUMBER.match(text):
        return f"'{text}"
    return text


def restored_text(text: str) -> str:
    """Return what `safe_text` was given."""
    return text[1:] if text.startswith("'") and _WOULD_RUN.match(text) and not _NUMBER.match(text[1:]) else text


def cell(value: object) -> str:
    """Return one value as the text of a cell: nothing for None and NaN, JSON for lists, full precision for numbers."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple | dict):
        return safe_text(json.dumps(value, ensure_ascii=False))
    return safe_text(str(value))


def csv_text(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV with a header line.

    Parameters
    ----------
    names : sequence of str
        Header.
    rows : iterable of sequence
        Values as in `cell`, in the order of ``names``.
    """
    target = io.StringIO(newline="")
    # Readers end a line at a carriage return that has no quotes around it, and Python before 3.13 puts none.
    plain, quoted = (csv.writer(target, lineterminator="\n", quoting=way) for way in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    for cells in ([safe_text(name) for name in names], *([cell(value) for value in row] for row in rows)):
        (quoted if any("\r" in text for text in cells) else plain).writerow(cells)
    return target.getvalue()
