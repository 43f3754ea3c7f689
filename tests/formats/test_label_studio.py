"""Label Studio tasks: percent to pixels, the annotation that counts, names behind upload addresses, predictions beside."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diag_gui.formats.opening import open_predictions
from tests.formats.reading import boxes, codes, found_in, labels_of, put_json


def region(kind: str = "rectanglelabels", label: str = "car", **value: Any) -> dict[str, Any]:
    return {"id": "r", "type": kind, "from_name": "label", "to_name": "image", "original_width": 200, "original_height": 100,
            "value": {**value, kind: [label]}}  # fmt: skip


def task(*regions: Any, image: str = "/data/upload/3/0a1b2c3d-a%20b.jpg", **more: Any) -> dict[str, Any]:
    return {"id": 7, "data": {"image": image, "site": "north"}, "annotations": [{"id": 1, "result": list(regions)}], **more}


def test_percent_become_pixels_of_the_original(tmp_path: Path) -> None:
    path = put_json(
        tmp_path / "export.json",
        [
            task(
                region(x=10, y=20, width=30, height=40, rotation=0),
                region("polygonlabels", "bus", points=[[0, 0], [10, 0], [10, 10]]),
                region("ellipselabels", x=50, y=50, radiusX=5, radiusY=10),
                {"type": "choices", "from_name": "weather", "value": {"choices": ["fog"]}},
            )
        ],
    )
    dataset, report = labels_of(path, "labelstudio")
    assert boxes(dataset) == [
        ("a b.jpg", "car", [20, 20, 60, 40]), ("a b.jpg", "bus", [0, 0, 20, 10]), ("a b.jpg", "car", [90, 40, 20, 20])
    ]  # fmt: skip
    assert (dataset.image_attributes["weather"].text(0), dataset.image_attributes["site"].text(0)) == ("fog", "north")
    assert (dataset.images.width[0], dataset.images.height[0]) == (200, 100)
    assert codes(report) == {}


def test_a_box_is_turned_about_its_upper_left_corner(tmp_path: Path) -> None:
    path = put_json(tmp_path / "a.json", [task(region(x=50, y=50, width=10, height=10, rotation=90))])
    gt = labels_of(path, "labelstudio")[0].ground_truth
    assert gt.quad is not None
    np.testing.assert_allclose(gt.quad[0], [100, 50, 100, 70, 90, 70, 90, 50], atol=1e-9)


def test_only_the_last_annotation_that_was_not_cancelled_counts(tmp_path: Path) -> None:
    one, other, cancelled = ({"id": n, "result": [region(x=n, y=0, width=10, height=10)]} for n in (1, 2, 3))
    path = put_json(tmp_path / "a.json", [{**task(), "annotations": [one, other, {**cancelled, "was_cancelled": True}]}])
    dataset, report = labels_of(path, "labelstudio")
    assert boxes(dataset)[0][2][0] == 4
    assert (report.records, codes(report)) == (3, {"other-annotation": 2})


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/data/upload/3/0a1b2c3d-a.jpg", "a.jpg"),
        ("/data/local-files/?d=set/night/a.jpg", "set/night/a.jpg"),
        ("s3://bucket/night/a.jpg", "a.jpg"),
        ("http://example.org/x/a.jpg?token=1", "a.jpg"),
        ("night/a.jpg", "night/a.jpg"),
    ],
)
def test_a_picture_goes_by_its_name_whatever_its_address(tmp_path: Path, address: str, name: str) -> None:
    path = put_json(tmp_path / "a.json", [task(region(x=1, y=1, width=5, height=5), image=address)])
    assert labels_of(path, "labelstudio")[0].images.file_name == (name,)


def test_what_cannot_be_used_is_left_out_by_name(tmp_path: Path) -> None:
    unsized = {**region(x=1, y=1, width=5, height=5), "original_width": 0}
    path = put_json(
        tmp_path / "a.json",
        [task(region(x=1, y=1, width=5, height=5), {"type": "brushlabels", "value": {}}, unsized,
              region(x="1", y=1, width=5, height=5),
              {"type": "rectanglelabels", "value": {"rectanglelabels": []}}, 4,
              region(x=math.nan, y=1, width=5, height=5)), "no task"],
    )  # fmt: skip
    _, report = labels_of(path, "labelstudio")
    assert (report.records, report.loaded) == (7, 1)
    assert codes(report) == {"no-box": 5, "bad-task": 1, "box-not-finite": 1}


def test_predictions_beside_the_annotations_are_a_run(tmp_path: Path) -> None:
    found = {
        "id": 9,
        "score": 0.4,
        "result": [{**region(x=10, y=20, width=30, height=40), "score": 0.8}, region(x=1, y=1, width=9, height=9)],
    }
    path = put_json(tmp_path / "a.json", [task(region(x=10, y=20, width=30, height=40), predictions=[found])])
    dataset, _ = labels_of(path, "labelstudio")
    opened = open_predictions(path, dataset, format="labelstudio")
    assert opened.run.predictions.score.tolist() == [0.8, 0.4]
    only = put_json(tmp_path / "only.json", [{"id": 1, "data": {"image": "a b.jpg"}, "predictions": [found]}])
    assert len(found_in(only, dataset, "labelstudio")[0]) == 2
