"""Tables written, a row per label and per prediction: ``labels`` and ``predictions``, as Parquet or as CSV.

Columns are ``file_name, image_width, image_height, class, x, y, w, h`` (pixels, full precision), then ``annotation_id, area,
iscrowd`` of labels or ``score, pred_index`` of predictions, ``corners`` where boxes are turned, the attributes, ``tags`` and
``note``. ``classes.txt`` lists the classes in order, also those without a label; an image without a label has a row with neither
class nor box. An attribute whose name is taken is called ``attribute.NAME``. In CSV, cells that a spreadsheet would run are
quoted (`export_csv_writer`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, IntArray
from diag_gui.data.attributes import Column, ColumnKind, Level
from diag_gui.data.dataset import GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.exceptions import ExportError
from diag_gui.formats.class_lists import LIST_NAMES, list_text
from diag_gui.formats.export_csv_writer import csv_text
from diag_gui.formats.export_folder import ExportFolder
from diag_gui.formats.export_objects import words_of
from diag_gui.formats.export_request import ExportRequest, Watch, Written

LABELS_NAME, PREDICTIONS_NAME = "labels", "predictions"

Columns = dict[str, AnyArray]
"""Values by name, all of one length; None, NaN and NaT are missing."""


def write_parquet(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write both tables as Parquet.

    Raises
    ------
    ExportError
        If pyarrow is not there.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ExportError(
            request.folder, "Parquet needs pyarrow: install diag-gui with the extra [parquet], or write the tables as CSV"
        ) from None

    folder.write_text(LIST_NAMES[0], list_text(request.dataset.classes.name))
    for role, name, columns in _tables(request, written, watch):
        reserved = folder.reserve(f"{name}.parquet")
        arrays = [_arrow(pyarrow, values) for values in columns.values()]
        parquet.write_table(pyarrow.Table.from_arrays(arrays, names=list(columns)), folder.path(reserved))
        written.files[role] = reserved


def write_tables(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write both tables as CSV."""
    folder.write_text(LIST_NAMES[0], list_text(request.dataset.classes.name))
    for role, name, columns in _tables(request, written, watch):
        rows = zip(*(_cells(values) for values in columns.values()), strict=True)
        written.files[role] = folder.write_text(f"{name}.csv", csv_text(list(columns), rows))


def _tables(request: ExportRequest, written: Written, watch: Watch) -> list[tuple[str, str, Columns]]:
    """Return role, name and columns of each table, and note what has no column."""
    gt = request.dataset.ground_truth
    labels = request.gt_rows()
    tables = [("ground truth", LABELS_NAME, _label_columns(request, written, labels))]
    written.counts |= {"images": len(request.image_rows), "ground_truth": len(labels)}
    if gt.masks is not None or (request.run is not None and request.run.predictions.masks is not None):
        written.not_carried.append("masks (boxes are written)")
    if (gt.is_crowd | gt.is_ignored)[labels].any():
        written.not_carried.append("that some labels are crowds or ignored, but for the columns iscrowd and is_ignored")
    watch.step(0.5)
    if request.run is not None:
        rows = request.pred_rows()
        tables.append(("predictions", PREDICTIONS_NAME, _prediction_columns(request, written, request.run.predictions, rows)))
        written.counts["predictions"] = len(rows)
    watch.step(0.8)
    return tables


def _label_columns(request: ExportRequest, written: Written, rows: IntArray) -> Columns:
    gt, images = request.dataset.ground_truth, request.image_rows
    n_labels = np.diff(request.dataset.image_offsets)[images]
    columns = _places(request, written, gt, rows)
    columns |= {"annotation_id": _objects(gt.annotation_id[rows].tolist()), "area": gt.area[rows]}
    columns |= {"iscrowd": gt.is_crowd[rows].astype(np.int64), "is_ignored": gt.is_ignored[rows].astype(np.int64)}
    _add_what_was_said(columns, request, gt, Level.GT, rows)
    empty = images[n_labels == 0]
    return _with_empty_images(columns, request, written, empty) if len(empty) else columns


def _prediction_columns(request: ExportRequest, written: Written, predictions: Predictions, rows: IntArray) -> Columns:
    columns = _places(request, written, predictions, rows)
    columns |= {"score": predictions.score[rows], "pred_index": predictions.source_index[rows]}
    _add_what_was_said(columns, request, predictions, Level.PRED, rows)
    return columns


