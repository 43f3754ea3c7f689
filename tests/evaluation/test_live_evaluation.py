"""Evaluations that follow the thresholds are, to the bit, the ones that `evaluate` computes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.evaluation._kernels import threshold_steps_numpy
from diag_gui.evaluation.curves import precision_recall
from diag_gui.evaluation.evaluator import Evaluation, RunFacts, evaluate, prepare_run
from diag_gui.evaluation.live_evaluation import LiveEvaluator
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.rule_settings import COCO_RULES, Rules, RuleSettings
from diag_gui.evaluation.step_moves import find_moves
from diag_gui.evaluation.threshold_steps import IOU_STEPS, prepare_steps, step_of
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.evaluation.same_evaluations import assert_same
from tests.examples import examples


def assert_same_and_curves(live: Evaluation, fresh: Evaluation, facts: RunFacts) -> None:
    assert_same(live, fresh)
    for class_row in (None, *range(len(facts.dataset.classes))):
        assert_outline(live, fresh, facts, class_row)


def assert_outline(live: Evaluation, fresh: Evaluation, facts: RunFacts, class_row: int | None) -> None:
    curve, seen = precision_recall(fresh, facts, class_row), live.outline(class_row)
    np.testing.assert_array_equal((seen.best_f1, seen.best_score, seen.ap), (curve.best_f1, curve.best_score, curve.ap))
    if not len(curve.score) or np.isnan(curve.recall[0]):
        assert not len(seen.score)
        return
    # Each point is what is kept from its score on, which may be that of an ignored prediction.
    kept = len(curve.score) - np.searchsorted(curve.score[::-1], seen.score, side="left") - 1
    np.testing.assert_array_equal(seen.recall, curve.recall[kept])
    np.testing.assert_array_equal(seen.precision, curve.precision[kept])
    assert seen.recall[-1] == curve.recall[-1]
    assert seen.precision.max() == curve.precision.max()
    assert seen.precision[-1] == curve.precision[-1]
    other = fresh.outline(class_row)
    np.testing.assert_array_equal(seen.best, other.best)
    for recall in np.unique(curve.recall):
        of_recall = curve.precision[curve.recall == recall]
        shown = seen.precision[seen.recall == recall]
        assert (shown.min(), shown.max()) == (of_recall.min(), of_recall.max())


def facts_of(n_images, n_classes, ground_truth, predictions) -> RunFacts:
    return prepare_run(*by_hand(n_images, n_classes, ground_truth, predictions))


def facts_with(seed: int, **kinds: bool) -> RunFacts:
    return facts_of(*random_set(seed, **kinds))


SCORES = (0.0, 0.05, 0.25, 0.3, 0.5, 0.77, 0.9, 1.0)
MOVES = st.tuples(st.sampled_from(IOU_STEPS.tolist()), st.sampled_from(SCORES), st.integers(0, 3))


@pytest.mark.parametrize("kinds", [{}, {"crowds": True}, {"ties": True}, {"crowds": True, "ties": True}], ids=str)
@examples(12)
@given(
    seed=st.integers(0, 2**20),
    moves=st.lists(
        st.tuples(st.sampled_from(IOU_STEPS.tolist()), st.sampled_from(SCORES), st.integers(0, 3)), min_size=1, max_size=6
    ),
)
def test_any_way_of_moving_leads_to_what_a_fresh_evaluation_says(kinds, seed, moves):
    facts = facts_with(seed, **kinds)
    steps = prepare_steps(facts)
    assert steps is not None
    followers = LiveEvaluator(steps), LiveEvaluator(steps, find_moves(steps))
    for iou, score, images_seed in moves:
        images = None if not images_seed else np.random.default_rng(images_seed).random(len(facts.dataset.images)) < 0.7
        params = EvaluationParams(iou_threshold=iou, score_threshold=score)
        fresh = evaluate(facts, params, images=images)
        for live in followers:
            assert_same_and_curves(live.evaluate(params, images), fresh, facts)


@pytest.mark.parametrize("seed", range(3))
def test_every_step_of_the_slider(seed):
    facts = facts_with(seed, crowds=True, ties=bool(seed % 2))
    live = LiveEvaluator(prepare_steps(facts))
    for iou in IOU_STEPS.tolist():
        params = EvaluationParams(iou_threshold=iou, score_threshold=0.3)
        assert_same_and_curves(live.evaluate(params), evaluate(facts, params), facts)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_a_cut_of_detections(most):
    facts = facts_with(7, crowds=True, ties=True).with_max_detections(most)
    live = LiveEvaluator(prepare_steps(facts))
    for iou in (0.1, 0.5, 0.75):
        params = EvaluationParams(iou_threshold=iou, score_threshold=0.2, max_detections=most)
        assert_same_and_curves(live.evaluate(params), evaluate(facts, params), facts)


@pytest.mark.parametrize("rules", [RuleSettings(Rules.VOC), RuleSettings(Rules.VOC_11)], ids=str)
def test_average_precision_by_other_rules(rules):
    facts = facts_with(4, ties=True)
    live = LiveEvaluator(prepare_steps(facts))
    for iou, asked in ((0.5, rules), (0.75, rules), (0.75, COCO_RULES), (0.75, rules)):
        params = EvaluationParams(iou_threshold=iou, rules=asked)
        assert_same_and_curves(live.evaluate(params), evaluate(facts, params), facts)


@pytest.mark.parametrize("rules", [RuleSettings(Rules.VOC), RuleSettings(Rules.VOC_11)], ids=str)
def test_the_table_shows_average_precision_by_the_rules_that_were_asked_for(rules):
    facts = facts_with(4, ties=True)
    params = EvaluationParams(iou_threshold=0.6, rules=rules)
    wanted = facts.by_rules(rules).table(0.6, None).ap
    for evaluation in (evaluate(facts, params), LiveEvaluator(prepare_steps(facts)).evaluate(params)):
        np.testing.assert_array_equal(evaluation.per_class.ap, wanted)
        assert not np.array_equal(evaluation.per_class.ap, evaluation.sweep.ap)


def test_two_threads_say_the_same(monkeypatch):
    facts = facts_with(3, crowds=True)
    monkeypatch.setattr("diag_gui.evaluation.live_evaluation._WORTH_THREADS", 0)
    live = LiveEvaluator(prepare_steps(facts))
    for iou in (0.3, 0.5, 0.8):
        params = EvaluationParams(iou_threshold=iou)
        assert_same_and_curves(live.evaluate(params), evaluate(facts, params), facts)


def test_nothing_labelled_and_nothing_predicted():
    for ground_truth, predictions in (([], [(1, 1, 5, 5, 20, 20, 0.5)]), ([(1, 1, 5, 5, 20, 20, 0)], []), ([], [])):
        facts = facts_of(2, 2, ground_truth, predictions)
        live = LiveEvaluator(prepare_steps(facts))
        assert_same_and_curves(live.evaluate(EvaluationParams()), evaluate(facts, EvaluationParams()), facts)
        nowhere = np.zeros(2, np.bool_)
        assert_same_and_curves(
            live.evaluate(EvaluationParams(), nowhere), evaluate(facts, EvaluationParams(), images=nowhere), facts
        )


def test_steps_are_those_of_the_slider_and_nothing_else_is_served():
    assert [step_of(value) for value in (0.1, 0.57, 0.95)] == [0, 47, 85]
    assert [step_of(value) for value in (0.09, 0.505, 0.96, 1.0)] == [None] * 4
    facts = facts_with(0)
    steps = prepare_steps(facts)
    assert steps.serves(facts, EvaluationParams())
    assert not steps.serves(facts, EvaluationParams(iou_threshold=0.505))
    assert not steps.serves(facts, EvaluationParams(background_iou=0.2))
    assert not steps.serves(facts_with(1), EvaluationParams())
    with pytest.raises(ValueError, match="no step"):
        LiveEvaluator(steps).evaluate(EvaluationParams(iou_threshold=0.505))


def test_moving_the_score_alone_keeps_what_does_not_depend_on_it():
    facts = facts_with(5)
    live = LiveEvaluator(prepare_steps(facts))
    first = live.evaluate(EvaluationParams(score_threshold=0.2))
    second = live.evaluate(EvaluationParams(score_threshold=0.4))
    assert first.sweep is second.sweep
    assert first.outline(None) is second.outline(None)
    assert live.evaluate(EvaluationParams(iou_threshold=0.6)).sweep is not second.sweep


def test_without_a_compiler_the_steps_are_the_same(monkeypatch):
    for module in ("threshold_steps", "step_orders", "step_outcomes", "live_evaluation"):
        monkeypatch.setattr(f"diag_gui.evaluation.{module}.threshold_steps_loops", threshold_steps_numpy)
    facts = facts_with(11, crowds=True)
    live = LiveEvaluator(prepare_steps(facts))
    for iou in (0.25, 0.5, 0.9):
        params = EvaluationParams(iou_threshold=iou, score_threshold=0.4)
        ours, fresh = live.evaluate(params), evaluate(facts, params)
        np.testing.assert_array_equal(ours.outcomes.kind, fresh.outcomes.kind)
        np.testing.assert_array_equal(ours.confusion.dense(), fresh.confusion.dense())
        np.testing.assert_allclose(ours.per_class.ap, fresh.per_class.ap, rtol=0, atol=1e-13)
