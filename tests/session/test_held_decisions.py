"""Keys that come faster than the list follows: they are about what was shown, and never about what went out of sight."""

from __future__ import annotations

import numpy as np

from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind


def tagged(session, name: str) -> set[int]:
    """Failures that carry a tag, whether they are shown or not."""
    state = session.state
    outcomes = state.evaluation.outcomes
    failures = np.flatnonzero(np.isin(outcomes.kind, np.array(ERROR_KINDS, np.uint8))).tolist()
    found = state.review.badges(failures, outcomes, state.active)
    return {row for row, decision in zip(failures, found, strict=True) if decision is not None and name in decision.tags}


def score_of(session, row: int) -> float:
    return float(session.state.evaluation.outcomes.predictions.score[row])


def low_scored(session) -> int:
    """A background error of low score, put in question."""
    outcomes = session.state.evaluation.outcomes
    rows = [row for row in session.rows if outcomes.kind[row] == OutcomeKind.BACKGROUND]
    row = min(rows, key=lambda one: score_of(session, one))
    session.controller.selection.set_current(row)
    return row


def test_a_key_behind_a_slider_hits_nothing_that_the_slider_hides(session):
    row = low_scored(session)
    session.controller.thresholds.set_score(score_of(session, row) + 0.01)
    session.controller.review.toggle_tag("relabel")
    session.settle()
    assert row not in session.rows
    assert tagged(session, "relabel") == set()
    assert "went out of sight" in session.state.notice.text
    session.controller.thresholds.set_score(0.25)
    session.settle()
    assert tagged(session, "relabel") == set()


def test_a_key_behind_a_slider_is_about_the_row_that_stood_there_where_it_stays(session):
    row = low_scored(session)
    session.controller.thresholds.set_score(score_of(session, row) - 0.01)
    session.controller.review.toggle_tag("relabel")
    session.settle()
    assert tagged(session, "relabel") == {row}


def test_a_box_clicked_in_the_picture_is_decided_about_though_it_is_not_listed(session):
    """True positives stand in no list of failures; the key is about the one that was clicked, at once and behind a slider."""
    outcomes = session.state.evaluation.outcomes
    right = int(np.flatnonzero(outcomes.kind == OutcomeKind.TRUE_POSITIVE)[0])
    assert right not in session.rows
    session.controller.selection.set_current(right)
    session.controller.review.toggle_tag("relabel")
    session.settle()
    assert "relabel" in session.state.review.badges([right], outcomes, 0)[0].tags
    session.controller.selection.set_current(right)
    session.controller.thresholds.set_score(0.2)
    session.controller.review.toggle_tag("discuss")
    session.settle()
    assert "discuss" in session.state.review.badges([right], session.state.evaluation.outcomes, 0)[0].tags


def test_of_many_chosen_only_those_still_shown_are_decided_about(session):
    session.controller.selection.choose_all()
    chosen = set(session.state.chosen)
    session.controller.query.toggle_kind(OutcomeKind.BACKGROUND)
    session.controller.review.toggle_tag("relabel")
    session.settle()
    shown = set(session.rows)
    assert shown < chosen
    assert tagged(session, "relabel") == shown
    assert f"{len(chosen) - len(shown):,} of {len(chosen):,} chosen failures went out of sight" in session.state.notice.text


def test_a_second_key_does_not_hit_what_the_first_one_took_out_of_a_filter(session):
    """Rows without a tag are shown: the first key takes all of them out, so the second is about nothing that is seen."""
    session.controller.query.set_review("untagged")
    session.settle()
    session.controller.selection.choose_all()
    chosen = set(session.state.chosen)
    for name in ("relabel", "discuss"):
        session.controller.review.toggle_tag(name)
    session.settle()
    assert tagged(session, "relabel") == chosen
    assert tagged(session, "discuss") == set()
    assert session.rows == []


def test_undo_keeps_its_place_behind_what_is_held(session):
    row = low_scored(session)
    session.controller.thresholds.set_score(score_of(session, row) - 0.01)
    session.controller.review.toggle_tag("relabel")
    session.controller.review.undo()
    session.settle()
    assert tagged(session, "relabel") == set()
    assert session.state.project.redo


