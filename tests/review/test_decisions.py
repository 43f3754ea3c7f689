from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.review.decisions import Decision, Decisions, fold
from diag_gui.review.events import LABEL_IS_FINE, VERDICTS, Event, Operation, OperationKind, Verb, tag_label
from diag_gui.review.keys import ImageKey
from tests.review.decisions_by_hand import add, image, note, operation, remove, verdict

images = st.sampled_from([ImageKey("a.jpg"), ImageKey("b.jpg")])
tags = st.sampled_from(["relabel", "discuss"])
events = st.one_of(
    st.builds(Event, images, st.sampled_from([Verb.ADD_TAG, Verb.REMOVE_TAG]), tags),
    st.builds(Event, images, st.just(Verb.SET_NOTE), st.none() | st.sampled_from(["x", "y"])),
    st.builds(Event, images, st.just(Verb.SET_VERDICT), st.none() | st.sampled_from(VERDICTS)),
)
histories = st.lists(st.lists(events, min_size=1, max_size=5), max_size=6)


def _operations(history: list[list[Event]]) -> list[Operation]:
    return [operation("me", *chain, clock=clock) for clock, chain in enumerate(history, start=1)]


def _with_before(decisions: Decisions, chain: list[Event]) -> list[Event]:
    """Write down what stood before each event, by the plainest means."""
    result = []
    for event in chain:
        decision = decisions.about(event.target)
        kind, name = event.aspect
        before = (name if name in decision.tags else None) if kind == "tag" else getattr(decision, kind)
        result.append(Event(event.target, event.verb, event.value, before))
        decisions = decisions.apply([operation("me", event)])
    return result


@given(histories, st.lists(events, min_size=1, max_size=5))
def test_the_inverse_of_an_operation_takes_it_back(history: list[list[Event]], chain: list[Event]) -> None:
    before = fold(_operations(history))
    done = _with_before(before, chain)
    inverse = [event.inverse() for event in reversed(done) if event.is_change]
    after = before.apply([operation("me", *done)])
    assert (after.apply([operation("me", *inverse)]) if inverse else after) == before
    assert all(event.inverse().inverse() == event for event in done if event.is_change)


@given(histories, st.integers(0, 6))
def test_folding_in_two_steps_or_shuffled_is_folding_at_once(history: list[list[Event]], cut: int) -> None:
    operations = _operations(history)
    at_once = fold(operations)
    assert fold(operations[:cut]).apply(operations[cut:]) == at_once
    shuffled = list(operations)
    random.Random(1).shuffle(shuffled)
    assert fold(shuffled) == at_once


@given(histories)
def test_no_empty_decision_is_kept(history: list[list[Event]]) -> None:
    assert not any(decision.is_empty for decision in fold(_operations(history)).values())


def test_what_stands_names_who_and_when() -> None:
    first = operation("ann", add("a.jpg", "relabel"), note("a.jpg", "look"), clock=1)
    second = operation("bob", add("a.jpg", "relabel"), verdict("a.jpg", LABEL_IS_FINE), clock=2)
    decision = fold([first, second])[image("a.jpg")]
    assert decision.tags["relabel"].author == "ann"
    assert decision.tags["relabel"].at == first.at
    assert decision.note == "look"
    assert decision.verdict == LABEL_IS_FINE
    assert decision.verdict_mark is not None
    assert decision.verdict_mark.author == "bob"
    assert decision.is_reviewed


def test_undoing_a_removal_gives_the_tag_back_to_its_author() -> None:
    made = operation("ann", add("a.jpg", "relabel"), clock=1)
    taken = operation("bob", remove("a.jpg", "relabel"), clock=2)
    back = Operation("9" * 32, "bob", taken.at, "Undo", (add("a.jpg", "relabel"),), OperationKind.UNDO, taken.id, 3)
    assert fold([made, taken, back])[image("a.jpg")].tags["relabel"].author == "ann"
    anew = operation("bob", add("a.jpg", "relabel"), clock=3)
    assert fold([made, taken, anew])[image("a.jpg")].tags["relabel"].author == "bob"


def test_a_note_alone_is_no_review() -> None:
    decision = fold([operation("me", note("a.jpg", "hm"), clock=1)])[image("a.jpg")]
    assert not decision.is_reviewed
    assert not decision.is_empty


def test_two_decisions_about_one_row_show_together() -> None:
    one = fold([operation("me", add("a.jpg", "relabel"), note("a.jpg", "x"), clock=1)])[image("a.jpg")]
    other = fold([operation("me", add("b.jpg", "discuss"), note("b.jpg", "y"), verdict("b.jpg", LABEL_IS_FINE), clock=2)])
    joined = one.joined(other[image("b.jpg")])
    assert (tuple(joined.tags), joined.note, joined.verdict) == (("relabel", "discuss"), "x\ny", LABEL_IS_FINE)
    assert Decision().joined(one) == one == one.joined(Decision())


def test_impossible_events_are_refused() -> None:
    for verb, value in ((Verb.ADD_TAG, " "), (Verb.ADD_TAG, None), (Verb.SET_VERDICT, "perhaps")):
        with pytest.raises(ValueError, match=r"."):
            Event(image("a.jpg"), verb, value)
    assert Event(image("a.jpg"), Verb.SET_NOTE, "  ").value is None
    assert Event(image("a.jpg"), Verb.ADD_TAG, "half \ud83d").value == "half ?"
    with pytest.raises(ValueError, match="at least one event"):
        operation("me")


def test_a_gesture_has_a_name() -> None:
    assert tag_label("relabel", [image("a.jpg")]) == 'Tag 1 image "relabel"'
    assert tag_label("relabel", [image("a.jpg"), image("b.jpg")], removed=True) == 'Untag 2 images "relabel"'
