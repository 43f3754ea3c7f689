from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.thresholds import RULES, ThresholdRule, choose_thresholds
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.random_sets import random_set

A, B, C = 1, 2, 3


def chosen(ground_truth, predictions, rule, *, images=None, n_images=1, **settings):
    facts = prepare_run(*by_hand(n_images, 3, ground_truth, predictions))
    return choose_thresholds(facts, evaluate(facts, EvaluationParams(**settings), images=images), rule)


def labels(n, class_id=A):
    return [(1, class_id, 100 * place, 0, 50, 50) for place in range(n)]


def found(place, score, class_id=A):
    return (1, class_id, 100 * place, 0, 50, 50, score)


def wrong(score, class_id=A):
    return (1, class_id, 0, 5000, 50, 50, score)


def slowly(predictions, n_gt, rule):
    """Return the score chosen among (score, is true) by trying each one."""
    best = None
    for threshold in sorted({score for score, _ in predictions}, reverse=True):
        kept = [is_true for score, is_true in predictions if score >= threshold]
        tp = sum(kept)
        precision, recall, f1 = tp / len(kept), tp / n_gt, 2 * tp / (len(kept) + n_gt)
        if rule.name == "precision":
            value = recall if precision >= rule.wanted else None
        elif rule.name == "recall":
            value = 1 if recall >= rule.wanted else None
        else:
            value = f1
        if value is not None and (best is None or value > best[0]):
            best = (value, threshold, precision, recall, f1, tp, len(kept) - tp)
    return best[1:] if best else (math.nan,) * 4 + (0, 0)


rules = st.one_of(
    st.just(ThresholdRule()),
    st.builds(ThresholdRule, st.sampled_from(RULES[1:]), st.sampled_from([0.01, 0.25, 1 / 3, 0.5, 0.7, 0.9, 1.0])),
)


@given(seed=st.integers(0, 30), ties=st.booleans(), rule=rules)
def test_every_threshold_is_the_one_found_by_trying_all(seed, ties, rule):
    facts = prepare_run(*by_hand(*random_set(seed, crowds=True, ties=ties)))
    evaluation = evaluate(facts, EvaluationParams(score_threshold=0.9))
    thresholds = choose_thresholds(facts, evaluation, rule)
    predictions, status = facts.run.predictions, evaluation.status
    for c in [*range(len(facts.dataset.classes)), None]:
        rows = np.flatnonzero(status if c is None else (status != 0) & (predictions.class_row == c))
        listed = [(float(predictions.score[row]), bool(status[row] == 2)) for row in rows]
        n_gt = int(evaluation.per_class.n_gt.sum() if c is None else evaluation.per_class.n_gt[c])
        place = -1 if c is None else c
        columns = (thresholds.score, thresholds.precision, thresholds.recall, thresholds.f1, thresholds.tp, thresholds.fp)
        assert [float(column[place]) for column in columns] == pytest.approx(slowly(listed, n_gt, rule), nan_ok=True)
        assert thresholds.n_gt[place] == n_gt


@pytest.mark.parametrize("seed", range(5))
def test_the_best_f1_is_that_of_the_class_table(seed):
    facts = prepare_run(*by_hand(*random_set(seed, ties=True)))
    evaluation = evaluate(facts, EvaluationParams())
    thresholds = choose_thresholds(facts, evaluation, ThresholdRule())
    np.testing.assert_array_equal(thresholds.score[:-1], evaluation.per_class.best_score)
    np.testing.assert_allclose(thresholds.f1[:-1], evaluation.per_class.best_f1)
    assert (thresholds.score[-1], thresholds.f1[-1]) == (evaluation.totals.best_score, evaluation.totals.best_f1)


@pytest.mark.parametrize("name", RULES[1:])
def test_an_evaluation_at_the_threshold_reaches_what_was_wanted(name):
    facts = prepare_run(*by_hand(*random_set(7)))
    thresholds = choose_thresholds(facts, evaluate(facts, EvaluationParams()), ThresholdRule(name, 0.6))
    for c in np.flatnonzero(~np.isnan(thresholds.score[:-1])):
        table = evaluate(facts, EvaluationParams(score_threshold=float(thresholds.score[c]))).per_class
        assert (table.tp[c], table.fp[c]) == (thresholds.tp[c], thresholds.fp[c])
        assert getattr(table, name)[c] == getattr(thresholds, name)[c] >= 0.6
    totals = evaluate(facts, EvaluationParams(score_threshold=float(thresholds.score[-1]))).totals
    assert (totals.tp, totals.fp) == (thresholds.tp[-1], thresholds.fp[-1])
    assert getattr(totals, name) >= 0.6


