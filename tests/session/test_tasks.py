"""What is compared unasked, what can be chosen, and that figures always belong to it."""

from __future__ import annotations

import json

import pytest

from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.session.tasks import possible_tasks
from tests.session.mask_files import write_masks
from tests.session.rotated_files import write_rotated, write_upright_run


@pytest.fixture
def rotated(nothing_open, tmp_path):
    nothing_open.open(list(write_rotated(tmp_path)))
    assert nothing_open.state.evaluation is not None, nothing_open.state.notice
    return nothing_open


def counts(session):
    totals = session.state.evaluation.totals
    return totals.tp, totals.fp


def test_rotated_boxes_on_both_sides_are_compared_unasked(rotated):
    assert rotated.state.params.task == rotated.state.evaluation.params.task == rotated.state.facts.task == "rotated"
    assert counts(rotated) == (2, 2)
    assert rotated.state.evaluation.count_at_score["localization"] == 2


def test_other_data_are_compared_by_their_boxes(session, tmp_path):
    assert session.state.params.task == "bbox"
    assert possible_tasks(session.state.dataset, session.state.runs) == ("bbox",)
    session.controller.data.set_task("rotated")
    session.settle()
    assert session.state.params.task == "bbox"


def test_upright_boxes_can_be_chosen_and_left_again(rotated):
    before = rotated.state.evaluation
    rotated.controller.data.set_task("bbox")
    rotated.settle()
    state = rotated.state
    assert (state.params.task, state.evaluation.params.task, state.facts.task) == ("bbox",) * 3
    assert counts(rotated) == (4, 0)
    again = evaluate(prepare_run(state.dataset, state.run), EvaluationParams())
    assert state.evaluation.totals == again.totals
    rotated.controller.data.set_task("rotated")
    rotated.settle()
    assert rotated.state.evaluation.totals == before.totals


def test_thresholds_moved_meanwhile_are_kept(rotated):
    rotated.controller.data.set_task("bbox")
    rotated.controller.thresholds.set_iou(0.7)
    rotated.settle()
    params = rotated.state.evaluation.params
    assert (params.task, params.iou_threshold) == ("bbox", 0.7)
    assert rotated.state.params == params


def test_a_run_without_corners_brings_all_runs_back_to_boxes(rotated, tmp_path):
    rotated.controller.data.add_predictions([write_upright_run(tmp_path)])
    rotated.settle()
    state = rotated.state
    assert [run.name for run in state.runs] == ["turned", "upright"]
    assert (state.params.task, state.facts.task, state.active) == ("bbox", "bbox", 1)
    rotated.controller.data.set_active_run(0)
    rotated.settle()
    assert counts(rotated) == (4, 0)
    assert all(facts.task == "bbox" for facts in rotated.state.prepared)


def test_another_run_with_corners_keeps_what_is_compared(rotated, tmp_path):
    rotated.controller.data.add_predictions([write_rotated(tmp_path / "again")[1]])
    rotated.settle()
    assert rotated.state.params.task == "rotated"
    assert [facts.task for facts in rotated.state.prepared] == ["rotated", "rotated"]
    rotated.controller.data.set_task("bbox")
    rotated.settle()
    assert [facts.task for facts in rotated.state.prepared] == ["bbox", "bbox"]
    rotated.controller.data.set_active_run(0)
    rotated.settle()
    assert [facts.task for facts in rotated.state.prepared] == ["bbox", "bbox"]


def test_other_data_after_rotated_ones_start_anew(rotated, files):
    rotated.open(files.both)
    assert rotated.state.params.task == rotated.state.evaluation.params.task == "bbox"


@pytest.fixture
def masked(nothing_open, tmp_path):
    nothing_open.open(list(write_masks(tmp_path)))
    assert nothing_open.state.evaluation is not None, nothing_open.state.notice
    return nothing_open


def test_masks_are_compared_when_that_is_chosen_and_boxes_again(masked):
    assert possible_tasks(masked.state.dataset, masked.state.runs) == ("bbox", "segm")
    assert masked.state.params.task == "bbox"
    assert counts(masked) == (4, 2)
    masked.controller.data.set_task("segm")
    masked.settle()
    state = masked.state
    assert (state.params.task, state.evaluation.params.task, state.facts.task) == ("segm",) * 3
    assert counts(masked) == (2, 4)
    again = evaluate(prepare_run(state.dataset, state.run, task="segm"), EvaluationParams(task="segm"))
    assert state.evaluation.totals == again.totals
    masked.controller.thresholds.set_iou(0.3)
    masked.settle()
    assert counts(masked) == (4, 2)
    masked.controller.thresholds.set_iou(0.5)
    masked.controller.data.set_task("bbox")
    masked.settle()
    assert counts(masked) == (4, 2)


def test_a_label_without_a_mask_is_named_and_boxes_stay(nothing_open, tmp_path):
    truth, found = write_masks(tmp_path)
    content = json.loads(truth.read_text())
    del content["annotations"][3]["segmentation"]
    truth.write_text(json.dumps(content))
    nothing_open.open([truth, found])
    nothing_open.controller.data.set_task("segm")
    nothing_open.settle()
    state = nothing_open.state
    assert "label 4 on 2.png has no mask" in state.notice.text
    assert (state.params.task, state.evaluation.params.task) == ("bbox", "bbox")
