from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import evaluate, precision_recall, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand, golden


def evaluated(dataset, run, t=0.5):
    facts = prepare_run(dataset, run)
    return evaluate(facts, EvaluationParams(iou_threshold=t)), facts


def test_one_point_per_distinct_score_from_high_to_low():
    evaluation, facts = evaluated(
        *by_hand(
            1,
            1,
            [(1, 1, 0, 0, 10, 10), (1, 1, 50, 0, 10, 10)],
            [(1, 1, 0, 0, 10, 10, 0.9), (1, 1, 90, 0, 9, 9, 0.5), (1, 1, 50, 0, 10, 10, 0.5), (1, 1, 70, 70, 9, 9, 0.1)],
        )
    )
    curve = precision_recall(evaluation, facts, 0)
    assert curve.score.tolist() == [0.9, 0.5, 0.1]
    assert curve.recall.tolist() == [0.5, 1.0, 1.0]
    assert curve.precision.tolist() == [1.0, 2 / 3, 0.5]
    assert (curve.best_f1, curve.best_score) == (pytest.approx(0.8), 0.5)


def test_each_point_is_the_operating_point_at_its_score():
    evaluation, facts = evaluated(*golden())
    curve = precision_recall(evaluation, facts, None)
    for recall, precision, score in zip(curve.recall, curve.precision, curve.score, strict=True):
        totals = evaluate(facts, EvaluationParams(score_threshold=float(score))).totals
        assert (totals.recall, totals.precision) == (recall, precision)


def test_the_curve_of_a_class_carries_the_figures_of_the_table():
    evaluation, facts = evaluated(*golden())
    for class_row in range(2):
        curve = precision_recall(evaluation, facts, class_row)
        table = evaluation.per_class
        assert curve.ap == table.ap[class_row]
        assert (curve.best_f1, curve.best_score) == (table.best_f1[class_row], table.best_score[class_row])


def test_all_classes_together_carry_the_best_f1_of_the_totals():
    evaluation, facts = evaluated(*golden())
    curve = precision_recall(evaluation, facts, None)
    assert (curve.best_f1, curve.best_score) == (evaluation.totals.best_f1, evaluation.totals.best_score)


def test_what_is_ignored_is_on_no_curve():
    evaluation, facts = evaluated(*by_hand(1, 1, [(1, 1, 0, 0, 100, 100, 1)], [(1, 1, 0, 0, 9, 9, 0.9)]))
    assert len(precision_recall(evaluation, facts, None).score) == 0


def test_without_ground_truth_recall_is_undefined_and_without_predictions_the_curve_is_empty():
    evaluation, facts = evaluated(*by_hand(1, 2, [(1, 2, 0, 0, 9, 9)], [(1, 1, 0, 0, 9, 9, 0.9)]))
    curve = precision_recall(evaluation, facts, 0)
    assert np.isnan(curve.recall).all()
    assert curve.precision.tolist() == [0.0]
    assert np.isnan(curve.ap)
    empty = precision_recall(evaluation, facts, 1)
    assert len(empty.score) == 0
    assert empty.ap == 0.0
