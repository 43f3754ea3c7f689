"""Boxes in ``.npy`` columns: to the bit what the same boxes in COCO's JSON are, and every doubt said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from diag_gui.exceptions import DatasetMismatchError, FormatError, LimitError
from diag_gui.formats import limits, numpy_columns
from diag_gui.formats.npy_column import NpyColumn
from diag_gui.formats.opening import open_ground_truth, open_predictions, recognise
from diag_gui.formats.recognition import GROUND_TRUTH, PREDICTIONS, UNKNOWN
from diag_gui.formats.streamed_reading import open_columns

IMAGES, CLASSES = [2, 3, 4, 7], [1, 5, 6]
TRUTH = {
    "image_id": np.array([2, 2, 7, 3], np.int32),
    "category_id": np.array([1, 5, 5, 6], np.int64),
    "bbox": np.array([[1, 2, 30, 40], [5.25, 5, 10, 10], [0, 0, 50, 50], [8, 8, 9, 9.5]]),
    "area": np.array([1100.5, 100, np.nan, 85.5]),
    "iscrowd": np.array([0, 1, 0, 0], np.uint8),
    "images": np.array(IMAGES),
    "categories": np.array(CLASSES),
}
FOUND = {
    "image_id": np.array([7, 2, 2, 4], np.int64),
    "category_id": np.array([5, 1, 5, 6], np.int32),
    "bbox": np.array([[0, 0, 50, 49], [1, 2, 30, 41], [5, 5, 10, 10], [1, 1, 5, 5]], np.float64),
    "score": np.array([0.9, 0.8, 0.3, 0.2]),
}


def put(folder: Path, beginning: str, columns: dict[str, np.ndarray]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, array in columns.items():
        np.save(folder / f"{beginning}{name}.npy", array)
    return folder / f"{beginning}bbox.npy"


@pytest.fixture
def gt(tmp_path):
    return put(tmp_path / "gt", "gt_", TRUTH)


@pytest.fixture
def found(tmp_path):
    return put(tmp_path / "found", "net_", FOUND)


@pytest.fixture
def dataset(gt):
    return open_ground_truth(gt).dataset


def as_coco(tmp_path):
    objects = zip(TRUTH["image_id"], TRUTH["category_id"], TRUTH["bbox"], TRUTH["area"], TRUTH["iscrowd"], strict=True)
    annotations = [
        {"id": n, "image_id": int(image), "category_id": int(category), "bbox": box.tolist(), "iscrowd": int(crowd)}
        | ({"area": float(area)} if area == area else {})
        for n, (image, category, box, area, crowd) in enumerate(objects, 1)
    ]
    images = [{"id": one, "file_name": f"{one}", "width": 0, "height": 0} for one in IMAGES]
    (tmp_path / "gt.json").write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": [{"id": n, "name": str(n)} for n in CLASSES]})
    )
    records = zip(FOUND["image_id"], FOUND["category_id"], FOUND["bbox"], FOUND["score"], strict=True)
    results = [
        {"image_id": int(image), "category_id": int(category), "bbox": box.tolist(), "score": float(score)}
        for image, category, box, score in records
    ]
    (tmp_path / "net.json").write_text(json.dumps(results))
    return tmp_path / "gt.json", tmp_path / "net.json"


def test_the_same_facts_as_of_json(gt, found, tmp_path):
    coco_gt, coco_results = as_coco(tmp_path)
    ours, theirs = open_ground_truth(gt).dataset, open_ground_truth(coco_gt).dataset
    for name in ("image_row", "class_row", "xywh", "area", "is_crowd", "annotation_id", "source_index"):
        np.testing.assert_array_equal(getattr(ours.ground_truth, name), getattr(theirs.ground_truth, name), err_msg=name)
    np.testing.assert_array_equal(ours.ground_truth.has_area, theirs.ground_truth.has_area)
    np.testing.assert_array_equal(ours.images.image_id, theirs.images.image_id)
    assert ours.classes.name == theirs.classes.name
    ours, theirs = open_predictions(found, ours).run, open_predictions(coco_results, theirs).run
    for name in ("image_row", "class_row", "xywh", "score", "source_index"):
        np.testing.assert_array_equal(getattr(ours.predictions, name), getattr(theirs.predictions, name), err_msg=name)
    assert (ours.name, ours.source.format) == ("net_bbox", "numpy")


def test_recognised_by_any_file_and_by_the_folder(gt, found):
    for path, role in ((gt, GROUND_TRUTH), (found, PREDICTIONS)):
        for named in (path, path.parent, path.with_name(path.name.replace("bbox", "image_id"))):
            assert (recognise(named).format, recognise(named).role) == ("numpy", role)
    np.save(gt.parent / "other.npy", np.arange(3))
    assert recognise(gt.parent / "other.npy").role == UNKNOWN


def test_both_kinds_in_one_folder_are_told_apart_by_the_score(gt):
    beside = put(gt.parent, "net_", FOUND)
    assert len(open_ground_truth(gt.parent).dataset.ground_truth) == 4
    dataset = open_ground_truth(gt).dataset
    assert len(open_predictions(gt.parent, dataset).run.predictions) == 4
    assert len(open_predictions(beside, dataset).run.predictions) == 4
    with pytest.raises(FormatError, match=r"looks like predictions|no columns"):
        open_ground_truth(beside)


def test_images_that_nobody_listed_are_every_number_between_and_that_is_said(tmp_path):
    path = put(tmp_path, "", {name: array for name, array in TRUTH.items() if name not in ("images", "categories")})
    opened = open_ground_truth(path)
    assert opened.dataset.images.image_id.tolist() == [2, 3, 4, 5, 6, 7]
    assert opened.dataset.classes.name == ("1", "2", "3", "4", "5", "6")
    assert {"images-not-listed", "classes-not-listed"} <= set(opened.report.codes)


def test_of_numbers_far_apart_those_that_occur_are_the_images(tmp_path):
    columns = {name: array for name, array in TRUTH.items() if name != "images"}
    columns["image_id"] = np.array([3_000_000, 0, 0, 7])
    opened = open_ground_truth(put(tmp_path, "", columns))
    assert opened.dataset.images.image_id.tolist() == [0, 7, 3_000_000]
    assert opened.dataset.ground_truth.image_row.tolist() == [0, 0, 1, 2]
    group = next(group for group in opened.report.problems if group.code == "images-not-listed")
    assert "the 3 that occur are taken" in str(group)


def test_numbers_far_apart_are_no_list_of_images(tmp_path, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "n_images", 1000)
    columns = {name: array for name, array in TRUTH.items() if name != "images"}
    columns["image_id"] = np.array([1, 2, 3, 5000])
    with pytest.raises(LimitError, match="n_images"):
        open_ground_truth(put(tmp_path, "", columns))


def test_what_is_left_out_is_said(gt, dataset):
    columns = {name: array.copy() for name, array in FOUND.items()}
    columns["image_id"][0], columns["category_id"][1], columns["bbox"][2, 1] = 99, 77, np.nan
    opened = open_predictions(put(gt.parent.parent / "odd", "", columns), dataset)
    assert opened.report.codes == {"unknown-image": 1, "unknown-category": 1, "box-not-finite": 1}
    assert (opened.report.records, opened.report.loaded) == (4, 1)
    columns["score"][3] = np.nan
    columns["image_id"][:] = 99
    with pytest.raises(DatasetMismatchError, match="none of the 4"):
        open_predictions(put(gt.parent.parent / "odd", "", columns), dataset)


def test_labels_of_no_listed_image_or_of_no_size_are_dropped(tmp_path):
    columns = {name: array.copy() for name, array in TRUTH.items()}
    columns["image_id"][1], columns["bbox"][2, 2] = 5, 0
    opened = open_ground_truth(put(tmp_path, "", columns))
    assert opened.report.codes["unknown-image"] == opened.report.codes["zero-size-box"] == 1
    assert opened.dataset.ground_truth.source_index.tolist() == [0, 3]


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("bbox", np.zeros((4, 3)), "shape"),
        ("bbox", np.zeros((3, 4)), "shape"),
        ("score", np.zeros(5), "shape"),
        ("score", np.array(["a"] * 4), "type"),
        ("image_id", np.array([1.5, 2, 3, 4]), "type"),
        ("category_id", np.array([None] * 4, object), "no column that can be read"),
    ],
)
def test_columns_that_do_not_fit_name_the_file(dataset, tmp_path, name, array, said):
    path = put(tmp_path / "bad", "", {**FOUND, name: array})
    with pytest.raises(FormatError, match=said) as caught:
        open_predictions(path, dataset)
    assert f"{name}.npy" in str(caught.value)


def test_a_damaged_file_is_refused(found, dataset):
    found.write_bytes(found.read_bytes()[:100])
    with pytest.raises(FormatError, match=r"net_bbox\.npy"):
        open_predictions(found, dataset)
    found.with_name("net_score.npy").unlink()
    with pytest.raises(FormatError, match="score"):
        open_predictions(found, dataset)


def test_walked_through_they_stay_in_their_files(dataset, tmp_path):
    order = np.argsort(FOUND["image_id"], kind="stable")
    path = put(tmp_path / "sorted", "", {name: array[order].astype(np.float32) if name == "score" else array[order]
                                         for name, array in FOUND.items()})  # fmt: skip
    opened = open_columns(path, dataset)
    assert isinstance(opened.columns.pred_xywh, NpyColumn)
    assert opened.columns.scores_are_float32
    whole = open_predictions(path, dataset)
    np.testing.assert_array_equal(opened.columns.pred_offsets, whole.run.predictions.image_offsets)
    np.testing.assert_array_equal(opened.columns.pred_class, whole.run.predictions.class_row)
    assert opened.reports == whole.reports
    assert (opened.run.name, opened.run.source.sha256) == (whole.run.name, whole.run.source.sha256)


@pytest.mark.parametrize("spoil", ["order", "image", "class", "box", "score"])
def test_walked_through_what_is_odd_is_read_row_by_row(dataset, tmp_path, spoil):
    order = np.argsort(FOUND["image_id"], kind="stable")
    columns = {name: array[order].copy() for name, array in FOUND.items()}
    match spoil:
        case "order":
            columns = dict(FOUND)
        case "image":
            columns["image_id"][-1] = 99
        case "class":
            columns["category_id"][0] = 77
        case "box":
            columns["bbox"][1, 0] = np.inf
        case "score":
            columns["score"][2] = np.nan
    path = put(tmp_path / "odd", "", columns)
    opened, whole = open_columns(path, dataset), open_predictions(path, dataset)
    np.testing.assert_array_equal(opened.columns.pred_xywh, whole.run.predictions.xywh)
    assert opened.reports == whole.reports


def change_after(monkeypatch, name):
    """Let the box column change when ``name`` of the module has been called, with its size and time set back."""
    original = getattr(numpy_columns, name)

    def changing(columns, *rest, **more):
        answer = original(columns, *rest, **more)
        if "score" in columns:
            file = columns["image"].path.with_name("bbox.npy")
            about = file.stat()
            with file.open("r+b") as opened:
                opened.seek(-8, 2)
                opened.write(np.float64(9.0).tobytes())
            os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
        return answer

    monkeypatch.setattr(numpy_columns, name, changing)


def walked_through(path, dataset):
    open_columns(path, dataset).refuse_changed()


@pytest.mark.parametrize("opens", [open_predictions, walked_through])
def test_a_column_that_changes_while_it_is_read_is_refused(dataset, tmp_path, monkeypatch, opens):
    order = np.argsort(FOUND["image_id"], kind="stable")
    path = put(tmp_path / "sorted", "", {name: array[order] for name, array in FOUND.items()})
    change_after(monkeypatch, "rows_of_facts")
    with pytest.raises(FormatError, match="changed while it was read"):
        opens(path, dataset)


def test_a_column_at_rest_is_not_refused(dataset, tmp_path):
    order = np.argsort(FOUND["image_id"], kind="stable")
    opened = open_columns(put(tmp_path / "sorted", "", {name: array[order] for name, array in FOUND.items()}), dataset)
    opened.refuse_changed()
    assert len(opened.stored) == 1
