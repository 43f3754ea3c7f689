"""Tables: CSV, TSV, JSON, JSON lines and Parquet, with quoting, encodings and row lengths checked.

The separator is the one of tab, comma, semicolon and bar that the header holds most of outside its quotes. Quotes follow RFC
4180; a quote that is never closed would swallow the rest of the file and is refused. Text that is not UTF-8 is read as
Windows-1252, with a note.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from diag_gui.exceptions import FormatError
from diag_gui.formats.export_csv_writer import restored_text
from diag_gui.formats.file_reading import decode_text, is_parquet, read_bytes, sha256_hex
from diag_gui.formats.json_reading import JsonBytes, decode_general, read_json_bytes
from diag_gui.formats.limits import LIMITS, check_limit
from diag_gui.formats.repeated_keys import may_repeat_keys, object_of_pairs, repeated_in, repeated_keys

Note = tuple[str, str, str, bool]
"""Code, record, reason, and whether the record was dropped."""

NO_KEYS: Mapping[int, str] = MappingProxyType({})
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Named columns of equal length.

    Attributes
    ----------
    columns : dict of str to list
        Cells are text in tables of text; in JSON as they are.
    line_number : list of int
        Line (or record) that each row stands on, from 1.
    is_text : bool
        Whether cells are text, to be interpreted.
    sha256 : str
    notes : tuple of (code, record, reason, drops)
        What was odd. Dropped rows are not in ``columns``.
    """

    columns: dict[str, list[Any]]
    line_number: list[int]
    is_text: bool
    sha256: str
    notes: tuple[Note, ...]

    def __len__(self) -> int:
        return len(self.line_number)


def read_table(path: Path) -> Table:
    """Return a table, its kind judged by content.

    Raises
    ------
    FormatError
        If it is empty, has no header, repeats a column, or a quote is not closed.
    """
    data = read_bytes(path, "table_bytes")
    if is_parquet(data):
        from diag_gui.formats.parquet_reading import read_parquet

        return read_parquet(path)
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"[":
        return _from_json(path)
    if start == b"{":
        return _from_json_lines(path, data)
    return _from_text(path, data)


def _from_text(path: Path, data: bytes) -> Table:
    notes: list[Note] = []
    try:
        text = decode_text(path, data)
    except FormatError as error:
        if "not UTF-8" not in error.reason:
            raise
        text = decode_text(path, data, latin1=True)
        notes.append(("not-utf8", error.record, "the encoding is not UTF-8; read as Windows-1252", False))
    if not text.strip():
        raise FormatError(path, "is empty")
    rows = _rows(path, text)
    _, header = next(rows)
    # An apostrophe before a sign that would start a formula is how spreadsheets, and our own exports, quote text.
    names = [restored_text(name.strip()) for name in header]
    check_header(path, names)
    columns: dict[str, list[Any]] = {name: [] for name in names}
    lines: list[int] = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            notes.append(("row-length", f"line {line}", f"has {len(cells)} cells, the header has {len(names)}", True))
            continue
        if len(cells) < len(names):
            notes.append(("short-row", f"line {line}", f"has {len(cells)} cells of {len(names)}; the others are blank", False))
        lines.append(line)
        for place, name in enumerate(names):
            columns[name].append(restored_text(cells[place]) if place < len(cells) else "")
    return Table(columns, lines, True, sha256_hex(data), tuple(notes))


def check_header(path: Path, names: list[str]) -> None:
    """Raise `FormatError` where a column repeats, `LimitError` where there are too many or a name is too long."""
    check_limit(path, "table_columns", len(names), "header")
    for name in names:
        check_limit(path, "name_chars", len(name), "header")
        if names.count(name) > 1:
            raise FormatError(path, f"duplicate column {name!r}", "header")


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each row."""
    csv.field_size_limit(LIMITS["table_cell_chars"])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True)
    line = 1
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = "a quote is not closed" if "unexpected end" in str(error) else str(error)
            raise FormatError(path, f"{reason}: the row that begins here swallows the rest", f"line {line}") from None
        if cells:
            yield line, cells


def separator_of(text: str) -> str:
    """Return what stands between the cells of a table of text, judged by its header."""
    header = _QUOTED.sub("", text.lstrip("\r\n").split("\n", 1)[0])
    return max("\t,;|", key=header.count)


def names_in_header(text: str) -> list[str]:
    """Return the names of the columns of a table whose text begins like this; none where the header is broken."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    try:
        cells = next(csv.reader([header], delimiter=separator_of(text), strict=True), [])
    except csv.Error:
        return []
    return [restored_text(name.strip()) for name in cells]


