"""KITTI labels and detections: columns, DontCare, unknown values."""

from __future__ import annotations

from pathlib import Path

from diag_gui.formats.opening import open_ground_truth
from tests.formats.reading import boxes, codes, found_in, labels_of, put_text

CAR = "Car 0.00 0 -1.58 587.01 173.33 614.12 200.12 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59"
DONT_CARE = "DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10"


def test_a_folder_of_labels(tmp_path: Path) -> None:
    put_text(tmp_path / "label_2" / "000000.txt", CAR, DONT_CARE)
    put_text(tmp_path / "label_2" / "000001.txt", CAR.replace("Car", "Van").replace(" 0 ", " 2 ", 1))
    dataset, report = labels_of(tmp_path / "label_2", "kitti")
    assert boxes(dataset) == [
        ("000000", "Car", [587.01, 173.33, 27.11, 26.79]),
        ("000000", "DontCare", [503.89, 169.71, 86.72, 20.42]),
        ("000001", "Van", [587.01, 173.33, 27.11, 26.79]),
    ]
    gt = dataset.ground_truth
    assert gt.is_ignored.tolist() == [False, True, False]
    assert [gt.attributes["occluded"].text(row) for row in range(3)] == ["0", "", "2"]
    assert gt.attributes["z_m"].missing.tolist() == [False, True, False]
    assert codes(report) == {}


def test_lines_of_another_length_or_with_words_are_left_out_by_name(tmp_path: Path) -> None:
    path = put_text(tmp_path / "a.txt", CAR, CAR, CAR, CAR.replace("614.12", "nan"), CAR.replace("1.65", "x"), "Car 1 2")
    report = open_ground_truth(path, format="kitti").report
    assert (report.records, report.loaded) == (6, 3)
    assert codes(report) == {"bad-number": 1, "column-count": 1, "box-not-finite": 1}
    assert "a.txt: line 5" in report.problems[0].examples[0]


def test_a_sixteenth_column_is_the_score(tmp_path: Path) -> None:
    put_text(tmp_path / "gt" / "000000.txt", CAR)
    put_text(tmp_path / "dt" / "000000.txt", f"{CAR} 0.75", f"{CAR} nan")
    dataset, _ = labels_of(tmp_path / "gt", "kitti")
    found, report = found_in(tmp_path / "dt", dataset, "kitti")
    assert (found.score.tolist(), codes(report)) == ([0.75], {"bad-score": 1})
