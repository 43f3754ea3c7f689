"""Do two files hold predictions of the same objects? Then they are two runs, and no parts of one.

Parts of a run hold other images, or other predictions of the same ones, which suppression has kept apart. Two detectors find
the same objects. Measured: of parts dealt out record by record up to 6 % of the predictions have one of their class at IoU .7 in
another part, of detectors of one set of images 24 % and more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diag_gui.data.predictions import Predictions
from diag_gui.formats.plausibility import box_iou

SAME_IOU = 0.7
SHARE = 0.15
"""Share of predictions with their like in the other file, from which the files are runs."""

ENOUGH = 3
"""Predictions on images of both below which nothing is concluded."""

_SAMPLE = 200


def hold_the_same(parts: Sequence[Predictions]) -> bool:
    """Return whether the first of several files and another one hold predictions of the same objects.

    Parameters
    ----------
    parts : sequence of Predictions
        On the images of one dataset.
    """
    return any(_alike(parts[0], other) for other in parts[1:])


def _alike(first: Predictions, other: Predictions) -> bool:
    images = np.flatnonzero((np.diff(first.image_offsets) > 0) & (np.diff(other.image_offsets) > 0))
    images = images[:: max(1, len(images) // _SAMPLE)]
    n = n_alike = 0
    for image in images.tolist():
        rows, other_rows = (slice(part.image_offsets[image], part.image_offsets[image + 1]) for part in (first, other))
        same_class = first.class_row[rows][:, None] == other.class_row[other_rows][None, :]
        overlaps = same_class & (box_iou(first.xywh[rows], other.xywh[other_rows]) >= SAME_IOU)
        n += len(overlaps)
        n_alike += int(overlaps.any(axis=1).sum())
    return n >= ENOUGH and n_alike >= SHARE * n
