"""What somebody decided: one gesture is one operation, an operation is many events, and events are never changed."""

from __future__ import annotations

import datetime
import getpass
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from diag_gui.review.keys import Target, kind_of

DEFAULT_TAGS = (
    "missing label",
    "wrong class",
    "loose box",
    "duplicate label",
    "ambiguous",
    "relabel",
    "discuss",
    "hard example",
    "ignore region",
)
"""Tags on the keys 1 to 9 of a new project."""

LABEL_IS_FINE = "label is fine"
MODEL_IS_WRONG = "model wrong"
VERDICTS = (LABEL_IS_FINE, MODEL_IS_WRONG)

LABEL_IS_WRONG = frozenset({"missing label", "wrong class", "loose box", "duplicate label", "relabel"})
"""Tags that say that a label is wrong. None of them stands beside `LABEL_IS_FINE` on one object or image: whichever is said
later takes the other away in the same operation, and undo brings it back. They may stand beside each other, and every other
tag beside all of them. What two people said in two projects stays side by side when these are merged, until somebody decides.
"""

Aspect: TypeAlias = tuple[str, str]
"""The part of a decision that an event changes: ``("tag", name)``, ``("note", "")`` or ``("verdict", "")``."""


class Verb(StrEnum):
    """What an event does to its target."""

    ADD_TAG = "add_tag"
    REMOVE_TAG = "remove_tag"
    SET_NOTE = "set_note"
    SET_VERDICT = "set_verdict"


class OperationKind(StrEnum):
    """Whether an operation is a decision or takes one back."""

    DO = "do"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True, slots=True)
class Event:
    """One change to one object.

    Attributes
    ----------
    target : ImageKey, AnnotationKey, PredictionKey or PairKey
    verb : Verb
    value : str or None
        The tag; the note or verdict to set, None to take it away.
    before : str or None
        What stood there: the tag itself if it was on already, the former note or verdict; None if nothing. The store
        fills it in when it appends, because another person may have come first.

    Raises
    ------
    ValueError
        If the tag is empty or the verdict is none of `VERDICTS`.
    """

    target: Target
    verb: Verb
    value: str | None
    before: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _text(self.value))
        if self.verb in (Verb.ADD_TAG, Verb.REMOVE_TAG) and not (self.value and self.value.strip()):
            raise ValueError("a tag needs a name")
        if self.verb is Verb.SET_VERDICT and self.value is not None and self.value not in VERDICTS:
            raise ValueError(f"{self.value!r} is none of the verdicts {', '.join(VERDICTS)}")
        if self.verb is Verb.SET_NOTE and not (self.value and self.value.strip()):
            object.__setattr__(self, "value", None)

    @property
    def aspect(self) -> Aspect:
        """The part of the decision this changes."""
        if self.verb in (Verb.ADD_TAG, Verb.REMOVE_TAG):
            return "tag", self.value or ""
        return ("note", "") if self.verb is Verb.SET_NOTE else ("verdict", "")

    @property
    def after(self) -> str | None:
        """What stands in `aspect` afterwards; None if nothing."""
        return None if self.verb is Verb.REMOVE_TAG else self.value

    @property
    def is_change(self) -> bool:
        """Whether anything differs afterwards."""
        return self.before != self.after

    def inverse(self) -> Event:
        """Return the event that restores what stood there before."""
        if self.verb in (Verb.ADD_TAG, Verb.REMOVE_TAG):
            verb = Verb.REMOVE_TAG if self.before is None else Verb.ADD_TAG
            return Event(self.target, verb, self.value, self.after)
        return Event(self.target, self.verb, self.before, self.after)


@dataclass(frozen=True, slots=True)
class Operation:
    """One gesture of one person.

    Attributes
    ----------
    id : str
        32 hexadecimal digits, unique everywhere: a merge is the union by it.
    author : str
    at : datetime
        UTC.
    label : str
        For the menu: ``"Tag 12 images"``.
    events : tuple of Event
        Applied in order; at least one.
    kind : OperationKind
    reverses : str or None
        The operation an undo or redo is about; None for a decision.
    clock : int
        Order among all operations: microseconds since 1970, but at least one more than any earlier one in the same file,
        so that a wrong clock does not turn two decisions round. 0 until stored.
    sequence : int
        Place in this file, from 1; 0 until stored. Not part of equality.

    Raises
    ------
    ValueError
        If there are no events.
    """

    id: str
    author: str
    at: datetime.datetime
    label: str
    events: tuple[Event, ...]
    kind: OperationKind = OperationKind.DO
    reverses: str | None = None
    clock: int = 0
    sequence: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not self.events:
            raise ValueError("an operation needs at least one event")
        if self.at.tzinfo is None:
            raise ValueError("the time of an operation needs a time zone")
        object.__setattr__(self, "author", _text(self.author) or "")
        object.__setattr__(self, "label", _text(self.label) or "")


def decide(author: str, label: str, events: Iterable[Event]) -> Operation:
    """Return a new operation, made now.

    Parameters
    ----------
    author : str
    label : str
        What the gesture is called in the undo menu.
    events : iterable of Event

    Raises
    ------
    ValueError
        If there are no events.
    """
    return Operation(uuid.uuid4().hex, author, datetime.datetime.now(datetime.UTC), label, tuple(events))


def instead_of(events: Iterable[Event]) -> str:
    """Return the part of a label that names what ``events`` take away because it contradicts what they say.

    Parameters
    ----------
    events : iterable of Event
        All of them of this kind.

    Returns
    -------
    str
        ``' instead of "label is fine"'``; empty without events.
    """
    taken = dict.fromkeys((event.before if event.verb is Verb.SET_VERDICT else event.value) or "" for event in events)
    names = ", ".join(f'"{name}"' for name in taken)
    return f" instead of {names}" if names else ""


def tag_label(name: str, targets: Iterable[Target], *, removed: bool = False) -> str:
    """Return what tagging is called in the undo menu: ``Tag 12 images "relabel"``.

    Parameters
    ----------
    name : str
        The tag.
    targets : iterable of Target
    removed : bool
        Whether the tag is taken off.
    """
    kinds = [kind_of(target) for target in targets]
    noun = kinds[0] if len(set(kinds)) == 1 else "object"
    noun = {"ground truth": "label", "pair": "failure"}.get(noun, noun)
    verb = "Untag" if removed else "Tag"
    return f'{verb} {len(kinds)} {noun}{"" if len(kinds) == 1 else "s"} "{name}"'


def current_author() -> str:
    """Return whose decisions these are: ``DIAG_GUI_AUTHOR``, else the name of the account."""
    named = os.environ.get("DIAG_GUI_AUTHOR", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        # A container may run under a number that no account has.
        return "unknown"


def _text(value: str | None) -> str | None:
    """Replace what cannot be written as UTF-8 (half of a surrogate pair, from a broken paste) by a question mark."""
    return None if value is None else value.encode("utf-8", "replace").decode("utf-8")
