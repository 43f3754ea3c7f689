"""Which reader a path goes to: the format is recognised by content unless it is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diag_gui.exceptions import FormatError
from diag_gui.formats import coco, coco_results
from diag_gui.formats.column_choice import ColumnChoice
from diag_gui.formats.file_reading import check_regular
from diag_gui.formats.known_formats import TABLE, KnownFormat
from diag_gui.formats.recognition import (
    GROUND_TRUTH,
    IMAGES,
    METADATA,
    PREDICTIONS,
    PROJECT,
    Recognised,
    Role,
    begins_like_coco,
    coco_files,
    recognise,
)
from diag_gui.formats.table_layout import columns_flag
from diag_gui.registry import Registry

_NAMED = 10
"""Files of a folder that a refusal names."""

_TABLES = ("csv", "tsv", "parquet")


def chosen_format(path: Path, format: str, role: Role, known: tuple[str, ...]) -> tuple[Path, str]:
    """Return what to read, the one COCO file of a folder in its place, and the format to read it by.

    Raises
    ------
    FormatError
        If the format is named and unknown, a folder holds several files of this role, or ``path`` looks like something
        that cannot play it.
    """
    found: Recognised | None = None
    if path.is_dir():
        if format == "auto":
            found = recognise(path)
        inside = found.inside if found is not None else coco_files(path) if format in (coco.FORMAT, coco_results.FORMAT) else ()
        files = [file for file, its_role in inside if its_role == role]
        if len(files) > 1:
            raise FormatError(path, f"holds {len(files)} files of {role}: {named(files)}; name one of them")
        if files and files[0].suffix.lower() == ".parquet":
            return files[0], _format_of(files[0], "auto", role, known, None)
        if files:
            return files[0], coco.FORMAT if role == GROUND_TRUTH else coco_results.FORMAT
    else:
        check_regular(path)
    return path, _format_of(path, format, role, known, found)


def _format_of(path: Path, format: str, role: Role, known: tuple[str, ...], found: Recognised | None) -> str:
    """Return the format to read ``path`` by; ``found`` is what it was recognised as, if it was asked already.

    Raises
    ------
    FormatError
        If it is named and unknown, or looks like something that cannot play this role.
    """
    if format != "auto":
        return _named(path, format, known)
    if path.is_file() and begins_like_coco(path):
        # The readers say more precisely than a guess what an object lacks, and large files are read once.
        return coco.FORMAT if role == GROUND_TRUTH else coco_results.FORMAT
    found = found or recognise(path)
    if found.format in known:
        return found.format
    if found.role == PREDICTIONS and role == GROUND_TRUTH:
        raise FormatError(path, f"looks like predictions ({found.reason}), not ground truth")
    if found.role in (METADATA, PROJECT, IMAGES):
        raise FormatError(path, f"looks like {found.role} ({found.reason}), {role} was expected{_columns_hint(found, role)}")
    raise FormatError(path, f"{found.reason}; {role} was expected as {', '.join(known)}" + _json_hint(path))


def _columns_hint(found: Recognised, role: Role) -> str:
    """Return how to say which column is what, of a table whose header does not tell."""
    if found.role != METADATA or found.format not in _TABLES:
        return ""
    return f"; if it holds boxes, say which column is what ({columns_flag(role)}, or in the open dialog)"


def _json_hint(path: Path) -> str:
    return "; it is not valid JSON either" if path.suffix.lower() == ".json" else ""


def _named(path: Path, format: str, known: tuple[str, ...]) -> str:
    if format == "coco" and coco_results.FORMAT in known:
        return coco_results.FORMAT
    if format not in known:
        raise FormatError(path, f"unknown format {format!r}; known are auto, {', '.join(known)}")
    return format


def with_columns(path: Path, format: str, columns: ColumnChoice) -> str:
    """Return the format; a table of anything is one of boxes where somebody says which columns they are in."""
    return TABLE if columns and format == "auto" and recognise(path).role == METADATA else format


def columns_for(path: Path, format: str, columns: ColumnChoice, readers: Registry[KnownFormat]) -> dict[str, ColumnChoice]:
    """Return the choice of columns as a reader takes it; nothing where none was made.

    Raises
    ------
    FormatError
        If the format has no columns to choose.
    """
    if not columns:
        return {}
    if format not in readers or not readers[format].takes_columns:
        raise FormatError(path, f"is read as {format}, whose columns are fixed: none can be chosen")
    return {"columns": columns}


def named(files: Sequence[Path]) -> str:
    """Return the names of files for a message, of many the first."""
    return ", ".join(file.name for file in files[:_NAMED]) + (", ..." if len(files) > _NAMED else "")
