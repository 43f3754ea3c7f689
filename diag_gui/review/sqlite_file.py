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

_ATTEMPTS = 3

_JOURNAL_MODE = slice(18, 20)
"""Where the header of a database says for writers and readers how changes are made."""

_WAL, _NO_LOG = b"\x02\x02", b"\x01\x01"

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
    SQLite makes a log and a shared-memory file beside a database in WAL mode for every reader, and a reader that cannot
    write leaves them there. So nothing is opened where no program has the file open (then no log lies beside it): its bytes
    are read into memory, and once more if somebody wrote meanwhile. Where a log is waiting that nobody shares, a private copy
    of both is read, for the same reason. Only beside a program at work does the reader join in; the files are that program's.
    """
    for _ in range(_ATTEMPTS):
        log_exists, is_shared = _beside(path, "-wal").exists(), _beside(path, "-shm").exists()
        if not _has_log(path) or (log_exists and is_shared):
            break
        if log_exists:
            return _copy_in_memory(path)
        content = _content_at_rest(path)
        if content is not None:
            return _in_memory(content)
    uri = path.absolute().as_uri()
    try:
        return _readable(
            sqlite3.connect(f"{uri}?mode=ro", uri=True, check_same_thread=False, isolation_level=None, timeout=BUSY_S)
        )
    except sqlite3.OperationalError:
        if _beside(path, "-wal").exists():
            return _copy_in_memory(path)
        return _readable(sqlite3.connect(f"{uri}?immutable=1", uri=True, check_same_thread=False, isolation_level=None))


def log_size(path: Path) -> int:
    """Return the bytes of the log beside a database; 0 without one."""
    try:
        return _beside(path, "-wal").stat().st_size
    except OSError:
        return 0


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _has_log(path: Path) -> bool:
    """Return whether a database is in WAL mode."""
    try:
        with path.open("rb") as file:
            return file.read(_JOURNAL_MODE.stop)[_JOURNAL_MODE] == _WAL
    except OSError:
        return False


def _content_at_rest(path: Path) -> bytes | None:
    """Return the bytes of a database that nobody writes to; None if somebody began to."""
    try:
        before = path.stat()
        content = path.read_bytes()
        after = path.stat()
    except OSError as error:
        raise sqlite3.OperationalError("unable to open database file") from error
    unchanged = (before.st_ino, before.st_size, before.st_mtime_ns) == (after.st_ino, after.st_size, after.st_mtime_ns)
    return content if unchanged and not _beside(path, "-wal").exists() else None


def _in_memory(content: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    try:
        # A database in memory cannot be in WAL mode; there is no log whose content would be missed.
        connection.deserialize(content[: _JOURNAL_MODE.start] + _NO_LOG + content[_JOURNAL_MODE.stop :])
    except sqlite3.Error:
        connection.close()
        raise
    return _readable(connection)


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
