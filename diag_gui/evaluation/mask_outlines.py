"""The lines around masks, for those who draw them."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.data.masks import Mask
from diag_gui.evaluation._kernels.mask_loops import mask_loops
from diag_gui.evaluation.mask_columns import filled, lay_out

MOST_PIXELS = 1 << 27
"""Pixels of a mask's box up to which its lines are followed."""


def outline_of(mask: Mask, height: int, width: int) -> tuple[FloatArray, ...]:
    """Return the closed lines around a mask.

    Parameters
    ----------
    mask : list, dict or None
    height, width : int
        Of its image in pixels; below 1 where not known.

    Returns
    -------
    tuple of ndarray of float64, shape (K, 2)
        x, y of the corners: polygons as they are written, run lengths along the edges of pixels, holes as lines of their own.
        The box of a mask that is larger than any picture that can be shown. Empty where the mask is or cannot be used.
    """
    laid = lay_out([mask], np.array([height]), np.array([width]))
    if not laid.is_rle[0]:
        bounds = laid.point_bounds
        return tuple(laid.points[first:last] for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True))
    edges, _, _ = filled(laid)
    if not len(edges):
        return ()
    _, [box] = mask_loops.areas_and_boxes(edges, np.array([0, len(edges)]), laid.height)
    left, top, right, bottom = box.tolist()
    if (right - left) * (bottom - top) > MOST_PIXELS:
        return (np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64),)
    points, bounds = mask_loops.outlines(edges, int(laid.height[0]), left, top, right, bottom)
    rings = np.split(points.astype(np.float64), bounds[1:-1])
    return tuple(rings)
