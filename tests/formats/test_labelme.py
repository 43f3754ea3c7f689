"""labelme files: shapes to boxes, flags to columns, pictures inside never decoded."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from diag_gui.exceptions import FormatError
from tests.formats.reading import boxes, codes, labels_of, put_json
from tests.shared_data import DATA, needs_shared


def document(*shapes: Any, **more: Any) -> dict[str, Any]:
    return {"version": "5.2", "flags": {"night": True}, "shapes": list(shapes), "imagePath": "..\\pictures\\a.jpg",
            "imageData": None, "imageHeight": 80, "imageWidth": 100, **more}  # fmt: skip


def shape(kind: str, points: Any, label: str = "car", **more: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "shape_type": kind, "group_id": None, "flags": {}, **more}


def test_each_kind_of_shape_with_an_area_becomes_a_box(tmp_path: Path) -> None:
    path = put_json(
        tmp_path / "a.json",
        document(
            shape("rectangle", [[30, 40], [10, 20]]),
            shape("polygon", [[1, 1], [11, 1], [11, 21]], "bus"),
            shape("circle", [[50, 50], [53, 54]]),
            shape("rotation", [[20, 10], [30, 20], [20, 30], [10, 20]]),
        ),
    )
    dataset, report = labels_of(path, "labelme")
    assert boxes(dataset) == [
        ("a.jpg", "car", [10, 20, 20, 20]),
        ("a.jpg", "bus", [1, 1, 10, 20]),
        ("a.jpg", "car", [45, 45, 10, 10]),
        ("a.jpg", "car", [10, 10, 20, 20]),
    ]
    gt = dataset.ground_truth
    assert gt.masks is not None and gt.masks[1] == [[1, 1, 11, 1, 11, 21]]  # noqa: PT018
    assert gt.quad is not None and gt.quad[3].tolist() == [20, 10, 30, 20, 20, 30, 10, 20]  # noqa: PT018
    assert (dataset.images.width[0], dataset.images.height[0]) == (100, 80)
    assert dataset.image_attributes["night"].text(0) == "true"
    assert codes(report) == {}


def test_what_has_no_area_or_is_broken_is_left_out_by_name(tmp_path: Path) -> None:
    path = put_json(
        tmp_path / "a.json",
        document(
            shape("rectangle", [[10, 20], [30, 40]]), shape("point", [[1, 1], [2, 2]]), shape("line", [[1, 1], [2, 2]]),
            shape("rectangle", [[1, math.nan], [2, 2]]), shape("rectangle", "x"), shape("rectangle", [[1, 2], [3, 4]], ""), 7,
        ),
    )  # fmt: skip
    _, report = labels_of(path, "labelme")
    assert (report.records, report.loaded) == (7, 1)
    assert codes(report) == {"no-area": 2, "bad-points": 2, "object-without-name": 2}
    assert "a.json: shapes[1]" in report.problems[0].examples[0]


def test_a_folder_of_files_is_one_dataset_and_a_broken_one_costs_nothing_else(tmp_path: Path) -> None:
    for name in ("a", "b"):
        put_json(tmp_path / "all" / f"{name}.json", document(shape("rectangle", [[0, 0], [9, 9]]), imagePath=f"{name}.jpg"))
    (tmp_path / "all" / "c.json").write_text("{")
    dataset, report = labels_of(tmp_path / "all", "labelme")
    assert [name for name, _, _ in boxes(dataset)] == ["a.jpg", "b.jpg"]
    assert codes(report) == {"unreadable-json": 1}


def test_extra_fields_are_columns_and_the_rest_is_text(tmp_path: Path) -> None:
    path = put_json(tmp_path / "a.json", document(shape("rectangle", [[0, 0], [9, 9]], difficult=True, description="half <b>")))
    table = labels_of(path, "labelme")[0].ground_truth.attributes
    assert (table["difficult"].text(0), table["description"].text(0)) == ("true", "half <b>")


def test_a_bad_polygon_loses_its_mask_and_keeps_its_box(tmp_path: Path) -> None:
    path = put_json(tmp_path / "a.json", document(shape("polygon", [[0, 0], [9, 9]])))
    dataset, report = labels_of(path, "labelme")
    assert dataset.ground_truth.masks == ([],)
    assert codes(report) == {"bad-mask": 1}


def test_a_single_broken_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"imagePath": "a.jpg", "shapes": [')
    with pytest.raises(FormatError, match="truncated"):
        labels_of(path, "labelme")


@needs_shared
def test_real_files_with_pictures_inside_agree_with_voc() -> None:
    dataset, report = labels_of(DATA / "voc2012_100" / "gt" / "labelme_format_8_files", "labelme")
    voc, _ = labels_of(DATA / "voc2012_100" / "gt" / "pascalvoc_format", "voc")
    of_voc = {(name.split("/")[-1], label, *box) for name, label, box in boxes(voc)}
    assert report.loaded == 16
    assert all((name, label, *box) in of_voc for name, label, box in boxes(dataset))
