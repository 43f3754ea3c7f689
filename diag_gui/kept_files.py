"""Files that a cache keeps in a folder of its own: written whole or not at all, those used least recently out first."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_ABANDONED_S = 3600
"""Age of a file that nobody finished writing, after which it is taken away."""


def cache_folder() -> Path:
    """Return the user's cache folder; ``DIAG_GUI_CACHE`` names another."""
    named = os.environ.get("DIAG_GUI_CACHE")
    if named:
        return Path(named)
    # A program that is told where its cache lies need not ask the system.
    import platformdirs

    return platformdirs.user_cache_path("diag-gui", appauthor=False)


class KeptFiles:
    """The files of one cache, which any number of processes may share.

    Parameters
    ----------
    folder : Path
        Made when the first file is written.
    suffix : str
        Of a file that is kept.
    max_bytes : int
        Of all files together.
    beside : str
        Suffix of a small file that says something about one that is kept and goes with it; empty if there is none.
    """

    def __init__(self, folder: Path, suffix: str, max_bytes: int, *, beside: str = "") -> None:
        self.folder = folder
        self._suffix, self._max_bytes, self._beside = suffix, max_bytes, beside

    def write(self, path: Path, content: Callable[[BinaryIO], None]) -> None:
        """Write a file of the folder, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        staging = path.with_name(f".{path.name}.{os.urandom(6).hex()}.partial")
        try:
            with open(staging, "xb") as file:
                content(file)
            os.replace(staging, path)
        finally:
            staging.unlink(missing_ok=True)

    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(file.n_bytes for file in self._files())

    def empty(self) -> int:
        """Delete every file and return how many bytes that freed. What somebody has mapped lives on until they let go of it."""
        return sum(file.n_bytes for file in self._files() if _deleted(file.path))

    def prune(self, newest: str) -> list[Path]:
        """Delete what was used least recently, down to the size allowed, and what nobody finished writing.

        Parameters
        ----------
        newest : str
            Name, without suffix, of the file that stays.

        Returns
        -------
        list of Path
            What was deleted.
        """
        files = self._files()
        total = sum(file.n_bytes for file in files)
        deleted = []
        for file in sorted(files, key=lambda file: file.used_ns):
            is_abandoned = file.path.suffix == ".partial" and time.time_ns() - file.used_ns > _ABANDONED_S * 10**9
            is_too_much = total > self._max_bytes and file.path.stem != newest and file.path.suffix == self._suffix
            if (is_abandoned or is_too_much) and _deleted(file.path):
                total -= file.n_bytes
                deleted.append(file.path)
                if self._beside:
                    _deleted(file.path.with_suffix(self._beside))
        return deleted

    def _files(self) -> list[_KeptFile]:
        found: list[_KeptFile] = []
        ours = tuple(filter(None, (self._suffix, self._beside, ".partial")))
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if entry.name.endswith(ours) and entry.is_file(follow_symlinks=False):
                        about = entry.stat(follow_symlinks=False)
                        # Whoever uses a file sets one of the two.
                        found.append(_KeptFile(Path(entry.path), about.st_size, max(about.st_atime_ns, about.st_mtime_ns)))
        except OSError:
            # Nothing was kept yet, or somebody is emptying it at this moment.
            return found
        return found


@dataclass(frozen=True, slots=True)
class _KeptFile:
    path: Path
    n_bytes: int
    used_ns: int


def _deleted(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
