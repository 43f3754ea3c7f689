"""Label files of plain numbers, one object per line, many files at once, as columns.

A line is ``class value value ...`` with blanks between; where the class stands elsewhere, the reader says so. All numbers of all
files are converted in one pass; only when that fails is each line looked at, so that the bad one is named and left out.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray
from diag_gui.data.read_report import ProblemLog
from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled, decode_text, read_bytes
from diag_gui.formats.record_problems import on_image
from diag_gui.formats.text_rows import floats_of, python_alone_reads

_STEP = 512


@dataclass(frozen=True, slots=True, eq=False)
class LabelLines:
    """Lines of label files, blank ones left out, in order of file and line.

    Attributes
    ----------
    files : tuple of Path
        All files, also those without a line.
    shown : tuple of str
        Name of each file in messages.
    file_row, line_number : ndarray of int64, shape (N,)
        Where each line stands; lines count from 1.
    label : list of str, length N
        The word that is no number: the class, by number or name. Empty of a line that ends before it.
    n_values : ndarray of int64, shape (N,)
        Numbers beside it.
    values : ndarray of float64, shape (sum of n_values,)
        All of them, one line after the other.
    headers : tuple of (int, str)
        Row of the file and text of each line that describes the file instead of an object.
    n_records : int
        Lines of objects found, those that could not be read included.
    sha256 : str
        Of the list of names and contents.
    label_is_image : bool
        Whether the word that is no number is an image, in files of one class each.
    """

    files: tuple[Path, ...]
    shown: tuple[str, ...]
    file_row: LongArray
    line_number: LongArray
    label: list[str]
    n_values: LongArray
    values: FloatArray
    headers: tuple[tuple[int, str], ...]
    n_records: int
    sha256: str
    label_is_image: bool = False

    def __len__(self) -> int:
        return len(self.label)

    def name(self, position: int) -> str:
        """Return the name of a line for messages."""
        place = f"{self.shown[self.file_row[position]]}: line {self.line_number[position]}"
        return on_image(place, self.label[position]) if self.label_is_image else place

    @property
    def starts(self) -> LongArray:
        """Where the values of each line begin, shape (N + 1,)."""
        return np.concatenate(([0], np.cumsum(self.n_values))).astype(np.int64)

    def column(self, place: int) -> FloatArray:
        """Return the value at ``place`` of each line, NaN where it has fewer."""
        starts = self.starts[:-1]
        there = self.n_values > place
        result = np.full(len(self), np.nan)
        result[there] = self.values[starts[there] + place]
        return result

    def columns(self, first: int, count: int) -> FloatArray:
        """Return ``count`` values of each line from place ``first`` on, NaN where it has fewer: shape (N, count)."""
        return np.stack([self.column(first + place) for place in range(count)], axis=1).reshape(-1, count)


def read_lines(
    files: Sequence[Path],
    root: Path,
    log: ProblemLog,
    *,
    label_place: int = 0,
    is_header: Callable[[str], bool] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> LabelLines:
    """Read label files.

    Parameters
    ----------
    files : sequence of Path
    root : Path
        Names in messages are relative to it.
    log : ProblemLog
        Receives lines that hold words where numbers are expected, and files that cannot be read.
    label_place : int
        Which word of a line is the class, from 0.
    is_header : callable, optional
        Tells lines, as they are, that describe the file; by default there are none.
    progress, cancelled : callable, optional
        Progress is called every 512 files.

    Raises
    ------
    FormatError
        If cancelled, or if not one file can be read.
    """
    start = os.path.join(str(root), "")
    digest = hashlib.sha256()
    shown: list[str] = []
    rows: list[int] = []
    numbers: list[int] = []
    labels: list[str] = []
    counts: list[int] = []
    words: list[str] = []
    headers: list[tuple[int, str]] = []
    refused: list[FormatError] = []
    is_doubtful = False
    for row, file in enumerate(files):
        if row % _STEP == 0:
            check_cancelled(root, cancelled)
            if progress is not None:
                progress(row / len(files))
        full = str(file)
        shown.append(full[len(start) :].replace(os.sep, "/") if full.startswith(start) else file.name)
        try:
            data = read_bytes(file, "text_bytes")
            digest.update(f"{shown[-1]}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
            digest.update(data)
            text = decode_text(file, data)
        except FormatError as error:
            refused.append(error)
            log.add("unreadable-label-file", shown[-1], error.reason, drops=False)
            continue
        is_doubtful = is_doubtful or python_alone_reads(text)
        for number, line in enumerate(text.splitlines(), 1):
            parts = line.split()
            if not parts:
                continue
            if is_header is not None and is_header(line):
                headers.append((row, line.strip()))
                continue
            rows.append(row)
            numbers.append(number)
            labels.append(parts.pop(label_place) if len(parts) > label_place else "")
            counts.append(len(parts))
            words.extend(parts)
    if refused and len(refused) == len(files):
        raise refused[0]
    kept: Sequence[int]
    try:
        # Classes may well hold what numbers must not.
        if is_doubtful and python_alone_reads(" ".join(words)):
            raise ValueError
        values, kept = np.array(words, dtype=np.float64), range(len(labels))
    except ValueError:
        names = [f"{shown[row]}: line {number}" for row, number in zip(rows, numbers, strict=True)]
        values, kept = _values_line_by_line(words, counts, names, log)
    every = len(kept) == len(labels)
    pick = np.fromiter(kept, np.int64, len(kept))
    return LabelLines(
        files=tuple(files),
        shown=tuple(shown),
        file_row=np.array(rows, np.int64)[pick],
        line_number=np.array(numbers, np.int64)[pick],
        label=labels if every else [labels[place] for place in kept],
        n_values=np.array(counts, np.int64)[pick],
        values=values,
        headers=tuple(headers),
        n_records=len(labels),
        sha256=digest.hexdigest(),
    )


def _values_line_by_line(words: list[str], counts: list[int], names: list[str], log: ProblemLog) -> tuple[FloatArray, list[int]]:
    """Return the numbers of the lines that hold nothing else, and which lines those are."""
    values: list[float] = []
    kept: list[int] = []
    first = 0
    for place, count in enumerate(counts):
        line = words[first : first + count]
        first += count
        numbers = floats_of(line)
        if numbers is None:
            bad = next(word for word in line if floats_of([word]) is None)
            log.add("not-a-number", names[place], f"{bad[:40]!r} is not a number", drops=True)
            continue
        values.extend(numbers)
        kept.append(place)
    return np.array(values, dtype=np.float64), kept
