"""A run of any size as columns to walk through: they stay in their files, which are never put together as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import FloatArray, IntArray
from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.predictions import no_predictions
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.evaluation.joined_columns import JoinedColumns, joined_columns
from diag_gui.evaluation.run_columns import RunColumns, columns_of, columns_of_predictions, offsets_in
from diag_gui.evaluation.streamed_figures import StreamedFigures
from diag_gui.formats import numpy_columns
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice
from diag_gui.formats.column_sets import ColumnSet
from diag_gui.formats.file_reading import Progress
from diag_gui.formats.joined_run import check_together, joined_source
from diag_gui.formats.plausibility import BoxesByImage, note_implausible
from diag_gui.formats.run_metadata import with_run_metadata
from diag_gui.formats.run_name import run_name
from diag_gui.formats.run_reading import PartReader, RunReader, like_runs
from diag_gui.formats.same_objects import hold_the_same


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
    stored : tuple of ColumnSet
        Files that ``columns`` are read from whenever they are asked for.
    """

    run: Run
    columns: RunColumns | JoinedColumns
    reports: tuple[ReadReport, ...]
    stored: tuple[ColumnSet, ...] = ()

    def refuse_changed(self) -> None:
        """Refuse what was computed if a file was changed meanwhile; to be asked once the columns were walked through.

        Raises
        ------
        FormatError
        """
        for one in self.stored:
            one.refuse_changed()


@dataclass(frozen=True, slots=True, eq=False)
class WalkedRun:
    """A run that was walked through.

    Attributes
    ----------
    run : Run
        Its name and where it was read from; without its predictions.
    reports : tuple of ReadReport
        One per file.
    figures : StreamedFigures
    """

    run: Run
    reports: tuple[ReadReport, ...]
    figures: StreamedFigures


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
    than ``numpy``, each file lies in memory as columns. Columns of `numpy_columns` stay in their files.
    """
    readers = RunReader(dataset, format, columns, cache, None).parts_of(path, progress)
    found = [columns_of_file(reader, dataset) for reader in readers]
    boxes = [_by_image(one.columns) for one in found]
    head, reports = head_of_run(path, dataset, [reader.path for reader in readers], [one.report for one in found], boxes)
    stored = tuple(one.stored for one in found if one.stored is not None)
    return OpenedColumns(head, joined_columns([one.columns for one in found]), reports, stored)


@dataclass(frozen=True, slots=True, eq=False)
class FileColumns:
    """One file of a run: its columns, the account of how it was read, and its set where columns are read from there."""

    columns: RunColumns
    report: ReadReport
    stored: ColumnSet | None = None


def columns_of_file(reader: PartReader, dataset: Dataset) -> FileColumns:
    """Return the columns of one file of a run.

    Raises
    ------
    FormatError, DatasetMismatchError
        As its reader does.
    """
    stored = _stored(reader.path, dataset) if reader.format == numpy_columns.FORMAT else None
    if stored is not None:
        return stored
    run, report = reader.read()
    return FileColumns(columns_of(dataset, run), report)


def head_of_run(
    path: Path, dataset: Dataset, files: Sequence[Path], reports: Sequence[ReadReport], boxes: Sequence[BoxesByImage]
) -> tuple[Run, tuple[ReadReport, ...]]:
    """Return a run without its predictions, and the accounts of its files with what is odd about them together.

    Parameters
    ----------
    path : Path
        What names the run.
    dataset : Dataset
    files : sequence of Path
    reports : sequence of ReadReport
        One per file.
    boxes : sequence of BoxesByImage
        What lies in each file; asked for the images of `images_looked_at` and `images_compared` only.

    Raises
    ------
    FormatError, DatasetMismatchError
        If the files are no run together.
    """
    reports = list(reports)
    if len(files) > 1:
        check_together(files, reports, path)
        if hold_the_same(boxes):
            reports[0] = like_runs(files, path, reports[0])
    log = ProblemLog(path)
    note_implausible(dataset, _boxes_of_all(boxes), log)
    source = joined_source(reports, path) if len(files) > 1 else Source(reports[0].path, reports[0].format, reports[0].sha256)
    head, notes = with_run_metadata(Run(run_name(path), no_predictions(len(dataset.images)), source), path)
    reports[0] = replace(reports[0], problems=reports[0].problems + log.groups() + notes)
    return head, tuple(reports)


def _by_image(columns: RunColumns) -> BoxesByImage:
    def at(image: int) -> tuple[FloatArray, IntArray]:
        part = columns.part(image, image + 1)
        return part.pred_xywh, part.pred_class

    return BoxesByImage(columns.pred_offsets, at)


def _boxes_of_all(boxes: Sequence[BoxesByImage]) -> BoxesByImage:
    """Return what lies in all files of a run, file after file within an image."""

    def at(image: int) -> tuple[FloatArray, IntArray]:
        some = [one.at(image) for one in boxes if one.offsets[image + 1] > one.offsets[image]]
        return np.concatenate([xywh for xywh, _ in some]), np.concatenate([class_row for _, class_row in some])

    return boxes[0] if len(boxes) == 1 else BoxesByImage(np.sum([one.offsets for one in boxes], axis=0), at)


def _stored(path: Path, dataset: Dataset) -> FileColumns | None:
    """Return predictions in ``.npy`` files as they lie there; None where they are not all facts, in the order of images."""
    found, log = numpy_columns.stored_predictions(path), ProblemLog(path)
    rows = numpy_columns.rows_of_facts(found.columns, dataset, log)
    if rows is None or any(found.columns[key].dtype.kind != "f" for key in ("box", "score")):
        return None
    digest, n = found.digest(), len(found)
    offsets = offsets_in(rows[0], len(dataset.images))
    columns = columns_of_predictions(dataset, offsets, rows[1], found.columns["box"], found.columns["score"])
    return FileColumns(columns, ReadReport(path, numpy_columns.FORMAT, digest, n, n, 0, log.groups()), found)
