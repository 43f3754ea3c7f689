"""The one connection of a store to its SQLite file: made, opened, migrated, copied and closed here. Imports SQLAlchemy."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from diag_gui.exceptions import StoreError
from diag_gui.review import backup_copies, examination, schema, sqlite_file
from diag_gui.review.unfinished import remove_abandoned, unfinished_path

_BEGIN = "diag_gui_begin"

_SAFE_CHECKPOINTS = (3, 51, 3)
"""Older SQLite can lose a transaction when two connections write and checkpoint at the same instant (the WAL-reset bug)."""

LOG_BYTES = 4 << 20
"""How much the log beside the file grows before it is moved into the file; what SQLite itself takes by default."""

MIGRATIONS: tuple[Callable[[Connection], None], ...] = ()
"""Step i changes schema version i + 1 into i + 2, inside the transaction that also raises ``user_version``."""


class Database:
    """A project file with one connection, which every thread takes in turn.

    Parameters
    ----------
    path : Path
    read_only : bool
        Whether the file is opened so that it cannot be written to.

    Raises
    ------
    StoreError
        If the file is not a sound project that this program may use.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self._lock = threading.RLock()
        self._closed = False
        with self._failures():
            version = examination.examine(path, known_tables=schema.TABLE_NAMES)
        if read_only:
            examination.refuse_older(path, version)
        with self._failures():
            self._raw = sqlite_file.connect_read_only(path) if read_only else _connect(path)
        self._engine = _engine(self._raw)
        self._is_away = False
        self._longest_log = LOG_BYTES
        try:
            with self._failures():
                self._identity = _identity(path)
                if version < examination.SCHEMA_VERSION:
                    backup_copies.keep_copy(self._raw, path)
                    self._migrate()
        except BaseException:
            self._dispose()
            raise

    @classmethod
    def create(cls, path: Path, fill: Callable[[Connection], None]) -> Database:
        """Make a new project; the file appears whole or not at all.

        Parameters
        ----------
        path : Path
            Must not exist.
        fill : callable
            Writes the first facts.

        Raises
        ------
        StoreError
            If it exists or cannot be written.
        """
        remove_abandoned(path)
        unfinished = unfinished_path(path)
        try:
            raw = sqlite3.connect(unfinished, isolation_level=None, check_same_thread=False)
            engine = _engine(raw)
            try:
                with engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
                    schema.metadata.create_all(connection)
                    fill(connection)
                    connection.exec_driver_sql(f"PRAGMA application_id = {examination.APPLICATION_ID}")
                    connection.exec_driver_sql(f"PRAGMA user_version = {examination.SCHEMA_VERSION}")
            finally:
                engine.dispose()
                raw.close()
            sqlite_file.flush(unfinished)
            _name(unfinished, path)
            sqlite_file.flush_folder(path.parent)
        except FileExistsError as error:
            raise StoreError(path, "exists already; a project is never overwritten") from error
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreError(path, f"cannot be created: {sqlite_file.reason_of(_cause(error))}") from error
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
        return cls(path, read_only=False)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the project throughout.

        Raises
        ------
        StoreError
            If the project cannot be read.
        """
        with self._lock, self._failures():
            self._check_open()
            with self._engine.begin() as connection:
                yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that no other writer comes between; what it wrote is on disk when the block ends.

        Raises
        ------
        StoreError
            If nothing was written: another program held the file too long, the disk is full, the file was replaced, ...
        """
        if self.read_only:
            raise StoreError(self.path, "opened for reading only; nothing was saved")
        with self._lock, self._failures():
            self._check_open()
            self._check_same_file()
            with self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
                yield connection
            # Once more: a commit into a file that lost its name is not kept.
            self._check_same_file()
            self._shorten_log()

    def keep_copy(self) -> Path:
        """Write a dated copy beside the project; see `backup_copies.keep_copy`.

        Raises
        ------
        StoreError
        """
        with self._lock, self._failures():
            self._check_open()
            return backup_copies.keep_copy(self._raw, self.path)

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        with self._lock:
            self._dispose()

    def _dispose(self) -> None:
        if not self._closed:
            self._closed = True
            self._engine.dispose()
            self._raw.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(self.path, "the project is closed")
        if self._is_away:
            self._reconnect()

    def _shorten_log(self) -> None:
        """Move a log that grew long into the file, which closing does where no other program has the project open.

        Notes
        -----
        While others have it open the log goes on growing, and it is tried again when it is longer by as much.
        """
        if sqlite3.sqlite_version_info >= _SAFE_CHECKPOINTS or sqlite_file.log_size(self.path) < self._longest_log:
            return
        self._engine.dispose()
        self._raw.close()
        self._is_away = True
        # What was to be kept is kept: who comes next hears why the file cannot be opened any more.
        with contextlib.suppress(sqlite3.Error):
            self._reconnect()
        self._longest_log = sqlite_file.log_size(self.path) + LOG_BYTES

    def _reconnect(self) -> None:
        self._raw = _connect(self.path)
        self._engine = _engine(self._raw)
        self._is_away = False

    def _check_same_file(self) -> None:
        try:
            same = _identity(self.path) == self._identity
        except OSError:
            same = False
        if not same:
            raise StoreError(self.path, "the project was moved, deleted or replaced while it was open; nothing was saved")

    def _migrate(self) -> None:
        with self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
            # Read again: another program may have brought the file up to date while this one waited.
            version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
            for step in MIGRATIONS[version - 1 : examination.SCHEMA_VERSION - 1]:
                step(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {examination.SCHEMA_VERSION}")

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreError(self.path, sqlite_file.reason_of(_cause(error))) from error


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection for writing whose commits survive a power cut."""
    raw = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=sqlite_file.BUSY_S
    )
    try:
        raw.execute("PRAGMA trusted_schema = OFF")
        raw.execute("PRAGMA cell_size_check = ON")
        wanted = "DELETE" if sqlite_file.on_network(path) else "WAL"
        raw.execute(f"PRAGMA journal_mode = {wanted}")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA foreign_keys = ON")
        if sqlite3.sqlite_version_info < _SAFE_CHECKPOINTS:
            # Then only the last connection to close moves the log into the file, when it is alone with it.
            raw.execute("PRAGMA wal_autocheckpoint = 0")
    except BaseException:
        raw.close()
        raise
    return raw


def _engine(raw: sqlite3.Connection) -> Engine:
    """Return an engine that uses the one connection and leaves transactions to us."""
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # sqlite3's own transaction control starts late and never with a write lock.
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine


def _name(unfinished: Path, path: Path) -> None:
    """Give a finished file its name; an existing file is left alone."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise
    except OSError:
        # No hard links here (FAT, some network file systems).
        if path.exists():
            raise FileExistsError(path) from None
        os.rename(unfinished, path)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _cause(error: BaseException) -> BaseException:
    original: Any = getattr(error, "orig", None)
    return original if isinstance(original, BaseException) else error
