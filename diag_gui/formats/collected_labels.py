"""Labels gathered object by object while files of any format are read, and the facts they make.

A reader adds images and objects in the order of the file and says of each record that it leaves out why; checks of boxes,
order, classes and columns are the same for all formats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from diag_gui.data.arrays import AnyArray
from diag_gui.data.attributes import Column
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.formats.box_rules import ImageSizes
from diag_gui.formats.file_names import leads_outside, relative_name
from diag_gui.formats.labelled_columns import LabelledColumns, dataset_of_columns, given_quads
from diag_gui.formats.limits import LIMITS, check_limit
from diag_gui.formats.value_columns import column_of, column_of_texts

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
    _objects: list[LabelledObject] = field(default_factory=list)
    _image_of_object: list[int] = field(default_factory=list)
    _index_of_object: list[int] = field(default_factory=list)

    @property
    def n_images(self) -> int:
        """Images added so far."""
        return len(self._image_names)

    @property
    def class_names(self) -> set[str]:
        """Names of classes that occur so far."""
        return {one.class_name for one in self._objects}

    def add_image(
        self, name: str, width: float | None = None, height: float | None = None, attributes: Attributes = NO_ATTRIBUTES
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
        self._objects.append(labelled)
        self._image_of_object.append(image)
        self._index_of_object.append(self.n_records)
        self.n_records += 1

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
        objects = self._objects
        # Field by field: a million objects are read in one go each, and none is asked by name.
        columns_of_objects = list(zip(*objects, strict=True)) or [()] * len(LabelledObject._fields)
        class_names_of, boxes, _, identifiers, _, crowds, ignored, areas, *_ = columns_of_objects

        def chosen(rows: AnyArray) -> list[LabelledObject]:
            return [objects[row] for row in rows.tolist()]

        columns = LabelledColumns(
            image_names=tuple(self._image_names),
            image_sizes=np.array(self._image_sizes, np.int32),
            image_row=np.array(self._image_of_object, np.int32),
            class_name=list(class_names_of),
            xywh=np.fromiter(chain.from_iterable(boxes), np.float64, 4 * len(objects)).reshape(-1, 4),
            name=lambda row: objects[row].record,
            source_index=np.array(self._index_of_object, np.int64),
            n_records=self.n_records,
            sha256=sha256,
            area=np.array([np.nan if area is None else area for area in areas], np.float64),
            is_crowd=np.array(crowds, np.bool_),
            is_ignored=np.array(ignored, np.bool_),
            identifiers=list(identifiers),
            quad=given_quads(objects),
            sizes_are_nominal=self.sizes_are_nominal,
        )
        return dataset_of_columns(
            columns, self.path, self.format, self.log,
            class_names=class_names,
            attributes=lambda rows: columns_of([one.attributes for one in chosen(rows)]),
            image_attributes=columns_of(self._image_attributes),
            masks=lambda rows, sizes: masks_of(chosen(rows), sizes, self.log),
        )  # fmt: skip


def columns_of(attributes: Sequence[Attributes]) -> tuple[Column, ...]:
    """Return one column per name that occurs; columns of text alone are read as tables are.

    Names beyond ``table_columns`` are left out: no person looks at them, and each costs memory for every row.
    """
    names = list(dict.fromkeys(name for entries in attributes for name in entries))[: LIMITS["table_columns"]]
    columns = []
    for name in names:
        values = [entries.get(name) for entries in attributes]
        if all(value is None or isinstance(value, str) for value in values):
            columns.append(column_of_texts(name, [value or "" for value in values]))
        else:
            columns.append(column_of(name, values))
    return tuple(column for column in columns if column is not None)


def masks_of(objects: Sequence[Any], sizes: ImageSizes, log: ProblemLog) -> tuple[Any, ...] | None:
    """Return the mask of each object, bad ones noted; None where not one has one."""
    masks = [one.mask for one in objects]
    if all(mask is None for mask in masks):
        return None
    from diag_gui.formats.masks import usable_masks

    return usable_masks(masks, sizes, log, lambda row: str(objects[row].record))


def _whole_size(width: float | None, height: float | None) -> tuple[int, int]:
    """Return a size in whole pixels, (-1, -1) where it is not known or cannot be."""
    if width is None or height is None or not (0 < width < 2**31 and 0 < height < 2**31):
        return -1, -1
    return int(width), int(height)
