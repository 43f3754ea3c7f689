from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.evaluation import label_errors_objectlab
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.label_errors import LabelSigns
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set

A, B = 1, 2
BOX = (0, 0, 100, 100)


def scores_of(ground_truth, predictions, n_images=2):
    return prepare_run(*by_hand(n_images, 3, ground_truth, predictions)).labels.object_lab


def iou_of(one, other):
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    inter = max(width, 0) * max(height, 0)
    return inter / (one[2] * one[3] + other[2] * other[3] - inter)


def near(label, prediction):
    x, y = (label[axis] + label[axis + 2] / 2 - prediction[axis] - prediction[axis + 2] / 2 for axis in (0, 1))
    return math.exp(-0.1 * math.hypot(x, y) / math.hypot(label[2], label[3]))


def slowly(signs: LabelSigns):
    """Compute ObjectLab's scores one image at a time, as its paper says but for the relative distance."""
    gt, predictions = signs.dataset.ground_truth, signs.runs[0].predictions
    n_images = len(signs.dataset.images)
    labels = [[row for row in np.flatnonzero(gt.image_row == i) if not gt.is_crowd[row]] for i in range(n_images)]
    found = [np.flatnonzero(predictions.image_row == i).tolist() for i in range(n_images)]
    boxes, boxes_of_pred = gt.xywh.tolist(), predictions.xywh.tolist()

    def similarity(g, p):
        return 0.9 * iou_of(boxes[g], boxes_of_pred[p]) + 0.1 * near(boxes[g], boxes_of_pred[p])

    least = min(
        (0.1 * near(boxes[g], boxes_of_pred[p]) for i in range(n_images) for g in labels[i] for p in found[i]), default=1.0
    )
    overlooked, located, swapped = ({} for _ in range(3))
    for i in range(n_images):
        for p in found[i]:
            score = predictions.score[p]
            if score >= 0.95 and not any(iou_of(boxes[g], boxes_of_pred[p]) > 0 for g in labels[i]):
                same = [similarity(g, p) for g in labels[i] if gt.class_row[g] == predictions.class_row[p]]
                overlooked[p] = max(same) if same else least * (1 - score)
        for g in labels[i]:
            same = [p for p in found[i] if predictions.class_row[p] == gt.class_row[g] and predictions.score[p] > 0.5]
            located[g] = max((similarity(g, p) for p in same if iou_of(boxes[g], boxes_of_pred[p]) > 0), default=1.0)
            other = [p for p in found[i] if predictions.class_row[p] != gt.class_row[g] and predictions.score[p] > 0.95]
            swapped[g] = max(least, 1 - max(similarity(g, p) for p in other)) if other else 1.0
            if any(gt.class_row[h] != gt.class_row[g] and iou_of(boxes[g], boxes[h]) >= 0.95 for h in labels[i]):
                swapped[g] = least

    def soft(values):
        weights = [math.exp((1 - value) / 0.1) for value in values]
        return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights) if values else 1.0

    images = []
    for i in range(n_images):
        kinds = (
            [overlooked[p] for p in found[i] if p in overlooked],
            [located[g] for g in labels[i]],
            [swapped[g] for g in labels[i]],
        )
        images.append(math.prod(soft(values) ** (1 / 3) for values in kinds))
    return overlooked, located, swapped, images


@given(seed=st.integers(0, 40), crowds=st.booleans(), ties=st.booleans(), at_once=st.sampled_from([1, 7, 500_000]))
def test_scores_are_those_computed_one_image_at_a_time(seed, crowds, ties, at_once):
    n_images, n_classes, ground_truth, predictions = random_set(seed, crowds=crowds, ties=ties)
    sure = [(*record[:6], min(1.0, 0.9 + record[6] / 10)) if number % 3 else record for number, record in enumerate(predictions)]
    facts = prepare_run(*by_hand(n_images, n_classes, ground_truth, sure))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(label_errors_objectlab, "_AT_ONCE", at_once)
        scores = facts.labels.object_lab
    overlooked, located, swapped, images = slowly(facts.labels)
    assert dict(enumerate(scores.overlooked.tolist())) == pytest.approx(
        {p: overlooked.get(p, math.nan) for p in range(len(scores.overlooked))}, nan_ok=True
    )
    for values, expected in ((scores.badly_located, located), (scores.swapped, swapped)):
        assert values.tolist() == pytest.approx([expected.get(g, math.nan) for g in range(len(values))], nan_ok=True)
    assert scores.image.tolist() == pytest.approx(images)


def test_an_overlooked_object_of_a_class_that_is_not_labelled_in_the_image():
    scores = scores_of([(1, A, *BOX)], [(1, B, 500, 500, 9, 9, 0.96), (1, A, 500, 0, 9, 9, 0.94)])
    assert scores.overlooked[0] == pytest.approx(0.1 * near(BOX, (500, 500, 9, 9)) * 0.04)
    assert np.isnan(scores.overlooked[1])
    assert scores.image[0] < 0.2
    assert scores.image[1] == 1.0


def test_a_bad_box_does_not_depend_on_the_scale_of_the_image():
    small = scores_of([(1, A, 0, 0, 10, 10)], [(1, A, 0, 0, 4, 10, 0.9)])
    large = scores_of([(1, A, 0, 0, 1000, 1000)], [(1, A, 0, 0, 400, 1000, 0.9)])
    assert small.badly_located[0] == pytest.approx(large.badly_located[0])
    assert small.badly_located[0] == pytest.approx(0.9 * 0.4 + 0.1 * math.exp(-0.1 * 30 / math.hypot(100, 100)))


def test_one_object_with_two_labels_of_different_class_has_a_wrong_one():
    scores = scores_of([(1, A, *BOX), (1, B, 0, 0, 100, 96)], [(1, A, *BOX, 0.9)])
    assert scores.swapped.tolist() == [pytest.approx(0.1, rel=1e-2)] * 2
    assert scores_of([(1, A, *BOX), (1, A, 0, 0, 100, 96)], [(1, A, *BOX, 0.9)]).swapped.tolist() == [1.0, 1.0]


def test_a_sure_prediction_of_another_class_speaks_for_a_swap():
    assert scores_of([(1, A, *BOX)], [(1, B, *BOX, 0.96)]).swapped.tolist() == [pytest.approx(0.1)]
    assert scores_of([(1, A, *BOX)], [(1, B, *BOX, 0.95)]).swapped.tolist() == [1.0]


def test_crowds_are_no_labels():
    scores = scores_of([(1, A, *BOX, 1)], [(1, A, *BOX, 0.99)])
    assert np.isnan([scores.badly_located[0], scores.swapped[0]]).all()
    assert scores.overlooked[0] == pytest.approx(0.01)


def test_empty_sets():
    for n_images, ground_truth, predictions in ((0, [], []), (1, [], []), (1, [(1, 1, *BOX)], []), (1, [], [(1, 1, *BOX, 0.99)])):
        scores = scores_of(ground_truth, predictions, n_images)
        assert len(scores.image) == n_images
        assert (scores.image <= 1).all()
