"""The facts of a project from what its table of facts holds, and those alone read from its file.

Whoever opens what a project is about needs no more, and SQLAlchemy, which the store brings, takes longer to import than data of
five million predictions to be there.
"""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diag_gui.exceptions import StoreError
from diag_gui.review.examination import examine, refuse_older
from diag_gui.review.project import FileReference, Project, RunReference
from diag_gui.review.sqlite_file import reading, reason_of


def glance(path: Path) -> Project:
    """Return the facts of the project in a file, as `ReviewStore.project` does; the file is not changed.

    Raises
    ------
    StoreError
        If the file is not a sound project that this program may use.
    """
    refuse_older(path, examine(path, known_tables=frozenset({"facts"})))
    try:
        with reading(path) as connection:
            rows = connection.execute("SELECT name, value FROM facts").fetchall()
        return project_of_facts({name: json.loads(value) for name, value in rows})
    except sqlite3.Error as error:
        raise StoreError(path, reason_of(error)) from error
    except (ValueError, TypeError) as error:
        raise StoreError(path, f"the file is damaged ({error})") from error


def project_of_facts(facts: Mapping[str, Any]) -> Project:
    """Return the facts of a project from their values.

    Raises
    ------
    ValueError
        If a fact is not what this program writes.
    """
    tag_set = checked(facts.get("tag_set", []), list)
    if not all(isinstance(tag, str) for tag in tag_set):
        raise ValueError("the tag set of the project is of the wrong type")
    return Project(
        dataset=_reference(facts.get("dataset")),
        image_root=_reference(facts.get("image_root")),
        runs=tuple(_run(body) for body in checked(facts.get("runs", []), list)),
        metadata_files=tuple(
            file for body in checked(facts.get("metadata_files", []), list) if (file := _reference(body)) is not None
        ),
        tag_set=tuple(tag_set),
        settings=checked(facts.get("settings", {}), dict),
        saved_queries=checked(facts.get("saved_queries", {}), dict),
    )


def checked(value: Any, expected: type) -> Any:
    """Return a value of the expected type.

    Raises
    ------
    ValueError
        If it is of another.
    """
    if not isinstance(value, expected):
        raise ValueError(f"a fact of the project is {type(value).__name__} where {expected.__name__} belongs")
    return value


def _reference(body: Any) -> FileReference | None:
    if body is None:
        return None
    fields = checked(body, dict)
    relative = fields.get("relative")
    return FileReference(
        checked(fields.get("absolute"), str),
        relative if isinstance(relative, str) else None,
        str(fields.get("sha256", "")),
        str(fields.get("format", "")),
    )


def _run(body: Any) -> RunReference:
    fields = checked(body, dict)
    file = _reference(checked(fields.get("file"), dict))
    assert file is not None
    date, hours = fields.get("date"), fields.get("hours")
    # The first projects had no list: there the digest of the file names the run.
    hashes = checked(fields.get("hashes", [file.sha256]), list)
    return RunReference(
        str(fields.get("name", "")),
        file,
        None if date is None else datetime.date.fromisoformat(str(date)),
        None if hours is None else float(hours),
        str(fields.get("notes", "")),
        tuple(str(run_hash) for run_hash in hashes if run_hash),
    )
