"""Which boxes become facts: the rules of METRICS.md, the same for every format.

Ground truth of zero or negative size or wholly outside its image is dropped; predictions like that stay and cost
precision. A box that is not finite, or larger than anything meant as pixels, is dropped on both sides. A box that only
leaves the image in part is kept as it is: clipping would change IoUs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray
from diag_gui.data.read_report import ProblemLog
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.formats._kernels import box_flags
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.record_problems import RecordName, note_records, rows_where

CORNERS_SHARE = 0.5
"""Share of boxes leaving their image from which corners (x1, y1, x2, y2) are suspected."""

EDGE_TOLERANCE_PX = 0.5
"""Rounding in files: a box this far over the edge is not worth a word."""


NOT_FINITE, HUGE, NEGATIVE, EMPTY, WHOLLY_OUTSIDE, PARTLY_OUTSIDE = (1 << bit for bit in range(6))
"""What is odd about a box; see ``_kernels.box_flags_numpy``."""

_AT_LEAST = 1 << 16


@dataclass(frozen=True, eq=False)
class ImageSizes:
    """Size of the image that each box lies in.

    Attributes
    ----------
    image_row : ndarray of int32, shape (N,)
        -1 where not known.
    image_width, image_height : ndarray of float64, shape (I,)
        Pixels; both NaN where not known, then nothing lies outside.
    """

    image_row: IntArray
    image_width: FloatArray
    image_height: FloatArray

    @classmethod
    def of_boxes(cls, image_row: IntArray, width: IntArray, height: IntArray) -> ImageSizes:
        """Return sizes per box; ``width`` and ``height`` are per image, below 1 where not known."""
        known = (width > 0) & (height > 0)
        rows = np.ascontiguousarray(image_row, np.int32)
        return cls(rows, np.where(known, width, np.nan), np.where(known, height, np.nan))

    @cached_property
    def width(self) -> FloatArray:
        """Width of the image of each box, float64 (N,)."""
        return np.append(self.image_width, np.nan)[self.image_row]

    @cached_property
    def height(self) -> FloatArray:
        """Height of the image of each box, float64 (N,)."""
        return np.append(self.image_height, np.nan)[self.image_row]

    def at(self, rows: AnyArray) -> ImageSizes:
        """Return the sizes for the boxes at ``rows``."""
        return ImageSizes(self.image_row[rows], self.image_width, self.image_height)

    def text(self, row: int) -> str:
        """Return the size of the image of one box, for people."""
        image = self.image_row[row]
        return f"{self.image_width[image]:g} x {self.image_height[image]:g}"


def _flags(xywh: FloatArray, sizes: ImageSizes) -> AnyArray:
    """Return what is odd about each box, uint8 (N,)."""
    boxes = np.ascontiguousarray(xywh, np.float64)
    largest = float(LIMITS["box_px"])
    parts = map_chunks(
        lambda first, last: box_flags(
            boxes, sizes.image_row, sizes.image_width, sizes.image_height, largest, EDGE_TOLERANCE_PX, first, last
        ),
        len(boxes),
        at_least=_AT_LEAST,
    )
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _text(box: FloatArray) -> str:
    return "[" + ", ".join(f"{value:g}" for value in box) + "]"


def _note_unreal(xywh: FloatArray, flags: AnyArray, kept: BoolArray, log: ProblemLog, name: RecordName) -> BoolArray:
    """Drop boxes that are not finite or beyond ``box_px``; return what is still kept."""
    unreal = flags & (NOT_FINITE | HUGE)
    if not unreal.any():
        return kept
    note_records(
        log, "box-not-finite", rows_where(kept & (unreal & NOT_FINITE != 0)), name,
        lambda row: f"bbox {_text(xywh[row])} holds NaN or an infinite number, not finite", drops=True,
    )  # fmt: skip
    note_records(
        log, "box-out-of-range", rows_where(kept & (unreal == HUGE)), name,
        lambda row: f"bbox {_text(xywh[row])} is out of range: over the limit box_px of {LIMITS['box_px']:,}", drops=True,
    )  # fmt: skip
    is_real: BoolArray = unreal == 0
    return kept & is_real


def keep_ground_truth(xywh: FloatArray, kept: BoolArray, sizes: ImageSizes, log: ProblemLog, name: RecordName) -> BoolArray:
    """Return which ground truth boxes become facts; the others are noted.

    Parameters
    ----------
    xywh : ndarray of float64, shape (N, 4)
        Pixels, possibly not finite.
    kept : ndarray of bool, shape (N,)
        False for records that were left out before.
    sizes : ImageSizes
    log : ProblemLog
    name : callable
        Name of the record at a position.

    Returns
    -------
    ndarray of bool, shape (N,)

    References
    ----------
    METRICS.md, *COCO matching*.
    """
    flags = _flags(xywh, sizes)
    if not flags.any():
        return kept
    kept = _note_unreal(xywh, flags, kept, log, name)
    negative, zero = kept & (flags & NEGATIVE != 0), kept & (flags & EMPTY != 0)
    note_records(
        log, "negative-size-box", rows_where(negative), name,
        lambda row: f"bbox {_text(xywh[row])} has a negative width or height", drops=True,
    )  # fmt: skip
    note_records(
        log, "zero-size-box", rows_where(zero), name,
        lambda row: f"bbox {_text(xywh[row])} has zero width or height: its area is empty", drops=True,
    )  # fmt: skip
    kept = kept & ~negative & ~zero
    wholly = flags & WHOLLY_OUTSIDE != 0
    _note_outside(xywh, kept & wholly, sizes, log, name, drops=True)
    kept = kept & ~wholly
    _note_partly(xywh, kept, flags, log, name)
    return kept


def keep_predictions(xywh: FloatArray, kept: BoolArray, sizes: ImageSizes, log: ProblemLog, name: RecordName) -> BoolArray:
    """Return which predicted boxes become facts. As `keep_ground_truth`, but odd finite boxes stay, with a warning."""
    flags = _flags(xywh, sizes)
    if not flags.any():
        return kept
    kept = _note_unreal(xywh, flags, kept, log, name)
    empty = kept & (flags & (NEGATIVE | EMPTY) != 0)
    note_records(
        log, "empty-prediction-box", rows_where(empty), name,
        lambda row: f"bbox {_text(xywh[row])} has zero or negative width or height; kept, it costs precision", drops=False,
    )  # fmt: skip
    _note_outside(xywh, kept & ~empty & (flags & WHOLLY_OUTSIDE != 0), sizes, log, name, drops=False)
    _note_partly(xywh, kept & ~empty, flags, log, name)
    return kept


def _note_outside(
    xywh: FloatArray, rows: BoolArray, sizes: ImageSizes, log: ProblemLog, name: RecordName, *, drops: bool
) -> None:
    tail = "" if drops else "; kept, it costs precision"
    note_records(
        log, "box-outside-image" if drops else "prediction-outside-image", rows_where(rows), name,
        lambda row: f"bbox {_text(xywh[row])} lies wholly outside its image of {sizes.text(row)}{tail}", drops=drops,
    )  # fmt: skip


def _note_partly(xywh: FloatArray, kept: BoolArray, flags: AnyArray, log: ProblemLog, name: RecordName) -> None:
    """Note boxes that leave the image in part, and corners written in place of sizes."""
    rows = rows_where(kept & (flags & PARTLY_OUTSIDE != 0))
    note_records(
        log, "box-partly-outside", rows, name, lambda row: f"bbox {_text(xywh[row])} exceeds its image; kept", drops=False
    )
    n_kept = int(kept.sum())
    if len(rows) <= CORNERS_SHARE * n_kept:
        return
    corner_like = kept & (xywh[:, 2] > xywh[:, 0]) & (xywh[:, 3] > xywh[:, 1])
    if int(corner_like.sum()) == n_kept:
        log.add(
            "boxes-look-like-corners", "", f"{len(rows)} of {n_kept} boxes exceed their image and would fit as corners: "
            "they look like x1, y1, x2, y2 (xyxy) where x, y, width, height is expected; read as written", drops=False,
            count=len(rows),
        )  # fmt: skip
