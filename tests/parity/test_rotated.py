"""Rotated boxes: overlaps of shapely through the matching of pycocotools, and hotcoco's oriented boxes."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from typing import Any

import hotcoco
import numpy as np
import pytest
import shapely
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.calibration import calibrate
from diag_gui.evaluation.confusion_matrix import confusion_matrix
from diag_gui.evaluation.error_costs import error_costs
from diag_gui.evaluation.evaluator import evaluate, prepare_run, summarize
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.rotated_sets import random_rotated_set, rectangles, rotated_by_hand, shapely_table
from tests.parity.pycocotools_oracle import FIGURES, assert_every_match_equal, assert_figures_and_arrays_equal
from tests.parity.test_hotcoco import NAME_OF

Record = dict[str, Any]


def records_of(dataset: Dataset, run: Run) -> tuple[Record, list[Record]]:
    """Return COCO dicts of facts; the area is shapely's, the bounds are the box."""
    truth, found = dataset.ground_truth, run.predictions
    areas = [shapely.area(shapely.polygons(objects.quad.reshape(-1, 4, 2))).tolist() for objects in (truth, found)]
    content = {
        "info": {},
        "images": [{"id": int(image_id)} for image_id in dataset.images.image_id],
        "categories": [{"id": int(class_id), "name": str(class_id)} for class_id in dataset.classes.class_id],
        "annotations": [
            {
                "id": int(truth.annotation_id[row]),
                "image_id": int(dataset.images.image_id[truth.image_row[row]]),
                "category_id": int(dataset.classes.class_id[truth.class_row[row]]),
                "bbox": truth.xywh[row].tolist(),
                "iscrowd": int(truth.is_crowd[row]),
                "area": areas[0][row],
            }
            for row in range(len(truth))
        ],
    }
    by_place = np.argsort(found.source_index)
    results = [
        {
            "image_id": int(dataset.images.image_id[found.image_row[row]]),
            "category_id": int(dataset.classes.class_id[found.class_row[row]]),
            "bbox": found.xywh[row].tolist(),
            "score": float(found.score[row]),
            "area": areas[1][row],
        }
        for row in by_place.tolist()
    ]
    return content, results


def given_overlaps(dataset: Dataset, run: Run) -> COCOeval:
    """Evaluate with pycocotools' rules and shapely's overlaps."""
    content, results = records_of(dataset, run)
    by_source = np.argsort(run.predictions.source_index)
    table = np.zeros((len(run.predictions), len(dataset.ground_truth) + 1))
    table[:, dataset.ground_truth.annotation_id] = shapely_table(dataset, run)[by_source]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = content
        truth.createIndex()
        areas = [record["area"] for record in results]
        found = truth.loadRes(results)
        for record, area in zip(found.dataset["annotations"], areas, strict=True):
            record["area"] = area
        oracle = COCOeval(truth, found, "bbox")

        def overlaps(image_id: int, class_id: int) -> Any:
            labels, predictions = oracle._gts[image_id, class_id], oracle._dts[image_id, class_id]
            if not (labels or predictions):
                return []
            order = np.argsort([-record["score"] for record in predictions], kind="mergesort")[: oracle.params.maxDets[-1]]
            return table[np.ix_([predictions[place]["id"] - 1 for place in order], [record["id"] for record in labels])]

        oracle.computeIoU = overlaps
        oracle.evaluate()
        oracle.accumulate()
        oracle.summarize()
    return oracle


@pytest.mark.parametrize("kinds", [{}, {"crowds": True}, {"ties": True}, {"crowds": True, "ties": True}], ids=str)
@pytest.mark.parametrize("seed", range(6))
def test_every_figure_array_and_match_is_that_of_pycocotools_over_the_overlaps_of_shapely(seed, kinds):
    dataset, run = random_rotated_set(seed, **kinds)
    facts, oracle = prepare_run(dataset, run, task="rotated"), given_overlaps(dataset, run)
    assert_figures_and_arrays_equal(facts, oracle)
    assert_every_match_equal(facts, oracle)


def test_areas_are_those_of_the_shapes_not_of_their_bounds():
    """A turned slim box is small; its bounds would be large."""
    slim = rectangles([[200, 200, 200, 4, 45]])[0]
    facts = prepare_run(*rotated_by_hand(1, 1, [(1, 1, slim)], [(1, 1, slim, 0.9)]), task="rotated")
    figures = summarize(facts).figures
    assert figures["APs"] == pytest.approx(1)
    assert np.isnan(figures["APl"])
    assert facts.gt_area.tolist() == facts.pred_area.tolist() == pytest.approx([800])


def oriented_set(seed: int, **kinds: Any) -> tuple[Dataset, Run, Any]:
    """Draw rotated rectangles; also return hotcoco's evaluation of them, which knows them by centre, sides and angle."""
    dataset, run = random_rotated_set(seed, **kinds)
    # Put the truth back a little, so that hotcoco has the same numbers that we have: corners out of centre, sides, angle.
    content, results = records_of(dataset, run)
    by_source = np.argsort(run.predictions.source_index)
    obb = [_oriented(dataset.ground_truth.quad), _oriented(run.predictions.quad[by_source])]
    for records, values in zip((content["annotations"], results), obb, strict=True):
        for record, oriented in zip(records, values.tolist(), strict=True):
            record["obb"] = oriented
            del record["area"]
            if "score" not in record:
                record["area"] = oriented[2] * oriented[3]
            else:
                del record["bbox"]
    truth = hotcoco.COCO(content)
    return dataset, run, hotcoco.COCOeval(truth, truth.load_res(results), "obb")


def _oriented(quad: Any) -> Any:
    corners = np.asarray(quad).reshape(-1, 4, 2)
    along, across = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    return np.column_stack(
        [
            corners.mean(axis=1),
            np.linalg.norm(along, axis=1),
            np.linalg.norm(across, axis=1),
            np.arctan2(along[:, 1], along[:, 0]),
        ]
    )


@pytest.mark.filterwarnings("ignore:hotcoco")
@pytest.mark.parametrize("seed", range(8))
def test_figures_confusion_costs_and_calibration_are_those_of_hotcoco(seed, capsys):
    dataset, run, oracle = oriented_set(seed)
    facts = prepare_run(dataset, run, task="rotated")
    oracle.evaluate()
    oracle.accumulate()
    oracle.summarize()
    capsys.readouterr()
    figures = summarize(facts).figures
    ours = np.nan_to_num([figures[name] for name in FIGURES], nan=-1.0)
    np.testing.assert_allclose(ours, oracle.stats, rtol=0, atol=1e-9)
    for iou in (0.5, 0.75):
        params = EvaluationParams(iou_threshold=iou, score_threshold=0.0, task="rotated")
        theirs = oracle.confusion_matrix(iou_thr=iou, max_det=100_000, min_score=0.0)["matrix"]
        np.testing.assert_array_equal(confusion_matrix(facts, params).dense(), theirs)
    params = replace(params, iou_threshold=0.5)
    assert (evaluate(facts, params).per_class.tp > 0).all()
    costs, theirs = error_costs(facts, params), oracle.tide_errors(pos_thr=0.5, bg_thr=0.1)
    assert costs.count == {NAME_OF[name]: n for name, n in theirs["counts"].items()}
    for name, value in theirs["delta_ap"].items():
        assert costs.dap[NAME_OF[name]] == pytest.approx(value, abs=1e-9), name
    ours, theirs = calibrate(facts, params), oracle.calibration(n_bins=10, iou_threshold=0.5)
    assert ours.n == theirs["num_detections"]
    assert ours.ece == pytest.approx(theirs["ece"], abs=1e-9)
