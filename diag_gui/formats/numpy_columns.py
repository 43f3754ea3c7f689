"""Boxes as columns in ``.npy`` files: one file per column, with nothing in them to parse, so that size hardly matters.

A set is files of one folder with one beginning, named by column (`NAMES`): ``run_image_id.npy``, ``run_category_id.npy``,
``run_bbox.npy`` (N, 4: left, top, width, height in pixels) and, of predictions, ``run_score.npy``. Ground truth may have ``area``
and ``iscrowd``; ``images`` lists the ids of all images and ``categories`` those of all classes. Without these every whole number
from the smallest id that occurs to the largest is one, which is said: an image without labels counts. Where those are far more
than occur, the ones that occur are all. A set is named by any file of it, or by its folder where it is the only one of its kind
there. Numbers are ids, as in COCO's files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, IntArray, LongArray
from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.data.stored_columns import StoredColumn
from diag_gui.formats.box_rules import ImageSizes, keep_ground_truth, keep_predictions
from diag_gui.formats.coco_results import note_score_range
from diag_gui.formats.column_sets import ColumnSet, set_at, sets_at
from diag_gui.formats.content import Content
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled
from diag_gui.formats.identifiers import find_integers
from diag_gui.formats.limits import check_limit
from diag_gui.formats.predicted_columns import PredictedColumns, run_of_columns
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.run_name import run_name

FORMAT = "numpy"
CHECKED_AT_ONCE = 1 << 16
"""Rows that are looked at together: they stay in a processor's cache, and no file beyond memory is there as a whole."""

_MOST_BETWEEN, _MOST_TIMES_NAMED = 1_000_000, 10
"""Numbers up to which, or times those that occur up to which, every number between is an image: each takes some 100 bytes."""

_NUMBERED = frozenset({"coco", "lvis", FORMAT})
"""Formats of ground truth whose images and classes have the numbers of their files."""


def recognise(content: Content) -> str:
    """Return why files are a set of labels; empty if they are not."""
    return _reason(content, has_score=False)


def recognise_predictions(content: Content) -> str:
    """Return why files are a set of predictions; empty if they are not."""
    return _reason(content, has_score=True)


