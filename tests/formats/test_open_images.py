"""Open Images tables: shares to pixels, decimal commas, class codes, group-of boxes, detections."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from diag_gui.formats.opening import open_ground_truth
from tests.formats.reading import boxes, codes, found_in, labels_of, put_text
from tests.shared_data import DATA, needs_shared

HEADER = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsGroupOf"


def picture(path: Path, width: int = 200, height: int = 100) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.zeros((height, width, 3), np.uint8))


def test_shares_become_pixels_of_the_picture_and_codes_names(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    put_text(tmp_path / "class-descriptions-boxable.csv", "/m/01,Car", "/m/02,Bus")
    path = put_text(tmp_path / "boxes.csv", HEADER, "a,x,/m/02,1,0.1,0.6,0.2,0.4,1,0", "a,x,/m/01,1,0,0.5,0,0.5,-1,1")
    dataset, report = labels_of(path, "openimages")
    assert boxes(dataset) == [("a", "Bus", [20, 20, 100, 20]), ("a", "Car", [0, 0, 100, 50])]
    assert dataset.ground_truth.is_crowd.tolist() == [False, True]
    assert [dataset.ground_truth.attributes["isoccluded"].text(row) for row in range(2)] == ["1", ""]
    assert not dataset.sizes_are_nominal
    assert codes(report) == {}


def test_without_pictures_a_nominal_size_is_said(tmp_path: Path) -> None:
    dataset, report = labels_of(put_text(tmp_path / "boxes.csv", HEADER, "a,x,Car,1,0.1,0.6,0.2,0.4,0,0"), "openimages")
    assert dataset.sizes_are_nominal
    assert codes(report) == {"nominal-image-size": 1}


def test_rows_that_do_not_fit_are_left_out_by_name(tmp_path: Path) -> None:
    rows = [
        "a,x,Car,1,0.1,0.6,0.2,0.4,0,0",
        "a,x,,1,0.1,0.6,0.2,0.4,0,0",
        "a,x,Car,1,x,0.6,0.2,0.4,0,0",
        "a,x,Car,1,10,60,20,40,0,0",
    ]
    path = put_text(tmp_path / "boxes.csv", HEADER, *rows, "a,x,Car,1,0.1,0.6,0.2,0.4,0,0,7,8,9")
    report = open_ground_truth(path).report
    assert (report.records, report.loaded) == (5, 1)
    assert codes(report) == {
        "row-length": 1, "nominal-image-size": 1, "object-without-name": 1, "bad-box": 1, "not-normalised": 1
    }  # fmt: skip


def test_a_score_makes_detections_of_it(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    dataset, _ = labels_of(put_text(tmp_path / "gt.csv", HEADER, "a,x,Car,1,0.1,0.6,0.2,0.4,0,0"), "openimages")
    header = "ImageID,LabelName,Score,XMin,XMax,YMin,YMax"
    path = put_text(tmp_path / "dt.csv", header, "a,Car,0.75,0.1,0.6,0.2,0.4", "b,Car,0.5,0,1,0,1", "a,Car,,0,1,0,1")
    found, report = found_in(path, dataset, "openimages")
    assert found.xywh.round(9).tolist() == [[20, 20, 100, 20]]
    assert codes(report) == {"unknown-image": 1, "no-score": 1}


@needs_shared
def test_the_real_table_with_decimal_commas_agrees_with_voc() -> None:
    dataset, report = labels_of(DATA / "voc2012_100" / "gt" / "openimages_format" / "all_bounding_boxes.csv", "openimages")
    voc, _ = labels_of(DATA / "voc2012_100" / "gt" / "pascalvoc_format", "voc")
    assert report.loaded == 273
    ours, theirs = (sorted((name, label, *np.round(box).tolist()) for name, label, box in boxes(one)) for one in (dataset, voc))
    assert ours == theirs
