"""DOTA predictions: one text file per class, as they are submitted, or one per picture.

==================================  ====================================================================
file                                line
==================================  ====================================================================
``Task1_CLASS.txt``                 image score x1 y1 x2 y2 x3 y3 x4 y4
``Task2_CLASS.txt``                 image score xmin ymin xmax ymax: upright boxes
``PICTURE.txt``                     x1 y1 x2 y2 x3 y3 x4 y4 class score
==================================  ====================================================================

Coordinates are pixels. Of a folder with both tasks the first is read, which is said. Where the format is named, files per class
need not be called ``Task1_`` or ``Task2_``: then the whole stem is the class.

References
----------
.. [1] https://captain-whu.github.io/DOTA/tasks.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, LongArray
from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.box_rules import ImageSizes, keep_predictions
from diag_gui.formats.coco_results import FEW_SHARE, note_score_range
from diag_gui.formats.content import HEAD_BYTES, Content
from diag_gui.formats.dota import CLASS_PLACE, FORMAT, has_scored_corners, is_header, recognise
from diag_gui.formats.file_reading import Cancelled, Progress, check_regular
from diag_gui.formats.label_lines import LabelLines, read_lines
from diag_gui.formats.matching_names import ClassFinder, ImageFinder
from diag_gui.formats.quad_rules import quads_of_predictions
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.run_name import run_name
from diag_gui.formats.text_detections import image_rows_of_files
from diag_gui.formats.tile_names import put_back
from diag_gui.formats.yolo_layout import label_files

_TASK_FILE = re.compile(r"task([12])_(.+)\.txt", re.IGNORECASE)
_NUMBERS = {1: 9, 2: 5}
"""Numbers of a line beside the name of the image, by task."""


def recognise_predictions(content: Content) -> str:
    """Return why a file is DOTA's predictions; empty if it is not."""
    if (task := _TASK_FILE.fullmatch(content.path.name)) is not None:
        n_words = _NUMBERS[int(task[1])] + 1
        fitting = sum(len(line.split()) == n_words for line in content.lines)
        return f"the results of DOTA's task {task[1]} for one class" if fitting and 2 * fitting >= len(content.lines) else ""
    return "lines of four corners, a class and a score" if has_scored_corners(content) else ""


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read a folder of DOTA predictions, or one file of it, against a dataset.

    Parameters
    ----------
    path : Path
        Folder, or one file: then only that class or picture.
    dataset : Dataset
    progress, cancelled : callable, optional
        As in every reader.

    Raises
    ------
    FormatError
        If there is no file, or none can be read.
    DatasetMismatchError
        If nothing belongs to an image, or nothing to a class, of the dataset.
    """
    files = label_files(path) if path.is_dir() else [path]
    if not files:
        raise FormatError(path, "no text files of predictions were found here")
    root = path if path.is_dir() else path.parent
    log = ProblemLog(path)
    first = _first_content(files)
    if first is not None and recognise(first):
        raise FormatError(path, f"no line of {first.path.name} has a score: predictions were expected, this looks like labels")
    if first is not None and has_scored_corners(first):
        lines = read_lines(
            files, root, log, label_place=CLASS_PLACE, is_header=is_header, progress=progress, cancelled=cancelled
        )  # fmt: skip
        image_row, tiles = image_rows_of_files(lines, dataset, log)
        class_row = _rows_of_words(lines.label, ClassFinder(dataset.classes, {}).by_name)
        score_place, corner_place, n_numbers = 8, 0, 9
    else:
        files, task = _files_of_one_task(files, log)
        lines = replace(read_lines(files, root, log, progress=progress, cancelled=cancelled), label_is_image=True)
        finder = ImageFinder(dataset.images, {})
        image_row = _rows_of_words(lines.label, finder.by_file_name)
        image_row, tiles = put_back(lines.label, image_row, finder.by_file_name, dataset.images, log)
        _note_unknown_images(lines, image_row, log)
        class_row = _rows_of_files(lines, ClassFinder(dataset.classes, {}))
        n_numbers = _NUMBERS[task] if task else _commonest(lines.n_values)
        score_place, corner_place = 0, 1
    _check_classes(lines, class_row, path)
    kept = _kept(lines, image_row, class_row, n_numbers, log)
    score = lines.column(score_place)
    is_number = np.isfinite(score)
    note_records(
        log, "bad-score", rows_where(kept & ~is_number), lines.name, "score is NaN or infinite, not a number", drops=True
    )
    kept &= is_number
    note_score_range(score, kept, log, lines.name)
    sizes = ImageSizes.of_boxes(np.maximum(image_row, 0), dataset.images.width, dataset.images.height)
    quad: FloatArray | None = None
    if n_numbers == _NUMBERS[1]:
        corners = tiles.moved_corners(lines.columns(corner_place, 8))
        quad, xywh, kept = quads_of_predictions(corners, kept, sizes, log, lines.name)
    else:
        xywh = tiles.moved(_upright(lines))
        kept = keep_predictions(xywh, kept, sizes, log, lines.name)
    rows = rows_where(kept)
    rows = rows[np.argsort(image_row[rows], kind="stable")]
    predictions = Predictions(
        n_images=len(dataset.images),
        image_row=image_row[rows],
        class_row=class_row[rows],
        xywh=xywh[rows],
        score=score[rows],
        source_index=rows.astype(np.int64),
        masks=None,
        quad=None if quad is None else quad[rows],
        attributes=AttributeTable(Level.PRED, len(rows)),
    )
    n = len(predictions)
    report = ReadReport(path, FORMAT, lines.sha256, lines.n_records, n, lines.n_records - n, log.groups())
    return Run(run_name(path), predictions, Source(path, FORMAT, lines.sha256)), report


def _first_content(files: list[Path]) -> Content | None:
    """Return the beginning of the first file that has one; None where files are called after a task, or all are empty."""
    for file in files:
        if _TASK_FILE.fullmatch(file.name) is not None:
            return None
        check_regular(file)
        with file.open("rb") as stream:
            text = stream.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip().decode("utf-8", errors="replace")
        if text:
            return Content(file, "text", text)
    return None


def _files_of_one_task(files: list[Path], log: ProblemLog) -> tuple[list[Path], int]:
    """Return the files of the first task that has any, and which it is; all files, and 0, where none is called after one."""
    of_task: dict[int, list[Path]] = {1: [], 2: []}
    for file in files:
        if (found := _TASK_FILE.fullmatch(file.name)) is not None:
            of_task[int(found[1])].append(file)
    for task, chosen in of_task.items():
        if chosen:
            if left := len(files) - len(chosen):
                log.add("file-not-loaded", "", f"{left:,} files that are not of task {task} were not loaded; name one to read "
                        "it", drops=False, count=left)  # fmt: skip
            return chosen, task
    return files, 0


def _rows_of_words(words: list[str], find: Callable[[str], int]) -> IntArray:
    """Return the row of each word, -1 where unknown; each is looked up once."""
    found = {word: find(word) for word in dict.fromkeys(words)}
    return np.array([found[word] for word in words], np.int32)


def _rows_of_files(lines: LabelLines, finder: ClassFinder) -> IntArray:
    """Return the class row of each line by the name of its file, -1 where unknown."""
    of_file = np.array([finder.by_name(_class_of(file)) for file in lines.files], np.int32)
    return of_file[lines.file_row]


def _class_of(file: Path) -> str:
    task = _TASK_FILE.fullmatch(file.name)
    return task[2] if task is not None else file.stem


def _note_unknown_images(lines: LabelLines, image_row: IntArray, log: ProblemLog) -> None:
    """Refuse where no image is known, warn where few are."""
    n, n_known = len(lines), int((image_row >= 0).sum())
    if n and not n_known:
        examples = ", ".join(word[:40] for word in list(dict.fromkeys(lines.label))[:3])
        raise DatasetMismatchError(
            f"{log.path}: none of the {n:,} predictions belongs to an image of the ground truth (unknown: {examples}, ...); "
            "predictions and ground truth do not match"
        )
    note_records(
        log, "unknown-image", rows_where(image_row < 0), lines.name,
        lambda row: f"image {lines.label[row][:80]!r} is not in the ground truth", drops=True,
    )  # fmt: skip
    if n_known < FEW_SHARE * n:
        log.add("few-ids-match", "", f"few match: only {n_known:,} of {n:,} predictions name an image of the ground truth",
                drops=False)  # fmt: skip


def _check_classes(lines: LabelLines, class_row: IntArray, path: Path) -> None:
    if len(lines) and not (class_row >= 0).any():
        raise DatasetMismatchError(f"{path}: none of the predictions has a class of the ground truth")


def _kept(lines: LabelLines, image_row: IntArray, class_row: IntArray, n_numbers: int, log: ProblemLog) -> BoolArray:
    """Return the lines with an image, a class and the right number of columns; the others are noted, each once."""
    kept = image_row >= 0
    unknown = kept & (class_row < 0)
    note_records(
        log, "unknown-category", rows_where(unknown), lines.name, "its class is not a class of the ground truth", drops=True
    )
    kept = kept & ~unknown
    wrong = kept & (lines.n_values != n_numbers)
    note_records(
        log, "column-count", rows_where(wrong), lines.name,
        lambda row: f"has {lines.n_values[row] + bool(lines.label[row])} columns, {n_numbers + 1} were expected", drops=True,
    )  # fmt: skip
    return np.asarray(kept & ~wrong, np.bool_)


def _commonest(n_values: LongArray) -> int:
    """Return 9 or 5, whichever more lines have; 9 on a tie."""
    counts = np.bincount(np.clip(n_values, 0, 10), minlength=10)
    return 9 if counts[9] >= counts[5] else 5


def _upright(lines: LabelLines) -> FloatArray:
    box = lines.columns(1, 4)
    with np.errstate(invalid="ignore", over="ignore"):
        box[:, 2:] -= box[:, :2]
    return box
