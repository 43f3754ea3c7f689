"""The sample's pictures, labels and metadata belong together and hold what the first look at the program needs."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import cv2

from tests.sample.conftest import SAMPLE
from tests.sample.overlap import iou


def test_the_sample_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) <= 8_000_000


def test_every_picture_is_there_with_the_size_the_labels_say(ground_truth: dict[str, Any]) -> None:
    sizes = {path.name: cv2.imread(str(path)).shape[1::-1] for path in (SAMPLE / "images").iterdir()}
    assert {image["file_name"]: (image["width"], image["height"]) for image in ground_truth["images"]} == sizes
    assert 110 <= len(sizes) <= 130


def test_every_box_lies_in_its_picture(ground_truth: dict[str, Any]) -> None:
    images = {image["id"]: image for image in ground_truth["images"]}
    for annotation in ground_truth["annotations"]:
        x, y, w, h = annotation["bbox"]
        image = images[annotation["image_id"]]
        assert w > 0
        assert h > 0
        assert x >= 0
        assert y >= 0
        # Corner and size are rounded to a tenth each.
        assert x + w <= image["width"] + 0.11
        assert y + h <= image["height"] + 0.11
        assert set(annotation["attributes"]) == {"occluded", "truncated"}


def test_there_are_eight_classes_and_one_is_rare(ground_truth: dict[str, Any]) -> None:
    counts = Counter(annotation["category_id"] for annotation in ground_truth["annotations"])
    names = {category["id"]: category["name"] for category in ground_truth["categories"]}
    assert len(names) == 8
    assert all(category["supercategory"] for category in ground_truth["categories"])
    rarest, n = counts.most_common()[-1]
    assert names[rarest] == "helicopter"
    assert 5 <= n <= 0.02 * counts.total()


def test_there_are_empty_crowded_small_hidden_and_cut_objects(ground_truth: dict[str, Any]) -> None:
    annotations = ground_truth["annotations"]
    per_image = Counter(annotation["image_id"] for annotation in annotations)
    assert len(ground_truth["images"]) - len(per_image) >= 3
    assert max(per_image.values()) >= 60
    for wanted in (
        [a for a in annotations if a["area"] <= 1024],
        [a for a in annotations if a["area"] >= 9216],
        [a for a in annotations if a["attributes"]["occluded"]],
        [a for a in annotations if a["attributes"]["truncated"]],
    ):
        assert len(wanted) >= 30


def test_metadata_describe_every_picture_once_with_a_few_blanks(
    ground_truth: dict[str, Any], metadata: list[dict[str, str]]
) -> None:
    assert [row["file_name"] for row in metadata] == [image["file_name"] for image in ground_truth["images"]]
    assert len({row["site"] for row in metadata}) >= 8
    assert {row["time_of_day"] for row in metadata} == {"day", "dusk", "night"}
    assert {row["camera"] for row in metadata} == {"A", "B"}
    assert {row["split"] for row in metadata} == {"val", "test"}
    for column in ("weather", "altitude_m", "capture_time"):
        assert 1 <= sum(not row[column] for row in metadata) <= 10
    for row in metadata:
        if row["capture_time"]:
            hour = datetime.fromisoformat(row["capture_time"]).hour
            assert (hour >= 21 or hour <= 4) == (row["time_of_day"] == "night")


def test_about_one_label_in_twenty_is_planted_wrong_in_every_way(
    ground_truth: dict[str, Any], planted: list[dict[str, Any]]
) -> None:
    kinds = Counter(error["kind"] for error in planted)
    assert set(kinds) == {"missing", "wrong class", "loose box", "duplicate", "ghost"}
    assert min(kinds.values()) >= 5
    assert 0.03 <= len(planted) / len(ground_truth["annotations"]) <= 0.07


def test_planted_errors_are_in_the_labels(ground_truth: dict[str, Any], planted: list[dict[str, Any]]) -> None:
    by_id = {annotation["id"]: annotation for annotation in ground_truth["annotations"]}
    for error in planted:
        label = by_id.get(error["annotation_id"])
        beside = [
            a for a in ground_truth["annotations"] if a["image_id"] == error["image_id"] and a["id"] != error["annotation_id"]
        ]
        match error["kind"]:
            case "missing":
                assert label is None
            case "wrong class":
                assert label is not None
                assert label["category_id"] != error["category_id"]
                assert iou(label["bbox"], error["bbox"]) > 0.9
            case "loose box":
                assert label is not None
                assert label["category_id"] == error["category_id"]
                assert iou(label["bbox"], error["bbox"]) < 0.9
            case "duplicate":
                assert label is not None
                assert max(iou(label["bbox"], a["bbox"]) for a in beside if a["category_id"] == label["category_id"]) > 0.5
            case "ghost":
                assert label is not None
                assert error["bbox"] is None
