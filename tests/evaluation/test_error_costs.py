from __future__ import annotations

from concurrent.futures import CancelledError

import numpy as np
import pytest

from diag_gui.evaluation.error_costs import COST_NAMES, error_costs
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.random_sets import random_set

A, B = 1, 2
BOX = (0, 0, 100, 100)
FAR = (500, 500, 50, 50)


def costs_of(n_images, n_classes, ground_truth, predictions, **settings):
    facts = prepare_run(*by_hand(n_images, n_classes, ground_truth, predictions))
    return error_costs(facts, EvaluationParams(**settings))


def wide(share, score, class_id=A):
    return (1, class_id, 0, 0, 100 * share, 100, score)


def test_toy_set():
    costs = error_costs(prepare_run(*golden()), EvaluationParams())
    assert costs.ap == pytest.approx(0.430693, abs=1e-6)
    assert costs.dap == pytest.approx(
        {
            "classification": 0.25990,
            "localization": 0.09901,
            "both": 0.0,
            "duplicate": 0.01238,
            "background": 0.0,
            "missed": 0.05545,
            "false_positive": 0.07426,
            "false_negative": 0.42079,
        },
        abs=5e-6,
    )
    assert set(costs.count.values()) == {1}
    assert len(costs.count) == 6


def test_costs_do_not_depend_on_the_score_threshold():
    facts = prepare_run(*golden())
    assert error_costs(facts, EvaluationParams(score_threshold=0.9)) == error_costs(facts, EvaluationParams())


def test_base_is_the_ap_that_is_shown():
    for seed in range(3):
        facts = prepare_run(*by_hand(*random_set(seed, crowds=True, ties=True)))
        assert error_costs(facts, EvaluationParams()).ap == evaluate(facts, EvaluationParams()).totals.ap


def test_the_highest_score_of_both_kinds_wins_one_ground_truth():
    """The classification error wins: fixing localization then only removes the other, and cannot add a true positive."""
    ground_truth = [(1, A, *BOX), (1, B, *FAR)]
    predictions = [wide(0.9, 0.9, B), wide(0.4, 0.8, A)]
    costs = costs_of(1, 2, ground_truth, predictions)
    assert costs.count["classification"] == costs.count["localization"] == 1
    assert costs.ap == 0.0
    assert costs.dap["classification"] == pytest.approx(0.5)
    assert costs.dap["localization"] == 0.0

    swapped = [wide(0.9, 0.8, B), wide(0.4, 0.9, A)]
    costs = costs_of(1, 2, ground_truth, swapped)
    assert costs.dap["classification"] == 0.0
    assert costs.dap["localization"] == pytest.approx(0.5)


def test_of_equal_scores_the_first_in_the_file_wins():
    ground_truth = [(1, A, *BOX), (1, B, *FAR)]
    costs = costs_of(1, 2, ground_truth, [wide(0.9, 0.5, B), wide(0.4, 0.5, A)])
    assert (costs.dap["classification"] > 0, costs.dap["localization"] > 0) == (True, False)
    costs = costs_of(1, 2, ground_truth, [wide(0.4, 0.5, A), wide(0.9, 0.5, B)])
    assert (costs.dap["classification"] > 0, costs.dap["localization"] > 0) == (False, True)


def test_an_error_on_a_used_ground_truth_is_only_removed():
    ground_truth = [(1, A, *BOX), (1, A, *FAR)]
    costs = costs_of(1, 1, ground_truth, [wide(0.3, 0.9), wide(0.9, 0.8)])
    # Before: the true positive ranks second, precision 1/2 up to recall 1/2; after: 1 up to recall 1/2.
    assert costs.dap["localization"] == pytest.approx(51 / 101 / 2)
    assert costs.dap["missed"] == pytest.approx(0.5 - 51 / 101 / 2)


def test_a_class_that_loses_its_last_ground_truth_has_ap_0_while_it_has_predictions():
    found, missed = (1, A, *BOX), (1, B, *FAR)
    costs = costs_of(1, 2, [found, missed], [wide(1.0, 0.9), (1, B, 800, 800, 9, 9, 0.5)])
    assert costs.ap == pytest.approx(0.5)
    assert costs.dap["missed"] == pytest.approx(0.0)
    assert costs.dap["false_negative"] == pytest.approx(0.0)


def test_a_class_that_loses_its_last_ground_truth_leaves_the_mean_without_predictions():
    found, missed = (1, A, *BOX), (1, B, *FAR)
    costs = costs_of(1, 2, [found, missed], [wide(1.0, 0.9)])
    assert costs.ap == pytest.approx(0.5)
    assert costs.dap["missed"] == pytest.approx(0.5)


def test_predictions_cut_or_ignored_are_not_left_over():
    found, missed, crowd = (1, A, *BOX), (1, B, *FAR), (1, B, 800, 800, 9, 9, 1)
    costs = costs_of(1, 2, [found, missed, crowd], [wide(1.0, 0.9), (1, B, 800, 800, 9, 9, 0.5)])
    assert costs.dap["missed"] == pytest.approx(0.5)


