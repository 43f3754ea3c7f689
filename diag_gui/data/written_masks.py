"""Segmentations as files write them: checked before anything else touches them, and laid out in arrays.

pycocotools' C code divides by a height of zero, reads past the end of a cut string and dies on a NaN polygon; what has no
fault here is safe for it and for any other code.

References
----------
The string form of RLE is that of ``rleToString`` and ``rleFrString`` in cocodataset/cocoapi, ``common/maskApi.c``: runs in
column order, each from the fourth on as the difference to the run two before, in groups of five bits from chr(48) on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray, LongArray
from diag_gui.data.masks import Mask

MASK_PIXELS: Final = (1 << 31) - 1
"""Greatest height times width of an image with masks."""

POLYGON_PX: Final = 1_000_000
"""Greatest coordinate of a polygon, either way."""

MAX_GROUPS: Final = 7
"""Groups of five bits that a run of `MASK_PIXELS` may need in a string."""


class MaskKind(IntEnum):
    """How a segmentation is written."""

    NONE = 0
    POLYGONS = 1
    STRING = 2
    COUNTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class WrittenMasks:
    """N segmentations laid out in arrays, those with a fault as if they were not there.

    Attributes
    ----------
    kind : ndarray of uint8, shape (N,)
        A `MaskKind`.
    height, width : ndarray of int64, shape (N,)
        Pixels: of the image, else what the RLE says; -1 where neither is known.
    ring_bounds : ndarray of int64, shape (N + 1,)
        Polygons of mask i are ``[b[i]:b[i + 1]]``.
    point_bounds : ndarray of int64, shape (R + 1,)
        Points of polygon r are ``points[b[r]:b[r + 1]]``.
    points : ndarray of float64, shape (K, 2)
    text_bounds : ndarray of int64, shape (N + 1,)
    text : ndarray of uint8
        The strings of RLE.
    run_bounds : ndarray of int64, shape (N + 1,)
    runs : ndarray of int64
        The lists of RLE.
    fault : ndarray of bool, shape (N,)
        What cannot be laid out; `fault_of` says why. Whether runs fill their image is not known yet.
    """

    kind: ByteArray
    height: LongArray
    width: LongArray
    ring_bounds: LongArray
    point_bounds: LongArray
    points: FloatArray
    text_bounds: LongArray
    text: ByteArray
    run_bounds: LongArray
    runs: LongArray
    fault: BoolArray

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def is_rle(self) -> BoolArray:
        """Which are run-length encodings, bool (N,)."""
        return np.asarray(self.kind >= MaskKind.STRING, np.bool_)


def fault_of(mask: Mask, height: int, width: int) -> str | None:
    """Return why a segmentation cannot be used, or None.

    Parameters
    ----------
    mask : list or dict
    height, width : int
        Of its image in pixels; below 1 where not known.
    """
    reason = fault_of_structure(mask, height, width)
    if reason is None and isinstance(mask, dict):
        try:
            runs_of(mask)
        except ValueError as error:
            return str(error)
    return reason


def fault_of_structure(mask: Mask, height: int, width: int) -> str | None:
    """Return why a segmentation cannot be laid out, or None: as `fault_of`, without a look at what the runs add up to."""
    if isinstance(mask, dict):
        size, counts = mask.get("size"), mask.get("counts")
        if not (isinstance(size, list) and len(size) == 2 and all(type(side) is int and side > 0 for side in size)):
            return f"RLE mask has the size {size!r}, two positive whole numbers were expected"
        if size[0] * size[1] > MASK_PIXELS:
            return f"RLE mask size {size[0]} x {size[1]} is over the limit mask_pixels of {MASK_PIXELS:,}"
        if height > 0 and width > 0 and size != [height, width]:
            return f"RLE mask size {size[0]} x {size[1]} is not that of its image, {height} x {width}"
        return _fault_of_counts(counts)
    if not isinstance(mask, list):
        return "segmentation is neither polygons nor RLE"
    return next((reason for polygon in mask if (reason := _fault_of_polygon(polygon)) is not None), None)


def _fault_of_counts(counts: Any) -> str | None:
    if isinstance(counts, str | bytes):
        return None if counts.isascii() else "RLE mask holds characters that no RLE string has"
    if not isinstance(counts, list):
        return "RLE mask has no counts"
    if not all(type(run) is int and 0 <= run <= MASK_PIXELS for run in counts):
        return "RLE mask has run lengths that are negative, too long or not whole numbers"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _fault_of_polygon(polygon: Any) -> str | None:
    if not isinstance(polygon, list) or not all(_is_number(value) for value in polygon):
        return "segmentation polygon is not a list of numbers"
    if len(polygon) < 6:
        return f"segmentation polygon has {len(polygon) // 2} points, at least 3 are needed"
    if len(polygon) % 2:
        return "segmentation polygon has an odd number of coordinates"
    if not all(-float("inf") < value < float("inf") for value in polygon):
        return "segmentation polygon holds NaN or an infinite number, not finite"
    if not all(-POLYGON_PX <= value <= POLYGON_PX for value in polygon):
        return f"segmentation polygon is out of range: over the limit polygon_px of {POLYGON_PX:,}"
    return None


def runs_of(mask: dict[str, Any]) -> LongArray:
    """Return the run lengths of one RLE mask, background first.

    Parameters
    ----------
    mask : dict
        ``size`` (height, width) and ``counts``, a string or a list.

    Returns
    -------
    ndarray of int64
        Non-negative, sums to height times width.

    Raises
    ------
    ValueError
        With the reason, if it is not a mask.
    """
    if (reason := fault_of_structure(mask, -1, -1)) is not None:
        raise ValueError(reason)
    height, width = mask["size"]
    counts = mask["counts"]
    if isinstance(counts, list):
        runs = np.array(counts, dtype=np.int64)
    else:
        runs = _runs_of_string(counts if isinstance(counts, bytes) else counts.encode("ascii"))
    if (runs < 0).any():
        raise ValueError("RLE mask has a negative run length")
    if (total := int(runs.sum())) != height * width:
        raise ValueError(f"RLE mask covers {total:,} pixels, its size of {height} x {width} has {height * width:,}")
    return runs


def _runs_of_string(text: bytes) -> LongArray:
    """Return the runs of the string form of RLE."""
    if not text:
        return np.empty(0, np.int64)
    groups = np.frombuffer(text, np.uint8).astype(np.int64) - 48
    if ((groups < 0) | (groups > 63)).any():
        raise ValueError("RLE mask holds characters that no RLE string has")
    is_end = (groups & 0x20) == 0
    if not is_end[-1]:
        raise ValueError("RLE mask string is truncated")
    ends = np.flatnonzero(is_end)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if (lengths > MAX_GROUPS).any():
        raise ValueError("RLE mask has a run length beyond any image")
    place = np.arange(len(groups)) - np.repeat(starts, lengths)
    runs = np.add.reduceat((groups & 0x1F) << (5 * place), starts)
    runs = np.where(groups[ends] & 0x10, runs - (np.int64(1) << (5 * lengths)), runs)
    for first in (1, 2):
        runs[first::2] = np.cumsum(runs[first::2])
    return runs