def _places(request: ExportRequest, written: Written, table: GroundTruth | Predictions, rows: IntArray) -> Columns:
    """Return image, class and box of each row."""
    images, image_row = request.dataset.images, table.image_row[rows]
    names = _objects(request.dataset.classes.name)
    columns: Columns = {"file_name": _file_names(request, written)[image_row]}
    columns |= {"image_width": _size(images.width[image_row]), "image_height": _size(images.height[image_row])}
    columns["class"] = names[table.class_row[rows]]
    columns |= dict(zip("xywh", table.xywh[rows].T, strict=True))
    if table.quad is not None:
        columns["corners"] = _objects([json.dumps(corners) for corners in table.quad[rows].tolist()])
    return columns


def _add_what_was_said(
    columns: Columns, request: ExportRequest, table: GroundTruth | Predictions, level: Level, rows: IntArray
) -> None:
    """Add attributes, and tags and notes where there are any."""
    for column in table.attributes.columns:
        taken = column.name in columns or column.name in ("tags", "note")
        columns[f"attribute.{column.name}" if taken else column.name] = _values(column, rows)
    said = [words_of(request, level, row) for row in rows.tolist()] if request.decisions else []
    if any(tags for tags, _ in said):
        columns["tags"] = _objects([";".join(tags) or None for tags, _ in said])
    if any(note for _, note in said):
        columns["note"] = _objects([note or None for _, note in said])


def _with_empty_images(columns: Columns, request: ExportRequest, written: Written, empty: IntArray) -> Columns:
    """Return the columns with a row per image without a label at the end: whole numbers are numbers with gaps then."""
    images = request.dataset.images
    own = {"file_name": _file_names(request, written)[empty]}
    own |= {"image_width": _size(images.width[empty]), "image_height": _size(images.height[empty])}
    return {name: np.concatenate([values, own.get(name, _nothing(values, len(empty)))]) for name, values in columns.items()}


def _nothing(values: AnyArray, n: int) -> AnyArray:
    if values.dtype == object:
        return np.full(n, None, object)
    return np.full(n, np.datetime64("NaT"), values.dtype) if values.dtype.kind == "M" else np.full(n, np.nan)


def _file_names(request: ExportRequest, written: Written) -> AnyArray:
    """Return the name that each image of the dataset has in the export."""
    names = _objects(request.dataset.images.file_name)
    for row, name in written.renamed.items():
        names[row] = name
    return names


def _size(pixels: IntArray) -> AnyArray:
    return np.where(pixels > 0, pixels.astype(np.float64), np.nan)


def _values(column: Column, rows: IntArray) -> AnyArray:
    """Return an attribute at ``rows``."""
    values, missing = column.values[rows], column.missing[rows]
    if column.kind in (ColumnKind.NUMBER, ColumnKind.DATETIME):
        return values
    if column.kind is ColumnKind.BOOL:
        flags = values.astype(object)
        flags[missing] = None
        return flags
    # The entry at the end is what code -1 reads.
    return _objects([*column.categories, None])[np.where(missing, -1, values)]


def _objects(values: Sequence[Any]) -> AnyArray:
    """Return values as an array of objects: numpy would make one array of lists and cut texts."""
    found = np.empty(len(values), object)
    found[:] = list(values)
    return found


def _cells(values: AnyArray) -> list[Any]:
    """Return values as CSV writes them: whole numbers without a point, times in ISO 8601."""
    if values.dtype.kind == "M":
        missing = np.isnat(values)
        return [
            None if gone else text for text, gone in zip(np.datetime_as_string(values).tolist(), missing.tolist(), strict=True)
        ]
    if values.dtype.kind == "f" and len(values):
        given = values[~np.isnan(values)]
        if len(given) and bool((np.abs(given) < 2**53).all() and (given == np.floor(given)).all()):
            return [None if value != value else int(value) for value in values.tolist()]
    return list(values.tolist())


def _arrow(pyarrow: Any, values: AnyArray) -> Any:
    """Return a column for Parquet; one without any value is of text."""
    if values.dtype == object:
        kinds = {type(value) for value in values.tolist()} - {type(None)}
        if kinds <= {bool} or kinds <= {int}:
            return pyarrow.array(values.tolist(), pyarrow.bool_() if kinds == {bool} else None if kinds else pyarrow.string())
        return pyarrow.array([None if value is None else str(value) for value in values.tolist()], pyarrow.string())
    return pyarrow.array(values, from_pandas=True)
