"""Datumaro's JSON: every kind of annotation with an area, and predictions by their scores."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from tests.formats.reading import boxes, codes, found_in, labels_of, put_json


def document(*annotations: Any) -> dict[str, Any]:
    return {
        "info": {},
        "categories": {"label": {"labels": [{"name": "car", "parent": ""}, {"name": "bus", "parent": ""}]}},
        "items": [
            {"id": "night/a", "annotations": list(annotations), "attr": {"frame": 3},
             "image": {"path": "night/a.jpg", "size": [80, 100]}},
            {"id": "b", "annotations": [], "image": {"path": "b.jpg", "size": [80, 100]}},
        ],
    }  # fmt: skip


def box(*xywh: float, label_id: Any = 0, **attributes: Any) -> dict[str, Any]:
    return {"id": 0, "type": "bbox", "attributes": attributes, "group": 0, "label_id": label_id, "bbox": list(xywh)}


def test_annotations_become_labels_and_items_images(tmp_path: Path) -> None:
    path = put_json(
        tmp_path / "train.json",
        document(
            box(1, 2, 10, 20, label_id=1, occluded=True),
            {"type": "polygon", "label_id": 0, "points": [1, 1, 11, 1, 11, 21], "attributes": {}},
            {
                "type": "mask",
                "label_id": 0,
                "rle": {"counts": [0, 80, 7920], "size": [80, 100]},
                "attributes": {"is_crowd": True},
            },
            {"type": "rotated_bbox", "label_id": 0, "rotated_bbox": [50, 40, 20, 10, 90], "attributes": {}},
            {"type": "label", "label_id": 1, "attributes": {"weather": "fog"}},
        ),
    )
    dataset, report = labels_of(path, "datumaro")
    assert boxes(dataset) == [
        ("night/a.jpg", "bus", [1, 2, 10, 20]),
        ("night/a.jpg", "car", [1, 1, 10, 20]),
        ("night/a.jpg", "car", [0, 0, 1, 80]),
        ("night/a.jpg", "car", [45, 30, 10, 20]),
    ]
    gt, table = dataset.ground_truth, dataset.image_attributes
    assert gt.is_crowd.tolist() == [False, False, True, False]
    assert gt.quad is not None
    np.testing.assert_allclose(gt.quad[3], [55, 30, 55, 50, 45, 50, 45, 30], atol=1e-9)
    assert [table[name].text(0) for name in ("subset", "frame", "weather", "label")] == ["train", "3", "fog", "bus"]
    assert codes(report) == {}


def test_what_cannot_be_used_is_left_out_by_name(tmp_path: Path) -> None:
    path = put_json(
        tmp_path / "a.json",
        document(box(1, 2, 3, 4), box(1, 2, 3, label_id=0), box(1, 2, 3, 4, label_id=9), {"type": "points", "label_id": 0}, 5,
                 box(1, 2, math.nan, 4), {"type": "rotated_bbox", "label_id": 0, "rotated_bbox": [1, 2, 3, 4, math.inf]}),
    )  # fmt: skip
    _, report = labels_of(path, "datumaro")
    assert (report.records, report.loaded) == (7, 1)
    assert codes(report) == {
        "bad-annotation": 2, "unknown-category": 1, "no-area": 1, "bad-box": 1, "box-not-finite": 1
    }  # fmt: skip


def test_annotations_with_scores_are_predictions(tmp_path: Path) -> None:
    dataset, _ = labels_of(put_json(tmp_path / "gt.json", document(box(1, 2, 3, 4))), "datumaro")
    found, report = found_in(
        put_json(tmp_path / "dt.json", document(box(1, 2, 3, 4, score=0.5), box(1, 2, 3, 4))), dataset, "datumaro"
    )
    assert found.score.tolist() == [0.5]
    assert codes(report) == {"no-score": 1}
