"""Small COCO files for tests: one good set, changed in one place at a time."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

GOOD: dict[str, Any] = {
    "info": {"description": "base"},
    "images": [{"id": n, "file_name": f"{n}.jpg", "width": 160, "height": 120} for n in (1, 2, 3)],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 2, "bbox": [10, 12, 30, 24], "area": 700, "iscrowd": 0},
        {"id": 2, "image_id": 1, "category_id": 3, "bbox": [30, 27, 31, 24], "area": 744, "iscrowd": 1},
        {"id": 3, "image_id": 2, "category_id": 1, "bbox": [15, 12, 30, 25], "area": 750, "iscrowd": 0},
        {"id": 4, "image_id": 3, "category_id": 1, "bbox": [40, 27, 31, 26], "area": 806, "iscrowd": 0},
    ],
    "categories": [{"id": n, "name": name, "supercategory": "x"} for n, name in ((1, "cat"), (2, "dog"), (3, "bird"))],
}

RESULTS: list[dict[str, Any]] = [
    {"image_id": 1, "category_id": 2, "bbox": [10, 12, 30, 24], "score": 0.95},
    {"image_id": 3, "category_id": 1, "bbox": [41, 27, 31, 26], "score": 0.9},
    {"image_id": 2, "category_id": 1, "bbox": [15, 12, 30, 25], "score": 0.85},
]


def good() -> dict[str, Any]:
    return copy.deepcopy(GOOD)


def results() -> list[dict[str, Any]]:
    return copy.deepcopy(RESULTS)


def write(path: Path, content: Any) -> Path:
    """Write JSON the way Python does, NaN and Infinity included."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def with_annotation(**changes: Any) -> dict[str, Any]:
    """Return the good set with the first annotation changed; a value of ... takes the field out."""
    content = good()
    _change(content["annotations"][0], changes)
    return content


def with_result(**changes: Any) -> list[dict[str, Any]]:
    """Return the good results with the first one changed; a value of ... takes the field out."""
    content = results()
    _change(content[0], changes)
    return content


def _change(record: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if value is ...:
            record.pop(name, None)
        else:
            record[name] = value
