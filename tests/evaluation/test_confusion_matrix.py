from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.confusion_matrix import ConfusionCells, confusion_matrix, count_cells
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.random_sets import random_set

A, B, C = 1, 2, 3
BOX = (0, 0, 100, 100)


def matrix_of(ground_truth, predictions, **settings):
    facts = prepare_run(*by_hand(1, 3, ground_truth, predictions))
    return confusion_matrix(facts, EvaluationParams(**settings)).dense().tolist()


def wide(share, score=0.9, class_id=A):
    return (1, class_id, 0, 0, 100 * share, 100, score)


def test_toy_set():
    matrix = confusion_matrix(prepare_run(*golden()), EvaluationParams(score_threshold=0.0))
    assert matrix.dense().tolist() == [[2, 0, 2], [1, 1, 0], [2, 2, 0]]


def test_a_wrong_class_stands_beside_the_diagonal():
    """A trap of other tools: matched within classes, the off-diagonal is empty."""
    assert matrix_of([(1, A, *BOX)], [wide(0.9, class_id=B)]) == [[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_missed_and_invented_stand_at_the_background():
    assert matrix_of([(1, A, *BOX)], [(1, C, 500, 500, 9, 9, 0.9)]) == [
        [0, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 1, 0],
    ]


def test_all_classes_walk_in_one_order_of_score():
    matrix = matrix_of([(1, A, *BOX)], [wide(0.9, 0.8, A), wide(0.7, 0.9, B)])
    assert matrix[0] == [0, 1, 0, 0]
    assert matrix[3] == [1, 0, 0, 0]


def test_the_diagonal_is_not_the_true_positives():
    facts = prepare_run(*by_hand(1, 2, [(1, A, *BOX)], [wide(0.9, 0.8, A), wide(0.7, 0.9, B)]))
    evaluation = evaluate(facts, EvaluationParams())
    assert evaluation.totals.tp == 1
    assert np.trace(evaluation.confusion.dense()) == 0


def test_each_takes_the_best_that_is_free_and_of_equals_the_later():
    ground_truth = [(1, A, *BOX), (1, B, 0, 0, 60, 100)]
    assert matrix_of(ground_truth, [wide(1.0, 0.9, C), wide(0.95, 0.8, C)])[:2] == [[0, 0, 1, 0], [0, 0, 1, 0]]
    twins = [(1, A, *BOX), (1, B, *BOX)]
    assert matrix_of(twins, [wide(1.0, 0.9, C)]) == [[0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_a_crowd_is_left_out_and_excuses_its_own_class_only():
    crowd = (1, A, *BOX, 1)
    assert matrix_of([crowd], [wide(0.9, class_id=A)]) == np.zeros((4, 4), int).tolist()
    assert matrix_of([crowd], [wide(0.9, class_id=B)])[3] == [0, 1, 0, 0]
    assert matrix_of([crowd], [(1, A, 60, 0, 100, 100, 0.9)])[3] == [1, 0, 0, 0]


def test_what_lies_on_a_crowd_but_matches_a_label_is_matched():
    assert matrix_of([(1, A, *BOX, 1), (1, A, *BOX)], [wide(0.9)])[0] == [1, 0, 0, 0]


def test_the_cut_is_per_image_and_class_and_comes_first():
    facts = prepare_run(*by_hand(1, 2, [(1, A, *BOX)], [wide(0.1, 0.9, A), wide(0.9, 0.8, A), wide(0.9, 0.1, B)]))
    matrix = confusion_matrix(facts, EvaluationParams(max_detections=1, score_threshold=0.0)).dense()
    assert matrix.tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0]]


def test_kept_is_at_least_the_score_threshold_in_float64():
    for score in (0.9, 0.7, 0.1):
        assert np.sum(matrix_of([], [wide(1.0, score)], score_threshold=score)) == 1
        assert np.sum(matrix_of([], [wide(1.0, score)], score_threshold=np.nextafter(score, 1))) == 0


def test_sums_are_the_boxes_that_take_part():
    for seed in range(5):
        n_images, n_classes, ground_truth, predictions = random_set(seed)
        facts = prepare_run(*by_hand(n_images, n_classes, ground_truth, predictions))
        matrix = confusion_matrix(facts, EvaluationParams(score_threshold=0.5)).dense()
        assert matrix[-1, -1] == 0
        np.testing.assert_array_equal(
            matrix[:-1].sum(axis=1), np.bincount(facts.dataset.ground_truth.class_row, minlength=n_classes)
        )
        kept = facts.run.predictions.score >= 0.5
        np.testing.assert_array_equal(
            matrix[:, :-1].sum(axis=0), np.bincount(facts.run.predictions.class_row[kept], minlength=n_classes)
        )


def test_shares_of_rows_and_columns():
    facts = prepare_run(*by_hand(*random_set(4)))
    matrix = confusion_matrix(facts, EvaluationParams(score_threshold=0.5))
    np.testing.assert_array_equal(matrix.normalised("none"), matrix.counts)
    by_gt, by_prediction = matrix.normalised("ground truth"), matrix.normalised("prediction")
    dense = matrix.dense()
    np.testing.assert_allclose(by_gt, (dense / dense.sum(axis=1, keepdims=True))[matrix.rows, matrix.columns])
    np.testing.assert_allclose(by_prediction, (dense / dense.sum(axis=0, keepdims=True))[matrix.rows, matrix.columns])
    for by, shares in (("none", dense), ("ground truth", by_gt), ("prediction", by_prediction)):
        np.testing.assert_allclose(
            matrix.dense_shares(by)[matrix.rows, matrix.columns], shares if by != "none" else matrix.counts
        )
    np.testing.assert_array_equal(matrix.dense_shares("none"), dense)
    with pytest.raises(ValueError, match="normalisation"):
        matrix.normalised("all")  # type: ignore[arg-type]


def test_shares_of_a_row_in_which_nothing_stands_are_undefined():
    facts = prepare_run(*by_hand(1, 3, [(1, A, *BOX)], [wide(0.9, class_id=B), (1, B, 500, 500, 9, 9, 0.9)]))
    matrix = confusion_matrix(facts, EvaluationParams())
    nan = np.nan
    by_gt = [[0, 1, 0, 0], [nan] * 4, [nan] * 4, [0, 1, 0, 0]]
    np.testing.assert_array_equal(matrix.dense_shares("ground truth"), by_gt)
    by_prediction = [[nan, 0.5, nan, nan], [nan, 0, nan, nan], [nan, 0, nan, nan], [nan, 0.5, nan, nan]]
    np.testing.assert_array_equal(matrix.dense_shares("prediction"), by_prediction)


def test_an_empty_matrix_has_no_shares():
    matrix = confusion_matrix(prepare_run(*by_hand(1, 2, [], [])), EvaluationParams())
    assert matrix.dense().tolist() == [[0] * 3] * 3
    for by in ("none", "ground truth", "prediction"):
        assert matrix.normalised(by).size == 0
    assert matrix.present_classes().size == 0


def test_present_classes_are_those_in_any_cell():
    facts = prepare_run(*by_hand(1, 3, [(1, C, *BOX)], [(1, A, 500, 500, 9, 9, 0.9)]))
    assert confusion_matrix(facts, EvaluationParams()).present_classes().tolist() == [0, 2]


def test_many_classes_are_counted_without_a_table_of_all_cells():
    gt = np.array([4999, 5000, -1, 4999], np.int32)
    pred = np.array([0, 7, -1, 0], np.int32)
    matrix = count_cells(ConfusionCells(gt, pred), 5000)
    cells = zip(matrix.rows.tolist(), matrix.columns.tolist(), matrix.counts.tolist(), strict=True)
    assert list(cells) == [(4999, 0, 2), (5000, 7, 1)]
