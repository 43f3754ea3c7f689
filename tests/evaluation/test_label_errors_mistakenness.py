from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.label_errors_mistakenness import class_mistakenness, location_mistakenness
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set

A, B = 1, 2
BOX = (0, 0, 100, 100)


def signs_of(ground_truth, predictions):
    return prepare_run(*by_hand(2, 2, ground_truth, predictions)).labels.mistakenness


def wide(share, score=0.9, class_id=A):
    return (1, class_id, 0, 0, 100 * share, 100, score)


def test_formulas_of_fiftyone():
    score = np.array([0.9, 0.9])
    np.testing.assert_allclose(class_mistakenness(score, np.array([True, False])), [0.05, 0.95])
    np.testing.assert_allclose(location_mistakenness(score, np.array([0.55, 0.95])), [0.86, 0.14])


def test_both_sides_of_a_pair_have_the_same_and_classes_do_not_keep_them_apart():
    signs = signs_of([(1, A, *BOX)], [wide(0.55, 0.9, B)])
    assert signs.class_of_pred.tolist() == signs.class_of_gt.tolist() == [pytest.approx(0.95)]
    assert signs.location_of_pred.tolist() == signs.location_of_gt.tolist() == [pytest.approx(0.86)]


def test_the_surer_prediction_takes_the_label():
    signs = signs_of([(1, A, *BOX)], [wide(1.0, 0.6, A), wide(0.9, 0.8, B)])
    assert signs.class_of_gt.tolist() == [pytest.approx(0.9)]
    assert np.isnan(signs.class_of_pred[0])


def test_what_is_sure_and_matched_to_nothing_is_possibly_missing():
    signs = signs_of([(1, A, *BOX)], [(2, A, *BOX, 0.96), (2, B, *BOX, 0.95), wide(1.0, 0.99), wide(0.9, 0.97)])
    assert signs.possibly_missing.tolist() == [False, True, True, False]


def test_a_label_matched_to_nothing_is_possibly_spurious():
    assert signs_of([(1, A, *BOX), (2, B, *BOX)], [wide(1.0, 0.2)]).possibly_spurious.tolist() == [False, True]


def test_crowds_and_what_lies_on_them_say_nothing():
    signs = signs_of([(1, A, *BOX, 1)], [wide(0.9, 0.99), wide(0.9, 0.99, B)])
    assert signs.gt_judged.tolist() == [False]
    assert signs.possibly_spurious.tolist() == [False]
    assert signs.pred_judged.tolist() == [False, True]
    assert signs.possibly_missing.tolist() == [False, True]


def test_a_score_outside_0_to_1_says_nothing():
    signs = signs_of([(1, A, *BOX)], [wide(1.0, 1.5), (2, A, *BOX, np.inf)])
    assert np.isnan([*signs.class_of_pred, *signs.class_of_gt, *signs.location_of_gt]).all()
    assert not signs.possibly_missing.any()
    assert not signs.pred_judged.any()


def test_random_sets_stay_within_0_and_1():
    for seed in range(5):
        signs = prepare_run(*by_hand(*random_set(seed, crowds=True, ties=True))).labels.mistakenness
        for values in (signs.class_of_pred, signs.location_of_pred, signs.class_of_gt, signs.location_of_gt):
            judged = values[~np.isnan(values)]
            assert judged.size > 5
            assert judged.min() >= 0
            assert judged.max() <= 1
