"""Differences of a slice to its rest: every figure from the same draws, q over slices with support, words that fit."""

from __future__ import annotations

import math
from concurrent.futures import CancelledError

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.intervals import benjamini_hochberg
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_differences import SliceDifference, resampled_sums
from diag_gui.evaluation.slice_precisions import slice_precisions
from diag_gui.evaluation.slice_words import fraction_text, sentence_of
from diag_gui.evaluation.slices import SliceDefinition, SliceResult, evaluate_slices
from diag_gui.exceptions import EvaluationError
from tests.evaluation.attributed_sets import random_evaluation, with_columns
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.evaluation.resampled_sets import drawn_set, weights_of

SCENES = [SliceDefinition(name, f"scene = '{name}'") for name in ("day", "night", "fog")]


def test_precision_recall_and_f1_differ_from_the_rest_by_the_same_draws() -> None:
    facts, evaluation = random_evaluation(5)
    found = evaluate_slices(facts, evaluation, SCENES, intervals=100, seed=9, with_ap=False, enough=1)
    inside = ColumnCatalog(facts).images_where("scene = 'day'")
    per_image = [evaluate(facts, evaluation.params, images=np.arange(30) == row).totals for row in range(30)]
    deltas: dict[str, list[float]] = {"precision": [], "recall": [], "f1": []}
    for drawn in np.random.default_rng(9).integers(0, 30, (100, 30)):
        sums = [
            [sum(getattr(per_image[row], name) for row in drawn if inside[row] == member) for name in ("tp", "fp", "fn")]
            for member in (True, False)
        ]
        for name, share in (
            ("precision", lambda tp, fp, fn: tp / (tp + fp)),
            ("recall", lambda tp, fp, fn: tp / (tp + fn)),
            ("f1", lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn)),
        ):
            deltas[name].append(share(*sums[0]) - share(*sums[1]))
    for name, expected in deltas.items():
        one = found[0].differences[name]
        assert (one.low, one.high) == pytest.approx(tuple(np.percentile(expected, [2.5, 97.5])), abs=1e-12)
        assert one.p == pytest.approx(math.erfc(abs(one.difference) / np.std(expected, ddof=1) / math.sqrt(2)))
        assert one.difference == pytest.approx(getattr(found[0], name) - one.rest)
        q = benjamini_hochberg(np.array([each.differences[name].p for each in found]))
        assert [each.differences[name].q for each in found] == pytest.approx(q.tolist())
        assert [each.differences[name].family for each in found] == [3, 3, 3]
    assert (found[0].p, found[0].q) == (found[0].differences["f1"].p, found[0].differences["f1"].q)


def test_recall_has_an_interval_where_false_positives_cannot_be_known() -> None:
    facts, evaluation = random_evaluation(6)
    (one,) = evaluate_slices(facts, evaluation, [SliceDefinition("hidden", "occluded = TRUE")], intervals=60, with_ap=False)
    assert one.headline is one.differences["recall"]
    assert one.differences["recall"].low <= one.differences["recall"].difference <= one.differences["recall"].high
    for name in ("precision", "f1"):
        values = one.differences[name]
        assert all(math.isnan(value) for value in (values.difference, values.low, values.high, values.p, values.q))
    assert (one.predictions, one.differences["f1"].family, one.differences["recall"].family) == (None, 0, 1)


def test_a_slice_and_the_whole_of_it_see_the_same_draws_in_any_company() -> None:
    facts, evaluation = random_evaluation(7)
    (alone,) = evaluate_slices(facts, evaluation, SCENES[1:2], intervals=50, with_ap=False)
    together = evaluate_slices(facts, evaluation, SCENES, intervals=50, with_ap=False)[1]
    for name in ("precision", "recall", "f1"):
        one, other = alone.differences[name], together.differences[name]
        assert (one.low, one.high, one.p) == pytest.approx((other.low, other.high, other.p))


def test_progress_and_cancel_of_the_intervals() -> None:
    columns = np.arange(12.0).reshape(2, 6)
    told: list[float] = []
    sums = resampled_sums(columns, np.array([1, 1, 0, 1, 1, 0], np.bool_), n_resamples=3, seed=1, progress=told.append)
    drawn = np.random.default_rng(1).integers(0, 4, (3, 4))
    np.testing.assert_allclose(sums, [columns[:, [0, 1, 3, 4]][:, row].sum(axis=1) for row in drawn])
    assert told[-1] == 1.0
    with pytest.raises(CancelledError):
        resampled_sums(columns, None, n_resamples=3, seed=1, cancelled=lambda: True)
    with pytest.raises(EvaluationError, match="0 resamples"):
        resampled_sums(columns, None, n_resamples=0, seed=1)
    assert np.isnan(resampled_sums(np.array([[np.nan, 1.0]]), None, n_resamples=2, seed=1)).all()


