"""AP of the slices listed: computed behind the table, the same under every slider, with intervals for a row asked about."""

from __future__ import annotations

import math

import pytest

from diag_gui.evaluation.slice_precisions import slice_precisions
from diag_gui.evaluation.slices import evaluate_slices
from diag_gui.session.slice_precision_verbs import PRECISION_INTERVALS_KEY, PRECISION_KEY
from diag_gui.session.slice_table import N_RESAMPLES, SEED

FOG = "weather = 'fog'"


def test_every_slice_has_the_ap_of_the_engine(looked_at):
    state = looked_at.state
    listed = [one.definition for one in state.slice_table.listed]
    values = state.slice_precisions.values
    assert len(values) == len(listed) > 3
    for expected in evaluate_slices(state.facts, state.evaluation, listed):
        assert values[expected.expression] == pytest.approx((expected.ap, expected.ap50), nan_ok=True)
    assert any(not math.isnan(ap) for ap, _ in values.values())


def test_no_slider_and_no_slice_in_question_moves_it_and_a_filter_does(looked_at):
    before = looked_at.state.slice_precisions
    looked_at.controller.thresholds.set_iou(0.7)
    looked_at.controller.thresholds.set_score(0.6)
    looked_at.settle()
    looked_at.controller.slices.choose(FOG)
    looked_at.settle()
    assert looked_at.state.slice_precisions.values is before.values
    looked_at.controller.query.add_expression("flight < 3")
    looked_at.settle()
    after = looked_at.state.slice_precisions
    assert after.values is not before.values
    assert after.are_of(looked_at.state.slice_table.question)
    assert set(after.values) == set(looked_at.state.slice_table.results)


def test_a_slice_that_is_added_gets_its_own_and_the_others_stay(looked_at):
    before = dict(looked_at.state.slice_precisions.values)
    looked_at.controller.slices.add("late fog = weather = 'fog' AND flight >= 4")
    looked_at.settle()
    after = looked_at.state.slice_precisions.values
    assert set(after) - set(before) == {"weather = 'fog' AND flight >= 4"}
    assert repr({text: after[text] for text in before}) == repr(before)


def test_intervals_of_a_row_are_those_of_the_engine(looked_at):
    looked_at.controller.slices.choose(FOG)
    looked_at.settle()
    looked_at.controller.slices.precision.ask()
    assert looked_at.state.slice_precisions.asked == FOG
    looked_at.settle()
    state = looked_at.state
    definition = state.slice_table.entry(FOG).definition
    table = state.slice_table
    expected = slice_precisions(state.facts, table.evaluation, definition, intervals=N_RESAMPLES, seed=SEED)
    assert repr(state.slice_precisions.sure[FOG]) == repr(expected)
    assert state.slice_precisions.asked == ""
    looked_at.controller.thresholds.set_score(0.5)
    looked_at.settle()
    assert FOG in looked_at.state.slice_precisions.sure
    looked_at.controller.slices.precision.ask()
    assert "already" in looked_at.state.notice.text


@pytest.mark.parametrize("how", ["again", "status bar"])
def test_intervals_can_be_stopped(looked_at, how):
    looked_at.controller.slices.choose(FOG)
    looked_at.settle()
    precision = looked_at.controller.slices.precision
    precision.ask()
    if how == "again":
        precision.ask()
    else:
        looked_at.controller.cancel(PRECISION_INTERVALS_KEY)
    assert looked_at.state.slice_precisions.asked == ""
    looked_at.settle()
    assert looked_at.state.slice_precisions.sure == {}
    precision.ask()
    looked_at.settle()
    assert FOG in looked_at.state.slice_precisions.sure


def test_what_was_stopped_is_not_begun_again_until_something_else_is_asked(session):
    session.controller.slices.watch(True)
    jobs = session.controller.jobs
    jobs.begun.connect(lambda key: session.controller.cancel(key) if key == PRECISION_KEY else None)
    session.settle()
    assert session.state.slice_precisions.is_stopped
    assert session.state.slice_precisions.values == {}
    session.controller.thresholds.set_score(0.5)
    session.settle()
    assert not jobs.is_wanted(PRECISION_KEY)
    session.controller.query.add_expression("flight < 3")
    session.settle()
    assert not session.state.slice_precisions.are_of(None)
    assert session.state.slice_precisions.is_stopped


def test_a_figure_of_a_slice_is_explained_as_the_table_shows_it(looked_at):
    looked_at.controller.slices.add("late fog = weather = 'fog' AND flight >= 4")
    looked_at.settle()
    state = looked_at.state
    text = "weather = 'fog' AND flight >= 4"
    for key, value in (("ap", state.slice_precisions.values[text][0]), ("f1", state.slice_table.results[text].f1)):
        looked_at.controller.explain.ask(f"slices.late fog.{key}")
        looked_at.settle()
        assert looked_at.state.explanation.value == pytest.approx(value, nan_ok=True)
        assert ("slice", text) in looked_at.state.explanation.settings
