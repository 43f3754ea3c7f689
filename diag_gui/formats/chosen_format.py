"""Which reader a path goes to: the format is recognised by content unless it is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from diag_gui.exceptions import FormatError
from diag_gui.formats import coco, coco_results
from diag_gui.formats.column_choice import ColumnChoice
from diag_gui.formats.file_reading import check_regular
from diag_gui.formats.known_formats import TABLE, KnownFormat
from diag_gui.formats.recognition import (
    FOREIGN,
    GROUND_TRUTH,
    IMAGES,
    METADATA,
    PREDICTIONS,
    PROJECT,
    Recognised,
    Role,
    begins_like_coco,
    coco_files,
    coco_folder,
    recognise,
)
from diag_gui.formats.table_layout import columns_flag
from diag_gui.registry import Registry

_NAMED = 10
"""Files of a folder that a refusal names."""

_TABLES = ("csv", "tsv", "parquet")


class Chosen(NamedTuple):
    """What is read.

    Attributes
    ----------
    path : Path
        The file or folder in a folder that holds the labels in its place.
    format : str
    passed_over : tuple of str
        Splits of the folder that are left aside.
    """

    path: Path
    format: str
    passed_over: tuple[str, ...] = ()


def chosen_format(path: Path, format: str, role: Role, known: tuple[str, ...]) -> Chosen:
    """Return what to read, what holds the labels of a folder in its place, and the format to read it by.

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
        elif format in (coco.FORMAT, coco_results.FORMAT) and (files_inside := coco_files(path)):
            found = coco_folder(files_inside)
        elif (deeper := recognise(path)).where is not None and deeper.format == format:
            # Where the labels lie in a folder does not depend on who says what they are.
            found = deeper
        inside = found.inside if found is not None else ()
        if found is not None and found.where is not None and found.role == role:
            return Chosen(found.where, found.format, found.passed_over)
        files = [file for file, its_role in inside if its_role == role]
        if len(files) > 1:
            raise FormatError(path, f"holds {len(files)} files of {role}: {named(files)}; name one of them")
        if files and files[0].suffix.lower() == ".parquet":
            return Chosen(files[0], _format_of(files[0], "auto", role, known, None))
        if files:
            passed_over = found.passed_over if found is not None else ()
            return Chosen(files[0], coco.FORMAT if role == GROUND_TRUTH else coco_results.FORMAT, passed_over)
    else:
        check_regular(path)
    return Chosen(path, _format_of(path, format, role, known, found))


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
    if found.format == FOREIGN:
        raise FormatError(path, found.reason)
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
