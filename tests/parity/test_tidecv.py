"""Error types, their counts and their costs are those of tidecv, where its rules are ours.

On sets without crowds, with at most 100 predictions per image, ground truth for every predicted class and no equal scores,
and with tidecv's recall grid (i / 100) replaced by COCO's.
"""

from __future__ import annotations

import types
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from diag_gui.evaluation.error_costs import COST_NAMES, ClassCosts, error_costs
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts
from tests.evaluation.coco_facts import (
    GOLDEN_GROUND_TRUTH,
    GOLDEN_PREDICTIONS,
    by_hand,
    coco_dict,
    coco_results,
    dataset_from_coco,
    run_from_results,
)
from tests.evaluation.random_sets import Tuples, random_set
from tests.parity import tidecv_oracle
from tests.parity.tidecv_oracle import TIDE, Data, FalsePositiveError

SIDE = 250
"""Of the images with masks."""

KIND_OF = {
    "Cls": OutcomeKind.CLASSIFICATION,
    "Loc": OutcomeKind.LOCALIZATION,
    "Both": OutcomeKind.BOTH,
    "Dupe": OutcomeKind.DUPLICATE,
    "Bkg": OutcomeKind.BACKGROUND,
    "Miss": OutcomeKind.MISSED,
}
NAME_OF = {short: kind.name.lower() for short, kind in KIND_OF.items()} | {
    "FalsePos": "false_positive",
    "FalseNeg": "false_negative",
}


