"""The share of other runs that have the same box: by hand, as a column, and as a slice of labels and predictions alike."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_agreement import agreement
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slices import evaluate_slices
from tests.evaluation.coco_facts import by_hand

TRUTH = [(1, 1, 0, 0, 20, 20), (1, 1, 100, 0, 20, 20), (2, 2, 0, 0, 20, 20)]
OWN = [(1, 1, 0, 0, 20, 20, 0.9), (1, 2, 100, 0, 20, 20, 0.8), (2, 2, 50, 50, 20, 20, 0.7)]
OTHERS = (
    [(1, 1, 0, 5, 20, 20, 0.1), (2, 2, 50, 50, 20, 20, 0.2)],
    [(1, 1, 0, 0, 20, 20, 0.9), (1, 1, 0, 0, 20, 20, 0.8), (1, 1, 100, 0, 20, 20, 0.8)],
)


def runs() -> tuple[Dataset, list[Run]]:
    dataset, own = by_hand(2, 2, TRUTH, OWN)
    return dataset, [own, *(by_hand(2, 2, TRUTH, other)[1] for other in OTHERS)]


def judged() -> RunFacts:
    dataset, opened = runs()
    prepared = [prepare_run(dataset, run) for run in opened]
    return prepared[0].judged_with(prepared)


def test_the_share_of_other_runs_by_hand() -> None:
    dataset, (own, *others) = runs()
    given = [run.predictions for run in others]
    # Its like in both; the class is another in the second; in the first alone.
    np.testing.assert_allclose(agreement(own.predictions, given), [1.0, 0.0, 0.5])
    np.testing.assert_allclose(agreement(dataset.ground_truth, given), [1.0, 0.5, 0.0])
    assert np.isnan(agreement(own.predictions, [])).all()


def test_it_is_a_column_of_labels_and_of_predictions() -> None:
    facts = judged()
    catalog = ColumnCatalog(facts, evaluate(facts, EvaluationParams()))
    assert catalog.predictions_where("agreement >= .5").tolist() == [True, False, True]
    assert catalog.gt_where("agreement < 1").tolist() == [False, True, True]
    alone = prepare_run(facts.dataset, facts.run)
    assert not ColumnCatalog(alone).gt_where("agreement >= 0").any()
    assert ColumnCatalog(alone).gt_where("agreement IS NULL").all()


def test_it_is_a_slice_that_counts_both_sides() -> None:
    facts = judged()
    evaluation = evaluate(facts, EvaluationParams())
    sure, unsure = evaluate_slices(
        facts, evaluation, [SliceDefinition("all agree", "agreement = 1"), SliceDefinition("none", "agreement = 0")]
    )
    assert (sure.tp, sure.fp, sure.fn) == (1, 0, 0)
    assert (unsure.tp, unsure.fp, unsure.fn) == (0, 1, 1)
    assert (sure.f1, unsure.f1) == (1.0, 0.0)
    assert not math.isnan(unsure.precision)


@pytest.mark.parametrize("n", [1, 2])
def test_a_run_is_no_witness_of_itself(n: int) -> None:
    dataset, opened = runs()
    prepared = [prepare_run(dataset, run) for run in opened[:n]]
    found = prepared[0].judged_with(prepared).labels.agreement_of_pred
    assert np.isnan(found).all() if n == 1 else found.tolist() == [1.0, 0.0, 1.0]
