"""The content of a file block by block, unpacked where it is gzip, and hashed on the way.

Blocks are read into memory of our own, never mapped: a mapped file that another program cuts short kills whoever touches it
(SIGBUS), and one that is changed changes under the reader's hands. Here the former is an early end, and both are noticed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats.file_reading import check_regular, is_gzip
from diag_gui.formats.limits import GZIP_FREE_BYTES, LIMITS, check_limit

BLOCK = 1 << 20
"""Bytes read at once: what fits a processor's second cache together with the columns that are made of it."""

_WORTH_A_THREAD = 4 << 20


class BlockDigest:
    """The SHA-256 of blocks in the order they are added, computed by a thread of its own where they are many.

    Parameters
    ----------
    size : int
        Bytes to come, about.
    """

    def __init__(self, size: int) -> None:
        self._hash = hashlib.sha256()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="digest") if size > _WORTH_A_THREAD else None
        self._last: Future[None] | None = None

    def add(self, block: memoryview) -> Future[None] | None:
        """Add a block, which must not change until the answer is done; None says it is done already."""
        if self._pool is None:
            self._hash.update(block)
            return None
        self._last = self._pool.submit(self._hash.update, block)
        return self._last

    def close(self) -> None:
        """Let the thread end after what was added."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)

    def __str__(self) -> str:
        if self._last is not None:
            self._last.result()
        return self._hash.hexdigest()


class _Hashed(io.RawIOBase):
    """A file that adds whatever is read of it to a digest."""

    def __init__(self, file: io.FileIO, digest: BlockDigest) -> None:
        super().__init__()
        self._file, self._digest = file, digest

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        n = self._file.readinto(target) or 0
        done = self._digest.add(memoryview(target)[:n])
        if done is not None:
            done.result()
        return n


class FileBlocks:
    """A regular file, read once from beginning to end.

    Parameters
    ----------
    path : Path
    limit : str
        Name of the limit of its size, packed and unpacked.

    Attributes
    ----------
    size : int or None
        Bytes that will be read; None for gzip, where nobody knows.

    Raises
    ------
    FormatError
        If it is missing, not a regular file, or cannot be read.
    LimitError
        If it is too large.
    """

    def __init__(self, path: Path, limit: str) -> None:
        check_regular(path)
        self._path, self._limit = path, limit
        self._read = 0
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise FormatError(path, f"cannot be read: {error.strerror or error}") from error
        self._state = self._file_state()
        packed = self._state[0]
        self.digest = BlockDigest(packed)
        self._unpacked: gzip.GzipFile | None = None
        try:
            check_limit(path, limit, packed)
            head = self._file.read(2)
            self._file.seek(0)
        except (OSError, LimitError) as error:
            self._file.close()
            if isinstance(error, LimitError):
                raise
            raise FormatError(path, f"cannot be read: {error.strerror or error}") from error
        if is_gzip(head):
            self._unpacked = gzip.GzipFile(fileobj=io.BufferedReader(_Hashed(self._file, self.digest), BLOCK), mode="rb")
        self.size = None if self._unpacked is not None else packed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        self.digest.close()

    def read_into(self, target: memoryview) -> tuple[int, Future[None] | None]:
        """Fill ``target`` as far as the file goes.

        Returns
        -------
        n : int
            Bytes that were read; fewer than there is room for only at the end.
        hashed : Future or None
            Done when the bytes may change again.
        """
        n = 0
        source = self._unpacked if self._unpacked is not None else self._file
        try:
            while n < len(target) and (more := source.readinto(target[n:])):
                n += more
        except (OSError, EOFError, zlib.error) as error:
            if self._unpacked is not None:
                raise FormatError(self._path, f"compressed data is damaged: {error}") from error
            raise FormatError(self._path, f"cannot be read: {error}") from error
        self._read += n
        check_limit(self._path, self._limit, self._read)
        if self._unpacked is None:
            return n, self.digest.add(target[:n])
        packed = self._state[0]
        if self._read > GZIP_FREE_BYTES and self._read > LIMITS["gzip_ratio"] * packed:
            raise LimitError(self._path, "gzip_ratio", LIMITS["gzip_ratio"], self._read // max(packed, 1), "compressed data")
        return n, None

    def check_unchanged(self) -> None:
        """Raise `FormatError` if the file is not what it was when it was opened: its parts would not belong together."""
        if self._file_state() != self._state or (self.size is not None and self._read != self.size):
            raise FormatError(self._path, "was changed while it was read; open it again")

    def _file_state(self) -> tuple[int, int]:
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns
