from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.random_sets import random_set

KINDS = [{}, {"crowds": True}, {"ties": True}, {"crowds": True, "ties": True}]


def facts_of(seed, **kinds):
    return prepare_run(*by_hand(*random_set(seed, **kinds)))


def test_words_are_those_of_the_command_line():
    assert set(ERROR_NAMES.values()) == {"missed", "background", "localization", "classification", "both", "duplicate"}
    assert list(ERROR_NAMES) == list(ERROR_KINDS)


@pytest.mark.parametrize("kinds", KINDS, ids=str)
@pytest.mark.parametrize("score", [-1.0, 0.3, 0.7, 2.0])
def test_the_rows_of_a_cell_are_as_many_as_its_count(kinds, score):
    for seed in range(5):
        facts = facts_of(seed, **kinds)
        evaluation = evaluate(facts, EvaluationParams(score_threshold=score))
        outcomes, matrix = evaluation.outcomes, evaluation.confusion.dense()
        rows = np.zeros_like(matrix)
        in_cell = outcomes.confusion_gt >= 0
        np.add.at(rows, (outcomes.confusion_gt[in_cell], outcomes.confusion_pred[in_cell]), 1)
        np.testing.assert_array_equal(rows, matrix)
        np.testing.assert_array_equal(in_cell, outcomes.confusion_pred >= 0)


@pytest.mark.parametrize("kinds", KINDS, ids=str)
def test_counts_fit_the_totals(kinds):
    for seed in range(5):
        facts = facts_of(seed, **kinds)
        for score in (-1.0, 0.4, 0.8):
            evaluation = evaluate(facts, EvaluationParams(score_threshold=score))
            outcomes, totals = evaluation.outcomes, evaluation.totals
            counts = outcomes.counts()
            assert sum(counts.values()) == len(outcomes) == len(facts.run.predictions) + totals.n_gt + facts.gt_ignored.sum()
            assert counts[OutcomeKind.TRUE_POSITIVE] == totals.tp
            false_positives = [kind for kind in ERROR_KINDS if kind is not OutcomeKind.MISSED]
            assert sum(counts[kind] for kind in false_positives) == totals.fp
            assert evaluation.count_at_score == {ERROR_NAMES[kind]: counts[kind] for kind in ERROR_KINDS}
            in_an_error_row = counts[OutcomeKind.FOUND] - totals.tp
            assert counts[OutcomeKind.MISSED] + in_an_error_row == totals.fn


def test_an_image_that_is_not_asked_for_is_not_kept():
    facts = facts_of(1, crowds=True)
    images = np.zeros(len(facts.dataset.images), bool)
    images[3:5] = True
    part = evaluate(facts, EvaluationParams(score_threshold=0.2), images=images)
    whole = evaluate(facts, EvaluationParams(score_threshold=0.2))
    rows = np.arange(len(part.outcomes))
    asked = images[part.outcomes.image_row(rows)]
    assert asked.any()
    assert not asked.all()
    assert (part.outcomes.kind[~asked] == OutcomeKind.NOT_KEPT).all()
    assert (part.outcomes.confusion_gt[~asked] == -1).all()
    for column in ("kind", "target", "iou", "confusion_gt", "confusion_pred"):
        np.testing.assert_array_equal(getattr(part.outcomes, column)[asked], getattr(whole.outcomes, column)[asked])


def test_no_image_asked_for():
    facts = facts_of(1)
    evaluation = evaluate(facts, EvaluationParams(), images=np.zeros(len(facts.dataset.images), bool))
    assert (evaluation.outcomes.kind == OutcomeKind.NOT_KEPT).all()
    assert evaluation.confusion.counts.size == 0


def test_columns_of_rows_of_either_side():
    dataset, run = golden()
    outcomes = evaluate(prepare_run(dataset, run), EvaluationParams(score_threshold=0.0)).outcomes
    rows = np.array([13, 0, 8, 7])
    assert outcomes.n_predictions == 8
    assert outcomes.image_row(rows).tolist() == [2, 0, 0, 2]
    assert outcomes.class_row(rows).tolist() == [0, 0, 0, 1]
    np.testing.assert_array_equal(outcomes.score(rows), [np.nan, 0.9, np.nan, 0.3])


def test_matched_rows_name_each_other():
    facts = facts_of(2)
    outcomes = evaluate(facts, EvaluationParams(score_threshold=0.3)).outcomes
    n = outcomes.n_predictions
    true = np.flatnonzero(outcomes.kind == OutcomeKind.TRUE_POSITIVE)
    assert true.size > 5
    np.testing.assert_array_equal(outcomes.target[n + outcomes.target[true]], true)
    np.testing.assert_array_equal(outcomes.iou[n + outcomes.target[true]], outcomes.iou[true])
    assert (outcomes.iou[true] >= 0.5).all()
    np.testing.assert_array_equal(np.isnan(outcomes.iou), outcomes.target < 0)


@pytest.mark.parametrize(
    ("n_images", "n_classes", "ground_truth", "predictions"),
    [
        (0, 0, [], []),
        (2, 2, [], []),
        (2, 2, [(1, 1, 0, 0, 9, 9)], []),
        (2, 2, [], [(1, 2, 0, 0, 9, 9, 0.9)]),
        (1, 1, [(1, 1, 0, 0, 9, 9, 1)], [(1, 1, 0, 0, 9, 9, 0.9)]),
    ],
    ids=["no images", "no boxes", "no predictions", "no ground truth", "only a crowd"],
)
def test_empty_sets(n_images, n_classes, ground_truth, predictions):
    facts = prepare_run(*by_hand(n_images, n_classes, ground_truth, predictions))
    evaluation = evaluate(facts, EvaluationParams())
    counts = evaluation.outcomes.counts()
    only_crowd = len(ground_truth) == len(predictions) == 1
    assert counts[OutcomeKind.MISSED] == (len(ground_truth) if not only_crowd else 0)
    assert counts[OutcomeKind.BACKGROUND] == (len(predictions) if not only_crowd else 0)
    assert counts[OutcomeKind.IGNORED] == (2 if only_crowd else 0)
    assert evaluation.confusion.dense().shape == (n_classes + 1, n_classes + 1)
    assert evaluation.confusion.counts.sum() == (0 if only_crowd else len(ground_truth) + len(predictions))
