"""COCO ground truth: one JSON object with ``images``, ``annotations`` and ``categories``.

Dialects read: boxes ``[x, y, width, height]`` in pixels; annotations without ``id``, ``area``, ``iscrowd`` or ``bbox`` (then
taken from the segmentation); polygons, RLE and uncompressed RLE, crowds; identifiers as integers, whole floats or text;
CVAT's and Roboflow's ``attributes`` objects and any other scalar field per image or annotation, which become columns.
A field ``ignore`` is warned about and becomes a column, for only LVIS's rules honour it: COCO's own evaluation overwrites it.
What LVIS files have beyond this is read by `lvis`.

References
----------
https://cocodataset.org/#format-data; METRICS.md, *COCO matching*, for which boxes count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, frozen_ids, rows_by_group
from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats import lvis
from diag_gui.formats.box_rules import ImageSizes, keep_ground_truth
from diag_gui.formats.coco_records import RecordColumns, read_records
from diag_gui.formats.coco_rows import boxes_or_mask_boxes, checked_masks, extra_columns, resolve_rows, taken_masks
from diag_gui.formats.coco_streaming import RECORD_KINDS, columns_of_table
from diag_gui.formats.coco_tables import read_categories, read_images
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled
from diag_gui.formats.json_reading import JsonBytes, Member, decode_top_level, read_json_bytes
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.record_streaming import NotJudgedError, placed, stream_document

FORMAT = "coco"
DIALECTS = (FORMAT, lvis.FORMAT)
"""Formats that this module reads; which of them a file is, its images say."""
SECTIONS = ("images", "annotations", "categories")


def read_ground_truth(
    path: Path, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read COCO or LVIS ground truth.

    Parameters
    ----------
    path : Path
        JSON, or JSON in gzip.
    progress : callable, optional
        Called with shares from 0 to 1.
    cancelled : callable, optional
        Asked between steps.

    Returns
    -------
    Dataset
    ReadReport
        Records are annotations; a mask that is dropped leaves its box and is counted under ``bad-mask``.

    Raises
    ------
    FormatError
        If the file as a whole cannot be used.
    """
    try:
        parts = _streamed(path, progress, cancelled)
    except NotJudgedError as stopped:
        with placed(stopped):
            parts = _whole(path, cancelled)
    log = ProblemLog(path)
    classes = read_categories(parts.source, parts.categories, log)
    images, image_attributes, is_lvis = read_images(parts.source, parts.images, classes, log)
    _report(progress, 0.8)
    with placed(parts.stopped):
        records = parts.records(log)
    check_cancelled(path, cancelled)
    _report(progress, 0.9)
    ground_truth = build_ground_truth(records, images, classes, log)
    _report(progress, 1.0)
    format = lvis.FORMAT if is_lvis else FORMAT
    sha256 = parts.source.sha256
    dataset = Dataset(images, classes, ground_truth, image_attributes, Source(path, format, sha256), path.stem)
    n = len(ground_truth)
    return dataset, ReadReport(path, format, sha256, records.n_records, n, records.n_records - n, log.groups())


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """A document taken apart.

    Attributes
    ----------
    source : JsonBytes
        Its bytes are gone where it was streamed.
    images, categories : Member
    records : callable
        Gives the annotations, and notes those that cannot be read.
    stopped : NotJudgedError or None
        Where the stream ended, if it did not come through.
    """

    source: JsonBytes
    images: Member
    categories: Member
    records: Callable[[ProblemLog], RecordColumns]
    stopped: NotJudgedError | None = None


def _streamed(path: Path, progress: Progress | None, cancelled: Cancelled | None) -> _Parts:
    """Return the parts of a document that is read as a stream.

    Raises
    ------
    NotJudgedError
        If that cannot be done.
    """
    share = None if progress is None else lambda done: progress(0.7 * done)
    document = stream_document(
        path, {"annotations": RECORD_KINDS}, frozenset({"images", "categories"}), progress=share, cancelled=cancelled
    )
    if set(SECTIONS) - set(document.keys):
        raise NotJudgedError(0)
    table = document.tables["annotations"]
    return _Parts(
        JsonBytes(path, b"", document.digest),
        document.members["images"],
        document.members["categories"],
        lambda log: columns_of_table(table, "annotations", log),
    )


def _whole(path: Path, cancelled: Cancelled | None) -> _Parts:
    """Return the parts of a document that is read as a whole, by readers that can say what is wrong with it."""
    source = read_json_bytes(path)
    check_cancelled(path, cancelled)
    if source.is_list:
        raise FormatError(path, "is a list, as COCO results (predictions) are; ground truth is an object with images")
    sections = decode_top_level(source, SECTIONS)
    for key in SECTIONS:
        if key not in sections:
            raise FormatError(path, f"has no {key!r}; COCO ground truth needs {', '.join(SECTIONS)}")
    annotations = sections["annotations"]
    return _Parts(
        source, sections["images"], sections["categories"], lambda log: read_records(source, annotations, "annotations", log)
    )


