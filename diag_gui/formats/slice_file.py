"""Slices as JSON: names and expressions, in a file to carry from one project to another and in the project itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import read_bytes
from diag_gui.formats.json_values import parse_object

DOCUMENT_VERSION = 1
MOST_SLICES = 1_000
_KIND = "slice"
"""What a saved query of a project says it is."""


def write_slices(path: Path, slices: Sequence[SliceDefinition]) -> None:
    """Write slices; an earlier file of the name is replaced."""
    records = [{"name": one.name, "expression": one.expression} for one in slices]
    body = {"version": DOCUMENT_VERSION, "slices": records}
    path.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_slices(path: Path) -> tuple[SliceDefinition, ...]:
    """Read slices; whether they fit some data is asked when they are computed.

    Raises
    ------
    FormatError
        With the record and the reason, if the file is not what `write_slices` writes.
    """
    body = parse_object(path, read_bytes(path, "json_bytes"))
    records = body.get("slices")
    if not isinstance(records, list):
        raise FormatError(path, "holds no list of slices")
    if len(records) > MOST_SLICES:
        raise FormatError(path, f"holds {len(records):,} slices, at most {MOST_SLICES:,} are read")
    return tuple(_slice(path, f"slices[{place}]", record) for place, record in enumerate(records))


def saved_slices(queries: Mapping[str, Any]) -> tuple[SliceDefinition, ...]:
    """Return the slices among the saved queries of a project; other queries are left alone."""
    found = []
    for name, body in queries.items():
        if isinstance(body, dict) and body.get("kind") == _KIND and isinstance(body.get("expression"), str):
            found.append(SliceDefinition(name, body["expression"]))
    return tuple(found)


def with_slices(queries: Mapping[str, Any], slices: Sequence[SliceDefinition]) -> dict[str, Any]:
    """Return the saved queries of a project with ``slices`` instead of those that were there; a name taken is numbered."""
    kept = {name: body for name, body in queries.items() if not (isinstance(body, dict) and body.get("kind") == _KIND)}
    for one in slices:
        name, n = one.name, 1
        while name in kept:
            n += 1
            name = f"{one.name} ({n})"
        kept[name] = {"kind": _KIND, "expression": one.expression}
    return kept


def _slice(path: Path, where: str, record: Any) -> SliceDefinition:
    if not isinstance(record, dict):
        raise FormatError(path, "is no object", where)
    name, expression = record.get("name"), record.get("expression")
    for key, value in (("name", name), ("expression", expression)):
        if not isinstance(value, str) or not value.strip():
            raise FormatError(path, f"has no text as {key}", where)
    return SliceDefinition(str(name).strip(), str(expression).strip())
