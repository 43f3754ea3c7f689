"""The project file as a file: reading it anywhere, flushing it, what its errors mean, what kind of disk it lies on."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SUFFIX = ".diag"

BUSY_S = 15.0
"""How long a writer waits for another program to finish."""

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
