"""Facts built from COCO dicts or by hand, without the readers: what the tests of the evaluation start from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.run import Run
from diag_gui.formats.masks import mask_boxes

Record = dict[str, Any]


def dataset_from_coco(content: Record, name: str = "ground_truth") -> Dataset:
    """Build a dataset from a COCO dict; ids must be integers and boxes sound."""
    images = sorted(content["images"], key=lambda record: record["id"])
    classes = sorted(content["categories"], key=lambda record: record["id"])
    row_of_image = {record["id"]: row for row, record in enumerate(images)}
    row_of_class = {record["id"]: row for row, record in enumerate(classes)}
    annotations = content["annotations"]
    image_row = np.array([row_of_image[record["image_id"]] for record in annotations], dtype=np.int32)
    order = np.argsort(image_row, kind="stable")
    annotations = [annotations[row] for row in order]
    xywh = boxes_of(annotations)
    area = [record.get("area", box[2] * box[3]) for record, box in zip(annotations, xywh, strict=True)]
    n = len(annotations)
    return Dataset(
        images=Images(
            image_id=np.array([record["id"] for record in images], dtype=np.int64),
            file_name=tuple(record.get("file_name", f"{record['id']}.jpg") for record in images),
            width=np.array([record.get("width", -1) for record in images], dtype=np.int32),
            height=np.array([record.get("height", -1) for record in images], dtype=np.int32),
        ),
        classes=Classes(
            class_id=np.array([record["id"] for record in classes], dtype=np.int64),
            name=tuple(record.get("name", str(record["id"])) for record in classes),
            supercategory=tuple(record.get("supercategory", "") for record in classes),
        ),
        ground_truth=GroundTruth(
            annotation_id=np.array([record["id"] for record in annotations], dtype=np.int64),
            image_row=image_row[order],
            class_row=np.array([row_of_class[record["category_id"]] for record in annotations], dtype=np.int32),
            xywh=xywh,
            area=np.array(area, dtype=np.float64),
            is_crowd=np.array([bool(record.get("iscrowd", 0)) for record in annotations], dtype=bool),
            is_ignored=np.zeros(n, dtype=bool),
            source_index=order.astype(np.int64),
            masks=masks_of(annotations),
            quad=None,
            attributes=AttributeTable(Level.GT, n),
            has_area=np.array(["area" in record for record in annotations], dtype=bool),
        ),
        image_attributes=AttributeTable(Level.IMAGE, len(images)),
        source=Source(Path(f"{name}.json"), "coco", ""),
        name=name,
    )


def run_from_results(results: list[Record], dataset: Dataset, name: str = "run") -> Run:
    """Build a run from a list of COCO results."""
    row_of_image = {int(image_id): row for row, image_id in enumerate(dataset.images.image_id)}
    row_of_class = {int(class_id): row for row, class_id in enumerate(dataset.classes.class_id)}
    image_row = np.array([row_of_image[record["image_id"]] for record in results], dtype=np.int32)
    order = np.argsort(image_row, kind="stable")
    results = [results[row] for row in order]
    predictions = Predictions(
        n_images=len(dataset.images),
        image_row=image_row[order],
        class_row=np.array([row_of_class[record["category_id"]] for record in results], dtype=np.int32),
        xywh=boxes_of(results),
        score=np.array([record["score"] for record in results], dtype=np.float64),
        source_index=order.astype(np.int64),
        masks=masks_of(results),
        quad=None,
        attributes=AttributeTable(Level.PRED, len(results)),
        has_box=np.array(["bbox" in record for record in results], dtype=bool),
    )
    return Run(name=name, predictions=predictions, source=Source(Path(f"{name}.json"), "coco", ""))


def masks_of(records: list[Record]) -> tuple[Any, ...] | None:
    """Return the segmentations of records; None where not one has any."""
    masks = tuple(record.get("segmentation") for record in records)
    return masks if any(mask is not None for mask in masks) else None


def boxes_of(records: list[Record]) -> np.ndarray:
    """Return the boxes of records, around the mask where one has none."""
    boxes = [record["bbox"] if "bbox" in record else mask_boxes([record["segmentation"]])[0] for record in records]
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def read_coco(ground_truth: Path, results: Path) -> tuple[Dataset, Run]:
    """Read a ground truth file and a results file."""
    dataset = dataset_from_coco(json.loads(ground_truth.read_text()), ground_truth.stem)
    return dataset, run_from_results(json.loads(results.read_text()), dataset, results.stem)


def coco_dict(n_images: int, n_classes: int, ground_truth: list[tuple[Any, ...]]) -> Record:
    """Return a COCO dict; each object is (image id, class id, x, y, w, h[, crowd[, area]]), ids from 1."""
    annotations = []
    for number, (image_id, class_id, x, y, w, h, *rest) in enumerate(ground_truth, start=1):
        record = {"id": number, "image_id": image_id, "category_id": class_id, "bbox": [x, y, w, h]}
        record["iscrowd"] = int(rest[0]) if rest else 0
        record["area"] = rest[1] if len(rest) > 1 else w * h
        annotations.append(record)
    return {
        "images": [{"id": i + 1, "file_name": f"{i + 1}.jpg", "width": 1000, "height": 1000} for i in range(n_images)],
        "categories": [{"id": c + 1, "name": chr(ord("a") + c)} for c in range(n_classes)],
        "annotations": annotations,
    }


def coco_results(predictions: list[tuple[Any, ...]]) -> list[Record]:
    """Return COCO results; each prediction is (image id, class id, x, y, w, h, score)."""
    return [
        {"image_id": image_id, "category_id": class_id, "bbox": [x, y, w, h], "score": score}
        for image_id, class_id, x, y, w, h, score in predictions
    ]


def by_hand(
    n_images: int, n_classes: int, ground_truth: list[tuple[Any, ...]], predictions: list[tuple[Any, ...]]
) -> tuple[Dataset, Run]:
    """Build facts from short tuples, as `coco_dict` and `coco_results` take them."""
    dataset = dataset_from_coco(coco_dict(n_images, n_classes, ground_truth))
    return dataset, run_from_results(coco_results(predictions), dataset)


GOLDEN_GROUND_TRUTH: list[tuple[Any, ...]] = [
    (1, 1, 10, 10, 50, 50),
    (1, 2, 100, 100, 50, 50),
    (2, 1, 20, 20, 40, 40),
    (2, 1, 120, 20, 40, 40),
    (3, 2, 50, 50, 60, 60),
    (3, 1, 140, 140, 40, 40),
]
GOLDEN_PREDICTIONS: list[tuple[Any, ...]] = [
    (1, 1, 10, 10, 50, 50, 0.9),
    (1, 1, 12, 12, 50, 50, 0.8),
    (1, 1, 100, 100, 50, 50, 0.7),
    (2, 1, 35, 20, 40, 40, 0.6),
    (2, 1, 120, 20, 40, 40, 0.5),
    (3, 2, 50, 50, 60, 60, 0.95),
    (3, 2, 160, 10, 30, 30, 0.4),
    (3, 2, 150, 150, 40, 40, 0.3),
]


def golden() -> tuple[Dataset, Run]:
    """Return the toy set whose figures METRICS.md lists: 3 images, 2 classes, 6 objects, 8 predictions."""
    return by_hand(3, 2, GOLDEN_GROUND_TRUTH, GOLDEN_PREDICTIONS)
