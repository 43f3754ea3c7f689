"""Matching again inside a slice only where it can matter gives the matches of matching everything again."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.matching import Matches, match
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_rematching import choices_of, rematch
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("iou", [0.3, 0.5, 0.75])
def test_the_matches_are_those_of_matching_everything(seed: int, iou: float) -> None:
    facts = prepare_run(
        *by_hand(*random_set(seed, n_images=4, crowds=seed % 2 == 0, ties=seed % 3 == 0, n_classes=1)), max_detections=20
    )
    evaluation = evaluate(facts, EvaluationParams(iou_threshold=iou, max_detections=20))
    random = np.random.default_rng(seed)
    for share in (0.0, 0.2, 0.5, 0.9, 1.0):
        gt_inside = random.random(len(facts.dataset.ground_truth)) < share
        pred_inside = random.random(len(facts.run.predictions)) < share
        for of_predictions in (pred_inside, None):
            found = rematch(facts, evaluation, gt_inside, of_predictions, choices_of(facts, iou))
            expected = match(
                facts.pairs,
                facts.ranking,
                facts.run.predictions,
                evaluation.params,
                gt_ignored=facts.gt_ignored | ~gt_inside,
                pred_outside=None if of_predictions is None else ~of_predictions,
            )
            for one in fields(Matches):
                np.testing.assert_array_equal(getattr(found, one.name), getattr(expected, one.name), err_msg=one.name)


def test_what_lies_outside_changes_who_is_matched() -> None:
    # The prediction overlaps both, the first one more: it is matched to the second where the first is outside.
    facts = prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 10, 10), (1, 1, 1, 0, 10, 10)], [(1, 1, 0, 0, 10, 10, 0.5)]))
    evaluation = evaluate(facts, EvaluationParams())
    assert evaluation.matches.gt_row_of_pred.tolist() == [0]
    found = rematch(facts, evaluation, np.array([False, True]), np.array([True]), choices_of(facts, 0.5))
    assert (found.gt_row_of_pred.tolist(), found.pred_row_of_gt.tolist()) == ([1], [-1, 0])


def test_a_set_without_choices_is_matched_once() -> None:
    facts = prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 9, 9), (1, 1, 50, 0, 9, 9)], [(1, 1, 0, 0, 9, 9, 0.5)]))
    choices = choices_of(facts, 0.5)
    assert (len(choices.starts), len(choices.gt_row)) == (0, 0)
    found = rematch(facts, evaluate(facts, EvaluationParams()), np.array([False, True]), np.array([True]), choices)
    assert (found.gt_row_of_pred.tolist(), found.pred_ignored.tolist()) == ([0], [True])
