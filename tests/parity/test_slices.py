"""AP of slices against pycocotools: COCO's areas as object slices, any images as image slices, any labels as ignored ones."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import evaluate, summarize
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slices import SliceDefinition, SliceResult, evaluate_slices
from tests.evaluation.coco_facts import coco_dict, coco_results
from tests.evaluation.random_sets import random_set
from tests.parity.pycocotools_oracle import facts_of, pycocotools_evaluation
from tests.shared_data import DATA, needs_shared

Records = list[dict[str, Any]]
AREAS = (
    SliceDefinition("small", "area <= 1024"),
    SliceDefinition("medium", "area BETWEEN 1024 AND 9216"),
    SliceDefinition("large", "area BETWEEN 9216 AND 1e10"),
)


def slices_of(facts: RunFacts, *definitions: SliceDefinition, max_detections: int = 100) -> tuple[SliceResult, ...]:
    return evaluate_slices(facts, evaluate(facts, EvaluationParams(max_detections=max_detections)), definitions)


def real_sets() -> list[Any]:
    coco = DATA / "coco_val2014_100"
    voc = DATA / "voc2012_100"
    sets = [(coco / "instances_val2014_100.json", coco / "instances_val2014_fakebbox100_results.json")]
    sets += [(voc / "gt" / "coco_from_pascalvoc.json", voc / "dets_real" / f"{n}_coco.json") for n in ("centernet", "nanodet")]
    return [pytest.param(*paths, id=paths[1].stem) for paths in sets]


def assert_areas_equal(content: dict[str, Any], results: Records) -> None:
    facts = facts_of(content, results)
    stats = pycocotools_evaluation(content, results).stats
    for found, expected in zip(slices_of(facts, *AREAS), stats[3:6], strict=True):
        assert found.ap == pytest.approx(expected if expected >= 0 else np.nan, abs=1e-9, nan_ok=True)


@needs_shared
@pytest.mark.parametrize(("truth", "results"), real_sets())
def test_areas_of_real_data(truth: Any, results: Any) -> None:
    assert_areas_equal(json.loads(truth.read_text()), json.loads(results.read_text()))


@pytest.mark.parametrize("kinds", [{}, {"crowds": True}, {"ties": True, "crowds": True}])
@pytest.mark.parametrize("seed", range(4))
def test_areas_of_random_sets(seed: int, kinds: dict[str, bool]) -> None:
    n_images, n_classes, truth, predictions = random_set(seed, n_gt=80, n_predictions=250, **kinds)
    assert_areas_equal(coco_dict(n_images, n_classes, truth), coco_results(predictions))


@pytest.mark.parametrize("seed", range(3))
def test_an_image_slice_is_the_evaluation_of_its_images(seed: int) -> None:
    n_images, n_classes, truth, predictions = random_set(seed, n_images=20, n_gt=100, n_predictions=300, crowds=True)
    content, results = coco_dict(n_images, n_classes, truth), coco_results(predictions)
    wanted = [4, 7, 8, 13, 20]
    listed = ", ".join(f"'{image_id}.jpg'" for image_id in wanted)
    facts = facts_of(content, results)
    (found,) = slices_of(facts, SliceDefinition("some", f"file_name IN ({listed})"))
    oracle = pycocotools_evaluation(content, results, image_ids=wanted).stats
    assert (found.ap, found.ap50) == pytest.approx((oracle[0], oracle[1]), abs=1e-9)
    images = np.isin(np.arange(1, n_images + 1), wanted)
    totals = evaluate(facts, EvaluationParams(), images=images).totals
    assert (found.images, found.gt, found.tp, found.fp, found.fn) == (5, totals.n_gt, totals.tp, totals.fp, totals.fn)
    assert (found.precision, found.recall, found.f1) == (totals.precision, totals.recall, totals.f1)
    assert found.mean_iou == pytest.approx(totals.mean_iou)


def test_asked_images_hold_for_every_slice() -> None:
    n_images, n_classes, truth, predictions = random_set(9, n_images=20, n_gt=100, n_predictions=300)
    content, results = coco_dict(n_images, n_classes, truth), coco_results(predictions)
    facts = facts_of(content, results)
    wanted = list(range(1, 11))
    images = np.arange(n_images) < 10
    evaluation = evaluate(facts, EvaluationParams(), images=images)
    everything = SliceDefinition("all", "n_gt >= 0")
    found = evaluate_slices(facts, evaluation, (everything, *AREAS))
    oracle = pycocotools_evaluation(content, results, image_ids=wanted).stats
    assert (found[0].images, found[0].gt) == (10, evaluation.totals.n_gt)
    expected = [oracle[0], *oracle[3:6]]
    figures = summarize(facts, images=images).figures
    for one, value in zip(found, expected, strict=True):
        assert one.ap == pytest.approx(value if value >= 0 else np.nan, abs=1e-9, nan_ok=True)
    assert found[2].ap == pytest.approx(figures["APm"], abs=1e-12)


def test_the_cut_of_predictions_holds_for_slices() -> None:
    n_images, n_classes, truth, predictions = random_set(2, n_gt=60, n_predictions=400)
    content, results = coco_dict(n_images, n_classes, truth), coco_results(predictions)
    facts = facts_of(content, results, 3)
    figures = summarize(facts).figures
    found = slices_of(facts, *AREAS, max_detections=3)
    assert [one.ap for one in found] == pytest.approx([figures[name] for name in ("APs", "APm", "APl")], abs=1e-9, nan_ok=True)
