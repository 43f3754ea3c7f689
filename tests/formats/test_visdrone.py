"""VisDrone labels and results: order of columns, what is to be ignored, fixed classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats.opening import open_ground_truth
from tests.formats.reading import boxes, codes, found_in, labels_of, put_text


def test_a_folder_of_labels(tmp_path: Path) -> None:
    put_text(tmp_path / "annotations" / "a.txt", "684,8,273,116,0,0,0,0", "406,119,265,70,1,4,1,2,", "10,10,5,5,0,11,0,0")
    dataset, report = labels_of(tmp_path / "annotations", "visdrone")
    assert boxes(dataset) == [
        ("a", "ignored regions", [684, 8, 273, 116]), ("a", "car", [406, 119, 265, 70]), ("a", "others", [10, 10, 5, 5])
    ]  # fmt: skip
    assert dataset.ground_truth.is_ignored.tolist() == [True, False, True]
    assert dataset.ground_truth.attributes["occlusion"].values.tolist() == [0, 2, 0]
    assert len(dataset.classes) == 12
    assert codes(report) == {}


def test_results_end_in_minus_one(tmp_path: Path) -> None:
    put_text(tmp_path / "gt" / "a.txt", "406,119,265,70,1,4,1,2")
    put_text(tmp_path / "dt" / "a.txt", "406,119,265,70,0.875,4,-1,-1", "1,1,5,5,0.5,1,-1,-1")
    dataset, _ = labels_of(tmp_path / "gt", "visdrone")
    found, _ = found_in(tmp_path / "dt", dataset, "visdrone")
    assert found.score.tolist() == [0.875, 0.5]
    assert found.class_row.tolist() == [4, 1]


def test_lines_that_do_not_fit_are_left_out_by_name(tmp_path: Path) -> None:
    path = put_text(
        tmp_path / "a.txt", "406,119,265,70,1,4,1,2", "1,2,3", "1,2,3,4,1,99,0,0", "a,2,3,4,1,4,0,0", "1,2,3,4,1,4.5,0,0"
    )
    report = open_ground_truth(path, format="visdrone").report
    assert (report.records, report.loaded) == (5, 1)
    assert codes(report) == {"column-count": 1, "unknown-category": 2, "bad-number": 1}


def test_a_bad_line_among_good_ones_is_that_line_and_not_another_format(tmp_path: Path) -> None:
    put_text(tmp_path / "a.txt", "10,8,40,30,1,4,0,0", "x,8,40,30,1,4,0,0", "10,8,40,30,1,5,0,0")
    for path in (tmp_path, tmp_path / "a.txt"):
        _, report = labels_of(path, "visdrone")
        assert (report.records, report.loaded) == (3, 2)
        assert "line 2" in report.problems[0].examples[0]


def test_a_folder_of_other_text_says_which_file_is_of_no_known_kind(tmp_path: Path) -> None:
    put_text(tmp_path / "a.txt", "dear diary", "nothing happened")
    with pytest.raises(FormatError, match=r"no known kind, the first of them a\.txt"):
        labels_of(tmp_path, "yolo")
