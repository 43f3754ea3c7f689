"""Deciding: on disk before it is shown, undone by name, found again, and about what was chosen."""

from __future__ import annotations

import json
import threading

import pytest

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.review.events import DEFAULT_TAGS
from diag_gui.review.store import ReviewStore
from diag_gui.session import jobs
from diag_gui.session.jobs import Lane
from diag_gui.session.state import Change
from tests.session.small_session import COPIES, Session, write_files

FIRST_TAG, SECOND_TAG = DEFAULT_TAGS[:2]


def tagged(session) -> dict[str, int]:
    return dict(session.state.review.counts().tagged)


def choose_kind(session, kind: OutcomeKind) -> list[int]:
    session.controller.query.toggle_kind(kind)
    session.settle()
    session.controller.selection.choose_all()
    return session.rows


def operations(path):
    with ReviewStore.open(path, read_only=True) as store:
        return store.operations()


def test_there_is_no_project_before_the_first_decision(session, files):
    assert session.state.project.path is None
    assert not list(files.folder.glob("*.diag"))


def test_a_tag_makes_a_project_beside_the_ground_truth_and_can_be_taken_off_again(session, files):
    session.controller.review.tag_by_key(1)
    session.settle()
    assert tagged(session) == {FIRST_TAG: 1}
    assert session.state.project.path.parent == files.folder
    assert session.controller.review.is_decided(session.state.current)
    session.controller.review.tag_by_key(1)
    session.settle()
    assert tagged(session) == {}
    assert not session.controller.review.is_decided(session.state.current)


def other_labels(files):
    """Write labels of the same images under another name beside the first."""
    body = json.loads(files.ground_truth.read_text())
    body["annotations"] = body["annotations"][1:]
    other = files.folder / "labels_b.json"
    other.write_text(json.dumps(body))
    return other


def test_a_project_made_for_other_labels_is_taken_up_and_that_is_said(session, nothing_open, files):
    session.controller.review.tag_by_key(1)
    session.settle()
    project = session.state.project.path
    nothing_open.open([other_labels(files), files.first])
    assert nothing_open.state.project.path == project
    notice = nothing_open.state.notice
    assert notice.text.startswith("Matched by its images: a project made for truth.json that holds 1 decision")
    assert notice.text.endswith(f"; what is decided goes into {project}")
    assert (not notice.is_error, str(files.ground_truth) in notice.details) == (True, True)


def test_its_own_project_is_taken_up_without_a_word_also_where_the_labels_were_moved_or_edited(session, nothing_open, files):
    session.controller.review.tag_by_key(1)
    session.settle()
    edited = other_labels(files)
    moved = files.ground_truth.rename(files.folder / "renamed.json")
    nothing_open.open([moved, files.first])
    assert nothing_open.state.project.path == session.state.project.path
    assert nothing_open.state.notice is None or "made for" not in nothing_open.state.notice.text
    edited.replace(files.ground_truth)
    nothing_open.open([files.ground_truth, files.first])
    assert nothing_open.state.project.path == session.state.project.path
    assert nothing_open.state.notice is None or "made for" not in nothing_open.state.notice.text


def test_what_is_shown_as_decided_is_on_disk(session):
    """Whenever the screen says that something is decided, the file holds it already."""
    seen = []

    def look(_change, _origin):
        if session.state.review is not None and session.state.review.counts().reviewed:
            seen.append((session.state.review.counts().reviewed, len(operations(session.state.project.path))))

    session.store.changed.connect(look)
    for row in session.rows[:3]:
        session.controller.selection.set_current(row)
        session.controller.review.tag_by_key(1)
    session.settle()
    assert (3, 3) in seen
    assert all(on_disk >= shown for shown, on_disk in seen)


def test_decisions_made_in_quick_succession_are_all_kept(session):
    for row in session.rows[:10]:
        session.controller.selection.set_current(row)
        session.controller.review.tag_by_key(2)
    session.settle()
    assert len(operations(session.state.project.path)) == 10
    assert all(session.controller.review.is_decided(row) for row in session.rows[:10])


def test_one_gesture_on_many_is_one_operation(session):
    rows = choose_kind(session, OutcomeKind.DUPLICATE)
    session.controller.review.tag_by_key(1)
    session.settle()
    assert len(rows) == COPIES
    assert all(session.controller.review.is_decided(row) for row in rows)
    assert len(operations(session.state.project.path)) == 1
    session.controller.review.undo()
    session.settle()
    assert tagged(session) == {}


def test_a_tag_that_only_some_have_is_put_on_all(session):
    rows = choose_kind(session, OutcomeKind.BACKGROUND)
    session.controller.selection.set_current(rows[0])
    session.controller.review.tag_by_key(1)
    session.controller.selection.choose_all()
    session.controller.review.tag_by_key(1)
    session.settle()
    assert tagged(session) == {FIRST_TAG: COPIES}
    session.controller.review.tag_by_key(1)
    session.settle()
    assert tagged(session) == {}