def _reason(content: Content, *, has_score: bool) -> str:
    if content.kind == "folder" and not any(file.suffix == ".npy" for file in content.files):
        return ""
    fitting = [files for files in sets_at(content.path) if ("score" in files) == has_score]
    if len(fitting) != 1:
        return ""
    return f"columns {', '.join(sorted(file.name for file in fitting[0].values()))}"


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read labels.

    Parameters
    ----------
    path : Path
        A file of the set, or its folder.
    images : Path, optional
        Not looked at: images have numbers only.
    progress, cancelled : callable, optional
        As in every reader.

    Raises
    ------
    FormatError
        If a column is missing, damaged, or of another type or length than the others.
    LimitError
        If there are more classes, or images, than ``n_classes`` and ``n_images``.
    """
    columns = set_at(path, has_score=False)
    log = ProblemLog(path)
    image_id, class_id = (
        _listed_ids(columns, of, listed, log) for of, listed in (("image", "images"), ("category", "categories"))
    )
    digest = columns.digest(cancelled)
    if progress is not None:
        progress(0.4)
    image_row = find_integers(columns.integers("image"), image_id)
    class_row = find_integers(columns.integers("category"), class_id)
    xywh = columns.floats("box")
    kept = np.ones(len(columns), np.bool_)
    for what, found in (("image", image_row), ("category", class_row)):
        unknown = kept & (found < 0)
        note_records(log, f"unknown-{what}", rows_where(unknown), _name, f"{what} is none of those listed", drops=True)
        kept &= ~unknown
    sizes = ImageSizes.of_boxes(image_row, *(np.full(len(image_id), -1, np.int32) for _ in range(2)))
    kept = keep_ground_truth(xywh, kept, sizes, log, _name)
    check_cancelled(path, cancelled)
    rows = _rows_by_image(image_row, kept)
    xywh = xywh[rows]
    n = len(xywh)
    own_area = columns.floats("area")[rows] if "area" in columns.columns else np.full(n, np.nan)
    has_area = np.isfinite(own_area)
    truth = GroundTruth(
        annotation_id=np.arange(1, len(columns) + 1, dtype=np.int64)[rows],
        image_row=image_row[rows],
        class_row=class_row[rows],
        xywh=xywh,
        area=np.where(has_area, own_area, xywh[:, 2] * xywh[:, 3]),
        is_crowd=(columns.columns["crowd"][:] != 0)[rows] if "crowd" in columns.columns else np.zeros(n, np.bool_),
        is_ignored=np.zeros(n, np.bool_),
        source_index=np.arange(len(columns), dtype=np.int64)[rows],
        masks=None,
        quad=None,
        attributes=AttributeTable(Level.GT, n),
        has_area=None if has_area.all() else has_area,
    )
    unsized = np.full(len(image_id), -1, np.int32)
    dataset = Dataset(
        Images(image_id, tuple(map(str, image_id.tolist())), unsized, unsized),
        Classes(class_id, tuple(map(str, class_id.tolist())), ("",) * len(class_id)),
        truth,
        AttributeTable(Level.IMAGE, len(image_id)),
        Source(path, FORMAT, digest),
        path.stem if path.is_file() else path.resolve().name,
    )
    columns.refuse_changed()
    if progress is not None:
        progress(1.0)
    return dataset, ReadReport(path, FORMAT, digest, len(columns), n, len(columns) - n, log.groups())


def read_predictions(
    path: Path,
    dataset: Dataset,
    *,
    is_part: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Run, ReadReport]:
    """Read predictions against a dataset.

    Parameters
    ----------
    path : Path
        A file of the set, or its folder.
    dataset : Dataset
    is_part : bool
        Whether the run has further files, see `coco_results.read_predictions`.
    progress, cancelled : callable, optional
        As in every reader.

    Raises
    ------
    FormatError
        If a column is missing, damaged, or of another type or length than the others.
    DatasetMismatchError
        If no record belongs to an image, or none to a class, of the dataset, unless it is a part.
    """
    columns = set_at(path, has_score=True)
    digest = columns.digest(cancelled)
    if progress is not None:
        progress(0.3)
    log = ProblemLog(path)
    box, score = columns.floats("box"), columns.floats("score")
    rows = rows_of_facts({**columns.columns, "box": box, "score": score}, dataset, log)
    check_cancelled(path, cancelled)
    if rows is not None:
        return _run_of_facts(columns, dataset, rows, box, score, digest, log)
    predicted = PredictedColumns(
        image=columns.integers("image"),
        category=columns.integers("category"),
        box=box,
        score=score,
        name=_name,
        source_index=np.arange(len(columns), dtype=np.int64),
        n_records=len(columns),
        sha256=digest,
    )
    columns.refuse_changed()
    check_cancelled(path, cancelled)
    run, report = run_of_columns(predicted, path, FORMAT, dataset, log, is_part=is_part)
    if progress is not None:
        progress(1.0)
    return run, report


def stored_predictions(path: Path) -> ColumnSet:
    """Return the columns of predictions, which stay in their files.

    Raises
    ------
    FormatError
        As `read_predictions` does.
    """
    return set_at(path, has_score=True)


def rows_of_facts(
    columns: Mapping[str, AnyArray | StoredColumn], dataset: Dataset, log: ProblemLog
) -> tuple[IntArray, IntArray] | None:
    """Return rows of images and of classes where all rows are facts by the rules of `predicted_columns`, in the order of images.

    Parameters
    ----------
    columns : mapping of str to ndarray or StoredColumn
        By key of `column_sets.NAMES`, in memory or in their files.
    dataset : Dataset
    log : ProblemLog

    Returns
    -------
    tuple of ndarray of int32, shape (N,), or None
        None of anything else: then a look at every row says what is left out, and sorts.
    """
    if not len(columns["image"]):
        return None
    return facts_between(columns, 0, len(columns["image"]), dataset, log)


def facts_between(
    columns: Mapping[str, AnyArray | StoredColumn], first: int, last: int, dataset: Dataset, log: ProblemLog
) -> tuple[IntArray, IntArray] | None:
    """Return rows of images and of classes of the rows ``first`` to ``last``, as `rows_of_facts` does of all."""
    image_ids, class_ids = dataset.images.image_id, dataset.classes.class_id
    if not (image_ids.dtype == np.int64 and class_ids.dtype == np.int64 and dataset.source.format in _NUMBERED):
        return None
    noted = ProblemLog(log.path)
    image_row, class_row = np.empty(last - first, np.int32), np.empty(last - first, np.int32)
    for start in range(first, last, CHECKED_AT_ONCE):
        rows = slice(start, min(start + CHECKED_AT_ONCE, last))
        some = slice(rows.start - first, rows.stop - first)
        image_row[some] = find_integers(np.ascontiguousarray(columns["image"][rows], np.int64), image_ids)
        class_row[some] = find_integers(np.ascontiguousarray(columns["category"][rows], np.int64), class_ids)
        before = image_row[max(some.start - 1, 0) : some.stop]
        if (before[1:] < before[:-1]).any() or not _are_facts(columns, rows, image_row[some], class_row[some], dataset, noted):
            return None
    for group in noted.groups():
        log.adopt(group)
    return image_row, class_row


def _are_facts(
    columns: Mapping[str, AnyArray | StoredColumn],
    rows: slice,
    image_row: IntArray,
    class_row: IntArray,
    dataset: Dataset,
    log: ProblemLog,
) -> bool:
    """Return whether all of some rows, of these images and classes, are kept; what is odd about them is noted."""
    if not (image_row.min() >= 0 and class_row.min() >= 0):
        return False
    score = np.ascontiguousarray(columns["score"][rows], np.float64)
    if not np.isfinite(score).all():
        return False
    xywh = np.ascontiguousarray(columns["box"][rows], np.float64)
    kept = np.ones(len(xywh), np.bool_)

    def name(row: int) -> str:
        return _name(rows.start + row)

    note_score_range(score, kept, log, name)
    sizes = ImageSizes.of_boxes(image_row, dataset.images.width, dataset.images.height)
    is_kept = bool(keep_predictions(xywh, kept, sizes, log, name).all())
    return is_kept


def _run_of_facts(
    columns: ColumnSet,
    dataset: Dataset,
    rows: tuple[IntArray, IntArray],
    box: FloatArray,
    score: FloatArray,
    digest: str,
    log: ProblemLog,
) -> tuple[Run, ReadReport]:
    n = len(columns)
    predictions = Predictions(
        n_images=len(dataset.images),
        image_row=rows[0],
        class_row=rows[1],
        xywh=box,
        score=score,
        source_index=np.arange(n, dtype=np.int64),
        masks=None,
        quad=None,
        attributes=AttributeTable(Level.PRED, n),
    )
    columns.refuse_changed()
    run = Run(run_name(columns.path), predictions, Source(columns.path, FORMAT, digest))
    return run, ReadReport(columns.path, FORMAT, digest, n, n, 0, log.groups())


def _name(row: int) -> str:
    return f"row {row}"


def _listed_ids(columns: ColumnSet, of: str, listed: str, log: ProblemLog) -> LongArray:
    """Return the ids of all images, or classes, ascending."""
    limit = "n_images" if of == "image" else "n_classes"
    if listed in columns.columns:
        found = np.unique(columns.integers(listed))
        check_limit(columns.path, limit, len(found), listed)
        return found
    ids = columns.integers(of)
    if not len(ids):
        return np.zeros(0, np.int64)
    first, last = int(ids.min()), int(ids.max())
    check_limit(columns.path, limit, last - first + 1, listed)
    named = np.unique(ids)
    n_between = last - first + 1
    what = "images" if of == "image" else "classes"
    if n_between > max(_MOST_BETWEEN, _MOST_TIMES_NAMED * len(named)):
        log.add(
            f"{what}-not-listed", "", f"no column {listed} says which {what} there are: the numbers from {first} to {last} are "
            f"too far apart for each to be one, the {len(named):,} that occur are taken", drops=False,
        )  # fmt: skip
        return named
    if len(named) < n_between:
        log.add(
            f"{what}-not-listed", "", f"no column {listed} says which {what} there are: every number from {first} to {last} is "
            f"taken for one, {n_between - len(named):,} of them without a label", drops=False,
        )  # fmt: skip
    return np.arange(first, last + 1, dtype=np.int64)


def _rows_by_image(image_row: AnyArray, kept: AnyArray) -> LongArray | slice:
    """Return which rows become facts, in the order of images; all of them as they are where that is so already."""
    if kept.all() and not (image_row[1:] < image_row[:-1]).any():
        return slice(None)
    rows = rows_where(kept)
    return np.asarray(rows[np.argsort(image_row[rows], kind="stable")], np.int64)
