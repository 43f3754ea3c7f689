"""Predictions in one text file per class: the class from the file's name, images and tiles by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.formats.reading import codes, found_in, put_json, put_text


def truth(tmp_path: Path) -> Dataset:
    images = [{"id": 1, "file_name": "000001.jpg", "width": 500, "height": 400}, {"id": 2, "file_name": "b.tif"}]
    boxes: list[dict[str, Any]] = [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 40], "area": 1200, "iscrowd": 0}
    ]
    categories = [{"id": 1, "name": "car"}, {"id": 2, "name": "dining table"}]
    return open_ground_truth(
        put_json(tmp_path / "gt.json", {"images": images, "annotations": boxes, "categories": categories})
    ).dataset  # fmt: skip


def test_a_folder_of_results_of_a_competition(tmp_path: Path) -> None:
    put_text(tmp_path / "dt" / "comp4_det_test_car.txt", "000001 0.75 10 20 40 60", "b 0.5 1 2 3 4")
    put_text(tmp_path / "dt" / "comp4_det_test_dining_table.txt", "000001.jpg 0.25 1.5 2.5 3.5 4.5")
    put_text(tmp_path / "dt" / "notes.txt", "not for us 1 2 3")
    found, report = found_in(tmp_path / "dt", truth(tmp_path), "class-files")
    assert found.xywh.tolist() == [[10, 20, 30, 40], [1.5, 2.5, 2, 2], [1, 2, 2, 2]]
    assert found.class_row.tolist() == [0, 1, 0]
    assert found.score.tolist() == [0.75, 0.25, 0.5]
    assert found.source_index.tolist() == [0, 2, 1]
    assert codes(report) == {"file-not-loaded": 1}


def test_tiles_of_a_large_image_are_told_by_their_names(tmp_path: Path) -> None:
    path = put_text(tmp_path / "car.txt", "b__100_200_416_416_0_2000_2000.png 0.75 10 20 40 60")
    found, _ = found_in(path, truth(tmp_path), "class-files")
    assert found.xywh.tolist() == [[210, 120, 30, 40]]


def test_lines_that_do_not_fit_are_left_out_by_name(tmp_path: Path) -> None:
    path = put_text(
        tmp_path / "comp4_det_test_car.txt",
        "000001 0.75 10 20 40 60", "000001 0.75 10 20 40", "000001 x 10 20 40 60", "elsewhere 0.75 10 20 40 60",
        "000001 nan 10 20 40 60", "000001 0.5 10 inf 40 60", "000001 0.5 40 60 10 20",
    )  # fmt: skip
    _, report = found_in(path, truth(tmp_path), "class-files")
    assert (report.records, report.loaded) == (7, 2)
    assert codes(report) == {
        "not-a-number": 1, "column-count": 1, "unknown-image": 1, "bad-score": 1, "box-not-finite": 1, "empty-prediction-box": 1
    }  # fmt: skip
    groups = {group.code: group.examples[0] for group in report.problems}
    assert "comp4_det_test_car.txt: line 2" in groups["column-count"]


def test_naming_the_format_takes_files_of_any_name(tmp_path: Path) -> None:
    put_text(tmp_path / "dt" / "results_v2_Dining-Table.txt", "000001 0.25 1 2 3 4")
    put_text(tmp_path / "dt" / "boat.txt", "000001 0.25 1 2 3 4")
    opened = open_predictions(tmp_path / "dt", truth(tmp_path), format="class-files")
    assert opened.run.predictions.class_row.tolist() == [1]
    assert codes(opened.report) == {"unknown-category": 1}


def test_what_belongs_to_nothing_is_refused(tmp_path: Path) -> None:
    dataset = truth(tmp_path)
    with pytest.raises(DatasetMismatchError, match="belongs to an image"):
        open_predictions(put_text(tmp_path / "comp4_det_test_car.txt", "no 0.25 1 2 3 4"), dataset)
    with pytest.raises(DatasetMismatchError, match="belongs to a category"):
        open_predictions(put_text(tmp_path / "comp4_det_test_boat.txt", "b 0.25 1 2 3 4"), dataset)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="no text files"):
        open_predictions(tmp_path / "empty", dataset, format="class-files")


def test_classes_without_a_detection_are_no_fault(tmp_path: Path) -> None:
    put_text(tmp_path / "dt" / "comp4_det_test_car.txt")
    put_text(tmp_path / "dt" / "comp4_det_test_dining table.txt", "b 0.5 1 2 3 4")
    found, report = found_in(tmp_path / "dt", truth(tmp_path), "class-files")
    assert len(found) == 1
    assert codes(report) == {}