def test_what_was_held_is_forgotten_with_the_data_it_was_about(session, files):
    row = low_scored(session)
    session.controller.thresholds.set_score(score_of(session, row) - 0.01)
    session.controller.review.toggle_tag("relabel")
    session.open([files.ground_truth, files.second])
    assert session.state.run.name == "second"
    assert tagged(session, "relabel") <= {row}


def test_few_are_decided_about_unasked_and_many_are_asked_about_once(session, monkeypatch):
    n = len(session.rows)
    session.controller.selection.choose_all()
    session.controller.review.toggle_tag("relabel")
    assert session.state.question is None, "fewer than a hundred"
    session.settle()
    session.controller.review.undo()
    session.settle()

    monkeypatch.setattr("diag_gui.session.reviewing.MANY", n)
    session.controller.review.toggle_tag("relabel")
    assert session.state.question.text == f"Tag {n} failures as “relabel”?"
    session.controller.review.toggle_tag("discuss")
    session.controller.review.toggle_fine()
    assert session.state.question.text == f"Tag {n} failures as “relabel”?", "one question at a time"
    session.controller.review.answer(True)
    session.settle()
    assert tagged(session, "relabel") == set(session.rows)
    assert tagged(session, "discuss") == set()

    session.controller.review.toggle_tag("relabel")
    assert session.state.question.text == f"Take “relabel” off {n} failures?"
    session.controller.review.answer(False)
    session.settle()
    assert session.state.question is None
    assert tagged(session, "relabel") == set(session.rows)
    session.controller.review.undo()
    session.settle()
    assert tagged(session, "relabel") == set(), "it was one step"


def test_the_question_names_images_and_fine_labels(session, monkeypatch):
    monkeypatch.setattr("diag_gui.session.reviewing.MANY", 10)
    n = len(session.rows)
    session.controller.selection.choose_all()
    session.controller.review.set_tags_images(True)
    session.controller.review.toggle_tag("relabel")
    assert session.state.question.text == f"Tag the images of {n} failures as “relabel”?"
    session.controller.review.answer(True)
    session.controller.review.set_tags_images(False)
    session.controller.review.toggle_fine()
    assert session.state.question.text == f"Say that the labels of {n} failures are fine?"
    session.controller.review.answer(True)
    session.settle()
    session.controller.review.toggle_fine()
    assert session.state.question.text == f"Take back that the labels of {n} failures are fine?"
    session.controller.review.answer(False)


def test_a_yes_is_about_what_was_asked_whatever_moved_meanwhile(session, monkeypatch):
    monkeypatch.setattr("diag_gui.session.reviewing.MANY", 10)
    session.controller.selection.choose_all()
    asked_about = set(session.state.chosen)
    session.controller.review.toggle_tag("relabel")
    session.controller.selection.step(1)
    session.controller.review.answer(True)
    session.settle()
    assert tagged(session, "relabel") == asked_about


def test_what_is_held_behind_a_question_waits_for_the_answer_and_none_of_it_is_dropped(session, monkeypatch):
    monkeypatch.setattr("diag_gui.session.reviewing.MANY", 10)
    session.controller.selection.choose_all()
    row, n = session.rows[0], len(session.rows)
    session.controller.thresholds.set_score(0.24)
    session.controller.review.toggle_tag("relabel")
    session.controller.review.toggle_tag("discuss")
    session.controller.selection.set_current(row)
    session.controller.review.toggle_tag("hard")
    session._qtbot.waitUntil(lambda: session.state.question is not None)
    assert session.state.question.text == f"Tag {n} failures as “relabel”?"
    session._qtbot.waitUntil(lambda: session.controller.jobs.is_idle)
    assert tagged(session, "hard") == set(), "it would overtake the question"
    session.controller.review.answer(True)
    assert session.state.question.text == f"Tag {n} failures as “discuss”?"
    session.controller.review.answer(False)
    session.settle()
    assert (len(tagged(session, "relabel")), tagged(session, "discuss"), tagged(session, "hard")) == (n, set(), {row})
