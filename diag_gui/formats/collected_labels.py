"""Labels gathered object by object while files of any format are read, and the facts they make.

A reader adds images and objects in the order of the file and says of each record that it leaves out why; checks of boxes,
order, classes and columns are the same for all formats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from diag_gui.data.attributes import AttributeTable, Column, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.formats.box_rules import ImageSizes, keep_ground_truth
from diag_gui.formats.file_names import leads_outside, relative_name
from diag_gui.formats.limits import LIMITS, check_limit
from diag_gui.formats.record_problems import rows_where
from diag_gui.formats.value_columns import column_of, column_of_texts

Attributes = Mapping[str, Any]
Box = tuple[float, float, float, float]
NO_ATTRIBUTES: Attributes = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LabelledObject:
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
    attributes: Attributes = field(default_factory=dict)
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
        used = self.class_names
        names = list(dict.fromkeys(class_names)) if class_names is not None else []
        names += sorted(used.difference(names))
        check_limit(self.path, "n_classes", len(names), "classes")
        class_of = {name: row for row, name in enumerate(names)}
        images = Images(
            np.arange(1, self.n_images + 1, dtype=np.int64),
            tuple(self._image_names),
            np.array([width for width, _ in self._image_sizes], np.int32),
            np.array([height for _, height in self._image_sizes], np.int32),
        )
        image_row = np.array(self._image_of_object, np.int32)
        xywh = np.array([one.xywh for one in self._objects], np.float64).reshape(-1, 4)
        sizes = ImageSizes.of_boxes(image_row, images.width, images.height)
        kept = keep_ground_truth(xywh, np.ones(len(xywh), np.bool_), sizes, self.log, lambda row: self._objects[row].record)
        rows = rows_where(kept)
        rows = rows[np.argsort(image_row[rows], kind="stable")]
        objects = [self._objects[row] for row in rows.tolist()]
        areas = [one.area if one.area is not None else np.nan for one in objects]
        area = np.array(areas, np.float64).reshape(-1)
        ground_truth = GroundTruth(
            annotation_id=self._identifiers(rows.tolist(), objects),
            image_row=image_row[rows],
            class_row=np.array([class_of[one.class_name] for one in objects], np.int32),
            xywh=xywh[rows],
            area=np.where(np.isnan(area), xywh[rows, 2] * xywh[rows, 3], area),
            is_crowd=np.array([one.is_crowd for one in objects], np.bool_),
            is_ignored=np.array([one.is_ignored for one in objects], np.bool_),
            source_index=np.array(self._index_of_object, np.int64)[rows],
            masks=masks_of(objects, ImageSizes.of_boxes(image_row[rows], images.width, images.height), self.log),
            quad=quads_of(objects, xywh[rows]),
            attributes=AttributeTable(Level.GT, len(rows), columns_of([one.attributes for one in objects])),
            has_area=~np.isnan(area),
        )
        dataset = Dataset(
            images,
            Classes(np.arange(1, len(names) + 1, dtype=np.int64), tuple(names), ("",) * len(names)),
            ground_truth,
            AttributeTable(Level.IMAGE, len(images), columns_of(self._image_attributes)),
            Source(self.path, self.format, sha256),
            self.path.stem if self.path.is_file() else self.path.resolve().name,
            self.sizes_are_nominal,
        )
        n = len(ground_truth)
        report = ReadReport(self.path, self.format, sha256, self.n_records, n, self.n_records - n, self.log.groups())
        return dataset, report

    def _identifiers(self, rows: list[int], objects: list[LabelledObject]) -> Any:
        """Return the objects' own ids where all have one and no two the same, else the ordinals of their records from 1."""
        own = [one.identifier for one in objects]
        if own and None not in own and len(set(own)) == len(own) and len({type(one) for one in own}) == 1:
            return np.array(own, np.int64 if isinstance(own[0], int) else object)
        return np.array([self._index_of_object[row] + 1 for row in rows], np.int64)


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


def quads_of(objects: Sequence[Any], xywh: Any) -> Any:
    """Return the corners of each object, those of its box where it is not rotated; None where not one is."""
    if not any(one.quad is not None for one in objects):
        return None
    x, y, w, h = xywh.T
    corners = np.stack([x, y, x + w, y, x + w, y + h, x, y + h], axis=1)
    for row, one in enumerate(objects):
        if one.quad is not None:
            corners[row] = one.quad
    return corners


def _whole_size(width: float | None, height: float | None) -> tuple[int, int]:
    """Return a size in whole pixels, (-1, -1) where it is not known or cannot be."""
    if width is None or height is None or not (0 < width < 2**31 and 0 < height < 2**31):
        return -1, -1
    return int(width), int(height)
