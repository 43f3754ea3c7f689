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


def test_only_what_is_new_or_has_moved_is_packed_again(monkeypatch):
    facts, evaluation = random_evaluation(3)
    memory, packed = SliceMemory(facts), []
    pack = slice_memory.pack_slices

    def note(facts, names, inside_of, before):
        return pack(facts, names, lambda name: packed.append(name) or inside_of(name), before)

    monkeypatch.setattr(slice_memory, "pack_slices", note)
    more = [*SLICES, SliceDefinition("aspect > 1", "aspect > 1")]
    for listed, expected in (
        (SLICES, ["area < 1024", "touches_border = TRUE", "overlap > .1"]),
        (SLICES, []),
        (more, ["aspect > 1"]),
        ([more[0], *more[3:]], ["overlap > .1", "aspect > 1"]),
        (more[:1], []),
    ):
        packed.clear()
        found = evaluate_slices(facts, evaluation, listed, with_ap=False, memory=memory)
        assert packed == expected
        assert repr(found) == repr(evaluate_slices(facts, evaluation, listed, with_ap=False))


@pytest.mark.parametrize("n_slices", [0, 1])
def test_slices_of_images_alone_are_not_packed(n_slices):
    facts, evaluation = random_evaluation(3)
    memory = SliceMemory(facts)
    listed = SLICES[1 : 1 + n_slices]
    assert len(evaluate_slices(facts, evaluation, listed, with_ap=False, memory=memory)) == n_slices
    assert memory.packed([one.expression for one in listed]).names == ()


def test_figures_do_not_depend_on_which_slices_are_asked_beside():
    texts = ("n_gt >= 0", "n_gt > 4 AND NOT scene = 'fog'", "area < 900 OR scene = 'night'", "altitude IS NULL")
    texts += tuple(f"area BETWEEN {low} AND {low + width}" for low in range(0, 4000, 160) for width in (200, 800))
    for seed in (0, 3):
        facts, evaluation = random_evaluation(seed)
        listed = [SliceDefinition(text, text) for text in texts]
        together = evaluate_slices(facts, evaluation, listed, with_ap=False)
        for place in (*range(4), 20, 51):
            assert repr(evaluate_slices(facts, evaluation, [listed[place]], with_ap=False)) == repr((together[place],))
