"""The project file as a file: is it one, is it sound, may it be trusted, and the copies kept beside it."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from diag_gui.exceptions import StoreError

APPLICATION_ID = 0x44494147
"""``DIAG``: tells a project from any other SQLite file."""

SCHEMA_VERSION = 1

SUFFIX = ".diag"

KEPT_COPIES = 3

BUSY_S = 15.0
"""How long a writer waits for another program to finish."""

_MAGIC = b"SQLite format 3\x00"
_NETWORK_FILE_SYSTEMS = frozenset(
    (
        "nfs",
        "nfs3",
        "nfs4",
        "cifs",
        "smb2",
        "smb3",
        "smbfs",
        "ncpfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "gpfs",
        "beegfs",
        "davfs",
        "vboxsf",
        "prl_fs",
        "virtiofs",
    )
)
_NETWORK_FUSE = ("sshfs", "glusterfs", "davfs", "s3fs", "rclone")
_WINDOWS_REMOTE_DRIVE = 4


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


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading, also where its folder cannot be written to.

    Parameters
    ----------
    path : Path

    Raises
    ------
    sqlite3.Error
    """
    connection = connect_read_only(path)
    try:
        yield connection
    finally:
        connection.close()


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write.

    Parameters
    ----------
    path : Path

    Raises
    ------
    sqlite3.Error

    Notes
    -----
    A database in WAL mode wants a shared-memory file beside it. In a folder that cannot be written to there may be none.
    Then the file is read as one that nobody changes; if a log is waiting beside it, which such reading would pass over, a
    private copy of both is read.
    """
    uri = path.absolute().as_uri()
    try:
        return _readable(
            sqlite3.connect(f"{uri}?mode=ro", uri=True, check_same_thread=False, isolation_level=None, timeout=BUSY_S)
        )
    except sqlite3.OperationalError:
        if path.with_name(path.name + "-wal").exists():
            return _copy_in_memory(path)
        return _readable(sqlite3.connect(f"{uri}?immutable=1", uri=True, check_same_thread=False, isolation_level=None))


def _readable(connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _copy_in_memory(path: Path) -> sqlite3.Connection:
    with tempfile.TemporaryDirectory() as folder:
        for name in (path.name, path.name + "-wal"):
            shutil.copyfile(path.with_name(name), Path(folder, name))
        copy = sqlite3.connect(Path(folder, path.name))
        memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        try:
            copy.backup(memory)
        except sqlite3.Error:
            memory.close()
            raise
        finally:
            copy.close()
    return _readable(memory)


def reason_of(error: BaseException) -> str:
    """Return what went wrong in words a user can act on.

    Parameters
    ----------
    error : Exception
        Of sqlite3 or of the operating system.
    """
    text = str(error)
    for sign, reason in (
        ("locked", "another program is writing to the project and did not finish; nothing was saved, try again"),
        ("full", "the disk is full; nothing was saved"),
        ("readonly", "the file or its folder cannot be written to; nothing was saved"),
        ("unable to open", "the file cannot be opened here (missing, or no permission for it or its folder)"),
        ("malformed", "the file is damaged; restore a backup copy from beside it"),
        ("not a database", "not a project: the file is not a database"),
        ("disk I/O error", "the disk reported an error (full, over quota or gone?); nothing was saved"),
    ):
        if sign in text:
            return reason
    return text or type(error).__name__


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
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
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


def flush(path: Path) -> None:
    """Have the operating system write a file to the disk now.

    Parameters
    ----------
    path : Path
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Have the operating system write a folder's list of names to the disk, where it can (not on Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        # Some network file systems cannot; the file itself was flushed.
        pass
    finally:
        os.close(handle)


def on_network(path: Path, *, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Return whether a file lies on a network file system, where SQLite's shared-memory log is not safe.

    Parameters
    ----------
    path : Path
    mounts : Path, optional
        The table of mounted file systems (Linux). Where there is none only Windows' answer counts.
    """
    place = path.absolute()
    if sys.platform == "win32":
        import ctypes

        drive = place.drive
        remote = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _WINDOWS_REMOTE_DRIVE
        return drive.startswith("\\\\") or remote
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
        place = place.resolve()
    except OSError:
        return False
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        folder = Path(fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\"))
        if (folder == place or folder in place.parents) and len(folder.parts) >= best:
            best, kind = len(folder.parts), fields[2]
    return kind in _NETWORK_FILE_SYSTEMS or kind.removeprefix("fuse.") in _NETWORK_FUSE


def _advice(path: Path) -> str:
    copy = newest_sound_copy(path)
    if copy is None:
        return "there is no backup copy beside it to restore"
    return f"restore the newest sound backup, {copy.name}, by renaming it to {path.name}"