def _from_json(path: Path) -> Table:
    source = read_json_bytes(path)
    records = decode_general(source, source.data, "")
    is_doubtful = isinstance(records, list) and may_repeat_keys(source.data, records)
    return _of_records(path, records, source.sha256, (), repeated_keys(source.data) if is_doubtful else {})


def _from_json_lines(path: Path, data: bytes) -> Table:
    """Return the table of one JSON object per line, or of one object of columns or of records by name."""
    source = read_json_bytes(path)
    try:
        whole = msgspec.json.decode(source.data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        whole = None
    if whole is not None:
        return _of_object(path, source, whole)
    records: list[Any] = []
    written: list[str] = []
    notes: list[Note] = []
    for number, line in enumerate(decode_text(path, data).splitlines(), 1):
        if not line.strip():
            continue
        try:
            records.append(msgspec.json.decode(line))
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            notes.append(("bad-json-line", f"line {number}", f"is not valid JSON: {error}", True))
        else:
            written.append(line)
    if not records:
        raise FormatError(path, "is not valid JSON, and not one line of it is")
    is_doubtful = may_repeat_keys(source.data, records)
    repeated = repeated_in([_as_written(path, line) for line in written]) if is_doubtful else {}
    return _of_records(path, records, source.sha256, tuple(notes), repeated)


def _of_object(path: Path, source: JsonBytes, whole: dict[str, Any]) -> Table:
    """Return the table of an object: of the list in it, or of its members, whose keys are then file names.

    Raises
    ------
    FormatError
        If it has neither, or gives a key twice itself: a list or a file name.
    """
    members, repeated = _members_of(path, whole), NO_KEYS
    if may_repeat_keys(source.data, [whole, *(one for one in members if one is not whole)]):
        written = _as_written(path, source.data)
        if twice := repeated_in([written]):
            raise FormatError(path, f"duplicate key: {twice[0]!r} appears more than once")
        repeated = repeated_in(_members_of(path, written))
    named = zip(whole, members, strict=False) if _is_by_name(whole) else ()
    return _of_records(path, [{"file_name": key, **one} for key, one in named] or members, source.sha256, (), repeated)


def _is_by_name(whole: dict[str, Any]) -> bool:
    return bool(whole) and all(isinstance(value, dict) for value in whole.values())


def _members_of(path: Path, whole: dict[str, Any]) -> list[Any]:
    """Return the records of an object: the list in it, its members, or itself."""
    lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if len(lists) == 1:
        return list(lists[0])
    if _is_by_name(whole):
        return list(whole.values())
    if all(not isinstance(value, (list, dict)) for value in whole.values()):
        return [whole]
    raise FormatError(path, "is JSON, but not a list of records or an object of records by file name")


def _as_written(path: Path, text: str | bytes) -> Any:
    """Return JSON whose objects remember a key that they give twice. Slow: asked when counts disagree."""
    try:
        return json.loads(text, object_pairs_hook=object_of_pairs)
    except RecursionError:
        raise FormatError(path, "nests too deep to be a table") from None


def _of_records(path: Path, records: Any, sha256: str, notes: tuple[Note, ...], repeated: Mapping[int, str] = NO_KEYS) -> Table:
    """Return the table of objects of columns; those of which a key is ``repeated``, by their place, are left out."""
    if not isinstance(records, list):
        raise FormatError(path, "is JSON, but not a list of records")
    names: dict[str, None] = {}
    kept: list[dict[str, Any]] = []
    lines: list[int] = []
    found = list(notes)
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            found.append(("record-not-an-object", f"record {number}", "is not an object of columns", True))
            continue
        if number - 1 in repeated:
            reason = f"duplicate key: {repeated[number - 1]!r} appears more than once"
            found.append(("repeated-key", f"record {number}", reason, True))
            continue
        names.update(dict.fromkeys(record))
        kept.append(record)
        lines.append(number)
    check_header(path, list(names))
    return Table({name: [record.get(name) for record in kept] for name in names}, lines, False, sha256, tuple(found))
