"""Reading formats of one file per image: each file is read once, a broken one among many is named and passed over."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from diag_gui.data.read_report import ProblemLog
from diag_gui.exceptions import FormatError
from diag_gui.formats.export_folder import MANIFEST_NAME, is_export
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled, read_bytes
from diag_gui.formats.folder_listing import files_below, tell_listing

T = TypeVar("T")
_STEP = 4096


@dataclass
class EachFile:
    """The files of a folder, or one file, in order of their paths.

    Attributes
    ----------
    path : Path
        What the user pointed at.
    files : sequence of Path
    limit : str
        Name of the limit of one file's size.
    problem : str
        Code under which a file that cannot be read is noted.
    log : ProblemLog
    progress, cancelled : callable or None
        As in every reader.
    """

    path: Path
    files: Sequence[Path]
    limit: str
    problem: str
    log: ProblemLog
    progress: Progress | None = None
    cancelled: Cancelled | None = None
    _digest: Any = field(default_factory=hashlib.sha256)

    @cached_property
    def _label_folder(self) -> str:
        """Return the folder that holds all files, with a separator behind it."""
        parents = {os.path.dirname(str(file)) for file in self.files}
        return os.path.join(os.path.commonpath(parents), "") if parents else ""

    def image_of(self, file: Path) -> str:
        """Return the name of the picture that a file is called after: without ending, from the folder that holds all files on."""
        return os.path.splitext(str(file)[len(self._label_folder) :])[0].replace(os.sep, "/")

    @property
    def sha256(self) -> str:
        """Digest of names and contents of all files that were read so far."""
        return str(self._digest.hexdigest())

    def parsed(self, parse: Callable[[Path, bytes], T]) -> Iterator[tuple[str, Path, T]]:
        """Yield the name to show, the path, and what ``parse(path, content)`` makes of each file.

        Raises
        ------
        FormatError
            What ``parse`` raises where there is one file only, or where not one of many could be read.
        """
        start = os.path.join(str(self.path if self.path.is_dir() else self.path.parent), "")
        n_read = 0
        for place, file in enumerate(self.files):
            if place % 256 == 0:
                check_cancelled(self.path, self.cancelled)
                if self.progress is not None:
                    self.progress(place / len(self.files))
            full = str(file)
            shown = full[len(start) :].replace(os.sep, "/") if full.startswith(start) else file.name
            data = b""
            try:
                data = read_bytes(file, self.limit)
                content = parse(file, data)
            except FormatError as error:
                if len(self.files) == 1:
                    raise
                self.log.add(self.problem, shown, ": ".join(part for part in (error.record, error.reason) if part), drops=False)
                continue
            finally:
                self._digest.update(f"{shown}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
            n_read += 1
            yield shown, file, content
        if self.files and not n_read:
            raise FormatError(self.path, f"not one of {len(self.files):,} files could be read")


def files_ending(path: Path, *endings: str) -> list[Path]:
    """Return the files below a folder with one of the endings, sorted by path, or the file itself.

    The manifest of an export is left out: it is about the labels beside it.

    Raises
    ------
    FormatError
        If there is none.
    """
    if path.is_file():
        return [path]
    files = files_below(path, frozenset(endings), only_regular=True)
    if MANIFEST_NAME in files and len(files) > 1 and is_export(path):
        files.remove(MANIFEST_NAME)
    if not files:
        raise FormatError(path, f"no {' or '.join(endings)} files were found here")
    found: list[Path] = []
    for first in range(0, len(files), _STEP):
        tell_listing(path)
        found += [path / name for name in files[first : first + _STEP]]
    return found
