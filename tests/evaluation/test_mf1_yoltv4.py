from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.mf1_yoltv4 import mf1_yoltv4
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.random_sets import random_set
from tests.examples import examples

EVERYTHING = EvaluationParams(score_threshold=0.0)


def closed_iou(one, other):
    """Return the IoU of two xywh boxes that touch, edges included, or None."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width < 0 or height < 0:
        return None
    return width * height / (one[2] * one[3] + other[2] * other[3] - width * height)


def one_way(choosers, offered, image_ids, classes):
    """Transcribe one pass of the rule, box by box: (image, class, box) in file order to the recorded IoUs per class."""
    recorded = {class_id: [] for class_id in classes}
    for image_id in image_ids:
        left = [entry for entry in offered if entry[0] == image_id]
        for class_id in classes:
            for chooser in choosers:
                if chooser[:2] != (image_id, class_id):
                    continue
                best, best_iou = None, -1.0
                for entry in left:
                    iou = closed_iou(chooser[2], entry[2])
                    if iou is not None and iou > best_iou:
                        best, best_iou = entry, iou
                if best is not None and best[1] == class_id:
                    recorded[class_id].append(best_iou)
                    left = [entry for entry in left if entry is not best]
                else:
                    recorded[class_id].append(0.0)
    return recorded


def literal_mf1(n_images, ground_truth, predictions, t, s, name_of=str):
    truth = [(gt[0], gt[1], gt[2:6]) for gt in ground_truth if not (len(gt) > 6 and gt[6])]
    found = [(pred[0], pred[1], pred[2:6]) for pred in predictions if pred[6] >= s]
    classes = sorted({entry[1] for entry in truth}, key=name_of)
    images = range(1, n_images + 1)
    f1 = []
    precision_of, recall_of = one_way(found, truth, images, classes), one_way(truth, found, images, classes)
    for class_id in classes:
        shares = []
        for ious in (precision_of[class_id], recall_of[class_id]):
            shares.append(sum(iou >= t for iou in ious) / len(ious) if ious else 0.0)
        f1.append(2 * shares[0] * shares[1] / sum(shares) if sum(shares) else 0.0)
    return sum(f1) / len(f1)


def mf1_of(n_images, n_classes, ground_truth, predictions, params=EVERYTHING, **options):
    return mf1_yoltv4(prepare_run(*by_hand(n_images, n_classes, ground_truth, predictions)), params, **options)


def test_toy_set_agrees_with_the_other_rule():
    facts = prepare_run(*golden())
    assert mf1_yoltv4(facts, EVERYTHING) == pytest.approx(0.422222, abs=1e-6)
    assert evaluate(facts, EVERYTHING).totals.mf1 == pytest.approx(0.422222, abs=1e-6)


def test_a_match_below_the_threshold_still_removes_the_label():
    """Example A of METRICS.md."""
    ground_truth = [(1, 1, 0, 0, 100, 100)]
    predictions = [(1, 1, 0, 0, 100, 30, 0.9), (1, 1, 0, 0, 100, 90, 0.8)]
    facts = prepare_run(*by_hand(1, 1, ground_truth, predictions))
    totals = evaluate(facts, EVERYTHING).totals
    assert (totals.precision, totals.recall) == (0.5, 1.0)
    assert totals.mf1 == pytest.approx(2 / 3)
    assert mf1_yoltv4(facts, EVERYTHING) == 0.0


def test_a_label_of_another_class_blocks():
    """Example B of METRICS.md."""
    ground_truth = [(1, 1, 0, 0, 100, 100), (1, 2, 0, 10, 100, 100)]
    predictions = [(1, 1, 0, 8, 100, 100, 0.9)]
    facts = prepare_run(*by_hand(1, 2, ground_truth, predictions))
    assert evaluate(facts, EVERYTHING).per_class.f1[0] == 1.0
    assert mf1_yoltv4(facts, EVERYTHING) == 0.0


def test_boxes_that_only_touch_are_taken():
    """Where the only label it touches is of its class, a prediction takes it at IoU 0 and the next finds nothing."""
    ground_truth = [(1, 1, 0, 0, 10, 10)]
    predictions = [(1, 1, 10, 0, 10, 10, 0.9), (1, 1, 0, 0, 10, 10, 0.8)]
    assert mf1_of(1, 1, ground_truth, predictions) == 0.0
    apart = [(1, 1, 11, 0, 10, 10, 0.9), (1, 1, 0, 0, 10, 10, 0.8)]
    assert mf1_of(1, 1, ground_truth, apart) == pytest.approx(2 / 3)


def test_file_order_and_not_score_decides():
    ground_truth = [(1, 1, 0, 0, 100, 100)]
    good_first = [(1, 1, 0, 0, 100, 90, 0.3), (1, 1, 0, 0, 100, 30, 0.9)]
    assert mf1_of(1, 1, ground_truth, good_first) == pytest.approx(2 / 3)


def test_classes_take_their_turn_by_name_and_not_by_id():
    ground_truth = [(1, 1, 0, 0, 100, 100), (1, 2, 0, 0, 100, 60)]
    predictions = [(1, 1, 0, 0, 100, 100, 0.9), (1, 2, 0, 0, 100, 90, 0.9)]
    dataset, run = by_hand(1, 2, ground_truth, predictions)
    reversed_dataset = replace(dataset, classes=replace(dataset.classes, name=("z", "a")))
    in_id_order = mf1_yoltv4(prepare_run(dataset, run), EVERYTHING)
    by_name = mf1_yoltv4(prepare_run(reversed_dataset, run), EVERYTHING)
    assert in_id_order == literal_mf1(1, ground_truth, predictions, 0.5, 0.0)
    assert by_name == literal_mf1(1, ground_truth, predictions, 0.5, 0.0, name_of=lambda class_id: " za"[class_id])
    assert in_id_order != by_name


def test_crowds_are_removed_and_max_detections_plays_no_part():
    ground_truth = [(1, 1, 0, 0, 100, 100), (1, 1, 0, 0, 100, 99, 1)]
    predictions = [(1, 1, 0, 0, 100, 99, 0.9)]
    assert mf1_of(1, 1, ground_truth, predictions, EvaluationParams(max_detections=1)) == 1.0
    truth = [(1, 1, 200 * i, 0, 100, 100) for i in range(3)]
    found = [(1, 1, 200 * i, 0, 100, 100, 0.9) for i in range(3)]
    assert mf1_of(1, 1, truth, found, EvaluationParams(max_detections=1)) == 1.0


def test_predictions_of_classes_without_labels_block_recall_only():
    ground_truth = [(1, 1, 0, 0, 100, 100)]
    predictions = [(1, 1, 0, 0, 100, 90, 0.9), (1, 2, 0, 0, 100, 100, 0.9)]
    assert mf1_of(1, 2, ground_truth, predictions) == 0.0
    assert mf1_of(1, 2, ground_truth, predictions[:1]) == 1.0


def test_without_labels_it_is_undefined_and_without_predictions_zero():
    assert np.isnan(mf1_of(1, 1, [], [(1, 1, 0, 0, 9, 9, 0.9)]))
    assert np.isnan(mf1_of(0, 0, [], []))
    assert np.isnan(mf1_of(1, 1, [(1, 1, 0, 0, 9, 9, 1)], []))
    assert mf1_of(1, 1, [(1, 1, 0, 0, 9, 9)], []) == 0.0


def test_boxes_without_area_touch_nothing():
    assert mf1_of(1, 1, [(1, 1, 0, 0, 9, 9)], [(1, 1, 2, 2, 0, 3, 0.9)]) == 0.0


def test_only_asked_images_count():
    ground_truth = [(1, 1, 0, 0, 9, 9), (2, 1, 0, 0, 9, 9)]
    predictions = [(1, 1, 0, 0, 9, 9, 0.9), (2, 1, 40, 0, 9, 9, 0.9)]
    assert mf1_of(2, 1, ground_truth, predictions) == 0.5
    assert mf1_of(2, 1, ground_truth, predictions, images=np.array([True, False])) == 1.0


@examples(60)
@given(
    seed=st.integers(0, 10_000),
    crowds=st.booleans(),
    ties=st.booleans(),
    t=st.sampled_from([0.1, 0.3, 0.5, 0.8]),
    s=st.sampled_from([0.0, 0.4, 0.8]),
)
def test_random_sets_agree_with_the_rule_written_out(seed, crowds, ties, t, s):
    n_images, n_classes, ground_truth, predictions = random_set(seed, crowds=crowds, ties=ties, n_images=4)
    ours = mf1_of(n_images, n_classes, ground_truth, predictions, EvaluationParams(iou_threshold=t, score_threshold=s))
    assert ours == pytest.approx(literal_mf1(n_images, ground_truth, predictions, t, s), abs=1e-12)
