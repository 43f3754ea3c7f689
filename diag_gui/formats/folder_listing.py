"""What lies in folders: listed once while data is opened, told by count meanwhile, and given up between batches.

A folder of a hundred thousand files is asked for several times while it is opened: to tell its format, to pair labels with
pictures, to find the folder of the pictures. Within `listing` each folder is read once. Whoever opens data says there who wants
to hear how many files were found so far, and who may call it off; the readers in between need not know.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import Cancelled

Found = Callable[[int], None]
"""Told how many files were found so far."""

_BATCH = 1000
NOT_DATA = "__MACOSX"
"""Folder that archives of one system carry beside the data, with a file of a few bytes for each."""


@dataclass(frozen=True, slots=True)
class FolderEntries:
    """One folder.

    Attributes
    ----------
    files : tuple of str
        Names of everything that is no folder, sorted.
    folders : tuple of str
        Names of folders, those behind links left out, so that a loop of links ends; sorted.
    not_regular : frozenset of str
        Those of ``files`` that are links to nothing, devices, pipes.
    """

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    not_regular: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Listing:
    """What was listed so far."""

    found: Found | None
    cancelled: Cancelled | None
    pointed_at: Path | None = None
    entries: dict[str, FolderEntries] = field(default_factory=dict)
    n_found: int = 0

    def tell(self, folder: str, n: int) -> None:
        self.n_found += n
        if self.cancelled is not None and self.cancelled():
            raise FormatError(folder, "cancelled; nothing was loaded")
        if self.found is not None and self.n_found:
            self.found(self.n_found)


_CURRENT: ContextVar[_Listing | None] = ContextVar("listing", default=None)


@contextmanager
def listing(found: Found | None = None, cancelled: Cancelled | None = None, pointed_at: Path | None = None) -> Iterator[None]:
    """Remember within what lies in folders, and tell how many files were found.

    Parameters
    ----------
    found : callable, optional
        Told after each batch. An outer `listing` that has one is told instead.
    cancelled : callable, optional
        Asked after each batch; then listing stops with `FormatError`.
    pointed_at : Path, optional
        The folder that somebody pointed at, in which the labels may lie deep.
    """
    outer = _CURRENT.get()
    inner = _Listing(found, cancelled, pointed_at)
    if outer is not None:
        inner = _Listing(outer.found or found, cancelled or outer.cancelled, pointed_at, outer.entries, outer.n_found)
    token = _CURRENT.set(inner)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def pointed_at() -> Path | None:
    """Return the folder that somebody pointed at, as `listing` was told; None where it was not."""
    current = _CURRENT.get()
    return None if current is None else current.pointed_at


def tell_listing(folder: Path | str) -> None:
    """Tell whoever opens data that its folders are still gone through; raise `FormatError` if it was called off."""
    current = _CURRENT.get()
    if current is not None:
        current.tell(str(folder), 0)


def entries_of(folder: Path | str) -> FolderEntries:
    """Return what lies in a folder; nothing where it cannot be read.

    Raises
    ------
    FormatError
        If it was called off.
    """
    path = str(folder)
    current = _CURRENT.get()
    if current is None:
        return _entries(path, _Listing(None, None))
    if path not in current.entries:
        current.entries[path] = _entries(path, current)
    return current.entries[path]


def check_folder(folder: Path) -> None:
    """Raise `FormatError` if a folder cannot be read."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise FormatError(folder, f"cannot be read: {error.strerror or error}") from error


def _entries(path: str, current: _Listing) -> FolderEntries:
    files: list[str] = []
    folders: list[str] = []
    odd: list[str] = []
    told = 0
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                try:
                    is_folder, is_file = entry.is_dir(), entry.is_file()
                except OSError:
                    is_folder = is_file = False
                if is_folder:
                    if not entry.is_symlink():
                        folders.append(entry.name)
                    continue
                files.append(entry.name)
                if not is_file:
                    odd.append(entry.name)
                if len(files) - told == _BATCH:
                    current.tell(path, _BATCH)
                    told = len(files)
    except OSError:
        return FolderEntries()
    current.tell(path, len(files) - told)
    files.sort()
    folders.sort()
    return FolderEntries(tuple(files), tuple(folders), frozenset(odd))


def files_below(
    folder: Path | str, endings: frozenset[str], *, only_regular: bool = False, most_folders: int | None = None
) -> list[str]:
    """Return the files below a folder with one of the endings, in lower case, as sorted relative paths with ``/``.

    Names stay text as long as they can: a hundred thousand path objects take seconds to make and sort. Hidden files and folders
    are left out, and all beyond ``most_folders``.

    Raises
    ------
    FormatError
        If it was called off.
    """
    found: list[str] = []
    waiting = [(str(folder), "")]
    tell_listing(folder)
    n_folders = 0
    while waiting and n_folders != most_folders:
        path, prefix = waiting.pop()
        n_folders += 1
        here = entries_of(path)
        found += [
            prefix + name
            for name in here.files
            if name[0] != "." and name[name.rfind(".") :].lower() in endings
            and not (only_regular and name in here.not_regular)
        ]  # fmt: skip
        waiting += [
            (os.path.join(path, name), f"{prefix}{name}/") for name in here.folders if name[0] != "." and name != NOT_DATA
        ]
    return sorted(found)
