"""The compiled loops and their numpy twins give the same bits."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.arrays import offsets_of
from diag_gui.evaluation._kernels import errors_numpy
from diag_gui.evaluation._kernels.source_hash import is_stale
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.matching import match
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.examples import examples

compiled = import_module("diag_gui.evaluation._kernels._errors")

SETS = examples(40)
THRESHOLDS = st.sampled_from([0.1, 0.3, 0.5, 0.75, 1.0])


def facts_of(seed, crowds, ties):
    return prepare_run(*by_hand(*random_set(seed, crowds=crowds, ties=ties)))


def assert_same(name, *arguments):
    ours, twins = getattr(compiled, name)(*arguments), getattr(errors_numpy, name)(*arguments)
    if not isinstance(ours, tuple):
        ours, twins = (ours,), (twins,)
    for one, twin in zip(ours, twins, strict=True):
        assert one.dtype == twin.dtype
        np.testing.assert_array_equal(one, twin)
    return ours


def test_the_compiled_loops_are_those_of_the_source():
    assert not is_stale("_errors", compiled.SOURCE_HASH)


@SETS
@given(seed=st.integers(0, 9999), crowds=st.booleans(), ties=st.booleans())
def test_nearest(seed, crowds, ties):
    pairs = (facts := facts_of(seed, crowds, ties)).pairs
    assert_same("nearest", pairs.pred_offsets, pairs.gt_row, pairs.iou, pairs.same_class, facts.gt_ignored)


@SETS
@given(seed=st.integers(0, 9999), crowds=st.booleans(), ties=st.booleans(), t=THRESHOLDS, s=st.sampled_from([0.0, 0.5]))
def test_match_any_class(seed, crowds, ties, t, s):
    facts = facts_of(seed, crowds, ties)
    pairs, kept = facts.pairs, facts.run.predictions.score >= s
    by_image = facts.ranking.by_image
    arrays = (pairs.pred_offsets, pairs.gt_row, pairs.iou, pairs.same_class, by_image, kept, facts.gt_ignored)
    matched, _ = assert_same("match_any_class", *arrays, t)
    taken = matched[matched >= 0]
    assert len(np.unique(taken)) == len(taken)


@SETS
@given(seed=st.integers(0, 9999), crowds=st.booleans(), ties=st.booleans(), t=THRESHOLDS, t_b=st.sampled_from([0.0, 0.1, 0.3]))
def test_error_kinds(seed, crowds, ties, t, t_b):
    facts = facts_of(seed, crowds, ties)
    params = EvaluationParams(iou_threshold=t)
    matches = match(facts.pairs, facts.ranking, facts.run.predictions, params, gt_ignored=facts.gt_ignored)
    nearest, kept = facts.nearest, facts.run.predictions.score >= 0.3
    assert_same(
        "error_kinds",
        nearest.same_iou,
        nearest.same_gt,
        nearest.other_iou,
        nearest.other_gt,
        matches.gt_row_of_pred,
        matches.pred_ignored,
        matches.iou_of_pred,
        kept,
        t,
        t_b,
    )


@SETS
@given(seed=st.integers(0, 9999), ties=st.booleans())
def test_one_way_ious(seed, ties):
    facts = facts_of(seed, False, ties)
    found, gt = facts.run.predictions, facts.dataset.ground_truth
    turns = np.random.default_rng(seed).permutation(len(found))[: len(found) - 3]
    offsets = offsets_of(gt.image_row, len(facts.dataset.images))
    chooser = (found.xywh, found.image_row, found.class_row, turns)
    assert_same("one_way_ious", *chooser, gt.xywh, offsets, gt.class_row)


def test_a_long_chain_of_equal_boxes_comes_to_an_end():
    """Every turn waits for the one before: the numpy rounds settle one box each."""
    boxes = [(1, 1, 0, 0, 10 + i / 100, 10) for i in range(60)]
    facts = prepare_run(*by_hand(1, 1, boxes, [(*box, 0.5) for box in boxes]))
    pairs, kept = facts.pairs, np.ones(60, bool)
    arrays = (pairs.pred_offsets, pairs.gt_row, pairs.iou, pairs.same_class, facts.ranking.by_image, kept, facts.gt_ignored)
    matched, _ = assert_same("match_any_class", *arrays, 0.5)
    assert sorted(matched.tolist()) == list(range(60))


@pytest.mark.parametrize("n_images", [0, 1])
def test_nothing_at_all(n_images):
    facts = prepare_run(*by_hand(n_images, 1, [], []))
    pairs = facts.pairs
    assert_same("nearest", pairs.pred_offsets, pairs.gt_row, pairs.iou, pairs.same_class, facts.gt_ignored)
    kept, by_image = np.empty(0, bool), facts.ranking.by_image
    arrays = (pairs.pred_offsets, pairs.gt_row, pairs.iou, pairs.same_class, by_image, kept, facts.gt_ignored)
    assert_same("match_any_class", *arrays, 0.5)
