"""A run of any size as columns to walk through: what is mapped stays in its file, and files are never put together as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import FloatArray, IntArray
from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.mapped_arrays import let_go
from diag_gui.data.predictions import no_predictions
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.evaluation.joined_columns import JoinedColumns, joined_columns
from diag_gui.evaluation.run_columns import RunColumns, columns_of, columns_of_predictions, offsets_in
from diag_gui.formats import numpy_columns
from diag_gui.formats.box_rules import ImageSizes, keep_predictions
from diag_gui.formats.coco_results import note_score_range
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice
from diag_gui.formats.file_reading import Progress
from diag_gui.formats.identifiers import find_integers
from diag_gui.formats.joined_run import check_together, joined_source
from diag_gui.formats.plausibility import BoxesByImage, note_implausible
from diag_gui.formats.record_problems import on_image
from diag_gui.formats.run_metadata import with_run_metadata
from diag_gui.formats.run_name import run_name
from diag_gui.formats.run_reading import RunReader, like_runs
from diag_gui.formats.same_objects import hold_the_same

_CHECKED_AT_ONCE = 1 << 20
"""Rows of a mapped file that are looked at together."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenedColumns:
    """A run to walk through, with the account of how it was read.

    Attributes
    ----------
    run : Run
        Its name and where it was read from; without its predictions.
    columns : RunColumns or JoinedColumns
    reports : tuple of ReadReport
        One per file.
    """

    run: Run
    columns: RunColumns | JoinedColumns
    reports: tuple[ReadReport, ...]


def open_columns(
    path: Path,
    dataset: Dataset,
    *,
    format: str = "auto",
    columns: ColumnChoice = NO_CHOICE,
    cache: ColumnCache | None = None,
    progress: Progress | None = None,
) -> OpenedColumns:
    """Read a run as `opening.open_predictions` does, but put nothing together; parameters and errors as there.

    Notes
    -----
    Large COCO files are read one at a time into the column cache and mapped from there. Without a cache, and of other formats
    than ``numpy``, each file lies in memory as columns. Columns of `numpy_columns` are looked at where they lie.
    """
    readers = RunReader(dataset, format, columns, cache, None).parts_of(path, progress)
    parts, reports = [], []
    for reader in readers:
        mapped = _mapped(reader.path, dataset) if reader.format == numpy_columns.FORMAT else None
        if mapped is None:
            run, report = reader.read()
            mapped = columns_of(dataset, run), report
        parts.append(mapped[0])
        reports.append(mapped[1])
    whole = joined_columns(parts)
    if len(parts) > 1:
        files = [reader.path for reader in readers]
        check_together(files, reports, path)
        if hold_the_same([_by_image(part) for part in parts]):
            reports[0] = like_runs(files, path, reports[0])
    log = ProblemLog(path)
    note_implausible(dataset, _by_image(whole), log)
    source = joined_source(reports, path) if len(parts) > 1 else Source(reports[0].path, reports[0].format, reports[0].sha256)
    head, notes = with_run_metadata(Run(run_name(path), no_predictions(len(dataset.images)), source), path)
    reports[0] = replace(reports[0], problems=reports[0].problems + log.groups() + notes)
    return OpenedColumns(head, whole, tuple(reports))


def _by_image(columns: RunColumns | JoinedColumns) -> BoxesByImage:
    def at(image: int) -> tuple[FloatArray, IntArray]:
        part = columns.part(image, image + 1)
        return part.pred_xywh, part.pred_class

    return BoxesByImage(columns.pred_offsets, at)


def _mapped(path: Path, dataset: Dataset) -> tuple[RunColumns, ReadReport] | None:
    """Return predictions in ``.npy`` files as they lie there; None where they are not all facts, in the order of images.

    Notes
    -----
    A reader of all rows says then what is left out, and sorts.
    """
    found = numpy_columns.mapped_predictions(path)
    image_ids, class_ids = dataset.images.image_id, dataset.classes.class_id
    if image_ids.dtype != np.int64 or class_ids.dtype != np.int64:
        return None
    log = ProblemLog(path)
    n = len(found)
    image_row, class_row = np.empty(n, np.int32), np.empty(n, np.int32)
    for first in range(0, n, _CHECKED_AT_ONCE):
        rows = slice(first, min(first + _CHECKED_AT_ONCE, n))
        image_row[rows] = find_integers(np.ascontiguousarray(found.arrays["image"][rows], np.int64), image_ids)
        class_row[rows] = find_integers(np.ascontiguousarray(found.arrays["category"][rows], np.int64), class_ids)
        if not _are_facts(found, rows, image_row, class_row, dataset, log):
            return None
    digest = found.digest()
    for array in found.arrays.values():
        let_go(array)
    offsets = offsets_in(image_row, len(image_ids))
    columns = columns_of_predictions(dataset, offsets, class_row, found.arrays["box"], found.arrays["score"])
    return columns, ReadReport(path, numpy_columns.FORMAT, digest, n, n, 0, log.groups())


def _are_facts(
    found: numpy_columns.ColumnSet, rows: slice, image_row: IntArray, class_row: IntArray, dataset: Dataset, log: ProblemLog
) -> bool:
    """Return whether all of some rows are kept by the rules of `predicted_columns`; what is odd about them is noted."""
    of_rows = image_row[rows]
    before = image_row[max(rows.start - 1, 0) : rows.stop]
    if not (of_rows.min() >= 0 and class_row[rows].min() >= 0) or (before[1:] < before[:-1]).any():
        return False
    score = np.ascontiguousarray(found.arrays["score"][rows], np.float64)
    if found.arrays["box"].dtype.kind != "f" or found.arrays["score"].dtype.kind != "f" or not np.isfinite(score).all():
        return False
    xywh = np.ascontiguousarray(found.arrays["box"][rows], np.float64)
    kept = np.ones(len(xywh), np.bool_)

    def name(row: int) -> str:
        return on_image(f"row {rows.start + row}", dataset.images.image_id[of_rows[row]])

    note_score_range(score, kept, log, name)
    sizes = ImageSizes.of_boxes(of_rows, dataset.images.width, dataset.images.height)
    is_kept = bool(keep_predictions(xywh, kept, sizes, log, name).all())
    for key in ("box", "score", "image", "category"):
        let_go(found.arrays[key][rows])
    return is_kept
