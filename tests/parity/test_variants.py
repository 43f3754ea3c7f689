"""AP and AR over any IoU thresholds and limits are those of pycocotools with these parameters."""

from __future__ import annotations

import contextlib
import copy
import io
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from diag_gui.evaluation.average_precision import IOU_GRID
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from diag_gui.evaluation.run_facts import prepare_run
from diag_gui.evaluation.variants import Variants, parse_ious, parse_limits, variant_figures
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import coco_dict, coco_results, run_from_results
from tests.evaluation.federated_sets import federated_dataset, federated_set
from tests.evaluation.random_sets import random_set
from tests.parity.pycocotools_oracle import facts_of


def oracle(content: dict[str, Any], results: list[dict[str, Any]], ious: list[float], limits: list[int]) -> COCOeval:
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy({"info": {}, **content})
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(copy.deepcopy(results)), "bbox")
        evaluation.params.iouThrs = np.array(ious)
        evaluation.params.maxDets = limits
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


def mean(values: np.ndarray) -> float:
    return float(values[values > -1].mean())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kinds", [{}, {"crowds": True, "ties": True}], ids=str)
def test_any_thresholds_and_limits(seed: int, kinds: dict[str, bool]) -> None:
    n_images, n_classes, truth, predictions = random_set(seed, n_predictions=400, **kinds)
    content, results = coco_dict(n_images, n_classes, truth), coco_results(predictions)
    ious, limits = [0.15, 0.3, 0.42, 0.75, 0.9], [1, 4, 7, 100]
    found = variant_figures(
        facts_of(content, results, 7), EvaluationParams(max_detections=7), Variants(tuple(ious), tuple(limits))
    )
    asked, standard = (oracle(content, results, list(which), limits) for which in (ious, IOU_GRID))
    expected = {}
    for m, limit in enumerate(limits):
        for name, evaluation in ((f"ious_max{limit}", asked), (f"max{limit}", standard)):
            expected[f"AP_{name}"] = mean(evaluation.eval["precision"][:, :, :, 0, m])
            expected[f"AR_{name}"] = mean(evaluation.eval["recall"][:, :, 0, m])
    expected |= {"AP_ious": expected["AP_ious_max7"], "AR_ious": expected["AR_ious_max7"]}
    assert found.figures == pytest.approx(expected, abs=1e-9)
    by_iou = [mean(asked.eval["precision"][t, :, :, 0, 2]) for t in range(len(ious))]
    assert found.ap == pytest.approx(by_iou, abs=1e-9)
    assert found.ar == pytest.approx([mean(asked.eval["recall"][t, :, 0, 2]) for t in range(len(ious))], abs=1e-9)
    of_classes = asked.eval["precision"][:, :, :, 0, 2].mean(axis=(0, 1))
    np.testing.assert_allclose(found.ap_ious, of_classes, rtol=0, atol=1e-9)


def test_other_rules_have_thresholds_too_but_no_limits() -> None:
    content, results = federated_set(1)
    dataset = federated_dataset(content)
    facts = prepare_run(dataset, run_from_results(results, dataset))
    lvis = EvaluationParams(rules=RuleSettings(Rules.LVIS))
    found = variant_figures(facts, lvis, Variants(tuple(IOU_GRID.tolist())))
    assert found.figures["AP_ious"] == pytest.approx(facts.by_rules(lvis.rules).summarize(0.5).figures["AP"], abs=1e-12)
    assert found.figures["AR_ious"] == pytest.approx(facts.by_rules(lvis.rules).summarize(0.5).figures["AR300"], abs=1e-12)
    with pytest.raises(EvaluationError, match="COCO's"):
        variant_figures(facts, lvis, Variants(limits=(10,)))


def test_a_range_is_cocos_to_the_bit() -> None:
    assert parse_ious("0.5:0.95:0.05") == tuple(IOU_GRID.tolist())
    assert parse_ious("0.3:0.9:0.1") == pytest.approx((0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9))
    assert parse_ious("0.3:0.55:0.1") == pytest.approx((0.3, 0.4, 0.5))
    assert parse_ious("0.75,0.5") == (0.75, 0.5)
    assert Variants(parse_ious("0.75,0.5,0.5"), parse_limits("100,1,10")) == Variants((0.5, 0.75), (1, 10, 100))


@pytest.mark.parametrize("text", ["", "a", "0.5;0.7", "0.5:0.9", "0.5:0.9:0", "0.9:0.5:0.1", "0.5:0.9:-1", "0:1:1e-9", "nan:1:1"])
def test_what_is_no_list_of_thresholds_is_refused(text: str) -> None:
    with pytest.raises(EvaluationError, match="--ious"):
        parse_ious(text)


@pytest.mark.parametrize("ious", [(0.0,), (1.5,), (float("nan"),), tuple(np.linspace(0.1, 0.9, 101))])
def test_thresholds_out_of_range_are_refused(ious: tuple[float, ...]) -> None:
    with pytest.raises(EvaluationError, match="--ious"):
        Variants(ious)


@pytest.mark.parametrize("text", ["", "1.5", "a,b", "1,,2"])
def test_what_is_no_list_of_limits_is_refused(text: str) -> None:
    with pytest.raises(EvaluationError, match="--limits"):
        parse_limits(text)


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(EvaluationError, match="--limits"):
        Variants(limits=(0,))
