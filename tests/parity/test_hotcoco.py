"""The confusion matrix, error costs and calibration are those of hotcoco, where its rules are ours."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hotcoco import COCO, COCOeval

from diag_gui.evaluation.any_class_matching import match_any_class
from diag_gui.evaluation.calibration import calibrate
from diag_gui.evaluation.confusion_matrix import ConfusionMatrix, confusion_matrix
from diag_gui.evaluation.error_costs import error_costs
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import coco_dict, coco_results, dataset_from_coco, run_from_results
from tests.evaluation.random_sets import random_set
from tests.shared_data import DATA, needs_shared

NAME_OF = {
    "Cls": "classification",
    "Loc": "localization",
    "Both": "both",
    "Dupe": "duplicate",
    "Bkg": "background",
    "Miss": "missed",
    "FP": "false_positive",
    "FN": "false_negative",
}
VOC = DATA / "voc2012_100"
REAL_RUNS = {
    "coco_val2014_100": (
        DATA / "coco_val2014_100" / "instances_val2014_100.json",
        DATA / "coco_val2014_100" / "instances_val2014_fakebbox100_results.json",
    ),
    "cocossd": (VOC / "gt" / "coco_from_pascalvoc.json", VOC / "dets_real" / "cocossd_coco.json"),
    "centernet": (VOC / "gt" / "coco_from_pascalvoc.json", VOC / "dets_real" / "centernet_coco.json"),
    "nanodet": (VOC / "gt" / "coco_from_pascalvoc.json", VOC / "dets_real" / "nanodet_coco.json"),
}
COCO_MASKS = (
    DATA / "coco_val2014_100" / "instances_val2014_100.json",
    DATA / "coco_val2014_100" / "instances_val2014_fakesegm100_results.json",
)
Records = list[dict[str, Any]]


def hotcoco_of(content: dict[str, Any], results: Records, task: str = "bbox") -> COCOeval:
    truth = COCO(json.loads(json.dumps(content)))
    return COCOeval(truth, truth.load_res(json.loads(json.dumps(results))), task)


def records_of(seed: int, **kinds: Any) -> tuple[dict[str, Any], Records]:
    n_images, n_classes, ground_truth, predictions = random_set(seed, **kinds)
    return coco_dict(n_images, n_classes, ground_truth), coco_results(predictions)


def assert_confusion_equal(content: dict[str, Any], results: Records, iou: float, score: float, task: str = "bbox") -> None:
    """Compare whole matrices. hotcoco leaves crowds out but does not excuse predictions that lie on one of their class."""
    dataset = dataset_from_coco(content)
    facts = prepare_run(dataset, run_from_results(results, dataset), task=task)
    kept = facts.run.predictions.score >= score
    ours = confusion_matrix(facts, EvaluationParams(iou_threshold=iou, score_threshold=score, task=task)).dense()
    _, is_excused = match_any_class(facts.pairs, facts.ranking, facts.gt_ignored, kept, iou)
    ours[-1] += np.bincount(facts.run.predictions.class_row[is_excused], minlength=len(ours))
    theirs = hotcoco_of(content, results, task).confusion_matrix(iou_thr=iou, max_det=100_000, min_score=score)
    np.testing.assert_array_equal(ours, theirs["matrix"])
    rows, columns = np.nonzero(ours)
    whole = ConfusionMatrix(len(ours) - 1, rows.astype(np.int32), columns.astype(np.int32), ours[rows, columns])
    # There a row in which nothing stands has shares of 0.
    np.testing.assert_allclose(np.nan_to_num(whole.dense_shares("ground truth")), theirs["normalized"], atol=1e-12)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kinds", [{}, {"crowds": True}, {"ties": True}, {"crowds": True, "ties": True}], ids=str)
def test_confusion_matrix_of_random_sets(seed: int, kinds: dict[str, bool]) -> None:
    content, results = records_of(seed, **kinds)
    for iou in (0.3, 0.5, 0.8):
        for score in (0.0, 0.5):
            assert_confusion_equal(content, results, iou, score)


@needs_shared
@pytest.mark.parametrize("score", [0.0, 0.25, 0.7])
@pytest.mark.parametrize("run", REAL_RUNS)
def test_confusion_matrix_of_real_data(run: str, score: float) -> None:
    ground_truth, results = REAL_RUNS[run]
    assert_confusion_equal(json.loads(ground_truth.read_text()), json.loads(results.read_text()), 0.5, score)


@needs_shared
@pytest.mark.parametrize(("iou", "score"), [(0.5, 0.0), (0.5, 0.25), (0.6, 0.5), (0.75, 0.1)])
def test_masks_of_real_data(iou: float, score: float) -> None:
    ground_truth, results = COCO_MASKS
    content, found = json.loads(ground_truth.read_text()), json.loads(results.read_text())
    assert_confusion_equal(content, found, iou, score, "segm")
    dataset = dataset_from_coco(content)
    facts = prepare_run(dataset, run_from_results(found, dataset), task="segm")
    ours = calibrate(facts, EvaluationParams(iou_threshold=iou, task="segm"))
    oracle = hotcoco_of(content, found, "segm")
    oracle.evaluate()
    theirs = oracle.calibration(n_bins=10, iou_threshold=iou)
    assert ours.ece == pytest.approx(theirs["ece"], abs=1e-9)
    assert ours.bins.n.tolist() == [entry["count"] for entry in theirs["bins"]]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("iou", [0.5, 0.6, 0.75])
def test_error_costs_where_no_class_loses_its_last_label(seed: int, iou: float) -> None:
    content, results = records_of(seed)
    dataset = dataset_from_coco(content)
    facts = prepare_run(dataset, run_from_results(results, dataset))
    params = EvaluationParams(iou_threshold=iou, score_threshold=0.0)
    assert (evaluate(facts, params).per_class.tp > 0).all()
    costs = error_costs(facts, params)
    oracle = hotcoco_of(content, results)
    oracle.evaluate()
    theirs = oracle.tide_errors(pos_thr=iou, bg_thr=0.1)
    assert costs.ap == pytest.approx(theirs["ap_base"], abs=1e-9)
    assert costs.count == {NAME_OF[name]: n for name, n in theirs["counts"].items()}
    for name, value in theirs["delta_ap"].items():
        assert costs.dap[NAME_OF[name]] == pytest.approx(value, abs=1e-9), name


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kinds", [{}, {"crowds": True}, {"ties": True}], ids=str)
@pytest.mark.parametrize("n_bins", [10, 7])
def test_calibration(seed: int, kinds: dict[str, bool], n_bins: int) -> None:
    content, results = records_of(seed, **kinds)
    dataset = dataset_from_coco(content)
    ours = calibrate(prepare_run(dataset, run_from_results(results, dataset)), EvaluationParams(), n_bins=n_bins)
    oracle = hotcoco_of(content, results)
    oracle.evaluate()
    theirs = oracle.calibration(n_bins=n_bins, iou_threshold=0.5)
    assert ours.n == theirs["num_detections"]
    assert ours.ece == pytest.approx(theirs["ece"], abs=1e-9)
    assert ours.mce == pytest.approx(theirs["mce"], abs=1e-9)
    assert ours.bins.n.tolist() == [entry["count"] for entry in theirs["bins"]]
    per_class = dict(zip(dataset.classes.name, ours.per_class.ece.tolist(), strict=True))
    assert {name: per_class[name] for name in theirs["per_category"]} == pytest.approx(theirs["per_category"], abs=1e-9)
