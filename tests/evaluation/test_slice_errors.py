"""Error types inside slices: an image slice is its images, an object slice is charged with its own errors only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.evaluation.error_costs import error_costs
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slices import SliceDefinition, SliceResult, evaluate_slices
from tests.evaluation.attributed_sets import with_columns
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set

SMALL, LARGE = (10, 10), (100, 100)
TRUTH = [(1, 1, 0, 0, *SMALL), (1, 1, 200, 200, *LARGE), (1, 1, 900, 900, *SMALL), (2, 1, 0, 0, *LARGE)]
FOUND = [
    (1, 1, 0, 0, *SMALL, 0.9),
    (1, 1, 200, 200, 30, 100, 0.8),
    (1, 1, 600, 600, *LARGE, 0.7),
    (1, 1, 500, 500, *SMALL, 0.2),
    (2, 1, 0, 0, *LARGE, 0.6),
    (2, 1, 0, 0, 90, 100, 0.5),
]


def slices_of(*expressions: str, **gt_columns: list[object]) -> list[SliceResult]:
    facts = prepare_run(*with_columns(by_hand(2, 1, TRUTH, FOUND), gt=gt_columns))
    definitions = [SliceDefinition(text, text) for text in expressions]
    return list(evaluate_slices(facts, evaluate(facts, EvaluationParams()), definitions, with_errors=True))


def test_an_object_slice_is_charged_with_its_own_errors_only() -> None:
    small, large = slices_of("area < 1000", "area >= 1000")
    assert small.errors is not None
    assert large.errors is not None
    assert {name: n for name, n in small.errors.count.items() if n} == {"missed": 1, "background": 1}
    assert {name: n for name, n in small.errors.count_at_score.items() if n} == {"missed": 1}
    assert {name: n for name, n in large.errors.count.items() if n} == {"localization": 1, "background": 1, "duplicate": 1}
    # One of two small ones is found, first of all that count: AP is 51/101, and 1 without the missed one.
    assert small.errors.dap["missed"] == pytest.approx(50 / 101)
    assert small.errors.dap["background"] == 0.0
    # The large ones: wrong, ghost, right, duplicate. Localized, the first is right and the second of two comes third.
    assert large.errors.dap["localization"] == pytest.approx((51 + 50 * 2 / 3 - 51 / 3) / 101)


def test_counts_are_those_of_the_slice() -> None:
    for one in slices_of("area < 1000", "area >= 1000"):
        assert one.errors is not None
        at_score = one.errors.count_at_score
        assert one.fp == sum(n for name, n in at_score.items() if name != "missed")


def test_where_predictions_cannot_be_told_inside_from_outside_nothing_is_said() -> None:
    (one,) = slices_of("occluded = TRUE", occluded=[True, False, True, False])
    assert one.recall == 0.5
    assert one.errors is None


@pytest.mark.parametrize("seed", range(3))
def test_an_image_slice_is_a_set_of_its_images_alone(seed: int) -> None:
    n_images, n_classes, ground_truth, predictions = random_set(seed, crowds=True)
    inside = (2, 3, 5, 7)
    whole = by_hand(n_images, n_classes, ground_truth, predictions)
    facts = prepare_run(*with_columns(whole, images={"part": [number + 1 in inside for number in range(n_images)]}))
    params = EvaluationParams(score_threshold=0.4)
    (one,) = evaluate_slices(facts, evaluate(facts, params), [SliceDefinition("part", "part = TRUE")], with_errors=True)
    alone = prepare_run(
        *by_hand(
            n_images,
            n_classes,
            [truth for truth in ground_truth if truth[0] in inside],
            [found for found in predictions if found[0] in inside],
        )
    )
    wanted = error_costs(alone, params)
    assert one.errors is not None
    assert (one.errors.count, one.errors.dap) == (wanted.count, wanted.dap)
    assert one.errors.count_at_score == evaluate(alone, params).count_at_score


def test_the_slice_of_everything_is_the_whole() -> None:
    facts = prepare_run(*by_hand(*random_set(4, crowds=True, ties=True)))
    params = EvaluationParams(iou_threshold=0.6)
    evaluation = evaluate(facts, params)
    for text in ("width > 0 OR width IS NULL", "area > 0"):
        (one,) = evaluate_slices(facts, evaluation, [SliceDefinition(text, text)], with_errors=True)
        costs = error_costs(facts, replace(params, score_threshold=0.0))
        assert one.errors is not None
        assert (one.errors.count, one.errors.dap) == (costs.count, costs.dap)
        assert one.errors.count_at_score == evaluation.count_at_score
        assert np.isclose(one.ap50, evaluation.totals.ap50)