@pytest.mark.parametrize("expression", ["scene = 'night'", "area < 900"])
def test_ap_against_the_rest_is_that_of_the_drawn_sets(expression: str) -> None:
    n_images, n_classes, truth, predictions = random_set(2, n_images=6, crowds=True)
    scene = ["night", "day"] * 3
    facts = prepare_run(*with_columns(by_hand(n_images, n_classes, truth, predictions), images={"scene": scene}))
    evaluation = evaluate(facts, EvaluationParams())
    found = slice_precisions(facts, evaluation, SliceDefinition("one", expression), intervals=12, seed=4)
    told = found["ap"].difference
    deltas, own = [], []
    for weights in weights_of(n_images, 12, 4):
        n_drawn, drawn_truth, drawn_predictions = drawn_set(weights, truth, predictions)
        drawn = by_hand(n_drawn, n_classes, drawn_truth, drawn_predictions)
        of_copies = np.repeat(np.array(scene, object), weights).tolist()
        copied = prepare_run(*with_columns(drawn, images={"scene": of_copies}))
        sides = [SliceDefinition("in", expression), SliceDefinition("out", f"NOT ({expression})")]
        inside, outside = evaluate_slices(copied, evaluate(copied, EvaluationParams()), sides)
        deltas.append(inside.ap - outside.ap)
        own.append((inside.ap, inside.ap50))
    edges = np.nanpercentile(own, [2.5, 97.5], axis=0)
    for place, name in enumerate(("ap", "ap50")):
        assert (found[name].low, found[name].high) == pytest.approx(tuple(edges[:, place]), abs=1e-9)
    (whole,) = evaluate_slices(facts, evaluation, [SliceDefinition("one", expression)])
    assert (found["ap"].value, found["ap50"].value) == pytest.approx((whole.ap, whole.ap50), abs=1e-12)
    assert (told.low, told.high) == pytest.approx(tuple(np.nanpercentile(deltas, [2.5, 97.5])), abs=1e-9)
    assert told.figure == "ap"


def test_ap_is_undefined_where_predictions_cannot_be_told_apart() -> None:
    facts, evaluation = random_evaluation(3)
    told = slice_precisions(facts, evaluation, SliceDefinition("hidden", "occluded = TRUE"), intervals=5)["ap"].difference
    assert all(math.isnan(value) for value in (told.value, told.difference, told.low, told.p))
    of_50 = slice_precisions(facts, evaluation, SliceDefinition("hidden", "occluded = TRUE"), intervals=5)["ap50"]
    assert all(math.isnan(value) for value in (of_50.value, of_50.low, of_50.high))
    with pytest.raises(CancelledError):
        slice_precisions(facts, evaluation, SCENES[0], intervals=5, cancelled=lambda: True)


def result(difference: SliceDifference, *, images: int = 326, enough: bool = True) -> SliceResult:
    nan = math.nan
    told = {difference.figure: difference, "f1": difference}
    return SliceResult("night", "", "image", images, 40, 1, 2, 3, nan, nan, nan, nan, nan, enough, differences=told)


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (
            SliceDifference("recall", 0.4, 0.71, -0.31, -0.39, -0.22, 1e-9, 1e-9),
            "recall is .31 lower at night than in the rest, 95 % .22 to .39; q < .001; 326 images",
        ),
        (
            SliceDifference("f1", 0.9, 0.85, 0.05, 0.01, 0.1, 0.01, 0.02),
            "F1 is .05 higher at night than in the rest, 95 % .01 to .10; q = .020; 326 images",
        ),
        (
            SliceDifference("f1", 0.9, 0.897, 0.003, 0.001, 0.004, 0.01, 0.02),
            "F1 is .003 higher at night than in the rest, 95 % .001 to .004; q = .020; 326 images",
        ),
        (
            SliceDifference("f1", 0.9, 0.85, 0.05, 0.01, 0.1, 0.01, 0.06),
            "night: F1 is not distinguishable from the rest (n = 326)",
        ),
        (
            SliceDifference("f1", 0.9, 0.85, 0.05, -0.01, 0.1, 0.01, 0.02),
            "night: F1 is not distinguishable from the rest (n = 326)",
        ),
        (
            SliceDifference("precision", 0.9, 0.85, 0.05),
            "precision is .05 higher at night than in the rest; 326 images; how sure that is was not computed",
        ),
    ],
)
def test_a_sentence_claims_what_the_resamples_do(difference: SliceDifference, said: str) -> None:
    assert sentence_of(result(difference), difference.figure) == said


def test_a_sentence_about_nothing_says_so() -> None:
    undefined = SliceDifference("f1", math.nan, 0.5, math.nan)
    assert sentence_of(result(undefined)) == "night: F1 is undefined inside or outside, so there is nothing to compare"
    assert "too little ground truth" in sentence_of(result(undefined, enough=False))
    assert (fraction_text(1.0), fraction_text(0.0), fraction_text(0.314)) == ("1.00", ".00", ".31")


def test_what_is_lost_for_certain_is_what_the_interval_leaves() -> None:
    assert SliceDifference("f1", 0.4, 0.7, -0.3, -0.4, -0.2).certain_loss == 0.2
    assert SliceDifference("f1", 0.4, 0.5, -0.1, -0.3, 0.1).certain_loss == 0.0
    assert math.isnan(SliceDifference("f1", 0.4, 0.5, -0.1).certain_loss)
