from __future__ import annotations

import numpy as np

from diag_gui.evaluation.matching import match
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import prepare_run
from tests.evaluation.coco_facts import by_hand


def matches_of(ground_truth, predictions, t=0.5, max_detections=100, gt_ignored=None, pred_outside=None):
    facts = prepare_run(*by_hand(2, 2, ground_truth, predictions))
    ignored = facts.gt_ignored
    if gt_ignored is not None:
        ignored = ignored | np.array(gt_ignored)
    return match(
        facts.pairs,
        facts.ranking,
        facts.run.predictions,
        EvaluationParams(iou_threshold=t, max_detections=max_detections),
        gt_ignored=ignored,
        pred_outside=None if pred_outside is None else np.array(pred_outside),
    )


def test_the_higher_score_takes_the_box_even_with_the_lower_iou():
    matches = matches_of([(1, 1, 0, 0, 10, 10)], [(1, 1, 0, 0, 10, 10, 0.5), (1, 1, 0, 0, 10, 6, 0.9)])
    assert matches.gt_row_of_pred.tolist() == [-1, 0]
    assert matches.pred_row_of_gt.tolist() == [1]
    assert matches.iou_of_pred.tolist() == [0.0, 0.6]


def test_of_equal_scores_the_first_in_the_file_takes_the_box():
    matches = matches_of([(1, 1, 0, 0, 10, 10)], [(1, 1, 0, 0, 10, 8, 0.5), (1, 1, 0, 0, 10, 10, 0.5)])
    assert matches.gt_row_of_pred.tolist() == [0, -1]


def test_of_equal_ious_the_later_box_is_taken():
    matches = matches_of([(1, 1, 0, 0, 10, 10), (1, 1, 0, 0, 10, 10)], [(1, 1, 0, 0, 10, 9, 0.5)])
    assert matches.gt_row_of_pred.tolist() == [1]


def test_a_prediction_takes_the_best_box_that_is_left():
    truth = [(1, 1, 0, 0, 10, 10), (1, 1, 0, 0, 10, 6)]
    matches = matches_of(truth, [(1, 1, 0, 0, 10, 10, 0.9), (1, 1, 0, 0, 10, 9, 0.8)])
    assert matches.gt_row_of_pred.tolist() == [0, 1]


def test_an_iou_equal_to_the_threshold_matches():
    truth, found = [(1, 1, 0, 0, 10, 10)], [(1, 1, 0, 0, 10, 5, 0.9)]
    assert matches_of(truth, found, t=0.5).gt_row_of_pred.tolist() == [0]
    assert matches_of(truth, found, t=np.nextafter(0.5, 1)).gt_row_of_pred.tolist() == [-1]


def test_a_perfect_box_matches_at_threshold_one():
    assert matches_of([(1, 1, 3, 3, 7, 7)], [(1, 1, 3, 3, 7, 7, 0.9)], t=1.0).gt_row_of_pred.tolist() == [0]


def test_other_classes_and_images_do_not_match():
    truth = [(1, 1, 0, 0, 10, 10)]
    assert matches_of(truth, [(1, 2, 0, 0, 10, 10, 0.9), (2, 1, 0, 0, 10, 10, 0.9)]).gt_row_of_pred.tolist() == [-1, -1]


def test_a_crowd_absorbs_many_and_they_are_ignored_not_true():
    matches = matches_of([(1, 1, 0, 0, 100, 100, 1)], [(1, 1, 5 * k, 0, 10, 10, 0.9 - k / 10) for k in range(3)])
    assert matches.gt_row_of_pred.tolist() == [0, 0, 0]
    assert matches.pred_ignored.tolist() == [True, True, True]
    assert matches.pred_row_of_gt.tolist() == [2]
    assert matches.gt_ignored.tolist() == [True]


def test_a_regular_box_goes_before_a_crowd_that_fits_better():
    matches = matches_of([(1, 1, 0, 0, 100, 100, 1), (1, 1, 0, 0, 10, 10)], [(1, 1, 0, 0, 10, 6, 0.9)])
    assert matches.gt_row_of_pred.tolist() == [1]
    assert matches.pred_ignored.tolist() == [False]


def test_an_ignored_box_that_is_no_crowd_absorbs_one():
    found = [(1, 1, 0, 0, 10, 10, 0.9), (1, 1, 0, 0, 10, 9, 0.8)]
    matches = matches_of([(1, 1, 0, 0, 10, 10)], found, gt_ignored=[True])
    assert matches.gt_row_of_pred.tolist() == [0, -1]
    assert matches.pred_ignored.tolist() == [True, False]


def test_outside_a_slice_only_the_unmatched_are_ignored():
    found = [(1, 1, 0, 0, 10, 10, 0.9), (1, 1, 50, 50, 10, 9, 0.8), (1, 1, 80, 80, 10, 9, 0.8)]
    matches = matches_of([(1, 1, 0, 0, 10, 10)], found, pred_outside=[True, True, False])
    assert matches.pred_ignored.tolist() == [False, True, False]


def test_the_cut_is_per_image_and_class():
    truth = [(1, 1, 20 * k, 0, 10, 10) for k in range(3)] + [(1, 2, 80, 0, 10, 10)]
    found = [(1, 1, 20 * k, 0, 10, 10, 0.9 - k / 10) for k in range(3)] + [(1, 2, 80, 0, 10, 10, 0.1)]
    assert matches_of(truth, found, max_detections=2).gt_row_of_pred.tolist() == [0, 1, -1, 3]


def test_lower_scores_never_change_the_match_of_a_higher_one():
    random = np.random.default_rng(4)
    boxes = np.column_stack([random.integers(0, 30, (80, 2)), random.integers(5, 30, (80, 2))]).tolist()
    truth = [(1, 1, *box) for box in boxes[:30]]
    found = [(1, 1, *box, score) for box, score in zip(boxes[30:], (random.integers(0, 8, 50) / 8).tolist(), strict=True)]
    whole = matches_of(truth, found)
    for s in (0.25, 0.5, 0.75):
        rows = [row for row, record in enumerate(found) if record[-1] >= s]
        part = matches_of(truth, [found[row] for row in rows])
        np.testing.assert_array_equal(part.gt_row_of_pred, whole.gt_row_of_pred[rows])
