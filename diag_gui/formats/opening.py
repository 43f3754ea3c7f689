"""Opening whatever a user points at: the format is recognised by content unless it is named.

Readers of formats other than COCO are imported when a file asks for them: they bring parsers of XML, YAML and tables, and would
be a sixth of the time that a short command takes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemGroup, ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import FormatError
from diag_gui.formats import cached_reading, coco
from diag_gui.formats.chosen_format import chosen_format, columns_for, with_columns
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.folder_listing import Found, listing
from diag_gui.formats.image_root import find_image_root, image_path, picture_trees
from diag_gui.formats.known_formats import GROUND_TRUTH_READERS
from diag_gui.formats.picture_sizes import check_sizes, sized_by_pictures
from diag_gui.formats.placed_images import placed_images
from diag_gui.formats.plausibility import boxes_of, note_implausible
from diag_gui.formats.recognition import (
    GROUND_TRUTH,
    GROUND_TRUTH_FORMATS,
    PREDICTION_FORMATS,
    Recognised,
    recognise,
)
from diag_gui.formats.run_metadata import with_run_metadata
from diag_gui.formats.run_reading import ReadElsewhere, RunReader

__all__ = [
    "GROUND_TRUTH_FORMATS",
    "PREDICTION_FORMATS",
    "OpenedGroundTruth",
    "OpenedMetadata",
    "OpenedRun",
    "Recognised",
    "find_image_root",
    "image_path",
    "join_metadata",
    "open_ground_truth",
    "open_predictions",
    "read_exif",
    "recognise",
]

_COMMON_NAMES = {"labels", "ground_truth", "annotations", "instances", "gt", "data", "train", "val", "valid", "test",
                 "_annotations.coco", "instances_default"}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class OpenedGroundTruth:
    """Ground truth with the account of how it was read.

    Attributes
    ----------
    dataset : Dataset
    report : ReadReport
    image_root : Path or None
        Where the pictures lie; None if they were not found.
    """

    dataset: Dataset
    report: ReadReport
    image_root: Path | None


@dataclass(frozen=True, slots=True, eq=False)
class OpenedRun:
    """One run with the account of how it was read.

    Attributes
    ----------
    run : Run
    report : ReadReport
        Of a run of several files, that of the first.
    others : tuple of ReadReport
        Of a run of several files, those of the others.
    """

    run: Run
    report: ReadReport
    others: tuple[ReadReport, ...] = ()

    @property
    def reports(self) -> tuple[ReadReport, ...]:
        """How each file was read."""
        return (self.report, *self.others)


@dataclass(frozen=True, slots=True, eq=False)
class OpenedMetadata:
    """The dataset with the columns of a table joined, and the account of how it was read.

    Attributes
    ----------
    dataset : Dataset
    report : ReadReport
        Records are rows of the table.
    columns : tuple of str
        Names of the columns that were joined.
    """

    dataset: Dataset
    report: ReadReport
    columns: tuple[str, ...]


def open_ground_truth(
    path: Path | str,
    *,
    format: str = "auto",
    images: Path | str | None = None,
    columns: ColumnChoice = NO_CHOICE,
    every_picture: bool | None = False,
    cache: ColumnCache | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> OpenedGroundTruth:
    """Read ground truth of any known format.

    Parameters
    ----------
    path : Path or str
        File or folder. A folder that holds one COCO ground truth stands for that file.
    format : str
        One of `GROUND_TRUTH_FORMATS`, or ``"auto"``: judged by content.
    images : Path or str, optional
        Folder of the pictures; found from the file names if not given. Pictures need not exist.
    columns : ColumnChoice
        Which column of a table, or property of a feature, plays which part; for formats that leave it open.
    every_picture : bool or None
        Compare the size of every picture with the file's, not only of a sample (see `picture_sizes.check_sizes`). None compares
        none: it is left to the caller.
    cache : ColumnCache, optional
        Where large COCO files are kept as columns once they were read, and taken from; None reads.
    progress : callable, optional
        Called with shares from 0 to 1.
    cancelled : callable, optional
        Asked now and then; reading stops with `FormatError`.

    Raises
    ------
    FormatError
        If the file as a whole cannot be used, or its format cannot be told.
    """
    path = Path(path)
    with listing(_beating(progress), cancelled, path if path.is_dir() else None):
        return _open_ground_truth(
            path, format, None if images is None else Path(images), columns, every_picture, cache, progress, cancelled
        )


def _beating(progress: Progress | None) -> Found | None:
    """Return what keeps progress at its beginning while a folder of a hundred thousand files is listed."""
    return None if progress is None else lambda _n_found: progress(0.0)


def _open_ground_truth(
    path: Path,
    format: str,
    given: Path | None,
    columns: ColumnChoice,
    every_picture: bool | None,
    cache: ColumnCache | None,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> OpenedGroundTruth:
    if progress is not None:
        progress(0.0)
    path, chosen, passed_over = chosen_format(path, with_columns(path, format, columns), GROUND_TRUTH, GROUND_TRUTH_FORMATS)
    named = columns_for(path, chosen, columns, GROUND_TRUTH_READERS)
    if chosen in ("yolo", "yolo-obb"):
        from diag_gui.formats import yolo

        rotated = None if format == "auto" else chosen == "yolo-obb"
        dataset, report, image_root = yolo.read_ground_truth(
            path, images=given, rotated=rotated, progress=progress, cancelled=cancelled
        )
        return OpenedGroundTruth(_called(dataset, path), report, image_root)
    if chosen in GROUND_TRUTH_READERS:
        read = GROUND_TRUTH_READERS[chosen].read
        dataset, report, *found = read(path, images=given, progress=progress, cancelled=cancelled, **named)
    else:
        dataset, report = cached_reading.read_ground_truth(path, cache, progress=progress, cancelled=cancelled)
        found = []
        if chosen not in (coco.FORMAT, dataset.source.format):
            raise FormatError(path, f"is no {chosen}: its images have neither neg_category_ids nor not_exhaustive_category_ids")
    image_root = next((root for root in found if root is not None), None) or find_image_root(dataset, path, given)
    for folder in (picture_trees(path) if given is None else [given]) if chosen in GROUND_TRUTH_READERS else []:
        dataset, image_root = placed_images(dataset, image_root, folder)
    dataset = sized_by_pictures(dataset, image_root)
    notes = _of_splits(path, passed_over)
    if every_picture is not None:
        notes += check_sizes(dataset, image_root, every=every_picture)
    return OpenedGroundTruth(_called(dataset, path), _with_problems(report, notes), image_root)


def _of_splits(path: Path, passed_over: tuple[str, ...]) -> tuple[ProblemGroup, ...]:
    """Return what is said of the splits that were left aside for the one that was read."""
    log = ProblemLog(path)
    for split in passed_over:
        log.add("split-not-loaded", split, "this split was not loaded; open its file to see it", drops=False)
    return log.groups()


def open_predictions(
    path: Path | str,
    dataset: Dataset,
    *,
    format: str = "auto",
    columns: ColumnChoice = NO_CHOICE,
    cache: ColumnCache | None = None,
    elsewhere: ReadElsewhere | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> OpenedRun:
    """Read one run against a dataset.

    Parameters
    ----------
    path : Path or str
        File or folder; a folder that holds nothing but COCO results stands for them. Several files that `run_files` names are one
        run, ``a.json+b.json`` or ``shards/*.json``. A ``runs.csv`` beside the file may give the run its name, date and hours.
    dataset : Dataset
    format : str
        One of `PREDICTION_FORMATS`, or ``"auto"``: judged by content.
    columns, cache, progress, cancelled
        As for `open_ground_truth`.
    elsewhere : callable, optional
        Reads the files of a run of several on other machines.

    Raises
    ------
    FormatError
        If the file as a whole cannot be used, or its format cannot be told.
    DatasetMismatchError
        If predictions and ground truth do not belong together.
    """
    path = Path(path)
    reader = RunReader(dataset, format, columns, cache, cancelled, elsewhere)
    with listing(_beating(progress), cancelled):
        path, run, reports = reader.read(path, progress)
    log = ProblemLog(path)
    note_implausible(dataset, boxes_of(run.predictions), log)
    run, notes = with_run_metadata(run, path)
    return OpenedRun(run, _with_problems(reports[0], log.groups() + notes), tuple(reports[1:]))


def join_metadata(dataset: Dataset, path: Path | str) -> OpenedMetadata:
    """Join a table of metadata to the images of a dataset; see `metadata.join`."""
    from diag_gui.formats import metadata

    joined, report, columns = metadata.join(dataset, Path(path))
    return OpenedMetadata(joined, report, columns)


def read_exif(
    dataset: Dataset, image_root: Path | None, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Join what the pictures' EXIF says to the images of a dataset; see `exif.join_exif`.

    Raises
    ------
    FormatError
        If there are no pictures, or it was cancelled.
    """
    if image_root is None:
        raise FormatError(dataset.source.path, "no pictures were found, and EXIF is read from them: name their folder")
    from diag_gui.formats import exif

    return exif.join_exif(dataset, image_root, progress=progress, cancelled=cancelled)


def _called(dataset: Dataset, path: Path) -> Dataset:
    """Return the dataset under a name that says which it is: every second ground truth is in a file called "labels"."""
    folder = path.absolute().parent.name
    if dataset.name.casefold() in _COMMON_NAMES and folder:
        return replace(dataset, name=f"{folder}/{dataset.name}")
    return dataset


def _with_problems(report: ReadReport, notes: tuple[ProblemGroup, ...]) -> ReadReport:
    return replace(report, problems=report.problems + notes) if notes else report