def test_undo_and_redo_name_what_they_do(session):
    assert (session.state.project.undo, session.state.project.redo) == ("", "")
    session.controller.review.tag_by_key(1)
    session.settle()
    assert FIRST_TAG in session.state.project.undo
    session.controller.review.undo()
    session.settle()
    assert session.state.project.undo == ""
    assert FIRST_TAG in session.state.project.redo
    session.controller.review.redo()
    session.settle()
    assert tagged(session) == {FIRST_TAG: 1}
    assert session.state.project.redo == ""


def test_the_label_is_fine_and_is_not(session):
    session.controller.review.toggle_fine()
    session.settle()
    assert session.controller.review.is_decided(session.state.current)
    assert sum(session.state.review.counts().verdicts.values()) == 1
    session.controller.review.toggle_fine()
    session.settle()
    assert not session.controller.review.is_decided(session.state.current)


def test_a_note_is_kept_and_taken_away_by_empty_text(session):
    session.controller.review.set_note("Look at this: <b>ünïcode</b>\nsecond line")
    session.settle()
    assert session.state.review.counts().notes == 1
    session.controller.review.set_note("")
    session.settle()
    assert session.state.review.counts().notes == 0


def test_a_decision_may_be_about_the_image(session):
    image = int(session.state.evaluation.outcomes.image_row([session.state.current])[0])
    session.controller.review.set_tags_images(True)
    assert session.state.tags_images
    session.controller.review.tag_by_key(1)
    session.settle()
    assert set(session.state.review.images) == {image}
    session.controller.review.set_tags_images(False)
    session.controller.review.tag_by_key(2)
    session.settle()
    assert set(session.state.review.images[image].tag_names) == {FIRST_TAG}


def test_the_tag_of_an_image_counts_on_each_of_its_rows(session):
    image = int(session.state.evaluation.outcomes.image_row([session.state.current])[0])
    session.controller.review.set_tags_images(True)
    session.controller.review.tag_by_key(1)
    session.settle()
    there = [row for row in session.rows if session.state.evaluation.outcomes.image_row([row])[0] == image]
    assert set(there) <= set(session.controller.review.decided_rows().tolist())
    session.controller.query.set_review("tagged")
    session.settle()
    assert session.rows == there


def test_decisions_outlive_the_threshold_that_showed_them(session):
    """A missed label found at another threshold is still the label that was tagged."""
    rows = choose_kind(session, OutcomeKind.MISSED)
    session.controller.review.tag_by_key(1)
    session.settle()
    session.controller.thresholds.set_score(0.95)
    session.settle()
    n = session.state.evaluation.outcomes.n_predictions
    assert set(session.state.review.ground_truth) == {row - n for row in rows}


def test_a_filter_that_asks_for_decisions_follows_them(session):
    session.controller.query.set_review("untagged")
    session.settle()
    before = session.rows
    first = session.state.current
    session.controller.review.tag_by_key(1)
    session.settle()
    assert session.rows == [row for row in before if row != first]
    session.controller.query.set_review("any")
    session.controller.query.add_expression(f"tag = '{FIRST_TAG}'")
    session.settle()
    assert session.rows == [first]


def test_names_of_tags_can_be_changed_and_move_with_the_keys(session):
    session.controller.review.set_tag_names(("blurred", "cropped"))
    session.settle()
    assert session.state.project.tag_names == ("blurred", "cropped")
    session.controller.review.tag_by_key(2)
    session.controller.review.tag_by_key(3)
    session.settle()
    assert tagged(session) == {"cropped": 1}


def test_another_session_finds_the_decisions_and_can_undo_them(qtbot, session, files, tmp_path):
    session.controller.review.tag_by_key(1)
    session.controller.review.set_note("again")
    session.settle()
    current, path = session.state.current, session.state.project.path
    session.controller.close()
    again = Session(qtbot, tmp_path / "other")
    again.open(files.everything)
    assert again.state.project.path == path
    assert tagged(again) == {FIRST_TAG: 1}
    assert again.controller.review.is_decided(current)
    again.controller.review.undo()
    again.settle()
    assert again.state.review.counts().notes == 0
    again.controller.review.undo()
    again.settle()
    assert tagged(again) == {}
    again.controller.close()


def test_decisions_about_one_run_are_not_shown_on_the_same_row_of_another(session):
    rows = choose_kind(session, OutcomeKind.BACKGROUND)
    session.controller.review.tag_by_key(1)
    session.settle()
    assert len(rows) == COPIES
    session.controller.data.set_active_run(1)
    session.settle()
    assert not any(session.controller.review.is_decided(row) for row in range(session.state.evaluation.outcomes.n_predictions))
    session.controller.data.set_active_run(0)
    session.settle()
    assert all(session.controller.review.is_decided(row) for row in rows)


