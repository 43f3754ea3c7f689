"""Labels gathered while files of any format are read, and the facts they make.

A reader adds images and objects in the order of the file, one by one or many plain ones at once, and says of each record that it
leaves out why; checks of boxes, order, classes and columns are the same for all formats.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray
from diag_gui.data.attributes import Column
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.formats.box_rules import ImageSizes
from diag_gui.formats.file_names import leads_outside, relative_name
from diag_gui.formats.labelled_columns import LabelledColumns, dataset_of_columns
from diag_gui.formats.limits import check_limit
from diag_gui.formats.record_problems import RecordName
from diag_gui.formats.value_columns import column_of, column_of_texts, most_fields

Attributes = Mapping[str, Any]
Box = tuple[float, float, float, float]
NO_ATTRIBUTES: Attributes = MappingProxyType({})


class LabelledObject(NamedTuple):
    """One object as its file says.

    Attributes
    ----------
    class_name : str
    xywh : tuple of float
        Left, top, width, height in pixels; may hold NaN, which is then dropped and noted.
    record : str
        Its name in messages: ``"a.xml: object 2"``.
    identifier : int, str or None
        Its own id; the ordinal of the record stands in.
    attributes : mapping of str to value
        Texts are read as numbers, truth values or times where all of a column are.
    is_crowd, is_ignored : bool
    area : float or None
        Square pixels; None means width times height.
    quad : tuple of float or None
        Eight corners in pixels, of a rotated box.
    mask : list, dict or None
        Polygons or RLE as COCO writes them, not yet checked; `data.masks.UNUSABLE` where a fault was noted already.
    """

    class_name: str
    xywh: Box
    record: str
    identifier: int | str | None = None
    attributes: Attributes = NO_ATTRIBUTES
    is_crowd: bool = False
    is_ignored: bool = False
    area: float | None = None
    quad: tuple[float, ...] | None = None
    mask: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class PlainObjects:
    """N objects that are nothing but upright boxes of a class, as most are, in the order of their file.

    Attributes
    ----------
    image : ndarray of int32, shape (N,)
        Places of their images.
    class_name : sequence of str
    xywh : ndarray of float64, shape (N, 4)
        Pixels.
    attributes : sequence of mapping
        One per object; few that many share are the quickest.
    name : callable
        Name of the object at a position, for messages.
    is_ignored : sequence of bool or None
        None where none is.
    """

    image: IntArray
    class_name: Sequence[str]
    xywh: FloatArray
    attributes: Sequence[Attributes]
    name: RecordName
    is_ignored: Sequence[bool] | None = None


@dataclass(slots=True)
class CollectedLabels:
    """What was read so far.

    Attributes
    ----------
    path : Path
        What the user pointed at.
    format : str
    log : ProblemLog
    n_records : int
        Objects met, left out or not.
    sizes_are_nominal : bool
        Whether some image has a size that only stands in for the true one.
    """

    path: Path
    format: str
    log: ProblemLog
    n_records: int = 0
    sizes_are_nominal: bool = False
    _image_names: list[str] = field(default_factory=list)
    _image_sizes: list[tuple[int, int]] = field(default_factory=list)
    _image_attributes: list[Attributes] = field(default_factory=list)
    _place_of_name: dict[str, int] = field(default_factory=dict)
    _class_name: list[str] = field(default_factory=list)
    _xywh: array[float] = field(default_factory=lambda: array("d"))
    _image: array[int] = field(default_factory=lambda: array("i"))
    _index: array[int] = field(default_factory=lambda: array("q"))
    _attributes: list[Attributes] = field(default_factory=list)
    _name: dict[int, str] = field(default_factory=dict)
    _named_together: list[tuple[int, RecordName]] = field(default_factory=list)
    _is_ignored: list[int] = field(default_factory=list)
    _is_crowd: list[int] = field(default_factory=list)
    _identifier: dict[int, int | str] = field(default_factory=dict)
    _area: dict[int, float] = field(default_factory=dict)
    _quad: dict[int, tuple[float, ...]] = field(default_factory=dict)
    _mask: dict[int, Any] = field(default_factory=dict)

    @property
    def n_images(self) -> int:
        """Images added so far."""
        return len(self._image_names)

    @property
    def class_names(self) -> set[str]:
        """Names of classes that occur so far."""
        return set(self._class_name)

    def add_image(
        self,
        name: str,
        width: float | None = None,
        height: float | None = None,
        attributes: Attributes = NO_ATTRIBUTES,
        *,
        is_listed: bool = False,
    ) -> int:
        """Add an image and return its place, which `add` takes; one that is there already keeps its place.

        Parameters
        ----------
        name : str
            As the file says; a name that leads outside the image folder is noted, and its picture is never opened.
        width, height : float, optional
            Pixels; not known where absent or impossible.
        attributes : mapping
            Metadata of the image; what comes later for the same image wins.
        is_listed : bool
            Whether the format lists each image once: a second time is then noted.

        Raises
        ------
        LimitError
            If the name is longer than ``name_chars``.
        """
        name = relative_name(name)
        size = _whole_size(width, height)
        place = self._place_of_name.get(name)
        if place is None:
            check_limit(self.path, "name_chars", len(name), "file name")
            if leads_outside(name):
                self.log.add("file-name-outside-root", name[:80], "leads outside the image folder; its picture is not opened",
                             drops=False)  # fmt: skip
            place = self._place_of_name[name] = len(self._image_names)
            self._image_names.append(name)
            self._image_sizes.append(size)
            self._image_attributes.append(attributes)
            return place
        if is_listed:
            self.log.add("image-listed-twice", name[:80], "is listed twice; the objects of both are on one image", drops=False)
        if self._image_sizes[place] == (-1, -1):
            self._image_sizes[place] = size
        if attributes:
            self._image_attributes[place] = {**self._image_attributes[place], **attributes}
        return place

    def size_of(self, image: int) -> tuple[int, int]:
        """Return width and height of the image at a place, in pixels; -1 where not known."""
        return self._image_sizes[image]

    def add(self, image: int, labelled: LabelledObject) -> None:
        """Add an object on the image at a place."""
        row = len(self._class_name)
        self._class_name.append(labelled.class_name)
        self._xywh.extend(labelled.xywh)
        self._image.append(image)
        self._index.append(self.n_records)
        self._attributes.append(labelled.attributes)
        self._name[row] = labelled.record
        if labelled.is_crowd:
            self._is_crowd.append(row)
        if labelled.is_ignored:
            self._is_ignored.append(row)
        if labelled.identifier is not None:
            self._identifier[row] = labelled.identifier
        if labelled.area is not None:
            self._area[row] = labelled.area
        if labelled.quad is not None:
            self._quad[row] = labelled.quad
        if labelled.mask is not None:
            self._mask[row] = labelled.mask
        self.n_records += 1

    def add_plain(self, objects: PlainObjects) -> None:
        """Add many objects at once."""
        first, n = len(self._class_name), len(objects.class_name)
        self._class_name += objects.class_name
        self._xywh.frombytes(np.ascontiguousarray(objects.xywh, np.float64).tobytes())
        self._image.frombytes(np.ascontiguousarray(objects.image, np.int32).tobytes())
        self._index.extend(range(self.n_records, self.n_records + n))
        self._attributes += objects.attributes
        self._named_together.append((first, objects.name))
        if objects.is_ignored is not None:
            self._is_ignored += [first + place for place, ignored in enumerate(objects.is_ignored) if ignored]
        self.n_records += n

    def leave_out(self, code: str, record: str, reason: str) -> None:
        """Count a record that does not become an object, and say why."""
        self.log.add(code, record, reason, drops=True)
        self.n_records += 1

    def build(self, sha256: str, *, class_names: Sequence[str] | None = None) -> tuple[Dataset, ReadReport]:
        """Return the facts, and the account of what was read.

        Parameters
        ----------
        sha256 : str
            Of what was read.
        class_names : sequence of str, optional
            Classes in the order of the format, each once, numbered from 1; names that occur beyond it follow. By default the
            names that occur, sorted.

        Returns
        -------
        Dataset
            Images numbered from 1 in the order they were added.
        ReadReport

        Raises
        ------
        LimitError
            If there are more than ``n_classes`` classes.
        """
        n = len(self._class_name)
        columns = LabelledColumns(
            image_names=tuple(self._image_names),
            image_sizes=np.array(self._image_sizes, np.int32),
            image_row=np.array(self._image, np.int32),
            class_name=self._class_name,
            xywh=np.array(self._xywh, np.float64).reshape(-1, 4),
            name=self._name_of,
            source_index=np.array(self._index, np.int64),
            n_records=self.n_records,
            sha256=sha256,
            area=_scattered(self._area, n),
            is_crowd=_true_at(self._is_crowd, n),
            is_ignored=_true_at(self._is_ignored, n),
            identifiers=[self._identifier.get(row) for row in range(n)] if self._identifier else None,
            quad=_scattered(self._quad, n, 8),
            sizes_are_nominal=self.sizes_are_nominal,
        )
        return dataset_of_columns(
            columns, self.path, self.format, self.log,
            class_names=class_names,
            attributes=lambda rows: columns_of([self._attributes[row] for row in rows.tolist()]),
            image_attributes=columns_of(self._image_attributes),
            masks=self._masks_at,
        )  # fmt: skip

    def _name_of(self, row: int) -> str:
        """Return the name of an object for messages."""
        if row in self._name:
            return self._name[row]
        first, name = self._named_together[bisect_right(self._named_together, row, key=lambda block: block[0]) - 1]
        return name(row - first)

    def _masks_at(self, rows: AnyArray, sizes: ImageSizes) -> tuple[Any, ...] | None:
        if not self._mask:
            return None
        chosen = rows.tolist()
        return masks_of([self._mask.get(row) for row in chosen], sizes, self.log, lambda place: self._name_of(chosen[place]))


def columns_of(attributes: Sequence[Attributes]) -> tuple[Column, ...]:
    """Return one column per name that occurs; columns of text alone are read as tables are.

    Names beyond `most_fields` are left out: no person looks at them, and each costs memory for every row.
    """
    # Where rows share their mapping, each is looked at once.
    place_of: dict[int, int] = {}
    places = np.array([place_of.setdefault(id(entries), len(place_of)) for entries in attributes], np.int64)
    distinct = {id(entries): entries for entries in attributes}.values()
    names = list(dict.fromkeys(name for entries in distinct for name in entries))[: most_fields(len(attributes))]
    columns = []
    for name in names:
        values = [entries.get(name) for entries in distinct]
        if all(value is None or isinstance(value, str) for value in values):
            columns.append(column_of_texts(name, [value or "" for value in values]))
        else:
            columns.append(column_of(name, values))
    return tuple(
        Column(column.name, column.kind, column.values[places], column.missing[places], column.categories)
        for column in columns if column is not None
    )  # fmt: skip


def masks_of(masks: Sequence[Any], sizes: ImageSizes, log: ProblemLog, name: RecordName) -> tuple[Any, ...] | None:
    """Return the mask of each object, bad ones noted; None where not one has one."""
    if all(mask is None for mask in masks):
        return None
    from diag_gui.formats.masks import usable_masks

    return usable_masks(masks, sizes, log, name)


def _scattered(given: Mapping[int, Any], n: int, across: int = 0) -> FloatArray | None:
    """Return numbers, ``across`` a row or one, NaN where none is given; None where there are none at all."""
    if not given:
        return None
    values = np.full((n, across) if across else n, np.nan)
    values[list(given)] = list(given.values())
    return values


def _true_at(rows: Sequence[int], n: int) -> BoolArray | None:
    if not rows:
        return None
    values = np.zeros(n, np.bool_)
    values[rows] = True
    return values


def _whole_size(width: float | None, height: float | None) -> tuple[int, int]:
    """Return a size in whole pixels, (-1, -1) where it is not known or cannot be."""
    if width is None or height is None or not (0 < width < 2**31 and 0 < height < 2**31):
        return -1, -1
    return int(width), int(height)
