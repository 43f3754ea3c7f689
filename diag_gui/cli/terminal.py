"""What is said to a person at a terminal: warnings and progress on standard error, tables on standard output."""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from diag_gui.data.read_report import OF_COLUMNS, PLAIN_ACCOUNTS, ReadReport, noun_of

_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SECONDS_BETWEEN = 0.1
_NOTES = frozenset({"date-styles", "many-values", "pictures-not-found"})
"""Problem groups that only tell how something was read."""


def plain_text(text: str) -> str:
    """Return ``text`` without characters that steer a terminal or turn the direction of writing."""
    return _NOT_SHOWN.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def warn(reports: Iterable[ReadReport], *, quiet: bool) -> None:
    """Say on standard error what reading found, one line per kind of problem and file."""
    if quiet:
        return
    for report in reports:
        for group in report.problems:
            kind = "note" if group.code in _NOTES else "warning"
            if group.code in OF_COLUMNS:
                for said in group.examples:
                    print(f"{kind}: {plain_text(said)} ({group.code})", file=sys.stderr)
                if group.count > len(group.examples):
                    more = count_of(group.count - len(group.examples), noun_of(group.code))
                    print(f"{kind}: {report.path.name}: and {more} more ({group.code})", file=sys.stderr)
                continue
            first = group.examples[0] if group.examples else report.path.name
            if group.code in PLAIN_ACCOUNTS:
                print(f"note: {plain_text(first)} ({group.code})", file=sys.stderr)
                continue
            what = f"{count_of(group.count, noun_of(group.code))} {'dropped' if group.drops else 'concerned'}"
            print(f"{kind}: {plain_text(first)} ({group.code}: {what})", file=sys.stderr)


def count_of(number: int, noun: str, nouns: str = "") -> str:
    """Return ``"1 record"`` or ``"2,000 records"``; ``nouns`` is a plural that is not made by an s."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


class ProgressLine:
    """One line on standard error that is written over; nothing where that is no terminal.

    Parameters
    ----------
    quiet : bool
        Say nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._last = 0.0

    def of(self, label: str) -> Callable[[float], None]:
        """Return what takes the share done of the step called ``label``."""

        def report(share: float) -> None:
            now = time.monotonic()
            if self._shown and now - self._last >= _SECONDS_BETWEEN:
                self._last = now
                print(f"\r\x1b[K{plain_text(label)} {share:4.0%}", end="", file=sys.stderr, flush=True)

        return report

    def found(self, n_files: int) -> None:
        """Tell how many files were found so far, of nobody knows how many."""
        now = time.monotonic()
        if self._shown and now - self._last >= _SECONDS_BETWEEN:
            self._last = now
            print(f"\r\x1b[K{n_files:,} files found", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown and self._last:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def figure(value: float | int | None, digits: int = 3) -> str:
    """Return a figure as a table shows it: a dash where it is undefined, whole numbers grouped, shares without the 0."""
    if value is None or value != value:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, n_text: int = 1) -> str:
    """Return rows in aligned columns.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
    n_text : int
        Columns from the left that are text and aligned left; the others are figures.
    """
    cells = [list(header), *([plain_text(cell) for cell in row] for row in rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for row in cells:
        padded = [
            cell + " " * (width - _width(cell)) if column < n_text else " " * (width - _width(cell)) + cell
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    lines.insert(1, "  ".join("─" * width for width in widths).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    """Return how many columns a terminal gives ``text``."""
    return sum(0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
