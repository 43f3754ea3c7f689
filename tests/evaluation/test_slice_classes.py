"""Slice by class: every cell is the figure of that class on a set that holds the slice alone."""

from __future__ import annotations

import math
from concurrent.futures import CancelledError

import numpy as np
import pytest

from diag_gui.evaluation.coco_summary import summarize
from diag_gui.evaluation.error_costs import error_costs
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.outcome_objects import class_error_counts
from diag_gui.evaluation.slice_classes import CLASS_FIGURES, slices_by_class
from diag_gui.evaluation.slices import SliceDefinition, evaluate_slices
from diag_gui.exceptions import EvaluationError
from tests.evaluation.attributed_sets import random_evaluation

NIGHT, SMALL, HIDDEN = (
    SliceDefinition("night", "scene = 'night'"),
    SliceDefinition("small", "area < 1200"),
    SliceDefinition("hidden", "occluded = TRUE"),
)
EVERYTHING = SliceDefinition("everything", "area > 0")


@pytest.mark.parametrize("figure", CLASS_FIGURES)
def test_the_cells_of_an_image_slice_are_an_evaluation_of_its_images(figure: str) -> None:
    facts, evaluation = random_evaluation(8)
    images = np.array([scene == "night" for scene in _scenes(facts)])
    alone = evaluate(facts, evaluation.params, images=images)
    found = slices_by_class(facts, evaluation, [NIGHT, EVERYTHING], figure)
    table, n_classes = alone.per_class, len(facts.dataset.classes)
    if figure in ("ap", "ap50"):
        summary = summarize(facts, images=images)
        expected = np.full(n_classes, np.nan)
        has_gt = summary.n_gt[0] > 0
        ap = summary.ap[has_gt, 0]
        expected[summary.class_rows[has_gt]] = ap.mean(axis=1) if figure == "ap" else ap[:, 0]
    elif figure.startswith("errors."):
        expected = class_error_counts(alone.outcomes, n_classes)[figure.removeprefix("errors.")].astype(float)
    elif figure.startswith("dap."):
        expected = error_costs(facts, evaluation.params, images=images).per_class.dap(figure.removeprefix("dap."))
    else:
        expected = np.asarray(getattr(table, {"gt": "n_gt"}.get(figure, figure)), float)
    np.testing.assert_allclose(found.values[0], expected[found.class_rows], atol=1e-12)
    np.testing.assert_array_equal(found.n_gt[0], table.n_gt[found.class_rows])
    # The slice of every object is the whole run.
    np.testing.assert_allclose(found.values[1], found.whole, atol=1e-12)


def test_the_classes_of_an_object_slice_add_up_to_it() -> None:
    facts, evaluation = random_evaluation(9)
    (small,) = evaluate_slices(facts, evaluation, [SMALL])
    by_class = {name: slices_by_class(facts, evaluation, [SMALL], name).values[0] for name in ("gt", "tp", "fn", "ap", "fp")}
    assert [by_class[name].sum() for name in ("gt", "tp", "fn")] == [small.gt, small.tp, small.fn]
    assert by_class["fp"].sum() == small.fp
    assert np.nanmean(by_class["ap"]) == pytest.approx(small.ap, abs=1e-12)


def test_what_predictions_lack_is_undefined_in_every_class() -> None:
    facts, evaluation = random_evaluation(9)
    for figure in ("precision", "f1", "fp", "ap", "errors.background", "dap.missed"):
        assert np.isnan(slices_by_class(facts, evaluation, [HIDDEN], figure).values).all()
    assert not np.isnan(slices_by_class(facts, evaluation, [HIDDEN], "recall").values).all()


def test_a_class_without_ground_truth_in_the_slice_has_no_f1() -> None:
    facts, evaluation = random_evaluation(9)
    only_first = SliceDefinition("a", "class = 'a'")
    found = slices_by_class(facts, evaluation, [only_first], "f1")
    assert math.isfinite(found.values[0, 0])
    assert np.isnan(found.values[0, 1:]).all()


def test_unknown_figures_are_refused_and_work_can_be_cancelled() -> None:
    facts, evaluation = random_evaluation(9)
    with pytest.raises(EvaluationError, match="'accuracy' is none of"):
        slices_by_class(facts, evaluation, [NIGHT], "accuracy")
    with pytest.raises(CancelledError):
        slices_by_class(facts, evaluation, [NIGHT], cancelled=lambda: True)
    assert slices_by_class(facts, evaluation, []).values.shape == (0, 4)


def _scenes(facts: object) -> list[str]:
    column = facts.dataset.image_attributes["scene"]  # type: ignore[attr-defined]
    return [column.text(row) for row in range(len(column))]
