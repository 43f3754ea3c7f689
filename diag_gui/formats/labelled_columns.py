"""Labels of any format as columns, and the dataset they make: one place for boxes, order, classes and attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray, LongArray
from diag_gui.data.attributes import AttributeTable, Column, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.formats.box_rules import ImageSizes, keep_ground_truth
from diag_gui.formats.limits import check_limit
from diag_gui.formats.record_problems import RecordName, rows_where

Masks = Callable[[AnyArray, ImageSizes], Sequence[Any] | None]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledColumns:
    """Labels as their file gives them, N of them on I images.

    Attributes
    ----------
    image_names : tuple of str
        In the order of the dataset, numbered from 1.
    image_sizes : ndarray of int32, shape (I, 2)
        Width and height, -1 where not known.
    image_row : ndarray of int32, shape (N,)
    class_name : sequence of str
        Of each label.
    xywh : ndarray of float64, shape (N, 4)
        Pixels; NaN where it cannot be read, which is then dropped and noted.
    name : callable
        Name of the record at a position, for messages.
    source_index : ndarray of int64, shape (N,)
        Place of each among the records of the file.
    n_records : int
        Records of the file, those that are left out already included.
    sha256 : str
    area : ndarray of float64, shape (N,), or None
        Square pixels, NaN where it is width times height.
    is_crowd, is_ignored : ndarray of bool, shape (N,), or None
    identifiers : sequence of int or str, or None
        Own ids of the records, all different and of one type; their ordinals from 1 stand in.
    quad : ndarray of float64, shape (N, 8), or None
        Corners, NaN where a box is not turned.
    sizes_are_nominal : bool
        Whether some image has a size that only stands in for the true one.
    """

    image_names: tuple[str, ...]
    image_sizes: IntArray
    image_row: IntArray
    class_name: Sequence[str]
    xywh: FloatArray
    name: RecordName
    source_index: LongArray
    n_records: int
    sha256: str
    area: FloatArray | None = None
    is_crowd: BoolArray | None = None
    is_ignored: BoolArray | None = None
    identifiers: Sequence[Any] | None = None
    quad: FloatArray | None = None
    sizes_are_nominal: bool = False


def dataset_of_columns(
    columns: LabelledColumns,
    path: Path,
    format: str,
    log: ProblemLog,
    *,
    class_names: Sequence[str] | None = None,
    attributes: Callable[[AnyArray], tuple[Column, ...]] | None = None,
    image_attributes: tuple[Column, ...] = (),
    masks: Masks | None = None,
) -> tuple[Dataset, ReadReport]:
    """Return the dataset, and the account of what was read.

    Parameters
    ----------
    columns : LabelledColumns
    path : Path
        What the user pointed at.
    format : str
    log : ProblemLog
        Holds what was noted before.
    class_names : sequence of str, optional
        Classes in the order of the format, each once, numbered from 1; names that occur beyond it follow. By default the names
        that occur, sorted.
    attributes : callable, optional
        Returns the further columns of the records at given positions.
    image_attributes : tuple of Column
    masks : callable, optional
        Returns the masks of the records at given positions, with the sizes of their images.

    Raises
    ------
    LimitError
        If there are more than ``n_classes`` classes.
    """
    names = list(dict.fromkeys(class_names)) if class_names is not None else []
    names += sorted(set(columns.class_name).difference(names))
    check_limit(path, "n_classes", len(names), "classes")
    class_of = {name: row for row, name in enumerate(names)}
    n_images = len(columns.image_names)
    width, height = columns.image_sizes.reshape(-1, 2).T.astype(np.int32)
    images = Images(np.arange(1, n_images + 1, dtype=np.int64), columns.image_names, width, height)
    xywh = columns.xywh
    sizes = ImageSizes.of_boxes(columns.image_row, width, height)
    kept = keep_ground_truth(xywh, np.ones(len(xywh), np.bool_), sizes, log, columns.name)
    rows = rows_where(kept)
    rows = rows[np.argsort(columns.image_row[rows], kind="stable")]
    n = len(rows)
    image_row, xywh = columns.image_row[rows], xywh[rows]
    area = np.full(n, np.nan) if columns.area is None else columns.area[rows]
    ground_truth = GroundTruth(
        annotation_id=_identifiers(columns, rows),
        image_row=image_row,
        class_row=np.fromiter(map(class_of.__getitem__, columns.class_name), np.int32, len(columns.class_name))[rows],
        xywh=xywh,
        area=np.where(np.isnan(area), xywh[:, 2] * xywh[:, 3], area),
        is_crowd=np.zeros(n, np.bool_) if columns.is_crowd is None else columns.is_crowd[rows],
        is_ignored=np.zeros(n, np.bool_) if columns.is_ignored is None else columns.is_ignored[rows],
        source_index=columns.source_index[rows],
        masks=None if masks is None else masks(rows, ImageSizes.of_boxes(image_row, width, height)),
        quad=None if columns.quad is None else corners_or_box(columns.quad[rows], xywh),
        attributes=AttributeTable(Level.GT, n, () if attributes is None else attributes(rows)),
        has_area=~np.isnan(area),
    )
    dataset = Dataset(
        images,
        Classes(np.arange(1, len(names) + 1, dtype=np.int64), tuple(names), ("",) * len(names)),
        ground_truth,
        AttributeTable(Level.IMAGE, n_images, image_attributes),
        Source(path, format, columns.sha256),
        path.stem if path.is_file() else path.resolve().name,
        columns.sizes_are_nominal,
    )
    return dataset, ReadReport(path, format, columns.sha256, columns.n_records, n, columns.n_records - n, log.groups())


def _identifiers(columns: LabelledColumns, rows: LongArray) -> AnyArray:
    """Return the labels' own ids where all have one and no two the same, else the ordinals of their records from 1."""
    own = [] if columns.identifiers is None else [columns.identifiers[row] for row in rows.tolist()]
    if own and None not in own and len(set(own)) == len(own) and len({type(one) for one in own}) == 1:
        try:
            return np.array(own, np.int64 if isinstance(own[0], int) else object)
        except OverflowError:
            return columns.source_index[rows] + 1
    return np.asarray(columns.source_index[rows] + 1)


def corners_or_box(quad: FloatArray, xywh: FloatArray) -> FloatArray:
    """Return the corners of each object, those of its box where it is not turned."""
    x, y, w, h = xywh.T
    upright = np.stack([x, y, x + w, y, x + w, y + h, x, y + h], axis=1)
    return np.where(np.isnan(quad), upright, quad)


def given_quads(objects: Sequence[Any]) -> FloatArray | None:
    """Return the corners of each object, NaN where it is not turned; None where not one is."""
    if not any(one.quad is not None for one in objects):
        return None
    return np.array([(np.nan,) * 8 if one.quad is None else one.quad for one in objects], np.float64)
