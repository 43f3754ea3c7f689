"""Folders by class and outcome hold as many pictures as `evaluate` counts, each showing its box."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import ExportError
from diag_gui.formats.export import ExportRequest, FailureSelection, Pictures, export_subset
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set


def exported(dataset, run, folder, root, pictures=Pictures.NONE, rows=None, params=None):
    facts = prepare_run(dataset, run)
    evaluation = evaluate(facts, params or EvaluationParams())
    chosen = np.arange(len(dataset.images)) if rows is None else np.array(rows)
    selection = FailureSelection(facts, evaluation, np.zeros(0, np.int32))
    request = ExportRequest(
        dataset, folder / "out", "outcomes", chosen, run=run, failures=selection, image_root=root, pictures=pictures
    )
    return export_subset(request), evaluation


def painted(dataset, folder: Path) -> Path:
    """Write a picture for each image: every label's box filled with a colour of its own."""
    folder.mkdir()
    for row, name in enumerate(dataset.images.file_name):
        pixels = np.full((int(dataset.images.height[row]), int(dataset.images.width[row]), 3), 30, np.uint8)
        for label in np.flatnonzero(dataset.ground_truth.image_row == row).tolist():
            x, y, w, h = (int(value) for value in dataset.ground_truth.xywh[label])
            pixels[y : y + h, x : x + w] = (0, 40 + label, 200)
        cv2.imwrite(str(folder / Path(name).with_suffix(".png").name), pixels)
    return folder


def as_png(dataset):
    from dataclasses import replace

    names = tuple(str(Path(name).with_suffix(".png")) for name in dataset.images.file_name)
    return replace(dataset, images=replace(dataset.images, file_name=names))


@pytest.mark.parametrize("seed", [1, 2])
def test_there_are_as_many_pictures_as_are_counted(seed, tmp_path):
    dataset, run = by_hand(*random_set(seed, crowds=True, n_gt=24, n_predictions=60))
    dataset = as_png(dataset)
    result, evaluation = exported(dataset, run, tmp_path, painted(dataset, tmp_path / "images"))
    assert evaluation.totals.tp > 0
    for row, name in enumerate(dataset.classes.name):
        for outcome in ("tp", "fp", "fn"):
            found = len(list((result.folder / name / outcome).glob("*.png"))) if (result.folder / name / outcome).is_dir() else 0
            assert found == getattr(evaluation.per_class, outcome)[row], (name, outcome)
    assert {key: result.counts[key] for key in ("tp", "fp", "fn")} == {
        key: getattr(evaluation.totals, key) for key in ("tp", "fp", "fn")
    }


def test_a_picture_shows_its_box_and_the_list_says_which(tmp_path):
    dataset, run = by_hand(
        1, 1, [(1, 1, 100, 100, 40, 20), (1, 1, 300, 300, 50, 50)], [(1, 1, 100, 100, 40, 20, 0.9), (1, 1, 10, 10, 30, 30, 0.8)]
    )
    dataset = as_png(dataset)
    result, _ = exported(dataset, run, tmp_path, painted(dataset, tmp_path / "images"))
    [found] = (result.folder / "a/tp").iterdir()
    assert found.name == "1__0.900_0.png"
    pixels = cv2.imread(str(found))
    assert pixels.shape == (24, 48, 3), "a tenth of the sides around it"
    assert pixels[12, 24].tolist() == [0, 40, 200]
    assert pixels[0, 0].tolist() == [30, 30, 30]
    rows = list(csv.DictReader((result.folder / "outcomes.csv").read_text().splitlines()))
    assert [(row["outcome"], row["picture"], row["gt_id"], row["score"]) for row in rows] == [
        ("tp", "a/tp/1__0.900_0.png", "1", "0.9"),
        ("fp", "a/fp/1__0.800_1.png", "", "0.8"),
        ("fn", "a/fn/1__label_2.png", "2", ""),
    ]
    assert json.loads(rows[0]["pred_bbox"]) == [100.0, 100.0, 40.0, 20.0]


def test_whole_pictures_stand_once_per_folder(tmp_path):
    truth = [(1, 1, 100, 100, 40, 20), (1, 1, 300, 300, 50, 50), (2, 1, 100, 100, 40, 20)]
    dataset, run = by_hand(2, 1, truth, [])
    dataset = as_png(dataset)
    result, _ = exported(dataset, run, tmp_path, painted(dataset, tmp_path / "images"), Pictures.COPY)
    assert sorted(path.name for path in (result.folder / "a/fn").iterdir()) == ["1.png", "2.png"]
    assert (result.folder / "a/fn/1.png").read_bytes() == (tmp_path / "images/1.png").read_bytes()
    assert result.counts["fn"] == 3


def test_only_the_chosen_images_and_no_picture_stops_nothing(tmp_path):
    dataset, run = by_hand(2, 1, [(1, 1, 100, 100, 40, 20), (2, 1, 100, 100, 40, 20)], [])
    result, _ = exported(dataset, run, tmp_path, None, rows=[1])
    assert result.counts == {"images": 1, "tp": 0, "fp": 0, "fn": 1, "pictures": 0, "pictures_missing": 1}
    assert (result.folder / "outcomes.csv").is_file()


def test_boxes_beside_the_picture_are_listed_without_one(tmp_path):
    dataset, run = by_hand(1, 1, [(1, 1, 100, 100, 40, 20)], [(1, 1, 5000, 10, 30, 30, 0.8)])
    dataset = as_png(dataset)
    result, _ = exported(dataset, run, tmp_path, painted(dataset, tmp_path / "images"))
    assert result.counts["pictures_missing"] == 1
    assert result.counts["fp"] == 1


def test_classes_whose_folders_would_be_one_keep_apart(tmp_path):
    from dataclasses import replace

    dataset, run = by_hand(1, 3, [(1, 1, 100, 100, 40, 20), (1, 2, 200, 100, 40, 20), (1, 3, 300, 100, 40, 20)], [])
    dataset = as_png(replace(dataset, classes=replace(dataset.classes, name=("Car", "car", "../x"))))
    result, _ = exported(dataset, run, tmp_path, painted(dataset, tmp_path / "images"))
    folders = sorted(path.name for path in result.folder.iterdir() if path.is_dir())
    assert folders == ["Car", "_._x", "car__2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "out"]


def test_outcomes_need_predictions(tmp_path):
    dataset, _ = by_hand(1, 1, [(1, 1, 100, 100, 40, 20)], [])
    with pytest.raises(ExportError, match="needs predictions"):
        export_subset(ExportRequest(dataset, tmp_path / "out", "outcomes", np.array([0])))
