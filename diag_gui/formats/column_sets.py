"""The ``.npy`` files that are one set of columns: found by their names, mapped, and refused where they do not fit together."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, LongArray
from diag_gui.data.mapped_arrays import let_go
from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import Cancelled, check_regular
from diag_gui.formats.source_stamp import Stamp, sha256_of, stamp_of

NAMES = {
    "image": ("image_id", "image", "img"),
    "category": ("category_id", "category", "class", "cat"),
    "box": ("bbox", "box", "boxes"),
    "score": ("score", "scores"),
    "area": ("area",),
    "crowd": ("iscrowd", "is_crowd", "crowd"),
    "images": ("images",),
    "categories": ("categories", "classes"),
}
"""Names of the files of a set, after what they all begin with, without ``.npy``."""

_NEEDED = ("image", "category", "box")
_KINDS = {
    "image": "iu",
    "category": "iu",
    "box": "f",
    "score": "f",
    "area": "f",
    "crowd": "biu",
    "images": "iu",
    "categories": "iu",
}
_IN_WORDS = {"iu": "whole numbers", "f": "fractions", "biu": "flags"}


@dataclass(frozen=True, slots=True, eq=False)
class ColumnSet:
    """The files of one set, mapped.

    Attributes
    ----------
    path : Path
        What the user pointed at.
    files : dict of str to Path
        By key of `NAMES`.
    arrays : dict of str to ndarray
    stamps : dict of str to Stamp or None
        Of the files when they were mapped.
    """

    path: Path
    files: dict[str, Path]
    arrays: dict[str, AnyArray]
    stamps: dict[str, Stamp | None]

    def __len__(self) -> int:
        return len(self.arrays["image"])

    def whole(self, name: str) -> LongArray:
        """Return a column of whole numbers as int64."""
        return np.ascontiguousarray(self.arrays[name], np.int64)

    def refuse_changed(self) -> None:
        """Refuse what was read if a file is not the one that was mapped any more: what is mapped changes with its file.

        Raises
        ------
        FormatError
        """
        for key, file in self.files.items():
            if stamp_of(file) != self.stamps[key]:
                raise FormatError(file, "was changed while it was read; open it again")

    def let_go(self) -> None:
        """Say that what was looked at need not stay in memory."""
        for array in self.arrays.values():
            let_go(array)

    def digest(self, cancelled: Cancelled | None = None) -> str:
        """Return the SHA-256 of the names and digests of the files.

        Raises
        ------
        FormatError
            If one cannot be read.
        """
        found = sha256()
        for file in sorted(self.files.values()):
            try:
                found.update(f"{file.name}\0{sha256_of(file, cancelled=cancelled)}\n".encode("utf-8", "surrogateescape"))
            except OSError as error:
                raise FormatError(file, f"cannot be read: {error.strerror or error}") from error
        return found.hexdigest()


def sets_at(path: Path) -> list[dict[str, Path]]:
    """Return the sets that a path may mean: the one that a file belongs to, or those of a folder; files by key of `NAMES`."""
    try:
        names = {file.name for file in (path if path.is_dir() else path.parent).iterdir() if file.suffix == ".npy"}
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror or error}") from error
    folder = path if path.is_dir() else path.parent
    found = []
    for beginning in sorted({one for name in (names if path.is_dir() else {path.name}) for one in _beginnings(name)}):
        files = {
            key: folder / f"{beginning}{name}.npy"
            for key, spelled in NAMES.items()
            for name in reversed(spelled)
            if f"{beginning}{name}.npy" in names
        }
        is_of_set = path.is_dir() or path in files.values() or path.name in {file.name for file in files.values()}
        if is_of_set and all(key in files for key in _NEEDED):
            found.append(files)
    # Of names that end alike, as image_id and id would, the set with the most files is meant.
    return sorted(found, key=len, reverse=True)[:1] if path.is_file() else found


def _beginnings(name: str) -> list[str]:
    """Return what the files of a set may begin with that a file of this name belongs to."""
    stem = name.removesuffix(".npy")
    return [stem[: len(stem) - len(one)] for spelled in NAMES.values() for one in spelled if stem.endswith(one)]


def mapped_set(path: Path, *, has_score: bool) -> ColumnSet:
    """Return the set that a path means: predictions if it ``has_score``, else labels.

    Raises
    ------
    FormatError
        If there is none or several, or a column is missing, damaged, or of another type or length than the others.
    """
    fitting = [files for files in sets_at(path) if ("score" in files) == has_score]
    if len(fitting) != 1:
        wanted = "image_id, category_id, bbox" + (" and score" if has_score else "") + ".npy"
        many = f"holds {len(fitting)} sets of columns; name a file of one" if fitting else f"has no columns {wanted} beside it"
        raise FormatError(path, many)
    files = fitting[0]
    stamps = {key: stamp_of(file) for key, file in files.items()}
    arrays = {key: _mapped(file) for key, file in files.items()}
    n = len(arrays["image"])
    for key, array in arrays.items():
        kinds = _KINDS[key]
        shape = (len(array),) if key in ("images", "categories") else (n, 4) if key == "box" else (n,)
        # Boxes and scores of whole numbers are numbers all the same.
        if array.dtype.kind not in (kinds + "iu" if kinds == "f" else kinds) or array.shape != shape:
            raise FormatError(
                files[key], f"has type {array.dtype} and shape {array.shape}; {_IN_WORDS[kinds]} of shape {shape} were expected"
            )
    return ColumnSet(path, files, arrays, stamps)


def _mapped(file: Path) -> AnyArray:
    check_regular(file)
    try:
        # Never unpickles: a column of objects is refused.
        array: Any = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FormatError(file, f"is no column that can be read: {str(error).splitlines()[0][:200]}") from error
    if not isinstance(array, np.ndarray) or array.ndim not in (1, 2):
        raise FormatError(file, "is no column")
    return array
