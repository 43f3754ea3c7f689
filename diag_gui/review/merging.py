"""Joining the decisions of two projects: the union of their operations, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from diag_gui.review.decisions import in_order
from diag_gui.review.events import Aspect, Operation
from diag_gui.review.keys import Target
from diag_gui.review.project import Project, RunReference


@dataclass(frozen=True, slots=True)
class Conflict:
    """One object that both sides decided differently about since they parted.

    Attributes
    ----------
    target : Target
    aspect : tuple of str
        ``("tag", name)``, ``("note", "")`` or ``("verdict", "")``.
    ours, theirs : str or None
        What each side left standing.
    our_author, their_author : str
    kept : str or None
        What stands after the merge: the later of the two.
    """

    target: Target
    aspect: Aspect
    ours: str | None
    theirs: str | None
    our_author: str
    their_author: str
    kept: str | None


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge did.

    Attributes
    ----------
    added : tuple of Operation
        Operations of the other project that were new here, as stored.
    n_common : int
        Operations both had.
    conflicts : tuple of Conflict
    """

    added: tuple[Operation, ...]
    n_common: int
    conflicts: tuple[Conflict, ...]


def missing_in(ours: Iterable[Operation], theirs: Iterable[Operation]) -> list[Operation]:
    """Return the operations of the other side that this one does not have, in the order they count."""
    known = {operation.id for operation in ours}
    return in_order(operation for operation in theirs if operation.id not in known)


def conflicts_between(ours: Sequence[Operation], theirs: Sequence[Operation]) -> tuple[Conflict, ...]:
    """Return where two sides left different things standing.

    Parameters
    ----------
    ours, theirs : sequence of Operation
        What only the one or only the other side did.
    """
    left, right = _last_changes(ours), _last_changes(theirs)
    result = []
    for place in left.keys() & right.keys():
        our_operation, our_value = left[place]
        their_operation, their_value = right[place]
        if our_value == their_value:
            continue
        we_are_later = (our_operation.clock, our_operation.id) > (their_operation.clock, their_operation.id)
        result.append(
            Conflict(
                *place,
                our_value,
                their_value,
                our_operation.author,
                their_operation.author,
                our_value if we_are_later else their_value,
            )
        )
    return tuple(sorted(result, key=lambda conflict: (str(conflict.target.to_json()), conflict.aspect)))


def joined_projects(ours: Project, theirs: Project) -> Project:
    """Return the facts of both: ours first, and what only they have.

    Parameters
    ----------
    ours, theirs : Project
        Paths of the other project that are relative are kept as absolute ones.
    """
    file_hashes = {(file.sha256, file.absolute) for file in ours.metadata_files}
    return replace(
        ours,
        runs=_joined_runs(ours.runs, theirs.runs),
        metadata_files=ours.metadata_files
        + tuple(
            replace(file, relative=None) for file in theirs.metadata_files if (file.sha256, file.absolute) not in file_hashes
        ),
        tag_set=tuple(dict.fromkeys(ours.tag_set + theirs.tag_set)),
        settings={**theirs.settings, **ours.settings},
        saved_queries={**theirs.saved_queries, **ours.saved_queries},
    )


def _joined_runs(ours: tuple[RunReference, ...], theirs: tuple[RunReference, ...]) -> tuple[RunReference, ...]:
    """Return the runs of both; one run that both know keeps every hash by which either names it."""
    joined = list(ours)
    for run in theirs:
        names = {*run.hashes, run.file.sha256} - {""}
        at = next(
            (
                index
                for index, own in enumerate(joined)
                if own.file.absolute == run.file.absolute or not names.isdisjoint((*own.hashes, own.file.sha256))
            ),
            None,
        )
        if at is None:
            joined.append(replace(run, file=replace(run.file, relative=None)))
        else:
            joined[at] = replace(joined[at], hashes=tuple(dict.fromkeys((*joined[at].hashes, *run.hashes))))
    return tuple(joined)


def _last_changes(operations: Sequence[Operation]) -> dict[tuple[Target, Aspect], tuple[Operation, str | None]]:
    return {
        (event.target, event.aspect): (operation, event.after) for operation in in_order(operations) for event in operation.events
    }
