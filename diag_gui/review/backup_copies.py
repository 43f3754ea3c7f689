"""The dated copies kept beside a project."""

from __future__ import annotations

import datetime
import os
import sqlite3
from pathlib import Path

from diag_gui.review.sqlite_file import flush, flush_folder, reading
from diag_gui.review.unfinished import remove_abandoned, unfinished_path

KEPT_COPIES = 3


def keep_copy(connection: sqlite3.Connection, path: Path) -> Path:
    """Write a dated copy beside a project and remove all but the last three.

    Parameters
    ----------
    connection : sqlite3.Connection
        Open on the project, outside a transaction.
    path : Path
        The project.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    sqlite3.Error, OSError
        If there is no room; the project is untouched and older copies stay.
    """
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    copy = path.with_name(f"{path.name}.{stamp}.bak")
    remove_abandoned(path)
    unfinished = unfinished_path(path)
    try:
        target = sqlite3.connect(unfinished, isolation_level=None)
        try:
            connection.backup(target)
            # The copy is one file: no log beside it that could be lost when it is moved.
            target.execute("PRAGMA journal_mode = DELETE")
        finally:
            target.close()
        flush(unfinished)
        os.replace(unfinished, copy)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)
    for old in copies(path)[KEPT_COPIES:]:
        old.unlink(missing_ok=True)
    return copy


def copies(path: Path) -> list[Path]:
    """Return the dated copies beside a project, newest first.

    Parameters
    ----------
    path : Path
        The project.
    """
    prefix = path.name + "."
    try:
        found = [entry for entry in path.parent.iterdir() if entry.name.startswith(prefix) and entry.name.endswith("Z.bak")]
    except OSError:
        return []
    return sorted(found, key=lambda entry: entry.name, reverse=True)


def newest_sound_copy(path: Path) -> Path | None:
    """Return the newest copy beside a project that reads without error; None if there is none.

    Parameters
    ----------
    path : Path
        The project.
    """
    for copy in copies(path):
        try:
            with reading(copy) as connection:
                if connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok":
                    return copy
        except sqlite3.Error:
            continue
    return None
