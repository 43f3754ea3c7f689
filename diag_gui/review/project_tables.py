"""Reading and writing the facts of a project in its tables. Imports SQLAlchemy."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, delete, insert, select

from diag_gui.data.arrays import AnyArray
from diag_gui.review import schema
from diag_gui.review.keys import ImageKey, target_digest
from diag_gui.review.moved_images import ImageContent
from diag_gui.review.project import FileReference, Project, RunReference

ONLY_IMAGE_SET = "ground truth"


def read_project(connection: Connection) -> Project:
    """Return the facts of a project.

    Raises
    ------
    ValueError
        If a fact is not what this program writes.
    """
    facts = {row.name: json.loads(row.value) for row in connection.execute(select(schema.facts))}
    tag_set = _checked(facts.get("tag_set", []), list)
    if not all(isinstance(tag, str) for tag in tag_set):
        raise ValueError("the tag set of the project is of the wrong type")
    return Project(
        dataset=_reference(facts.get("dataset")),
        image_root=_reference(facts.get("image_root")),
        runs=tuple(_run(body) for body in _checked(facts.get("runs", []), list)),
        metadata_files=tuple(
            file for body in _checked(facts.get("metadata_files", []), list) if (file := _reference(body)) is not None
        ),
        tag_set=tuple(tag_set),
        settings=_checked(facts.get("settings", {}), dict),
        saved_queries=_checked(facts.get("saved_queries", {}), dict),
    )


def write_project(connection: Connection, project: Project) -> None:
    """Replace the facts of a project; call inside one transaction.

    Parameters
    ----------
    connection : Connection
    project : Project

    Notes
    -----
    Values are JSON in ASCII: a path on Linux may hold bytes that are no text, which no text column takes.
    """
    facts = {
        "dataset": _reference_body(project.dataset),
        "image_root": _reference_body(project.image_root),
        "runs": [_run_body(run) for run in project.runs],
        "metadata_files": [_reference_body(file) for file in project.metadata_files],
        "tag_set": list(project.tag_set),
        "settings": dict(project.settings),
        "saved_queries": dict(project.saved_queries),
    }
    connection.execute(delete(schema.facts).where(schema.facts.c.name.in_(list(facts))))
    connection.execute(insert(schema.facts), [{"name": name, "value": json.dumps(value)} for name, value in facts.items()])


def write_image_set(connection: Connection, digests: AnyArray) -> None:
    """Remember which images the project is about, to recognise its data later.

    Parameters
    ----------
    connection : Connection
    digests : ndarray of uint64, shape (N,)
        See `locate.image_digests`.
    """
    connection.execute(delete(schema.image_set))
    body = np.ascontiguousarray(digests, dtype="<u8").tobytes()
    connection.execute(insert(schema.image_set).values(name=ONLY_IMAGE_SET, n_images=len(digests), digests=body))


def read_contents(connection: Connection) -> dict[str, ImageContent]:
    """Return what is known of the content of images, by path.

    Raises
    ------
    ValueError
        If a record is not what this program writes.
    """
    rows = connection.execute(select(schema.image_contents))
    return {_checked(json.loads(row.path), str): ImageContent(row.sha256, int(row.size)) for row in rows}


def write_contents(connection: Connection, contents: Mapping[str, ImageContent]) -> None:
    """Add or replace what is known of the content of images; call inside one transaction.

    Parameters
    ----------
    connection : Connection
    contents : mapping of str to ImageContent
        By path.
    """
    rows = [
        {"path_digest": target_digest(ImageKey(path)), "path": json.dumps(path), "sha256": content.sha256, "size": content.size}
        for path, content in contents.items()
    ]
    if rows:
        old = schema.image_contents.c.path_digest == bindparam("old")
        connection.execute(delete(schema.image_contents).where(old), [{"old": row["path_digest"]} for row in rows])
        connection.execute(insert(schema.image_contents), rows)


def _checked(value: Any, expected: type) -> Any:
    if not isinstance(value, expected):
        raise ValueError(f"a fact of the project is {type(value).__name__} where {expected.__name__} belongs")
    return value


def _reference_body(file: FileReference | None) -> dict[str, Any] | None:
    if file is None:
        return None
    return {"absolute": file.absolute, "relative": file.relative, "sha256": file.sha256, "format": file.format}


def _reference(body: Any) -> FileReference | None:
    if body is None:
        return None
    fields = _checked(body, dict)
    relative = fields.get("relative")
    return FileReference(
        _checked(fields.get("absolute"), str),
        relative if isinstance(relative, str) else None,
        str(fields.get("sha256", "")),
        str(fields.get("format", "")),
    )


def _run_body(run: RunReference) -> dict[str, Any]:
    date = None if run.date is None else run.date.isoformat()
    body = {"name": run.name, "file": _reference_body(run.file), "date": date, "hours": run.hours, "notes": run.notes}
    return body | {"hashes": list(run.hashes)}


def _run(body: Any) -> RunReference:
    fields = _checked(body, dict)
    file = _reference(_checked(fields.get("file"), dict))
    assert file is not None
    date, hours = fields.get("date"), fields.get("hours")
    # The first projects had no list: there the digest of the file names the run.
    hashes = _checked(fields.get("hashes", [file.sha256]), list)
    return RunReference(
        str(fields.get("name", "")),
        file,
        None if date is None else datetime.date.fromisoformat(str(date)),
        None if hours is None else float(hours),
        str(fields.get("notes", "")),
        tuple(str(run_hash) for run_hash in hashes if run_hash),
    )
