"""A run cut into parts of consecutive images, each a run of its own that can travel to another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from diag_gui.data.arrays import FloatArray, IntArray
from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Dataset, GroundTruth, Images
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.candidate_pairs import CandidatePairs, pairs_of_parts
from diag_gui.evaluation.geometry import GEOMETRIES

Pairs = tuple[IntArray, IntArray, FloatArray]
"""Rows of predictions, rows of ground truth, and their IoU, within one part."""


@dataclass(frozen=True, slots=True, eq=False)
class RunPart:
    """Images ``first`` to ``last`` of a run, with what objects are compared by and nothing else.

    Attributes
    ----------
    first, last : int
        Rows of images in the whole.
    dataset : Dataset
        Without attributes and file names.
    predictions : Predictions
        Without attributes.
    """

    first: int
    last: int
    dataset: Dataset
    predictions: Predictions


def bounds_of_parts(dataset: Dataset, predictions: Predictions, n_parts: int) -> list[tuple[int, int]]:
    """Return the images of at most ``n_parts`` parts with about equal numbers of predictions; one part of no images has none.

    Parameters
    ----------
    dataset : Dataset
    predictions : Predictions
    n_parts : int
        At least 1.
    """
    n_images = len(dataset.images)
    wanted = np.linspace(0, len(predictions), n_parts + 1)[1:-1]
    inner = np.searchsorted(predictions.image_offsets, wanted, side="left")
    edges = np.unique(np.concatenate(([0], np.minimum(inner, n_images), [n_images]))).tolist()
    return list(pairwise(edges)) or [(0, n_images)]


def part_of_run(dataset: Dataset, predictions: Predictions, first: int, last: int) -> RunPart:
    """Return images ``first`` to ``last``; rows are counted from the beginning of the part."""
    gt = dataset.ground_truth
    of_gt = slice(int(dataset.image_offsets[first]), int(dataset.image_offsets[last]))
    of_pred = slice(int(predictions.image_offsets[first]), int(predictions.image_offsets[last]))
    n_gt, n_predictions, n_images = of_gt.stop - of_gt.start, of_pred.stop - of_pred.start, last - first
    images = Images(
        np.arange(n_images, dtype=np.int64), ("",) * n_images, dataset.images.width[first:last], dataset.images.height[first:last]
    )
    ground_truth = GroundTruth(
        annotation_id=np.arange(n_gt, dtype=np.int64),
        image_row=gt.image_row[of_gt] - np.int32(first),
        class_row=gt.class_row[of_gt],
        xywh=gt.xywh[of_gt],
        area=gt.area[of_gt],
        is_crowd=gt.is_crowd[of_gt],
        is_ignored=gt.is_ignored[of_gt],
        source_index=np.arange(n_gt, dtype=np.int64),
        masks=None if gt.masks is None else gt.masks[of_gt],
        quad=None if gt.quad is None else gt.quad[of_gt],
        attributes=AttributeTable(Level.GT, n_gt),
    )
    found = Predictions(
        n_images=n_images,
        image_row=predictions.image_row[of_pred] - np.int32(first),
        class_row=predictions.class_row[of_pred],
        xywh=predictions.xywh[of_pred],
        score=predictions.score[of_pred],
        source_index=np.arange(n_predictions, dtype=np.int64),
        masks=None if predictions.masks is None else predictions.masks[of_pred],
        quad=None if predictions.quad is None else predictions.quad[of_pred],
        attributes=AttributeTable(Level.PRED, n_predictions),
    )
    part = Dataset(
        images, dataset.classes, ground_truth, AttributeTable(Level.IMAGE, n_images), dataset.source, dataset.name
    )  # fmt: skip
    return RunPart(first, last, part, found)


def compare_part(part: RunPart, task: str, floor: float) -> Pairs:
    """Return the overlaps of one part: what a worker does.

    Parameters
    ----------
    part : RunPart
    task : str
        A key of `GEOMETRIES`.
    floor : float
        Pairs of a lower IoU are not kept.
    """
    return GEOMETRIES[task](part.dataset, part.predictions, workers=1).pairs_of(0, len(part.predictions), floor)


def merge_pairs(
    dataset: Dataset, predictions: Predictions, bounds: Sequence[tuple[int, int]], found: Sequence[Pairs], floor: float
) -> CandidatePairs:
    """Return the overlaps of the whole run from those of its parts: to the bit what one process finds."""
    moved = [
        (
            pred_row + np.int32(predictions.image_offsets[first]),
            gt_row + np.int32(dataset.image_offsets[first]),
            iou,
        )
        for (first, _), (pred_row, gt_row, iou) in zip(bounds, found, strict=True)
    ]
    return pairs_of_parts(dataset, predictions, moved, floor)
