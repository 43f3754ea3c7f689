from __future__ import annotations

from concurrent.futures import CancelledError

import numpy as np
import pytest
from pycocotools import mask

from diag_gui.evaluation import candidate_pairs
from diag_gui.evaluation.candidate_pairs import find_candidate_pairs
from diag_gui.evaluation.evaluator import evaluate, summarize
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import prepare_run
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand


def pairs_of(ground_truth, predictions, n_images=2, n_classes=2):
    dataset, run = by_hand(n_images, n_classes, ground_truth, predictions)
    return find_candidate_pairs(dataset, run.predictions)


def test_iou_is_intersection_over_union_of_any_classes():
    pairs = pairs_of([(1, 1, 0, 0, 10, 10)], [(1, 1, 5, 0, 10, 10, 0.9), (1, 2, 0, 0, 10, 5, 0.8)])
    assert pairs.pred_row.tolist() == [0, 1]
    assert pairs.gt_row.tolist() == [0, 0]
    assert pairs.iou.tolist() == [50 / 150, 0.5]
    assert pairs.same_class.tolist() == [True, False]


def test_a_crowd_divides_by_the_area_of_the_prediction():
    pairs = pairs_of([(1, 1, 0, 0, 100, 100, 1)], [(1, 1, 95, 0, 10, 10, 0.9)])
    assert pairs.iou.tolist() == [0.5]


@pytest.mark.parametrize(
    "box", [(10, 0, 10, 10), (10, 10, 5, 5), (0, 0, 0, 10), (5, 5, 3, 0), (9, 9, -5, -5), (50, 50, 5, 5)], ids=str
)
def test_boxes_that_share_no_area_are_no_pair(box):
    assert len(pairs_of([(1, 1, 0, 0, 10, 10)], [(1, 1, *box, 0.9)])) == 0


def test_pairs_in_files_are_those_in_memory(monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    truth = [(1 + n % 5, 1 + n % 2, *rng.integers(0, 60, 2), 20, 20) for n in range(40)]
    found = [(1 + n % 5, 1 + n % 2, *rng.integers(0, 60, 2), 20, 20, n / 90) for n in range(90)]
    dataset, run = by_hand(5, 2, truth, found)
    in_memory = find_candidate_pairs(dataset, run.predictions)
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path))
    monkeypatch.setattr(candidate_pairs, "SHARE_OF_MEMORY", 0.0)
    monkeypatch.setattr(candidate_pairs, "_AT_ONCE", 7)
    told = []
    in_files = find_candidate_pairs(dataset, run.predictions, progress=told.append)
    assert len(in_memory) > 50
    for name in ("pred_row", "gt_row", "iou", "same_class", "offsets", "pred_offsets"):
        assert getattr(in_files, name).tolist() == getattr(in_memory, name).tolist()
    assert not in_files.iou.flags.owndata
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_pairs_that_have_room_nowhere_are_refused(monkeypatch, tmp_path):
    (tmp_path / "scratch").write_text("a file where the folder would be", encoding="utf-8")
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path))
    monkeypatch.setattr(candidate_pairs, "SHARE_OF_MEMORY", 0.0)
    with pytest.raises(EvaluationError, match="no room in memory"):
        pairs_of([(1, 1, 0, 0, 10, 10)], [(1, 1, 5, 0, 10, 10, 0.9)])


def test_boxes_of_different_images_are_no_pair():
    pairs = pairs_of([(1, 1, 0, 0, 10, 10), (2, 1, 0, 0, 10, 10)], [(2, 1, 0, 0, 10, 10, 0.5)])
    assert pairs.gt_row.tolist() == [1]
    assert pairs.offsets.tolist() == [0, 0, 1]


