"""``project``: what a project holds; making one, and merging one into another."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from diag_gui.cli.decisions import warn_of_unplaced
from diag_gui.cli.inputs import cache_of, columns_of, read_files
from diag_gui.cli.output import write_result
from diag_gui.cli.project_files import files_of_project, laid_onto
from diag_gui.cli.terminal import count_of, plain_text, table
from diag_gui.exceptions import DiagError
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.report_figures import json_text
from diag_gui.review.locate import image_digests
from diag_gui.review.project import FileReference, Project, RunReference
from diag_gui.review.reading_choices import ReadingChoices
from diag_gui.review.row_keys import DatasetKeys, content_hash
from diag_gui.review.store import ReviewStore
from diag_gui.review.summary import summarize_merge, summarize_project
from diag_gui.review.unplaced import unplaced_json

_OPERATIONS_SHOWN = 20
_UNATTACHED_SHOWN = 20


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
    """Write what the project holds; the file is not changed."""
    with ReviewStore.open(path, read_only=True) as store:
        document = summarize_project(store)
    document |= _unattached(path, document, cache_of(parsed), quiet=parsed.quiet)
    if parsed.json:
        write_result(parsed.json, json_text(document))
    else:
        write_result("-", _text(path, document))
    return 0


def _unattached(path: Path, document: dict[str, Any], cache: ColumnCache | None, *, quiet: bool) -> dict[str, Any]:
    """Return what was decided and is not in the data as they are now, and note at each file whether it was changed.

    Where the data cannot be read, both are None: not known. A project without decisions needs no look at its data.
    """
    files = [document["dataset"], *document["runs"], *document["metadata_files"]]
    for file in files:
        if file is not None:
            file["changed"] = None
    if not document["counts"]["objects"]:
        return {"unattached": []}
    try:
        named = files_of_project(path)
        inputs = read_files(
            named.ground_truth, named.predictions, named.metadata, named.images, *named.formats, known=named.runs, cache=cache
        )
        state = laid_onto(path, inputs)
    except DiagError as error:
        if not quiet:
            said = f"{path.name}: whether every decision still finds its object is not known: {error}"
            print(f"warning: {plain_text(said)}", file=sys.stderr)
        return {"unattached": None}
    sources = (inputs.dataset.source, *(run.source for run in inputs.runs))
    for file, source in zip(files, sources, strict=False):
        if file["sha256"] and source.sha256:
            file["changed"] = file["sha256"] != source.sha256
    warn_of_unplaced(state, path, quiet=quiet)
    return {"unattached": unplaced_json(state)}


def _text(path: Path, document: dict[str, Any]) -> str:
    """Return the content for people."""
    counts = document["counts"]
    done = f"{count_of(counts['operations'], 'operation')}, {count_of(counts['reviewed'], 'object')} reviewed"
    lines = [f"{plain_text(path.name)}: {done}"]
    for role, files in (
        ("ground truth", [document["dataset"]]),
        ("run", document["runs"]),
        ("metadata", document["metadata_files"]),
        ("images", [document["image_root"]]),
    ):
        for file in files:
            if file is not None:
                name = f"{file['name']}: " if "name" in file else ""
                state = "" if file["found"] else "  (not found)"
                state += "  (changed since the project saw it)" if file.get("changed") else ""
                lines.append(f"  {role}: {plain_text(name + file['absolute'])}{state}")
    if counts["tagged"]:
        lines += ["", table(("tag", "objects"), [[name, f"{n:,}"] for name, n in sorted(counts["tagged"].items())])]
    lines += [f"{plain_text(name)}: {n:,}" for name, n in counts["verdicts"].items()]
    if counts["notes"]:
        lines.append(count_of(counts["notes"], "note"))
    if document["unattached"]:
        rows = [
            [one["kind"], one.get("image", one.get("ground_truth", {}).get("image", "")), ", ".join(one["tags"]), one["reason"]]
            for one in document["unattached"][:_UNATTACHED_SHOWN]
        ]
        lines += ["", f"{count_of(len(document['unattached']), 'object')} found no place in the data:"]
        lines.append(table(("what", "image", "tags", "why"), rows, n_text=4))
    if document["history"]:
        rows = [
            [entry["at"][:19].replace("T", " "), entry["author"], entry["label"], "" if entry["kind"] == "do" else entry["kind"]]
            for entry in document["history"][-_OPERATIONS_SHOWN:]
        ]
        lines += ["", table(("when (UTC)", "who", "what", ""), rows, n_text=4)]
    return "\n".join(lines)


def _create(parsed: argparse.Namespace, path: Path) -> int:
    """Make a project about data that is read first, so that it only ever names what can be opened."""
    if parsed.gt is None:
        raise DiagError("project create needs --gt")
    metadata = tuple(parsed.metadata)
    inputs = read_files(
        parsed.gt,
        parsed.pred,
        metadata,
        parsed.images,
        parsed.format,
        parsed.pred_format,
        columns=columns_of(parsed),
        with_exif=parsed.exif,
        cache=cache_of(parsed),
        quiet=parsed.quiet,
    )
    source, keys = inputs.dataset.source, DatasetKeys(inputs.dataset)
    project = Project(
        dataset=FileReference.to(source.path, path, sha256=source.sha256, format=source.format),
        image_root=FileReference.to(inputs.image_root, path) if inputs.image_root is not None else None,
        runs=tuple(RunReference.to(run, path, content_hash(keys, run)) for run in inputs.runs),
        metadata_files=tuple(FileReference.to(file, path) for file in metadata),
        settings=ReadingChoices(parsed.exif, *(choice.text for choice in columns_of(parsed))).settings,
    )
    ReviewStore.create(path, project, images=image_digests(inputs.dataset)).close()
    if not parsed.quiet:
        print(plain_text(str(path)))
    return 0


def _merge(parsed: argparse.Namespace, into: Path, other: Path) -> int:
    """Add the decisions of one project to another."""
    with ReviewStore.open(other, read_only=True) as theirs, ReviewStore.open(into) as ours:
        report = ours.merge(theirs)
    if parsed.json:
        write_result(parsed.json, json_text({"version": 1, **summarize_merge(report)}))
    elif not parsed.quiet:
        added, conflicts = count_of(len(report.added), "operation"), count_of(len(report.conflicts), "conflict")
        print(f"{added} added, {conflicts}; the latest decision stands")
    return 0
