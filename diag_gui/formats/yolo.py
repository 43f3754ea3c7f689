"""YOLO ground truth: one text file per image, ``class cx cy w h`` relative to the upright picture.

Dialects read: the layouts of `yolo_layout`; boxes (five columns); segments ``class x1 y1 x2 y2 x3 y3 ...``, whose polygon is
kept as mask and whose box is the one around it; rotated boxes ``class x1 y1 x2 y2 x3 y3 x4 y4`` (Ultralytics' OBB); byte-order
marks, Windows line ends, blank lines; one more column (a score or track number) after a box, which is warned about and not used;
names of classes where their numbers belong (`yolo_classes`).

Nothing in a file says whether four points are a segment or a rotated box. **Labels are rotated boxes if every line of the dataset
that has a possible number of columns has exactly four points**; segments that all have four are hardly ever met, and lose
nothing but the word. It is said, and naming the format decides: ``yolo`` for segments, ``yolo-obb`` for rotated boxes.

Pixels come from the size of each picture as it is shown upright (EXIF orientation applied), since that is what YOLO is
trained on. Where pictures are not at hand a nominal size stands in: IoU, and with it every figure but those of areas, is the
same, for both axes are scaled alike in labels and predictions, and scaling an axis keeps the ratio of two areas.

References
----------
https://docs.ultralytics.com/datasets/detect/ and /obb/: coordinates are normalised, classes count from 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, LongArray
from diag_gui.data.attributes import AttributeTable, Column, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.box_rules import ImageSizes, keep_ground_truth
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled
from diag_gui.formats.image_size import read_header
from diag_gui.formats.label_lines import LabelLines, read_lines
from diag_gui.formats.quad_rules import quads_of_truth
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.value_columns import column_of
from diag_gui.formats.yolo_classes import class_rows, classes_of
from diag_gui.formats.yolo_layout import LabelledImage, YoloLayout, find_layout

FORMAT = "yolo"
ROTATED_FORMAT = "yolo-obb"
FORMATS = (FORMAT, ROTATED_FORMAT)

NOMINAL_SIDE = 1000
"""Width and height in pixels of an image whose picture is not at hand."""

TOLERANCE = 0.01
"""How far a relative coordinate may lie beyond 0..1 before it is no rounding any more."""

FARTHEST_CORNER = 2.0
"""Relative coordinate of a corner of a rotated box from which it must be pixels: boxes at an edge reach beyond 1."""


def read_ground_truth(
    path: Path,
    *,
    images: Path | None = None,
    rotated: bool | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Dataset, ReadReport, Path | None]:
    """Read a YOLO dataset.

    Parameters
    ----------
    path : Path
        Anything that `find_layout` takes.
    images : Path, optional
        Folder of the pictures.
    rotated : bool, optional
        Whether four points are a rotated box or a segment; judged by all lines if not given.
    progress, cancelled : callable, optional
        As in every reader.

    Returns
    -------
    Dataset
        Images are numbered from 1 in order of name; classes have their YOLO numbers.
    ReadReport
        Records are label lines.
    Path or None
        Folder of the pictures.

    Raises
    ------
    FormatError
        If there is nothing that can be used.
    """
    layout = find_layout(path, images)
    log = ProblemLog(path)
    labelled = [entry for entry in layout.images if entry.label is not None]
    image_of_file = [row for row, entry in enumerate(layout.images) if entry.label is not None]
    lines = read_lines(
        [entry.label for entry in labelled if entry.label is not None],
        layout.root,
        log,
        progress=None if progress is None else lambda share: progress(share / 2),
        cancelled=cancelled,
    )
    width, height, sizes_are_nominal = _sizes(layout, log, progress, cancelled)
    table = Images(
        np.arange(1, len(layout.images) + 1, dtype=np.int64), tuple(entry.name for entry in layout.images), width, height
    )
    _note_layout(layout, log)
    classes, number = classes_of(lines, layout.names, path, log)
    is_rotated = has_rotated_boxes(lines, 8) if rotated is None else rotated
    if rotated is None and is_rotated:
        log.add("read-as-rotated", "", "every line has four points: read as rotated boxes; as segments with the format yolo",
                drops=False)  # fmt: skip
    format = ROTATED_FORMAT if is_rotated else FORMAT
    ground_truth = _ground_truth(lines, np.array(image_of_file, np.int32), number, classes, table, log, rotated=is_rotated)
    n = len(ground_truth)
    if lines.n_records and not n and log.groups() and max(log.groups(), key=lambda group: group.count).code == "not-normalised":
        raise FormatError(path, "every label is outside 0..1: the values are pixels, not normalised as YOLO's are")
    report = ReadReport(path, format, lines.sha256, lines.n_records, n, lines.n_records - n, log.groups())
    attributes = AttributeTable(Level.IMAGE, len(table), _split_column(layout.images))
    name = path.name if path.is_dir() else path.parent.name
    source = Source(path, format, lines.sha256)
    return Dataset(table, classes, ground_truth, attributes, source, name, sizes_are_nominal), report, layout.image_root


def _sizes(
    layout: YoloLayout, log: ProblemLog, progress: Progress | None, cancelled: Cancelled | None
) -> tuple[IntArray, IntArray, bool]:
    """Return upright width and height of each image, nominal where the picture is missing or unreadable, and whether any is."""
    size = np.full((len(layout.images), 2), NOMINAL_SIDE, np.int32)
    missing = unreadable = 0
    for row, entry in enumerate(layout.images):
        if row % 512 == 0:
            check_cancelled(layout.root, cancelled)
            if progress is not None:
                progress(0.5 + 0.5 * row / len(layout.images))
        if entry.picture is None:
            missing += 1
            continue
        try:
            size[row] = read_header(entry.picture).upright_size
        except FormatError as error:
            unreadable += 1
            log.add("unreadable-picture", entry.name, f"{error.reason}; a nominal size is used", drops=False)
    if missing:
        log.add(
            "nominal-image-size", "", f"{missing:,} of {len(layout.images):,} pictures were not found: a nominal size of "
            f"{NOMINAL_SIDE} x {NOMINAL_SIDE} is used, so areas and figures by area have no meaning for them", drops=False,
            count=missing,
        )  # fmt: skip
    return size[:, 0], size[:, 1], missing + unreadable > 0


def _note_layout(layout: YoloLayout, log: ProblemLog) -> None:
    for split in layout.unread_splits:
        log.add("split-not-loaded", split, "this split was not loaded; open its folder to see it", drops=False)


def _split_column(images: tuple[LabelledImage, ...]) -> tuple[Column, ...]:
    column = column_of("split", [entry.split or None for entry in images])
    return () if column is None else (column,)


def _ground_truth(
    lines: LabelLines,
    image_of_file: IntArray,
    number: FloatArray,
    classes: Classes,
    images: Images,
    log: ProblemLog,
    *,
    rotated: bool,
) -> GroundTruth:
    image_row = image_of_file[lines.file_row]
    kept = _keep_four_points(lines, log) if rotated else _keep_columns(lines, log)
    class_row, kept = class_rows(lines, number, classes, kept, log)
    sizes = ImageSizes.of_boxes(image_row, images.width, images.height)
    quad: FloatArray | None = None
    if rotated:
        polygons = np.zeros(len(lines), np.bool_)
        kept = keep_near_corners(lines, kept, log)
        quad, xywh, kept = quads_of_truth(corners_in_pixels(lines, sizes), kept, sizes, log, lines.name)
    else:
        relative, polygons = _relative_boxes(lines)
        kept = _keep_normalised(lines, relative, kept, log)
        xywh = pixels(relative, sizes)
        kept = keep_ground_truth(xywh, kept, sizes, log, lines.name)
    rows = rows_where(kept)
    rows = rows[np.argsort(image_row[rows], kind="stable")]
    masks = masks_of_points(lines, polygons, rows, sizes)
    return GroundTruth(
        annotation_id=rows.astype(np.int64) + 1,
        image_row=image_row[rows],
        class_row=class_row[rows],
        xywh=xywh[rows],
        area=xywh[rows, 2] * xywh[rows, 3],
        is_crowd=np.zeros(len(rows), np.bool_),
        is_ignored=np.zeros(len(rows), np.bool_),
        source_index=rows.astype(np.int64),
        masks=masks,
        quad=None if quad is None else quad[rows],
        attributes=AttributeTable(Level.GT, len(rows)),
        has_area=np.zeros(len(rows), np.bool_),
    )


def _keep_columns(lines: LabelLines, log: ProblemLog) -> BoolArray:
    """Return the lines with a number of columns that means something: four or five values, or an even six and more."""
    n = lines.n_values
    fine: BoolArray = (n == 4) | (n == 5) | ((n >= 6) & (n % 2 == 0))
    note_records(
        log, "column-count", rows_where(~fine), lines.name,
        lambda row: f"has {n[row] + 1} columns: a class and four values, or a class and points, were expected", drops=True,
    )  # fmt: skip
    note_records(
        log, "extra-column", rows_where(n == 5), lines.name, "has a sixth column (a score?), which labels do not have; not used",
        drops=False,
    )  # fmt: skip
    return fine


def has_rotated_boxes(lines: LabelLines, n_values: int) -> bool:
    """Return whether every line with a possible number of values has ``n_values``: those of four points."""
    possible = (lines.n_values >= 4) & (lines.n_values % 2 == n_values % 2) | (lines.n_values == 5)
    return bool(possible.any()) and bool((lines.n_values[possible] == n_values).all())


def _keep_four_points(lines: LabelLines, log: ProblemLog) -> BoolArray:
    """Return the lines with four points, also where a score follows."""
    n = lines.n_values
    note_records(
        log, "column-count", rows_where((n != 8) & (n != 9)), lines.name,
        lambda row: f"has {n[row] + 1} columns: a class and four points were expected", drops=True,
    )  # fmt: skip
    note_records(
        log, "extra-column", rows_where(n == 9), lines.name, "has a tenth column (a score?), which labels do not have; not used",
        drops=False,
    )  # fmt: skip
    return np.asarray((n == 8) | (n == 9), np.bool_)


def keep_near_corners(lines: LabelLines, kept: BoolArray, log: ProblemLog) -> BoolArray:
    """Drop rotated boxes whose corners cannot be shares of a picture."""
    corners = lines.columns(0, 8)
    with np.errstate(invalid="ignore", over="ignore"):
        beyond = kept & (np.abs(corners) > FARTHEST_CORNER).any(axis=1)
    note_records(
        log, "not-normalised", rows_where(beyond), lines.name,
        lambda row: f"values {' '.join(f'{value:g}' for value in corners[row])} are not normalised to 0..1 (greater than 1: "
                    "pixels?)", drops=True,
    )  # fmt: skip
    return kept & ~beyond


def corners_in_pixels(lines: LabelLines, sizes: ImageSizes) -> FloatArray:
    """Return the first four points of each line in pixels, shape (N, 8)."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(lines.columns(0, 8) * np.tile(np.stack([sizes.width, sizes.height], axis=1), 4), np.float64)


