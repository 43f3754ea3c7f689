"""Class names that lie beside label files: ``data.yaml``, ``obj.names``, ``classes.txt`` and their like."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import decode_text, read_bytes
from diag_gui.formats.folder_listing import entries_of
from diag_gui.formats.limits import check_limit
from diag_gui.formats.yaml_reading import read_yaml

LIST_NAMES = ("classes.txt", "obj.names", "names.txt", "labels.txt", "class_names.txt", "_darknet.labels")
_WHOLE = re.compile(r"\s*[0-9]{1,18}\s*")
YAML_ENDINGS = frozenset({".yaml", ".yml"})


def read_class_list(path: Path) -> tuple[str, ...]:
    """Return the names of a text file, one per line; blank lines at the end are no classes.

    Raises
    ------
    FormatError
        If it cannot be read or a line in between is blank.
    """
    lines = [line.strip() for line in decode_text(path, read_bytes(path, "text_bytes")).splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    check_limit(path, "n_classes", len(lines))
    for number, line in enumerate(lines, 1):
        if not line:
            raise FormatError(path, "is blank; the classes after it would change their number", f"line {number}")
        check_limit(path, "name_chars", len(line), f"line {number}")
    return tuple(lines)


def names_of_yaml(path: Path, content: Any) -> dict[int, str] | None:
    """Return class number to name from a ``data.yaml``; None if it has no ``names``.

    Parameters
    ----------
    path : Path
        Named in errors.
    content : dict
        As `read_yaml` returns it: all scalars are text.

    Raises
    ------
    FormatError
        If ``names`` is neither a list nor a mapping from numbers, or its length is not ``nc``.
    """
    if not isinstance(content, dict) or not content.get("names"):
        return None
    names = content["names"]
    if isinstance(names, list):
        pairs = list(enumerate(names))
    elif isinstance(names, dict) and all(isinstance(key, str) and _WHOLE.fullmatch(key) for key in names):
        pairs = sorted((int(key), name) for key, name in names.items())
        if len({number for number, _ in pairs}) < len(pairs):
            raise FormatError(path, "two names have the same class number", "names")
    else:
        raise FormatError(path, "names is neither a list nor a mapping from class numbers", "names")
    check_limit(path, "n_classes", len(pairs), "names")
    for number, name in pairs:
        if not isinstance(name, str) or not name:
            raise FormatError(path, f"the name of class {number} is not text", "names")
        check_limit(path, "name_chars", len(name), f"names: class {number}")
    stated = content.get("nc")
    if isinstance(stated, str) and stated.strip().isdecimal() and (not _WHOLE.fullmatch(stated) or int(stated) != len(pairs)):
        raise FormatError(path, f"nc says {stated[:40]} classes, names has {len(pairs)}", "names")
    return dict(pairs)


def names_near(folder: Path, levels: int = 3) -> tuple[dict[int, str], Path] | None:
    """Return the class list in a folder or, failing that, up to two levels above, and the file it came from.

    A file that does not hold a list is passed over: something else may have its name.
    """
    for level in [folder, *folder.absolute().parents][:levels]:
        for path in _lists_in(level):
            try:
                if path.suffix.lower() in YAML_ENDINGS:
                    names = names_of_yaml(path, read_yaml(path))
                else:
                    names = dict(enumerate(read_class_list(path)))
            except FormatError:
                continue
            if names:
                return names, path
    return None


def listed_order(path: Path, used: set[str]) -> list[str] | None:
    """Return the class names of a list near ``path`` in its order, if it has all that are used; else None."""
    near = names_near(path if path.is_dir() else path.parent, levels=2)
    return list(near[0].values()) if near is not None and used <= set(near[0].values()) else None


def list_text(names: Sequence[str]) -> str:
    """Return a class list to lie beside labels that name classes; empty where it could be taken for what it is not.

    Notes
    -----
    Where a name is a whole number, readers would take it for a place in the list.
    """
    if any(not name.strip() or name.strip() != name or len(name.splitlines()) > 1 or name.isdecimal() for name in names):
        return ""
    return "".join(f"{name}\n" for name in names)


def _lists_in(folder: Path) -> list[Path]:
    """Return the files in a folder that may hold a class list, the most certain first."""
    # A folder may hold a hundred thousand labels: none but what can be a list is looked at.
    files = [folder / name for name in entries_of(folder).files if _may_be_list(name) and (folder / name).is_file()]
    yamls = [file for file in files if file.suffix.lower() in YAML_ENDINGS]
    yamls.sort(key=lambda file: file.name not in ("data.yaml", "dataset.yaml"))
    listed = [folder / name for name in LIST_NAMES if folder / name in files]
    others = [file for file in files if file.suffix.lower() == ".names" and file not in listed]
    return [*yamls, *listed, *others]


def _may_be_list(name: str) -> bool:
    return name in LIST_NAMES or os.path.splitext(name)[1].lower() in (*YAML_ENDINGS, ".names")
