"""Detections as text, one file per image, one object per line: YOLO's and the other common kinds.

Dialects read, told apart by what the numbers say, and named so that a user can overrule the guess:

=================  ===========================================  ==========================================
format             line                                         written by
=================  ===========================================  ==========================================
yolo               class cx cy w h score, relative              Ultralytics ``save_txt save_conf``
yolo               class x1 y1 x2 y2 x3 y3 ... score, relative  the same for segments: the polygon is kept
yolo-obb           class x1 y1 x2 y2 x3 y3 x4 y4 score, rel.    the same for rotated boxes
yolo-score-first   class score cx cy w h, relative              review_object_detection_metrics
text-xyxy          class score x1 y1 x2 y2, pixels              review_object_detection_metrics, mAP tools
text-xywh          class score x y w h, pixels                  the same
text-cxcywh        class score cx cy w h, pixels                the same
text-…-last        the same three with the score at the end
text-…-relative    class score x1 y1 x2 y2, or x y w h, shares of the picture; ``-last`` with the score at the end
=================  ===========================================  ==========================================

The class is a number or a name. A number means the class list beside the files (``data.yaml``, ``obj.names``,
``classes.txt``) where there is one whose names the ground truth knows; else a YOLO dataset's own numbers; else the place in
the dataset's classes by ascending id, which is said. Files are matched to images by relative path or stem.

Four points are rotated boxes if every line with a possible number of columns has four, unless the labels are masks; naming
the format decides.

References
----------
https://github.com/rafaelpadilla/review_object_detection_metrics; https://docs.ultralytics.com/modes/predict/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray
from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats import yolo
from diag_gui.formats.box_rules import ImageSizes, keep_predictions
from diag_gui.formats.class_lists import names_near
from diag_gui.formats.coco_results import FEW_SHARE, note_score_range
from diag_gui.formats.dialect_guess import boxes_of, guessed_dialect
from diag_gui.formats.file_names import stem_of
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.label_lines import LabelLines, read_lines
from diag_gui.formats.matching_names import ClassFinder, ImageFinder
from diag_gui.formats.quad_rules import quads_of_predictions
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.run_name import run_name
from diag_gui.formats.text_dialects import DIALECTS, Dialect
from diag_gui.formats.tile_names import PutBack, put_back
from diag_gui.formats.yolo_layout import label_files

_NUMBER = re.compile(r"\d{1,9}(\.0*)?", re.ASCII)
_USUAL = ("yolo", "yolo-score-first", "text-xyxy", "text-xywh")


def read_predictions(
    path: Path,
    dataset: Dataset,
    *,
    format: str = "auto",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Run, ReadReport]:
    """Read a folder of detection files against a dataset.

    Parameters
    ----------
    path : Path
        Folder, or one file of it: then only that file.
    dataset : Dataset
    format : str
        A key of `DIALECTS`, ``"yolo-obb"``, or ``"auto"``.
    progress, cancelled : callable, optional
        As in every reader.

    Raises
    ------
    FormatError
        If there is no file, or no line has a score.
    DatasetMismatchError
        If no file belongs to an image, or no line to a class, of the dataset.
    """
    root = path if path.is_dir() else path.parent
    folder = root / "labels" if path.is_dir() and (root / "labels").is_dir() else root
    files = label_files(folder) if path.is_dir() else [path]
    if not files:
        raise FormatError(path, "no text files of detections were found here")
    log = ProblemLog(path)
    lines = read_lines(files, folder, log, progress=progress, cancelled=cancelled)
    image_row, tiles = image_rows_of_files(lines, dataset, log)
    is_rotated = format == yolo.ROTATED_FORMAT or (format not in DIALECTS and _are_rotated(lines, dataset))
    kept = _keep_columns(lines, path, log, rotated=is_rotated) & (image_row >= 0)
    class_row, kept = _class_rows(lines, folder, dataset, kept, log)
    sizes = ImageSizes.of_boxes(image_row, dataset.images.width, dataset.images.height)
    given = tiles.given_in(sizes)
    values, polygons = _values(lines)
    quad: FloatArray | None = None
    if is_rotated:
        chosen, score = yolo.ROTATED_FORMAT, lines.column(8)
        polygons = np.zeros(len(lines), np.bool_)
        kept = _keep_sized(given, yolo.keep_near_corners(lines, kept, log), log, lines)
        kept = _keep_scored(score, kept, log, lines)
        corners = tiles.moved_corners(yolo.corners_in_pixels(lines, given))
        quad, xywh, kept = quads_of_predictions(corners, kept, sizes, log, lines.name)
    else:
        chosen = "yolo" if polygons.any() else format
        if chosen not in DIALECTS:
            chosen = guessed_dialect(values[kept], given.at(kept), image_row[kept], dataset)
            _note_unusual(chosen, log)
        xywh, score = boxes_of(values, DIALECTS[chosen], given)
        xywh = tiles.moved(xywh)
        kept = _keep_in_units(values, DIALECTS[chosen], given, kept, log, lines)
        kept = _keep_scored(score, kept, log, lines)
        kept = keep_predictions(xywh, kept, sizes, log, lines.name)
    rows = rows_where(kept)
    rows = rows[np.argsort(image_row[rows], kind="stable")]
    masks = yolo.masks_of_points(lines, polygons, rows, sizes)
    if len(tiles.rows):
        tiles.note_masks(masks, log)
        masks = None
    predictions = Predictions(
        n_images=len(dataset.images),
        image_row=image_row[rows],
        class_row=class_row[rows],
        xywh=xywh[rows],
        score=score[rows],
        source_index=rows.astype(np.int64),
        masks=masks,
        quad=None if quad is None else quad[rows],
        attributes=AttributeTable(Level.PRED, len(rows)),
        has_box=None if masks is None else ~polygons[rows],
    )
    n = len(predictions)
    report = ReadReport(path, chosen, lines.sha256, lines.n_records, n, lines.n_records - n, log.groups())
    return Run(run_name(path), predictions, Source(path, chosen, lines.sha256)), report


def image_rows_of_files(lines: LabelLines, dataset: Dataset, log: ProblemLog) -> tuple[IntArray, PutBack]:
    """Return the image row of each line, -1 where its file matches no image, and which lines are on tiles."""
    finder = ImageFinder(dataset.images, {})
    of_file = np.array([_image_of(file, finder) for file in lines.shown], np.int32)
    rows, tiles = put_back(_TileNames(lines), of_file[lines.file_row], finder.by_file_name, dataset.images, log)
    if len(lines) and not len(tiles.rows) and not (of_file >= 0).any():
        raise DatasetMismatchError(
            f"{log.path}: none of the {len(of_file):,} file names matches an image of the ground truth (unknown: "
            f"{', '.join(lines.shown[:3])}, ...); predictions and ground truth do not match"
        )
    note_records(log, "unknown-image", rows_where(rows < 0), lines.name, "no image of the ground truth has this name", drops=True)
    if len(lines) and (known := int((rows >= 0).sum())) < FEW_SHARE * len(lines):
        log.add("few-ids-match", "", f"few file names match: only {known:,} of {len(lines):,} predictions belong to images of "
                "the ground truth", drops=False)  # fmt: skip
    return rows, tiles


@dataclass(frozen=True, slots=True)
class _TileNames:
    """The name of the picture that each line is about, without its ending."""

    lines: LabelLines

    def __getitem__(self, row: int) -> str:
        return self.lines.shown[int(self.lines.file_row[row])].removesuffix(".txt")


def _image_of(shown: str, finder: ImageFinder) -> int:
    """Return the image of a label file: the same path without ending, else the same stem."""
    row = finder.by_path_stem(shown[: -len(".txt")] if shown.lower().endswith(".txt") else shown)
    return row if row >= 0 else finder.by_file_name(stem_of(shown))


def _are_rotated(lines: LabelLines, dataset: Dataset) -> bool:
    """Return whether four points mean a rotated box: where all lines have four, and the labels are no masks."""
    return yolo.has_rotated_boxes(lines, 9) and dataset.ground_truth.masks is None


def _keep_scored(score: FloatArray, kept: BoolArray, log: ProblemLog, lines: LabelLines) -> BoolArray:
    """Drop lines whose score is no number, and warn of scores outside 0..1."""
    finite = np.isfinite(score)
    note_records(log, "bad-score", rows_where(kept & ~finite), lines.name, "score is NaN or infinite, not a number", drops=True)
    kept = kept & finite
    note_score_range(score, kept, log, lines.name)
    return kept


def _keep_columns(lines: LabelLines, path: Path, log: ProblemLog, *, rotated: bool) -> BoolArray:
    n = lines.n_values
    if len(n) and (n == (8 if rotated else 4)).all():
        raise FormatError(path, "no line has a score: predictions were expected, this looks like ground truth labels")
    if rotated:
        note_records(
            log, "column-count", rows_where(n != 9), lines.name,
            lambda row: f"has {n[row] + 1} columns: a class, four points and a score were expected", drops=True,
        )  # fmt: skip
        return np.asarray(n == 9, np.bool_)
    fine: BoolArray = (n == 5) | ((n >= 7) & (n % 2 == 1))
    note_records(log, "no-score", rows_where(n == 4), lines.name, "has five columns: the score is missing", drops=True)
    note_records(
        log, "column-count", rows_where(~fine & (n != 4)), lines.name,
        lambda row: f"has {n[row] + 1} columns: a class, a score and four values were expected", drops=True,
    )  # fmt: skip
    return fine


def _values(lines: LabelLines) -> tuple[FloatArray, BoolArray]:
    """Return the five numbers of each line, those of a segment as box and score, and which lines are segments."""
    values = np.stack([lines.column(place) for place in range(5)], axis=1)
    polygons: BoolArray = (lines.n_values >= 7) & (lines.n_values % 2 == 1)
    yolo.box_points(lines, polygons, values)
    values[polygons, 4] = lines.values[lines.starts[1:][polygons] - 1]
    return values, polygons


def _class_rows(
    lines: LabelLines, folder: Path, dataset: Dataset, kept: BoolArray, log: ProblemLog
) -> tuple[IntArray, BoolArray]:
    """Return the class row of each line and which lines still count."""
    finder = ClassFinder(dataset.classes, {})
    found = {word: finder.by_name(word) for word in dict.fromkeys(lines.label)}
    numbers = {word: int(float(word)) for word, row in found.items() if row < 0 and _NUMBER.fullmatch(word)}
    if numbers:
        by_number = _rows_by_number(folder, dataset, finder, log)
        found |= {word: by_number.get(number, -1) for word, number in numbers.items()}
    rows = np.array([found[word] for word in lines.label], np.int32)
    unknown = kept & (rows < 0)
    if kept.any() and not (rows[kept] >= 0).any():
        raise DatasetMismatchError(
            f"{log.path}: none of the predictions has a class of the ground truth (unknown: {', '.join(list(found)[:3])}, ...)"
        )
    note_records(
        log, "unknown-category", rows_where(unknown), lines.name,
        lambda row: f"class {lines.label[row][:40]} is not a class of the ground truth", drops=True,
    )  # fmt: skip
    return np.maximum(rows, 0), kept & ~unknown


def _rows_by_number(folder: Path, dataset: Dataset, finder: ClassFinder, log: ProblemLog) -> dict[int, int]:
    """Return class number to class row."""
    near = names_near(folder)
    if near is not None:
        rows = {number: finder.by_name(name) for number, name in near[0].items()}
        if 2 * sum(row >= 0 for row in rows.values()) >= min(len(rows), len(dataset.classes)):
            return rows
    ids = dataset.classes.class_id
    if dataset.source.format in yolo.FORMATS and ids.dtype == np.int64:
        return {int(identifier): row for row, identifier in enumerate(ids)}
    log.add("classes-by-order", "", "no class list was found beside the files: class numbers are taken as places among the "
            "classes of the ground truth in ascending order of id, from 0", drops=False)  # fmt: skip
    return {row: row for row in range(len(ids))}


def _note_unusual(chosen: str, log: ProblemLog) -> None:
    """Say which dialect was guessed where it is none of the usual ones, so that it can be overruled."""
    if chosen not in _USUAL:
        log.add("unusual-dialect", "", f"lines are taken as {chosen}, which fits images and labels best; naming the format "
                "overrules it", drops=False)  # fmt: skip


def _keep_in_units(
    values: FloatArray, dialect: Dialect, sizes: ImageSizes, kept: BoolArray, log: ProblemLog, lines: LabelLines
) -> BoolArray:
    """Drop pixels among relative values, and relative values where the size of the image is not known."""
    if not dialect.layout.is_relative:
        return kept
    box = values[:, dialect.box_place : dialect.box_place + 4]
    with np.errstate(invalid="ignore", over="ignore"):
        beyond = kept & (np.abs(box) > 2).any(axis=1)
    note_records(log, "not-normalised", rows_where(beyond), lines.name,
                 "values are not normalised to 0..1 (greater than 1: pixels?)", drops=True)  # fmt: skip
    return _keep_sized(sizes, kept & ~beyond, log, lines)


def _keep_sized(sizes: ImageSizes, kept: BoolArray, log: ProblemLog, lines: LabelLines) -> BoolArray:
    """Drop relative values where the size of the image is not known."""
    unsized = kept & np.isnan(sizes.width)
    note_records(log, "image-size-unknown", rows_where(unsized), lines.name,
                 "the size of its image is not known, so relative values have no pixels", drops=True)  # fmt: skip
    return kept & ~unsized
