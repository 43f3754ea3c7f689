"""Which boxes become facts: the rules of METRICS.md, the same for every format.

Ground truth of zero or negative size or wholly outside its image is dropped; predictions like that stay and cost
precision. A box that is not finite, or larger than anything meant as pixels, is dropped on both sides. A box that only
leaves the image in part is kept as it is: clipping would change IoUs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.record_problems import RecordName, note_records, rows_where

CORNERS_SHARE = 0.5
"""Share of boxes leaving their image from which corners (x1, y1, x2, y2) are suspected."""

EDGE_TOLERANCE_PX = 0.5
"""Rounding in files: a box this far over the edge is not worth a word."""


@dataclass(frozen=True, slots=True)
class ImageSizes:
    """Size of the image that each box lies in.

    Attributes
    ----------
    width, height : ndarray of float64, shape (N,)
        Pixels; NaN where not known, then nothing lies outside.
    """

    width: FloatArray
    height: FloatArray

    @classmethod
    def of_boxes(cls, image_row: IntArray, width: IntArray, height: IntArray) -> ImageSizes:
        """Return sizes per box; ``width`` and ``height`` are per image, below 1 where not known."""
        if not len(width):
            return cls(np.full(len(image_row), np.nan), np.full(len(image_row), np.nan))
        known = (width > 0) & (height > 0)
        wide, high = np.where(known, width, np.nan), np.where(known, height, np.nan)
        return cls(wide[image_row], high[image_row])


def _text(box: FloatArray) -> str:
    return "[" + ", ".join(f"{value:g}" for value in box) + "]"


def _note_unreal(xywh: FloatArray, kept: BoolArray, log: ProblemLog, name: RecordName) -> BoolArray:
    """Drop boxes that are not finite or beyond ``box_px``; return what is still kept."""
    if xywh.size and -LIMITS["box_px"] <= xywh.min() and xywh.max() <= LIMITS["box_px"]:
        # Two numbers say so of nearly every file; a NaN makes both comparisons false.
        return kept
    finite = np.isfinite(xywh).all(axis=1)
    note_records(
        log, "box-not-finite", rows_where(kept & ~finite), name,
        lambda row: f"bbox {_text(xywh[row])} holds NaN or an infinite number, not finite", drops=True,
    )  # fmt: skip
    kept = kept & finite
    with np.errstate(invalid="ignore", over="ignore"):
        huge = kept & (np.abs(xywh) > LIMITS["box_px"]).any(axis=1)
    note_records(
        log, "box-out-of-range", rows_where(huge), name,
        lambda row: f"bbox {_text(xywh[row])} is out of range: over the limit box_px of {LIMITS['box_px']:,}", drops=True,
    )  # fmt: skip
    return kept & ~huge


def _outside(xywh: FloatArray, sizes: ImageSizes) -> tuple[BoolArray, BoolArray]:
    """Return which boxes lie wholly outside their image and which leave it in part. NaN sizes compare false."""
    left, top = xywh[:, 0], xywh[:, 1]
    with np.errstate(invalid="ignore", over="ignore"):
        right, bottom = left + xywh[:, 2], top + xywh[:, 3]
        wholly = (left >= sizes.width) | (top >= sizes.height)
        wholly |= ((right <= 0) | (bottom <= 0)) & ~np.isnan(sizes.width)
        over = (right > sizes.width + EDGE_TOLERANCE_PX) | (bottom > sizes.height + EDGE_TOLERANCE_PX)
        under = ((left < -EDGE_TOLERANCE_PX) | (top < -EDGE_TOLERANCE_PX)) & ~np.isnan(sizes.width)
    return wholly, (over | under) & ~wholly


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
    kept = _note_unreal(xywh, kept, log, name)
    width, height = xywh[:, 2], xywh[:, 3]
    with np.errstate(invalid="ignore", over="ignore"):
        negative = kept & ((width < 0) | (height < 0))
        zero = kept & ~negative & ((width == 0) | (height == 0))
        wholly, partly = _outside(xywh, sizes)
    note_records(
        log, "negative-size-box", rows_where(negative), name,
        lambda row: f"bbox {_text(xywh[row])} has a negative width or height", drops=True,
    )  # fmt: skip
    note_records(
        log, "zero-size-box", rows_where(zero), name,
        lambda row: f"bbox {_text(xywh[row])} has zero width or height: its area is empty", drops=True,
    )  # fmt: skip
    kept = kept & ~negative & ~zero
    _note_outside(xywh, kept & wholly, sizes, log, name, drops=True)
    kept = kept & ~wholly
    _note_partly(xywh, kept, partly, log, name)
    return kept


def keep_predictions(xywh: FloatArray, kept: BoolArray, sizes: ImageSizes, log: ProblemLog, name: RecordName) -> BoolArray:
    """Return which predicted boxes become facts. As `keep_ground_truth`, but odd finite boxes stay, with a warning."""
    kept = _note_unreal(xywh, kept, log, name)
    with np.errstate(invalid="ignore", over="ignore"):
        empty = kept & ((xywh[:, 2] <= 0) | (xywh[:, 3] <= 0))
        wholly, partly = _outside(xywh, sizes)
    note_records(
        log, "empty-prediction-box", rows_where(empty), name,
        lambda row: f"bbox {_text(xywh[row])} has zero or negative width or height; kept, it costs precision", drops=False,
    )  # fmt: skip
    _note_outside(xywh, kept & ~empty & wholly, sizes, log, name, drops=False)
    _note_partly(xywh, kept & ~empty, partly, log, name)
    return kept


def _note_outside(
    xywh: FloatArray, rows: BoolArray, sizes: ImageSizes, log: ProblemLog, name: RecordName, *, drops: bool
) -> None:
    tail = "" if drops else "; kept, it costs precision"
    note_records(
        log, "box-outside-image" if drops else "prediction-outside-image", rows_where(rows), name,
        lambda row: f"bbox {_text(xywh[row])} lies wholly outside its image of "
                    f"{sizes.width[row]:g} x {sizes.height[row]:g}{tail}", drops=drops,
    )  # fmt: skip


def _note_partly(xywh: FloatArray, kept: BoolArray, partly: BoolArray, log: ProblemLog, name: RecordName) -> None:
    """Note boxes that leave the image in part, and corners written in place of sizes."""
    rows = rows_where(kept & partly)
    note_records(
        log, "box-partly-outside", rows, name, lambda row: f"bbox {_text(xywh[row])} exceeds its image; kept", drops=False
    )
    n_kept = int(kept.sum())
    corner_like = kept & (xywh[:, 2] > xywh[:, 0]) & (xywh[:, 3] > xywh[:, 1])
    if len(rows) > CORNERS_SHARE * n_kept and int(corner_like.sum()) == n_kept:
        log.add(
            "boxes-look-like-corners", "", f"{len(rows)} of {n_kept} boxes exceed their image and would fit as corners: "
            "they look like x1, y1, x2, y2 (xyxy) where x, y, width, height is expected; read as written", drops=False,
            count=len(rows),
        )  # fmt: skip
