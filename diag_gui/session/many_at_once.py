"""One decision about so many failures that it is asked for first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diag_gui.review.events import LABEL_IS_FINE
from diag_gui.review.marked_rows import MarkedRows
from diag_gui.session.review_desk import Gesture
from diag_gui.session.state import SessionState
from diag_gui.session.store import SessionStore

MANY = 100
"""Failures decided about by one key from which on it is asked first."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before many are decided about at once.

    Attributes
    ----------
    text : str
        With the count.
    answer : str
        What a yes does, as a button says it.
    """

    text: str
    answer: str


class Questions:
    """At most one question stands; what it is about is done once it is answered with yes, as it was when it was asked.

    Parameters
    ----------
    store : SessionStore
    """

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._act: Callable[[], None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether one waits for its answer: until then nothing else is decided."""
        return self._act is not None

    def ask(self, question: Question, act: Callable[[], None]) -> None:
        """Ask ``question``; a yes calls ``act``."""
        self._act = act
        self._store.commit("review", question=question)

    def answer(self, yes: bool) -> None:
        """Take the answer; without a question it is none."""
        act, self._act = self._act, None
        self._store.commit("review", question=None)
        if act is not None and yes:
            act()


def about_tag(state: SessionState, gesture: Gesture, name: str) -> Question:
    """Return what is asked before the tag ``name`` is put on many, or taken off where all have it."""
    many, on = _many(state, gesture), "the images of " if gesture.on_images else ""
    if _all_show(state, gesture, name):
        return Question(f"Take “{name}” off {on}{many}?", f"Take off {many}")
    return Question(f"Tag {on}{many} as “{name}”?", f"Tag {many}")


def about_fine(state: SessionState, gesture: Gesture) -> Question:
    """Return what is asked before many labels are said to be fine, or that is taken back where it was said of all."""
    many = _many(state, gesture)
    if _all_show(state, gesture, LABEL_IS_FINE):
        return Question(f"Take back that the labels of {many} are fine?", "Take back")
    return Question(f"Say that the labels of {many} are fine?", "Say so")


def _many(state: SessionState, gesture: Gesture) -> str:
    only_failures = state.query.show == "failures" and state.query.confusion_cell is None
    return f"{len(gesture.rows):,} {'failures' if only_failures else 'rows'}"


def _all_show(state: SessionState, gesture: Gesture, name: str) -> bool:
    """Return whether a key would take ``name`` off again."""
    if state.review is None:
        return False
    marked, rows = MarkedRows(state.review, gesture.run_index), np.asarray(gesture.rows, np.int64)
    shows = marked.on_images if gesture.on_images else marked.on_rows
    return bool(shows(rows, gesture.outcomes, name).all())
