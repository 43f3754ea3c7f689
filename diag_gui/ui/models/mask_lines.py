"""The lines around the masks of objects that are looked at, each followed once."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.data.dataset import GroundTruth, Images
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.mask_outlines import outline_of

Lines = tuple[FloatArray, ...]
"""Closed lines, each float64 (K, 2) of x, y in pixels of the picture."""

_MOST_KEPT = 4096
_known: WeakKeyDictionary[GroundTruth | Predictions, dict[int, Lines]] = WeakKeyDictionary()


def lines_of(objects: GroundTruth | Predictions, row: int, images: Images) -> Lines:
    """Return the lines around the mask of one object; none where it has no mask, or an empty one."""
    if objects.masks is None or row < 0:
        return ()
    kept = _known.setdefault(objects, {})
    if row not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        image_row = objects.image_row[row]
        kept[row] = outline_of(objects.masks[row], int(images.height[image_row]), int(images.width[image_row]))
    return kept[row]


def covers_point(lines: Lines, x: float, y: float, slack: float) -> bool:
    """Return whether a point lies inside of lines (an odd number of sides to its left) or within ``slack`` of one."""
    start = np.concatenate(lines)
    way = np.concatenate([np.roll(line, -1, axis=0) for line in lines]) - start
    dx, dy = x - start[:, 0], y - start[:, 1]
    passes = (start[:, 1] <= y) != (start[:, 1] + way[:, 1] <= y)
    left_of_it = passes & (np.divide(dy * way[:, 0], way[:, 1], out=np.zeros(len(way)), where=way[:, 1] != 0) < dx)
    if np.count_nonzero(left_of_it) % 2:
        return True
    length = (way**2).sum(axis=1)
    along = np.divide(dx * way[:, 0] + dy * way[:, 1], length, out=np.zeros(len(way)), where=length > 0).clip(0, 1)
    away = np.hypot(dx - along * way[:, 0], dy - along * way[:, 1])
    return bool((away <= slack).any())
