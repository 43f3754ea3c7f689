"""Which classes somebody verified to be in an image or not: Open Images' image-level labels, joined to a dataset.

Read: a table with ``ImageID``, ``LabelName`` and ``Confidence``, in any order and case, further columns left aside. ImageID is
the id or the file name of an image, with or without its ending; LabelName the id, the name or the code of a class, see
`class_codes`. Confidence 1 says that the class is there, 0 that it is not. Anything between is a machine's guess and verifies
nothing.

References
----------
https://storage.googleapis.com/openimages/web/download_v7.html, *Image labels*.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import BoolArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.row_lists import RowLists
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.class_codes import rows_by_label
from diag_gui.formats.matching_names import ImageFinder
from diag_gui.formats.table_reading import Table, read_table
from diag_gui.formats.text_rows import float_of

FORMAT = "verified-labels"
_COLUMNS = ("imageid", "labelname", "confidence")


def join_verified_labels(dataset: Dataset, path: Path) -> tuple[Dataset, ReadReport]:
    """Return the dataset with the lists of verified and of negative classes that a table gives.

    Parameters
    ----------
    dataset : Dataset
    path : Path

    Returns
    -------
    Dataset
        Its ``images.verified`` and ``images.negative`` are those of the table alone.
    ReadReport
        Records are rows. Rows of other images and classes are dropped, as are guesses.

    Raises
    ------
    FormatError
        If it is no such table.
    DatasetMismatchError
        If not one of its rows is about an image and a class of the dataset.
    """
    table = read_table(path)
    log = ProblemLog(path)
    for code, record, reason, drops in table.notes:
        log.add(code, record, reason, drops=drops)
    image_row, class_row, is_there = _rows(table, dataset, path, log)
    if len(table) and not len(image_row):
        raise DatasetMismatchError(f"{path}: not one of its {len(table):,} rows is about an image and a class of {dataset.name}")
    verified, negative = (
        RowLists.of_pairs(image_row[side], class_row[side], len(dataset.images)) for side in (is_there, ~is_there)
    )
    n_records = len(table) + sum(drops for *_, drops in table.notes)
    report = ReadReport(path, FORMAT, table.sha256, n_records, len(image_row), n_records - len(image_row), log.groups())
    return replace(dataset, images=replace(dataset.images, verified=verified, negative=negative)), report


def _rows(table: Table, dataset: Dataset, path: Path, log: ProblemLog) -> tuple[LongArray, LongArray, BoolArray]:
    """Return image row, class row and whether the class is there, of each row that says so of the dataset."""
    columns = {name.casefold(): column for name, column in table.columns.items()}
    if lacking := sorted(set(_COLUMNS) - set(columns)):
        raise FormatError(path, f"lacks the columns {', '.join(lacking)}", "header")
    images, labels, confidences = ([str(cell).strip() for cell in columns[name]] for name in _COLUMNS)
    by_id = {str(value): row for row, value in enumerate(dataset.images.image_id.tolist())}
    finder = ImageFinder(dataset.images, {})
    row_of_image = {name: by_id.get(name, -1) for name in dict.fromkeys(images)}
    row_of_image |= {name: finder.by_file_name(name) for name, row in row_of_image.items() if row < 0}
    row_of_class = rows_by_label(dataset, path)
    kept: list[tuple[int, int, bool]] = []
    for line, image, label, confidence in zip(table.line_number, images, labels, confidences, strict=True):
        place, row, value = row_of_image[image], row_of_class.get(label, -1), _number(confidence)
        if place < 0:
            log.add("unknown-image", f"line {line}", f"image {image[:80]!r} is not in the ground truth", drops=True)
        elif row < 0:
            log.add("unknown-category", f"line {line}", f"label {label[:80]!r} is no class of the ground truth", drops=True)
        elif value not in (0.0, 1.0):
            log.add("label-not-verified", f"line {line}", f"confidence {confidence[:40]!r} is neither 0 nor 1", drops=True)
        else:
            kept.append((place, row, value == 1.0))
    image_row, class_row, is_there = zip(*kept, strict=True) if kept else ((), (), ())
    return np.array(image_row, np.int64), np.array(class_row, np.int64), np.array(is_there, np.bool_)


def _number(text: str) -> float | None:
    return float_of(text.replace(",", "."))