class LinspaceNumpy(types.ModuleType):
    """numpy, except that the recall grid of tidecv comes out as COCO's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def array(values: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(values, list) and len(values) == 101 and values[1] == 0.01 and values[-1] == 1.0:
            return np.linspace(0.0, 1.0, 101)
        return np.array(values, *args, **kwargs)


@pytest.fixture(autouse=True)
def recall_grid_of_coco(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidecv_oracle.ap, "np", LinspaceNumpy("numpy_with_linspace"))


def polygon_in(x: float, y: float, w: float, h: float) -> list[list[float]]:
    """Return a shape that leaves a part of its box free, the more to the right the more."""
    return [[x, y, x + w * 0.9, y, x + w, y + h * 0.4, x + w * 0.6, y + h, x, y + h * 0.8]]


def mask_in(xywh: list[float]) -> dict[str, Any]:
    return coco_mask.merge(coco_mask.frPyObjects(polygon_in(*xywh), SIDE, SIDE))


def run_tide(
    n_images: int, n_classes: int, ground_truth: Tuples, predictions: Tuples, t_f: float, t_b: float, task: str = "bbox"
) -> TIDE:
    truth, found = Data("truth"), Data("found", max_dets=10_000)
    for class_id in range(1, n_classes + 1):
        truth.add_class(class_id, str(class_id))
    for image_id in range(1, n_images + 1):
        truth.add_image(image_id, str(image_id))
        found.add_image(image_id, str(image_id))
    for image_id, class_id, *xywh, _ in ground_truth:
        truth.add_ground_truth(image_id, class_id, list(xywh), mask_in(xywh) if task == "segm" else None)
    for image_id, class_id, *xywh, score in predictions:
        found.add_detection(image_id, class_id, score, list(xywh), mask_in(xywh) if task == "segm" else None)
    tide = TIDE(pos_threshold=t_f, background_threshold=t_b, mode=TIDE.MASK if task == "segm" else TIDE.BOX)
    tide.evaluate(truth, found, name="run")
    return tide


def facts_of(n_images: int, n_classes: int, ground_truth: Tuples, predictions: Tuples, task: str) -> RunFacts:
    content, results = coco_dict(n_images, n_classes, ground_truth), coco_results(predictions)
    if task == "segm":
        for image in content["images"]:
            image |= {"width": SIDE, "height": SIDE}
        for record in (*content["annotations"], *results):
            record["segmentation"] = polygon_in(*record["bbox"])
    dataset = dataset_from_coco(content)
    return prepare_run(dataset, run_from_results(results, dataset), task=task)


def assert_equal_to_tide(
    n_images: int,
    n_classes: int,
    ground_truth: Tuples,
    predictions: Tuples,
    t_f: float = 0.5,
    t_b: float = 0.1,
    task: str = "bbox",
) -> None:
    facts = facts_of(n_images, n_classes, ground_truth, predictions, task)
    params = EvaluationParams(iou_threshold=t_f, score_threshold=0.9, background_iou=t_b, task=task)
    costs = error_costs(facts, params)
    tide = run_tide(n_images, n_classes, ground_truth, predictions, t_f, t_b, task)
    run = tide.runs["run"]

    everything = replace(params, score_threshold=-1.0)
    outcomes = evaluate(facts, everything).outcomes
    row_of_pred = {int(source): row for row, source in enumerate(facts.run.predictions.source_index)}
    row_of_gt = {int(source): row for row, source in enumerate(facts.dataset.ground_truth.source_index)}
    kind = np.full(len(predictions) + len(ground_truth), -1)
    target = np.full(len(predictions), -1)
    for error in run.errors:
        named = KIND_OF[error.short_name]
        if named is OutcomeKind.MISSED:
            kind[len(predictions) + row_of_gt[error.gt["_id"]]] = named
            continue
        row = row_of_pred[error.pred["_id"]]
        kind[row] = named
        if named in (OutcomeKind.LOCALIZATION, OutcomeKind.CLASSIFICATION):
            target[row] = row_of_gt[error.gt["_id"]]
        if named is OutcomeKind.DUPLICATE:
            suppressor = row_of_pred[error.suppressor["_id"]]
            target[row] = outcomes.target[suppressor]
    ours = np.where(np.isin(outcomes.kind, ERROR_KINDS), outcomes.kind.astype(int), -1)
    np.testing.assert_array_equal(ours, kind)
    has_target = target >= 0
    np.testing.assert_array_equal(outcomes.target[: len(predictions)][has_target], target[has_target])

    counts = {NAME_OF[error.short_name]: n for error, n in run.count_errors().items()}
    assert costs.count == counts
    assert costs.ap == pytest.approx(run.ap / 100, abs=1e-9)
    dap = tide.get_main_errors()["run"] | tide.get_special_errors()["run"]
    for short, value in dap.items():
        assert costs.dap[NAME_OF[short]] == pytest.approx(value / 100, abs=1e-9), short
    assert_classes_equal_to_tide(costs.per_class, run, n_classes)


def assert_classes_equal_to_tide(costs: ClassCosts, run: Any, n_classes: int) -> None:
    """tidecv prints totals; the list of each class that they are means of is kept in what it fixes."""
    fixed = {
        NAME_OF[error.short_name]: run.fix_errors(lambda one, error=error: isinstance(one, error)) for error in TIDE._error_types
    }
    fixed["false_positive"] = run.fix_errors(transform=FalsePositiveError.fix)
    fixed["false_negative"] = run.fix_errors(false_neg_dict=run.false_negatives)
    assert set(fixed) == set(COST_NAMES)
    for row in range(n_classes):
        base = ap_in_percent(run.ap_data, row + 1)
        assert costs.ap[row] == pytest.approx(base / 100, abs=1e-9, nan_ok=True)
        for name, of_classes in fixed.items():
            rise = ap_in_percent(of_classes, row + 1) - base
            if name not in ("false_positive", "false_negative") and rise < 0:
                rise = 0.0
            assert costs.dap(name)[row] == pytest.approx(rise / 100, abs=1e-9, nan_ok=True), (row, name)


def ap_in_percent(data: Any, class_id: int) -> float:
    """AP of one class; NaN where tidecv leaves it out of the mean."""
    found = data.objs.get(class_id)
    return found.get_ap() if found is not None and not found.is_empty() else float("nan")


def test_toy_set() -> None:
    ground_truth = [(*truth, 0) for truth in GOLDEN_GROUND_TRUTH]
    assert_equal_to_tide(3, 2, ground_truth, GOLDEN_PREDICTIONS)


@pytest.mark.parametrize("seed", range(25))
def test_random_sets_label_by_label(seed: int) -> None:
    assert_equal_to_tide(*random_set(seed))


@pytest.mark.parametrize("seed", range(12))
def test_random_sets_of_masks_label_by_label(seed: int) -> None:
    assert_equal_to_tide(*random_set(200 + seed), task="segm")


@pytest.mark.parametrize(("t_f", "t_b"), [(0.1, 0.1), (0.3, 0.05), (0.75, 0.1), (0.95, 0.3)])
def test_other_thresholds(t_f: float, t_b: float) -> None:
    for seed in range(4):
        assert_equal_to_tide(*random_set(100 + seed), t_f, t_b)


def test_classes_whose_count_falls_to_zero() -> None:
    """Few labels in many classes: missed ones are often the last of their class."""
    fell_to_zero = 0
    for seed in range(12):
        n_images, n_classes, ground_truth, predictions = random_set(seed, n_classes=9, n_gt=10, n_predictions=30)
        with_gt = {truth[1] for truth in ground_truth}
        predictions = [found for found in predictions if found[1] in with_gt]
        assert_equal_to_tide(n_images, n_classes, ground_truth, predictions)
        facts = prepare_run(*by_hand(n_images, n_classes, ground_truth, predictions))
        table = evaluate(facts, EvaluationParams(score_threshold=0.0)).per_class
        fell_to_zero += int(np.count_nonzero((table.n_gt > 0) & (table.tp == 0)))
    assert fell_to_zero > 5
