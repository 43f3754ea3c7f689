"""Predictions of any format as columns, and the run they make against a dataset.

Images go by id or name, tiles are put back into their images (`tile_names`), classes go by id or name; scores and boxes are
checked by the rules that all formats share. What is left out is noted once, under the first reason there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray
from diag_gui.data.attributes import AttributeTable, Column, Level
from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import DatasetMismatchError
from diag_gui.formats.box_layouts import FURTHEST_SHARE, BoxLayout
from diag_gui.formats.box_rules import ImageSizes, keep_predictions
from diag_gui.formats.coco_results import FEW_SHARE, note_score_range
from diag_gui.formats.labelled_columns import corners_or_box
from diag_gui.formats.matching_names import ClassFinder, Identifiers, ImageFinder
from diag_gui.formats.record_problems import RecordName, note_records, rows_where
from diag_gui.formats.run_name import run_name
from diag_gui.formats.tile_names import put_back

PIXELS = BoxLayout("xywh")

Masks = Callable[[AnyArray, ImageSizes], Sequence[Any] | None]


@dataclass(frozen=True, slots=True, eq=False)
class PredictedColumns:
    """Predictions as their file gives them, N of them.

    Attributes
    ----------
    image, category : CodedTexts, ndarray of int64, or sequence of int, str or None
        Ids or names; ids of the ground truth win.
    box : ndarray of float64, shape (N, 4)
        NaN where it cannot be read, which is then dropped and noted.
    score : ndarray of float64, shape (N,)
        NaN is dropped and noted.
    name : callable
        Name of the record at a position, for messages.
    source_index : ndarray of int64, shape (N,)
        Place of each among the records of the file.
    n_records : int
        Records of the file, those that are left out already included.
    sha256 : str
    layout : BoxLayout
        What the four numbers of ``box`` mean.
    quad : ndarray of float64, shape (N, 8), or None
        Corners in pixels, NaN where a box is not turned.
    has_box : ndarray of bool, shape (N,), or None
        Where the box is the file's, not only the one around a mask.
    """

    image: Identifiers
    category: Identifiers
    box: FloatArray
    score: FloatArray
    name: RecordName
    source_index: LongArray
    n_records: int
    sha256: str
    layout: BoxLayout = PIXELS
    quad: FloatArray | None = None
    has_box: BoolArray | None = None


def run_of_columns(
    columns: PredictedColumns,
    path: Path,
    format: str,
    dataset: Dataset,
    log: ProblemLog,
    *,
    attributes: Callable[[AnyArray], tuple[Column, ...]] | None = None,
    masks: Masks | None = None,
    is_part: bool = False,
) -> tuple[Run, ReadReport]:
    """Return the run, and the account of what was read.

    Parameters
    ----------
    columns : PredictedColumns
    path : Path
        What the user pointed at.
    format : str
    dataset : Dataset
    log : ProblemLog
        Holds what was noted before.
    attributes : callable, optional
        Returns the further columns of the records at given positions.
    masks : callable, optional
        Returns the masks of the records at given positions, with the sizes of their images; they lie in images, not in tiles.
    is_part : bool
        Whether the run has further files, see `coco_results.read_predictions`.

    Raises
    ------
    DatasetMismatchError
        If no record belongs to an image, or none to a class, of the dataset, unless it is a part.
    """
    images = dataset.images
    finder = ImageFinder.of(dataset)
    image_row, _ = finder.rows(columns.image)
    image_row, tiles = put_back(columns.image, image_row, finder.by_file_name, images, log)
    class_row, _ = ClassFinder.of(dataset).rows(columns.category)
    known = image_row >= 0
    note_unknown("image", ~known, columns.image, columns.name, log, may_refuse=not is_part)
    note_unknown("category", known & (class_row < 0), columns.category, columns.name, log, may_refuse=not is_part)
    kept = known & (class_row >= 0)
    is_number = np.isfinite(columns.score)
    note_records(
        log, "bad-score", rows_where(kept & ~is_number), columns.name, "score is NaN or infinite, not a number", drops=True
    )
    kept &= is_number
    note_score_range(columns.score, kept, log, columns.name)
    sizes = ImageSizes.of_boxes(np.maximum(image_row, 0), images.width, images.height)
    columns, kept = _in_pixels(columns, tiles.given_in(sizes), kept, log)
    xywh = tiles.moved(columns.box)
    kept = keep_predictions(xywh, kept, sizes, log, columns.name)
    rows = rows_where(kept)
    rows = rows[np.argsort(image_row[rows], kind="stable")]
    found = None if masks is None else masks(rows, ImageSizes.of_boxes(image_row[rows], images.width, images.height))
    if len(tiles.rows):
        tiles.note_masks(found, log)
        found = None
    predictions = Predictions(
        n_images=len(images),
        image_row=image_row[rows],
        class_row=class_row[rows],
        xywh=xywh[rows],
        score=columns.score[rows],
        source_index=columns.source_index[rows],
        masks=found,
        quad=None if columns.quad is None else corners_or_box(tiles.moved_corners(columns.quad)[rows], xywh[rows]),
        attributes=AttributeTable(Level.PRED, len(rows), () if attributes is None else attributes(rows)),
        has_box=None if columns.has_box is None or columns.has_box[rows].all() else columns.has_box[rows],
    )
    n = len(predictions)
    report = ReadReport(path, format, columns.sha256, columns.n_records, n, columns.n_records - n, log.groups())
    return Run(run_name(path), predictions, Source(path, format, columns.sha256)), report


def note_unknown(
    what: str, unknown: BoolArray, wanted: Identifiers, name: RecordName, log: ProblemLog, *, may_refuse: bool = True
) -> None:
    """Note records of an image or class that is not there; refuse where none is, warn where few are.

    Raises
    ------
    DatasetMismatchError
        If there are records and all are unknown, where that ``may_refuse`` the file.
    """
    n, n_unknown = len(wanted), int(np.count_nonzero(unknown))
    if not n_unknown:
        return
    if n_unknown == n and may_refuse:
        examples = ", ".join(str(one)[:40] for one in list(dict.fromkeys(wanted[row] for row in range(min(n, 1000))))[:3])
        raise DatasetMismatchError(
            f"{log.path}: none of the {n:,} predictions belongs to {_article(what)} {what} of the ground truth (unknown: "
            f"{examples}, ...); predictions and ground truth do not match"
        )
    note_records(
        log, f"unknown-{what}", rows_where(unknown), name,
        lambda row: f"{what} {str(wanted[row])[:80]!r} is not in the ground truth", drops=True,
    )  # fmt: skip
    if n - n_unknown < FEW_SHARE * n:
        log.add("few-ids-match", "", f"few match: only {n - n_unknown:,} of {n:,} predictions name {_article(what)} {what} of "
                "the ground truth", drops=False)  # fmt: skip


def _article(what: str) -> str:
    return "an" if what == "image" else "a"


def _in_pixels(
    columns: PredictedColumns, sizes: ImageSizes, kept: BoolArray, log: ProblemLog
) -> tuple[PredictedColumns, BoolArray]:
    """Return the columns with boxes xywh in pixels, and which records still count."""
    if columns.layout == PIXELS:
        return columns, kept
    if columns.layout.is_relative:
        with np.errstate(invalid="ignore"):
            beyond = kept & (np.abs(columns.box) > FURTHEST_SHARE).any(axis=1)
        note_records(
            log, "not-normalised", rows_where(beyond), columns.name,
            f"values are no shares of the picture (greater than {FURTHEST_SHARE:g}: pixels?)", drops=True,
        )  # fmt: skip
        unsized = kept & ~beyond & np.isnan(sizes.width)
        note_records(
            log, "image-size-unknown", rows_where(unsized), columns.name,
            "the size of its image is not known, so shares have no pixels", drops=True,
        )  # fmt: skip
        kept = kept & ~beyond & ~unsized
    return replace(columns, box=columns.layout.xywh_px(columns.box, sizes), layout=PIXELS), kept
