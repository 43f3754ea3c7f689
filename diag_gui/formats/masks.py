"""Checking segmentations before anything else touches them: polygons and run-length encodings (RLE), in numpy.

pycocotools' C code divides by a height of zero, reads past the end of a cut string and dies on a NaN polygon; what this
module lets through is safe for it.

References
----------
The string form of RLE is that of ``rleToString`` and ``rleFrString`` in cocodataset/cocoapi, ``common/maskApi.c``: runs in
column order, each from the fourth on as the difference to the run two before, in groups of five bits from chr(48) on.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, LongArray
from diag_gui.formats.limits import LIMITS

Mask = Any
"""A segmentation as COCO writes it: list of polygons, or ``{"size": [h, w], "counts": str | list}``."""

_MAX_GROUPS = 7


def rle_counts(mask: dict[str, Any]) -> LongArray:
    """Return the run lengths of an RLE mask, background first.

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
    height, width = _rle_size(mask)
    counts = mask.get("counts")
    if isinstance(counts, str):
        runs = _runs_of_string(counts.encode("latin-1", errors="replace"))
    elif isinstance(counts, bytes):
        runs = _runs_of_string(counts)
    elif isinstance(counts, list):
        if not all(type(run) is int and 0 <= run <= LIMITS["mask_pixels"] for run in counts):
            raise ValueError("RLE mask has run lengths that are negative, too long or not whole numbers")
        runs = np.array(counts, dtype=np.int64)
    else:
        raise ValueError("RLE mask has no counts")
    if (runs < 0).any():
        raise ValueError("RLE mask has a negative run length")
    if (total := int(runs.sum())) != height * width:
        raise ValueError(f"RLE mask covers {total:,} pixels, its size of {height} x {width} has {height * width:,}")
    return runs


def _rle_size(mask: dict[str, Any]) -> tuple[int, int]:
    size = mask.get("size")
    if not (isinstance(size, list) and len(size) == 2 and all(type(side) is int and side > 0 for side in size)):
        raise ValueError(f"RLE mask has the size {size!r}, two positive whole numbers were expected")
    height, width = size
    if height * width > LIMITS["mask_pixels"]:
        raise ValueError(f"RLE mask size {height} x {width} is over the limit mask_pixels of {LIMITS['mask_pixels']:,}")
    return height, width


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
    if (lengths > _MAX_GROUPS).any():
        raise ValueError("RLE mask has a run length beyond any image")
    place = np.arange(len(groups)) - np.repeat(starts, lengths)
    runs = np.add.reduceat((groups & 0x1F) << (5 * place), starts)
    runs = np.where(groups[ends] & 0x10, runs - (np.int64(1) << (5 * lengths)), runs)
    for first in (1, 2):
        runs[first::2] = np.cumsum(runs[first::2])
    return runs


def check_mask(mask: Mask, width: float, height: float) -> str | None:
    """Return why ``mask`` cannot be used, or None.

    Parameters
    ----------
    mask : list or dict
        As COCO writes it.
    width, height : float
        Of the image in pixels; NaN where not known.
    """
    if isinstance(mask, dict):
        try:
            rle_counts(mask)
        except ValueError as error:
            return str(error)
        if width == width and mask["size"] != [int(height), int(width)]:
            return f"RLE mask size {mask['size'][0]} x {mask['size'][1]} is not that of its image, {height:g} x {width:g}"
        return None
    if not isinstance(mask, list):
        return "segmentation is neither polygons nor RLE"
    for polygon in mask:
        if (reason := _check_polygon(polygon)) is not None:
            return reason
    return None


def _check_polygon(polygon: Any) -> str | None:
    if not isinstance(polygon, list) or not all(type(value) in (int, float) for value in polygon):
        return "segmentation polygon is not a list of numbers"
    if len(polygon) < 6:
        return f"segmentation polygon has {len(polygon) // 2} points, at least 3 are needed"
    if len(polygon) % 2:
        return "segmentation polygon has an odd number of coordinates"
    values = np.array([value if isinstance(value, float) else min(max(value, -(2**62)), 2**62) for value in polygon], np.float64)
    if not np.isfinite(values).all():
        return "segmentation polygon holds NaN or an infinite number, not finite"
    if (np.abs(values) > LIMITS["polygon_px"]).any():
        return f"segmentation polygon is out of range: over the limit polygon_px of {LIMITS['polygon_px']:,}"
    return None


def all_polygons_fine(masks: list[Mask]) -> bool:
    """Return whether every mask is a list of polygons without fault, checked all at once; None counts as fine."""
    polygons = list(chain.from_iterable(mask for mask in masks if mask is not None))
    lengths = np.fromiter(map(len, polygons), np.int64, len(polygons))
    if ((lengths < 6) | (lengths % 2 == 1)).any():
        return False
    values = np.fromiter(chain.from_iterable(polygons), np.float64, int(lengths.sum()))
    return bool((np.abs(values) <= LIMITS["polygon_px"]).all())


def mask_box(mask: Mask) -> FloatArray:
    """Return the box around a checked mask, xywh in pixels; NaN where the mask is empty."""
    if isinstance(mask, dict):
        return _rle_box(rle_counts(mask), mask["size"][0])
    if not mask:
        return np.full(4, np.nan)
    points = np.array(list(chain.from_iterable(mask)), dtype=np.float64).reshape(-1, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    return np.concatenate((low, high - low))


def _rle_box(runs: LongArray, height: int) -> FloatArray:
    """Return the box around runs in column order, as ``rleToBbox`` does: whole pixels."""
    ends = np.cumsum(runs)
    first, last = ends[0:-1:2], ends[1::2] - 1
    n = min(len(first), len(last))
    first, last = first[:n], last[:n]
    inked: BoolArray = last >= first
    if not inked.any():
        return np.full(4, np.nan)
    first, last = first[inked], last[inked]
    left, right = int((first // height).min()), int((last // height).max())
    spans = (first // height) != (last // height)
    top = 0 if spans.any() else int((first % height).min())
    bottom = height - 1 if spans.any() else int((last % height).max())
    return np.array([left, top, right - left + 1, bottom - top + 1], dtype=np.float64)


def mask_area(mask: Mask) -> float:
    """Return the area of a checked RLE mask in pixels, or of polygons by the shoelace formula, overlaps counted twice."""
    if isinstance(mask, dict):
        return float(rle_counts(mask)[1::2].sum())
    area = 0.0
    for polygon in mask:
        points = np.array(polygon, dtype=np.float64).reshape(-1, 2)
        x, y = points[:, 0], points[:, 1]
        area += abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
    return area
