"""What large files were read into, kept in the user's cache folder so that opening them again is a matter of mapping.

An entry is two files named by a key: ``KEY.columns`` (`column_file`), which says the SHA-256 of what it was read from, and
``KEY.seen`` (`source_stamp`), which says by what to know that the file is still that. The key is made of the path, of what it was
read as and against, and of the program's version and the state of its readers: what other code read is another entry. Both are
written beside their place and renamed, so that no half of one is ever read, whoever writes at the same time; as each says the
SHA-256, one of this writer and one of that do no harm either. An entry that is damaged, or of a file that changed, is as if it
were not there, which is said in the log at level debug. It never is an error: without a cache everything is read.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import diag_gui
from diag_gui.kept_files import KeptFiles, cache_folder

if TYPE_CHECKING:
    from diag_gui.formats.cache_entry import CacheEntry

MAX_BYTES = 4 << 30
"""Bytes of all entries together; beyond it those go that were used least recently."""

MIN_SOURCE_BYTES = 8 << 20
"""Smallest file that is kept. Keeping one of 8 MiB takes a fifth of the time to read it, once, and saves 20 ms each time after
that; there is less to be had from smaller ones."""

MAX_SHARE_OF_FREE = 0.25
"""Share of the free space of the disk that one entry may take."""


class ColumnCache:
    """The entries in one folder, which any number of processes may share.

    Parameters
    ----------
    folder : Path, optional
        Made when the first entry is written; default ``columns`` in the user's cache folder.
    max_bytes : int
    min_source_bytes : int
        See `MAX_BYTES` and `MIN_SOURCE_BYTES`.

    Attributes
    ----------
    files : KeptFiles
        The files of the entries.
    """

    def __init__(
        self, folder: Path | None = None, *, max_bytes: int = MAX_BYTES, min_source_bytes: int = MIN_SOURCE_BYTES
    ) -> None:
        self.files = KeptFiles(folder or cache_folder() / "columns", ".columns", max_bytes, beside=".seen")
        self._max_bytes, self._min_source_bytes = max_bytes, min_source_bytes

    def entry(self, source: Path, role: str, against: Callable[[], str] = str) -> CacheEntry | None:
        """Return the place of what a file was read into; None where the file is not worth one.

        Parameters
        ----------
        source : Path
        role : str
            What it is read as.
        against : callable
            Gives the digest of whatever else the outcome depends on; asked for large files only.
        """
        try:
            if source.stat().st_size < self._min_source_bytes:
                return None
        except (OSError, ValueError):
            # Whoever reads it says what is wrong with it.
            return None
        # Most files are small, and a short command is over before this is imported.
        from diag_gui.formats.cache_entry import CacheEntry
        from diag_gui.formats.source_stamp import stamp_of

        stamp = stamp_of(source)
        if stamp is None:
            return None
        parts = (os.path.abspath(source), role, against(), diag_gui.__version__, _state_of_readers())
        key = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return CacheEntry(self, source, self.files.folder / key, stamp, time.time_ns())

    def has_room(self, n_bytes: int) -> bool:
        """Return whether an entry of this size may be written."""
        # Of a large file only, which takes longer to read than this to import.
        import shutil

        self.files.folder.mkdir(parents=True, exist_ok=True)
        return n_bytes <= self._max_bytes and n_bytes <= MAX_SHARE_OF_FREE * shutil.disk_usage(self.files.folder).free


@cache
def _state_of_readers() -> str:
    """Return a digest of size and time of the files that readers consist of: what other readers made is not theirs."""
    package = Path(diag_gui.__file__).parent
    digest = hashlib.sha256()
    for folder in (package / "data", package / "formats", package / "formats" / "_kernels"):
        try:
            with os.scandir(folder) as entries:
                files = [(entry.name, entry.stat()) for entry in entries if entry.is_file()]
        except OSError:
            continue
        states = sorted((name, about.st_size, about.st_mtime_ns) for name, about in files)
        digest.update(repr(states).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
