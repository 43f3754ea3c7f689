"""What slices keep from one setting to the next changes no figure."""

from __future__ import annotations

import pytest

from diag_gui.evaluation import slice_memory
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_memory import SliceMemory
from diag_gui.evaluation.slices import evaluate_slices
from tests.evaluation.attributed_sets import random_evaluation

SLICES = [SliceDefinition(text, text) for text in ("area < 1024", "n_gt > 4", "touches_border = TRUE", "overlap > .1")]


def test_figures_are_those_of_a_fresh_computation_at_every_setting():
    facts, _ = random_evaluation(3)
    memory = SliceMemory(facts)
    for iou, score in ((0.5, 0.25), (0.5, 0.6), (0.7, 0.6), (0.7, 0.1), (0.5, 0.1)):
        evaluation = evaluate(facts, EvaluationParams(iou_threshold=iou, score_threshold=score))
        kept = evaluate_slices(facts, evaluation, SLICES, with_ap=False, memory=memory)
        # As text, since what is undefined is not equal to itself.
        assert repr(kept) == repr(evaluate_slices(facts, evaluation, SLICES, with_ap=False))


def test_a_step_of_the_score_matches_nothing_again(monkeypatch):
    facts, _ = random_evaluation(3)
    memory, calls = SliceMemory(facts), []
    match = slice_memory.matches_inside
    monkeypatch.setattr(slice_memory, "matches_inside", lambda *asked: calls.append(1) or match(*asked))
    for iou, score, n_calls in ((0.5, 0.25, 6), (0.5, 0.6, 6), (0.6, 0.6, 12)):
        params = EvaluationParams(iou_threshold=iou, score_threshold=score)
        evaluate_slices(facts, evaluate(facts, params), SLICES, with_ap=False, memory=memory)
        assert len(calls) == n_calls


@pytest.mark.parametrize("n_slices", [0, 1])
def test_slices_of_images_alone_need_no_matches(n_slices):
    facts, evaluation = random_evaluation(3)
    memory = SliceMemory(facts)
    assert len(evaluate_slices(facts, evaluation, SLICES[1 : 1 + n_slices], with_ap=False, memory=memory)) == n_slices
