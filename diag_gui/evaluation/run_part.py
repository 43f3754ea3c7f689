"""Some consecutive images of a run as a run of their own: small, and equal in everything that is decided image by image."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Dataset, GroundTruth, Images
from diag_gui.data.predictions import Predictions, no_predictions


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
        has_area=None if gt.has_area is None else gt.has_area[of_gt],
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
        has_box=None if predictions.has_box is None else predictions.has_box[of_pred],
    )
    part = Dataset(
        images, dataset.classes, ground_truth, AttributeTable(Level.IMAGE, n_images), dataset.source, dataset.name
    )  # fmt: skip
    return RunPart(first, last, part, found)


def without_ground_truth(dataset: Dataset) -> Dataset:
    """Return the images and classes of a dataset, without labels and attributes: what records of predictions refer to."""
    nothing = part_of_run(dataset, no_predictions(len(dataset.images)), 0, 0).dataset
    n_images = len(dataset.images)
    return replace(dataset, ground_truth=nothing.ground_truth, image_attributes=AttributeTable(Level.IMAGE, n_images))
