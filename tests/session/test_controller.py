"""What is shown stays in step with what is asked for, and nothing fails in silence."""

from __future__ import annotations

import threading

import pytest

from diag_gui.evaluation.coco_summary import summarize
from diag_gui.evaluation.error_costs import error_costs
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.exceptions import DiagError
from diag_gui.review.store import ReviewStore
from diag_gui.session import controller
from diag_gui.session.state import Notice
from tests.session.small_session import COPIES, write_files


def test_after_opening_every_figure_is_there(session):
    state = session.state
    assert state.costs.dap == error_costs(state.facts, state.params).dap
    assert state.summary.figures["AP50"] == summarize(state.facts).figures["AP50"]
    assert state.slices
    assert state.review is not None


def test_costs_follow_the_iou_and_not_the_score(session):
    costs = session.state.costs
    session.controller.thresholds.set_score(0.8)
    session.settle()
    assert session.state.costs is costs
    session.controller.thresholds.set_iou(0.40)
    session.settle()
    assert session.state.costs_params.iou_threshold == 0.40
    assert session.state.costs.dap["localization"] == 0.0


def test_gains_of_an_iou_that_was_left_again_are_not_shown(session, monkeypatch):
    gate, real = threading.Event(), controller.costs_of

    def slow(facts, evaluation, **options):
        if evaluation.params.iou_threshold == 0.7:
            gate.wait(20)
        return real(facts, evaluation, **options)

    monkeypatch.setattr(controller, "costs_of", slow)
    for iou in (0.7, 0.5):
        session.controller.thresholds.set_iou(iou)
        session._qtbot.waitUntil(lambda iou=iou: session.state.evaluation.params.iou_threshold == iou)
        session._qtbot.waitUntil(lambda: not session.controller.jobs.is_wanted("view"))
    gate.set()
    session.settle()
    assert session.state.costs_params.iou_threshold == 0.5
    assert session.state.costs.dap == error_costs(session.state.facts, session.state.params).dap


def test_the_coco_figures_do_not_depend_on_thresholds_but_on_the_images(session):
    summary = session.state.summary
    session.controller.thresholds.set_iou(0.7)
    session.controller.thresholds.set_score(0.7)
    session.settle()
    assert session.state.summary is summary
    session.controller.query.add_expression("weather = 'sun'")
    session.settle()
    assert session.state.summary.figures["AP50"] > summary.figures["AP50"]
    session.controller.query.take_last_off()
    session.settle()
    assert session.state.summary.figures["AP50"] == summary.figures["AP50"]


def test_costs_follow_the_images(session):
    session.controller.query.add_expression("weather = 'sun'")
    session.settle()
    assert session.state.costs.dap["localization"] == 0.0, "the loose boxes lie on foggy images"


def test_figures_of_another_run_never_stand_beside_it(session):
    """While the other run is shown, its gains and figures are its own or not there yet."""
    facts = session.state.facts
    seen = []

    def look(_change, _origin):
        state = session.state
        if state.facts is not facts and state.costs is not None:
            seen.append(state.costs.dap == error_costs(state.facts, state.params).dap)

    session.store.changed.connect(look)
    session.controller.data.set_active_run(1)
    session.settle()
    assert seen
    assert all(seen)


def test_every_commit_shows_facts_and_evaluation_of_one_run(session):
    sizes = []

    def look(_change, _origin):
        state = session.state
        sizes.append((len(state.run.predictions), len(state.facts.run.predictions), state.evaluation.outcomes.n_predictions))

    session.store.changed.connect(look)
    for index in (1, 0, 1):
        session.controller.data.set_active_run(index)
        session.settle()
    assert all(len(set(seen)) == 1 for seen in sizes)
    assert len(set(sizes)) == 2


def test_the_rows_shown_are_always_those_of_the_evaluation_shown(session):
    mismatches = []

    def look(_change, _origin):
        state = session.state
        if state.evaluation is not None and not state.query.expressions and not state.query.kinds:
            errors = sum(state.evaluation.count_at_score.values())
            if len(state.selection.rows) != errors:
                mismatches.append((len(state.selection.rows), errors))

    session.store.changed.connect(look)
    for value in range(40, 90, 5):
        session.controller.thresholds.set_iou(value / 100)
        session.controller.thresholds.set_score((value - 30) / 100)
    session.controller.data.set_active_run(1)
    session.settle()
    assert mismatches == []


