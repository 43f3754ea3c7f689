"""Several files of predictions as one run, to the bit what one file with the records of all of them would be.

What a column of a file is, the values in it decide: where the same column is numbers in one file and words in another, it is
words in all, as in one file, and a number is then written the shortest way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, LongArray, rows_by_group
from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.dataset import Source
from diag_gui.data.json_masks import JsonMasks
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run, RunPart
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.run_name import run_name
from diag_gui.formats.value_columns import FLAG_NAMES, column_of

UNKNOWN_CODES = ("unknown-image", "unknown-category")


def joined_run(runs: Sequence[Run], reports: Sequence[ReadReport], path: Path) -> Run:
    """Return the runs of several files as one.

    Parameters
    ----------
    runs : sequence of Run
        At least one, of one dataset.
    reports : sequence of ReadReport
        How each was read.
    path : Path
        What names the files together.

    Raises
    ------
    DatasetMismatchError
        If there are records, and not one of any file belongs to the dataset.
    FormatError
        If a file is among them twice.
    """
    check_together([run.source.path for run in runs], reports, path)
    source = joined_source(reports, path)
    parts = tuple(RunPart(run.source, report.records) for run, report in zip(runs, reports, strict=True))
    predictions = _joined([run.predictions for run in runs], [report.records for report in reports])
    return Run(run_name(path), predictions, source, parts=parts)


def joined_source(reports: Sequence[ReadReport], path: Path) -> Source:
    """Return where a run of several files was read from, by the accounts of them."""
    digest = hashlib.sha256()
    for report in reports:
        digest.update(f"{report.path.name}\0{report.sha256}\n".encode("utf-8", "surrogateescape"))
    formats = list(dict.fromkeys(report.format for report in reports))
    return Source(path, formats[0] if len(formats) == 1 else "mixed", digest.hexdigest())


def check_together(files: Sequence[Path], reports: Sequence[ReadReport], path: Path) -> None:
    """Refuse files that are no run together; parameters and errors as of `joined_run`."""
    seen: set[Path] = set()
    for file in files:
        resolved = file.resolve()
        if resolved in seen:
            raise FormatError(path, f"names {file.name} twice: each of its predictions would be a duplicate")
        seen.add(resolved)
    n = sum(report.records for report in reports)
    n_unknown = sum(report.codes.get(code, 0) for report in reports for code in UNKNOWN_CODES)
    if n_unknown and 2 * n_unknown >= n and not any(report.loaded for report in reports):
        raise DatasetMismatchError(
            f"{path}: none of the {n:,} predictions in {len(reports)} files belongs to an image and a class of the ground truth; "
            "predictions and ground truth do not match"
        )


def _joined(parts: Sequence[Predictions], n_records: Sequence[int]) -> Predictions:
    """Return the rows of all parts, sorted by image."""
    image_row = np.concatenate([part.image_row for part in parts])
    before = np.cumsum([0, *n_records[:-1]])
    is_sorted = not (image_row[1:] < image_row[:-1]).any()
    rows: LongArray | slice = slice(None) if is_sorted else rows_by_group(image_row, np.arange(len(image_row), dtype=np.int64))

    def column(name: str) -> AnyArray:
        # One column at a time: two copies of all of them would be twice the memory.
        return np.concatenate([getattr(part, name) for part in parts])[rows]

    return Predictions(
        n_images=parts[0].n_images,
        image_row=image_row[rows],
        class_row=column("class_row"),
        xywh=column("xywh"),
        score=column("score"),
        source_index=np.concatenate([part.source_index + n for part, n in zip(parts, before.tolist(), strict=True)])[rows],
        masks=_joined_masks(parts, rows),
        quad=_joined_corners(parts, rows),
        attributes=_joined_tables([part.attributes for part in parts], rows),
        has_box=_joined_flags(parts, rows),
    )


def _joined_flags(parts: Sequence[Predictions], rows: LongArray | slice) -> AnyArray | None:
    if all(part.has_box is None for part in parts):
        return None
    given = [np.ones(len(part), np.bool_) if part.has_box is None else part.has_box for part in parts]
    return np.concatenate(given)[rows]


def _joined_corners(parts: Sequence[Predictions], rows: LongArray | slice) -> FloatArray | None:
    if all(part.quad is None for part in parts):
        return None
    return np.asarray(np.concatenate([_corners(part.xywh) if part.quad is None else part.quad for part in parts])[rows])


def _corners(xywh: FloatArray) -> FloatArray:
    """Return the corners of upright boxes."""
    x, y, w, h = xywh.T
    return np.stack([x, y, x + w, y, x + w, y + h, x, y + h], axis=1)


def _joined_masks(parts: Sequence[Predictions], rows: LongArray | slice) -> Sequence[Any] | None:
    given = [part.masks for part in parts]
    if all(masks is None for masks in given):
        return None
    if any(not isinstance(masks, JsonMasks) for masks in given if masks is not None):
        objects = [mask for part in parts for mask in (part.masks if part.masks is not None else (None,) * len(part))]
        return tuple(objects[rows] if isinstance(rows, slice) else [objects[row] for row in rows.tolist()])
    start, stop, written, n_bytes = [], [], [], 0
    for part in parts:
        if isinstance(part.masks, JsonMasks):
            start.append(part.masks.start + n_bytes)
            stop.append(part.masks.stop + n_bytes)
            written.append(part.masks.written)
            n_bytes += len(part.masks.written)
        else:
            start.append(np.zeros(len(part), np.int64))
            stop.append(np.zeros(len(part), np.int64))
    return JsonMasks(np.concatenate(start), np.concatenate(stop), np.concatenate(written)).take(rows)


def _joined_tables(tables: Sequence[AttributeTable], rows: LongArray | slice) -> AttributeTable:
    names = dict.fromkeys(name for table in tables for name in table.names)
    by_name = [{column.name: column for column in table.columns} for table in tables]
    columns = [
        _joined_column([found.get(name, table.n_rows) for found, table in zip(by_name, tables, strict=True)]) for name in names
    ]
    n = sum(table.n_rows for table in tables)
    taken = [replace(one, values=one.values[rows], missing=one.missing[rows]) for one in columns]
    return AttributeTable(Level.PRED, n, tuple(taken))


def _joined_column(parts: Sequence[Column | int]) -> Column:
    """Return a column of several files, of which some may lack it: then the number of rows stands for it."""
    columns = [part for part in parts if isinstance(part, Column)]
    first = columns[0]
    kinds = {column.kind for column in columns}
    if len(kinds) > 1:
        return _mixed(first.name, parts, kinds)
    categories = tuple(sorted({text for column in columns for text in column.categories}))
    code = {text: place for place, text in enumerate(categories)}
    blank = {ColumnKind.CATEGORY: -1, ColumnKind.NUMBER: np.nan, ColumnKind.BOOL: False}.get(first.kind, np.datetime64("NaT"))
    values, missing = [], []
    for part in parts:
        if not isinstance(part, Column):
            values.append(np.full(part, blank, first.values.dtype))
            missing.append(np.ones(part, np.bool_))
            continue
        new_codes = np.array([*(code[text] for text in part.categories), -1], np.int32)
        values.append(new_codes[part.values] if first.kind is ColumnKind.CATEGORY else part.values)
        missing.append(part.missing)
    return Column(first.name, first.kind, np.concatenate(values), np.concatenate(missing), categories)


def _mixed(name: str, parts: Sequence[Column | int], kinds: set[ColumnKind]) -> Column:
    """Return a column that is of one kind here and of another there, judged by all its values together."""
    are_flags = kinds == {ColumnKind.BOOL, ColumnKind.NUMBER} and FLAG_NAMES.fullmatch(name) is not None
    values: list[Any] = []
    for part in parts:
        values += _values(part, are_flags=are_flags) if isinstance(part, Column) else [None] * part
    column = column_of(name, values)
    assert column is not None, "a column of a file has a value"
    return column


def _values(column: Column, *, are_flags: bool) -> list[Any]:
    """Return the values of a column as a file would give them; flags as the numbers 0 and 1 where they may be that."""
    return [
        None if is_missing else _value(column, value, are_flags=are_flags)
        for value, is_missing in zip(column.values.tolist(), column.missing.tolist(), strict=True)
    ]


def _value(column: Column, value: Any, *, are_flags: bool) -> Any:
    match column.kind:
        case ColumnKind.CATEGORY:
            return column.categories[value]
        case ColumnKind.BOOL:
            return int(value) if are_flags else value
        case ColumnKind.NUMBER:
            return int(value) if float(value).is_integer() else value
        case ColumnKind.DATETIME:
            assert isinstance(value, datetime)
            return value.isoformat()
