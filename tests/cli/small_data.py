"""A small data set on disk: three pictures' worth of labels in COCO, one run, metadata, with odd fields to be kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

GT: dict[str, Any] = {
    "info": {"description": "small", "year": 2024, "contributor": "ünïcode"},
    "licenses": [{"id": 7, "name": "CC BY", "url": "http://example.org/l"}],
    "tags": [{"id": 1, "name": "a tag list of another program"}],
    "images": [
        {"id": 3, "width": 200, "height": 100, "file_name": "night/c.png", "license": 7, "flickr_url": "u", "scene": "night"},
        {"id": 1, "width": 100, "height": 100, "file_name": "a.jpg", "license": 7, "scene": "day",
         "unknown": {"deep": [1, 2.5, None]}},
        {"id": 2, "width": 100, "height": 80, "file_name": "B.jpg", "scene": "day"},
    ],
    "annotations": [
        {"id": 11, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "area": 399.5, "iscrowd": 0,
         "attributes": {"occluded": True}},
        {"id": 12, "image_id": 1, "category_id": 5, "bbox": [50, 50, 20.25, 30], "area": 600, "iscrowd": 0,
         "segmentation": [[50, 50, 70, 50, 70, 80]]},
        {"id": 13, "image_id": 2, "category_id": 1, "bbox": [1.5, 2.5, 30, 40], "area": 1200, "iscrowd": 0, "note": "kept"},
        {"id": 14, "image_id": 3, "category_id": 9, "bbox": [0, 0, 150, 90], "area": 13500, "iscrowd": 1},
        {"id": 15, "image_id": 3, "category_id": 9, "bbox": [20, 20, 40, 40], "area": 1600, "iscrowd": 0},
    ],
    "categories": [
        {"id": 1, "name": "car", "supercategory": "vehicle"},
        {"id": 5, "name": "bus", "supercategory": "vehicle", "keypoints": ["x"]},
        {"id": 9, "name": "=ship", "supercategory": "vessel"},
    ],
    "videos": [{"id": 1}],
}  # fmt: skip

PREDICTIONS: list[dict[str, Any]] = [
    {"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "score": 0.9, "model": "m"},
    {"image_id": 1, "category_id": 1, "bbox": [51, 50, 20, 30], "score": 0.8},
    {"image_id": 3, "category_id": 9, "bbox": [22, 20, 40, 40], "score": 0.7},
    {"image_id": 2, "category_id": 1, "bbox": [60, 60, 10, 10], "score": 0.6},
    {"image_id": 2, "category_id": 1, "bbox": [5, 5, 30, 40], "score": 0.1},
]

METADATA = "file_name,site,hours\na.jpg,=1+1,2\nB.jpg,north,\nnight/c.png,south,3.5\n"


@dataclass(frozen=True)
class SmallData:
    """Where the files lie."""

    folder: Path
    gt: Path
    predictions: Path
    metadata: Path
    images: Path


def write_small_data(folder: Path, *, pictures: bool = True) -> SmallData:
    """Write the files into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    data = SmallData(folder, folder / "gt.json", folder / "run_one.json", folder / "meta.csv", folder / "images")
    data.gt.write_text(json.dumps(GT))
    data.predictions.write_text(json.dumps(PREDICTIONS))
    data.metadata.write_text(METADATA)
    data.images.mkdir(exist_ok=True)
    if pictures:
        import cv2

        for image in GT["images"]:
            path = data.images / image["file_name"]
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.full((image["height"], image["width"], 3), 90, np.uint8)
            assert cv2.imwrite(str(path), pixels)
    return data
