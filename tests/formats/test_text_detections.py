"""Detections as text: dialects told apart by their numbers, classes and images by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ReadReport
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.coco import read_ground_truth
from diag_gui.formats.coco_results import read_predictions as read_results
from diag_gui.formats.text_detections import read_predictions
from diag_gui.formats.text_dialects import DIALECTS
from diag_gui.formats.voc import read_ground_truth as read_voc
from diag_gui.formats.yolo import read_ground_truth as read_yolo
from tests.formats.coco_files import good, write
from tests.formats.reading import codes
from tests.shared_data import DATA, needs_shared


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return read_ground_truth(write(tmp_path / "gt.json", good()))[0]


def read(dataset: Dataset, folder: Path, lines: str, name: str = "1.txt", **options: str) -> tuple[Predictions, ReadReport]:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(lines)
    run, report = read_predictions(folder, dataset, **options)
    assert run.name == folder.name
    return run.predictions, report


BOXES = np.array([[16.0, 12, 32, 24], [80, 60, 40, 30], [120, 90, 40, 30]])
SCORES = [0.9, 0.8, 0.7]


def lines_of(dialect: str, word: str = "1") -> str:
    text = []
    for (x, y, w, h), score in zip(BOXES, SCORES, strict=True):
        box = {"xyxy": (x, y, x + w, y + h), "xywh": (x, y, w, h), "cxcywh": (x + w / 2, y + h / 2, w, h)}
        sides = (160, 120, 160, 120) if "relative" in dialect or "yolo" in dialect else (1, 1, 1, 1)
        order = "cxcywh" if "yolo" in dialect else dialect.split("-")[1]
        numbers = [value / side for value, side in zip(box[order], sides, strict=True)]
        values = [*numbers, score] if dialect == "yolo" or dialect.endswith("last") else [score, *numbers]
        text.append(" ".join([word, *(repr(float(value)) for value in values)]))
    return "\n".join(text)


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_every_dialect_gives_the_same_boxes_where_it_is_named(dataset: Dataset, tmp_path: Path, dialect: str) -> None:
    predictions, report = read(dataset, tmp_path / "run", lines_of(dialect, "dog"), format=dialect)
    assert (report.format, report.loaded, report.problems) == (dialect, 3, ())
    np.testing.assert_allclose(predictions.xywh, BOXES)
    assert predictions.score.tolist() == SCORES


@pytest.mark.parametrize("dialect", ["text-xyxy-last", "text-xywh-last", "text-xyxy-relative", "text-xyxy-relative-last"])
def test_numbers_tell_where_the_score_stands_and_what_a_share_is(dataset: Dataset, tmp_path: Path, dialect: str) -> None:
    predictions, report = read(dataset, tmp_path / "run", lines_of(dialect, "dog"))
    assert (report.format, codes(report)) == (dialect, {"unusual-dialect": 1})
    np.testing.assert_allclose(predictions.xywh, BOXES)


@pytest.mark.parametrize(("dialect", "usual"), [
    ("text-cxcywh", "text-xywh"), ("text-cxcywh-last", "text-xywh-last"), ("text-xywh-relative", "yolo-score-first"),
    ("text-xywh-relative-last", "yolo"),
])  # fmt: skip
def test_labels_tell_corner_from_centre_where_numbers_do_not(tmp_path: Path, dialect: str, usual: str) -> None:
    content = good()
    boxes = [[20 + 30 * n, 30 + 20 * n, 20.0, 10.0] for n in range(4)]
    content["annotations"] = [
        {"id": n, "image_id": 1, "category_id": content["categories"][0]["id"], "bbox": box, "area": 200, "iscrowd": 0}
        for n, box in enumerate(boxes, 1)
    ]
    dataset = read_ground_truth(write(tmp_path / "gt.json", content))[0]
    relative, last, centred = "relative" in dialect, dialect.endswith("last"), "cxcywh" in dialect
    name = dataset.classes.name[0]

    def line(box: list[float], *, centre: bool) -> str:
        x, y, w, h = box
        numbers = [x + centre * w / 2, y + centre * h / 2, w, h]
        if relative:
            numbers = [value / side for value, side in zip(numbers, (160, 120, 160, 120), strict=True)]
        return " ".join([name, *map(repr, [*numbers, 0.9] if last else [0.9, *numbers])])

    meant, report = read(dataset, tmp_path / "a", "\n".join(line(box, centre=centred) for box in boxes))
    assert report.format == dialect
    np.testing.assert_allclose(meant.xywh, boxes)
    _, report = read(dataset, tmp_path / "b", "\n".join(line(box, centre=not centred) for box in boxes))
    assert report.format == usual


@pytest.mark.parametrize("dialect", ["yolo", "yolo-score-first", "text-xyxy", "text-xywh"])
def test_the_usual_dialects_are_told_apart(dataset: Dataset, tmp_path: Path, dialect: str) -> None:
    predictions, report = read(dataset, tmp_path / "run", lines_of(dialect, "dog"))
    assert (report.format, report.loaded, report.problems) == (dialect, 3, ())
    np.testing.assert_allclose(predictions.xywh, BOXES)
    assert predictions.score.tolist() == SCORES
    assert [dataset.classes.name[row] for row in predictions.class_row] == ["dog"] * 3


def test_numbers_are_places_in_the_list_beside_the_files(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/classes.txt").write_text("bird\ncat\ndog\n")
    predictions, report = read(dataset, tmp_path / "run", lines_of("yolo"))
    assert dataset.classes.name[predictions.class_row[0]] == "cat"
    assert report.problems == ()


def test_numbers_without_a_list_are_places_among_the_classes_and_said_to_be(dataset: Dataset, tmp_path: Path) -> None:
    predictions, report = read(dataset, tmp_path / "run", lines_of("yolo"))
    assert dataset.classes.name[predictions.class_row[0]] == "dog"
    assert report.codes == {"classes-by-order": 1}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("dog 0.5 0.5 0.2 0.2", "no-score"),
        ("dog 0.5 0.5 0.2", "column-count"),
        ("dog 0.5 0.5 0.2 0.2 nan", "bad-score"),
        ("dog 0.5 nan 0.2 0.2 0.5", "box-not-finite"),
        ("dog 0.5 0.5 0.2 big 0.5", "not-a-number"),
        ("dog 80 60 30 20 0.5", "not-normalised"),
        ("cow 0.5 0.5 0.2 0.2 0.5", "unknown-category"),
        ("9 0.5 0.5 0.2 0.2 0.5", "unknown-category"),
    ],
)
def test_a_bad_line_is_dropped_alone_and_named(dataset: Dataset, tmp_path: Path, line: str, code: str) -> None:
    good_lines = lines_of("yolo", "dog")
    _, report = read(dataset, tmp_path / "run", f"{good_lines}\n{line}", format="yolo")
    assert (report.records, report.loaded, report.dropped) == (4, 3, 1)
    assert report.codes[code] == 1
    assert "1.txt: line 4" in next(group for group in report.problems if group.code == code).examples[0]


def test_files_of_unknown_images_are_dropped_or_refused(dataset: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(DatasetMismatchError, match="none of the 1 file names"):
        read(dataset, folder, lines_of("yolo", "dog"), name="77.txt")
    _, report = read(dataset, folder, lines_of("yolo", "dog"), name="2.txt")
    assert (report.records, report.dropped, report.codes["unknown-image"]) == (6, 3, 3)


def test_labels_and_foreign_classes_are_refused(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no line has a score"):
        read(dataset, tmp_path / "run", "dog 0.5 0.5 0.2 0.2\n")
    with pytest.raises(DatasetMismatchError, match="none of the predictions has a class"):
        read(dataset, tmp_path / "run", "cow 0.5 0.5 0.2 0.2 0.9\n")


def test_empty_files_are_no_predictions(dataset: Dataset, tmp_path: Path) -> None:
    predictions, report = read(dataset, tmp_path / "run", "")
    assert (len(predictions), report.records) == (0, 0)
    (tmp_path / "none").mkdir()
    with pytest.raises(FormatError, match="no text files"):
        read_predictions(tmp_path / "none", dataset)


def test_images_in_folders_are_told_apart_by_path(tmp_path: Path) -> None:
    content = good()
    for image, name in zip(content["images"], ("a/x.jpg", "b/x.jpg", "c.jpg"), strict=True):
        image["file_name"] = name
    dataset, _ = read_ground_truth(write(tmp_path / "gt.json", content))
    (tmp_path / "run/b").mkdir(parents=True)
    predictions, _ = read(dataset, tmp_path / "run", lines_of("yolo", "dog"), name="b/x.txt")
    assert predictions.image_row.tolist() == [1, 1, 1]
    with pytest.raises(DatasetMismatchError):
        read(dataset, tmp_path / "flat", lines_of("yolo", "dog"), name="x.txt")


@needs_shared
@pytest.mark.parametrize(
    ("name", "dialect", "n"),
    [
        ("dets_real/cocossd_txt_class_conf_x1y1x2y2", "text-xyxy", 3202),
        ("dets_repo/abs_xywh", "text-xywh", 452),
        ("dets_repo/abs_xyx2y2", "text-xyxy", 452),
        ("dets_repo/rel_xywh", "yolo-score-first", 452),
    ],
)
def test_real_detections_in_every_form(name: str, dialect: str, n: int) -> None:
    dataset, _ = read_ground_truth(DATA / "voc2012_100/gt/coco_from_pascalvoc.json")
    run, report = read_predictions(DATA / "voc2012_100" / name, dataset)
    assert (report.format, report.records, report.loaded, report.problems) == (dialect, n, n, ())
    form = "dets_real/cocossd_coco.json" if n == 3202 else "dets_repo/coco_format/coco_dets.json"
    coco, _ = read_results(DATA / "voc2012_100" / form, dataset)
    np.testing.assert_allclose(_rows(run.predictions), _rows(coco.predictions), atol=0.02)


def _rows(predictions: Predictions) -> list[tuple[float, ...]]:
    """Return image, class, box and score, in an order that files do not decide."""
    columns = np.column_stack([predictions.image_row, predictions.class_row, predictions.xywh, predictions.score])
    return sorted(map(tuple, columns.tolist()), key=lambda row: (*np.round(row[:6]), row[6]))


@needs_shared
def test_real_yolo_run_is_the_same_against_coco_and_yolo_truth() -> None:
    against = [read_ground_truth(DATA / "aerial_cars_30/coco/gt.json")[0], read_yolo(DATA / "aerial_cars_30")[0]]
    runs = [read_predictions(DATA / "aerial_cars_30/dets_nanodet_yolo", dataset) for dataset in against]
    assert [report.loaded for _, report in runs] == [2429, 2429]
    assert all(report.problems == () for _, report in runs)
    np.testing.assert_array_equal(runs[0][0].predictions.class_row, runs[1][0].predictions.class_row)
    np.testing.assert_allclose(runs[0][0].predictions.xywh, runs[1][0].predictions.xywh)
    coco, _ = read_results(DATA / "aerial_cars_30/coco/dets_nanodet.json", against[0])
    np.testing.assert_allclose(runs[0][0].predictions.xywh, coco.predictions.xywh, atol=0.02)


@needs_shared
@pytest.mark.parametrize("kind", ["classid", "classname"])
@pytest.mark.parametrize("form", ["abs_xywh", "abs_xyx2y2", "rel_xcycwh"])
def test_real_toy_detections_in_six_forms(kind: str, form: str) -> None:
    dataset, _ = read_voc(DATA / "toyexample_cats_12/gts_vocpascal_format")
    run, report = read_predictions(DATA / f"toyexample_cats_12/dets_{kind}_{form}", dataset)
    assert (report.records, report.loaded) == (12, 12)
    assert {dataset.classes.name[row] for row in run.predictions.class_row} == {"cat"}
    np.testing.assert_allclose(run.predictions.xywh[0], [12, 44, 332, 437], atol=0.5)


def test_segments_with_a_score_keep_their_polygon(dataset: Dataset, tmp_path: Path) -> None:
    text = "dog 0.1 0.1 0.5 0.1 0.5 0.6 0.75\ndog 0.5 0.5 0.2 0.2 0.9\n"
    predictions, report = read(dataset, tmp_path / "run", text)
    assert (report.format, report.loaded, report.problems) == ("yolo", 2, ())
    np.testing.assert_allclose(predictions.xywh, [[16, 12, 64, 60], [64, 48, 32, 24]])
    assert predictions.score.tolist() == [0.75, 0.9]
    assert predictions.masks is not None
    np.testing.assert_allclose(predictions.masks[0], [[16, 12, 80, 12, 80, 72]])
    assert predictions.masks[1] is None


TURNED = "0.25 0.2 0.5 0.45 0.25 0.7 0.0 0.45"


def test_four_points_and_a_score_in_every_line_are_rotated_boxes(dataset: Dataset, tmp_path: Path) -> None:
    predictions, report = read(dataset, tmp_path / "run", f"dog {TURNED} 0.9\ndog {TURNED} 0.8\n")
    assert (report.format, report.loaded, report.problems) == ("yolo-obb", 2, ())
    assert predictions.masks is None
    assert predictions.quad is not None
    np.testing.assert_allclose(predictions.quad[0], [40, 24, 80, 54, 40, 84, 0, 54])
    np.testing.assert_allclose(predictions.xywh[0], [0, 24, 80, 60])
    assert predictions.score.tolist() == [0.9, 0.8]


def test_four_points_among_other_lines_or_by_name_are_segments(dataset: Dataset, tmp_path: Path) -> None:
    mixed, _ = read(dataset, tmp_path / "mixed", f"dog {TURNED} 0.9\ndog 0.5 0.5 0.2 0.2 0.8\n")
    named, report = read(dataset, tmp_path / "named", f"dog {TURNED} 0.9\n", format="yolo")
    for predictions in (mixed, named):
        assert predictions.quad is None
        assert predictions.masks is not None
    assert report.format == "yolo"


@pytest.mark.parametrize(
    ("line", "code", "dropped"),
    [
        ("dog 0.5 0.5 0.2 0.2 0.8", "column-count", 1),
        (f"dog {TURNED}", "column-count", 1),
        (f"dog {TURNED} nan", "bad-score", 1),
        (f"dog {TURNED} 1.5", "score-out-of-range", 0),
        ("dog 40 24 80 54 40 84 0 54 0.9", "not-normalised", 1),
        ("dog 0.1 0.1 0.2 0.2 0.3 0.3 0.4 0.4 0.9", "empty-prediction-box", 0),
    ],
)
def test_odd_rotated_lines_are_named(dataset: Dataset, tmp_path: Path, line: str, code: str, dropped: int) -> None:
    predictions, report = read(dataset, tmp_path / "run", f"dog {TURNED} 0.9\n{line}\n", format="yolo-obb")
    assert (report.records, report.dropped, len(predictions)) == (2, dropped, 2 - dropped)
    assert report.codes == {code: 1}
    assert "1.txt: line 2" in report.problems[0].examples[0]


def test_rotated_labels_are_no_rotated_predictions(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no line has a score"):
        read(dataset, tmp_path / "run", f"dog {TURNED}\n", format="yolo-obb")