def test_a_filter_by_tag_speaks_of_the_run_that_is_shown(session):
    """Predictions of another run at the same rows are other predictions; tagged labels are tagged in every run."""
    choose_kind(session, OutcomeKind.BACKGROUND)
    session.controller.review.tag_by_key(1)
    session.controller.query.clear()
    choose_kind(session, OutcomeKind.MISSED)
    session.controller.review.tag_by_key(1)
    session.controller.query.clear()
    session.controller.query.add_expression(f"tag = '{FIRST_TAG}'")
    session.settle()
    assert session.kinds().count(OutcomeKind.BACKGROUND) == COPIES
    assert session.kinds().count(OutcomeKind.MISSED) == 2 * COPIES
    session.controller.data.set_active_run(1)
    session.settle()
    assert OutcomeKind.BACKGROUND not in session.kinds()
    assert session.kinds().count(OutcomeKind.MISSED) == 2 * COPIES
    session.controller.data.set_active_run(0)
    session.settle()
    assert session.kinds().count(OutcomeKind.BACKGROUND) == COPIES


def test_decisions_stay_when_a_run_is_added(nothing_open, files):
    session = nothing_open
    session.open([files.ground_truth, files.first])
    session.controller.review.tag_by_key(1)
    session.settle()
    before = tagged(session)
    session.controller.data.add_predictions([files.second])
    session.settle()
    assert len(session.state.runs) == 2
    assert tagged(session) == before


def test_a_project_that_cannot_be_written_is_said_and_nothing_is_shown_as_kept(session, files, monkeypatch):
    def refuse(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ReviewStore, "create", refuse)
    session.controller.review.tag_by_key(1)
    session.settle()
    assert session.state.notice.is_error
    assert "No space left" in session.state.notice.text
    assert session.state.project.n_unsaved == 0
    assert tagged(session) == {}


def test_a_broken_project_beside_the_data_does_not_keep_the_data_from_opening(nothing_open, files):
    (files.folder / "truth.diag").write_bytes(b"not a database at all" * 100)
    nothing_open.open(files.everything)
    assert nothing_open.state.evaluation is not None
    nothing_open.controller.review.tag_by_key(1)
    nothing_open.settle()
    assert (files.folder / "truth.diag").read_bytes().startswith(b"not a database")


@pytest.mark.parametrize("verb", ["undo", "redo", "toggle_fine"])
def test_deciding_without_data_does_nothing(nothing_open, verb):
    getattr(nothing_open.controller.review, verb)()
    nothing_open.controller.review.tag_by_key(1)
    nothing_open.settle()
    assert nothing_open.state.project.path is None
    assert nothing_open.state.notice is None


def test_a_decision_made_before_the_project_is_open_is_kept(qtbot, nothing_open, files):
    """Looking for a project goes through the files beside the data: the failures are in sight before that is done."""
    nothing_open.controller.data.open_paths(files.everything)
    with qtbot.waitSignal(nothing_open.store.changed, check_params_cb=lambda change, _origin: bool(change & Change.EVALUATION)):
        pass
    nothing_open.controller.review.tag_by_key(1)
    assert nothing_open.state.project.n_unsaved == 1
    nothing_open.settle()
    assert nothing_open.state.review.counts().reviewed == 1


@pytest.fixture
def held_store_lane(session):
    """Keeps the store lane from its next writes until it is set."""
    gate = threading.Event()
    session.controller.jobs.submit("gate", lambda _context: gate.wait(20), lambda _answer: None, lane=Lane.STORE)
    yield gate
    gate.set()


def test_a_decision_about_former_data_is_kept_there_and_never_shown_on_the_new(session, held_store_lane, tmp_path):
    other = write_files(tmp_path / "other", copies=1)
    former = session.state.dataset.source.path
    session.controller.review.tag_by_key(1)
    shown = []
    session.store.changed.connect(
        lambda _change, _origin: shown.append((session.state.dataset.source.path, session.state.review))
    )
    session.controller.data.open_paths([other.ground_truth, other.first])
    session._qtbot.waitUntil(lambda: session.state.dataset.source.path == other.ground_truth)
    held_store_lane.set()
    session.settle()
    assert all(review is None or not review.decisions for path, review in shown if path == other.ground_truth)
    assert session.state.project.path is None
    with ReviewStore.open(former.with_suffix(".diag"), read_only=True) as store:
        assert len(store.operations()) == 1


def test_a_decision_about_former_data_that_fails_is_said_and_counts_nowhere(session, held_store_lane, tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    other = write_files(tmp_path / "other", copies=1)
    monkeypatch.setattr(ReviewStore, "create", refuse)
    counts = []
    session.store.changed.connect(lambda _change, _origin: counts.append(session.state.project.n_unsaved))
    session.controller.review.tag_by_key(1)
    session.controller.data.open_paths([other.ground_truth, other.first])
    session._qtbot.waitUntil(lambda: session.state.dataset.source.path == other.ground_truth)
    held_store_lane.set()
    session.settle()
    assert set(counts) == {0, 1}
    assert "No space left" in session.state.notice.text


def test_a_slow_write_cannot_be_cancelled_away(session, held_store_lane, monkeypatch):
    monkeypatch.setattr(jobs, "SHOWN_AFTER_MS", 0)
    session.controller.review.tag_by_key(1)
    assert session.controller.jobs.statuses() == ()
    assert session.state.project.n_unsaved == 1
