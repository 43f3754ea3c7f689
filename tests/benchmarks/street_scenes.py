"""Synthetic runs of a chosen size: labels in clusters, found with jitter, doubled, confused, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.run import Run

SIDE = 800.0


@dataclass(frozen=True)
class Size:
    """How much to draw."""

    n_images: int
    n_classes: int
    gt_per_image: float
    predictions_per_image: int


SIZES = {"XS": Size(200, 20, 7, 50), "S": Size(5_000, 80, 7, 50), "M": Size(50_000, 365, 12, 54)}


def street_scenes(size: Size, seed: int = 0) -> tuple[Dataset, Run]:
    """Draw a dataset and a run on it.

    Parameters
    ----------
    size : Size
    seed : int
        Same seed, same boxes.
    """
    random = np.random.default_rng(seed)
    frequency = random.pareto(1.0, size.n_classes) + 0.05
    frequency /= frequency.sum()
    per_image = np.minimum(random.geometric(1 / (1 + size.gt_per_image), size.n_images) - 1, 80)
    image_row = np.repeat(np.arange(size.n_images, dtype=np.int32), per_image)
    n_gt = len(image_row)
    favourite = random.choice(size.n_classes, (size.n_images, 3), p=frequency).astype(np.int32)
    class_row = favourite[image_row, random.integers(0, 3, n_gt)]
    is_crowd = random.random(n_gt) < 0.01
    width = np.clip(np.exp(random.normal(4.0, 0.9, n_gt)) * np.where(is_crowd, 3, 1), 4, SIDE * 0.9)
    height = np.clip(width * np.exp(random.normal(0, 0.35, n_gt)), 4, SIDE * 0.9)
    xywh = np.column_stack([random.random(n_gt) * (SIDE - width), random.random(n_gt) * (SIDE - height), width, height])
    xywh = xywh.round(2)
    area = (xywh[:, 2] * xywh[:, 3] * random.uniform(0.5, 1.0, n_gt)).round(2)
    dataset = Dataset(
        images=Images(
            image_id=np.arange(1, size.n_images + 1),
            file_name=tuple(f"{row + 1:07d}.jpg" for row in range(size.n_images)),
            width=np.full(size.n_images, SIDE, dtype=np.int32),
            height=np.full(size.n_images, SIDE, dtype=np.int32),
        ),
        classes=Classes(
            class_id=np.arange(1, size.n_classes + 1),
            name=tuple(f"class {row + 1}" for row in range(size.n_classes)),
            supercategory=("",) * size.n_classes,
        ),
        ground_truth=GroundTruth(
            annotation_id=np.arange(1, n_gt + 1),
            image_row=image_row,
            class_row=class_row,
            xywh=xywh,
            area=area,
            is_crowd=is_crowd,
            is_ignored=np.zeros(n_gt, bool),
            source_index=np.arange(n_gt),
            masks=None,
            quad=None,
            attributes=AttributeTable(Level.GT, n_gt),
        ),
        image_attributes=AttributeTable(Level.IMAGE, size.n_images),
        source=Source(Path("street_scenes.json"), "coco", ""),
        name="street scenes",
    )
    return dataset, _run_on(dataset, size, frequency, random)


def _run_on(dataset: Dataset, size: Size, frequency: np.ndarray, random: np.random.Generator) -> Run:
    gt = dataset.ground_truth
    parts = []
    # How often a label is repeated, how far the boxes stray, the highest score, and how often the class is wrong.
    for share, stray, highest, confused in ((0.75, 0.04, 1.0, 0.05), (0.5, 0.1, 0.6, 0.1), (0.35, 0.3, 0.6, 0.1)):
        rows = np.flatnonzero(random.random(len(gt)) < share)
        moved = gt.xywh[rows] + random.normal(0, stray, (len(rows), 4)) * np.tile(gt.xywh[rows, 2:], 2)
        moved[:, 2:] = np.maximum(moved[:, 2:], 2)
        classes = np.where(random.random(len(rows)) < confused, random.integers(0, size.n_classes, len(rows)), gt.class_row[rows])
        parts.append((gt.image_row[rows], classes, moved, random.beta(3, 2, len(rows)) * highest))
    n_noise = max(size.n_images * size.predictions_per_image - sum(len(part[0]) for part in parts), 0)
    noise = np.column_stack([random.random((n_noise, 2)) * SIDE * 0.8, np.exp(random.normal(4.0, 0.8, (n_noise, 2)))])
    classes = random.choice(size.n_classes, n_noise, p=frequency)
    parts.append((random.integers(0, size.n_images, n_noise), classes, noise, random.beta(0.7, 5, n_noise) * 0.8))
    image_row, class_row, xywh, score = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(image_row, kind="stable")
    n = len(order)
    predictions = Predictions(
        n_images=size.n_images,
        image_row=image_row[order],
        class_row=class_row[order],
        xywh=xywh[order].round(2),
        score=score[order].round(4),
        source_index=np.arange(n),
        masks=None,
        quad=None,
        attributes=AttributeTable(Level.PRED, n),
    )
    return Run("street scenes", predictions, Source(Path("street_scenes_results.json"), "coco", ""))


def coco_of(dataset: Dataset, run: Run) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the same facts as a COCO dict and a list of results, for the peers."""
    gt, predictions = dataset.ground_truth, run.predictions
    images = [
        {"id": number, "file_name": name, "width": int(SIDE), "height": int(SIDE)}
        for number, name in enumerate(dataset.images.file_name, start=1)
    ]
    categories = [{"id": number, "name": name} for number, name in enumerate(dataset.classes.name, start=1)]
    columns = (gt.image_row + 1, gt.class_row + 1, gt.xywh, gt.area, gt.is_crowd.astype(int))
    annotations = [
        {"id": number, "image_id": image, "category_id": class_id, "bbox": box, "area": area, "iscrowd": crowd}
        for number, (image, class_id, box, area, crowd) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True), start=1
        )
    ]
    columns = (predictions.image_row + 1, predictions.class_row + 1, predictions.xywh, predictions.score)
    results = [
        {"image_id": image, "category_id": class_id, "bbox": box, "score": score}
        for image, class_id, box, score in zip(*(column.tolist() for column in columns), strict=True)
    ]
    return {"info": {}, "images": images, "categories": categories, "annotations": annotations}, results
