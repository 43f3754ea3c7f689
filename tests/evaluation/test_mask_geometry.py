"""What masks mean to the facts of a run: who has one, whose box stands for it, and what is left out or refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.data.masks import UNUSABLE
from diag_gui.evaluation import mask_columns
from diag_gui.evaluation.evaluator import evaluate, prepare_run, summarize
from diag_gui.evaluation.mask_columns import ground_truth_masks, predicted_masks
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand

TASK = EvaluationParams(task="segm")


def square(x, y, side=10):
    return [[x, y, x + side, y, x + side, y + side, x, y + side]]


def facts_with(gt_masks, pred_masks, *, crowds=(), sides=(100, 100), **columns):
    """Return dataset and run of one image and one class, with a box of 10 by 10 for each mask."""
    dataset, run = by_hand(
        1, 1, [(1, 1, 0, 0, 10, 10, int(k in crowds), 100) for k in range(len(gt_masks))],
        [(1, 1, 0, 0, 10, 10, 0.9 - k / 10) for k in range(len(pred_masks))],
    )  # fmt: skip
    images = replace(dataset.images, height=np.array([sides[0]], np.int32), width=np.array([sides[1]], np.int32))
    gt_columns = {name[3:]: value for name, value in columns.items() if name.startswith("gt_")}
    pred_columns = {name[5:]: value for name, value in columns.items() if name.startswith("pred_")}
    gt = replace(dataset.ground_truth, masks=tuple(gt_masks), **gt_columns)
    predictions = replace(run.predictions, masks=tuple(pred_masks), **pred_columns)
    return replace(dataset, images=images, ground_truth=gt), replace(run, predictions=predictions)


def test_masks_of_equal_boxes_are_told_apart():
    left = [[0, 0, 5, 0, 5, 10, 0, 10]]
    facts = prepare_run(*facts_with([square(0, 0)], [square(0, 0), left, square(20, 20)]), task="segm")
    assert facts.pairs.iou.tolist() == [1.0, 0.5]
    assert facts.pairs.pred_row.tolist() == [0, 1]
    assert evaluate(facts, TASK).totals.mean_iou == 1.0


def test_polygons_and_both_kinds_of_runs_are_one_mask():
    pixels = np.zeros((100, 100), np.uint8)
    pixels[10:20, 5:15] = 1
    runs = np.diff(np.r_[0, np.flatnonzero(np.diff(pixels.ravel(order="F"))) + 1, 10_000]).tolist()
    from pycocotools import mask

    string = mask.encode(np.asfortranarray(pixels))["counts"].decode()
    ways = [square(5, 10), {"size": [100, 100], "counts": runs}, {"size": [100, 100], "counts": string}]
    facts = prepare_run(*facts_with(ways, ways), task="segm")
    assert facts.pairs.iou.tolist() == [1.0] * 9


def test_the_box_stands_for_the_mask_of_a_prediction_without_one():
    facts = prepare_run(*facts_with([square(0, 0)], [None, square(0, 0, 5)]), task="segm")
    assert facts.pairs.iou.tolist() == [1.0, 0.25]
    dataset, run = facts_with([square(0, 0)], [None])
    alone = replace(run, predictions=replace(run.predictions, masks=None))
    assert prepare_run(dataset, alone, task="segm").pairs.iou.tolist() == [1.0]


def test_a_huge_box_fills_its_image():
    dataset, run = facts_with([square(0, 0, 100)], [None])
    run = replace(run, predictions=replace(run.predictions, xywh=np.array([[-5e8, -5e8, 1e9, 1e9]])))
    assert prepare_run(dataset, run, task="segm").pairs.iou.tolist() == [1.0]


def test_a_label_without_a_mask_is_refused_by_name():
    with pytest.raises(EvaluationError, match=r"ground_truth.json: label 2 on 1.jpg has no mask \(2 labels have none\)"):
        prepare_run(*facts_with([square(0, 0), None, None], [square(0, 0)]), task="segm")
    with pytest.raises(EvaluationError, match=r"label 1 on 1\.jpg has no mask; segm"):
        prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 10, 10)], []), task="segm")


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        ({"size": [100, 100], "counts": [5, 3]}, "covers 8 pixels"),
        ({"size": [100, 100], "counts": "P"}, "truncated"),
        ({"size": [9, 9], "counts": [81]}, "not that of its image"),
        ([[0, 0, 10, float("nan"), 5, 5]], "not finite"),
        ("mask", "neither polygons nor RLE"),
    ],
)
def test_a_mask_that_no_reader_has_checked_is_refused_by_name(mask, reason):
    with pytest.raises(EvaluationError, match=f"label 2 on 1.jpg: .*{reason}"):
        prepare_run(*facts_with([square(0, 0), mask], [square(0, 0)]), task="segm")
    with pytest.raises(EvaluationError, match=f"prediction 1 on 1.jpg: .*{reason}"):
        prepare_run(*facts_with([square(0, 0)], [square(0, 0), mask]), task="segm")


def test_polygons_need_the_size_of_their_image_and_runs_bring_it():
    with pytest.raises(EvaluationError, match=r"label 1 on 1\.jpg: polygons cannot be filled in an image whose width"):
        prepare_run(*facts_with([square(0, 0)], [square(0, 0)], sides=(-1, -1)), task="segm")
    with pytest.raises(EvaluationError, match="mask_pixels"):
        prepare_run(*facts_with([square(0, 0)], [square(0, 0)], sides=(2**30, 4)), task="segm")
    runs = {"size": [6, 4], "counts": [3, 9, 12]}
    facts = prepare_run(*facts_with([runs], [runs], sides=(-1, -1)), task="segm")
    assert facts.pairs.iou.tolist() == [1.0]


def test_masks_of_two_sizes_in_an_image_of_unknown_size_are_refused_by_name():
    one, other = {"size": [6, 4], "counts": [24]}, {"size": [4, 6], "counts": [24]}
    with pytest.raises(EvaluationError, match=r"1.jpg: masks of 6 x 4 and of 4 x 6"):
        prepare_run(*facts_with([one], [other], sides=(-1, -1)), task="segm")


def test_a_label_whose_mask_cannot_be_used_counts_nowhere_and_such_a_prediction_is_false():
    facts = prepare_run(*facts_with([square(0, 0), UNUSABLE], [square(0, 0), UNUSABLE]), task="segm")
    assert facts.gt_ignored.tolist() == [False, True]
    evaluation = evaluate(facts, TASK)
    assert (evaluation.totals.tp, evaluation.totals.fp, evaluation.totals.fn) == (1, 1, 0)
    assert summarize(facts).figures["AP"] == pytest.approx(1.0)


def test_areas_are_the_files_else_those_of_the_pixels():
    half = [[0, 0, 5, 0, 5, 10, 0, 10]]
    has = np.array([True, False])
    facts = prepare_run(*facts_with([half, half], [half, half], gt_has_area=has, pred_has_box=has), task="segm")
    assert facts.gt_area.tolist() == [100, 50]
    assert facts.pred_area.tolist() == [100, 50]
    facts = prepare_run(*facts_with([half, half], [half, half], gt_has_area=has, pred_has_box=has))
    assert facts.gt_area.tolist() == [100, 100]
    assert facts.pred_area.tolist() == [100, 50]


def test_two_labels_of_one_object_are_found_by_their_masks_not_by_their_boxes():
    dataset, run = by_hand(1, 2, [(1, 1, 0, 0, 20, 20), (1, 2, 0, 0, 20, 20), (1, 1, 0, 0, 20, 20)], [])
    masks = (square(0, 0, 20), square(0, 0, 20), [[0, 0, 20, 0, 0, 20]])
    dataset = replace(dataset, ground_truth=replace(dataset.ground_truth, masks=masks))
    found = prepare_run(dataset, run, task="segm").label_error
    assert found[:2].tolist() == [1.0, 1.0]
    assert found[2] < 1
    assert prepare_run(dataset, run).label_error.tolist() == [1.0, 1.0, 1.0]


def test_masks_of_the_ground_truth_are_filled_once_and_those_of_no_other_dataset():
    dataset, run = facts_with([square(0, 0)], [square(0, 0)])
    assert ground_truth_masks(dataset) is ground_truth_masks(replace(dataset, name="joined"))
    narrow = replace(dataset, images=replace(dataset.images, width=np.array([5], np.int32)))
    assert ground_truth_masks(narrow).area.tolist() == [50]
    assert predicted_masks(narrow, run.predictions).area.tolist() == [50]


def test_boxes_never_fill_a_mask(monkeypatch):
    def filled(*arguments):
        raise AssertionError("a mask was filled")

    monkeypatch.setattr(mask_columns, "filled", filled)
    facts = prepare_run(*facts_with([square(0, 0)], [square(0, 0), None]))
    assert facts.pairs.iou.tolist() == [1.0, 1.0]


def test_nothing_pairs_with_nothing():
    for truth, found in (([], []), ([square(0, 0)], []), ([], [square(0, 0)]), ([[[1, 1, 1, 1, 1, 1]]], [square(0, 0)])):
        facts = prepare_run(*facts_with(truth, found), task="segm")
        assert len(facts.pairs) == 0


def test_many_threads_say_what_one_says():
    random = np.random.default_rng(4)
    masks = [square(*random.uniform(0, 80, 2), random.uniform(1, 40)) for _ in range(3000)]
    dataset, run = facts_with(masks[:200], masks)
    one, many = (prepare_run(dataset, run, task="segm", workers=workers) for workers in (1, 4))
    np.testing.assert_array_equal(one.pairs.iou, many.pairs.iou)
    np.testing.assert_array_equal(one.pairs.gt_row, many.pairs.gt_row)
