"""Going from run to run: what is kept, what is told apart, and what was asked for meanwhile."""

from __future__ import annotations

import pytest

from tests.session.small_session import COPIES


def names(session):
    return [run.name for run in session.state.runs]


def test_the_runs_differ_and_the_other_is_shown_when_asked_for(session):
    first = session.state.evaluation.totals
    session.controller.data.set_active_run(1)
    session.settle()
    second = session.state.evaluation.totals
    assert session.state.run.name == "second"
    assert second.tp == first.tp + COPIES
    assert second.n_predictions == first.n_predictions - COPIES
    session.controller.data.set_active_run(0)
    session.settle()
    assert session.state.evaluation.totals == first


def test_going_back_to_a_run_does_not_prepare_it_again(session, monkeypatch):
    session.controller.data.set_active_run(1)
    session.settle()

    def refuse(*_arguments, **_options):
        raise AssertionError("prepared again")

    monkeypatch.setattr("diag_gui.session.preparing.prepare_run", refuse)
    for index in (0, 1, 0):
        session.controller.data.set_active_run(index)
        session.settle()
        assert session.state.active == index
    assert session.state.notice is None or not session.state.notice.is_error


def test_runs_of_one_name_are_told_apart_also_when_one_is_added(session, files, tmp_path, monkeypatch):
    added = tmp_path / "new" / "first.json"
    added.parent.mkdir()
    added.write_text(files.first.read_text())
    session.controller.data.add_predictions([added])
    session.settle()
    folder = files.folder.name
    assert names(session) == [f"{folder}/first", "second", "new/first"]
    assert session.state.run.name == session.state.facts.run.name == "new/first"
    assert any("repeated-run-name" in report.codes for report in session.state.reports)

    def refuse(*_arguments, **_options):
        raise AssertionError("prepared again")

    monkeypatch.setattr("diag_gui.session.preparing.prepare_run", refuse)
    session.controller.data.set_active_run(0)
    session.settle()
    assert session.state.run.name == session.state.facts.run.name == f"{folder}/first"


@pytest.mark.parametrize("index", [-1, 2, 99])
def test_a_run_that_does_not_exist_is_not_shown(session, index):
    before = session.state
    session.controller.data.set_active_run(index)
    session.settle()
    assert session.state.active == 0
    assert session.state.evaluation is before.evaluation


def test_filter_and_thresholds_hold_for_the_next_run(session):
    session.controller.query.add_expression("weather = 'fog'")
    session.controller.thresholds.set_iou(0.6)
    session.settle()
    session.controller.data.set_active_run(1)
    session.settle()
    assert session.state.query.expressions == ("weather = 'fog'",)
    assert session.state.evaluation.params.iou_threshold == 0.6
    assert session.state.evaluation.totals.n_images == COPIES


def test_a_slider_that_moved_while_a_run_was_prepared_is_obeyed(session):
    session.controller.data.set_active_run(1)
    session.controller.thresholds.set_iou(0.65)
    session.controller.query.set_text("site_1")
    session.settle()
    assert session.state.active == 1
    assert session.state.evaluation.params.iou_threshold == 0.65
    assert {row % 4 for row in session.state.evaluation.outcomes.image_row(session.state.selection.rows).tolist()} == {1}


def test_metadata_leave_the_run_and_the_row_in_question(nothing_open, files):
    nothing_open.open(files.both)
    row = nothing_open.rows[3]
    nothing_open.controller.selection.set_current(row)
    nothing_open.controller.data.join_metadata(files.metadata)
    nothing_open.settle()
    assert nothing_open.state.run.name == "first"
    assert nothing_open.state.current == row
    assert nothing_open.state.chosen == {row}


def test_a_row_of_the_run_before_is_not_in_question_in_the_run_added(nothing_open, files):
    """The same number names another object there: the first run has a prediction more per copy."""
    nothing_open.open([files.ground_truth, files.first])
    nothing_open.controller.selection.choose(nothing_open.rows, nothing_open.rows[-1])
    nothing_open.open([files.second])
    assert nothing_open.state.run.name == "second"
    assert nothing_open.state.current == nothing_open.rows[0]
    assert nothing_open.state.chosen == {nothing_open.rows[0]}


@pytest.mark.parametrize("switched_first", [True, False])
def test_a_run_that_was_asked_for_while_metadata_were_joined_stays(nothing_open, files, switched_first):
    session = nothing_open
    session.open(files.both)
    verbs = [lambda: session.controller.data.set_active_run(1), lambda: session.controller.data.join_metadata(files.metadata)]
    for verb in verbs if switched_first else verbs[::-1]:
        verb()
    session.settle()
    state = session.state
    assert state.active == 1
    assert state.facts.run is state.runs[1]
    assert state.facts.dataset is state.dataset
    assert state.evaluation.outcomes.predictions is state.runs[1].predictions
    assert "weather" in [column.name for column in state.dataset.image_attributes.columns]
