"""Ground truth as an annotator leaves it: COCO JSON with planted mistakes, and the list of those mistakes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from .cameras import CAMERAS
from .sites import SEED, Shot
from .taking import CLASSES, TrueBox

ERROR_SHARE = {"missing": 0.013, "wrong class": 0.011, "loose box": 0.013, "duplicate": 0.007, "ghost": 0.007}
MISTAKEN_FOR = {
    "airliner": "small plane",
    "small plane": "airliner",
    "helicopter": "small plane",
    "truck": "car",
    "car": "truck",
    "ship": "boat",
    "boat": "ship",
    "storage tank": "truck",
}
CATEGORY_ID = {name: index + 1 for index, name in enumerate(CLASSES)}


def plant(shots: Sequence[Shot], truth: Sequence[Sequence[TrueBox]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the annotations with planted errors, and the errors.

    Returns
    -------
    annotations : list of dict
        COCO annotations, ids from 1 in file order.
    errors : list of dict
        ``kind``, ``image_id``, ``annotation_id`` (None where a label is missing), the true ``bbox`` and
        ``category_id`` (None for a ghost).
    """
    rng = np.random.default_rng([SEED, 5])
    annotations: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []

    def add(shot: Shot, name: str, xywh: Sequence[float], occluded: bool, truncated: bool) -> int:
        x, y, w, h = (round(float(a), 1) for a in xywh)
        annotations.append(
            {
                "id": len(annotations) + 1,
                "image_id": shot.number,
                "category_id": CATEGORY_ID[name],
                "bbox": [x, y, w, h],
                "area": round(w * h, 2),
                "iscrowd": 0,
                "attributes": {"occluded": occluded, "truncated": truncated},
            }
        )
        return len(annotations)

    def note(kind: str, shot: Shot, annotation_id: int | None, box: TrueBox | None) -> None:
        errors.append(
            {
                "kind": kind,
                "image_id": shot.number,
                "annotation_id": annotation_id,
                "bbox": None if box is None else [round(a, 1) for a in box.xywh],
                "category_id": None if box is None else CATEGORY_ID[box.name],
            }
        )

    kinds, share = list(ERROR_SHARE), np.array(list(ERROR_SHARE.values()))
    for shot, boxes in zip(shots, truth, strict=True):
        camera = CAMERAS[shot.camera]
        for box in boxes:
            draw = rng.random()
            kind = kinds[int(np.searchsorted(np.cumsum(share), draw))] if draw < share.sum() else None
            if kind == "missing":
                note(kind, shot, None, box)
            elif kind == "wrong class":
                note(kind, shot, add(shot, MISTAKEN_FOR[box.name], box.xywh, box.occluded, box.truncated), box)
            elif kind == "loose box":
                note(
                    kind,
                    shot,
                    add(shot, box.name, _loose(box.xywh, camera.width, camera.height, rng), box.occluded, box.truncated),
                    box,
                )
            else:
                first = add(shot, box.name, _by_hand(box.xywh, camera.width, camera.height, rng), box.occluded, box.truncated)
                if kind == "duplicate":
                    again = add(
                        shot, box.name, _by_hand(box.xywh, camera.width, camera.height, rng, 0.05), box.occluded, box.truncated
                    )
                    note(kind, shot, again, box)
                elif kind == "ghost":
                    spot = _empty_spot(annotations[first - 1]["bbox"], boxes, camera.width, camera.height, rng)
                    if spot is not None:
                        note(kind, shot, add(shot, box.name, spot, False, False), None)
    return annotations, errors


def _by_hand(
    xywh: Sequence[float], width: int, height: int, rng: Generator, slack: float = 0.012
) -> tuple[float, float, float, float]:
    x, y, w, h = xywh
    e = rng.normal(0, slack, 4) * np.array([w, h, w, h]) + rng.normal(0, 0.35, 4)
    return _clip(x + e[0], y + e[1], x + w + e[2], y + h + e[3], width, height)


def _loose(xywh: Sequence[float], width: int, height: int, rng: Generator) -> tuple[float, float, float, float]:
    x, y, w, h = xywh
    grow, sx, sy = rng.uniform(1.18, 1.5), rng.normal(0, 0.12) * w, rng.normal(0, 0.12) * h
    return _clip(
        x + sx - w * (grow - 1) / 2,
        y + sy - h * (grow - 1) / 2,
        x + sx + w * (grow + 1) / 2,
        y + sy + h * (grow + 1) / 2,
        width,
        height,
    )


def _clip(x0: float, y0: float, x1: float, y1: float, width: int, height: int) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))
    return x0, y0, max(x1 - x0, 2.0), max(y1 - y0, 2.0)


def _empty_spot(
    bbox: Sequence[float], boxes: Sequence[TrueBox], width: int, height: int, rng: Generator
) -> tuple[float, float, float, float] | None:
    w, h = bbox[2], bbox[3]
    for _ in range(40):
        x, y = rng.uniform(0, max(width - w, 1)), rng.uniform(0, max(height - h, 1))
        if (
            all(x + w < b.xywh[0] or b.xywh[0] + b.xywh[2] < x or y + h < b.xywh[1] or b.xywh[1] + b.xywh[3] < y for b in boxes)
            and x + w <= width
            and y + h <= height
        ):
            return x, y, w, h
    return None


def coco(shots: Sequence[Shot], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the COCO document of the sample."""
    return {
        "info": {
            "description": "diag-gui sample: airfields and harbours from above, drawn by resources/sample_source",
            "version": "1.0",
            "year": 2026,
            "contributor": "diag-gui",
            "date_created": "2026-03-02",
            "url": "",
        },
        "licenses": [{"id": 1, "name": "CC0 1.0 Universal", "url": "https://creativecommons.org/publicdomain/zero/1.0/"}],
        "images": [
            {
                "id": s.number,
                "file_name": s.file_name,
                "width": CAMERAS[s.camera].width,
                "height": CAMERAS[s.camera].height,
                "license": 1,
            }
            for s in shots
        ],
        "categories": [{"id": CATEGORY_ID[name], "name": name, "supercategory": parent} for name, parent in CLASSES.items()],
        "annotations": annotations,
    }


def write_metadata(path: Path, shots: Sequence[Shot]) -> None:
    """Write one row per picture; a few cells are left empty, as in real life."""
    rng = np.random.default_rng([SEED, 9])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file_name", "site", "time_of_day", "weather", "camera", "altitude_m", "capture_time", "split"])
        for s in shots:
            weather = "" if rng.random() < 0.03 else s.weather
            altitude = "" if rng.random() < 0.04 else f"{s.altitude_m:.0f}"
            captured = "" if rng.random() < 0.02 else s.captured.strftime("%Y-%m-%dT%H:%M:%S")
            writer.writerow([s.file_name, s.site.name, s.time_of_day, weather, s.camera, altitude, captured, s.site.split])
