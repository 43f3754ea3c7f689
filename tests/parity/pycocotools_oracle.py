"""pycocotools run on COCO dicts, and the comparison of everything it says with ours."""

from __future__ import annotations

import contextlib
import copy
import io
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from diag_gui.evaluation.area_ranges import AREA_RANGES
from diag_gui.evaluation.average_precision import IOU_GRID
from diag_gui.evaluation.evaluator import prepare_run, summarize
from diag_gui.evaluation.matching import match
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts
from tests.evaluation.coco_facts import dataset_from_coco, run_from_results

FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")


def pycocotools_evaluation(
    content: dict[str, Any],
    results: list[dict[str, Any]],
    image_ids: list[int] | None = None,
    max_detections: int = 100,
    task: str = "bbox",
) -> COCOeval:
    """Evaluate with pycocotools; the dicts are not touched."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy({"info": {}, **content})
        truth.createIndex()
        if results:
            found = truth.loadRes(copy.deepcopy(results))
        else:
            found = COCO()
            found.dataset = {"images": content["images"], "categories": content["categories"], "annotations": []}
            found.createIndex()
        evaluation = COCOeval(truth, found, task)
        if image_ids is not None:
            evaluation.params.imgIds = image_ids
        evaluation.params.maxDets = [1, 10, max_detections]
        evaluation.evaluate()
        evaluation.accumulate()
        if max_detections == 100:
            evaluation.summarize()
    return evaluation


def facts_of(content: dict[str, Any], results: list[dict[str, Any]], max_detections: int = 100, task: str = "bbox") -> RunFacts:
    """Prepare our facts from the same dicts."""
    dataset = dataset_from_coco(content)
    return prepare_run(dataset, run_from_results(results, dataset), max_detections=max_detections, task=task)


def assert_figures_and_arrays_equal(facts: RunFacts, oracle: COCOeval, images: np.ndarray | None = None) -> None:
    """Compare the 12 figures and the precision, recall and score arrays, to 1e-9."""
    summary = summarize(facts, images=images)
    if len(oracle.stats):
        ours = [summary.figures[name] for name in FIGURES]
        np.testing.assert_allclose(np.nan_to_num(ours, nan=-1.0), oracle.stats, rtol=0, atol=1e-9)
    arrays = summary.arrays(tuple(oracle.params.maxDets))
    np.testing.assert_allclose(arrays.precision, oracle.eval["precision"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(arrays.recall, oracle.eval["recall"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(arrays.scores, oracle.eval["scores"], rtol=0, atol=1e-9)


def assert_every_match_equal(facts: RunFacts, oracle: COCOeval) -> None:
    """Compare matches and ignore flags at every IoU threshold and area range, by one rematch each and by the bits."""
    predictions, gt = facts.run.predictions, facts.dataset.ground_truth
    summary = summarize(facts)
    row_of_gt_id = {int(gt_id): row for row, gt_id in enumerate(gt.annotation_id)}
    row_of_pred_id = {int(source) + 1: row for row, source in enumerate(predictions.source_index)}
    for a, (_, low, high) in enumerate(AREA_RANGES):
        records = [record for record in oracle.evalImgs if record is not None and record["aRng"] == [low, high]]
        for t, threshold in enumerate(IOU_GRID):
            ours = match(
                facts.pairs,
                facts.ranking,
                predictions,
                EvaluationParams(iou_threshold=float(threshold), max_detections=facts.max_detections),
                gt_ignored=facts.gt_ignored | (facts.gt_area < low) | (facts.gt_area > high),
                pred_outside=(facts.pred_area < low) | (facts.pred_area > high),
            )
            gt_row_of_pred = np.full(len(predictions), -1)
            pred_row_of_gt = np.full(len(gt), -1)
            pred_ignored = np.zeros(len(predictions), bool)
            gt_ignored = np.zeros(len(gt), bool)
            considered = np.zeros(len(predictions), bool)
            for record in records:
                for d, pred_id in enumerate(record["dtIds"]):
                    row = row_of_pred_id[pred_id]
                    considered[row] = True
                    pred_ignored[row] = record["dtIgnore"][t, d]
                    if record["dtMatches"][t, d]:
                        gt_row_of_pred[row] = row_of_gt_id[int(record["dtMatches"][t, d])]
                for g, gt_id in enumerate(record["gtIds"]):
                    row = row_of_gt_id[gt_id]
                    gt_ignored[row] = record["gtIgnore"][g]
                    if record["gtMatches"][t, g]:
                        pred_row_of_gt[row] = row_of_pred_id[int(record["gtMatches"][t, g])]
            np.testing.assert_array_equal(ours.gt_row_of_pred, gt_row_of_pred)
            np.testing.assert_array_equal(ours.pred_row_of_gt, pred_row_of_gt)
            np.testing.assert_array_equal(ours.pred_ignored[considered], pred_ignored[considered])
            np.testing.assert_array_equal(ours.gt_ignored, gt_ignored)
            bit = np.uint64(a * len(IOU_GRID) + t)
            np.testing.assert_array_equal((summary.matched >> bit & np.uint64(1)) == 1, gt_row_of_pred >= 0)
            by_bits = (summary.ignored >> bit & np.uint64(1)) == 1
            np.testing.assert_array_equal(by_bits[considered], pred_ignored[considered])