def test_an_error_of_ours_is_said_in_its_own_words(nothing_open):
    nothing_open.controller.report_error("Opening x.json", DiagError("x.json: record 3: has no image"))
    assert nothing_open.state.notice.text == "x.json: record 3: has no image"
    assert nothing_open.state.notice.is_error


def test_a_defect_carries_its_traceback_in_the_details(nothing_open):
    def fail(_context):
        raise ZeroDivisionError("seven")

    nothing_open.controller.jobs.submit("x", fail, lambda _answer: None, label="Counting")
    nothing_open.settle()
    notice = nothing_open.state.notice
    assert notice.is_error
    assert notice.text == "Counting failed: ZeroDivisionError: seven"
    assert "Traceback" in notice.details
    assert "in fail" in notice.details


def test_an_error_raised_in_another_thread_is_said_by_the_interface(qtbot, nothing_open):
    threads = []
    nothing_open.store.changed.connect(lambda *_: threads.append(threading.get_ident()))
    other = threading.Thread(target=lambda: nothing_open.controller.error_raised.emit(ValueError("elsewhere")))
    other.start()
    qtbot.waitUntil(lambda: nothing_open.state.notice is not None)
    other.join()
    assert "elsewhere" in nothing_open.state.notice.text
    assert set(threads) == {threading.get_ident()}


def test_a_line_is_said_and_dismissed(nothing_open):
    nothing_open.controller.say("Done")
    assert nothing_open.state.notice == Notice("Done")
    nothing_open.controller.dismiss_notice()
    assert nothing_open.state.notice is None


def test_what_was_opened_is_remembered_newest_first(session, files, tmp_path):
    other = write_files(tmp_path / "other", copies=1)
    session.open(other.both)
    recent = session.settings.recent()
    assert recent[0] == [str(path) for path in other.both]
    assert set(recent[1]) == {str(path) for path in files.everything}


def test_a_job_that_lasts_is_shown_with_its_name_and_can_be_cancelled(qtbot, nothing_open):
    stopped = threading.Event()

    def work(context):
        try:
            while True:
                context.progress(0.5)
                threading.Event().wait(0.002)
        finally:
            stopped.set()

    nothing_open.controller.jobs.submit("long", work, lambda _answer: None, label="Reading on and on")
    qtbot.waitUntil(lambda: [job.label for job in nothing_open.state.busy] == ["Reading on and on"], timeout=5_000)
    nothing_open.controller.cancel("long")
    qtbot.waitUntil(lambda: nothing_open.state.busy == (), timeout=5_000)
    assert stopped.wait(5)
    assert nothing_open.state.notice is None


def test_closing_finishes_the_writes_that_were_asked_for(session):
    for row in session.rows[:5]:
        session.controller.selection.set_current(row)
        session.controller.review.tag_by_key(1)
    session.controller.close()
    [project] = session.state.dataset.source.path.parent.glob("*.diag")
    with ReviewStore.open(project, read_only=True) as store:
        assert len(store.operations()) == 5


def test_closing_twice_and_using_it_afterwards_is_harmless(session):
    session.controller.close()
    session.controller.close()
    session.controller.thresholds.set_iou(0.8)
    session.controller.review.tag_by_key(1)
    session.settle()
    assert session.state.notice is None or not session.state.notice.is_error


@pytest.mark.parametrize("kind", ["kinds", "expression"])
def test_going_on_while_a_filter_is_computed_leaves_a_shown_row_in_question(session, kind):
    if kind == "kinds":
        session.controller.query.toggle_kind(OutcomeKind.BACKGROUND)
    else:
        session.controller.query.add_expression("weather = 'fog'")
    session.controller.selection.step(1)
    asked = session.state.current
    session.settle()
    assert session.state.current in session.rows
    assert asked not in session.rows, "a row that the filter leaves out"
    assert session.state.chosen <= set(session.rows)
    session.controller.selection.step(1)
    assert session.state.current in session.rows
    assert len(session.rows) == (COPIES if kind == "kinds" else 3 * COPIES)
