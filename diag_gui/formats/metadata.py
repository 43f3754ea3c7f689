"""Metadata of images from a table, joined on whatever column and form of name fits best.

Read are CSV, TSV, JSON, JSON lines and Parquet. Every column is tried as key against the images: by the full file name, by the
end of the path (of either, from two parts on, the longest that is there), by the last part, by the stem, by the image id; the
pair that finds most images wins, the more exact form on a tie. Blanks stay missing. Rows of images that are not in the dataset
are counted; a second row for an image is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import IntArray
from diag_gui.data.attributes import Column
from diag_gui.data.dataset import Dataset, Images
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.column_oddities import oddities_of
from diag_gui.formats.file_names import base_of, relative_name, stem_of
from diag_gui.formats.matching_names import unique_names
from diag_gui.formats.table_reading import Table, read_table
from diag_gui.formats.value_columns import column_of, column_of_texts

BUILT_IN = frozenset({"width", "height", "n_gt", "n_pred", "tag"})
"""Names that the expression language has for itself; such columns of a table are still there as ``meta.NAME``."""

FORMAT = "table"

MIN_SHARE = 0.5
"""Share of images below which a join is called poor."""

_Lookup = dict[str, int]
_TRIED = 200


def join(dataset: Dataset, path: Path) -> tuple[Dataset, ReadReport, tuple[str, ...]]:
    """Return the dataset with the columns of a table as image attributes.

    Parameters
    ----------
    dataset : Dataset
    path : Path

    Returns
    -------
    Dataset
        Columns of the same name as one that is there replace it.
    ReadReport
        Records are rows; the share of images that matched, and by what, is a note ``metadata-joined``.
    tuple of str
        Names of the joined columns.

    Raises
    ------
    FormatError
        If the table cannot be read.
    DatasetMismatchError
        If no row belongs to an image.
    """
    table = read_table(path)
    log = ProblemLog(path)
    for code, record, reason, drops in table.notes:
        log.add(code, record, reason, drops=drops)
    n_records = len(table) + sum(drops for _, _, _, drops in table.notes)
    if not table.columns:
        _, record, reason, _ = next((note for note in table.notes if note[3]), ("", "", "has no columns", True))
        raise FormatError(path, reason, record)
    key, form, image_row = _best_key(table, dataset.images)
    if len(table) and not (image_row >= 0).any():
        raise DatasetMismatchError(
            f"{path}: not one of {len(table):,} rows names an image of the ground truth, by file name, path, stem or id"
        )
    row_of_image = _row_of_each_image(table, image_row, len(dataset.images), log)
    columns = _columns(table, key, row_of_image, log)
    matched = int((row_of_image >= 0).sum())
    share = matched / len(dataset.images) if len(dataset.images) else 0.0
    poor = "; few images match" if share < MIN_SHARE else ""
    log.add("metadata-joined", "", f"joined on {key!r} by {form}: {matched:,} of {len(dataset.images):,} images "
            f"({share:.0%}) have a row{poor}", drops=False)  # fmt: skip
    attributes = dataset.image_attributes.with_columns(columns)
    loaded = n_records - log.dropped
    report = ReadReport(path, FORMAT, table.sha256, n_records, loaded, log.dropped, log.groups())
    return replace(dataset, image_attributes=attributes), report, tuple(column.name for column in columns)


def _best_key(table: Table, images: Images) -> tuple[str, str, IntArray]:
    """Return the column and form of name that find most images, and the image row of each row of the table."""
    best: tuple[int, str, str, IntArray] | None = None
    for form, lookup, shape in _forms(images):
        for name, cells in table.columns.items():
            rows = _find(cells, lookup, shape)
            n_found = len(np.unique(rows[rows >= 0]))
            if best is None or n_found > best[0]:
                best = (n_found, name, form, rows)
            if n_found == len(images):
                # Nothing finds more, and no form that follows is more exact.
                return best[1:]
    assert best is not None
    return best[1:]


def _forms(images: Images) -> list[tuple[str, _Lookup, Callable[[str], str]]]:
    """Return the forms of names to try, the most exact first: what it is called, name to row, and how cells become names."""
    names = images.file_name
    ids = {str(value): row for row, value in enumerate(images.image_id.tolist())}
    ends = _unique_ends(names)
    return [
        ("file name", unique_names(names, relative_name), relative_name),
        ("end of the path", ends, lambda cell: next((end for end in _ends(relative_name(cell)) if end in ends), "")),
        ("last part of the file name", unique_names(names, base_of), lambda cell: base_of(relative_name(cell))),
        ("stem", unique_names(names, stem_of), lambda cell: stem_of(relative_name(cell))),
        ("stem as written", unique_names(names, stem_of), str),
        ("image id", ids, _id_text),
    ]


def _unique_ends(names: Sequence[str]) -> _Lookup:
    """Return the row of each name and of each end of two parts or more, without those that several have."""
    rows: _Lookup = {}
    repeated: set[str] = set()
    for row, name in enumerate(names):
        for end in _ends(relative_name(name)):
            if rows.setdefault(end, row) != row:
                repeated.add(end)
    return {end: row for end, row in rows.items() if end not in repeated}


def _ends(name: str) -> list[str]:
    """Return a path and its ends, the longest first, down to two parts."""
    parts = name.split("/")
    return ["/".join(parts[first:]) for first in range(max(1, len(parts) - 1))]


def _id_text(cell: str) -> str:
    return cell.removesuffix(".0")


def _find(cells: list[Any], lookup: _Lookup, shape: Callable[[str], str]) -> IntArray:
    """Return the image row of each cell, -1 where there is none; a column whose beginning finds nothing is not read on."""
    rows = np.full(len(cells), -1, np.int32)
    # Of many cells few differ in the columns that are no key.
    known: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
            continue
        text = str(cell).strip()
        if text not in known:
            known[text] = lookup.get(shape(text), -1)
        rows[place] = known[text]
        if place == _TRIED and not (rows[: place + 1] >= 0).any():
            break
    return rows


def _row_of_each_image(table: Table, image_row: IntArray, n_images: int, log: ProblemLog) -> IntArray:
    """Return the table's row of each image, -1 where it has none; later rows for the same image are dropped."""
    row_of_image = np.full(n_images, -1, np.int32)
    for row, image in enumerate(image_row.tolist()):
        if image < 0:
            log.add("row-without-image", f"line {table.line_number[row]}", "names no image of the ground truth", drops=True)
        elif row_of_image[image] >= 0:
            first = table.line_number[int(row_of_image[image])]
            name = f"line {table.line_number[row]}"
            log.add("duplicate-row", name, f"is a second row for the image of line {first}", drops=True)
        else:
            row_of_image[image] = row
    return row_of_image


def _columns(table: Table, key: str, row_of_image: IntArray, log: ProblemLog) -> tuple[Column, ...]:
    """Return the columns other than the key at the images' rows; the whole column decides its kind, not the part used.

    What is odd about one is noted, so that a date that is none is not found out by a filter that finds nothing.
    """
    columns: list[Column] = []
    for name, cells in table.columns.items():
        if name == key or not name:
            continue
        column = column_of_texts(name, cells) if table.is_text else column_of(name, cells)
        if column is None:
            continue
        columns.append(column.take(row_of_image))
        for odd in oddities_of(name, cells, column, is_text=table.is_text):
            log.add(odd.code, f"line {table.line_number[odd.place]}", odd.reason, drops=False)
    return tuple(columns)
