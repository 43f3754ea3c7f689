"""Do two files hold predictions of the same objects? Then they are two runs, and no parts of one.

Parts of a run hold other images, or other predictions of the same ones, which suppression has kept apart. Two detectors find
the same objects. Measured: of parts dealt out record by record up to 6 % of the predictions have one of their class at IoU .7 in
another part, of detectors of one set of images 24 % and more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diag_gui.data.arrays import LongArray
from diag_gui.formats.plausibility import BoxesByImage, box_iou

SAME_IOU = 0.7
SHARE = 0.15
"""Share of predictions with their like in the other file, from which the files are runs."""

ENOUGH = 3
"""Predictions on images of both below which nothing is concluded."""

_SAMPLE = 200


def hold_the_same(parts: Sequence[BoxesByImage]) -> bool:
    """Return whether the first of several files and another one hold predictions of the same objects.

    Parameters
    ----------
    parts : sequence of BoxesByImage
        On the images of one dataset.
    """
    return any(_alike(parts[0], other) for other in parts[1:])


def images_compared(offsets: LongArray, other_offsets: LongArray) -> LongArray:
    """Return the rows of the images on which two files are compared, whose predictions lie at these offsets."""
    images = np.flatnonzero((np.diff(offsets) > 0) & (np.diff(other_offsets) > 0))
    return images[:: max(1, len(images) // _SAMPLE)]


def _alike(first: BoxesByImage, other: BoxesByImage) -> bool:
    images = images_compared(first.offsets, other.offsets)
    n = n_alike = 0
    for image in images.tolist():
        (xywh, class_row), (other_xywh, other_class_row) = first.at(image), other.at(image)
        same_class = class_row[:, None] == other_class_row[None, :]
        overlaps = same_class & (box_iou(xywh, other_xywh) >= SAME_IOU)
        n += len(overlaps)
        n_alike += int(overlaps.any(axis=1).sum())
    return n >= ENOUGH and n_alike >= SHARE * n
