"""The append-only log of operations in the tables of a project. Imports SQLAlchemy."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from diag_gui.review.events import Aspect, Event, Operation, OperationKind, Verb
from diag_gui.review.keys import Target, target_digest, target_from_json
from diag_gui.review.schema import events, operations

_CHUNK = 500
"""Values of one IN list: below the limit of every SQLite."""


@dataclass(frozen=True, slots=True)
class Header:
    """An operation without its events.

    Attributes
    ----------
    sequence, clock : int
    id : str
    kind : OperationKind
    reverses : str or None
    label : str
    """

    sequence: int
    clock: int
    id: str
    kind: OperationKind
    reverses: str | None
    label: str


def stored(connection: Connection, operation: Operation) -> Operation:
    """Append an operation and return it as stored: with clock, sequence and what stood before each event.

    Parameters
    ----------
    connection : Connection
        Inside a transaction that no other writer comes between.
    operation : Operation
        One whose id is in the log already is not written again: the stored one is returned.
    """
    present = connection.execute(select(operations.c.sequence).where(operations.c.id == operation.id)).scalar()
    if present is not None:
        return next(read(connection, select(operations).where(operations.c.sequence == present)))
    latest = connection.execute(select(func.max(operations.c.clock))).scalar() or 0
    clock = max(int(operation.at.timestamp() * 1e6), latest + 1)
    before = standing(connection, [event.target for event in operation.events], before_clock=clock)
    return write(connection, replace(operation, clock=clock, events=with_before(operation.events, before)))


def write(connection: Connection, operation: Operation) -> Operation:
    """Write an operation as it is, with its clock, and return it with its place in this file."""
    result = connection.execute(
        insert(operations).values(
            id=operation.id,
            clock=operation.clock,
            author=operation.author,
            at=operation.at.astimezone(datetime.UTC).isoformat(),
            label=operation.label,
            kind=operation.kind.value,
            reverses=operation.reverses,
        )
    )
    key = result.inserted_primary_key
    assert key is not None
    connection.execute(
        insert(events),
        [
            {
                "operation": key[0],
                "place": place,
                "target_digest": target_digest(event.target),
                "target": json.dumps(event.target.to_json(), separators=(",", ":")),
                "verb": event.verb.value,
                "value": _to_column(event.value),
                "before": _to_column(event.before),
            }
            for place, event in enumerate(operation.events)
        ],
    )
    return replace(operation, sequence=int(key[0]))


def read(connection: Connection, chosen: Select[Any] | None = None) -> Iterator[Operation]:
    """Return operations in the order they count.

    Parameters
    ----------
    connection : Connection
    chosen : Select, optional
        Rows of ``operations``; all by default.

    Raises
    ------
    ValueError
        If a record is not what this program writes.
    """
    wanted = select(operations) if chosen is None else chosen
    heads = connection.execute(wanted.order_by(operations.c.clock, operations.c.id)).all()
    by_operation: dict[int, list[Event]] = {head.sequence: [] for head in heads}
    columns = select(events).order_by(events.c.operation, events.c.place)
    if chosen is None:
        bodies: Iterable[Row[Any]] = connection.execute(columns)
    else:
        bodies = _in_chunks(connection, columns, events.c.operation, list(by_operation))
    known: dict[str, Target] = {}
    for body in bodies:
        target = known.get(body.target)
        if target is None:
            target = known[body.target] = target_from_json(json.loads(body.target))
        event = Event(target, Verb(body.verb), _from_column(body.value), _from_column(body.before))
        by_operation[body.operation].append(event)
    for head in heads:
        yield Operation(
            head.id,
            head.author,
            datetime.datetime.fromisoformat(head.at),
            head.label,
            tuple(by_operation[head.sequence]),
            OperationKind(head.kind),
            head.reverses,
            head.clock,
            head.sequence,
        )


def since(sequence: int) -> Select[Any]:
    """Select the operations appended to this file after the one with this sequence."""
    return select(operations).where(operations.c.sequence > sequence)


def with_id(operation_id: str) -> Select[Any]:
    """Select one operation."""
    return select(operations).where(operations.c.id == operation_id)


def headers_newest_first(connection: Connection, author: str) -> Iterator[Header]:
    """Return the operations of one author from the latest on, without their events.

    Parameters
    ----------
    connection : Connection
    author : str
    """
    chosen = select(operations).where(operations.c.author == author)
    rows = connection.execute(chosen.order_by(operations.c.clock.desc(), operations.c.id.desc()))
    try:
        for row in rows:
            yield Header(row.sequence, row.clock, row.id, OperationKind(row.kind), row.reverses, row.label)
    finally:
        rows.close()


def standing(connection: Connection, targets: Sequence[Target], *, before_clock: int) -> dict[tuple[str, Aspect], str]:
    """Return what stood about objects just before a point in time.

    Parameters
    ----------
    connection : Connection
    targets : sequence of Target
    before_clock : int
        Only operations with a smaller clock count.

    Returns
    -------
    dict of (target digest, aspect) to str
        Tags, notes and verdicts that stood; nothing where none did.
    """
    digests = list(dict.fromkeys(target_digest(target) for target in targets))
    columns = (
        select(operations.c.clock, operations.c.id, events.c.place, events.c.target_digest, events.c.verb, events.c.value)
        .join(operations, operations.c.sequence == events.c.operation)
        .where(operations.c.clock < before_clock)
    )
    rows = sorted(_in_chunks(connection, columns, events.c.target_digest, digests), key=lambda row: tuple(row)[:3])
    result: dict[tuple[str, Aspect], str] = {}
    for row in rows:
        verb, value = Verb(row.verb), _from_column(row.value)
        is_tag = verb in (Verb.ADD_TAG, Verb.REMOVE_TAG)
        aspect: Aspect = ("tag", value or "") if is_tag else ("note" if verb is Verb.SET_NOTE else "verdict", "")
        if value is None or verb is Verb.REMOVE_TAG:
            result.pop((row.target_digest, aspect), None)
        else:
            result[row.target_digest, aspect] = value
    return result


def with_before(chain: Sequence[Event], standing: dict[tuple[str, Aspect], str]) -> tuple[Event, ...]:
    """Return events with what stood before each, given what stood before the first.

    Parameters
    ----------
    chain : sequence of Event
    standing : dict
        As from the function of this name.
    """
    now = dict(standing)
    result = []
    for event in chain:
        place = target_digest(event.target), event.aspect
        result.append(replace(event, before=now.get(place)))
        if event.after is None:
            now.pop(place, None)
        else:
            now[place] = event.after
    return tuple(result)


def changes_of_others(connection: Connection, author: str, targets: Sequence[Target], *, after_clock: int) -> list[Row[Any]]:
    """Return the operations of other people on these objects after a point in time, those taken back since left out.

    Parameters
    ----------
    connection : Connection
    author : str
        Whose operations do not count.
    targets : sequence of Target
    after_clock : int

    Returns
    -------
    list of Row
        ``author``, ``at``, ``label``, ``target_digest``; latest first.
    """
    columns = (
        select(
            *(operations.c[name] for name in ("id", "author", "at", "label", "clock", "kind", "reverses")), events.c.target_digest
        )
        .join(events, operations.c.sequence == events.c.operation)
        .where(operations.c.clock > after_clock, operations.c.author != author)
        .distinct()
    )
    digests = list(dict.fromkeys(target_digest(target) for target in targets))
    found = _in_chunks(connection, columns, events.c.target_digest, digests)
    turns = select(operations.c.reverses, operations.c.kind).order_by(operations.c.clock)
    last = {row.reverses: row.kind for row in _in_chunks(connection, turns, operations.c.reverses, [row.id for row in found])}
    made_since = {row.id for row in found if row.kind == OperationKind.DO.value}
    lasting = [
        row
        for row in found
        if (row.id in made_since and last.get(row.id) != OperationKind.UNDO.value)
        or (row.id not in made_since and row.reverses not in made_since)
    ]
    return sorted(lasting, key=lambda row: -row.clock)


def _in_chunks(connection: Connection, chosen: Select[Any], column: Any, values: Sequence[Any]) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for start in range(0, len(values), _CHUNK):
        rows.extend(connection.execute(chosen.where(column.in_(values[start : start + _CHUNK]))))
    return rows


def _to_column(value: str | None) -> str | None:
    return None if value is None else json.dumps(value)


def _from_column(value: str | None) -> str | None:
    if value is None:
        return None
    text = json.loads(value)
    if not isinstance(text, str):
        raise ValueError("the value of an event must be text")
    return text
