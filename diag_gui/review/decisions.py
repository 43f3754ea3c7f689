"""What stands after all operations: the tags, note and verdict of every object somebody decided about."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from diag_gui.review.events import Event, Operation, OperationKind, Verb
from diag_gui.review.keys import Target


@dataclass(frozen=True, slots=True)
class Mark:
    """Who decided something, and when.

    Attributes
    ----------
    author : str
    at : datetime
        UTC.
    """

    author: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What stands about one object.

    Attributes
    ----------
    tags : mapping of str to Mark
        In the order they were put on. Who and when is not part of equality: undoing and redoing is the same decision.
    note : str or None
    verdict : str or None
        One of ``events.VERDICTS``.
    note_mark, verdict_mark : Mark or None
        Who wrote it last; None where nothing stands.
    """

    tags: Mapping[str, Mark] = field(default_factory=dict, compare=False)
    note: str | None = None
    verdict: str | None = None
    note_mark: Mark | None = field(default=None, compare=False)
    verdict_mark: Mark | None = field(default=None, compare=False)
    tag_names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", MappingProxyType(dict(self.tags)))
        object.__setattr__(self, "tag_names", frozenset(self.tags))

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands any more."""
        return not self.tags and self.note is None and self.verdict is None

    @property
    def is_reviewed(self) -> bool:
        """Whether somebody said something about the object: a tag or a verdict; a note alone is a remark."""
        return bool(self.tags) or self.verdict is not None

    def joined(self, other: Decision) -> Decision:
        """Return both decisions as one, for an object that stands alone and in pairs; of two notes both are kept.

        Parameters
        ----------
        other : Decision
            Its verdict wins if it is the later one.
        """
        notes = [note for note in (self.note, other.note) if note is not None]
        later = _later(self.verdict_mark, other.verdict_mark)
        return Decision(
            dict(self.tags) | {name: mark for name, mark in other.tags.items() if name not in self.tags},
            "\n".join(dict.fromkeys(notes)) if notes else None,
            self.verdict if later is self.verdict_mark else other.verdict,
            _later(self.note_mark, other.note_mark),
            later,
        )


_NOTHING = Decision()


@dataclass(frozen=True, slots=True)
class Decisions(Mapping[Target, Decision]):
    """Every object about which something stands. Frozen: `apply` returns the next one.

    Attributes
    ----------
    by_target : mapping of Target to Decision
        Holds no empty decision.
    taken_off : mapping of (Target, str) to Mark
        Who had put on a tag that was taken off since, so that undo gives the tag back to its author.
    mentioned : mapping of Target to None
        Every object that was ever decided about, in that order. One whose decision was taken back still is that object: no
        other decision slips into its place.
    """

    by_target: Mapping[Target, Decision] = field(default_factory=dict)
    taken_off: Mapping[tuple[Target, str], Mark] = field(default_factory=dict, compare=False, repr=False)
    mentioned: Mapping[Target, None] = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, target: Target) -> Decision:
        return self.by_target[target]

    def __iter__(self) -> Iterator[Target]:
        return iter(self.by_target)

    def __len__(self) -> int:
        return len(self.by_target)

    def about(self, target: Target) -> Decision:
        """Return what stands about an object; an empty decision if nothing does."""
        return self.by_target.get(target, _NOTHING)

    def apply(self, operations: Iterable[Operation]) -> Decisions:
        """Return the decisions after further operations.

        Parameters
        ----------
        operations : iterable of Operation
            Later than all applied so far, in the order of their clocks.
        """
        by_target, taken_off, mentioned = dict(self.by_target), dict(self.taken_off), dict(self.mentioned)
        for operation in operations:
            for event in operation.events:
                mentioned[event.target] = None
                decision = _after(by_target.get(event.target, _NOTHING), event, operation, taken_off)
                if decision.is_empty:
                    by_target.pop(event.target, None)
                else:
                    by_target[event.target] = decision
        return Decisions(by_target, taken_off, mentioned)


def in_order(operations: Iterable[Operation]) -> list[Operation]:
    """Return operations in the order they count: by clock, and by id where two files had the same clock."""
    return sorted(operations, key=lambda operation: (operation.clock, operation.id))


def fold(operations: Iterable[Operation]) -> Decisions:
    """Return what stands after all operations.

    Parameters
    ----------
    operations : iterable of Operation
        As stored, in any order: they count in the order of their clocks.

    Returns
    -------
    Decisions
    """
    return Decisions().apply(in_order(operations))


def _after(decision: Decision, event: Event, operation: Operation, taken_off: dict[tuple[Target, str], Mark]) -> Decision:
    mark = Mark(operation.author, operation.at)
    if event.verb is Verb.SET_NOTE:
        return replace(decision, note=event.value, note_mark=mark if event.value is not None else None)
    if event.verb is Verb.SET_VERDICT:
        return replace(decision, verdict=event.value, verdict_mark=mark if event.value is not None else None)
    name = event.value or ""
    tags = dict(decision.tags)
    if event.verb is Verb.REMOVE_TAG:
        if name in tags:
            taken_off[event.target, name] = tags.pop(name)
    elif name not in tags:
        former = taken_off.pop((event.target, name), None)
        tags[name] = former if former is not None and operation.kind is not OperationKind.DO else mark
    return replace(decision, tags=tags)


def _later(first: Mark | None, second: Mark | None) -> Mark | None:
    if first is None or second is None:
        return first or second
    return first if first.at >= second.at else second
