"""Short ways to write decisions down in tests."""

from __future__ import annotations

import datetime
import uuid

from diag_gui.review.events import Event, Operation, Verb
from diag_gui.review.keys import ImageKey, Target

_START = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)


def image(name: str) -> ImageKey:
    """Return the key of an image."""
    return ImageKey(name)


def operation(author: str, *events: Event, clock: int = 0, label: str = "Decide") -> Operation:
    """Return an operation made at a fixed time plus its clock in seconds."""
    return Operation(uuid.uuid4().hex, author, _START + datetime.timedelta(seconds=clock), label, events, clock=clock)


def add(target: Target | str, tag: str) -> Event:
    """Return the event that adds a tag; a string is an image."""
    return Event(ImageKey(target) if isinstance(target, str) else target, Verb.ADD_TAG, tag)


def remove(target: Target | str, tag: str) -> Event:
    """Return the event that takes a tag off."""
    return Event(ImageKey(target) if isinstance(target, str) else target, Verb.REMOVE_TAG, tag)


def note(target: Target | str, text: str | None) -> Event:
    """Return the event that sets a note."""
    return Event(ImageKey(target) if isinstance(target, str) else target, Verb.SET_NOTE, text)


def verdict(target: Target | str, value: str | None) -> Event:
    """Return the event that sets a verdict."""
    return Event(ImageKey(target) if isinstance(target, str) else target, Verb.SET_VERDICT, value)
