"""The ``.npy`` files that are one set of columns: found by their names, and refused where they do not fit together."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray
from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import Cancelled
from diag_gui.formats.npy_column import NpyColumn, npy_column
from diag_gui.formats.source_stamp import sha256_of, stamp_of

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
    """The files of one set, open to be read.

    Attributes
    ----------
    path : Path
        What the user pointed at.
    files : dict of str to Path
        By key of `NAMES`.
    columns : dict of str to NpyColumn
    """

    path: Path
    files: dict[str, Path]
    columns: dict[str, NpyColumn]

    def __len__(self) -> int:
        return len(self.columns["image"])

    def integers(self, name: str) -> LongArray:
        """Return a column of whole numbers in memory, as int64."""
        return self.columns[name].whole(np.int64)

    def floats(self, name: str) -> FloatArray:
        """Return a column in memory, as float64."""
        return self.columns[name].whole(np.float64)

    def refuse_changed(self) -> None:
        """Refuse what was read if a file is not the one that was opened any more: its rows would not belong together.

        Raises
        ------
        FormatError
        """
        for key, file in self.files.items():
            if stamp_of(file) != self.columns[key].stamp:
                raise FormatError(file, "was changed while it was read; open it again")

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


def set_at(path: Path, *, has_score: bool) -> ColumnSet:
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
    columns = {key: npy_column(file) for key, file in files.items()}
    n = len(columns["image"])
    for key, column in columns.items():
        kinds = _KINDS[key]
        shape = (len(column),) if key in ("images", "categories") else (n, 4) if key == "box" else (n,)
        # Boxes and scores of whole numbers are numbers all the same.
        if column.dtype.kind not in (kinds + "iu" if kinds == "f" else kinds) or column.shape != shape:
            raise FormatError(
                files[key], f"has type {column.dtype} and shape {column.shape}; {_IN_WORDS[kinds]} of shape {shape} were expected"
            )
    return ColumnSet(path, files, columns)
