"""What is measured on boxes alone: how full an image is, where an object lies, how rare its class is.

Labels here are ground truth that is no crowd. A value is undefined where the file does not say how large the image is.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray
from diag_gui.data.attributes import ColumnKind, Level
from diag_gui.evaluation.measured_columns import MeasuredFacts, measured

_OBJECTS = (Level.GT, Level.PRED)
_BORDER_PX = 1.0


@measured(Level.IMAGE)
def n_classes(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Number of different classes among the labels of the image."""
    is_label, gt = _labels(facts), facts.dataset.ground_truth
    pairs = np.unique(np.column_stack([gt.image_row[is_label], gt.class_row[is_label]]), axis=0)
    return np.bincount(pairs[:, 0], minlength=len(facts.dataset.images))


@measured(Level.IMAGE, unit="IoU")
def crowding(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Largest IoU of two labels of the image, of any class; 0 where no two of them overlap."""
    largest = np.zeros(len(facts.dataset.images))
    overlaps = overlap(facts, Level.GT)
    is_label = ~np.isnan(overlaps)
    np.maximum.at(largest, facts.dataset.ground_truth.image_row[is_label], overlaps[is_label])
    return largest


@measured(Level.IMAGE)
def rarity(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Rarity of the rarest class labelled in the image: -log10 of the share of images with a label of that class.

    0 for a class in every image, 1 for one in a tenth of them, 2 for one in a hundredth; undefined without labels.
    """
    n_images = len(facts.dataset.images)
    fewest = np.full(n_images, np.inf)
    is_label = _labels(facts)
    np.minimum.at(fewest, facts.dataset.ground_truth.image_row[is_label], class_images(facts, Level.GT)[is_label])
    has_label = np.isfinite(fewest)
    return np.log10(n_images / fewest, out=np.full(n_images, np.nan), where=has_label)


@measured(Level.IMAGE)
def image_aspect(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Width of the image over its height."""
    width, height = _image_size(facts)
    return width / height


@measured(Level.IMAGE, unit="megapixels")
def megapixels(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Width of the image times its height, in millions of pixels."""
    width, height = _image_size(facts)
    return width * height / 1e6


@measured(*_OBJECTS)
def area_share(facts: MeasuredFacts, level: Level) -> AnyArray:
    """The column ``area`` over width times height of the image."""
    width, height = _image_size(facts)
    return facts.area(level) / (width * height)[facts.objects(level).image_row]


@measured(*_OBJECTS, unit="px")
def border_distance(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Least distance of the box ``x, y, w, h`` from the border of the image ``W, H``, in pixels.

    ``max(0, min(x, y, W - x - w, H - y - h))``.
    """
    objects = facts.objects(level)
    width, height = (size[objects.image_row] for size in _image_size(facts))
    x, y, w, h = objects.xywh.T
    nearest = np.minimum(np.minimum(x, y), np.minimum(width - x - w, height - y - h))
    return np.asarray(np.maximum(nearest, 0.0))


@measured(*_OBJECTS, kind=ColumnKind.BOOL)
def touches_border(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Whether ``border_distance`` is at most one pixel, which is how near labels of cut-off objects come."""
    distance = border_distance(facts, level)
    return np.where(np.isnan(distance), np.nan, distance <= _BORDER_PX)


@measured(*_OBJECTS)
def center_x(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Middle of the box over the width of the image: 0 at the left border, 1 at the right."""
    objects = facts.objects(level)
    return (objects.xywh[:, 0] + objects.xywh[:, 2] / 2) / _image_size(facts)[0][objects.image_row]


@measured(*_OBJECTS)
def center_y(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Middle of the box over the height of the image: 0 at the top, 1 at the bottom."""
    objects = facts.objects(level)
    return (objects.xywh[:, 1] + objects.xywh[:, 3] / 2) / _image_size(facts)[1][objects.image_row]


@measured(*_OBJECTS, unit="images")
def class_images(facts: MeasuredFacts, level: Level) -> AnyArray:
    """Number of images with a label of the object's class; LVIS calls classes in at most 10 images rare, in 100 common."""
    is_label, gt = _labels(facts), facts.dataset.ground_truth
    pairs = np.unique(np.column_stack([gt.image_row[is_label], gt.class_row[is_label]]), axis=0)
    n_images = np.bincount(pairs[:, 1], minlength=len(facts.dataset.classes)).astype(np.float64)
    return n_images[facts.objects(level).class_row]


@measured(Level.GT, unit="IoU")
def overlap(facts: MeasuredFacts, level: Level) -> FloatArray:
    """Largest IoU of the label with another label of the image, of any class; 0 where it overlaps none.

    By what is compared: boxes, masks, or boxes of any angle. Undefined for crowds. Predictions have no such column: what they
    overlap is mostly what was found twice.
    """
    first, second, iou = facts.geometry.gt_pairs_of(0, len(facts.dataset.ground_truth), 0.0)
    is_label = _labels(facts)
    counts = (first != second) & is_label[first] & is_label[second]
    largest = np.where(is_label, 0.0, np.nan)
    np.maximum.at(largest, first[counts], iou[counts])
    return largest


def _labels(facts: MeasuredFacts) -> BoolArray:
    return ~facts.dataset.ground_truth.is_crowd


def _image_size(facts: MeasuredFacts) -> tuple[FloatArray, FloatArray]:
    """Return width and height of the images, NaN where the file does not say or they are nominal."""
    images = facts.dataset.images
    is_known = (images.width > 0) & (images.height > 0) & (not facts.dataset.sizes_are_nominal)
    width, height = (np.where(is_known, size, np.nan) for size in (images.width, images.height))
    return width, height
