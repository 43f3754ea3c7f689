"""The header and first rows of a table, for people who are asked which column is what."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from diag_gui.exceptions import FormatError
from diag_gui.formats.cell_values import boxes_of, is_blank, numbers_of
from diag_gui.formats.content import HEAD_BYTES
from diag_gui.formats.file_reading import check_regular
from diag_gui.formats.geojson import FORMAT as FEATURES
from diag_gui.formats.image_size import PICTURE_ENDINGS
from diag_gui.formats.json_values import members, parse_object, records
from diag_gui.formats.known_formats import TABLE
from diag_gui.formats.recognition import METADATA, begins_like_coco, recognise

SHOWN_ROWS = 3
_FEATURES_READ = 200
_CELL_CHARS = 60


@dataclass(frozen=True, slots=True)
class TableHead:
    """What a table begins with.

    Attributes
    ----------
    path : Path
    names : tuple of str
        Of the columns, or of the properties of features.
    rows : tuple of tuple of str
        The first rows, a text per column.
    has_boxes_apart : bool
        Whether boxes are geometry, not columns.
    """

    path: Path
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    has_boxes_apart: bool = False

    @property
    def key(self) -> str:
        """The same for tables with the same columns."""
        return hashlib.sha256("\0".join(self.names).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def picture_column(self, besides: frozenset[str] = frozenset()) -> str:
        """Return the first column not in ``besides`` whose first rows name pictures by their endings; empty where none does."""
        for place, name in enumerate(self.names):
            texts = [row[place] for row in self.rows if not is_blank(row[place])]
            if name not in besides and texts and all(_ending(text) in PICTURE_ENDINGS for text in texts):
                return name
        return ""

    def text_for_numbers(self, name: str, *, in_lists: bool = False) -> str:
        """Return the first text of a column in whose first rows there is no number, nor list of four if ``in_lists``.

        Empty where there is one, where nothing is said, and where a list may have been cut.
        """
        place = self.names.index(name)
        texts = [row[place] for row in self.rows if not is_blank(row[place])]
        if not texts or (in_lists and any(len(text) >= _CELL_CHARS for text in texts)):
            return ""
        numbers = boxes_of(texts) if in_lists else numbers_of(texts)
        return texts[0] if np.isnan(numbers).all() else ""


def table_head(path: Path) -> TableHead | None:
    """Return the head of a table of boxes or of anything, or of GeoJSON; None for what has fixed columns, or cannot be read."""
    try:
        if path.is_file() and begins_like_coco(path):
            return None
        found = recognise(path)
        if found.format == FEATURES:
            return _of_features(path)
        if path.is_dir() or (found.format != TABLE and found.role != METADATA):
            return None
        return _of_parquet(path) if _begins_like_parquet(path) else _of_text(path)
    except (FormatError, OSError):
        # Opening it says what is wrong with it.
        return None


def _begins_like_parquet(path: Path) -> bool:
    from diag_gui.formats.file_reading import is_parquet

    check_regular(path)
    with path.open("rb") as stream:
        return is_parquet(stream.read(4))


def _of_text(path: Path) -> TableHead | None:
    from diag_gui.formats.table_reading import names_in_header, separator_of

    with path.open("rb") as stream:
        text = stream.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    if text.lstrip()[:1] in ("{", "["):
        return None
    names = names_in_header(text)
    try:
        cells = list(islice(csv.reader(text.lstrip("\r\n").splitlines(), delimiter=separator_of(text)), SHOWN_ROWS + 1))[1:]
    except csv.Error:
        cells = []
    return _head(path, names, [dict(zip(names, row, strict=False)) for row in cells]) if any(names) else None


def _of_parquet(path: Path) -> TableHead:
    from diag_gui.formats.parquet_reading import first_rows

    names, rows = first_rows(path, SHOWN_ROWS)
    return _head(path, names, rows)


def _of_features(path: Path) -> TableHead | None:
    from diag_gui.formats.each_file import files_ending
    from diag_gui.formats.file_reading import read_bytes

    file = files_ending(path, ".geojson", ".json")[0]
    listed = records(parse_object(file, read_bytes(file, "json_bytes")).get("features"))[:_FEATURES_READ]
    properties = [members(members(one).get("properties")) for one in listed]
    names = list(dict.fromkeys(name for one in properties for name in one))
    return _head(path, names, properties[:SHOWN_ROWS], has_boxes_apart=True) if names else None


def _head(path: Path, names: list[str], rows: Iterable[Mapping[str, Any]], *, has_boxes_apart: bool = False) -> TableHead:
    texts = tuple(tuple(_text(row.get(name)) for name in names) for row in rows)
    return TableHead(path, tuple(names), texts, has_boxes_apart)


def _ending(text: str) -> str:
    return PurePosixPath(text.replace("\\", "/")).suffix.lower()


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()[:_CELL_CHARS]
