"""DOTA goes out and comes back: corners, classes, difficulty, scores."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.quadrilaterals import in_order
from diag_gui.exceptions import ExportError
from diag_gui.formats.export import ExportRequest, export_subset
from diag_gui.formats.opening import open_ground_truth, open_predictions
from diag_gui.formats.value_columns import column_of
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.rotated_sets import random_rotated_set
from tests.examples import examples
from tests.formats.drawn_sets import drawn, labels_of, predictions_of


def exported(dataset, run, folder):
    rows = np.arange(len(dataset.images))
    return export_subset(ExportRequest(dataset, folder / "out", "dota", rows, run=run)).folder


def corners_of(objects, images) -> tuple[list[str], np.ndarray]:
    """Return the picture and the corners of each object by class: the order that files of one class each keep."""
    order = np.lexsort((np.arange(len(objects)), objects.image_row, objects.class_row))
    quads, _ = in_order(objects.quad[order])
    return [Path(images.file_name[int(row)]).stem for row in objects.image_row[order]], quads


def same_corners(objects, images, others, other_images) -> None:
    stems, quads = corners_of(objects, images)
    other_stems, other_quads = corners_of(others, other_images)
    assert stems == other_stems
    np.testing.assert_allclose(quads, other_quads, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_turned_boxes_come_back(seed, tmp_path):
    dataset, run = random_rotated_set(seed)
    out = exported(dataset, run, tmp_path)
    again = open_ground_truth(out, format="dota").dataset
    same_corners(again.ground_truth, again.images, dataset.ground_truth, dataset.images)
    back = open_predictions(out / "predictions", dataset).run
    same_corners(back.predictions, dataset.images, run.predictions, dataset.images)
    assert sorted(np.round(back.predictions.score, 9)) == sorted(np.round(run.predictions.score, 9))
    counts = [np.bincount(one.class_row, minlength=len(dataset.classes)).tolist() for one in (back.predictions, run.predictions)]
    assert counts[0] == counts[1]


@examples(40)
@given(drawn_set=drawn(decimals=6))
def test_upright_boxes_come_back(drawn_set):
    dataset, run = drawn_set
    # Quotes and commas cannot be parts of file names everywhere; names in the files are as the manifest says.
    dataset = replace(dataset, classes=replace(dataset.classes, name=tuple(f"class{n}" for n in range(len(dataset.classes)))))
    with tempfile.TemporaryDirectory() as folder:
        out = exported(dataset, run, Path(folder))
        again = open_ground_truth(out / "labelTxt").dataset
        without_ending = [(name.removesuffix(".jpg"), *rest) for name, *rest in labels_of(dataset, 6)]
        assert [(str(Path(name).with_suffix("")), *rest) for name, *rest in labels_of(again, 6)] == without_ending
        if len(run.predictions):
            back = open_predictions(out / "predictions", dataset).run
            assert predictions_of(dataset, back, 6) == predictions_of(dataset, run, 6)


def test_crowds_become_difficult_and_blanks_a_hyphen_and_it_is_said(tmp_path):
    dataset, _ = by_hand(1, 2, [(1, 1, 10, 10, 50, 50, 1), (1, 2, 100, 10, 50, 50)], [])
    dataset = replace(dataset, classes=replace(dataset.classes, name=("small vehicle", "ship")))
    out = exported(dataset, None, tmp_path)
    assert (out / "labelTxt/1.txt").read_text() == (
        "10 10 60 10 60 60 10 60 small-vehicle 1\n100 10 150 10 150 60 100 60 ship 0\n"
    )
    lost = json.loads((out / "manifest.json").read_text())["not_carried"]
    assert any("small vehicle" in line for line in lost)
    assert any("crowd" in line for line in lost)


def test_labels_that_are_difficult_by_an_attribute_alone_count_no_more_and_it_is_said(tmp_path):
    dataset, _ = by_hand(1, 2, [(1, 1, 10, 10, 50, 50), (1, 2, 100, 10, 50, 50)], [])
    column = column_of("difficult", [1.0, 0.0])
    marked = replace(dataset.ground_truth, attributes=AttributeTable(Level.GT, 2, (column,)))
    out = exported(replace(dataset, ground_truth=marked), None, tmp_path)
    said = [line for line in json.loads((out / "manifest.json").read_text())["not_carried"] if "difficult" in line]
    assert [line.split(":")[0] for line in said] == ["that labels marked difficult count here (1)"]
    again = open_ground_truth(out, format="dota")
    assert again.dataset.ground_truth.is_ignored.tolist() == [True, False]
    assert again.report.codes["difficult-ignored"] == 1
    plain = exported(dataset, None, tmp_path / "plain")
    assert not any("difficult" in line for line in json.loads((plain / "manifest.json").read_text())["not_carried"])


def test_what_could_not_be_told_apart_is_refused(tmp_path):
    dataset, _ = by_hand(2, 2, [(1, 1, 10, 10, 50, 50)], [])
    twins = replace(dataset, images=replace(dataset.images, file_name=("a.jpg", "a.png")))
    with pytest.raises(ExportError, match="one label file"):
        exported(twins, None, tmp_path)
    classes = replace(dataset, classes=replace(dataset.classes, name=("small vehicle", "small-vehicle")))
    with pytest.raises(ExportError, match="both called"):
        exported(classes, None, tmp_path)