def _relative_boxes(lines: LabelLines) -> tuple[FloatArray, BoolArray]:
    """Return ``cx cy w h`` of each line, around its points where it is a polygon, and which lines are polygons."""
    boxes = np.stack([lines.column(place) for place in range(4)], axis=1)
    polygons: BoolArray = lines.n_values >= 6
    box_points(lines, polygons, boxes)
    return boxes, polygons


def box_points(lines: LabelLines, polygons: BoolArray, boxes: FloatArray) -> None:
    """Write into ``boxes``, shape (N, 4 or more), the relative ``cx cy w h`` around the points of lines that are polygons."""
    starts = lines.starts
    for row in np.flatnonzero(polygons).tolist():
        points = _points(lines, starts, row)
        low, high = points.min(axis=0), points.max(axis=0)
        with np.errstate(invalid="ignore", over="ignore"):
            boxes[row, :4] = [*((low + high) / 2), *(high - low)]


def _points(lines: LabelLines, starts: LongArray, row: int) -> FloatArray:
    """Return the points of a polygon line, shape (K, 2); an odd last value is a score."""
    count = int(lines.n_values[row])
    return np.asarray(lines.values[starts[row] : starts[row] + count - count % 2].reshape(-1, 2))


def _keep_normalised(lines: LabelLines, relative: FloatArray, kept: BoolArray, log: ProblemLog) -> BoolArray:
    """Drop labels with values that cannot be shares of a picture."""
    with np.errstate(invalid="ignore", over="ignore"):
        beyond = kept & (relative > 1 + TOLERANCE).any(axis=1)
        below = kept & ~beyond & (relative[:, :2] < -TOLERANCE).any(axis=1)
    note_records(
        log, "not-normalised", rows_where(beyond | below), lines.name,
        lambda row: f"values {' '.join(f'{value:g}' for value in relative[row])} are not normalised to 0..1"
                    + (" (greater than 1: pixels?)" if beyond[row] else " (negative)"), drops=True,
    )  # fmt: skip
    return kept & ~beyond & ~below


def pixels(relative: FloatArray, sizes: ImageSizes) -> FloatArray:
    """Return xywh in pixels of relative ``cx cy w h``."""
    scale = np.stack([sizes.width, sizes.height, sizes.width, sizes.height], axis=1)
    xywh = relative.copy()
    with np.errstate(invalid="ignore", over="ignore"):
        xywh[:, :2] -= relative[:, 2:] / 2
        return np.asarray(xywh * scale, np.float64)


def masks_of_points(lines: LabelLines, polygons: BoolArray, rows: Any, sizes: ImageSizes) -> tuple[Any, ...] | None:
    """Return the polygons at ``rows`` in pixels, as COCO writes them; None where no row has one."""
    if not polygons[rows].any():
        return None
    starts = lines.starts
    masks: list[Any] = []
    for row in rows.tolist():
        if not polygons[row]:
            masks.append(None)
            continue
        masks.append([(_points(lines, starts, row) * [sizes.width[row], sizes.height[row]]).ravel().tolist()])
    return tuple(masks)
