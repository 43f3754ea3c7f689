"""Undo and redo of the list of slices: adding, editing, saving and taking off, in one order with decisions."""

from __future__ import annotations

import threading

import pytest

from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.exceptions import ExpressionError
from diag_gui.review.events import DEFAULT_TAGS
from diag_gui.review.store import ReviewStore
from diag_gui.session import reviewing
from diag_gui.session.slice_history import with_difference
from diag_gui.session.slice_table import SliceOrigin
from tests.session.small_session import COPIES

LATE = "weather = 'fog' AND flight >= 4"
SOON = "weather = 'fog' AND flight < 4"


def saved(session) -> list[str]:
    return [one.expression for one in session.state.project.saved_slices]


def listed(session) -> list[str]:
    return [one.expression for one in session.state.slice_own]


def test_a_slice_that_was_added_goes_and_comes_back(looked_at):
    looked_at.controller.slices.add(f"late fog = {LATE}")
    looked_at.settle()
    assert looked_at.state.query.expressions == (LATE,)
    looked_at.controller.undo()
    looked_at.settle()
    assert listed(looked_at) == []
    assert looked_at.state.query.expressions == ()
    assert looked_at.state.slice_table.entry(LATE) is None
    assert "late fog" in looked_at.state.notice.text
    looked_at.controller.redo()
    looked_at.settle()
    assert looked_at.state.slice_table.entry(LATE).definition.name == "late fog"
    looked_at.controller.redo()
    assert listed(looked_at) == [LATE]


def test_an_unsaved_slice_that_was_taken_off_comes_back(looked_at):
    looked_at.controller.slices.add(f"late fog = {LATE}")
    looked_at.settle()
    looked_at.controller.slices.remove()
    looked_at.settle()
    assert listed(looked_at) == []
    looked_at.controller.undo()
    looked_at.settle()
    assert looked_at.state.slice_table.entry(LATE).origin is SliceOrigin.ADDED
    looked_at.controller.undo()
    looked_at.settle()
    assert listed(looked_at) == []


def test_an_edit_takes_the_place_of_the_slice_and_is_undone(looked_at):
    slices = looked_at.controller.slices
    slices.add(f"late fog = {LATE}")
    slices.add("flight = 1")
    looked_at.settle()
    slices.choose(LATE)
    looked_at.settle()
    assert slices.edit(f"late fog = {SOON}") == ()
    looked_at.settle()
    assert listed(looked_at) == [SOON, "flight = 1"]
    assert looked_at.state.slice_current == SOON
    assert looked_at.state.slice_table.entry(SOON).definition.name == "late fog"
    assert slices.edit("weather = 'fgo'") == ("no image has weather 'fgo'; near: 'fog'",)
    looked_at.settle()
    for expected in ([SOON, "flight = 1"], [LATE, "flight = 1"], [LATE]):
        looked_at.controller.undo()
        looked_at.settle()
        assert listed(looked_at) == expected


def test_what_is_no_slice_leaves_the_one_in_question(looked_at):
    slices = looked_at.controller.slices
    slices.add(f"late fog = {LATE}")
    looked_at.settle()
    for text in ("wether = 'fog'", "weather", "("):
        with pytest.raises(ExpressionError):
            slices.edit(text)
    assert listed(looked_at) == [LATE]


def test_a_slice_that_is_there_for_all_data_stays_when_it_is_edited(looked_at):
    looked_at.controller.slices.choose("weather = 'fog'")
    looked_at.settle()
    looked_at.controller.slices.edit("weather=fog = weather = 'sun' AND flight = 2")
    looked_at.settle()
    assert looked_at.state.slice_table.entry("weather = 'fog'").origin is SliceOrigin.STANDING
    assert looked_at.state.slice_table.entry("weather = 'sun' AND flight = 2").definition.name == "weather=fog"


def test_a_saved_slice_is_edited_and_taken_off_in_the_project_and_both_are_undone(looked_at):
    slices = looked_at.controller.slices
    slices.add(f"late fog = {LATE}")
    looked_at.settle()
    slices.save()
    looked_at.settle()
    slices.edit(f"late fog = {SOON}")
    looked_at.settle()
    assert [one.expression for one in looked_at.state.project.saved_slices] == [SOON]
    slices.remove()
    looked_at.settle()
    assert looked_at.state.project.saved_slices == ()
    for expected in ([SOON], [LATE], []):
        looked_at.controller.undo()
        looked_at.settle()
        assert [one.expression for one in looked_at.state.project.saved_slices] == expected
    assert listed(looked_at) == [LATE]


def test_decisions_and_slices_are_undone_in_the_order_they_were_made(looked_at):
    controller = looked_at.controller
    controller.slices.add("flight = 1")
    looked_at.settle()
    controller.slices.tag_images("hard")
    looked_at.settle()
    controller.slices.add("flight = 2")
    looked_at.settle()
    assert looked_at.state.tag_columns.image
    controller.undo()
    looked_at.settle()
    assert listed(looked_at) == ["flight = 1"]
    assert looked_at.state.tag_columns.image
    controller.undo()
    looked_at.settle()
    assert not looked_at.state.tag_columns.image
    assert listed(looked_at) == ["flight = 1"]
    controller.undo()
    looked_at.settle()
    assert listed(looked_at) == []
    controller.redo()
    looked_at.settle()
    assert listed(looked_at) == ["flight = 1"]
    controller.redo()
    looked_at.settle()
    assert looked_at.state.tag_columns.image
    controller.redo()
    looked_at.settle()
    assert listed(looked_at) == ["flight = 1", "flight = 2"]


def test_other_data_begin_with_an_empty_history(looked_at, files):
    looked_at.controller.slices.add("flight = 1")
    looked_at.settle()
    looked_at.open(files.everything)
    looked_at.settle()
    assert looked_at.state.slice_history.done == ()


