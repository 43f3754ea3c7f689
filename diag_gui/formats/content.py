"""The beginning of a file, or the files of a folder, as formats are told by: read once, looked at by many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from diag_gui.formats.first_record import first_record
from diag_gui.formats.folder_listing import entries_of

HEAD_BYTES = 1 << 16
_TAG = re.compile(r"<(?![?!])\s*([\w:.-]+)")
_MOST_LINES = 50
_MOST_FILES = 200


@dataclass(frozen=True)
class Content:
    """What a path begins with.

    Attributes
    ----------
    path : Path
    kind : str
        ``json-object``, ``json-list``, ``xml``, ``text``, ``folder``, ``parquet`` or ``npy``.
    text : str
        The first 64 KiB of a file, without byte-order mark and leading blanks; empty of a folder.
    keys : frozenset of str
        Keys of the top-level object, or of the first record of the list; columns of Parquet; empty elsewhere.
    """

    path: Path
    kind: str
    text: str = ""
    keys: frozenset[str] = frozenset()

    @cached_property
    def root_tag(self) -> str:
        """Name of the root element of XML; empty where there is none."""
        tag = _TAG.search(self.text)
        return tag[1] if tag is not None else ""

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The first lines that are not blank, stripped; the last, which may be cut, only where the whole file is shorter."""
        lines = self.text.splitlines()
        if len(self.text) >= HEAD_BYTES and len(lines) > 1:
            lines = lines[:-1]
        return tuple(line.strip() for line in lines[: 4 * _MOST_LINES] if line.strip())[:_MOST_LINES]

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The first files directly in a folder, by name; none of a file."""
        if self.kind != "folder":
            return ()
        here = entries_of(self.path)
        return tuple(self.path / name for name in here.files[:_MOST_FILES] if name not in here.not_regular)

    def holds_key(self, key: str) -> bool:
        """Return whether the beginning of a JSON file has ``key`` anywhere."""
        return re.search(rf'"{re.escape(key)}"\s*:', self.text) is not None


def top_level_keys(text: str) -> frozenset[str]:
    """Return the keys of a JSON object itself, not of objects within it, as far as the text reaches."""
    return frozenset(first_record(f"[{text}").keys)


def keys_of_list(text: str) -> frozenset[str]:
    """Return the keys of the first record of a JSON list, as far as the text reaches."""
    return frozenset(first_record(text).keys)