def _report(progress: Progress | None, share: float) -> None:
    if progress is not None:
        progress(share)


def build_ground_truth(records: RecordColumns, images: Images, classes: Classes, log: ProblemLog) -> GroundTruth:
    """Return the ground truth that COCO records make, sorted by image, noting what is left out or odd.

    Parameters
    ----------
    records : RecordColumns
    images : Images
    classes : Classes
    log : ProblemLog
    """
    image_row, class_row = resolve_rows(records, images, classes, log)
    kept = (image_row >= 0) & (class_row >= 0)
    sizes = ImageSizes.of_boxes(image_row, images.width, images.height)
    masks = checked_masks(records, kept, sizes, log)
    xywh, kept = boxes_or_mask_boxes(records, masks, kept, log)
    kept = keep_ground_truth(xywh, kept, sizes, log, records.name)
    note_records(
        log, "ignore-field", rows_where(kept & records.ignore), records.name,
        "has ignore = 1, which COCO's evaluation overwrites; honoured by the rules of LVIS alone", drops=False,
    )  # fmt: skip
    annotation_id = _annotation_ids(records, log)
    area, has_area = _areas(records, xywh, kept, log)

    rows = rows_by_group(image_row, rows_where(kept))
    return GroundTruth(
        annotation_id=annotation_id[rows],
        image_row=image_row[rows],
        class_row=class_row[rows],
        xywh=xywh[rows],
        area=area[rows],
        is_crowd=records.is_crowd[rows],
        is_ignored=np.zeros(len(rows), np.bool_),
        source_index=records.source_index[rows],
        masks=taken_masks(masks, rows),
        quad=None,
        attributes=AttributeTable(Level.GT, len(rows), (*extra_columns(records, rows, log), *_ignore_column(records, rows))),
        has_area=None if has_area.all() else has_area[rows],
    )


def _ignore_column(records: RecordColumns, rows: AnyArray) -> tuple[Column, ...]:
    """Return the field ``ignore`` as a column, if a record sets it."""
    ignore = records.ignore[rows]
    return (Column("ignore", ColumnKind.BOOL, ignore, np.zeros(len(rows), np.bool_)),) if ignore.any() else ()


def _areas(records: RecordColumns, xywh: FloatArray, kept: BoolArray, log: ProblemLog) -> tuple[FloatArray, BoolArray]:
    """Return the file's area, else width times height, and which are the file's."""
    area = records.area
    with np.errstate(invalid="ignore", over="ignore"):
        bad = kept & ((area < 0) | np.isinf(area))
    if records.area_is_nan is not None:
        bad |= kept & records.area_is_nan
    note_records(log, "bad-area", rows_where(bad), records.name,
                 lambda row: f"area {area[row]:g} cannot be; width times height is used", drops=False)  # fmt: skip
    with np.errstate(invalid="ignore", over="ignore"):
        has_area = ~(np.isnan(area) | bad)
        return np.where(has_area, area, xywh[:, 2] * xywh[:, 3]), has_area


def _annotation_ids(records: RecordColumns, log: ProblemLog) -> AnyArray:
    """Return the id of each record; those without one get numbers after the largest, in file order."""
    found = records.record_id
    if isinstance(found, np.ndarray):
        ids: AnyArray = found
    else:
        listed: list[Any] = [None] * len(records) if found is None else list(found)
        largest = max((value for value in listed if type(value) is int), default=0)
        without = [place for place, value in enumerate(listed) if value is None]
        given = {place: largest + 1 + n for n, place in enumerate(without)}
        ids = frozen_ids([given.get(place, value) for place, value in enumerate(listed)], "annotation_id")
    _note_repeated(ids, records, log)
    return ids


def _note_repeated(ids: AnyArray, records: RecordColumns, log: ProblemLog) -> None:
    if ids.dtype == np.int64:
        order = np.argsort(ids, kind="stable")
        repeated = np.sort(order[1:][ids[order[1:]] == ids[order[:-1]]])
    else:
        seen: set[Any] = set()
        repeated = np.array([row for row, value in enumerate(ids) if value in seen or seen.add(value)], np.int64)  # type: ignore[func-returns-value]
    note_records(
        log, "duplicate-annotation-id", repeated, records.name,
        lambda row: f"duplicate annotation id {ids[row]!s}; kept, since figures do not depend on it", drops=False,
    )  # fmt: skip
