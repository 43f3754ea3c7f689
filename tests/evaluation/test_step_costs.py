"""What errors cost at a step of the slider is, to the bit, what `error_costs` computes from fresh matches."""

from __future__ import annotations

from concurrent.futures import CancelledError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.evaluation._kernels import costs_numpy
from diag_gui.evaluation.error_costs import COST_NAMES, ErrorCosts, error_costs
from diag_gui.evaluation.evaluator import RunFacts, evaluate
from diag_gui.evaluation.live_evaluation import LiveEvaluator
from diag_gui.evaluation.outcomes import ERROR_NAMES
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.step_costs import costs_of
from diag_gui.evaluation.threshold_steps import IOU_STEPS, prepare_steps
from tests.evaluation.test_live_evaluation import facts_of, facts_with
from tests.examples import examples

A, B = 1, 2


def assert_same_costs(ours: ErrorCosts, theirs: ErrorCosts) -> None:
    np.testing.assert_equal((ours.ap, ours.dap, ours.count), (theirs.ap, theirs.dap, theirs.count))
    np.testing.assert_array_equal(ours.per_class.ap, theirs.per_class.ap)
    for name in COST_NAMES:
        np.testing.assert_array_equal(ours.per_class.fixed[name], theirs.per_class.fixed[name], err_msg=name)
    assert list(ours.per_class.count) == list(theirs.per_class.count) == list(ERROR_NAMES.values())
    for name in ERROR_NAMES.values():
        np.testing.assert_array_equal(ours.per_class.count[name], theirs.per_class.count[name], err_msg=name)


def assert_costs_at(facts: RunFacts, live: LiveEvaluator, iou: float, images: np.ndarray | None = None) -> ErrorCosts:
    params = EvaluationParams(iou_threshold=iou, score_threshold=0.4, max_detections=facts.max_detections)
    costs = costs_of(facts, live.evaluate(params, images))
    assert_same_costs(costs, error_costs(facts, params, images=images))
    return costs


@pytest.mark.parametrize("kinds", [{}, {"crowds": True}, {"ties": True}, {"crowds": True, "ties": True}], ids=str)
@examples(10)
@given(
    seed=st.integers(0, 2**20),
    moves=st.lists(st.tuples(st.sampled_from(IOU_STEPS.tolist()), st.integers(0, 3)), min_size=1, max_size=4),
)
def test_any_way_of_moving_costs_what_a_fresh_evaluation_says(kinds, seed, moves):
    facts = facts_with(seed, **kinds)
    live = LiveEvaluator(prepare_steps(facts))
    for iou, images_seed in moves:
        images = None if not images_seed else np.random.default_rng(images_seed).random(len(facts.dataset.images)) < 0.7
        assert_costs_at(facts, live, iou, images)


@pytest.mark.parametrize("seed", range(3))
def test_the_compiled_loops_and_their_twins_agree(monkeypatch, seed):
    compiled = pytest.importorskip("diag_gui.evaluation._kernels._costs", reason="no compiled kernel was built")
    called = set()

    class BothLoops:
        def __getattr__(self, name):
            def call(*arguments):
                called.add(name)
                copies = [np.copy(one) if isinstance(one, np.ndarray) else one for one in arguments]
                ours, theirs = getattr(compiled, name)(*arguments), getattr(costs_numpy, name)(*copies)
                pairs = list(zip(ours, theirs, strict=True)) if isinstance(ours, tuple) else [(ours, theirs)]
                filled = [(one, other) for one, other in zip(arguments, copies, strict=True) if isinstance(one, np.ndarray)]
                for one, other in (*pairs, *filled):
                    assert one.dtype == other.dtype, name
                    # Means over the recall grid are added up in another order.
                    np.testing.assert_allclose(one, other, rtol=0, atol=1e-13 if name == "step_precisions" else 0, err_msg=name)
                return ours

            return call

    monkeypatch.setattr("diag_gui.evaluation.step_costs.costs_loops", BothLoops())
    monkeypatch.setattr("diag_gui.evaluation.step_costs._WORTH_A_THREAD", 40)
    facts = facts_with(seed, crowds=True, ties=True)
    live = LiveEvaluator(prepare_steps(facts))
    for iou in (0.1, 0.5, 0.9):
        for images in (None, np.random.default_rng(seed).random(len(facts.dataset.images)) < 0.6):
            costs_of(facts, live.evaluate(EvaluationParams(iou_threshold=iou), images), workers=1)
    assert called == {"find_winners", "count_open", "step_precisions"}


@pytest.mark.parametrize("most", [1, 2, 5])
def test_a_cut_of_detections(most):
    facts = facts_with(7, crowds=True, ties=True).with_max_detections(most)
    live = LiveEvaluator(prepare_steps(facts))
    for iou in (0.1, 0.5, 0.75):
        assert_costs_at(facts, live, iou)


def test_of_equal_scores_the_first_in_the_file_wins_whatever_its_class():
    """Two classification errors of one score aim at one label; the order of all scores puts the lower class first."""
    labels = [(1, A, 0, 0, 100, 100, 0), (1, B, 300, 0, 10, 10, 0)]
    for first, second in ((3, 2), (2, 3)):
        facts = facts_of(1, 3, labels, [(1, first, 0, 0, 100, 100, 0.5), (1, second, 0, 0, 100, 100, 0.5)])
        costs = assert_costs_at(facts, LiveEvaluator(prepare_steps(facts)), 0.5)
        assert costs.count["classification"] == 2
        assert costs.dap["classification"] == pytest.approx(0.5)


def test_what_moves_stands_among_equal_scores_by_its_row():
    for rows in ((0, 1), (1, 0)):
        other_label, mistaken = (2, A, 0, 0, 50, 50, 0), (2, B, 0, 0, 50, 50, 0.5)
        wrong = (1, A, 300, 300, 50, 50, 0.5)
        predictions = [(wrong, mistaken)[row] for row in rows]
        facts = facts_of(2, 2, [(1, A, 0, 0, 50, 50, 0), other_label], predictions)
        assert_costs_at(facts, LiveEvaluator(prepare_steps(facts)), 0.5)


def test_nothing_labelled_and_nothing_predicted():
    for ground_truth, predictions in (([], [(1, 1, 5, 5, 20, 20, 0.5)]), ([(1, 1, 5, 5, 20, 20, 0)], []), ([], [])):
        facts = facts_of(2, 2, ground_truth, predictions)
        live = LiveEvaluator(prepare_steps(facts))
        for images in (None, np.zeros(2, np.bool_)):
            assert_costs_at(facts, live, 0.5, images)


def test_chunks_make_no_difference(monkeypatch):
    monkeypatch.setattr("diag_gui.evaluation.step_costs._WORTH_A_THREAD", 1)
    facts = facts_with(5, crowds=True, ties=True)
    assert_costs_at(facts, LiveEvaluator(prepare_steps(facts)), 0.6)


def test_an_evaluation_without_steps_costs_the_same():
    facts = facts_with(1, crowds=True)
    params = EvaluationParams(iou_threshold=0.6)
    assert_same_costs(costs_of(facts, evaluate(facts, params)), error_costs(facts, params))


@pytest.mark.parametrize("with_steps", [True, False])
def test_what_nobody_wants_any_more_stops(with_steps):
    facts = facts_with(1)
    params = EvaluationParams()
    evaluation = LiveEvaluator(prepare_steps(facts)).evaluate(params) if with_steps else evaluate(facts, params)
    with pytest.raises(CancelledError):
        costs_of(facts, evaluation, cancelled=lambda: True)
