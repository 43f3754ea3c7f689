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
from diag_gui.formats import cached_reading, coco, coco_results
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice
from diag_gui.formats.file_reading import Cancelled, Progress, check_regular
from diag_gui.formats.image_root import find_image_root, image_path
from diag_gui.formats.known_formats import GROUND_TRUTH_READERS, PREDICTION_READERS, KnownFormat
from diag_gui.formats.picture_sizes import check_sizes
from diag_gui.formats.plausibility import note_implausible
from diag_gui.formats.recognition import (
    GROUND_TRUTH,
    GROUND_TRUTH_FORMATS,
    IMAGES,
    METADATA,
    PREDICTION_FORMATS,
    PREDICTIONS,
    PROJECT,
    Recognised,
    Role,
    begins_like_coco,
    coco_files,
    recognise,
)
from diag_gui.formats.run_metadata import with_run_metadata
from diag_gui.registry import Registry

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
    "recognise",
]

_COMMON_NAMES = {"labels", "ground_truth", "annotations", "instances", "gt", "data", "train", "val", "valid", "test",
                 "_annotations.coco", "instances_default"}  # fmt: skip
_NAMED = 10
"""Files of a folder that a refusal names."""


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
    """One run with the account of how it was read."""

    run: Run
    report: ReadReport


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
    every_picture: bool = False,
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
    every_picture : bool
        Compare the size of every picture with the file's, not only of a sample (see `picture_sizes.check_sizes`).
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
    given = None if images is None else Path(images)
    path, chosen = _chosen(path, format, GROUND_TRUTH, GROUND_TRUTH_FORMATS)
    named = _columns_for(path, chosen, columns, GROUND_TRUTH_READERS)
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
    notes = check_sizes(dataset, image_root, every=every_picture)
    return OpenedGroundTruth(_called(dataset, path), _with_problems(report, notes), image_root)


def open_predictions(
    path: Path | str,
    dataset: Dataset,
    *,
    format: str = "auto",
    columns: ColumnChoice = NO_CHOICE,
    cache: ColumnCache | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> OpenedRun:
    """Read one run against a dataset.

    Parameters
    ----------
    path : Path or str
        File or folder; a folder that holds one file of COCO results stands for it. A ``runs.csv`` beside the
        file may give the run its name, date and hours.
    dataset : Dataset
    format : str
        One of `PREDICTION_FORMATS`, or ``"auto"``: judged by content.
    columns, cache, progress, cancelled
        As for `open_ground_truth`.

    Raises
    ------
    FormatError
        If the file as a whole cannot be used, or its format cannot be told.
    DatasetMismatchError
        If predictions and ground truth do not belong together.
    """
    path = Path(path)
    path, chosen = _chosen(path, format, PREDICTIONS, PREDICTION_FORMATS)
    named = _columns_for(path, chosen, columns, PREDICTION_READERS)
    if chosen == coco_results.FORMAT:
        run, report = cached_reading.read_predictions(path, dataset, cache, progress=progress, cancelled=cancelled)
    elif chosen in PREDICTION_READERS:
        run, report = PREDICTION_READERS[chosen].read(path, dataset, progress=progress, cancelled=cancelled, **named)
    else:
        from diag_gui.formats import text_detections

        # Content tells YOLO lines from COCO; which of the text dialects they are needs the images' sizes.
        dialect = "auto" if format == "auto" else chosen
        run, report = text_detections.read_predictions(path, dataset, format=dialect, progress=progress, cancelled=cancelled)
    log = ProblemLog(path)
    note_implausible(dataset, run.predictions, log)
    run, notes = with_run_metadata(run, path)
    return OpenedRun(run, _with_problems(report, log.groups() + notes))


def join_metadata(dataset: Dataset, path: Path | str) -> OpenedMetadata:
    """Join a table of metadata to the images of a dataset; see `metadata.join`."""
    from diag_gui.formats import metadata

    joined, report, columns = metadata.join(dataset, Path(path))
    return OpenedMetadata(joined, report, columns)


def _columns_for(path: Path, format: str, columns: ColumnChoice, readers: Registry[KnownFormat]) -> dict[str, ColumnChoice]:
    """Return the choice of columns as a reader takes it; nothing where none was made.

    Raises
    ------
    FormatError
        If the format has no columns to choose.
    """
    if not columns:
        return {}
    if format not in readers or not readers[format].takes_columns:
        raise FormatError(path, f"is read as {format}, whose columns are fixed: none can be chosen")
    return {"columns": columns}


def _called(dataset: Dataset, path: Path) -> Dataset:
    """Return the dataset under a name that says which it is: every second ground truth is in a file called "labels"."""
    folder = path.absolute().parent.name
    if dataset.name.casefold() in _COMMON_NAMES and folder:
        return replace(dataset, name=f"{folder}/{dataset.name}")
    return dataset


def _chosen(path: Path, format: str, role: Role, known: tuple[str, ...]) -> tuple[Path, str]:
    """Return what to read, the one COCO file of a folder in its place, and the format to read it by.

    Raises
    ------
    FormatError
        If the format is named and unknown, a folder holds several files of this role, or ``path`` looks like something
        that cannot play it.
    """
    found: Recognised | None = None
    if path.is_dir():
        if format == "auto":
            found = recognise(path)
        inside = found.inside if found is not None else coco_files(path) if format in (coco.FORMAT, coco_results.FORMAT) else ()
        files = [file for file, its_role in inside if its_role == role]
        if len(files) > 1:
            names = ", ".join(file.name for file in files[:_NAMED]) + (", ..." if len(files) > _NAMED else "")
            raise FormatError(path, f"holds {len(files)} files of {role}: {names}; name one of them")
        if files:
            return files[0], coco.FORMAT if role == GROUND_TRUTH else coco_results.FORMAT
    else:
        check_regular(path)
    return path, _format_of(path, format, role, known, found)


def _format_of(path: Path, format: str, role: Role, known: tuple[str, ...], found: Recognised | None) -> str:
    """Return the format to read ``path`` by; ``found`` is what it was recognised as, if it was asked already.

    Raises
    ------
    FormatError
        If it is named and unknown, or looks like something that cannot play this role.
    """
    if format != "auto":
        return _named(path, format, known)
    if path.is_file() and begins_like_coco(path):
        # The readers say more precisely than a guess what an object lacks, and large files are read once.
        return coco.FORMAT if role == GROUND_TRUTH else coco_results.FORMAT
    found = found or recognise(path)
    if found.format in known:
        return found.format
    if found.role == PREDICTIONS and role == GROUND_TRUTH:
        raise FormatError(path, f"looks like predictions ({found.reason}), not ground truth")
    if found.role in (METADATA, PROJECT, IMAGES):
        raise FormatError(path, f"looks like {found.role} ({found.reason}), {role} was expected")
    raise FormatError(path, f"{found.reason}; {role} was expected as {', '.join(known)}" + _json_hint(path))


def _json_hint(path: Path) -> str:
    return "; it is not valid JSON either" if path.suffix.lower() == ".json" else ""


def _named(path: Path, format: str, known: tuple[str, ...]) -> str:
    if format == "coco" and coco_results.FORMAT in known:
        return coco_results.FORMAT
    if format not in known:
        raise FormatError(path, f"unknown format {format!r}; known are auto, {', '.join(known)}")
    return format


def _with_problems(report: ReadReport, notes: tuple[ProblemGroup, ...]) -> ReadReport:
    return replace(report, problems=report.problems + notes) if notes else report