def test_a_class_without_ground_truth_has_no_ap():
    """A trap of other tools: AP 0 for a class that cannot have any."""
    costs = costs_of(1, 3, [(1, A, *BOX)], [wide(1.0, 0.9), (1, 3, *FAR, 0.8)])
    assert costs.ap == pytest.approx(1.0)
    assert costs.count["background"] == 1
    assert all(value == pytest.approx(0.0) for value in costs.dap.values())


def test_of_equal_scores_a_corrected_class_goes_by_the_file():
    """Corrected first, it ranks before the wrong prediction of equal score: precision 1, else 1/2."""
    ground_truth = [(1, A, *BOX), (1, B, *FAR)]
    wrong_class, wrong_place = wide(0.9, 0.5, B), (1, A, 800, 800, 9, 9, 0.5)
    assert costs_of(1, 2, ground_truth, [wrong_class, wrong_place]).dap["classification"] == pytest.approx(1 / 2)
    assert costs_of(1, 2, ground_truth, [wrong_place, wrong_class]).dap["classification"] == pytest.approx(1 / 4)


def test_images_that_are_not_asked_for_cost_nothing():
    n_images, n_classes, ground_truth, predictions = random_set(5, crowds=True)
    asked = [3, 4, 5]
    part = prepare_run(
        *by_hand(
            n_images,
            n_classes,
            [truth for truth in ground_truth if truth[0] in asked],
            [found for found in predictions if found[0] in asked],
        )
    )
    whole = prepare_run(*by_hand(n_images, n_classes, ground_truth, predictions))
    images = np.isin(whole.dataset.images.image_id, asked)
    assert error_costs(whole, EvaluationParams(), images=images) == error_costs(part, EvaluationParams())


def test_without_ground_truth_no_cost_is_defined():
    for n_images, predictions in ((0, []), (1, []), (1, [wide(1.0, 0.9)])):
        costs = costs_of(n_images, 1 if n_images else 0, [], predictions)
        assert np.isnan(costs.ap)
        assert set(costs.dap) == set(COST_NAMES)
        assert all(np.isnan(value) for value in costs.dap.values())


def test_without_predictions_everything_is_missed():
    costs = costs_of(1, 1, [(1, A, *BOX)], [])
    assert costs.count["missed"] == 1
    assert costs.ap == 0.0
    assert np.isnan(costs.dap["missed"])
    assert costs.dap["background"] == 0.0


def test_it_stops_when_cancelled():
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) == 2

    with pytest.raises(CancelledError):
        error_costs(prepare_run(*golden()), EvaluationParams(), cancelled=cancelled)
    assert len(asked) == 2


def test_classes_add_up_to_the_whole():
    for seed in range(4):
        facts = prepare_run(*by_hand(*random_set(seed, crowds=True, ties=True)))
        costs = error_costs(facts, EvaluationParams())
        everything = np.ones(len(costs.per_class.ap), bool)
        assert costs.per_class.dap_of(everything) == costs.dap
        assert {name: int(of_classes.sum()) for name, of_classes in costs.per_class.count.items()} == costs.count
        np.testing.assert_array_equal(costs.per_class.ap, evaluate(facts, EvaluationParams()).per_class.ap)


def test_a_classification_error_concerns_both_classes():
    """Taken for B, the label of A is missed by A, and B pays with a false positive before its only true one."""
    ground_truth = [(1, A, *BOX), (1, B, *FAR)]
    costs = costs_of(1, 2, ground_truth, [wide(0.9, 0.9, B), (1, B, *FAR, 0.8)]).per_class
    np.testing.assert_allclose(costs.ap, [0.0, 0.5])
    np.testing.assert_allclose(costs.dap("classification"), [1.0, 0.5])
    np.testing.assert_array_equal(costs.count["classification"], [1, 0])


def test_gains_of_some_classes_are_those_of_their_mean():
    facts = prepare_run(*by_hand(*random_set(2)))
    costs = error_costs(facts, EvaluationParams()).per_class
    for name in COST_NAMES:
        assert costs.dap_of(np.array([2]))[name] == pytest.approx(costs.dap(name)[2], nan_ok=True)
        of_two = costs.fixed[name][[0, 3]].mean() - costs.ap[[0, 3]].mean()
        assert costs.dap_of(np.array([0, 3]))[name] == pytest.approx(of_two if name.startswith("false") else max(of_two, 0.0))


def test_a_class_that_leaves_the_mean_has_no_gain():
    costs = costs_of(1, 2, [(1, A, *BOX), (1, B, *FAR)], [wide(1.0, 0.9)]).per_class
    assert np.isnan(costs.dap("missed")[1])
    assert costs.dap("missed")[0] == 0.0
