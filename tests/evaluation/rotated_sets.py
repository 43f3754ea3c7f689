"""Sets of rotated boxes, drawn and by hand, and the overlaps that shapely finds: what the tests of rotated boxes start from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from diag_gui.data.dataset import Dataset
from diag_gui.data.quadrilaterals import bounds_of
from diag_gui.data.run import Run
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set


def rectangle(cx: float, cy: float, width: float, height: float, degrees: float = 0.0) -> list[float]:
    """Return the four corners of a rectangle about its centre."""
    return rectangles(np.array([[cx, cy, width, height, degrees]]))[0].tolist()


def rectangles(values: Any) -> Any:
    """Return the corners, (N, 8), of rectangles given as centre, width, height and degrees, (N, 5)."""
    cx, cy, width, height, degrees = np.asarray(values, dtype=float).T
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    corners = []
    for right, down in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x, y = right * width / 2, down * height / 2
        corners += [cx + x * cos - y * sin, cy + x * sin + y * cos]
    return np.stack(corners, axis=1)


def upright(box: Any) -> list[float]:
    """Return the corners of an upright box x, y, w, h."""
    x, y, w, h = box
    return [x, y, x + w, y, x + w, y + h, x, y + h]


def with_quads(dataset: Dataset, run: Run, gt_quad: Any, pred_quad: Any) -> tuple[Dataset, Run]:
    """Return facts whose objects are these quadrilaterals and whose boxes are their bounds."""
    gt_quad, pred_quad = (np.asarray(quad, dtype=float).reshape(-1, 8) for quad in (gt_quad, pred_quad))
    box = _xywh(gt_quad)
    truth = replace(dataset.ground_truth, quad=gt_quad, xywh=box, area=box[:, 2] * box[:, 3])
    found = replace(run.predictions, quad=pred_quad, xywh=_xywh(pred_quad))
    return replace(dataset, ground_truth=truth), replace(run, predictions=found)


def rotated_by_hand(n_images: int, n_classes: int, ground_truth: list[Any], predictions: list[Any]) -> tuple[Dataset, Run]:
    """Build facts from (image id, class id, corners[, crowd]) and (image id, class id, corners, score), sorted by image."""
    box = (0, 0, 1, 1)
    truth = [(image, of_class, *box, *rest) for image, of_class, _, *rest in ground_truth]
    found = [(image, of_class, *box, score) for image, of_class, _, score in predictions]
    facts = by_hand(n_images, n_classes, truth, found)
    return with_quads(*facts, [row[2] for row in ground_truth], [row[2] for row in predictions])


def random_rotated_set(seed: int, **options: Any) -> tuple[Dataset, Run]:
    """Draw ground truth and predictions that crowd each other, as `random_set` does, each turned by some angle.

    A prediction that lies near a ground truth is turned by nearly the same angle.
    """
    n_images, n_classes, truth, found = random_set(seed, **options)
    dataset, run = by_hand(n_images, n_classes, truth, found)
    rng = np.random.default_rng(seed)
    gt_angle = rng.uniform(0, 180, len(dataset.ground_truth))
    quads = []
    for objects, angle in (
        (dataset.ground_truth, gt_angle),
        (run.predictions, _angle_nearby(dataset, run, gt_angle) + rng.normal(0, 4, len(run.predictions))),
    ):
        xywh = objects.xywh
        centre = xywh[:, :2] + xywh[:, 2:] / 2
        corners = rectangles(np.column_stack([centre, xywh[:, 2:] * [1.6, 0.7], angle])).reshape(-1, 4, 2)
        # Any corner may come first, and either way round is in use.
        start = rng.integers(0, 4)
        corners = np.roll(corners, start, axis=1)
        backwards = rng.random(len(corners)) < 0.3
        corners[backwards] = corners[backwards, ::-1]
        quads.append(corners.reshape(-1, 8))
    return with_quads(dataset, run, *quads)


def shapely_iou(one: Any, other: Any, is_crowd: Any = False) -> Any:
    """Return the IoU of quadrilaterals in the same row, (N, 8) each, moved to the origin before shapely sees them."""
    one, other = (np.asarray(quad, dtype=float).reshape(-1, 4, 2) for quad in (one, other))
    origin = one[:, :1]
    one, other = shapely.polygons(one - origin), shapely.polygons(other - origin)
    inter = shapely.area(shapely.intersection(one, other))
    area = shapely.area(one)
    union = np.where(is_crowd, area, area + shapely.area(other) - inter)
    return np.divide(inter, union, out=np.zeros(len(inter)), where=union > 0)


def shapely_table(dataset: Dataset, run: Run) -> Any:
    """Return the IoU, (P, G), of every prediction with every ground truth of its image, 0 elsewhere."""
    truth, found = dataset.ground_truth, run.predictions
    pred, gt = np.nonzero(found.image_row[:, np.newaxis] == truth.image_row)
    table = np.zeros((len(found), len(truth)))
    table[pred, gt] = shapely_iou(found.quad[pred], truth.quad[gt], truth.is_crowd[gt])
    return table


def _xywh(quad: Any) -> Any:
    bounds = bounds_of(quad)
    return np.column_stack([bounds[:, :2], bounds[:, 2:] - bounds[:, :2]])


def _angle_nearby(dataset: Dataset, run: Run, gt_angle: Any) -> Any:
    truth, found = dataset.ground_truth, run.predictions
    centre, gt_centre = (boxes[:, :2] + boxes[:, 2:] / 2 for boxes in (found.xywh, truth.xywh))
    away = np.linalg.norm(centre[:, np.newaxis] - gt_centre, axis=2)
    away[found.image_row[:, np.newaxis] != truth.image_row] = np.inf
    return gt_angle[away.argmin(axis=1)] if len(truth) else np.zeros(len(found))
