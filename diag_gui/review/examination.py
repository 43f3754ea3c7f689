"""Whether a file is a project, sound, and one that this program may open."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from diag_gui.data.zip_archive import is_zip, reason_against_zip
from diag_gui.exceptions import StoreError
from diag_gui.review.backup_copies import newest_sound_copy
from diag_gui.review.sqlite_file import reading, reason_of

APPLICATION_ID = 0x44494147
"""``DIAG``: tells a project from any other SQLite file."""

SCHEMA_VERSION = 1

_MAGIC = b"SQLite format 3\x00"


def examine(path: Path, *, known_tables: frozenset[str] = frozenset()) -> int:
    """Check that a file is a sound project that this program may open, without changing it.

    Parameters
    ----------
    path : Path
    known_tables : frozenset of str, optional
        Tables a project must have.

    Returns
    -------
    int
        Its schema version, at most `SCHEMA_VERSION`.

    Raises
    ------
    StoreError
        If it is no database, damaged (the newest sound copy is named), of another program, newer than this program, or
        holds triggers, views or virtual tables, which could run on our behalf.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as error:
        raise StoreError(path, f"cannot be read: {error.strerror or error}") from error
    if is_zip(head):
        raise StoreError(path, f"not a project: {reason_against_zip(path)}")
    if head != _MAGIC:
        raise StoreError(path, "not a project: the file is not a database")
    try:
        with reading(path) as connection:
            findings = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
            if findings != ["ok"]:
                raise sqlite3.DatabaseError("; ".join(findings))
            application_id = connection.execute("PRAGMA application_id").fetchone()[0]
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            objects = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    except sqlite3.OperationalError as error:
        raise StoreError(path, reason_of(error)) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise StoreError(path, f"the file is damaged ({error}); {_advice(path)}") from error
    if application_id not in (0, APPLICATION_ID):
        raise StoreError(path, "not a project: a database of another program")
    if version > SCHEMA_VERSION:
        raise StoreError(
            path, f"written by a newer version of this program (format {version}; this one knows up to {SCHEMA_VERSION})"
        )
    if application_id != APPLICATION_ID or version < 1:
        raise StoreError(path, "not a project: a database of another program")
    for kind, name, sql in objects:
        if kind not in ("table", "index") or sql.upper().startswith("CREATE VIRTUAL"):
            raise StoreError(
                path, f"refused: it holds a {'virtual table' if kind == 'table' else kind} {name!r} that no project has"
            )
    missing = known_tables - {name for kind, name, _ in objects if kind == "table"}
    if missing:
        raise StoreError(path, f"not a project: table {min(missing)!r} is missing")
    return version


def refuse_older(path: Path, version: int) -> None:
    """Refuse to only read a project that has to be brought up to date first.

    Raises
    ------
    StoreError
    """
    if version < SCHEMA_VERSION:
        raise StoreError(
            path, f"written in the older format {version}: open it for writing once, so that it is brought up to date"
        )


def _advice(path: Path) -> str:
    copy = newest_sound_copy(path)
    if copy is None:
        return "there is no backup copy beside it to restore"
    return f"restore the newest sound backup, {copy.name}, by renaming it to {path.name}"
