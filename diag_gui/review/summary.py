"""Everything a project holds, as one JSON object: what ``diag-gui project --json`` prints. Needs no data to be open."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from diag_gui.review.attach import count_decisions
from diag_gui.review.decisions import Decisions, Mark, fold
from diag_gui.review.events import Operation
from diag_gui.review.keys import TARGET_KINDS, kind_of
from diag_gui.review.merging import MergeReport
from diag_gui.review.project import FileReference, Project
from diag_gui.review.store import ReviewStore

SUMMARY_VERSION = 1


def summarize_project(store: ReviewStore) -> dict[str, Any]:
    """Return the facts, the standing decisions and the history of a project.

    Parameters
    ----------
    store : ReviewStore
        May be open for reading only.

    Returns
    -------
    dict
        JSON values. ``tags``, ``notes`` and ``verdicts`` list what stands, with the object, the author and the time (UTC);
        ``history`` lists every operation, oldest first.

    Raises
    ------
    StoreError
        If the project cannot be read.
    """
    operations = store.operations()
    decisions = fold(operations)
    return {
        "version": SUMMARY_VERSION,
        "project": str(store.path),
        **_facts(store.project(), store),
        "counts": _counts(decisions, operations),
        "tags": [
            target.to_json() | {"tag": name} | _mark(mark)
            for target, decision in decisions.items()
            for name, mark in decision.tags.items()
        ],
        "notes": [
            target.to_json() | {"note": decision.note} | _mark(decision.note_mark)
            for target, decision in decisions.items()
            if decision.note is not None
        ],
        "verdicts": [
            target.to_json() | {"verdict": decision.verdict} | _mark(decision.verdict_mark)
            for target, decision in decisions.items()
            if decision.verdict is not None
        ],
        "history": [_history(operation) for operation in operations],
    }


def summarize_merge(report: MergeReport) -> dict[str, Any]:
    """Return what a merge did as JSON values.

    Parameters
    ----------
    report : MergeReport
    """
    return {
        "added": len(report.added),
        "common": report.n_common,
        "conflicts": [
            conflict.target.to_json()
            | {"what": " ".join(part for part in conflict.aspect if part)}
            | {"ours": conflict.ours, "our_author": conflict.our_author}
            | {"theirs": conflict.theirs, "their_author": conflict.their_author, "kept": conflict.kept}
            for conflict in report.conflicts
        ],
    }


def _facts(project: Project, store: ReviewStore) -> dict[str, Any]:
    return {
        "dataset": _file(project.dataset, store),
        "image_root": _file(project.image_root, store),
        "runs": [
            {"name": run.name}
            | (_file(run.file, store) or {})
            | {"date": None if run.date is None else run.date.isoformat(), "hours": run.hours, "notes": run.notes}
            for run in project.runs
        ],
        "metadata_files": [_file(file, store) for file in project.metadata_files],
        "tag_set": list(project.tag_set),
        "settings": dict(project.settings),
        "saved_queries": dict(project.saved_queries),
    }


def _file(file: FileReference | None, store: ReviewStore) -> dict[str, Any] | None:
    if file is None:
        return None
    return asdict(file) | {"found": file.find(store.path) is not None}


def _counts(decisions: Decisions, operations: tuple[Operation, ...]) -> dict[str, Any]:
    counts = count_decisions(decisions)
    by_kind = dict.fromkeys(TARGET_KINDS, 0)
    for target in decisions:
        by_kind[kind_of(target)] += 1
    return {
        "objects": len(decisions),
        "by_kind": by_kind,
        "reviewed": counts.reviewed,
        "tagged": counts.tagged,
        "verdicts": counts.verdicts,
        "notes": counts.notes,
        "operations": len(operations),
        "events": sum(len(operation.events) for operation in operations),
        "authors": sorted({operation.author for operation in operations}),
    }


def _history(operation: Operation) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": operation.id,
        "author": operation.author,
        "at": operation.at.isoformat(),
        "label": operation.label,
        "kind": operation.kind.value,
    }
    if operation.reverses is not None:
        body["reverses"] = operation.reverses
    events = [
        {"target": event.target.to_json(), "verb": event.verb.value, "value": event.value, "before": event.before}
        for event in operation.events
    ]
    return body | {"events": events}


def _mark(mark: Mark | None) -> dict[str, str | None]:
    return {"author": None if mark is None else mark.author, "at": None if mark is None else mark.at.isoformat()}
