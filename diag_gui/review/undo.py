"""Which operation of a person is undone or redone next, and what that appends. Imports SQLAlchemy through the log."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from diag_gui.exceptions import StoreError
from diag_gui.review import event_log
from diag_gui.review.event_log import Header
from diag_gui.review.events import Event, Operation, OperationKind
from diag_gui.review.keys import image_of, target_digest

UNDO_DEPTH = 200
"""How many of a person's latest decisions can be undone."""


def undo_candidates(newest_first: Iterable[Header]) -> Iterator[Header]:
    """Return the decisions of one person that can be undone, latest first.

    Parameters
    ----------
    newest_first : iterable of Header
        The person's operations.
    """
    last_turn: dict[str, OperationKind] = {}
    n_seen = 0
    for header in newest_first:
        if header.kind is not OperationKind.DO:
            last_turn.setdefault(header.reverses or "", header.kind)
            continue
        if last_turn.get(header.id) is not OperationKind.UNDO:
            yield header
        n_seen += 1
        if n_seen == UNDO_DEPTH:
            return


def redo_candidate(newest_first: Iterable[Header]) -> tuple[str, int] | None:
    """Return the decision that redo brings back, and the clock of its undo; None if there is none.

    Parameters
    ----------
    newest_first : iterable of Header
        The person's operations. A new decision ends what can be redone.
    """
    turns: list[Header] = []
    for header in newest_first:
        if header.kind is OperationKind.DO:
            break
        turns.append(header)
    waiting: list[tuple[str, int]] = []
    for header in reversed(turns):
        if header.kind is OperationKind.UNDO:
            waiting.append((header.reverses or "", header.clock))
        elif waiting:
            waiting.pop()
    return waiting[-1] if waiting else None


def next_undo(connection: Connection, author: str) -> tuple[Operation, tuple[Event, ...]] | None:
    """Return the decision that undo takes back, and the events that do it; None if there is nothing to undo.

    Parameters
    ----------
    connection : Connection
    author : str
    """
    for header in undo_candidates(event_log.headers_newest_first(connection, author)):
        operation = next(event_log.read(connection, event_log.with_id(header.id)))
        targets = [event.target for event in operation.events]
        standing = event_log.standing(connection, targets, before_clock=operation.clock)
        changes = [event for event in event_log.with_before(operation.events, standing) if event.is_change]
        if changes:
            return operation, tuple(event.inverse() for event in reversed(changes))
    return None


def next_redo(connection: Connection, author: str) -> tuple[Operation, int] | None:
    """Return the decision that redo brings back, and the clock of its undo; None if there is nothing to redo.

    Parameters
    ----------
    connection : Connection
    author : str
    """
    candidate = redo_candidate(event_log.headers_newest_first(connection, author))
    if candidate is None:
        return None
    operation = next(event_log.read(connection, event_log.with_id(candidate[0])), None)
    return None if operation is None else (operation, candidate[1])


def undo(connection: Connection, author: str, path: Path) -> Operation | None:
    """Append what takes back the latest decision of a person; None if there is nothing to undo.

    Parameters
    ----------
    connection : Connection
        Inside a transaction that no other writer comes between.
    author : str
    path : Path
        Named in the error.

    Raises
    ------
    StoreError
        If somebody else changed one of its objects since.
    """
    found = next_undo(connection, author)
    if found is None:
        return None
    operation, events = found
    _refuse_after_others(connection, operation, operation.clock, author, path, "Undo")
    return event_log.stored(connection, _turn(operation, events, OperationKind.UNDO))


def redo(connection: Connection, author: str, path: Path) -> Operation | None:
    """Append again the decision a person undid last; None if there is nothing to redo.

    Parameters
    ----------
    connection : Connection
        Inside a transaction that no other writer comes between.
    author : str
    path : Path
        Named in the error.

    Raises
    ------
    StoreError
        If somebody else changed one of its objects since.
    """
    found = next_redo(connection, author)
    if found is None:
        return None
    operation, undone_at = found
    _refuse_after_others(connection, operation, undone_at, author, path, "Redo")
    return event_log.stored(connection, _turn(operation, operation.events, OperationKind.REDO))


def named(verb: str, label: str) -> str:
    """Return what undoing or redoing is called: ``Undo tag 12 images``."""
    return f"{verb} {label[:1].lower()}{label[1:]}"


def _turn(operation: Operation, events: tuple[Event, ...], kind: OperationKind) -> Operation:
    return replace(
        operation,
        id=uuid.uuid4().hex,
        at=datetime.datetime.now(datetime.UTC),
        label=named(kind.value.capitalize(), operation.label),
        events=events,
        kind=kind,
        reverses=operation.id,
        clock=0,
        sequence=0,
    )


def _refuse_after_others(
    connection: Connection, operation: Operation, after_clock: int, author: str, path: Path, verb: str
) -> None:
    targets = [event.target for event in operation.events]
    others = event_log.changes_of_others(connection, author, targets, after_clock=after_clock)
    if not others:
        return
    latest = others[0]
    place = next(image_of(target).path for target in targets if target_digest(target) == latest.target_digest)
    raise StoreError(
        path,
        f"{verb.lower()} of {operation.label!r} is refused: {latest.author} changed the same object since "
        f"({latest.label!r} on {place}, {latest.at[:19]} UTC)",
    )
