"""What is odd about boxes, in readable numpy: the fallback without a compiler and the oracle of its twin."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, IntArray


def box_flags(
    xywh: FloatArray,
    image_row: IntArray,
    width: FloatArray,
    height: FloatArray,
    largest: float,
    tolerance: float,
    first: int,
    last: int,
) -> AnyArray:
    """Return the flags of boxes ``first`` to before ``last``.

    Parameters
    ----------
    xywh : ndarray of float64, shape (N, 4)
        Pixels, possibly not finite.
    image_row : ndarray of int32, shape (N,)
        -1 where not known.
    width, height : ndarray of float64, shape (I,)
        Pixels; both NaN where not known, then nothing lies outside.
    largest : float
        Magnitude beyond which a number is none that was meant.
    tolerance : float
        Pixels that a box may exceed its image by without a word.

    Returns
    -------
    ndarray of uint8, shape (last - first,)
        Bits: 1 a number that is not finite, 2 one beyond ``largest``, 4 negative width or height, 8 zero width or height and
        neither negative, 16 wholly outside its image, 32 partly.
    """
    boxes = xywh[first:last]
    wide, high = np.append(width, np.nan)[image_row[first:last]], np.append(height, np.nan)[image_row[first:last]]
    left, top = boxes[:, 0], boxes[:, 1]
    with np.errstate(invalid="ignore", over="ignore"):
        right, bottom = left + boxes[:, 2], top + boxes[:, 3]
        negative = (boxes[:, 2:] < 0).any(axis=1)
        wholly = (left >= wide) | (top >= high) | (((right <= 0) | (bottom <= 0)) & ~np.isnan(wide))
        partly = (right > wide + tolerance) | (bottom > high + tolerance)
        partly |= ((left < -tolerance) | (top < -tolerance)) & ~np.isnan(wide)
        flags = [
            ~np.isfinite(boxes).all(axis=1),
            (np.abs(boxes) > largest).any(axis=1),
            negative,
            (boxes[:, 2:] == 0).any(axis=1) & ~negative,
            wholly,
            partly & ~wholly,
        ]
    return np.asarray(sum(flag.astype(np.uint8) << bit for bit, flag in enumerate(flags)), np.uint8)
