"""Tables of labels and predictions go out and come back to the last bit, formulas included."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from diag_gui.data.attributes import Level
from diag_gui.exceptions import ExportError
from diag_gui.formats.export import ExportDecision, ExportRequest, export_subset
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.evaluation.rotated_sets import random_rotated_set
from tests.examples import examples
from tests.formats.drawn_sets import drawn, labels_of, predictions_of

ENDING = {"table": "csv", "parquet": "parquet"}


def exported(dataset, run, target, folder, **more):
    rows = np.arange(len(dataset.images))
    return export_subset(ExportRequest(dataset, folder / "out", target, rows, run=run, **more)).folder


@pytest.mark.parametrize("target", ENDING)
@examples(60)
@given(drawn_set=drawn())
def test_what_goes_out_comes_back(target, drawn_set):
    dataset, run = drawn_set
    with tempfile.TemporaryDirectory() as folder:
        out = exported(dataset, run, target, Path(folder))
        again = open_ground_truth(out / f"labels.{ENDING[target]}").dataset
        assert labels_of(again) == labels_of(dataset)
        assert set(again.images.file_name) == set(dataset.images.file_name), "images without a label are images"
        assert again.classes.name == dataset.classes.name, "classes without a label are classes"
        assert again.images.width.tolist() == dataset.images.width.tolist()
        assert sorted(str(one) for one in again.ground_truth.annotation_id) == [
            str(one) for one in dataset.ground_truth.annotation_id
        ]
        same_attributes(dataset, again)
        if len(run.predictions):
            back = open_predictions(out / f"predictions.{ENDING[target]}", dataset).run
            assert predictions_of(dataset, back) == predictions_of(dataset, run)


def same_attributes(dataset, again):
    """Compare attributes by annotation id, each as a person writes it."""
    gt, other = dataset.ground_truth, again.ground_truth
    place = {str(identifier): row for row, identifier in enumerate(other.annotation_id)}
    rows = [place[str(identifier)] for identifier in gt.annotation_id]
    for column in gt.attributes.columns:
        if column.missing.all():
            continue
        for row, its in enumerate(rows):
            written, read = column.text(row), other.attributes[column.name].text(its)
            is_number = column.kind.value == "number" and written != ""
            assert (float(read) == pytest.approx(float(written), rel=1e-5)) if is_number else read.strip() == written.strip()


def test_a_cell_that_would_run_is_quoted_in_csv_and_stands_as_it_is_in_parquet(tmp_path):
    dataset, _ = next_drawn_with("=1+1")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    text = (exported(dataset, None, "table", tmp_path / "a") / "labels.csv").read_text()
    cells = [row["class"] for row in csv.DictReader(text.splitlines())]
    assert "'=1+1" in cells
    assert "=1+1" not in cells
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(exported(dataset, None, "parquet", tmp_path / "b") / "labels.parquet").to_pydict()
    assert "=1+1" in table["class"]
    assert isinstance(table["annotation_id"][0], int)
    assert isinstance(table["x"][0], float)


def next_drawn_with(name: str):
    from tests.evaluation.coco_facts import by_hand

    dataset, run = by_hand(2, 2, [(1, 1, 10, 10, 5, 5), (1, 2, 20, 20, 5, 5)], [(1, 1, 10, 10, 5, 5, 0.5)])
    from dataclasses import replace

    return replace(dataset, classes=replace(dataset.classes, name=("car", name))), run


def test_a_class_that_is_called_by_a_number_is_not_taken_for_a_place_in_a_list(tmp_path):
    dataset, _ = next_drawn_with("0")
    out = exported(dataset, None, "table", tmp_path)
    again = open_ground_truth(out / "labels.csv").dataset
    assert labels_of(again) == labels_of(dataset)


def test_turned_boxes_tags_and_notes_travel_and_the_manifest_says_what_does_not(tmp_path):
    dataset, run = random_rotated_set(3)
    decisions = (ExportDecision(Level.GT, 0, "tag", "wrong"), ExportDecision(Level.GT, 0, "note", "too loose"))
    out = exported(dataset, run, "table", tmp_path, decisions=decisions)
    rows = list(csv.DictReader((out / "labels.csv").read_text().splitlines()))
    assert (rows[0]["tags"], rows[0]["note"], rows[1]["tags"]) == ("wrong", "too loose", "")
    assert json.loads(rows[0]["corners"]) == dataset.ground_truth.quad[0].tolist()
    assert json.loads((out / "manifest.json").read_text())["files"] == {
        "ground truth": "labels.csv",
        "predictions": "predictions.csv",
    }


def test_parquet_without_pyarrow_says_which_extra_it_needs(tmp_path, monkeypatch):
    dataset, run = next_drawn_with("bus")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r"\[parquet\]"):
        exported(dataset, run, "parquet", tmp_path)
    assert list(tmp_path.iterdir()) == []
