"""A small scene of masks on disk: discs and rings; a prediction whose box fits while its mask does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pycocotools import mask as coco_mask

SIZE = (320, 240)
DISC, RING, AWAY = (90, 110, 50), (220, 120, 60), (280, 40, 20)
"""Middle and radius."""
N_IMAGES = 2


def disc(x: int, y: int, radius: int, *, hole: int = 0) -> np.ndarray:
    """Return the pixels of a disc with a hole."""
    columns, rows = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    away = np.hypot(columns - x, rows - y)
    return (away <= radius) & (away >= hole)


def left_of(pixels: np.ndarray, x: int) -> np.ndarray:
    """Return what lies left of ``x``, and of the rest the pixel at the right end: the box stays what it was."""
    columns = np.arange(SIZE[0])
    end = np.flatnonzero(pixels.any(axis=0))[-1]
    return pixels & ((columns < x) | (columns == end))


def rle(pixels: np.ndarray) -> dict[str, Any]:
    packed = coco_mask.encode(np.asfortranarray(pixels.astype(np.uint8)))
    return {"size": [SIZE[1], SIZE[0]], "counts": packed["counts"].decode()}


def box(pixels: np.ndarray) -> list[float]:
    return [float(value) for value in coco_mask.toBbox(rle(pixels))]


def polygon(x: int, y: int, radius: int) -> list[list[float]]:
    angles = np.arange(16) / 16 * 2 * np.pi
    return [np.stack((x + radius * np.cos(angles), y + radius * np.sin(angles)), axis=1).round(2).ravel().tolist()]


def write_masks(folder: Path) -> tuple[Path, Path]:
    """Write labels with pictures, and one run: on each image less than half a disc, a ring, and a disc on nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    truth, found = folder / "truth.json", folder / "masks.json"
    whole, ring = disc(*DISC), disc(*RING, hole=30)
    labelled = ((1, whole, polygon(*DISC)), (2, ring, rle(ring)))
    predicted = ((1, left_of(whole, 82), 0.9), (2, disc(*RING, hole=28), 0.8), (1, disc(*AWAY), 0.7))
    labels: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for image_id in range(1, N_IMAGES + 1):
        for class_id, pixels, mask in labelled:
            labels.append(
                {"id": len(labels) + 1, "image_id": image_id, "category_id": class_id, "bbox": box(pixels), "iscrowd": 0,
                 "area": float(pixels.sum()), "segmentation": mask}
            )  # fmt: skip
        for class_id, pixels, score in predicted:
            results.append(
                {"image_id": image_id, "category_id": class_id, "bbox": box(pixels), "score": score, "segmentation": rle(pixels)}
            )
        picture = np.full((SIZE[1], SIZE[0], 3), (96, 72, 48), np.uint8)
        picture[whole | ring] = (60, 120, 170)
        cv2.imwrite(str(folder / f"{image_id}.png"), picture)
    images = [{"id": n, "file_name": f"{n}.png", "width": SIZE[0], "height": SIZE[1]} for n in range(1, N_IMAGES + 1)]
    categories = [{"id": 1, "name": "disc"}, {"id": 2, "name": "ring"}]
    truth.write_text(json.dumps({"images": images, "annotations": labels, "categories": categories}))
    found.write_text(json.dumps(results))
    return truth, found
