"""Predictions of another file that happen to have ids which exist."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.formats.coco_files import write
from tests.shared_data import DATA, needs_shared


def codes_of(tmp_path: Path, *, shift_class: int = 0, shift_image: int = 0, scale: float = 1.0) -> dict[str, int]:
    """Return the problems of perfect predictions whose ids or boxes are off."""
    rng = np.random.default_rng(5)
    boxes = np.column_stack([rng.uniform(0, 800, (60, 2)), rng.uniform(10, 100, (60, 2))]).round(2).tolist()
    content = {
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 1000, "height": 1000} for n in range(20)],
        "categories": [{"id": n, "name": f"c{n}"} for n in range(4)],
        "annotations": [{"id": n, "image_id": n % 20, "category_id": n % 4, "bbox": box} for n, box in enumerate(boxes)],
    }
    found = [
        {"image_id": (n % 20 + shift_image) % 20, "category_id": (n % 4 + shift_class) % 4, "bbox": [scale * v for v in box],
         "score": 0.5}
        for n, box in enumerate(boxes)
    ]  # fmt: skip
    dataset = open_ground_truth(write(tmp_path / "gt.json", content)).dataset
    return open_predictions(write(tmp_path / "dt.json", found), dataset).report.codes


def test_predictions_of_this_file_are_not_suspected(tmp_path: Path) -> None:
    assert codes_of(tmp_path) == {}


@pytest.mark.parametrize(
    ("off", "code"),
    [
        ({"shift_class": 1}, "classes-disagree"),
        ({"shift_image": 1}, "few-labels-reached"),
        ({"scale": 0.3}, "few-labels-reached"),
    ],
)
def test_predictions_of_another_numbering_or_scale_are_suspected(tmp_path: Path, off: dict[str, float], code: str) -> None:
    assert codes_of(tmp_path, **off) == {code: 1}  # type: ignore[arg-type]


def test_few_hits_by_chance_do_not_hide_that_the_images_are_others(tmp_path: Path) -> None:
    """Objects that fill much of their image overlap those of any other, now and then with the same class."""
    rng = np.random.default_rng(8)
    boxes = np.column_stack([rng.uniform(0, 300, (80, 2)), rng.uniform(300, 700, (80, 2))]).round(2).tolist()
    content = {
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 1000, "height": 1000} for n in range(80)],
        "categories": [{"id": n, "name": f"c{n}"} for n in range(40)],
        "annotations": [{"id": n, "image_id": n, "category_id": n % 40, "bbox": box} for n, box in enumerate(boxes)],
    }
    found = [{"image_id": (n + 9) % 80, "category_id": n % 40, "bbox": box, "score": 0.5} for n, box in enumerate(boxes)]
    dataset = open_ground_truth(write(tmp_path / "gt.json", content)).dataset
    (group,) = open_predictions(write(tmp_path / "dt.json", found), dataset).report.problems
    assert group.code == "few-labels-reached"
    assert "do image ids come from another file's numbering" in group.examples[0]


def test_a_detector_of_one_rare_class_is_not_suspected(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    boxes = np.column_stack([rng.uniform(0, 800, (400, 2)), rng.uniform(10, 100, (400, 2))]).round(2).tolist()
    content = {
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 1000, "height": 1000} for n in range(10)],
        "categories": [{"id": n, "name": f"c{n}"} for n in range(40)],
        "annotations": [{"id": n, "image_id": n % 10, "category_id": n % 40, "bbox": box} for n, box in enumerate(boxes)],
    }
    found = [{"image_id": n % 10, "category_id": 0, "bbox": boxes[n], "score": 0.5} for n in range(0, 400, 40)]
    dataset = open_ground_truth(write(tmp_path / "gt.json", content)).dataset
    assert open_predictions(write(tmp_path / "dt.json", found), dataset).report.codes == {}


@needs_shared
@pytest.mark.parametrize("run", ["centernet", "cocossd", "nanodet"])
@pytest.mark.parametrize(
    ("truth", "suspected"), [("coco_from_pascalvoc.json", False), ("coco_format_v1/instances_default.json", True)]
)
def test_real_results_against_two_numberings(truth: str, suspected: bool, run: str) -> None:
    dataset = open_ground_truth(DATA / "voc2012_100/gt" / truth).dataset
    report = open_predictions(DATA / f"voc2012_100/dets_real/{run}_coco.json", dataset).report
    assert ("few-labels-reached" in report.codes) is suspected
    assert "classes-disagree" not in report.codes
