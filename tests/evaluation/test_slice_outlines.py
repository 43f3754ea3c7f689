"""Curves of slices: of everything they are those of the evaluation; at the operating point they pass through P and R."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.data.expression import parse
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_membership import Membership, membership
from diag_gui.evaluation.slice_outlines import f1_outline, slice_outline
from diag_gui.evaluation.slices import evaluate_slices
from tests.evaluation.attributed_sets import random_evaluation


def test_of_all_images_it_is_the_curve_of_the_evaluation():
    facts, evaluation = random_evaluation(5)
    found = slice_outline(facts, evaluation, Membership(np.ones(len(facts.dataset.images), np.bool_)))
    expected = evaluation.outline(None)
    for name in ("recall", "precision", "score"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name))
    assert (found.best_f1, found.best_score) == pytest.approx((expected.best_f1, expected.best_score))


@pytest.mark.parametrize("text", ["scene = 'night'", "area < 1500", "touches_border = FALSE"])
def test_at_any_score_it_passes_through_the_figures_of_the_slice(text):
    facts, evaluation = random_evaluation(6)
    outline = slice_outline(facts, evaluation, membership(parse(text), ColumnCatalog(facts)))
    f1 = f1_outline(outline)
    for place in np.linspace(0, len(outline.score) - 1, 7).astype(int).tolist():
        params = EvaluationParams(score_threshold=float(outline.score[place]))
        (result,) = evaluate_slices(facts, evaluate(facts, params), [SliceDefinition(text, text)], with_ap=False)
        assert (outline.recall[place], outline.precision[place]) == pytest.approx((result.recall, result.precision))
        assert f1.precision[len(f1.score) - 1 - place] == pytest.approx(result.f1)
        assert outline.best_f1 >= result.f1 - 1e-12


def test_where_false_positives_cannot_be_told_there_is_no_curve():
    facts, evaluation = random_evaluation(6)
    assert slice_outline(facts, evaluation, membership(parse("occluded = TRUE"), ColumnCatalog(facts))) is None
