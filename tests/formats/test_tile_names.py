"""Predictions on tiles go back into the image the tiles were cut from, whatever format names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ReadReport
from diag_gui.exceptions import DatasetMismatchError
from diag_gui.formats.opening import open_ground_truth, open_predictions
from diag_gui.formats.tile_names import NOTHING, Tile, tile_of
from tests.formats.reading import codes, put_json, put_text

TILE = "scene__100_200_416_416_10_1000_800"
"""Cut at x 200, y 100 of an image widened by 10: a point moves by +190, +90."""


def whole(tmp_path: Path, *names: str, size: tuple[int, int] = (1000, 800)) -> Dataset:
    images = [{"id": n, "file_name": name, "width": size[0], "height": size[1]} for n, name in enumerate(names, 1)]
    box: dict[str, Any] = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [200, 100, 20, 30], "area": 600, "iscrowd": 0}
    categories = [{"id": 1, "name": "plane"}, {"id": 2, "name": "ship"}]
    return open_ground_truth(
        put_json(tmp_path / "gt.json", {"images": images, "annotations": [box], "categories": categories})
    ).dataset  # fmt: skip


def found(path: Path, dataset: Dataset, format: str = "auto") -> tuple[Predictions, ReadReport]:
    opened = open_predictions(path, dataset, format=format)
    assert opened.report.loaded + opened.report.dropped == opened.report.records
    return opened.run.predictions, opened.report


def test_a_name_says_where_the_tile_was_cut() -> None:
    assert tile_of(f"sub/{TILE}.png") == Tile("sub/scene.png", 190, 90, 416, 416, 1000, 800)
    assert tile_of("a__b.c__0_0_1_2_0_3_4") == Tile("a__b.c.tif", 0, 0, 2, 1, 3, 4)


@pytest.mark.parametrize("name", ["scene.png", "scene__1_2_3.png", "scene__1_2_3_4_5_6_x.png", "__1_2_3_4_5_6_7", TILE + "_8"])
def test_other_names_are_no_tiles(name: str) -> None:
    assert tile_of(name) is None


def test_results_that_name_tiles_move_into_the_image(tmp_path: Path) -> None:
    path = put_json(
        tmp_path / "dt.json",
        [
            {"image_id": f"{TILE}.png", "category_id": 1, "bbox": [10, 10, 20, 30], "score": 0.5},
            {"image_id": "scene.tif", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.75},
            {"image_id": "other__0_0_416_416_0_1000_800.png", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.75},
        ],
    )
    predictions, report = found(path, whole(tmp_path, "scene.tif"))
    assert predictions.xywh.tolist() == [[200, 100, 20, 30], [1, 2, 3, 4]]
    assert codes(report)["tiles-put-back"] == 1
    assert codes(report)["unknown-image"] == 1


def test_results_with_a_table_of_tiles_move_into_the_image(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 7, "file_name": f"{TILE}.png", "width": 416, "height": 416}],
        "annotations": [{"image_id": 7, "category_id": 1, "bbox": [10, 10, 20, 30], "score": 0.5}],
        "categories": [{"id": 1, "name": "plane"}],
    }
    predictions, _ = found(put_json(tmp_path / "dt.json", document), whole(tmp_path, "scene.tif"))
    assert predictions.xywh.tolist() == [[200, 100, 20, 30]]


def test_boxes_are_cut_at_the_edges_of_the_image(tmp_path: Path) -> None:
    first, last = "scene__0_0_416_416_10_1000_800", "scene__600_700_416_416_10_1000_800"
    path = put_json(
        tmp_path / "dt.json",
        [
            {"image_id": first, "category_id": 1, "bbox": [4, 2, 20, 30], "score": 0.5},
            {"image_id": last, "category_id": 1, "bbox": [300, 200, 50, 50], "score": 0.5},
        ],
    )
    predictions, _ = found(path, whole(tmp_path, "scene.tif"))
    assert predictions.xywh.tolist() == [[0, 0, 14, 22], [990, 790, 10, 10]]


def test_relative_boxes_are_shares_of_the_tile(tmp_path: Path) -> None:
    put_text(tmp_path / "dt" / f"{TILE}.txt", "plane 0.5 0.5 0.25 0.125 0.75")
    predictions, report = found(tmp_path / "dt", whole(tmp_path, "scene.tif"))
    assert report.format == "yolo"
    assert predictions.xywh.tolist() == [[190 + 208 - 52, 90 + 208 - 26, 104, 52]]


def test_rotated_boxes_and_polygons_of_tiles(tmp_path: Path) -> None:
    dataset = whole(tmp_path, "scene.tif")
    put_text(tmp_path / "dt" / f"{TILE}.txt", "plane 0.5 0.25 0.75 0.5 0.5 0.75 0.25 0.5 0.75")
    turned, _ = found(tmp_path / "dt", dataset, "yolo-obb")
    assert turned.quad is not None
    assert turned.quad.tolist() == [[398, 194, 502, 298, 398, 402, 294, 298]]
    outlined, report = found(tmp_path / "dt", dataset, "yolo")
    assert outlined.xywh.tolist() == [[294, 194, 208, 208]]
    assert outlined.masks is None
    assert "tile-masks-left-out" in codes(report)


def test_object_by_object_formats_and_dota_move_too(tmp_path: Path) -> None:
    dataset = whole(tmp_path, "scene.tif")
    frames = [{"name": f"{TILE}.png", "labels": [
        {"category": "plane", "score": 0.5, "box2d": {"x1": 10, "y1": 10, "x2": 30, "y2": 40}}]}]  # fmt: skip
    predictions, _ = found(put_json(tmp_path / "frames.json", frames), dataset)
    assert predictions.xywh.tolist() == [[200, 100, 20, 30]]
    path = put_text(tmp_path / "Task1_plane.txt", f"{TILE} 0.5 10 10 30 10 30 40 10 40")
    predictions, _ = found(path, dataset)
    assert predictions.quad is not None
    assert predictions.quad.tolist() == [[200, 100, 220, 100, 220, 130, 200, 130]]


def test_tiles_that_are_labelled_themselves_stay_where_they_are(tmp_path: Path) -> None:
    path = put_json(tmp_path / "dt.json", [{"image_id": f"{TILE}.png", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}])
    predictions, report = found(path, whole(tmp_path, f"{TILE}.png", "scene.tif"))
    assert predictions.xywh.tolist() == [[1, 2, 3, 4]]
    assert "tiles-put-back" not in codes(report)


def test_tiles_of_an_image_of_another_size_are_named(tmp_path: Path) -> None:
    path = put_json(tmp_path / "dt.json", [{"image_id": TILE, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}])
    _, report = found(path, whole(tmp_path, "scene.tif", size=(500, 400)))
    assert codes(report)["tile-of-another-size"] == 1


def test_tiles_of_no_image_do_not_belong(tmp_path: Path) -> None:
    path = put_json(tmp_path / "dt.json", [{"image_id": TILE, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}])
    with pytest.raises(DatasetMismatchError, match="do not match"):
        found(path, whole(tmp_path, "elsewhere.tif"))


def test_not_a_number_stays_none() -> None:
    boxes = np.array([[np.nan, 1.0, 2.0, 3.0]])
    assert NOTHING.moved(boxes) is not boxes
    assert np.isnan(NOTHING.moved(boxes)[0, 0])


def test_open_images_shares_are_of_the_tile(tmp_path: Path) -> None:
    shares = [10 / 416, 30 / 416, 10 / 416, 40 / 416]
    head = "ImageID,LabelName,XMin,XMax,YMin,YMax,Score\n"
    rows = [(TILE, shares), ("scene", [0.1, 0.2, 0.5, 0.75]), ("other__0_0_416_416_0_1000_800", shares)]
    lines = [f"{name},plane,{','.join(map(str, edges))},0.5\n" for name, edges in rows]
    predictions, report = found(put_text(tmp_path / "dt.csv", head + "".join(lines)), whole(tmp_path, "scene.tif"))
    np.testing.assert_allclose(predictions.xywh, [[200, 100, 20, 30], [100, 400, 100, 200]], atol=1e-9)
    assert codes(report)["tiles-put-back"] == 1
    assert codes(report)["unknown-image"] == 1
