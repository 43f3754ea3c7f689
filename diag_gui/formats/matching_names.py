"""Matching images and classes of one file to those of another, by number first and by name where numbers fail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, IntArray
from diag_gui.data.dataset import Classes, Dataset, Images
from diag_gui.exceptions import FormatError
from diag_gui.formats.file_names import base_of, relative_name, stem_of
from diag_gui.formats.identifiers import find_rows, normal_id
from diag_gui.formats.json_reading import JsonBytes, Member, decode_list
from diag_gui.formats.record_table import CodedTexts

_MOST_DIGITS = 30

Identifiers = AnyArray | CodedTexts | Sequence[Any]


@dataclass(frozen=True, slots=True, eq=False)
class MatchKind:
    """How rows were found.

    Attributes
    ----------
    converted : ndarray of bool, shape (N,)
        By an identifier turned from text to number or back.
    by_name : ndarray of bool, shape (N,)
        By file name, stem or class name.
    """

    converted: BoolArray
    by_name: BoolArray


def own_names(source: JsonBytes, members: dict[str, Member], key: str) -> dict[Any, str]:
    """Return id to name of the ``images`` or ``categories`` that a document of predictions brings; empty without.

    A table that cannot be read is no reason to refuse predictions: their numbers are then taken as they are.
    """
    if key not in members:
        return {}
    field = "file_name" if key == "images" else "name"
    try:
        records = decode_list(source, members[key], key)
    except FormatError:
        return {}
    names: dict[Any, str] = {}
    for record in records:
        if isinstance(record, dict) and isinstance(record.get(field), str):
            identifier = normal_id(record.get("id"))
            if identifier is not None:
                names[identifier] = record[field]
    return names


def unique_names(names: Iterable[str], form: Callable[[str], str]) -> dict[str, int]:
    """Return the row of each name in the given form; names that become equal are left out."""
    rows: dict[str, int] = {}
    repeated: set[str] = set()
    for row, name in enumerate(names):
        key = form(name)
        if rows.setdefault(key, row) != row:
            repeated.add(key)
    return {key: row for key, row in rows.items() if key not in repeated}


_FORMATS_WITH_IMAGE_IDS = frozenset({"coco", "lvis", "numpy"})
_FORMATS_WITH_CLASS_IDS = frozenset({*_FORMATS_WITH_IMAGE_IDS, "yolo", "yolo-obb"})
"""Formats whose files number their images, or classes. In all others readers count, and another file knows nothing of it."""


class ImageFinder:
    """Finds images by id, else by file name, last part of it, or stem.

    Parameters
    ----------
    images : Images
        Of the ground truth.
    own : dict
        Id to file name in the other file; empty if it says nothing.
    is_numbered : bool
        Whether ids stand in the ground truth. Otherwise names come first, and a number is the one that a file is called by:
        ``12`` is ``000012.jpg`` before it is the twelfth image.
    """

    def __init__(self, images: Images, own: dict[Any, str], *, is_numbered: bool = True) -> None:
        self._images = images
        self._own = own
        self._is_numbered = is_numbered
        self._by_name: list[dict[str, int]] | None = None
        self._path_stems: dict[str, int] | None = None

    @classmethod
    def of(cls, dataset: Dataset, own: dict[Any, str] | None = None) -> ImageFinder:
        """Return the finder of a dataset's images."""
        return cls(dataset.images, own or {}, is_numbered=dataset.source.format in _FORMATS_WITH_IMAGE_IDS)

    def by_file_name(self, name: str) -> int:
        """Return the row of a file name; -1 where none or several could be meant."""
        if self._by_name is None:
            names = self._images.file_name
            self._by_name = [unique_names(names, relative_name), unique_names(names, base_of), unique_names(names, stem_of)]
        exact, base, stem = self._by_name
        name = relative_name(name)
        for table, key in ((exact, name), (base, base_of(name)), (stem, stem_of(name)), (stem, name)):
            if key in table:
                return table[key]
        return -1

    def by_path_stem(self, name: str) -> int:
        """Return the row of the image whose relative path without ending is ``name``; -1 where there is no single one."""
        if self._path_stems is None:
            self._path_stems = unique_names(self._images.file_name, lambda full: os.path.splitext(full)[0])
        return self._path_stems.get(name, -1)

    def rows(self, wanted: Identifiers) -> tuple[IntArray, MatchKind]:
        """Return the row of each wanted id, -1 where unknown, and how it was found."""
        rows, converted = find_rows(wanted, self._images.image_id)
        if self._own:
            return _rows_by_own_names(wanted, rows, converted, self._own, self.by_file_name, self._images.file_name, base_of)
        if not self._is_numbered:
            by_number = unique_names(self._images.file_name, _number_of_stem)
            return _rows_by_names_first(wanted, rows, converted, self.by_file_name, lambda number: by_number.get(str(number), -1))
        return _rows_by_text(wanted, rows, converted, self._by_id_text)

    def _by_id_text(self, value: Any) -> int:
        return self.by_file_name(value) if isinstance(value, str) else -1


