"""File names as data gives them: one form, and whether they stay inside the image root."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_DRIVE = re.compile(r"[A-Za-z]:")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def relative_name(name: str) -> str:
    """Return a file name with ``/`` between its parts and without a leading ``./``.

    A backslash counts as a separator only in names without a slash: such names were written on Windows.
    """
    if "\\" in name and "/" not in name:
        name = name.replace("\\", "/")
    while name.startswith("./"):
        name = name[2:]
    return name


def leads_outside(name: str) -> bool:
    """Return whether a name is absolute, a URL or a network path, or climbs above the folder it starts in."""
    if name.startswith(("/", "\\")) or _DRIVE.match(name) or _SCHEME.match(name) or "\x00" in name:
        return True
    if ".." not in name:
        return False
    depth = 0
    for part in PurePosixPath(name.replace("\\", "/")).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return False


def stem_of(name: str) -> str:
    """Return the last part of a file name without its extension."""
    return PurePosixPath(name).stem


def base_of(name: str) -> str:
    """Return the last part of a file name."""
    return PurePosixPath(name).name
