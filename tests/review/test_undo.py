from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.exceptions import StoreError
from diag_gui.review.decisions import Decisions, fold
from diag_gui.review.events import OperationKind, decide
from diag_gui.review.store import ReviewStore
from diag_gui.review.undo import UNDO_DEPTH
from tests.examples import examples
from tests.review.decisions_by_hand import add, image, note, remove


def test_undo_and_redo_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    with ReviewStore.create(path) as store:
        store.append(decide("me", "Tag 1 image", [add("a.jpg", "relabel"), note("a.jpg", "x")]))
        store.append(decide("me", "Note", [note("a.jpg", "y")]))
    with ReviewStore.open(path) as store:
        assert store.undo_label("me") == "Undo note"
        undone = store.undo("me")
        assert undone is not None
        assert (undone.label, undone.kind) == ("Undo note", OperationKind.UNDO)
        assert fold(store.operations())[image("a.jpg")].note == "x"
        assert store.undo_label("me") == "Undo tag 1 image"
    with ReviewStore.open(path) as store:
        assert store.undo("me") is not None
        assert len(fold(store.operations())) == 0
        assert store.undo("me") is None
        assert store.undo_label("me") is None
        assert store.redo_label("me") == "Redo tag 1 image"
        store.redo("me")
        assert fold(store.operations())[image("a.jpg")].note == "x"
    with ReviewStore.open(path) as store:
        store.redo("me")
        assert fold(store.operations())[image("a.jpg")].note == "y"
        assert store.redo("me") is None
        assert len(store.operations()) == 6


def test_a_new_decision_ends_what_can_be_redone(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
        store.undo("me")
        store.append(decide("me", "Tag", [add("b.jpg", "relabel")]))
        assert store.redo_label("me") is None
        assert store.redo("me") is None


def test_only_my_own_operations_are_undone(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
        store.append(decide("you", "Tag", [add("b.jpg", "relabel")]))
        store.undo("me")
        assert list(fold(store.operations())) == [image("b.jpg")]
        assert store.undo("me") is None


def test_undo_is_refused_where_somebody_changed_the_same_object_since(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        store.append(decide("me", "Tag 2 images", [add("a.jpg", "relabel"), add("c.jpg", "relabel")]))
        store.append(decide("you", "Note on it", [note("a.jpg", "no!")]))
        before = store.operations()
        with pytest.raises(StoreError, match=r"you changed the same object since.*Note on it.*a\.jpg"):
            store.undo("me")
        assert store.operations() == before
        # Once the other took it back, nothing is in the way.
        store.undo("you")
        assert store.undo("me") is not None
        assert len(fold(store.operations())) == 0


def test_redo_is_refused_where_somebody_changed_the_same_object_since(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
        store.undo("me")
        store.append(decide("you", "Tag", [add("a.jpg", "discuss")]))
        with pytest.raises(StoreError, match="redo of 'Tag' is refused"):
            store.redo("me")


def test_what_changed_nothing_is_passed_over(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        store.append(decide("you", "Tag", [add("a.jpg", "relabel")]))
        store.append(decide("me", "Note", [note("b.jpg", "x")]))
        store.append(decide("me", "Tag", [add("a.jpg", "relabel"), remove("b.jpg", "relabel")]))
        assert store.undo_label("me") == "Undo note"
        store.undo("me")
        assert list(fold(store.operations())) == [image("a.jpg")]


def test_undo_reaches_back_two_hundred_decisions(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        for number in range(UNDO_DEPTH + 2):
            store.append(decide("me", "Tag", [add(f"{number}.jpg", "relabel")]))
        n_undone = 0
        while store.undo("me") is not None:
            n_undone += 1
        assert n_undone == UNDO_DEPTH == 200
        assert len(fold(store.operations())) == 2


steps = st.lists(st.sampled_from(["add", "remove", "note", "undo", "redo"]), max_size=14)


@examples(25)
@given(steps)
def test_undo_and_redo_walk_along_the_states(tmp_path_factory: pytest.TempPathFactory, chain: list[str]) -> None:
    """Compare with a plain list of states and a position in it."""
    states: list[Decisions] = [Decisions()]
    at = 0
    with ReviewStore.create(tmp_path_factory.mktemp("walk") / "p.diag") as store:
        for number, step in enumerate(chain):
            if step == "undo":
                assert (store.undo("me") is not None) == (at > 0)
                at = max(at - 1, 0)
            elif step == "redo":
                assert (store.redo("me") is not None) == (at < len(states) - 1)
                at = min(at + 1, len(states) - 1)
            else:
                tagged = "relabel" in states[at].about(image("a.jpg")).tags
                event = note("a.jpg", str(number))
                if step == "add" and not tagged:
                    event = add("a.jpg", "relabel")
                elif step == "remove" and tagged:
                    event = remove("a.jpg", "relabel")
                store.append(decide("me", step, [event]))
                states[at + 1 :] = [fold(store.operations())]
                at += 1
            assert fold(store.operations()) == states[at]
