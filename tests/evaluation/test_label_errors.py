from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.label_errors import class_mistakenness, location_mistakenness
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.random_sets import random_set

A, B = 1, 2
BOX = (0, 0, 100, 100)


def errors_of(ground_truth, predictions):
    """Return the numbers of the predictions and those of the labels."""
    errors = prepare_run(*by_hand(2, 2, ground_truth, predictions)).label_error
    return errors[: len(predictions)], errors[len(predictions) :]


def wide(share, score=0.9, class_id=A):
    return (1, class_id, 0, 0, 100 * share, 100, score)


def test_formulas_of_fiftyone():
    score = np.array([0.9, 0.9])
    np.testing.assert_allclose(class_mistakenness(score, np.array([True, False])), [0.05, 0.95])
    np.testing.assert_allclose(location_mistakenness(score, np.array([0.55, 0.95])), [0.86, 0.14])


def test_a_sure_prediction_of_another_class_speaks_against_the_label():
    of_pred, of_gt = errors_of([(1, A, *BOX)], [wide(0.9, 0.9, B)])
    assert of_pred.tolist() == of_gt.tolist() == [pytest.approx(0.95)]


def test_of_one_class_the_worse_of_class_and_location_counts():
    of_pred, of_gt = errors_of([(1, A, *BOX)], [wide(0.55, 0.9)])
    assert of_pred.tolist() == of_gt.tolist() == [pytest.approx(0.86)]
    of_pred, of_gt = errors_of([(1, A, *BOX)], [wide(1.0, 0.9)])
    assert of_gt.tolist() == [pytest.approx(0.05)]


def test_a_sure_prediction_where_no_label_is_may_be_a_missing_label():
    of_pred, _ = errors_of([(1, A, 500, 500, 9, 9)], [wide(1.0, 0.97), wide(1.0, 0.3)])
    assert of_pred.tolist() == [pytest.approx(0.97), pytest.approx(0.3)]


def test_a_second_prediction_of_a_labelled_object_is_no_missing_label():
    of_pred, _ = errors_of([(1, A, *BOX)], [wide(1.0, 0.99), wide(0.9, 0.95)])
    assert of_pred[1] == pytest.approx(0.095)


def test_nothing_speaks_for_an_unmatched_label():
    _, of_gt = errors_of([(1, A, *BOX), (2, B, *BOX)], [wide(1.0, 0.9)])
    assert of_gt.tolist() == [pytest.approx(0.05), 0.5]


def test_a_sure_prediction_that_half_fits_says_the_box_is_bad():
    of_pred, of_gt = errors_of([(1, A, *BOX)], [wide(0.4, 0.9)])
    similarity = 0.9 * 0.4 + 0.1 * np.exp(-0.1 * 30 / np.hypot(100, 100))
    assert of_gt[0] == pytest.approx((1 + 0.9 * similarity) / 2)
    assert of_pred[0] == of_gt[0]
    assert errors_of([(1, A, *BOX)], [wide(0.4, 0.5)])[1].tolist() == [0.5]
    assert errors_of([(1, A, *BOX)], [wide(0.4, 0.9, B)])[1].tolist() == [0.5]


def test_a_bad_box_does_not_depend_on_the_scale_of_the_image():
    small = errors_of([(1, A, 0, 0, 10, 10)], [(1, A, 0, 0, 4, 10, 0.9)])[1]
    large = errors_of([(1, A, 0, 0, 1000, 1000)], [(1, A, 0, 0, 400, 1000, 0.9)])[1]
    assert small.tolist() == [pytest.approx(large[0])]


def test_one_object_with_two_labels_of_different_class_has_a_wrong_one():
    _, of_gt = errors_of([(1, A, *BOX), (1, B, 0, 0, 100, 96)], [wide(1.0, 0.9)])
    assert of_gt.tolist() == [1.0, 1.0]
    _, of_gt = errors_of([(1, A, *BOX), (1, A, 0, 0, 100, 96)], [wide(1.0, 0.9)])
    assert max(of_gt) <= 0.5
    _, of_gt = errors_of([(1, A, *BOX), (2, B, *BOX)], [])
    assert of_gt.tolist() == [0.5, 0.5]


def test_crowds_and_what_lies_on_them_are_not_judged():
    of_pred, of_gt = errors_of([(1, A, *BOX, 1)], [wide(0.9), wide(0.9, class_id=B)])
    assert np.isnan([of_pred[0], of_gt[0]]).all()
    assert of_pred[1] == pytest.approx(0.9)


def test_a_score_outside_0_to_1_is_not_judged():
    of_pred, of_gt = errors_of([(1, A, *BOX), (2, A, *BOX)], [wide(1.0, 1.5), (2, A, 500, 500, 9, 9, np.inf)])
    assert np.isnan(of_pred).all()
    assert np.isnan(of_gt[0])
    assert of_gt[1] == 0.5


def test_numbers_lie_between_0_and_1_and_pairs_share_theirs():
    for seed in range(5):
        errors = prepare_run(*by_hand(*random_set(seed, crowds=True, ties=True))).label_error
        judged = errors[~np.isnan(errors)]
        assert judged.size > 50
        assert judged.min() >= 0
        assert judged.max() <= 1


def test_the_planted_error_of_the_toy_set_ranks_first():
    """Image 1 holds a label of class b that the model is rather sure is an a."""
    errors = prepare_run(*golden()).label_error
    assert np.nanargmax(errors[8:]) == 1
    assert errors[8 + 1] == errors[2] == pytest.approx(0.85)


def test_empty_sets():
    for n_images, ground_truth, predictions in ((0, [], []), (1, [], []), (1, [(1, 1, *BOX)], []), (1, [], [wide(1.0)])):
        errors = prepare_run(*by_hand(n_images, 1, ground_truth, predictions)).label_error
        assert len(errors) == len(ground_truth) + len(predictions)
