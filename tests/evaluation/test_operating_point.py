from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand


def at(ground_truth, predictions, s=0.5, t=0.5, n_images=2, n_classes=3):
    facts = prepare_run(*by_hand(n_images, n_classes, ground_truth, predictions))
    return evaluate(facts, EvaluationParams(iou_threshold=t, score_threshold=s))


TRUTH = [(1, 1, 0, 0, 10, 10), (1, 1, 50, 0, 10, 10), (2, 2, 0, 0, 10, 10)]
FOUND = [
    (1, 1, 0, 0, 10, 10, 0.9),  # true
    (1, 1, 80, 80, 10, 10, 0.8),  # false
    (1, 3, 0, 0, 10, 10, 0.7),  # false, of a class without ground truth
    (2, 2, 0, 0, 10, 8, 0.6),  # true
    (1, 1, 50, 0, 10, 9, 0.3),  # true, below the threshold
]


def test_counts_and_figures_per_class():
    table = at(TRUTH, FOUND).per_class
    assert table.n_gt.tolist() == [2, 1, 0]
    assert table.n_predictions.tolist() == [2, 1, 1]
    assert table.tp.tolist() == [1, 1, 0]
    assert table.fp.tolist() == [1, 0, 1]
    assert table.fn.tolist() == [1, 0, 0]
    np.testing.assert_array_equal(table.precision, [0.5, 1.0, 0.0])
    np.testing.assert_array_equal(table.recall, [0.5, 1.0, np.nan])
    np.testing.assert_array_equal(table.f1, [0.5, 1.0, np.nan])
    np.testing.assert_array_equal(table.mean_iou, [1.0, 0.8, np.nan])
    assert np.isnan(table.ap[2])
    assert np.isnan(table.ap50[2])
    assert np.isnan(table.best_f1[2])


def test_totals_are_micro_and_include_classes_without_ground_truth():
    totals = at(TRUTH, FOUND).totals
    assert (totals.n_images, totals.n_gt, totals.n_predictions) == (2, 3, 4)
    assert (totals.tp, totals.fp, totals.fn) == (2, 2, 1)
    assert totals.precision == 0.5
    assert totals.recall == pytest.approx(2 / 3)
    assert totals.f1 == pytest.approx(4 / 7)
    assert totals.mean_iou == pytest.approx(0.9)
    assert totals.mf1 == pytest.approx((0.5 + 1.0) / 2)


def test_kept_is_at_or_above_the_threshold_in_float64():
    for s in (0.1, 0.3, 0.7, 0.9):
        assert at([(1, 1, 0, 0, 9, 9)], [(1, 1, 0, 0, 9, 9, s)], s=s).totals.tp == 1
        assert at([(1, 1, 0, 0, 9, 9)], [(1, 1, 0, 0, 9, 9, s)], s=np.nextafter(s, 1)).totals.tp == 0


def test_a_class_with_ground_truth_and_no_prediction_has_f1_zero_and_no_precision():
    table = at([(1, 1, 0, 0, 9, 9)], []).per_class
    assert table.f1[0] == 0.0
    assert table.recall[0] == 0.0
    assert np.isnan(table.precision[0])
    assert np.isnan(table.mean_iou[0])


def test_nothing_at_all_leaves_figures_undefined_and_counts_zero():
    totals = at([], []).totals
    assert (totals.n_gt, totals.tp, totals.fp, totals.fn) == (0, 0, 0, 0)
    for figure in ("precision", "recall", "f1", "mf1", "mean_iou", "ap", "ap50", "best_f1", "best_score"):
        assert np.isnan(getattr(totals, figure)), figure


def test_without_ground_truth_every_prediction_is_false():
    totals = at([], [(1, 1, 0, 0, 9, 9, 0.9)]).totals
    assert (totals.precision, totals.f1) == (0.0, 0.0)
    assert (totals.best_f1, totals.best_score) == (0.0, 0.9)
    assert np.isnan(totals.recall)
    assert np.isnan(totals.ap)


def test_a_prediction_on_a_crowd_is_neither_true_nor_false():
    totals = at([(1, 1, 0, 0, 100, 100, 1)], [(1, 1, 5, 5, 10, 10, 0.9)]).totals
    assert (totals.tp, totals.fp, totals.fn, totals.n_gt, totals.n_predictions) == (0, 0, 0, 0, 0)


def test_ap50_stays_where_it_is_when_the_iou_threshold_moves():
    truth, found = [(1, 1, 0, 0, 10, 10)], [(1, 1, 0, 0, 10, 6, 0.9)]
    low, high = at(truth, found, t=0.5).per_class, at(truth, found, t=0.75).per_class
    assert (low.ap[0], low.ap50[0]) == pytest.approx((1.0, 1.0))
    assert (high.ap[0], high.ap50[0]) == pytest.approx((0.0, 1.0))


def test_best_f1_ignores_the_score_threshold():
    low, high = at(TRUTH, FOUND, s=0.0).totals, at(TRUTH, FOUND, s=0.95).totals
    assert (low.best_f1, low.best_score) == (high.best_f1, high.best_score) == (pytest.approx(3 / 4), 0.3)


def test_counts_equal_the_rows_of_the_outcomes_at_every_score():
    for s in (0.0, 0.3, 0.6, 0.65, 0.75, 0.85, 0.95):
        evaluation = at(TRUTH, FOUND, s=s)
        kinds = evaluation.outcomes.kind
        assert np.count_nonzero(kinds == 1) == evaluation.totals.tp
        errors = sum(evaluation.count_at_score[name] for name in evaluation.count_at_score if name != "missed")
        assert errors == evaluation.totals.fp
