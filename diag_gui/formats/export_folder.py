"""The folder an export is written to: complete or not there, and never anything outside it.

Files are written to a hidden folder beside the target, which is renamed when everything is in place. A folder of that
name is replaced only when that was asked for and the folder is itself an export.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from types import TracebackType

from diag_gui.exceptions import ExportError

MANIFEST_NAME = "manifest.json"
PROGRAM_NAME = "diag-gui"

_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$")
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f\\]')
_NO_UTF8 = re.compile("[\udc80-\udcff]")
_LONGEST_NAME = 200
_LONGEST_WRITTEN_NAME = 240


def portable_name(name: str, longest: int = _LONGEST_NAME) -> str:
    """Return ``name`` as one path component of at most ``longest`` bytes that every common file system accepts.

    Notes
    -----
    Windows refuses device names (``aux.txt``), ``<>:"|?*``, and ends in a dot or blank. A dot in front hides a file, and readers
    of folders pass hidden files over. A name that is too long keeps its start and its ending and gets part of its digest, so
    that two long names stay two.
    """
    cleaned = unicodedata.normalize("NFC", readable_name(name)).encode("utf-8", "replace").decode("utf-8")
    cleaned = _FORBIDDEN.sub("_", cleaned).rstrip(". ") or "_"
    if cleaned.startswith("."):
        cleaned = f"_{cleaned[1:]}"
    if _RESERVED.match(cleaned):
        cleaned = f"_{cleaned}"
    if len(cleaned.encode("utf-8")) > longest:
        stem, dot, ending = cleaned.rpartition(".")
        ending = dot + ending if dot and len(ending) <= 10 else ""
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        room = longest - len(ending.encode("utf-8")) - 13
        start = (stem if ending else cleaned).encode("utf-8")[:room].decode("utf-8", "ignore")
        cleaned = f"{start}_{digest}{ending}"
    return cleaned


def readable_name(name: str) -> str:
    """Return ``name`` with the bytes that are no UTF-8, as old file systems have them, written out: ``caf_E9.jpg``."""
    return _NO_UTF8.sub(lambda found: f"_{ord(found[0]) - 0xDC00:02X}", name)


def portable_path(relative: str, longest: int = _LONGEST_NAME) -> str:
    """Return ``relative`` with ``/``, without drive, root, ``.`` or ``..``, each component by `portable_name`; never empty."""
    parts = [part for part in relative.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(portable_name(part, longest) for part in parts) or "_"


class ExportFolder:
    """A folder in the making; a context that renames it into place on success and removes it on any failure.

    Parameters
    ----------
    target : Path
        Where the export shall be. Its parents are made.
    overwrite : bool
        Replace an earlier export of this program.
    inputs : iterable of Path
        Files and folders that are read; the target may not be or contain one of them.

    Raises
    ------
    ExportError
        On entering, if the target is in the way or cannot be made.
    """

    def __init__(self, target: Path, *, overwrite: bool = False, inputs: Iterable[Path] = ()) -> None:
        self.target = Path(target)
        self._overwrite = overwrite
        self._inputs = tuple(inputs)
        self._staging = self.target
        self._taken: set[str] = set()

    def __enter__(self) -> ExportFolder:
        self._check_target()
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._staging = _hidden_folder_beside(self.target, ".partial")
        except OSError as error:
            raise ExportError(self.target, f"cannot write there: {error.strerror or error}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._put_in_place()
        finally:
            shutil.rmtree(self._staging, ignore_errors=True)
        if isinstance(error, OSError):
            raise ExportError(self.target, f"writing failed: {error.strerror or error}") from error

    def reserve(self, relative: str) -> str:
        """Return a portable relative path for ``relative`` that no other file of the export has, whatever the case.

        Returns
        -------
        str
            With ``/``. ``name__2.ending`` where another file differs from it in case or form only.
        """
        # Longer than names taken from data may be: an ending can be put to a name that is portable already.
        wanted = portable_path(relative, _LONGEST_WRITTEN_NAME)
        path = PurePosixPath(wanted)
        number = 2
        while wanted.casefold() in self._taken:
            wanted = str(path.with_name(f"{path.stem}__{number}{path.suffix}"))
            number += 1
        self._taken.add(wanted.casefold())
        return wanted

    def path(self, reserved: str) -> Path:
        """Return where the file reserved as ``reserved`` is to be written, its folder made."""
        path = self._staging.joinpath(*reserved.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write_bytes(self, relative: str, content: bytes) -> str:
        """Write a file; return the name it got, relative to the export."""
        reserved = self.reserve(relative)
        with open(self.path(reserved), "xb") as file:
            file.write(content)
        return reserved

    def write_text(self, relative: str, content: str) -> str:
        """Write a file as UTF-8 with ``\\n``; return the name it got."""
        return self.write_bytes(relative, content.encode("utf-8", "surrogateescape"))

    def _check_target(self) -> None:
        target = self.target
        if target.is_symlink():
            raise ExportError(target, "is a link; exports do not follow links")
        resolved = target.resolve()
        for path in self._inputs:
            # Replacing this folder would remove what is being exported.
            if path.resolve() == resolved or resolved in path.resolve().parents:
                raise ExportError(target, f"holds the input {path.name}; choose another folder")
        if not target.exists():
            return
        if not target.is_dir():
            raise ExportError(target, "is a file, not a folder")
        if not any(target.iterdir()):
            return
        if not self._overwrite:
            raise ExportError(target, "exists and is not empty; choose another folder or overwrite it")
        if not is_export(target):
            reason = f"is not an export of {PROGRAM_NAME}, so it is not overwritten; remove it or choose another folder"
            raise ExportError(target, reason)

    def _put_in_place(self) -> None:
        target = self.target
        # Looked at again: writing took a while, and someone else may have used the name.
        self._check_target()
        aside: Path | None = None
        try:
            if target.exists():
                aside = _hidden_folder_beside(target, ".replaced")
                os.rename(target, aside / "export")
            os.rename(self._staging, target)
        except OSError as error:
            if aside is not None and (aside / "export").exists() and not target.exists():
                os.rename(aside / "export", target)
            raise ExportError(target, f"cannot be put in place: {error.strerror or error}") from error
        finally:
            if aside is not None and target.exists():
                shutil.rmtree(aside, ignore_errors=True)


def is_export(folder: Path) -> bool:
    """Whether ``folder`` holds the manifest of an export."""
    manifest = folder / MANIFEST_NAME
    if manifest.is_symlink() or not manifest.is_file():
        return False
    try:
        content = json.loads(manifest.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("program") == PROGRAM_NAME


def _hidden_folder_beside(target: Path, ending: str) -> Path:
    """Return a new folder on the file system of ``target``, so that it can be renamed to it."""
    # Not mkdtemp: its folder is its owner's alone, and what is handed on must be readable as any new folder is.
    folder = target.parent / f".{portable_name(target.name)[:60]}.{secrets.token_hex(6)}{ending}"
    folder.mkdir()
    return folder
