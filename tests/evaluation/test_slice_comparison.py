"""Two runs per slice: paired differences from the same draws, the rules of each run's own slices."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import Evaluation, RunFacts, evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_comparison import compare_slices
from diag_gui.evaluation.slices import SliceDefinition, evaluate_slices
from diag_gui.exceptions import EvaluationError
from tests.evaluation.attributed_sets import random_evaluation
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set

DEFINITIONS = [
    SliceDefinition("day", "scene = 'day'"),
    SliceDefinition("small", "area < 1200"),
    SliceDefinition("hidden", "occluded = TRUE"),
    SliceDefinition("one image", "file_name = '7.jpg'"),
]


def two_runs() -> tuple[tuple[RunFacts, Evaluation], tuple[RunFacts, Evaluation]]:
    """Return a random run, and another one on the same dataset."""
    facts, evaluation = random_evaluation(21)
    _, run = by_hand(*random_set(21, n_images=30, n_gt=150, n_predictions=300, crowds=True))
    other = prepare_run(facts.dataset, replace(run, name="other"))
    return (facts, evaluation), (other, evaluate(other, evaluation.params))


def test_values_are_those_of_each_run_and_differences_are_paired() -> None:
    baseline, run = two_runs()
    found = compare_slices(baseline, run, DEFINITIONS, intervals=80, seed=2)
    before, after = (evaluate_slices(*side, DEFINITIONS, with_ap=False) for side in (baseline, run))
    for one, old, new in zip(found, before, after, strict=True):
        assert (one.name, one.kind, one.images, one.gt, one.enough) == (new.name, new.kind, new.images, new.gt, new.enough)
        for figure, told in one.figures.items():
            values = (getattr(old, figure), getattr(new, figure))
            assert (told.baseline, told.value) == pytest.approx(values, nan_ok=True)
    inside = ColumnCatalog(baseline[0]).images_where("scene = 'day'")
    deltas = []
    for drawn in np.random.default_rng(2).integers(0, 30, (80, 30)):
        sides = []
        for facts, evaluation in (baseline, run):
            rows = [evaluate(facts, evaluation.params, images=np.arange(30) == row).totals for row in drawn[inside[drawn]]]
            tp, fp, fn = (sum(getattr(row, name) for row in rows) for name in ("tp", "fp", "fn"))
            sides.append(2 * tp / (2 * tp + fp + fn))
        deltas.append(sides[1] - sides[0])
    told = found[0].figures["f1"]
    assert (told.low, told.high) == pytest.approx(tuple(np.percentile(deltas, [2.5, 97.5])), abs=1e-12)


def test_slices_without_support_are_not_in_the_family() -> None:
    found = compare_slices(*two_runs(), DEFINITIONS, intervals=20)
    assert [one.enough for one in found] == [True, True, True, False]
    # F1 of the hidden ones cannot be known, so two slices share in its q and three in that of recall.
    assert {one.family for one in found} == {2}
    assert [one.figures["recall"].q == one.figures["recall"].q for one in found] == [True, True, True, False]


def test_a_run_against_itself_differs_nowhere() -> None:
    side = random_evaluation(4)
    for one in compare_slices(side, side, DEFINITIONS[:2], intervals=20):
        told = one.figures["f1"]
        assert (told.difference, told.low, told.high, told.p) == (0.0, 0.0, 0.0, 1.0)


def test_runs_that_do_not_belong_together_are_refused() -> None:
    baseline, run = two_runs()
    with pytest.raises(EvaluationError, match="different settings"):
        compare_slices(baseline, (run[0], evaluate(run[0], EvaluationParams(iou_threshold=0.7))), DEFINITIONS)
    with pytest.raises(EvaluationError, match="no run on the dataset"):
        compare_slices(random_evaluation(1), run, DEFINITIONS)
    with pytest.raises(EvaluationError, match="different images"):
        compare_slices(baseline, (run[0], evaluate(run[0], run[1].params, images=np.arange(30) < 9)), DEFINITIONS)
    with pytest.raises(CancelledError):
        compare_slices(baseline, run, DEFINITIONS, cancelled=lambda: True)
    assert compare_slices(baseline, run, []) == ()
