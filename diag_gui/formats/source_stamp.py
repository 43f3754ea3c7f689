"""Is a file still the one that was read? Answered by its stamp where that is proof, else by its whole content.

Notes
-----
Size and time of change alone are no proof: a file that is written twice within one tick of the clock of its file system has the
same time both times, and copying tools set times back. So

* the stamp holds the time of the last change of the file's *inode* as well, which no program can set, and the inode itself: a
  file put in place of another has another;
* a stamp is proof only if the file had been at rest for `SETTLED_NS` when reading began: whatever is written after that gets a
  later time, on any clock with ticks up to 2 s (FAT's, the coarsest in use). Version control looks at it the same way: entries
  as young as its index are "racily clean" and compared by content;
* a few blocks spread over the file are compared even then, which costs half a millisecond: it is the guard on file systems that
  keep no time of the inode.

Everything else is decided by the SHA-256 of the whole content, at more than a gigabyte per second still much faster than
reading it. A file that is touched, copied over by its equal or checked out again is known by that, and its new stamp is kept.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path

import msgspec

from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled

SETTLED_NS = 3_000_000_000
_BLOCK = 4096
_N_BLOCKS = 32
_HASHED_AT_ONCE = 4 << 20


class Stamp(msgspec.Struct, frozen=True):
    """What the file system says of a file.

    Attributes
    ----------
    size : int
        Bytes.
    modified_ns, changed_ns : int
        Last change of the content, and of the inode (on Windows its creation).
    inode, device : int
    """

    size: int
    modified_ns: int
    changed_ns: int
    inode: int
    device: int

    def is_settled(self, now_ns: int) -> bool:
        """Return whether a file that is read from ``now_ns`` on cannot change later and have this stamp."""
        return max(self.modified_ns, self.changed_ns) + SETTLED_NS < now_ns


class Seen(msgspec.Struct, frozen=True):
    """A file as it was when it was read.

    Attributes
    ----------
    stamp : Stamp
    is_proof : bool
        Whether the stamp was settled.
    sample : str
        Digest of a few blocks.
    sha256 : str
        Of the whole content.
    """

    stamp: Stamp
    is_proof: bool
    sample: str
    sha256: str


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a regular file; None of anything else."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return stamp_of_status(found) if stat.S_ISREG(found.st_mode) else None


def stamp_of_status(found: os.stat_result) -> Stamp:
    """Return the stamp of a file by its status."""
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def sample_of(path: Path, size: int) -> str:
    """Return the digest of the first block of a file, the last, and those evenly spread between.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        for place in range(_N_BLOCKS):
            file.seek(max(0, size - _BLOCK) * place // (_N_BLOCKS - 1))
            digest.update(file.read(_BLOCK))
    return digest.hexdigest()


def sha256_of(path: Path, *, progress: Progress | None = None, cancelled: Cancelled | None = None) -> str:
    """Return the SHA-256 of a file.

    Raises
    ------
    OSError
        If it cannot be read.
    FormatError
        If it is told to stop.
    """
    digest = hashlib.sha256()
    buffer = bytearray(_HASHED_AT_ONCE)
    view = memoryview(buffer)
    with open(path, "rb", buffering=0) as file:
        size = max(1, os.fstat(file.fileno()).st_size)
        done = 0
        while n := file.readinto(buffer):
            digest.update(view[:n])
            done += n
            check_cancelled(path, cancelled)
            if progress is not None:
                progress(min(1.0, done / size))
    return digest.hexdigest()


def seen_now(path: Path, stamp: Stamp, began_ns: int, sha256: str) -> Seen | None:
    """Return what is to be remembered of a file that was read from ``began_ns`` on; None if it changed meanwhile.

    Parameters
    ----------
    path : Path
    stamp : Stamp
        From before it was read.
    began_ns : int
    sha256 : str
        Of what was read.
    """
    try:
        sample = sample_of(path, stamp.size)
    except OSError:
        return None
    return Seen(stamp, stamp.is_settled(began_ns), sample, sha256) if stamp_of(path) == stamp else None


def is_still(
    seen: Seen, path: Path, stamp: Stamp, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[bool, Seen]:
    """Return whether a file is the one that was seen, and what is to be remembered of it now.

    Parameters
    ----------
    seen : Seen
    path : Path
    stamp : Stamp
        Of the file now.
    progress, cancelled : callable, optional
        As in every reader.

    Raises
    ------
    OSError
        If it cannot be read.
    FormatError
        If it is told to stop.
    """
    if stamp.size != seen.stamp.size or sample_of(path, stamp.size) != seen.sample:
        return False, seen
    if seen.is_proof and stamp == seen.stamp:
        return True, seen
    began_ns = time.time_ns()
    if sha256_of(path, progress=progress, cancelled=cancelled) != seen.sha256:
        return False, seen
    now = seen_now(path, stamp, began_ns, seen.sha256)
    return now is not None, now or seen
