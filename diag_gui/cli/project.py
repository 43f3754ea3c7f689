"""``project``: what a project holds; making one, and merging one into another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from diag_gui.cli.inputs import read_files
from diag_gui.cli.output import write_result
from diag_gui.cli.project_files import read_project
from diag_gui.cli.terminal import count_of, plain_text, table
from diag_gui.exceptions import DiagError
from diag_gui.formats.report_figures import json_text
from diag_gui.review.attach import count_decisions
from diag_gui.review.decisions import Decision, Mark, fold
from diag_gui.review.events import Operation
from diag_gui.review.project import FileReference, Project, RunReference
from diag_gui.review.store import ReviewStore


def run(parsed: argparse.Namespace) -> int:
    """Show, create or merge."""
    words: list[str] = parsed.words
    if words[0] == "create" and len(words) > 1:
        return _create(parsed, _only(words[1:], "create FILE --gt GT"))
    if words[0] == "merge" and len(words) > 1:
        if len(words) != 3:
            raise DiagError("project merge takes two projects: the one to change and the one to read")
        return _merge(parsed, Path(words[1]), Path(words[2]))
    return _show(parsed, _only(words, "PROJECT"))


def _only(words: list[str], usage: str) -> Path:
    """Return the one path in ``words``."""
    if len(words) != 1:
        raise DiagError(f"project takes one file: {usage}")
    return Path(words[0])


def _show(parsed: argparse.Namespace, path: Path) -> int:
    """Write what the project holds."""
    project, operations = read_project(path)
    document = project_document(path, project, operations)
    if parsed.json:
        write_result(parsed.json, json_text(document))
    else:
        write_result("-", _text(document))
    return 0


def project_document(path: Path, project: Project, operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Return the content of a project as JSON values.

    Parameters
    ----------
    path : Path
    project : Project
    operations : tuple of Operation
        In the order they count.

    Returns
    -------
    dict
        ``decisions`` has one entry per object: what it is (``on``, image, class, box), tags with author and time, note,
        review state (``verdict``). ``history`` has one entry per operation.
    """
    decisions = fold(operations)
    counts = count_decisions(decisions)
    return {
        "version": 1,
        "project": path.name,
        "ground_truth": _file_record(project.dataset, path),
        "image_root": _file_record(project.image_root, path),
        "runs": [
            {"name": run.name, "date": run.date.isoformat() if run.date else None, "hours": run.hours, "notes": run.notes}
            | {"file": _file_record(run.file, path)}
            for run in project.runs
        ],
        "metadata": [_file_record(file, path) for file in project.metadata_files],
        "tags": list(project.tag_set),
        "counts": {
            "reviewed": counts.reviewed,
            "tagged": counts.tagged,
            "verdicts": counts.verdicts,
            "notes": counts.notes,
            "operations": len(operations),
        },
        "decisions": [_decision_record(target.to_json(), decision) for target, decision in decisions.items()],
        "history": [
            {
                "id": operation.id,
                "author": operation.author,
                "time": operation.at.isoformat(),
                "kind": operation.kind.value,
                "label": operation.label,
                "reverses": operation.reverses,
                "events": len(operation.events),
            }
            for operation in operations
        ],
    }


def _decision_record(target: dict[str, Any], decision: Decision) -> dict[str, Any]:
    """Return what stands about one object."""
    record: dict[str, Any] = {"on": target}
    record["tags"] = [{"name": name, **_mark_record(mark)} for name, mark in decision.tags.items()]
    record["note"] = None if decision.note is None else {"text": decision.note, **_mark_record(decision.note_mark)}
    record["verdict"] = None if decision.verdict is None else {"text": decision.verdict, **_mark_record(decision.verdict_mark)}
    return record


def _mark_record(mark: Mark | None) -> dict[str, str | None]:
    """Return who and when."""
    return {"author": mark.author if mark else None, "time": mark.at.isoformat() if mark else None}


def _file_record(reference: FileReference | None, project: Path) -> dict[str, Any] | None:
    """Return a file of the project: its path as stored and whether it is there."""
    if reference is None:
        return None
    path = reference.relative or reference.absolute
    found = reference.find(project) is not None
    return {"path": path, "found": found, "format": reference.format or None, "sha256": reference.sha256 or None}


def _text(document: dict[str, Any]) -> str:
    """Return the content for people."""
    counts = document["counts"]
    done = f"{count_of(counts['operations'], 'operation')}, {counts['reviewed']:,} objects reviewed"
    lines = [f"{plain_text(document['project'])}: {done}"]
    for role, files in (
        ("ground truth", [document["ground_truth"]]),
        ("run", [{**run["file"], "name": run["name"]} for run in document["runs"]]),
        ("metadata", document["metadata"]),
        ("images", [document["image_root"]]),
    ):
        for file in files:
            if file is not None:
                name = f"{file['name']}: " if "name" in file else ""
                lines.append(f"  {role}: {plain_text(name + file['path'])}{'' if file['found'] else '  (not found)'}")
    if counts["tagged"]:
        lines += ["", table(("tag", "objects"), [[name, f"{n:,}"] for name, n in sorted(counts["tagged"].items())])]
    for name, n in counts["verdicts"].items():
        lines.append(f"{plain_text(name)}: {n:,}")
    if counts["notes"]:
        lines.append(count_of(counts["notes"], "note"))
    if document["history"]:
        rows = [
            [entry["time"][:19].replace("T", " "), entry["author"], entry["label"], entry["kind"]]
            for entry in document["history"][-20:]
        ]
        lines += ["", table(("when (UTC)", "who", "what", ""), rows, n_text=4)]
    return "\n".join(lines)


def _create(parsed: argparse.Namespace, path: Path) -> int:
    """Make a project about data that is read first, so that it only ever names what can be opened."""
    if parsed.gt is None:
        raise DiagError("project create needs --gt")
    metadata = (parsed.metadata,) if parsed.metadata is not None else ()
    inputs = read_files(parsed.gt, parsed.pred, metadata, parsed.images, parsed.format, parsed.pred_format, quiet=parsed.quiet)
    from diag_gui.review.locate import image_digests

    source = inputs.dataset.source
    project = Project(
        dataset=FileReference.to(source.path, path, sha256=source.sha256, format=source.format),
        image_root=FileReference.to(inputs.image_root, path) if inputs.image_root is not None else None,
        runs=tuple(RunReference.to(run, path) for run in inputs.runs),
        metadata_files=tuple(FileReference.to(file, path) for file in metadata),
    )
    ReviewStore.create(path, project, images=image_digests(inputs.dataset)).close()
    if not parsed.quiet:
        print(plain_text(str(path)))
    return 0


def _merge(parsed: argparse.Namespace, into: Path, other: Path) -> int:
    """Add the decisions of one project to another."""
    with ReviewStore.open(other, read_only=True) as theirs, ReviewStore.open(into) as ours:
        report = ours.merge(theirs)
    document = {
        "version": 1,
        "added": len(report.added),
        "common": report.n_common,
        "conflicts": [
            {
                "on": conflict.target.to_json(),
                "aspect": list(conflict.aspect),
                "ours": conflict.ours,
                "theirs": conflict.theirs,
                "our_author": conflict.our_author,
                "their_author": conflict.their_author,
                "kept": conflict.kept,
            }
            for conflict in report.conflicts
        ],
    }
    if parsed.json:
        write_result(parsed.json, json_text(document))
    elif not parsed.quiet:
        added, conflicts = count_of(len(report.added), "operation"), count_of(len(report.conflicts), "conflict")
        print(f"{added} added, {conflicts}; the latest decision stands")
    return 0
