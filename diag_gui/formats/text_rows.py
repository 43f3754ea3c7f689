"""Text files of rows: decoded, numbered, split; numbers read strictly."""

from __future__ import annotations

import re
from pathlib import Path

from diag_gui.formats.file_reading import decode_text

Rows = list[tuple[int, list[str]]]
"""Number and words of each line that is not blank."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE)


def rows_of_text(path: Path, data: bytes) -> Rows:
    """Return line number and words of each line that is not blank.

    Raises
    ------
    FormatError
        If it is not text in UTF-8.
    """
    lines = decode_text(path, data).splitlines()
    return [(place, words) for place, line in enumerate(lines, 1) if (words := line.split())]


def rows_of_commas(path: Path, data: bytes) -> Rows:
    """Return line number and stripped cells of each line that is not blank; a comma at the end ends no cell.

    Raises
    ------
    FormatError
        If it is not text in UTF-8.
    """
    lines = decode_text(path, data).splitlines()
    stripped = ((place, line.strip().removesuffix(",")) for place, line in enumerate(lines, 1))
    return [(place, [cell.strip() for cell in line.split(",")]) for place, line in stripped if line]


def floats_of(words: list[str]) -> list[float] | None:
    """Return numbers, NaN and infinite ones included; None if a word is none."""
    return [float(word) for word in words] if all(_NUMBER.fullmatch(word) and len(word) < 400 for word in words) else None


def float_of(word: str) -> float | None:
    """Return a number, also with blanks around it; None if it is none."""
    numbers = floats_of([word.strip()])
    return None if numbers is None else numbers[0]


def python_alone_reads(text: str) -> bool:
    """Return whether text may hold what only Python takes for numbers: ``1_0``, or digits of other scripts."""
    return "_" in text or not text.isascii()
