"""Figures, arrays and matches are those of pycocotools on real data and on random sets that are made to be awkward."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.evaluation.evaluator import evaluate, summarize
from diag_gui.evaluation.live_evaluation import LiveEvaluator
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_columns import columns_of
from diag_gui.evaluation.streamed_figures import stream_figures
from diag_gui.evaluation.threshold_steps import prepare_steps
from tests.evaluation.coco_facts import coco_dict, coco_results
from tests.examples import examples
from tests.parity.pycocotools_oracle import (
    FIGURES,
    assert_every_match_equal,
    assert_figures_and_arrays_equal,
    facts_of,
    pycocotools_evaluation,
)
from tests.shared_data import DATA, needs_shared

VOC = DATA / "voc2012_100"
REAL = {
    "coco_val2014_100": (
        DATA / "coco_val2014_100" / "instances_val2014_100.json",
        DATA / "coco_val2014_100" / "instances_val2014_fakebbox100_results.json",
        (0.504581, 0.696973, 0.572982, 0.585626, 0.519400, 0.501398, 0.386813, 0.593680, 0.595353, 0.639811, 0.566421, 0.564291),
    ),
    "voc cocossd": (
        VOC / "gt" / "coco_from_pascalvoc.json",
        VOC / "dets_real" / "cocossd_coco.json",
        (0.480948, 0.726769, 0.522754, 0.089544, 0.224271, 0.572239, 0.399426, 0.562313, 0.565858, 0.128333, 0.324751, 0.650764),
    ),
    "voc centernet": (
        VOC / "gt" / "coco_from_pascalvoc.json",
        VOC / "dets_real" / "centernet_coco.json",
        (0.426311, 0.673570, 0.464364, 0.121584, 0.399698, 0.513276, 0.373429, 0.563151, 0.567706, 0.221667, 0.472752, 0.604073),
    ),
    "voc nanodet": (
        VOC / "gt" / "coco_from_pascalvoc.json",
        VOC / "dets_real" / "nanodet_coco.json",
        (0.415883, 0.623957, 0.466643, 0.100635, 0.409003, 0.504530, 0.411985, 0.634640, 0.642773, 0.313333, 0.561921, 0.697345),
    ),
}


@needs_shared
@pytest.mark.parametrize("name", REAL)
def test_real_data_equals_pycocotools_in_every_figure_array_and_match(name: str) -> None:
    ground_truth, results, documented = REAL[name]
    content, found = json.loads(ground_truth.read_text()), json.loads(results.read_text())
    for number, annotation in enumerate(content["annotations"], start=1):
        annotation["id"] = number  # pycocotools reads a match with id 0 as none; ours does not.
    facts = facts_of(content, found)
    oracle = pycocotools_evaluation(content, found)
    figures = summarize(facts).figures
    np.testing.assert_allclose([figures[name] for name in FIGURES], documented, atol=6e-7)
    assert_figures_and_arrays_equal(facts, oracle)
    assert_every_match_equal(facts, oracle)


@needs_shared
def test_a_part_of_the_images_equals_pycocotools_asked_for_that_part() -> None:
    ground_truth, results, _ = REAL["coco_val2014_100"]
    content, found = json.loads(ground_truth.read_text()), json.loads(results.read_text())
    facts = facts_of(content, found)
    images = np.zeros(len(facts.dataset.images), bool)
    images[::3] = True
    asked = [int(image_id) for image_id in facts.dataset.images.image_id[images]]
    assert_figures_and_arrays_equal(facts, pycocotools_evaluation(content, found, asked), images)


N_IMAGES, N_CLASSES = 3, 3
SIDES = (8, 10, 16, 32, 40, 96, 100)


@st.composite
def awkward_sets(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Few images and classes, boxes on a coarse grid and few scores: tied IoU, tied scores, crowds, areas on the bounds."""
    step = st.sampled_from((0, 4, 8, 12))
    group = (st.integers(1, N_IMAGES), st.integers(1, N_CLASSES))
    place = st.tuples(*group, step, step, st.sampled_from(SIDES), st.sampled_from(SIDES))
    any_place = st.tuples(*group, step, step, st.sampled_from((-3, 0, *SIDES)), st.sampled_from((-3, 0, *SIDES)))
    crowd = st.sampled_from((0, 0, 0, 1))
    area = st.sampled_from((None, None, 1024, 9216, 0, 2e10, 500.5))
    ground_truth = [
        (*box, is_crowd, box[4] * box[5] if given_area is None else given_area)
        for box, is_crowd, given_area in draw(st.lists(st.tuples(place, crowd, area), max_size=14))
    ]
    score = st.sampled_from((0.0, 0.1, 0.5, 0.5, 0.9, 1.0))
    sized = draw(st.lists(st.tuples(place | any_place, score), max_size=25))
    copies = draw(st.integers(0, 9))
    predictions = [(*box, value) for box, value in sized]
    predictions += [(1, 1, 4 * (k % 3), 0, 10, 10, (k % 7) / 7) for k in range(12 * copies)]
    return coco_dict(N_IMAGES, N_CLASSES, ground_truth), coco_results(predictions)