def of(text: str) -> tuple[SliceDefinition, ...]:
    return tuple(SliceDefinition(letter, letter.lower()) for letter in text)


@pytest.mark.parametrize(
    ("now", "before", "after", "expected"),
    [
        ("abc", "abc", "ab", "ab"),
        ("xabcy", "abc", "ac", "xacy"),
        ("xacy", "ac", "abc", "xabcy"),
        ("xbcy", "bc", "abc", "axbcy"),
        ("xy", "", "ab", "abxy"),
        ("xay", "", "ab", "xaby"),
        ("xay", "a", "b", "bxy"),
        ("xaby", "ab", "aB", "xaBy"),
        ("xab", "ab", "ab", "xab"),
        ("b", "a", "", "b"),
    ],
)
def test_a_difference_touches_nothing_else(now, before, after, expected):
    assert with_difference(of(now), of(before), of(after)) == of(expected)


def test_undo_leaves_what_was_saved_in_the_project_before_it_was_open(looked_at, files, monkeypatch):
    looked_at.controller.slices.add(f"late fog = {LATE}")
    looked_at.settle()
    looked_at.controller.slices.save()
    looked_at.settle()
    gate, find = threading.Event(), reviewing.find_projects
    monkeypatch.setattr(reviewing, "find_projects", lambda *about: gate.wait(20) and find(*about))
    before = looked_at.state.dataset
    looked_at.controller.data.open_paths(files.everything)
    looked_at._qtbot.waitUntil(lambda: looked_at.state.dataset is not before and looked_at.state.evaluation is not None)
    looked_at.controller.slices.add("flight = 1")
    gate.set()
    looked_at.settle()
    assert (listed(looked_at), saved(looked_at)) == (["flight = 1"], [LATE])
    looked_at.controller.undo()
    looked_at.settle()
    assert (listed(looked_at), saved(looked_at)) == ([], [LATE])
    looked_at.open(files.everything)
    assert saved(looked_at) == [LATE]


def test_slices_saved_one_upon_the_other_are_all_kept(looked_at, files):
    slices = looked_at.controller.slices
    for text in ("flight = 1", "flight = 2"):
        slices.add(text)
        looked_at.settle()
    slices.save()
    slices.choose("flight = 1")
    slices.save()
    looked_at.settle()
    assert saved(looked_at) == ["flight = 2", "flight = 1"]
    looked_at.open(files.everything)
    assert saved(looked_at) == ["flight = 2", "flight = 1"]


def test_undo_at_once_takes_back_what_is_being_saved(looked_at, files):
    looked_at.controller.slices.add("flight = 1")
    looked_at.settle()
    looked_at.controller.slices.save()
    looked_at.controller.undo()
    looked_at.settle()
    assert (saved(looked_at), listed(looked_at)) == ([], ["flight = 1"])
    looked_at.open(files.everything)
    assert saved(looked_at) == []


def test_a_slice_that_could_not_be_saved_is_not_shown_as_saved(looked_at, monkeypatch):
    def refuse(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ReviewStore, "create", refuse)
    looked_at.controller.slices.add("flight = 1")
    looked_at.settle()
    looked_at.controller.slices.save()
    looked_at.settle()
    assert "No space left" in looked_at.state.notice.text
    assert saved(looked_at) == []
    assert looked_at.state.slice_table.entry("flight = 1").origin is SliceOrigin.ADDED


def test_undo_at_once_takes_back_the_decision_that_is_on_its_way(looked_at):
    looked_at.controller.slices.add("flight = 1")
    looked_at.settle()
    looked_at.controller.review.tag_by_key(1)
    looked_at.controller.undo()
    looked_at.settle()
    assert listed(looked_at) == ["flight = 1"]
    assert looked_at.state.project.undo == ""
    looked_at.controller.redo()
    looked_at.controller.undo()
    looked_at.controller.undo()
    looked_at.settle()
    assert listed(looked_at) == []
    assert looked_at.state.project.undo == ""


def test_a_slice_added_behind_a_tag_is_taken_back_before_it(looked_at):
    looked_at.controller.review.tag_by_key(1)
    looked_at.controller.slices.add("flight = 1")
    looked_at.settle()
    assert listed(looked_at) == ["flight = 1"]
    looked_at.controller.undo()
    looked_at.settle()
    assert listed(looked_at) == []
    assert looked_at.state.project.undo
    looked_at.controller.undo()
    looked_at.settle()
    assert looked_at.state.project.undo == ""


def test_images_tagged_behind_an_undo_stay_tagged(looked_at):
    controller = looked_at.controller
    controller.slices.choose("weather = 'fog'")
    looked_at.settle()
    controller.review.tag_by_key(1)
    controller.undo()
    controller.slices.tag_images("hard")
    looked_at.settle()
    assert looked_at.state.project.undo == f'Undo tag {COPIES} images "hard"'
    assert looked_at.state.project.redo == ""


def test_a_new_decision_ends_what_can_be_redone_and_a_decision_redone_does_not(looked_at):
    controller = looked_at.controller
    controller.review.tag_by_key(1)
    controller.slices.add("flight = 1")
    for turn in (controller.undo, controller.undo, controller.redo):
        turn()
    looked_at.settle()
    assert [one.what for one in looked_at.state.slice_history.undone] == ["add slice “flight = 1”"]
    controller.review.tag_by_key(2)
    controller.undo()
    controller.redo()
    controller.redo()
    looked_at.settle()
    assert listed(looked_at) == []
    assert looked_at.state.slice_history.undone == ()
    assert DEFAULT_TAGS[1] in looked_at.state.project.undo
