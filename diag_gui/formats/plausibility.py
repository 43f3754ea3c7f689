"""Do these predictions belong to this ground truth? A look at where and what they say, when numbers alone fit.

Files number their images and classes alike, from 1, so predictions made for another file's numbering often name images and
classes that exist. The figures are then near zero and nothing says why. What gives them away: labels that predictions reach
almost never have the class predicted, or predictions reach almost no label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import FloatArray, IntArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemLog

SAMPLE = 64
"""Images looked at, evenly spread over those with labels and predictions."""

REACHED_IOU = 0.5
ENOUGH = 20
"""Labels (or reached labels) below which nothing is concluded."""

FEW_AGREE = 0.1
FEW_FOUND = 0.05
"""Share of labels that a prediction of their class overlaps, and of predictions that overlap such a label, below which the two
files hardly belong together. Real detectors find far more, also those that know one class only or predict hundreds of boxes."""

MOST_BY_CHANCE = 0.5
"""Share of labels that boxes of another image overlap at most: large objects in the middle meet by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class BoxesByImage:
    """Predictions that are asked for image by image: they may lie in files.

    Attributes
    ----------
    offsets : ndarray of int64, shape (I + 1,)
        Image i has ``o[i + 1] - o[i]`` of them.
    at : callable
        Returns boxes, float64 (n, 4), and class rows, int32 (n,), of an image.
    """

    offsets: LongArray
    at: Callable[[int], tuple[FloatArray, IntArray]]


def boxes_of(predictions: Predictions) -> BoxesByImage:
    """Return predictions in memory image by image."""
    offsets = predictions.image_offsets

    def at(image: int) -> tuple[FloatArray, IntArray]:
        rows = slice(offsets[image], offsets[image + 1])
        return predictions.xywh[rows], predictions.class_row[rows]

    return BoxesByImage(offsets, at)


def note_implausible(dataset: Dataset, predictions: BoxesByImage, log: ProblemLog) -> None:
    """Warn where predictions look like those of another file.

    Parameters
    ----------
    dataset : Dataset
    predictions : BoxesByImage
        Of the same images.
    log : ProblemLog
        Receives ``classes-disagree`` or ``few-labels-reached``; records are not touched.
    """
    seen = _overlaps(dataset, predictions)
    is_found = seen.found >= FEW_FOUND * seen.labels or seen.hits >= FEW_FOUND * seen.predictions
    if seen.labels >= ENOUGH and not is_found and seen.reached < MOST_BY_CHANCE * seen.labels:
        log.add(
            "few-labels-reached", "", f"predictions overlap only {seen.reached:,} of {seen.labels:,} labels at IoU "
            f"{REACHED_IOU:g} or more, {seen.found:,} of them with the label's class: do image ids come from another file's "
            "numbering, or boxes from another scale?", drops=False,
        )  # fmt: skip
    elif seen.reached >= ENOUGH and len(dataset.classes) > 1 and seen.found < FEW_AGREE * seen.reached:
        log.add(
            "classes-disagree", "", f"of {seen.reached:,} labels that predictions overlap only {seen.found:,} have their own "
            "class predicted: do class ids come from another file's numbering?", drops=False,
        )  # fmt: skip


def images_looked_at(dataset: Dataset, offsets: LongArray) -> LongArray:
    """Return the rows of the images that `note_implausible` looks at, where predictions lie at ``offsets``."""
    images = np.flatnonzero((np.diff(dataset.image_offsets) > 0) & (np.diff(offsets) > 0))
    return images[:: max(1, len(images) // SAMPLE)]


@dataclass(frozen=True, slots=True)
class _Overlaps:
    """Labels looked at, those that a prediction overlaps and those that one of their class does; predictions, and their hits."""

    labels: int
    reached: int
    found: int
    predictions: int
    hits: int


def _overlaps(dataset: Dataset, predictions: BoxesByImage) -> _Overlaps:
    truth = dataset.ground_truth
    images = images_looked_at(dataset, predictions.offsets)
    counts = np.zeros(5, np.int64)
    for image in images.tolist():
        labels = slice(dataset.image_offsets[image], dataset.image_offsets[image + 1])
        xywh, class_row = predictions.at(image)
        overlaps = box_iou(truth.xywh[labels], xywh) >= REACHED_IOU
        same = overlaps & (truth.class_row[labels][:, None] == class_row[None, :])
        counts += len(overlaps), overlaps.any(axis=1).sum(), same.any(axis=1).sum(), len(xywh), same.any(axis=0).sum()
    return _Overlaps(*counts.tolist())


def box_iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the IoU of each box of one list with each of another, both xywh."""
    x, y, width, height = first.T[:, :, None]
    other_x, other_y, other_width, other_height = second.T[:, None, :]
    wide = np.minimum(x + width, other_x + other_width) - np.maximum(x, other_x)
    high = np.minimum(y + height, other_y + other_height) - np.maximum(y, other_y)
    shared = np.maximum(wide, 0) * np.maximum(high, 0)
    union = width * height + np.maximum(other_width, 0) * np.maximum(other_height, 0) - shared
    return np.asarray(shared / np.maximum(union, np.finfo(float).tiny))
