from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.label_error_columns import LABEL_SIGNS, YES_OR_NO, sign_values
from diag_gui.evaluation.label_errors_doubts import DOUBTS
from diag_gui.evaluation.outcome_objects import outcome_gt_row, outcome_pred_row
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, SortKey, select
from diag_gui.exceptions import ExpressionError
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set

FACTS = prepare_run(*by_hand(*random_set(6, crowds=True)))
EVALUATION = evaluate(FACTS, EvaluationParams())
CATALOG = ColumnCatalog(FACTS, EVALUATION)


def test_each_row_says_what_is_said_of_its_prediction_or_of_its_label():
    outcomes, labels = EVALUATION.outcomes, FACTS.labels
    gt_row, pred_row = outcome_gt_row(outcomes), outcome_pred_row(outcomes)
    for name, of_gt in (
        ("objectlab_swapped", labels.object_lab.swapped),
        ("objectlab_badly_located", labels.object_lab.badly_located),
    ):
        np.testing.assert_array_equal(sign_values(name, labels, outcomes), np.where(gt_row >= 0, of_gt[gt_row], np.nan))
    overlooked = labels.object_lab.overlooked
    expected = np.where(pred_row >= 0, overlooked[pred_row], np.nan)
    np.testing.assert_array_equal(sign_values("objectlab_overlooked", labels, outcomes), expected)
    spurious = sign_values("possibly_spurious", labels, outcomes)
    assert set(spurious[gt_row < 0].tolist()) != {0.0}
    assert np.isnan(spurious[gt_row < 0]).all()
    assert set(spurious[~np.isnan(spurious)].tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("name", [*LABEL_SIGNS, "label_error_kind"])
def test_filters_know_every_sign_and_the_undefined_satisfies_none(name):
    text = {"label_error_kind": f"{name} IN ({', '.join(repr(kind) for kind in DOUBTS)})"}.get(
        name, f"{name} = TRUE OR {name} = FALSE" if name in YES_OR_NO else f"{name} >= 0 AND {name} <= 1"
    )
    values = FACTS.labels.doubts.kind if name == "label_error_kind" else sign_values(name, FACTS.labels, EVALUATION.outcomes)
    is_said = values >= 0 if name == "label_error_kind" else ~np.isnan(values)
    np.testing.assert_array_equal(CATALOG.outcomes_where(text), is_said)


def test_a_misspelt_sign_offers_the_near_one():
    with pytest.raises(ExpressionError, match="objectlab_swapped"):
        CATALOG.outcomes_where("objectlab_swaped < 0.5")


def test_a_suspicious_label_that_was_found_is_reached_with_the_true_positives():
    rows = select(Query(show="all", sort=SortKey.LABEL_ERROR), CATALOG, EVALUATION).rows
    assert OutcomeKind.TRUE_POSITIVE in EVALUATION.outcomes.kind[rows]
    values = FACTS.label_error[rows]
    assert (np.diff(values[~np.isnan(values)]) <= 0).all()


@pytest.mark.parametrize("key", [key for key in SortKey if key.value in LABEL_SIGNS])
@pytest.mark.parametrize("descending", [True, False])
def test_the_gallery_is_sorted_by_every_sign(key, descending):
    rows = select(Query(show="all", sort=key, descending=descending), CATALOG, EVALUATION).rows
    values = sign_values(key.value, FACTS.labels, EVALUATION.outcomes)[rows]
    said = values[~np.isnan(values)]
    assert np.isnan(values[len(said) :]).all()
    assert (np.diff(said) <= 0).all() if descending else (np.diff(said) >= 0).all()
