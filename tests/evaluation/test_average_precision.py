from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.average_precision import IOU_GRID, RECALL_GRID, sweep_scores
from diag_gui.evaluation.ranking import rank_predictions
from tests.evaluation.coco_facts import by_hand


def sweep(scores_and_status, n_gt, n_classes=1):
    """Sweep predictions given as (score, status) or (score, status, class id)."""
    rows = [(*row, 1)[:3] for row in scores_and_status]
    _, run = by_hand(1, n_classes, [], [(1, c, 0, 0, 9, 9, score) for score, _, c in rows])
    status = np.array([status for _, status, _ in rows], dtype=np.uint8)
    ranking = rank_predictions(run.predictions, n_classes)
    return sweep_scores(run.predictions, ranking, status, np.array(n_gt, dtype=np.int64))


def test_the_grids_are_those_of_pycocotools_to_the_bit():
    assert RECALL_GRID.tolist() == np.linspace(0.0, 1.00, int(np.round((1.00 - 0.0) / 0.01)) + 1, endpoint=True).tolist()
    assert IOU_GRID.tolist() == np.linspace(0.5, 0.95, int(np.round((0.95 - 0.5) / 0.05)) + 1, endpoint=True).tolist()
    assert (np.arange(101) / 100 != RECALL_GRID).sum() == 10


def test_ap_reads_the_envelope_at_101_recalls():
    # Precision 1 up to recall 1/2, then 2/3 up to recall 1: 51 recalls of 1 and 50 of 2/3.
    assert sweep([(0.9, 2), (0.8, 1), (0.7, 2)], [2]).ap[0] == pytest.approx((51 + 50 * 2 / 3) / 101, abs=1e-12)


def test_ap_stops_at_the_recall_that_is_reached():
    assert sweep([(0.9, 2)], [2]).ap[0] == pytest.approx(51 / 101, abs=1e-12)


def test_what_does_not_count_moves_nothing():
    with_ignored = sweep([(0.95, 0), (0.9, 2), (0.85, 0), (0.8, 1), (0.7, 2)], [2])
    without = sweep([(0.9, 2), (0.8, 1), (0.7, 2)], [2])
    assert with_ignored.ap[0] == without.ap[0]
    assert (with_ignored.best_f1[0], with_ignored.best_score[0]) == (without.best_f1[0], without.best_score[0])


def test_a_class_without_ground_truth_has_no_ap_and_one_without_predictions_has_zero():
    result = sweep([(0.9, 1, 1)], [0, 3], n_classes=2)
    assert np.isnan(result.ap[0])
    assert np.isnan(result.best_f1[0])
    assert result.ap[1] == 0.0
    assert result.best_f1[1] == 0.0
    assert np.isnan(result.best_score[1])


def test_best_f1_takes_equal_scores_whole():
    # Between the two of score .5 F1 would be 1, but no threshold lies there.
    result = sweep([(0.9, 2), (0.5, 2), (0.5, 1)], [2])
    assert result.best_f1[0] == pytest.approx(4 / 5)
    assert result.best_score[0] == 0.5


def test_of_equal_best_f1_the_highest_score_is_named():
    # F1 is 1/2 with 1 of 3 kept at .9 (2/4) and again with 2 of 5 at .2 (4/8).
    result = sweep([(0.9, 2), (0.8, 1), (0.7, 1), (0.6, 1), (0.2, 2)], [3])
    assert result.best_f1[0] == 0.5
    assert result.best_score[0] == 0.9


def test_best_f1_over_all_classes_charges_classes_without_ground_truth():
    result = sweep([(0.9, 1, 1), (0.8, 2, 2)], [0, 1], n_classes=2)
    assert result.best_f1[1] == 1.0
    assert result.total_best_f1 == pytest.approx(2 / 3)
    assert result.total_best_score == 0.8


def test_ap_falls_where_a_false_positive_precedes_and_not_where_it_follows():
    clean = sweep([(0.9, 2), (0.8, 2)], [2]).ap[0]
    assert sweep([(0.9, 2), (0.8, 2), (0.1, 1)], [2]).ap[0] == clean
    assert sweep([(0.95, 1), (0.9, 2), (0.8, 2)], [2]).ap[0] < clean
