"""Thresholds: kept to their range and grid, and every figure follows."""

from __future__ import annotations

import pytest

from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from tests.session.small_session import COPIES


@pytest.mark.parametrize(("asked", "got"), [(0.4, 0.4), (0.123, 0.12), (0.0, 0.10), (-3, 0.10), (0.99, 0.95), (7, 0.95)])
def test_the_iou_threshold_stays_in_its_range_and_on_the_grid(session, asked, got):
    session.controller.thresholds.set_iou(asked)
    assert session.state.params.iou_threshold == got


@pytest.mark.parametrize(("asked", "got"), [(0.4, 0.4), (0.12345, 0.12345), (-1, 0.0), (2, 1.0)])
def test_the_score_threshold_stays_between_0_and_1(session, asked, got):
    session.controller.thresholds.set_score(asked)
    assert session.state.params.score_threshold == got


def test_a_lower_iou_turns_loose_boxes_into_matches(session):
    """The loose boxes have IoU .41."""
    assert session.state.selection.counts[OutcomeKind.LOCALIZATION] == COPIES
    session.controller.thresholds.set_iou(0.40)
    session.settle()
    assert session.state.selection.counts[OutcomeKind.LOCALIZATION] == 0
    assert session.state.evaluation.totals.tp == 3 * COPIES
    assert session.state.evaluation.params == session.state.params


def test_a_higher_score_lets_wrong_predictions_go_and_misses_more(session):
    before = session.state.evaluation.totals
    session.controller.thresholds.set_score(0.85)
    session.settle()
    after = session.state.evaluation.totals
    assert (before.fp, before.fn) == (5 * COPIES, 4 * COPIES)
    assert (after.tp, after.fp, after.fn) == (2 * COPIES, 0, 4 * COPIES)


def test_what_is_shown_after_many_moves_is_a_fresh_evaluation_of_the_last(session):
    for step in range(30):
        session.controller.thresholds.set_iou(0.3 + step / 100)
        session.controller.thresholds.set_score(0.1 + step / 50)
    session.settle()
    fresh = evaluate(session.state.facts, session.state.params)
    assert session.state.params == EvaluationParams(iou_threshold=0.59, score_threshold=0.1 + 29 / 50)
    assert session.state.evaluation.count_at_score == fresh.count_at_score
    assert session.state.evaluation.totals == fresh.totals


def test_steps_add_up_without_drifting_off_the_grid(session):
    for _ in range(3):
        session.controller.thresholds.step_iou(0.05)
        session.controller.thresholds.step_score(-0.05)
    assert session.state.params.iou_threshold == 0.65
    assert session.state.params.score_threshold == 0.10


def test_the_score_of_the_best_f1(session):
    """Down to .90 only right predictions are kept: P 1, R 1/3, F1 1/2; the next one is wrong."""
    session.controller.thresholds.score_to_best_f1()
    session.settle()
    assert session.state.params.score_threshold == pytest.approx(0.9)
    assert session.state.evaluation.totals.f1 == pytest.approx(0.5)


def test_the_defaults_are_those_of_the_command_line(session):
    session.controller.thresholds.set_iou(0.8)
    session.controller.thresholds.set_score(0.8)
    session.controller.thresholds.reset()
    assert session.state.params == EvaluationParams()
    assert (session.state.params.iou_threshold, session.state.params.score_threshold) == (0.5, 0.25)


def test_asking_for_what_is_shown_computes_nothing(qtbot, session):
    with qtbot.assertNotEmitted(session.store.changed):
        session.controller.thresholds.set_iou(0.5)
        assert session.controller.jobs.is_idle


def test_thresholds_can_be_moved_before_anything_is_open(nothing_open, files):
    nothing_open.controller.thresholds.set_iou(0.4)
    nothing_open.controller.thresholds.score_to_best_f1()
    nothing_open.open(files.everything)
    assert nothing_open.state.evaluation.params.iou_threshold == 0.4
