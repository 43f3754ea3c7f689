"""LVIS files: recognised by content, the lists of their images, the groups of their classes, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.opening import open_ground_truth
from diag_gui.formats.recognition import GROUND_TRUTH, recognise
from tests.formats.coco_files import good, write


def lvis() -> dict[str, Any]:
    content = good()
    lists = {1: ([1], []), 2: ([], [1]), 3: ([3, 2, 3], [])}
    for image in content["images"]:
        image["neg_category_ids"], image["not_exhaustive_category_ids"] = lists[image["id"]]
        image["coco_url"] = f"http://images.cocodataset.org/val2017/{image.pop('file_name')}"
    for category, frequency in zip(content["categories"], "rcf", strict=True):
        category |= {"frequency": frequency, "synset": f"{category['name']}.n.01", "synonyms": [category["name"]], "def": "x"}
    for annotation in content["annotations"]:
        del annotation["iscrowd"]
    return content


def opened(path: Path, content: dict[str, Any], **how: Any) -> tuple[Dataset, ReadReport]:
    found = open_ground_truth(write(path / "gt.json", content), **how)
    return found.dataset, found.report


def own_codes(report: ReadReport) -> dict[str, int]:
    """Return the problems, but for the pictures that these sets have none of."""
    return {code: count for code, count in report.codes.items() if code != "pictures-not-found"}


def test_it_is_recognised_by_its_images(tmp_path: Path) -> None:
    found = recognise(write(tmp_path / "gt.json", lvis()))
    assert (found.format, found.role) == ("lvis", GROUND_TRUTH)
    assert recognise(write(tmp_path / "coco.json", good())).format == "coco"


def test_lists_groups_and_names(tmp_path: Path) -> None:
    dataset, report = opened(tmp_path, lvis())
    assert report.format == dataset.source.format == "lvis"
    assert own_codes(report) == {}
    images, classes = dataset.images, dataset.classes
    assert images.file_name == ("val2017/1.jpg", "val2017/2.jpg", "val2017/3.jpg")
    assert images.verified is None
    assert images.negative is not None
    assert images.not_exhaustive is not None
    assert [rows.tolist() for rows in images.negative] == [[0], [], [1, 2]]
    assert [rows.tolist() for rows in images.not_exhaustive] == [[], [0], []]
    assert classes.frequency == ("r", "c", "f")
    assert classes.synset == ("cat.n.01", "dog.n.01", "bird.n.01")
    assert not dataset.ground_truth.is_crowd.any()


def test_lists_follow_the_images_when_these_are_put_in_order(tmp_path: Path) -> None:
    content = lvis()
    content["images"].reverse()
    content["categories"].reverse()
    dataset, _ = opened(tmp_path, content)
    assert dataset.images.negative is not None
    assert [rows.tolist() for rows in dataset.images.negative] == [[0], [], [1, 2]]
    assert dataset.classes.frequency == ("r", "c", "f")


def test_a_coco_file_says_nothing_of_the_kind(tmp_path: Path) -> None:
    dataset, report = opened(tmp_path, good())
    assert report.format == "coco"
    assert dataset.images.class_lists == {}
    assert (dataset.classes.frequency, dataset.classes.parents, dataset.classes.synset) == (None, None, None)


def test_verified_classes_make_no_lvis_of_a_coco_file(tmp_path: Path) -> None:
    content = good()
    content["images"][0]["pos_category_ids"] = [2]
    dataset, report = opened(tmp_path, content)
    assert report.format == "coco"
    assert dataset.images.verified is not None
    assert [rows.tolist() for rows in dataset.images.verified] == [[1], [], []]
    assert own_codes(report) == {"bad-class-list": 2}


@pytest.mark.parametrize(
    ("listed", "code", "rows"),
    [
        ([1, 99], "unknown-class-in-list", [0]),
        ([1, None], "unknown-class-in-list", [0]),
        ([1.0, "2"], None, [0, 1]),
        ("1", "bad-class-list", []),
        (None, "bad-class-list", []),
        (float("nan"), "bad-class-list", []),
        ({"1": 1}, "bad-class-list", []),
    ],
)
def test_bad_lists_are_named_and_the_rest_is_used(tmp_path: Path, listed: Any, code: str | None, rows: list[int]) -> None:
    content = lvis()
    content["images"][1]["neg_category_ids"] = listed
    dataset, report = opened(tmp_path, content)
    assert dataset.images.negative is not None
    assert dataset.images.negative[1].tolist() == rows
    assert own_codes(report) == ({code: 1} if code else {})
    assert code is None or "images[1]" in next(group for group in report.problems if group.code == code).examples[0]
    assert report.loaded == 4


@pytest.mark.parametrize("value", ["often", 3, None, ["r"]])
def test_a_bad_frequency_is_none(tmp_path: Path, value: Any) -> None:
    content = lvis()
    content["categories"][1]["frequency"] = value
    dataset, report = opened(tmp_path, content)
    assert dataset.classes.frequency == ("r", None, "f")
    assert own_codes(report) == {"class-without-frequency": 1}


def test_ignore_becomes_a_column_and_is_not_honoured_by_itself(tmp_path: Path) -> None:
    content = lvis()
    content["annotations"][2]["ignore"] = 1
    dataset, report = opened(tmp_path, content)
    assert not dataset.ground_truth.is_ignored.any()
    assert dataset.ground_truth.attributes["ignore"].values.tolist() == [False, False, True, False]
    assert own_codes(report) == {"ignore-field": 1}


def test_a_named_format_is_checked(tmp_path: Path) -> None:
    assert opened(tmp_path, lvis(), format="lvis")[1].format == "lvis"
    assert opened(tmp_path, lvis(), format="coco")[1].format == "lvis"
    with pytest.raises(FormatError, match="neg_category_ids"):
        opened(tmp_path, good(), format="lvis")
