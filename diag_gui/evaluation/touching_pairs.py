"""Which boxes touch which, edges included: pairs for the rules in which an IoU of 0 counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray

PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class TouchingPairs:
    """Pairs of two lists of boxes of the same images.

    Attributes
    ----------
    first, second : ndarray of int64, shape (M,)
        Rows of the two lists, ascending by first, then second.
    iou : ndarray of float64, shape (M,)
        Intersection over union; 0 where only edges or corners meet.
    """

    first: LongArray
    second: LongArray
    iou: FloatArray


def touching_pairs(
    first_xywh: FloatArray, first_offsets: LongArray, second_xywh: FloatArray, second_offsets: LongArray
) -> TouchingPairs:
    """Pair the boxes of two lists that overlap or touch within an image.

    Parameters
    ----------
    first_xywh : ndarray of float64, shape (N, 4)
    first_offsets : ndarray of int64, shape (I + 1,)
        Boxes of image i are ``[o[i]:o[i + 1]]``.
    second_xywh : ndarray of float64, shape (K, 4)
    second_offsets : ndarray of int64, shape (I + 1,)

    Returns
    -------
    TouchingPairs
        A box of no width or height touches nothing.
    """
    image = np.repeat(np.arange(len(first_offsets) - 1), np.diff(first_offsets))
    per_box = np.diff(second_offsets)[image]
    ends = np.cumsum(per_box)
    parts = []
    start = 0
    while start < len(image):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + PAIRS_AT_ONCE, side="right")))
        count = per_box[start:stop]
        first = np.repeat(np.arange(start, stop), count)
        within = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
        second = np.repeat(second_offsets[image[start:stop]], count) + within
        parts.append(_touching(first_xywh, second_xywh, first, second))
        start = stop
    if not parts:
        return TouchingPairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return TouchingPairs(*columns)


def _touching(
    first_xywh: FloatArray, second_xywh: FloatArray, first: LongArray, second: LongArray
) -> tuple[LongArray, LongArray, FloatArray]:
    a, b = first_xywh[first], second_xywh[second]
    width = np.minimum(a[:, 2] + a[:, 0], b[:, 2] + b[:, 0]) - np.maximum(a[:, 0], b[:, 0])
    height = np.minimum(a[:, 3] + a[:, 1], b[:, 3] + b[:, 1]) - np.maximum(a[:, 1], b[:, 1])
    has_area = (a[:, 2] > 0) & (a[:, 3] > 0) & (b[:, 2] > 0) & (b[:, 3] > 0)
    rows = np.flatnonzero((width >= 0) & (height >= 0) & has_area)
    inter = width[rows] * height[rows]
    union = a[rows, 2] * a[rows, 3] + b[rows, 2] * b[rows, 3] - inter
    return first[rows], second[rows], inter / union