def test_pairs_are_sorted_by_prediction_then_ground_truth_and_cut_by_offsets():
    truth = [(1, 1, 0, 0, 10, 10), (1, 2, 2, 2, 10, 10), (2, 1, 0, 0, 10, 10)]
    found = [(2, 1, 1, 1, 10, 10, 0.1), (1, 2, 1, 1, 10, 10, 0.9), (1, 1, 40, 40, 4, 4, 0.8), (1, 1, 3, 3, 4, 4, 0.7)]
    pairs = pairs_of(truth, found)
    assert list(zip(pairs.pred_row.tolist(), pairs.gt_row.tolist(), strict=True)) == [(0, 0), (0, 1), (2, 0), (2, 1), (3, 2)]
    assert pairs.offsets.tolist() == [0, 4, 5]
    assert pairs.pred_offsets.tolist() == [0, 2, 2, 4, 5]


def test_every_bit_is_that_of_pycocotools():
    random = np.random.default_rng(11)
    truth, found = (
        np.column_stack([random.uniform(0, 300, (60, 2)), random.uniform(-2, 200, (60, 2))]).round(2) for _ in range(2)
    )
    truth[:, 2:] = np.abs(truth[:, 2:]) + 0.01
    crowd = random.random(60) < 0.3
    dataset, run = by_hand(
        1,
        1,
        [(1, 1, *box, int(is_crowd)) for box, is_crowd in zip(truth.tolist(), crowd, strict=True)],
        [(1, 1, *box, 0.5) for box in found.tolist()],
    )
    pairs = find_candidate_pairs(dataset, run.predictions)
    table = np.zeros((60, 60))
    table[pairs.pred_row, pairs.gt_row] = pairs.iou
    np.testing.assert_array_equal(table, mask.iou(found, truth, crowd.astype(np.uint8)))
    assert len(pairs) > 500


def test_a_very_large_run_keeps_overlaps_from_the_background_iou_on(monkeypatch):
    monkeypatch.setattr(candidate_pairs, "ALL_PAIRS_UP_TO", 1)
    dataset, run = by_hand(
        1, 1, [(1, 1, 0, 0, 10, 10)], [(1, 1, 9, 9, 10, 10, 0.9), (1, 1, 0, 0, 10, 1, 0.8), (1, 1, 0, 0, 9, 9, 0.7)]
    )
    assert find_candidate_pairs(dataset, run.predictions).iou.tolist() == [0.1, 0.81]
    pairs = find_candidate_pairs(dataset, run.predictions, background_iou=0.05)
    assert pairs.floor == 0.05
    assert pairs.iou.tolist() == [0.1, 0.81]


def test_an_iou_below_what_was_kept_is_refused_not_answered_wrongly(monkeypatch):
    monkeypatch.setattr(candidate_pairs, "ALL_PAIRS_UP_TO", 0)
    facts = prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 10, 10)], [(1, 1, 0, 0, 9, 9, 0.7)]))
    with pytest.raises(EvaluationError, match="iou_threshold"):
        evaluate(facts, EvaluationParams(iou_threshold=0.05))


def test_nothing_pairs_with_nothing():
    assert len(pairs_of([], [])) == 0
    assert len(pairs_of([(1, 1, 0, 0, 9, 9)], [])) == 0
    assert pairs_of([], [(1, 1, 0, 0, 9, 9, 0.5)]).offsets.tolist() == [0, 0, 0]


def test_the_work_tells_its_progress_and_can_be_cancelled():
    boxes = [(i % 4 + 1, 1, i % 50, 0, 20, 20) for i in range(400)]
    dataset, run = by_hand(4, 1, boxes, [(*box, 0.5) for box in boxes] * 100)
    told: list[float] = []
    facts = prepare_run(dataset, run, workers=2, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 1
    np.testing.assert_array_equal(facts.pairs.iou, prepare_run(dataset, run, workers=1).pairs.iou)
    with pytest.raises(CancelledError):
        prepare_run(dataset, run, cancelled=lambda: True)
    with pytest.raises(CancelledError):
        summarize(facts, cancelled=lambda: True)
