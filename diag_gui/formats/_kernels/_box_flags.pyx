# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""What is odd about boxes, several answers per box in one look; the twin `box_flags_numpy` says the rules."""

import numpy as np

from libc.math cimport NAN, fabs, isfinite
from libc.stdint cimport int32_t, uint8_t

SOURCE_HASH = "853be51a2676e23e"


def box_flags(
    const double[:, ::1] xywh,
    const int32_t[::1] image_row,
    const double[::1] width,
    const double[::1] height,
    double largest,
    double tolerance,
    Py_ssize_t first,
    Py_ssize_t last,
):
    """Return the flags of boxes ``first`` to before ``last``; see ``box_flags_numpy``."""
    if not 0 <= first <= last <= min(xywh.shape[0], image_row.shape[0]) or xywh.shape[1] != 4 or width.shape[0] != height.shape[0]:
        raise ValueError("boxes, image rows and sizes do not belong together")
    found = np.empty(last - first, np.uint8)
    if first == last:
        return found
    cdef uint8_t[::1] flags = found
    cdef Py_ssize_t n_images = width.shape[0], row, k
    cdef double x, y, w, h, right, bottom, wide, high
    cdef bint is_known, wholly
    cdef int flag
    with nogil:
        for row in range(first, last):
            x, y, w, h = xywh[row, 0], xywh[row, 1], xywh[row, 2], xywh[row, 3]
            k = image_row[row]
            wide = high = NAN
            if 0 <= k < n_images:
                wide, high = width[k], height[k]
            is_known = wide == wide
            flag = 0
            if not (isfinite(x) and isfinite(y) and isfinite(w) and isfinite(h)):
                flag |= 1
            if fabs(x) > largest or fabs(y) > largest or fabs(w) > largest or fabs(h) > largest:
                flag |= 2
            if w < 0 or h < 0:
                flag |= 4
            elif w == 0 or h == 0:
                flag |= 8
            right, bottom = x + w, y + h
            wholly = x >= wide or y >= high or (is_known and (right <= 0 or bottom <= 0))
            if wholly:
                flag |= 16
            elif (
                right > wide + tolerance
                or bottom > high + tolerance
                or (is_known and (x < -tolerance or y < -tolerance))
            ):
                flag |= 32
            flags[row - first] = <uint8_t> flag
    return found