def test_precision_that_rises_again_is_waited_for():
    predictions = [found(0, 0.9), wrong(0.8), wrong(0.7), found(1, 0.6), found(2, 0.5), found(3, 0.4), wrong(0.3)]
    at_60 = chosen(labels(4), predictions, ThresholdRule("precision", 0.6))
    assert (at_60.score[0], at_60.recall[0], at_60.precision[0]) == (0.4, 1.0, 4 / 6)


def test_of_thresholds_that_find_as_much_the_highest_is_taken():
    predictions = [found(0, 0.9), found(1, 0.8), wrong(0.7), wrong(0.6)]
    assert chosen(labels(2), predictions, ThresholdRule("precision", 0.5)).score[0] == 0.8
    assert chosen(labels(2), predictions, ThresholdRule("recall", 0.5)).score[0] == 0.9


def test_equal_scores_are_taken_whole():
    predictions = [found(0, 0.9), found(1, 0.8), wrong(0.8), wrong(0.8)]
    thresholds = chosen(labels(2), predictions, ThresholdRule("precision", 0.6))
    assert (thresholds.score[0], thresholds.tp[0], thresholds.fp[0]) == (0.9, 1, 0)


def test_exactly_the_wanted_share_is_enough():
    predictions = [*(found(place, 0.9) for place in range(9)), wrong(0.9)]
    assert chosen(labels(9), predictions, ThresholdRule("precision", 0.9)).score[0] == 0.9
    assert chosen(labels(10), predictions, ThresholdRule("recall", 0.9)).score[0] == 0.9


def test_what_cannot_be_reached_is_undefined():
    thresholds = chosen(labels(2), [wrong(0.95), found(0, 0.9)], ThresholdRule("precision", 0.6))
    assert np.isnan([thresholds.score[0], thresholds.precision[0], thresholds.recall[0], thresholds.f1[0]]).all()
    assert (thresholds.tp[0], thresholds.fp[0], thresholds.n_gt[0]) == (0, 0, 2)
    assert np.isnan(chosen(labels(2), [found(0, 0.9)], ThresholdRule("recall", 0.6)).score[0])


def test_false_positives_of_classes_without_ground_truth_count_over_all_classes_only():
    thresholds = chosen(labels(1), [found(0, 0.5), wrong(0.8, B), wrong(0.7, C)], ThresholdRule("precision", 0.5))
    assert thresholds.score[0] == 0.5
    assert np.isnan(thresholds.score[1:]).all()


def test_it_is_that_of_the_iou_threshold_and_of_the_asked_images():
    loose = [(1, A, 0, 0, 50, 35, 0.9)]
    assert chosen(labels(1), loose, ThresholdRule("recall", 1.0)).score[0] == 0.9
    assert np.isnan(chosen(labels(1), loose, ThresholdRule("recall", 1.0), iou_threshold=0.8).score[0])
    on_two = [(2, A, 0, 0, 50, 50)], [(2, A, 0, 0, 50, 50, 0.4)]
    both = (labels(1) + on_two[0], [found(0, 0.9)] + on_two[1])
    first = np.array([True, False])
    assert chosen(*both, ThresholdRule("recall", 1.0), n_images=2).score[0] == 0.4
    assert chosen(*both, ThresholdRule("recall", 1.0), n_images=2, images=first).score[0] == 0.9


@pytest.mark.parametrize("rule", [ThresholdRule(), ThresholdRule("precision", 0.5), ThresholdRule("recall", 0.5)], ids=str)
def test_empty_sets(rule):
    for ground_truth, predictions in (([], []), (labels(1), []), ([], [wrong(0.5)])):
        thresholds = chosen(ground_truth, predictions, rule)
        assert np.isnan(thresholds.score).all()
        assert len(thresholds.score) == 4


def test_toy_set():
    facts = prepare_run(*golden())
    evaluation = evaluate(facts, EvaluationParams())
    assert choose_thresholds(facts, evaluation, ThresholdRule()).score[-1] == 0.9


@pytest.mark.parametrize(
    "given_",
    [("precision", None), ("recall", 0.0), ("precision", 1.5), ("recall", math.nan), ("best f1", 0.5), ("accuracy", 0.5)],
)
def test_a_rule_that_says_nothing_is_refused(given_):
    with pytest.raises(EvaluationError):
        ThresholdRule(*given_)
