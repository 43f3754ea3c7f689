"""Files that are being written beside a project, and what is left of those whose program was killed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import time
import uuid
from pathlib import Path

_SUFFIXES = (".part", ".part-journal", ".part-wal", ".part-shm")
_ABANDONED_AFTER_S = 24 * 3600.0


def unfinished_path(path: Path) -> Path:
    """Return a new name beside a project for a file that gets its final name when it is whole.

    Parameters
    ----------
    path : Path
        The project.

    Notes
    -----
    It says which process of which machine writes it, so that the next one can tell whether it still does.
    """
    return path.with_name(f"{path.name}.{_machine()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.part")


def remove_abandoned(path: Path) -> None:
    """Remove what killed programs left unfinished beside a project.

    Parameters
    ----------
    path : Path
        The project.

    Notes
    -----
    A process of this machine that is gone has abandoned its files; of any other nothing is known, so its files go after a
    day. A file that cannot be removed stays: it harms nobody.
    """
    with contextlib.suppress(OSError):
        for entry in list(path.parent.iterdir()):
            if entry.name.startswith(path.name + ".") and entry.name.endswith(_SUFFIXES) and _is_abandoned(path, entry):
                with contextlib.suppress(OSError):
                    entry.unlink()


def _is_abandoned(path: Path, entry: Path) -> bool:
    words = entry.name[len(path.name) + 1 :].split(".")[0].split("-")
    if os.name == "posix" and len(words) == 3 and words[0] == _machine() and words[1].isdecimal():
        return not _is_running(int(words[1]))
    with contextlib.suppress(OSError):
        return time.time() - entry.stat().st_mtime > _ABANDONED_AFTER_S
    return False


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        # It is somebody else's, or no number of a process.
        return True
    return True


def _machine() -> str:
    return hashlib.blake2b(platform.node().encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
