"""Bytes and text of a file that came from anywhere: regular files only, sizes checked first, encodings named."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats.limits import GZIP_FREE_BYTES, LIMITS, check_limit

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]

_CHUNK = 1 << 20


def read_bytes(path: Path, limit: str) -> bytes:
    """Return the content of a regular file.

    Parameters
    ----------
    path : Path
        Never opened if it is a device, a socket or a FIFO, which could block for ever.
    limit : str
        Name of the limit of its size.

    Raises
    ------
    FormatError
        If it is missing, not a regular file, or cannot be read.
    LimitError
        If it is too large.
    """
    size = check_regular(path).st_size
    try:
        check_limit(path, limit, size)
        # Unbuffered: it is read in one go.
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror or error}") from error


def check_regular(path: Path) -> os.stat_result:
    """Return the status of a regular file (links are followed); raise `FormatError` for anything else."""
    try:
        status = os.stat(path)
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise FormatError(str(path), "is not a possible file name") from error
    if stat.S_ISDIR(status.st_mode):
        raise FormatError(path, "is a folder, a file was expected")
    if not stat.S_ISREG(status.st_mode):
        raise FormatError(path, "is not a regular file")
    return status


def is_gzip(head: bytes) -> bool:
    """Return whether bytes begin like a gzip member."""
    return head[:2] == b"\x1f\x8b"


def is_parquet(head: bytes) -> bool:
    """Return whether bytes begin like a Parquet file."""
    return head[:4] == b"PAR1"


def unpack_gzip(path: Path, limit: str) -> bytes:
    """Return the unpacked content of a gzip file, giving up as soon as it grows past its limits.

    Raises
    ------
    LimitError
        If it unpacks to more than ``limit``, or to more than ``gzip_ratio`` times its size.
    FormatError
        If it is damaged.
    """
    check_regular(path)
    packed = os.stat(path).st_size
    pieces: list[bytes] = []
    unpacked = 0
    try:
        with gzip.open(path, "rb") as stream:
            while piece := stream.read(_CHUNK):
                unpacked += len(piece)
                check_limit(path, limit, unpacked)
                if unpacked > GZIP_FREE_BYTES and unpacked > LIMITS["gzip_ratio"] * packed:
                    raise LimitError(path, "gzip_ratio", LIMITS["gzip_ratio"], unpacked // max(packed, 1), "compressed data")
                pieces.append(piece)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(path, f"compressed data is damaged: {error}") from error
    return b"".join(pieces)


def decode_text(path: Path, data: bytes, *, latin1: bool = False) -> str:
    """Return text from UTF-8 bytes, with or without a byte-order mark.

    Parameters
    ----------
    path : Path
        Named in errors.
    data : bytes
        The content.
    latin1 : bool
        Accept other bytes as Windows-1252 text; the caller says so in a warning.

    Raises
    ------
    FormatError
        If it is UTF-16 or UTF-32, holds NUL bytes, or is not UTF-8 and ``latin1`` is false.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FormatError(path, "the encoding is UTF-16; save it as UTF-8")
    if b"\x00" in data[:_CHUNK]:
        raise FormatError(path, "holds NUL bytes: binary data, or an encoding other than UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if latin1:
            return data.decode("cp1252", errors="replace")
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(path, "the encoding is not UTF-8", f"line {line}") from None


class Digest:
    """The SHA-256 of bytes, computed on another thread where they are many: hashing leaves Python to others meanwhile.

    Parameters
    ----------
    data : bytes
        Must not change.
    """

    def __init__(self, data: bytes) -> None:
        self._data: bytes | None = data
        self._hex = ""
        self._thread = threading.Thread(target=self._compute, name="digest", daemon=True) if len(data) > _CHUNK else None
        if self._thread is None:
            self._compute()
        else:
            self._thread.start()

    def _compute(self) -> None:
        self._hex, self._data = sha256_hex(self._data or b""), None

    def __str__(self) -> str:
        if self._thread is not None:
            self._thread.join()
        return self._hex


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def check_cancelled(path: Path, cancelled: Cancelled | None) -> None:
    """Raise `FormatError` if the reader was told to stop."""
    if cancelled is not None and cancelled():
        raise FormatError(path, "cancelled; nothing was loaded")
