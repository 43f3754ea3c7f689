"""Writing only what changes from one threshold to another gives what reading everything anew gives, however far one moves."""

from __future__ import annotations

import inspect
from concurrent.futures import CancelledError

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from diag_gui.evaluation._kernels import step_moves_numpy
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import RunFacts, evaluate, prepare_run
from diag_gui.evaluation.live_evaluation import LiveEvaluator
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, select
from diag_gui.evaluation.row_orders import RowOrders
from diag_gui.evaluation.slice_counts import counts_of_images
from diag_gui.evaluation.step_kinds import moved_kinds, read_kinds
from diag_gui.evaluation.step_moves import StepMoves, find_moves
from diag_gui.evaluation.step_orders import ask_images
from diag_gui.evaluation.step_outcomes import moved_to, outcomes_at
from diag_gui.evaluation.threshold_steps import IOU_STEPS, ThresholdSteps, prepare_steps
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.evaluation.same_evaluations import assert_same
from tests.evaluation.test_live_evaluation import facts_with
from tests.examples import examples

LAST = len(IOU_STEPS) - 1
KINDS = [{}, {"crowds": True}, {"ties": True}, {"crowds": True, "ties": True}]


@pytest.fixture
def everything_moves(monkeypatch):
    """However much changes, it is written and not read anew."""
    for module in ("live_evaluation", "step_kinds"):
        monkeypatch.setattr(f"diag_gui.evaluation.{module}._FEW", 0.001)


def prepared(facts: RunFacts) -> tuple[ThresholdSteps, StepMoves]:
    steps = prepare_steps(facts)
    assert steps is not None
    return steps, find_moves(steps)


@pytest.mark.parametrize("kinds", KINDS, ids=str)
@examples(15)
@given(seed=st.integers(0, 2**20), walk=st.lists(st.integers(0, LAST), min_size=2, max_size=8))
def test_any_walk_of_steps_leads_to_what_is_read_there(kinds, seed, walk):
    steps, moves = prepared(facts_with(seed, **kinds))
    at = outcomes_at(steps, walk[0])
    for step in walk[1:]:
        at, fresh = moved_to(at, step, moves), outcomes_at(steps, step)
        np.testing.assert_array_equal(at.kind_of_near, fresh.kind_of_near)
        np.testing.assert_array_equal(at.cover_of_gt, fresh.cover_of_gt)
        assert at.step == step


@pytest.mark.parametrize("kinds", KINDS, ids=str)
@examples(15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**20), step=st.integers(0, LAST))
def test_what_is_matched_to_some_labels_is_what_looking_all_up_says(monkeypatch, kinds, seed, step):
    monkeypatch.setattr("diag_gui.evaluation.step_outcomes._MANY", 0.001)
    steps, _ = prepared(facts_with(seed, **kinds))
    all_of_them = outcomes_at(steps, step).pred_row_of_gt
    for share in (0.0, 0.3, 1.0):
        rng = np.random.default_rng(seed)
        gt_row = rng.permutation(np.flatnonzero(rng.random(len(all_of_them)) < share))
        at = outcomes_at(steps, step)
        np.testing.assert_array_equal(at.pred_rows_of(gt_row), all_of_them[gt_row])
        assert not at._matched


@pytest.mark.parametrize("kinds", KINDS, ids=str)
@examples(15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**20),
    walk=st.lists(st.tuples(st.integers(0, LAST), st.sampled_from((0.0, 0.1, 0.3, 0.5, 0.8, 1.1))), min_size=2, max_size=6),
    part=st.booleans(),
)
def test_any_walk_of_both_thresholds_leads_to_the_rows_that_are_read_there(everything_moves, kinds, seed, walk, part):
    facts = facts_with(seed, **kinds)
    steps, moves = prepared(facts)
    asked = ask_images(steps, np.random.default_rng(seed).random(len(facts.dataset.images)) < 0.6 if part else None)
    found = None
    for step, score in walk:
        at, n_kept = outcomes_at(steps, step), steps.n_kept(score)
        fresh = read_kinds(at, asked, n_kept)
        found = fresh if found is None else moved_kinds(found, at, n_kept, moves)
        assert found is not None
        np.testing.assert_array_equal(found.kind, fresh.kind)
        np.testing.assert_array_equal(found.counts, fresh.counts)
        np.testing.assert_array_equal(found.counts, np.bincount(found.kind, minlength=10))


@pytest.mark.parametrize("seed", range(3))
def test_a_slider_that_moves_evaluates_and_lists_as_a_fresh_start(everything_moves, seed):
    facts = facts_with(seed, crowds=True, ties=True)
    live, orders = LiveEvaluator(*prepared(facts)), RowOrders(facts)
    random = np.random.default_rng(seed)
    for query in (Query(), Query(show="all"), Query(descending=False)):
        for _ in range(8):
            params = EvaluationParams(iou_threshold=float(random.choice(IOU_STEPS)), score_threshold=float(random.random()))
            evaluation, fresh = live.evaluate(params), evaluate(facts, params)
            assert_same(evaluation, fresh)
            listed = select(query, ColumnCatalog(facts, evaluation), evaluation, orders=orders)
            wanted = select(query, ColumnCatalog(facts, fresh), fresh)
            np.testing.assert_array_equal(listed.rows, wanted.rows)
            assert listed.counts == wanted.counts


def test_targets_of_a_few_rows_are_those_of_all():
    facts = facts_with(2, crowds=True, ties=True)
    live = LiveEvaluator(*prepared(facts))
    for iou in (0.2, 0.5, 0.85):
        few = live.evaluate(EvaluationParams(iou_threshold=iou)).outcomes
        for row in range(len(few)):
            few.target_of(np.array([row]))
        targets = [int(few.target_of(np.array([row]))[0]) for row in range(len(few))]
        overlaps = [float(few.iou_of(np.array([row]))[0]) for row in range(len(few))]
        np.testing.assert_array_equal(targets, few.target)
        np.testing.assert_array_equal(overlaps, few.iou)


@pytest.mark.parametrize("seed", range(3))
def test_counts_on_images_are_those_of_the_rows(seed):
    facts = facts_with(seed, crowds=True, ties=True)
    live = LiveEvaluator(*prepared(facts))
    for iou, score in ((0.5, 0.0), (0.3, 0.4), (0.9, 1.1)):
        for images in (None, np.random.default_rng(seed).random(len(facts.dataset.images)) < 0.6):
            params = EvaluationParams(iou_threshold=iou, score_threshold=score)
            found = counts_of_images(facts, live.evaluate(params, images))
            wanted = counts_of_images(facts, evaluate(facts, params, images=images))
            for name in ("n_gt", "tp", "fp", "iou_sum"):
                np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)
            assert found.fp_is_known


def test_where_most_changes_everything_is_read_anew():
    facts = facts_with(0)
    steps, moves = prepared(facts)
    before = read_kinds(outcomes_at(steps, 0), ask_images(steps, None), 0)
    assert moved_kinds(before, before.at, len(steps.place), moves) is None


def test_moves_in_files_are_those_in_memory():
    given = by_hand(*random_set(3, crowds=True))
    (steps, moves), (_, on_disk) = prepared(prepare_run(*given)), prepared(prepare_run(*given, on_disk=True))
    assert len(moves.of_near.what)
    for one, other in ((moves.of_near, on_disk.of_near), (moves.of_gt, on_disk.of_gt)):
        for name in ("what", "before", "after", "offsets"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    at = outcomes_at(steps, 10)
    np.testing.assert_array_equal(moved_to(at, 60, on_disk).kind_of_near, outcomes_at(steps, 60).kind_of_near)


def test_what_nobody_wants_any_more_stops():
    with pytest.raises(CancelledError):
        find_moves(prepared(facts_with(0))[0], cancelled=lambda: True)


class BothLoops:
    """Calls the compiled loop and its readable twin and compares all that they return and all that they fill in."""

    def __init__(self, compiled) -> None:
        self.compiled = compiled
        self.called: set[str] = set()

    def __getattr__(self, name):
        def call(*arguments):
            self.called.add(name)
            copies = [np.copy(one) if isinstance(one, np.ndarray) else one for one in arguments]
            ours, theirs = getattr(self.compiled, name)(*arguments), getattr(step_moves_numpy, name)(*copies)
            pairs = list(zip(ours, theirs, strict=True)) if isinstance(ours, tuple) else [(ours, theirs)]
            pairs = pairs if ours is not None else []
            pairs += [(one, other) for one, other in zip(arguments, copies, strict=True) if isinstance(one, np.ndarray)]
            for place, (one, other) in enumerate(pairs):
                assert one.dtype == other.dtype, (name, place)
                np.testing.assert_array_equal(one, other, err_msg=f"{name} {place}")
            return ours

        return call


@pytest.mark.parametrize("seed", range(3))
def test_the_compiled_loops_and_their_twins_agree(everything_moves, monkeypatch, seed):
    compiled = pytest.importorskip("diag_gui.evaluation._kernels._step_moves", reason="no compiled kernel was built")
    both = BothLoops(compiled)
    for module in ("step_moves", "step_kinds", "step_outcomes", "row_orders", "slice_counts"):
        monkeypatch.setattr(f"diag_gui.evaluation.{module}.step_moves_loops", both)
    monkeypatch.setattr("diag_gui.evaluation.step_outcomes._MANY", 1)
    facts = facts_with(seed, crowds=True, ties=True)
    live, orders = LiveEvaluator(*prepared(facts)), RowOrders(facts)
    for iou, score in ((0.5, 0.3), (0.51, 0.3), (0.3, 0.6), (0.95, 1.1), (0.95, 0.0)):
        evaluation = live.evaluate(EvaluationParams(iou_threshold=iou, score_threshold=score))
        rows = select(Query(), ColumnCatalog(facts, evaluation), evaluation, orders=orders).rows
        evaluation.outcomes.target_of(np.flatnonzero(evaluation.outcomes.kind == 1)[:3])
        evaluation.outcomes.target_of(rows)
        assert evaluation.matches is not None
        counts_of_images(facts, evaluation)
    names = {name for name in dir(compiled) if callable(getattr(compiled, name)) and not name.startswith("_")}
    assert both.called == names
    for name in names:
        readable = inspect.signature(getattr(step_moves_numpy, name)).parameters
        assert list(inspect.signature(getattr(compiled, name)).parameters) == list(readable), name
