"""Reading and writing the facts of a project in its tables. Imports SQLAlchemy."""

from __future__ import annotations

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
from diag_gui.review.project_facts import checked, project_of_facts

ONLY_IMAGE_SET = "ground truth"


def read_project(connection: Connection) -> Project:
    """Return the facts of a project.

    Raises
    ------
    ValueError
        If a fact is not what this program writes.
    """
    return project_of_facts({row.name: json.loads(row.value) for row in connection.execute(select(schema.facts))})


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
    return {checked(json.loads(row.path), str): ImageContent(row.sha256, int(row.size)) for row in rows}


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


def _reference_body(file: FileReference | None) -> dict[str, Any] | None:
    if file is None:
        return None
    return {"absolute": file.absolute, "relative": file.relative, "sha256": file.sha256, "format": file.format}


def _run_body(run: RunReference) -> dict[str, Any]:
    date = None if run.date is None else run.date.isoformat()
    body = {"name": run.name, "file": _reference_body(run.file), "date": date, "hours": run.hours, "notes": run.notes}
    return body | {"hashes": list(run.hashes)}
