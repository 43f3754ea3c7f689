from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.evaluation.calibration import calibrate, calibration_of
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.random_sets import random_set

BOX = (0, 0, 100, 100)


def calibration_by_hand(ground_truth, predictions, **options):
    return calibrate(prepare_run(*by_hand(2, 3, ground_truth, predictions)), EvaluationParams(), **options)


def of(score, is_true, **options):
    score, is_true = np.array(score, float), np.array(is_true, bool)
    return calibration_of(score, is_true, is_true.astype(float), np.zeros(len(score), int), **options)


def test_toy_set():
    calibration = calibrate(prepare_run(*golden()), EvaluationParams(score_threshold=0.9))
    assert calibration.ece == pytest.approx(0.43125)
    assert calibration.mce == pytest.approx(0.8)
    assert calibration.n == 8
    assert calibration.bins.n.tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 2]
    assert calibration.bins.mean_score[9] == pytest.approx(0.925)
    assert calibration.bins.precision[9] == 1.0
    assert np.isnan(calibration.bins.precision[0])


def test_a_score_on_an_edge_belongs_to_the_bin_above_and_one_to_the_last():
    bins = of([0.0, 0.1, 0.3, 0.5, 0.9999, 1.0], [True] * 6).bins
    assert bins.n.tolist() == [1, 1, 0, 1, 0, 1, 0, 0, 0, 2]
    assert bins.low.tolist() == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert bins.high[-1] == 1.0


def test_weights_are_shares_of_all_predictions():
    calibration = of([0.25, 0.25, 0.25, 0.85], [False, False, False, True])
    assert calibration.ece == pytest.approx(0.75 * 0.25 + 0.25 * 0.15)
    assert calibration.mce == pytest.approx(0.25)


def test_ignored_predictions_are_left_out_and_classes_without_ground_truth_are_false():
    ground_truth = [(1, 1, *BOX, 1), (2, 1, *BOX)]
    predictions = [(1, 1, *BOX, 0.95), (2, 1, *BOX, 0.85), (2, 3, *BOX, 0.75)]
    calibration = calibration_by_hand(ground_truth, predictions)
    assert calibration.n == 2
    assert calibration.bins.precision[[7, 8]].tolist() == [0.0, 1.0]


def test_predictions_beyond_max_detections_are_left_out():
    facts = prepare_run(*by_hand(1, 1, [(1, 1, *BOX)], [(1, 1, *BOX, 0.9), (1, 1, *BOX, 0.1)]))
    assert calibrate(facts, EvaluationParams(max_detections=1)).n == 1


def test_only_asked_images_count():
    ground_truth, predictions = [(1, 1, *BOX)], [(1, 1, *BOX, 0.95), (2, 1, *BOX, 0.85)]
    assert calibration_by_hand(ground_truth, predictions, images=np.array([True, False])).n == 1


def test_a_score_outside_0_to_1_makes_it_undefined():
    calibration = of([0.5, 1.5], [True, True])
    assert calibration.n == 2
    assert np.isnan([calibration.ece, calibration.mce, calibration.laece]).all()


def test_without_predictions_it_is_undefined():
    for calibration in (of([], []), of([], [], binning="equal mass"), calibration_by_hand([], [])):
        assert calibration.n == 0
        assert np.isnan([calibration.ece, calibration.mce, calibration.laece]).all()
        assert len(calibration.bins) == 10


def test_equal_mass_bins_hold_equal_numbers():
    rng = np.random.default_rng(0)
    score = rng.random(1000) ** 4
    is_true = rng.random(1000) < score
    calibration = of(score, is_true, binning="equal mass")
    assert calibration.bins.n.tolist() == [100] * 10
    parts = np.sort(score).reshape(10, 100)
    np.testing.assert_array_equal(calibration.bins.low, parts[:, 0])
    np.testing.assert_array_equal(calibration.bins.high, parts[:, -1])
    order = np.argsort(score)
    gaps = np.abs(score[order].reshape(10, 100).mean(axis=1) - is_true[order].reshape(10, 100).mean(axis=1))
    assert calibration.ece == pytest.approx(gaps.mean())
    assert calibration.mce == pytest.approx(gaps.max())


def test_equal_mass_keeps_equal_scores_together_in_any_order():
    score = np.array([0.5] * 30 + [0.2] * 5 + [0.8] * 5)
    is_true = np.arange(40) % 3 == 0
    one = of(score, is_true, binning="equal mass")
    other = of(score[::-1], is_true[::-1], binning="equal mass")
    assert sorted(one.bins.n.tolist()) == [0] * 7 + [5, 5, 30]
    assert one.ece == other.ece


def test_laece_takes_a_true_positive_with_its_iou_and_the_mean_over_classes():
    ground_truth = [(1, 1, *BOX), (2, 2, *BOX)]
    predictions = [(1, 1, 0, 0, 100, 80, 0.9), (2, 2, 0, 0, 100, 60, 0.5), (2, 2, 500, 0, 9, 9, 0.5)]
    calibration = calibration_by_hand(ground_truth, predictions)
    assert calibration.laece == pytest.approx(((0.9 - 0.8) + (0.5 - 0.3)) / 2)


def test_it_is_that_of_the_iou_threshold():
    facts = prepare_run(*by_hand(*random_set(3)))
    params = EvaluationParams()
    assert calibrate(facts, params).ece != calibrate(facts, replace(params, iou_threshold=0.9)).ece


def test_an_unknown_binning_is_refused():
    with pytest.raises(ValueError, match="binning"):
        of([0.5], [True], binning="quantile")
