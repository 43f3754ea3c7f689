"""DOTA labels and results: layouts, lines, what is dropped and why, recognition."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.opening import OpenedGroundTruth, open_ground_truth, open_predictions
from diag_gui.formats.recognition import Role, recognise
from tests.formats.test_yolo import picture, put

HEADER = "imagesource:GoogleEarth\ngsd:0.25\n"
SHIP = "10 20 50 20 50 40 10 40 ship 0\n"
PLANE = "60.0 60.0 80.0 80.0 60.0 100.0 40.0 80.0 plane 1\n"


def labels(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        put(folder / "labelTxt" / f"{name}.txt", content)
        picture(folder / "images" / f"{name}.png")
    return folder


def opened(path: Path, **options: object) -> OpenedGroundTruth:
    return open_ground_truth(path, **options)  # type: ignore[arg-type]


def read(path: Path, **options: object) -> tuple[Dataset, ReadReport]:
    found = opened(path, **options)
    return found.dataset, found.report


def test_corners_class_and_difficulty_become_facts(tmp_path: Path) -> None:
    found = opened(labels(tmp_path, P1=HEADER + SHIP + PLANE, P2="imagesource:satellite\ngsd:null\n" + PLANE))
    dataset, truth = found.dataset, found.dataset.ground_truth
    assert (found.report.format, found.report.records, found.report.loaded) == ("dota", 3, 3)
    [group] = found.report.problems
    assert (group.code, group.count, group.drops) == ("difficult-ignored", 2, False)
    assert "2 of 3 labels are marked difficult and ignored in matching" in group.examples[0]
    assert truth.quad is not None
    assert truth.quad.tolist()[:2] == [[10, 20, 50, 20, 50, 40, 10, 40], [60, 60, 80, 80, 60, 100, 40, 80]]
    assert truth.xywh.tolist()[:2] == [[10, 20, 40, 20], [40, 60, 40, 40]]
    assert dataset.classes.name == ("plane", "ship")
    assert truth.class_row.tolist() == [1, 0, 0]
    assert truth.is_ignored.tolist() == [False, True, True]
    assert truth.attributes["difficult"].values.tolist() == [False, True, True]
    assert truth.image_row.tolist() == [0, 0, 1]
    assert dataset.images.file_name == ("P1.png", "P2.png")
    assert (dataset.images.width.tolist(), dataset.images.height.tolist()) == ([200, 200], [100, 100])
    assert [dataset.image_attributes["imagesource"].text(row) for row in (0, 1)] == ["GoogleEarth", "satellite"]
    assert dataset.image_attributes["gsd"].values[0] == 0.25
    assert dataset.image_attributes["gsd"].missing.tolist() == [False, True]
    assert found.image_root == tmp_path / "images"
    assert not dataset.sizes_are_nominal


@pytest.mark.parametrize("layout", ["labelTxt", "labelTxt-v1.0/inner", "annfiles", "labels", "."])
def test_layouts(tmp_path: Path, layout: str) -> None:
    put(tmp_path / layout / "a.txt", SHIP)
    picture(tmp_path / "images/a.png")
    found = opened(tmp_path)
    assert found.dataset.images.file_name == ("a.png",)
    assert found.image_root == tmp_path / "images"
    assert opened(tmp_path / layout / "a.txt").dataset.images.width[0] == 200


def test_the_folder_of_labels_itself_finds_the_pictures_beside_it(tmp_path: Path) -> None:
    found = opened(labels(tmp_path, P1=SHIP) / "labelTxt")
    assert found.image_root == tmp_path / "images"
    assert found.dataset.images.width[0] == 200


def test_splits_load_the_one_for_evaluation_and_say_so(tmp_path: Path) -> None:
    labels(tmp_path / "train", P1=SHIP)
    labels(tmp_path / "val", P2=PLANE)
    found = opened(tmp_path)
    assert found.dataset.images.file_name == ("P2.png",)
    assert found.report.codes == {"split-not-loaded": 1, "difficult-ignored": 1}
    assert found.dataset.image_attributes["split"].text(0) == "val"
    assert found.image_root == tmp_path / "val" / "images"


def test_several_folders_of_labels_are_a_question(tmp_path: Path) -> None:
    for name in ("labelTxt-v1.0", "labelTxt-v1.5"):
        put(tmp_path / name / "a.txt", SHIP)
    with pytest.raises(FormatError, match=r"labelTxt-v1\.0, labelTxt-v1\.5; name one"):
        read(tmp_path)
    assert read(tmp_path / "labelTxt-v1.5")[1].loaded == 1


def test_pictures_without_labels_are_no_images(tmp_path: Path) -> None:
    picture(labels(tmp_path, P1=SHIP) / "images/P9.png")
    dataset, report = read(tmp_path)
    assert dataset.images.file_name == ("P1.png",)
    assert report.codes == {"picture-without-labels": 1}


def test_without_pictures_sizes_are_not_known_and_areas_stay(tmp_path: Path) -> None:
    put(tmp_path / "P1.txt", SHIP)
    dataset, report = read(tmp_path)
    assert dataset.images.file_name == ("P1",)
    assert dataset.images.width[0] == -1
    assert not dataset.sizes_are_nominal
    assert report.codes == {"pictures-not-found": 1}
    assert "not known" in report.problems[0].examples[0]


def test_a_class_list_beside_the_labels_gives_the_order(tmp_path: Path) -> None:
    put(labels(tmp_path, P1=SHIP + PLANE) / "classes.txt", "ship\nharbor\nplane\n")
    dataset, _ = read(tmp_path)
    assert dataset.classes.name == ("ship", "harbor", "plane")
    assert dataset.ground_truth.class_row.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("line", "code", "word"),
    [
        ("10 20 50 20 50 40 10 ship 0", "not-a-number", "ship"),
        ("10 20 50 20 50 40 10", "column-count", "7 columns"),
        ("10 20 50 20 50 40 10 40", "column-count", "8 columns"),
        ("10 20 50 20 50 40 10 40 ship 0 1", "column-count", "11 columns"),
        ("10 20 50 20 50 40 10 40 ground track 0", "not-a-number", "track"),
        ("10 20 50 20 50 40 10 40 ship" + " 7" * 5000, "column-count", "5009 columns"),
        ("10 20 nan 20 50 40 10 40 ship 0", "box-not-finite", "NaN"),
        ("10 20 inf 20 50 40 10 40 ship 0", "box-not-finite", "inf"),
        ("10 20 1e400 20 50 40 10 40 ship 0", "box-not-finite", "inf"),
        ("10 20 1e12 20 1e12 40 10 40 ship 0", "box-out-of-range", "box_px"),
        ("10 20 50 20 10 20 50 20 ship 0", "zero-size-box", "zero"),
        ("10 10 20 20 30 30 40 40 ship 0", "zero-size-box", "on a line"),
        ("900 20 950 20 950 40 900 40 ship 0", "box-outside-image", "outside"),
        ("ten 20 50 20 50 40 10 40 ship 0", "not-a-number", "ten"),
    ],
)
def test_a_bad_line_is_dropped_alone_and_named(tmp_path: Path, line: str, code: str, word: str) -> None:
    dataset, report = read(labels(tmp_path, P1=f"{HEADER}{SHIP}{line}\n{PLANE}"))
    assert (report.records, report.loaded, report.dropped, report.codes) == (3, 2, 1, {code: 1, "difficult-ignored": 1})
    assert "labelTxt/P1.txt: line 4" in report.problems[0].examples[0]
    assert word in report.problems[0].examples[0]
    assert dataset.ground_truth.source_index.tolist()[0] == 0


@pytest.mark.parametrize(
    ("line", "code", "corners"),
    [
        ("10 20 50 40 50 20 10 40 ship 0", "crossing-corners", [10, 20, 50, 20, 50, 40, 10, 40]),
        ("10 20 50 20 20 25 10 40 ship 0", "corner-turns-inwards", [10, 20, 50, 20, 20, 25, 10, 40]),
        ("10 20 50 20 50 40 10 40 ship 0.7", "odd-difficulty", [10, 20, 50, 20, 50, 40, 10, 40]),
        ("-10 20 50 20 50 40 -10 40 ship 0", "box-partly-outside", [-10, 20, 50, 20, 50, 40, -10, 40]),
    ],
)
def test_an_odd_line_is_kept_and_named(tmp_path: Path, line: str, code: str, corners: list[float]) -> None:
    dataset, report = read(labels(tmp_path, P1=f"{SHIP}{line}\n"))
    assert (report.loaded, report.codes) == (2, {code: 1})
    assert "labelTxt/P1.txt: line 2" in report.problems[0].examples[0]
    assert dataset.ground_truth.quad is not None
    # Corners may begin anywhere and go either way.
    points = {tuple(point) for point in np.reshape(corners, (4, 2)).tolist()}
    assert {tuple(point) for point in dataset.ground_truth.quad[1].reshape(4, 2).tolist()} == points
    assert not dataset.ground_truth.is_ignored[1]


def test_lines_without_difficulty_windows_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    line = "10 20 50 20 50 40 10 40 ship\r\n\r\n"
    dataset, report = read(labels(tmp_path, P1=b"\xef\xbb\xbfimagesource:x\r\n" + line.encode() * 2))
    assert (report.records, report.loaded, report.problems) == (2, 2, ())
    assert "difficult" not in dataset.ground_truth.attributes.names


def test_a_file_that_is_not_text_is_left_out_and_named(tmp_path: Path) -> None:
    dataset, report = read(labels(tmp_path, P1=SHIP, P2=b"\xff\xfe1\0 2\0", P3=b"10 20 50 20 50 40 10 40 sh\xefp 0\n"))
    assert (report.loaded, report.codes) == (1, {"unreadable-label-file": 2})
    assert len(dataset.images) == 3


def test_an_empty_file_is_an_image_without_objects(tmp_path: Path) -> None:
    dataset, report = read(labels(tmp_path, P1=SHIP, P2=HEADER, P3=""))
    assert (len(dataset.images), report.records) == (3, 1)


@pytest.mark.parametrize(
    ("name", "content", "role"),
    [
        ("P1.txt", HEADER + SHIP, Role.GROUND_TRUTH),
        ("other.txt", SHIP + "broken line\n" + PLANE, Role.GROUND_TRUTH),
        ("P1.txt", "10 20 50 20 50 40 10 40 ship\n", Role.GROUND_TRUTH),
        ("P1.txt", "10 20 50 20 50 40 10 40 ship 0.93\n", Role.PREDICTIONS),
        ("Task1_ship.txt", "P1 0.93 10 20 50 20 50 40 10 40\n", Role.PREDICTIONS),
        ("Task2_ship.txt", "P1 0.93 10 20 50 40\n", Role.PREDICTIONS),
    ],
)
def test_recognition_by_content(tmp_path: Path, name: str, content: str, role: Role) -> None:
    found = recognise(put(tmp_path / "one" / name, content))
    assert (found.format, found.role) == ("dota", role), found.reason
    assert recognise(tmp_path / "one").role is role


def test_labels_of_yolo_are_not_taken_for_dota(tmp_path: Path) -> None:
    for content in ("0 .1 .1 .5 .1 .5 .6 .1 .6\n", "0 .1 .1 .5 .1 .5 .6 .1 .6 .9\n", "P1 0.9 10 20 50 20 50 40 10 40\n"):
        assert recognise(put(tmp_path / "a.txt", content)).format == "yolo"


def run_of(dataset: Dataset, path: Path, **options: str) -> tuple[Run, ReadReport]:
    found = open_predictions(path, dataset, **options)
    return found.run, found.report


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return read(labels(tmp_path / "truth", P1=SHIP + PLANE, P2=PLANE))[0]


TURNED = "60 60 80 80 60 100 40 80"


def test_results_of_task_1(dataset: Dataset, tmp_path: Path) -> None:
    put(tmp_path / "run/Task1_ship.txt", "P1 0.9 10 20 50 20 50 40 10 40\n")
    put(tmp_path / "run/Task1_plane.txt", f"P2 0.8 {TURNED}\nP1 0.7 {TURNED}\n")
    run, report = run_of(dataset, tmp_path / "run")
    found = run.predictions
    assert (report.format, report.records, report.loaded, report.problems) == ("dota", 3, 3, ())
    assert found.image_row.tolist() == [0, 0, 1]
    assert found.class_row.tolist() == [0, 1, 0]
    assert found.score.tolist() == [0.7, 0.9, 0.8]
    assert found.source_index.tolist() == [1, 2, 0]
    assert found.quad is not None
    assert found.quad[0].tolist() == [60, 60, 80, 80, 60, 100, 40, 80]
    assert found.xywh[0].tolist() == [40, 60, 40, 40]
    one, report = run_of(dataset, tmp_path / "run/Task1_ship.txt")
    assert (report.records, one.name) == (1, "Task1_ship")


def test_results_of_task_2_are_upright_boxes(dataset: Dataset, tmp_path: Path) -> None:
    put(tmp_path / "run/Task2_ship.txt", "P1 0.9 10 20 50 40\n")
    found = run_of(dataset, tmp_path / "run")[0].predictions
    assert found.quad is None
    assert found.xywh.tolist() == [[10, 20, 40, 20]]


def test_of_both_tasks_the_first_is_read_and_said(dataset: Dataset, tmp_path: Path) -> None:
    put(tmp_path / "run/Task1_ship.txt", "P1 0.9 10 20 50 20 50 40 10 40\n")
    put(tmp_path / "run/Task2_ship.txt", "P1 0.9 10 20 50 40\n")
    run, report = run_of(dataset, tmp_path / "run")
    assert run.predictions.quad is not None
    assert (report.records, report.codes) == (1, {"file-not-loaded": 1})


def test_files_per_class_of_any_name_where_the_format_is_named(dataset: Dataset, tmp_path: Path) -> None:
    put(tmp_path / "run/ship.txt", "P1 0.9 10 20 50 20 50 40 10 40\n")
    put(tmp_path / "run/Plane.txt", f"P2 0.8 {TURNED}\n")
    found = run_of(dataset, tmp_path / "run", format="dota")[0].predictions
    assert found.class_row.tolist() == [1, 0]
    put(tmp_path / "upright/ship.txt", "P1 0.9 10 20 50 40\n")
    assert run_of(dataset, tmp_path / "upright", format="dota")[0].predictions.xywh.tolist() == [[10, 20, 40, 20]]


@pytest.mark.parametrize("asked", ["auto", "dota"])
def test_one_file_per_picture(dataset: Dataset, tmp_path: Path, asked: str) -> None:
    put(tmp_path / "run/P1.txt", f"{TURNED} plane 0.7\n10 20 50 20 50 40 10 40 ship 0.9\n{TURNED} plane\n")
    put(tmp_path / "run/P2.txt", f"{TURNED} plane 1e-3\n")
    run, report = run_of(dataset, tmp_path / "run", format=asked)
    assert (report.records, report.loaded, report.codes) == (4, 3, {"column-count": 1})
    assert run.predictions.score.tolist() == [0.7, 0.9, 0.001]
    assert run.predictions.image_row.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("line", "code", "dropped"),
    [
        ("P9 0.9 10 20 50 20 50 40 10 40", "unknown-image", 1),
        ("P1 0.9 10 20 50 20 50 40 10", "column-count", 1),
        ("P1 0.9 10 20 50 40", "column-count", 1),
        ("P1", "column-count", 1),
        ("P1 nan 10 20 50 20 50 40 10 40", "bad-score", 1),
        ("P1 0.9 10 nan 50 20 50 40 10 40", "box-not-finite", 1),
        ("P1 0.9 10 1e300 50 20 50 40 10 40", "box-out-of-range", 1),
        ("P1 0.9 ten 20 50 20 50 40 10 40", "not-a-number", 1),
        ("P1 7.5 10 20 50 20 50 40 10 40", "score-out-of-range", 0),
        ("P1 0.9 10 10 20 20 30 30 40 40", "empty-prediction-box", 0),
        ("P1 0.9 900 20 950 20 950 40 900 40", "prediction-outside-image", 0),
        ("P1 0.9 10 20 50 40 50 20 10 40", "crossing-corners", 0),
    ],
)
def test_every_line_of_results_is_accounted_for(dataset: Dataset, tmp_path: Path, line: str, code: str, dropped: int) -> None:
    put(tmp_path / "run/Task1_ship.txt", f"P1 0.9 10 20 50 20 50 40 10 40\n{line}\n")
    run, report = run_of(dataset, tmp_path / "run")
    assert (report.records, report.dropped, len(run.predictions)) == (2, dropped, 2 - dropped)
    assert list(report.codes) == [code]
    assert "Task1_ship.txt: line 2" in report.problems[0].examples[0]


def test_unknown_classes_and_other_peoples_images(dataset: Dataset, tmp_path: Path) -> None:
    put(tmp_path / "run/Task1_ship.txt", "P1 0.9 10 20 50 20 50 40 10 40\n")
    put(tmp_path / "run/Task1_bridge.txt", "P1 0.9 10 20 50 20 50 40 10 40\n")
    assert run_of(dataset, tmp_path / "run")[1].codes == {"unknown-category": 1}
    with pytest.raises(DatasetMismatchError, match="none of the predictions has a class"):
        run_of(dataset, tmp_path / "run/Task1_bridge.txt")
    put(tmp_path / "other/Task1_ship.txt", "X1 0.9 10 20 50 20 50 40 10 40\n")
    with pytest.raises(DatasetMismatchError, match=r"X1, \.\.\."):
        run_of(dataset, tmp_path / "other")


def test_labels_are_no_predictions_and_the_other_way_round(dataset: Dataset, tmp_path: Path) -> None:
    put(tmp_path / "run/P1.txt", f"{TURNED} plane 0.7\n")
    with pytest.raises(FormatError, match="looks like predictions"):
        read(tmp_path / "run")
    with pytest.raises(FormatError, match="has a score: predictions were expected"):
        run_of(dataset, tmp_path / "truth", format="dota")
    with pytest.raises(FormatError, match="predictions were expected"):
        run_of(dataset, tmp_path / "truth")


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\xff\xfe\0", b"Task" * 99, b"1 " * 100_000, b"\n" * 1000])
def test_rubbish_is_refused_or_counted_never_a_crash(dataset: Dataset, tmp_path: Path, content: bytes) -> None:
    put(tmp_path / "run/Task1_ship.txt", content)
    put(tmp_path / "labels/a.txt", content)
    for read_it in (
        lambda: run_of(dataset, tmp_path / "run", format="dota")[1],
        lambda: read(tmp_path / "labels", format="dota")[1],
    ):
        with contextlib.suppress(FormatError, DatasetMismatchError):
            report = read_it()
            assert (report.loaded, report.dropped) == (0, report.records)
