"""Several files as one run: ``a.json+b.json``, a pattern as ``shards/*.json``, or both.

A file that exists is itself, whatever is in its name. Files come in the order they are named in, those of a pattern by name.
"""

from __future__ import annotations

import os
from pathlib import Path

JOIN = "+"
WILD = frozenset("*?[")


def is_there(path: Path) -> bool:
    """Return whether a path is a file or folder, or names files that are there."""
    return os.path.exists(path) or bool(files_named(path)[0])


def files_named(path: Path) -> tuple[tuple[Path, ...], str]:
    """Return the files that something which is no file itself names, and the part of it that names none.

    Parameters
    ----------
    path : Path

    Returns
    -------
    files : tuple of Path
        Empty where a part names no file, or ``path`` is a file or folder itself.
    missing : str
        The first part that names no file; empty where every one does.
    """
    text = str(path)
    if os.path.exists(text):
        return (), ""
    files: list[Path] = []
    pieces = text.split(JOIN)
    while pieces:
        # A name may hold the sign itself: the shortest part that names something is one.
        for n in range(1, len(pieces) + 1):
            found = _of_part(JOIN.join(pieces[:n]))
            if found:
                break
        else:
            return (), (pieces[0] if files else "") or text
        files += found
        del pieces[:n]
    return tuple(files), ""


def joined(paths: tuple[Path, ...]) -> Path:
    """Return the one path that names ``paths``, from anywhere."""
    return Path(JOIN.join(os.path.abspath(path) for path in paths))


def _of_part(text: str) -> list[Path]:
    if not text or "\0" in text:
        return []
    if os.path.isfile(text):
        return [Path(text)]
    if WILD.isdisjoint(text):
        return []
    # Few calls have a pattern.
    from glob import glob

    return [found for found in map(Path, sorted(glob(text, recursive=True))) if os.path.isfile(found)]
