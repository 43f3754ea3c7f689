"""Going through the failures and choosing several."""

from __future__ import annotations

from diag_gui.evaluation.outcomes import OutcomeKind


def test_the_first_failure_is_in_question_at_once(session):
    assert session.state.current == session.rows[0]
    assert session.state.chosen == {session.rows[0]}


def test_steps_follow_the_order_shown_and_stop_at_the_ends(session):
    step = session.controller.selection.step
    step(1)
    assert session.state.current == session.rows[1]
    step(5)
    assert session.state.current == session.rows[6]
    step(10_000)
    assert session.state.current == session.rows[-1]
    step(1)
    assert session.state.current == session.rows[-1]
    step(-10_000)
    assert session.state.current == session.rows[0]


def test_a_step_chooses_the_new_row_alone(session):
    session.controller.selection.choose_all()
    session.controller.selection.step(1)
    assert session.state.chosen == {session.state.current}


def test_from_a_row_that_is_not_shown_the_next_is_the_first(session):
    session.controller.selection.set_current(session.rows[-1])
    session.controller.query.toggle_kind(OutcomeKind.MISSED)
    session.settle()
    if session.state.current in session.rows:
        session.controller.selection.set_current(-1)
    session.controller.selection.step(1)
    assert session.state.current == session.rows[0]


def test_a_range_is_chosen_with_the_row_in_question_among_it(session):
    rows = session.rows[2:6]
    session.controller.selection.choose(rows[:-1], rows[-1])
    assert session.state.current == rows[-1]
    assert session.state.chosen == set(rows)


def test_all_shown_are_chosen_and_no_other(session):
    session.controller.query.toggle_kind(OutcomeKind.DUPLICATE)
    session.settle()
    session.controller.selection.choose_all()
    assert session.state.chosen == set(session.rows)
    assert session.state.current in session.rows


def test_the_next_undecided_skips_decided_ones_and_wraps(session):
    rows = session.rows
    session.controller.selection.set_current(rows[-2])
    for row in (rows[-1], rows[0]):
        session.controller.selection.set_current(row)
        session.controller.review.tag_by_key(1)
    session.settle()
    session.controller.selection.set_current(rows[-2])
    assert session.controller.selection.next_undecided()
    assert session.state.current == rows[1]


def test_where_everything_is_decided_there_is_no_next(session):
    session.controller.query.toggle_kind(OutcomeKind.DUPLICATE)
    session.settle()
    session.controller.selection.choose_all()
    session.controller.review.tag_by_key(1)
    session.settle()
    before = session.state.current
    assert not session.controller.selection.next_undecided()
    assert session.state.current == before


def test_without_data_nothing_moves(qtbot, nothing_open):
    with qtbot.assertNotEmitted(nothing_open.store.changed):
        nothing_open.controller.selection.step(1)
        nothing_open.controller.selection.choose_all()
        assert not nothing_open.controller.selection.next_undecided()
