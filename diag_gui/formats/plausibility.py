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
FEW_REACHED = 0.02


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
    n_labels, n_reached, n_agree = _reached(dataset, predictions)
    if n_labels >= ENOUGH and n_reached < FEW_REACHED * n_labels:
        log.add(
            "few-labels-reached", "", f"predictions overlap only {n_reached:,} of {n_labels:,} labels at IoU {REACHED_IOU:g} or "
            "more, whatever their class: do image ids come from another file's numbering, or boxes from another scale?",
            drops=False,
        )  # fmt: skip
    elif n_reached >= ENOUGH and len(dataset.classes) > 1 and n_agree < FEW_AGREE * n_reached:
        log.add(
            "classes-disagree", "", f"of {n_reached:,} labels that predictions overlap only {n_agree:,} have their own class "
            "predicted: do class ids come from another file's numbering?", drops=False,
        )  # fmt: skip


def _reached(dataset: Dataset, predictions: BoxesByImage) -> tuple[int, int, int]:
    """Return labels looked at, those overlapped by a prediction, and those overlapped by one of their class."""
    truth = dataset.ground_truth
    has_both = (np.diff(dataset.image_offsets) > 0) & (np.diff(predictions.offsets) > 0)
    images = np.flatnonzero(has_both)
    images = images[:: max(1, len(images) // SAMPLE)]
    n_labels = n_reached = n_agree = 0
    for image in images.tolist():
        labels = slice(dataset.image_offsets[image], dataset.image_offsets[image + 1])
        xywh, class_row = predictions.at(image)
        overlaps = box_iou(truth.xywh[labels], xywh) >= REACHED_IOU
        same = truth.class_row[labels][:, None] == class_row[None, :]
        n_labels += len(overlaps)
        n_reached += int(overlaps.any(axis=1).sum())
        n_agree += int((overlaps & same).any(axis=1).sum())
    return n_labels, n_reached, n_agree


def box_iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the IoU of each box of one list with each of another, both xywh."""
    x, y, width, height = first.T[:, :, None]
    other_x, other_y, other_width, other_height = second.T[:, None, :]
    wide = np.minimum(x + width, other_x + other_width) - np.maximum(x, other_x)
    high = np.minimum(y + height, other_y + other_height) - np.maximum(y, other_y)
    shared = np.maximum(wide, 0) * np.maximum(high, 0)
    union = width * height + np.maximum(other_width, 0) * np.maximum(other_height, 0) - shared
    return np.asarray(shared / np.maximum(union, np.finfo(float).tiny))
