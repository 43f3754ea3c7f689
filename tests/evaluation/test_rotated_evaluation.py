"""All figures of rotated boxes come from the code that serves upright ones."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.data.attributes import Level
from diag_gui.data.quadrilaterals import slenderness
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.confusion_matrix import confusion_matrix
from diag_gui.evaluation.error_costs import error_costs
from diag_gui.evaluation.evaluator import evaluate, prepare_run, summarize
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.rotated_sets import random_rotated_set, rectangle, rotated_by_hand, upright, with_quads

ROTATED = EvaluationParams(task="rotated")


def golden_as_quads():
    """Return the toy set as corners, turned about the origin by 30 degrees: IoUs, areas and figures stay."""
    dataset, run = golden()
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    quads = (
        (np.array([upright(box) for box in objects.xywh]).reshape(-1, 4, 2) @ turn).reshape(-1, 8)
        for objects in (dataset.ground_truth, run.predictions)
    )
    return with_quads(dataset, run, *quads)


def test_the_toy_set_turned_has_its_golden_figures():
    dataset, run = golden_as_quads()
    facts = prepare_run(dataset, run, task="rotated")
    figures = summarize(facts).figures
    assert [round(figures[name], 6) for name in ("AP", "AP50", "AP75", "AR100")] == [0.430693, 0.430693, 0.430693, 0.5]
    costs = error_costs(facts, ROTATED)
    assert {name: round(value, 4) for name, value in costs.dap.items()} == {
        "classification": 0.2599,
        "localization": 0.099,
        "both": 0,
        "duplicate": 0.0124,
        "background": 0,
        "missed": 0.0554,
        "false_positive": 0.0743,
        "false_negative": 0.4208,
    }
    assert {costs.count[name] for name in ("classification", "localization", "both", "duplicate", "background", "missed")} == {1}
    everything = EvaluationParams(score_threshold=0.0, task="rotated")
    assert evaluate(facts, everything).totals.mf1 == pytest.approx(0.422222, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_upright_corners_give_the_evaluation_of_boxes(seed):
    dataset, run = random_rotated_set(seed, crowds=True)
    quads = ([upright(np.round(box)) for box in objects.xywh] for objects in (dataset.ground_truth, run.predictions))
    dataset, run = with_quads(dataset, run, *quads)
    boxes, corners = prepare_run(dataset, run), prepare_run(dataset, run, task="rotated")
    assert summarize(corners).figures == pytest.approx(summarize(boxes).figures, abs=1e-9, nan_ok=True)
    one, other = evaluate(boxes, EvaluationParams()), evaluate(corners, ROTATED)
    np.testing.assert_array_equal(one.outcomes.kind, other.outcomes.kind)
    np.testing.assert_array_equal(one.confusion.dense(), other.confusion.dense())
    np.testing.assert_allclose(corners.label_error, boxes.label_error, rtol=0, atol=1e-9)


def test_slim_boxes_that_cross_are_not_two_labels_of_one_object():
    slim, crossing = rectangle(100, 100, 120, 8, 45), rectangle(100, 100, 120, 8, -45)
    dataset, run = rotated_by_hand(1, 2, [(1, 1, slim), (1, 2, crossing)], [])
    assert prepare_run(dataset, run, task="rotated").label_error.max() < 1
    assert prepare_run(dataset, run).label_error.tolist() == [1, 1]
    dataset, run = rotated_by_hand(1, 2, [(1, 1, slim), (1, 2, slim)], [])
    assert prepare_run(dataset, run, task="rotated").label_error.tolist() == [1, 1]


def test_a_wrong_angle_is_a_localization_error_that_upright_boxes_hide():
    truth, found = rectangle(100, 100, 100, 20, 45), rectangle(100, 100, 100, 20, -45)
    dataset, run = rotated_by_hand(1, 1, [(1, 1, truth)], [(1, 1, found, 0.9)])
    assert evaluate(prepare_run(dataset, run), EvaluationParams()).totals.tp == 1
    evaluation = evaluate(prepare_run(dataset, run, task="rotated"), ROTATED)
    assert (evaluation.totals.tp, evaluation.count_at_score["localization"]) == (0, 1)
    assert confusion_matrix(prepare_run(dataset, run, task="rotated"), ROTATED).dense().tolist() == [[0, 1], [1, 0]]


def test_columns_of_size_are_those_of_the_shapes():
    truth, found = rectangle(100, 100, 100, 20, 45), rectangle(100, 100, 30, 60, 10)
    catalog = ColumnCatalog(prepare_run(*rotated_by_hand(1, 1, [(1, 1, truth)], [(1, 1, found, 0.9)]), task="rotated"))
    for level, area, aspect in ((Level.GT, 2000, 5), (Level.PRED, 1800, 2)):
        assert catalog.column(level, "area").values[0] == pytest.approx(area)
        assert catalog.column(level, "aspect").values[0] == pytest.approx(aspect)
    assert np.isnan(slenderness(np.array([[1.0, 1, 1, 1, 1, 1, 1, 1]]))).all()


def test_the_task_must_be_that_of_the_facts_and_be_there():
    dataset, run = golden_as_quads()
    with pytest.raises(EvaluationError, match="task"):
        evaluate(prepare_run(dataset, run, task="rotated"), EvaluationParams())
    with pytest.raises(EvaluationError, match=r"task.*the ground truth has none"):
        prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 9, 9)], []), task="rotated")
    with pytest.raises(EvaluationError, match="turned"):
        prepare_run(dataset, run, task="turned")