@examples(60)
@given(awkward_sets())
def test_random_sets_equal_pycocotools_in_every_figure_array_and_match(
    facts_as_dicts: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    content, results = facts_as_dicts
    facts, oracle = facts_of(content, results), pycocotools_evaluation(content, results)
    assert_figures_and_arrays_equal(facts, oracle)
    assert_every_match_equal(facts, oracle)


@examples(25)
@given(awkward_sets(), st.sets(st.integers(1, N_IMAGES), min_size=1), st.sampled_from((10, 12, 100)))
def test_random_sets_cut_and_restricted_to_images_equal_pycocotools(
    facts_as_dicts: tuple[dict[str, Any], list[dict[str, Any]]], image_ids: set[int], max_detections: int
) -> None:
    content, results = facts_as_dicts
    facts = facts_of(content, results, max_detections)
    images = np.isin(facts.dataset.images.image_id, list(image_ids))
    oracle = pycocotools_evaluation(content, results, sorted(image_ids), max_detections)
    assert_figures_and_arrays_equal(facts, oracle, images)


@pytest.mark.parametrize("seed", range(6))
def test_ap50_of_a_class_is_pycocotools_too_where_sizes_are_negative_or_huge(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = [(1 + k % 2, 1 + k % 3, 60 * k, 0, 50, 50, 0, 2e10 if random.random() < 0.2 else 2500) for k in range(12)]
    found = [
        (1 + k % 2, 1 + k % 3, 60 * (k % 12) + int(random.integers(0, 30)), 0, *random.choice([50, 50, 45, -9], 2).tolist(), s)
        for k, s in enumerate(random.random(60).tolist())
    ]
    content, results = coco_dict(2, 3, truth), coco_results(found)
    facts, oracle = facts_of(content, results), pycocotools_evaluation(content, results)
    precision = oracle.eval["precision"][0, :, :, 0, 2]
    expected = [column[column > -1].mean() if (column > -1).any() else np.nan for column in precision.T]
    at_75 = EvaluationParams(iou_threshold=0.75)
    np.testing.assert_allclose(evaluate(facts, at_75).per_class.ap50, expected, atol=1e-12)
    np.testing.assert_allclose(LiveEvaluator(prepare_steps(facts)).evaluate(at_75).per_class.ap50, expected, atol=1e-12)
    streamed = stream_figures(columns_of(facts.dataset, facts.run), at_75)
    np.testing.assert_array_equal(streamed.per_class.ap50, evaluate(facts, at_75).per_class.ap50)
    assert streamed.totals.ap50 == pytest.approx(streamed.figures["AP50"], abs=1e-15)


def test_more_than_a_hundred_predictions_of_one_class_are_cut_like_pycocotools() -> None:
    random = np.random.default_rng(5)
    content = coco_dict(1, 1, [(1, 1, 20 * k, 0, 18, 18) for k in range(40)])
    results = coco_results(
        [(1, 1, 20 * int(k % 40) + int(shift), 0, 18, 18, float(score)) for k, (shift, score) in enumerate(
            zip(random.integers(0, 9, 260), random.integers(0, 50, 260) / 50, strict=True)
        )]
    )  # fmt: skip
    facts, oracle = facts_of(content, results), pycocotools_evaluation(content, results)
    assert_figures_and_arrays_equal(facts, oracle)
    assert_every_match_equal(facts, oracle)


def test_ground_truth_with_id_zero_is_matched_here_though_pycocotools_reads_it_as_unmatched() -> None:
    content = coco_dict(1, 1, [(1, 1, 0, 0, 50, 50)])
    content["annotations"][0]["id"] = 0
    results = coco_results([(1, 1, 0, 0, 50, 50, 0.9)])
    assert pycocotools_evaluation(content, results).stats[0] == 0.0
    assert summarize(facts_of(content, results)).figures["AP"] == pytest.approx(1.0, abs=1e-12)
