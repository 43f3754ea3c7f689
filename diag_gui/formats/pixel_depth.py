"""Pixels of any depth as 8 bits: one rule for pictures that are decoded whole and for those that are read by windows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def range_of(pixels: NDArray[Any]) -> tuple[float, float] | None:
    """Return the smallest and largest value that is a finite number; None where there is none."""
    known = pixels[np.isfinite(pixels)] if pixels.dtype.kind == "f" else pixels
    return (float(known.min()), float(known.max())) if known.size else None


def eight_bits(pixels: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return pixels as 8 bits.

    Parameters
    ----------
    pixels : ndarray
        Whole numbers are divided by the power of two that brings ``high`` below 256, so that small ones stay as they are and
        12-bit data is not black. Floating-point ones are stretched from ``low`` to ``high``.
    low, high : float
        Smallest and largest value of the picture, or of a sample of it: what lies beyond is shown like the nearer of the two.
    """
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, np.uint8)
    if pixels.dtype.kind in "ui":
        shown = np.clip(pixels, 0, None) >> max(0, int(high).bit_length() - 8)
    else:
        known = np.nan_to_num(pixels.astype(np.float64), nan=low, posinf=high, neginf=low)
        shown = (known - low) * (255.0 / (high - low if high > low else 1.0))
    return np.asarray(np.clip(shown, 0, 255), np.uint8)
