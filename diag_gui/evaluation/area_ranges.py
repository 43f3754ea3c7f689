"""COCO's ranges of area: what lies outside of each counts neither way in its figures."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray

AREA_RANGES = (("all", 0.0, 1e10), ("small", 0.0, 1024.0), ("medium", 1024.0, 9216.0), ("large", 9216.0, 1e10))
"""Name and bounds in square pixels, both ends inclusive."""


def outside_ranges(area: FloatArray) -> ByteArray:
    """Return per area the ranges it lies outside of, as bits."""
    bits = np.zeros(len(area), dtype=np.uint8)
    for a, (_, low, high) in enumerate(AREA_RANGES):
        bits |= ((area < low) | (area > high)).astype(np.uint8) << np.uint8(a)
    return bits


def ignored_in_ranges(area: FloatArray, always: BoolArray) -> ByteArray:
    """Return per area the ranges in which it is ignored, as bits: every one for what is always."""
    every_range = np.uint8((1 << len(AREA_RANGES)) - 1)
    return outside_ranges(area) | np.where(always, every_range, np.uint8(0))