class ClassFinder:
    """Finds classes by id, else by name, in any case of letters where that is unambiguous; parameters as of `ImageFinder`."""

    def __init__(self, classes: Classes, own: dict[Any, str], *, is_numbered: bool = True) -> None:
        self._classes = classes
        self._own = own
        self._is_numbered = is_numbered

    @classmethod
    def of(cls, dataset: Dataset, own: dict[Any, str] | None = None) -> ClassFinder:
        """Return the finder of a dataset's classes."""
        return cls(dataset.classes, own or {}, is_numbered=dataset.source.format in _FORMATS_WITH_CLASS_IDS)

    @cached_property
    def _exact(self) -> dict[str, int]:
        """Rows by name, made when a name is first looked for: ids need none, and a million names take seconds."""
        return unique_names(self._classes.name, str)

    @cached_property
    def _folded(self) -> dict[str, int]:
        return unique_names(self._classes.name, fold)

    def by_name(self, name: str) -> int:
        """Return the row of a class name; -1 where unknown."""
        row = self._exact.get(name, -1)
        return row if row >= 0 else self._folded.get(fold(name), -1)

    def rows(self, wanted: Identifiers) -> tuple[IntArray, MatchKind]:
        """Return the row of each wanted id, -1 where unknown, and how it was found."""
        rows, converted = find_rows(wanted, self._classes.class_id)
        if self._own:
            return _rows_by_own_names(wanted, rows, converted, self._own, self.by_name, self._classes.name, fold)
        if not self._is_numbered:
            return _rows_by_names_first(wanted, rows, converted, self.by_name, lambda number: self.by_name(str(number)))
        return _rows_by_text(wanted, rows, converted, lambda value: self.by_name(value) if isinstance(value, str) else -1)


def fold(name: str) -> str:
    """Return a class name without differences of case, blanks, underscores and hyphens."""
    folded = name.casefold().replace("_", " ").replace("-", " ").strip()
    # A class that is called "-5" is not the one of number 5.
    return name.casefold().strip() if folded.isdigit() else folded


def _number_of_stem(name: str) -> str:
    """Return the number that a file is called by, without leading zeros; the stem itself where it is none."""
    stem = stem_of(name)
    return str(int(stem)) if stem.isascii() and stem.isdigit() and len(stem) < _MOST_DIGITS else stem


def _rows_by_names_first(
    wanted: Identifiers, rows: IntArray, converted: BoolArray, find: Callable[[str], int], find_number: Callable[[int], int]
) -> tuple[IntArray, MatchKind]:
    """Return rows by name where there is one, else by the number that our reader gave.

    Numbers are either names, if one of them is, or places: taking some this way and some that would mix two numberings.
    """
    listed = wanted.texts if isinstance(wanted, CodedTexts) else wanted.tolist() if isinstance(wanted, np.ndarray) else wanted
    distinct = list(dict.fromkeys(listed))
    named: dict[Any, int] = {value: find(value) for value in distinct if isinstance(value, str)}
    numbers: dict[Any, int] = {value: find_number(value) for value in distinct if isinstance(value, int)}
    is_named = any(row >= 0 for row in numbers.values())
    by_name = np.fromiter((named.get(value, numbers.get(value, -1)) for value in listed), np.int32, len(listed))
    is_number = np.fromiter((value in numbers for value in listed), np.bool_, len(listed))
    if isinstance(wanted, CodedTexts):
        by_name, is_number = np.append(by_name, np.int32(-1))[wanted.code], np.zeros(len(wanted), np.bool_)
    found = np.where((by_name >= 0) | (is_number & is_named), by_name, rows).astype(np.int32)
    return found, MatchKind(converted & (by_name < 0), by_name >= 0)


def _rows_by_text(
    wanted: Identifiers, rows: IntArray, converted: BoolArray, find: Callable[[Any], int]
) -> tuple[IntArray, MatchKind]:
    """Look up what is still unknown by its own text."""
    if isinstance(wanted, CodedTexts):
        texts = [*wanted.texts, None]
        row_of_text = np.full(len(texts), -1, np.int32)
        unknown = np.flatnonzero(np.bincount(wanted.code[rows < 0] + 1, minlength=len(texts))) - 1
        for code in unknown.tolist():
            row_of_text[code] = find(texts[code])
        found_rows = np.where(rows < 0, row_of_text[wanted.code], rows)
        return found_rows, MatchKind(converted, (rows < 0) & (found_rows >= 0))
    by_name = np.zeros(len(rows), np.bool_)
    if isinstance(wanted, np.ndarray):
        return rows, MatchKind(converted, by_name)
    rows = rows.copy()
    found: dict[Any, int] = {}
    for place in np.flatnonzero(rows < 0).tolist():
        value = wanted[place]
        row = found[value] if value in found else found.setdefault(value, find(value))
        if row >= 0:
            rows[place] = row
            by_name[place] = True
    return rows, MatchKind(converted, by_name)


def _rows_by_own_names(
    wanted: Identifiers,
    rows: IntArray,
    converted: BoolArray,
    own: dict[Any, str],
    find: Callable[[str], int],
    names: tuple[str, ...],
    form: Callable[[str], str],
) -> tuple[IntArray, MatchKind]:
    """Trust names over numbers: where both files name the thing, the number alone may mean another one.

    An id whose own name the ground truth does not have is unknown, even if the number exists there.
    """
    listed = wanted.tolist() if isinstance(wanted, (np.ndarray, CodedTexts)) else list(wanted)
    decided: dict[Any, tuple[int, bool]] = {}
    new_rows = rows.copy()
    by_name = np.zeros(len(listed), np.bool_)
    for place, value in enumerate(listed):
        if value not in decided:
            by_id = int(rows[place])
            name = own.get(value)
            if name is None or (by_id >= 0 and form(names[by_id]) == form(name)):
                decided[value] = (by_id, False)
            else:
                decided[value] = (find(name), True)
        new_rows[place], by_name[place] = decided[value]
    by_name &= new_rows >= 0
    return new_rows, MatchKind(converted & ~by_name, by_name)
