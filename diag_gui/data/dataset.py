"""Ground truth of a set of images: what should have been found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import (
    AnyArray,
    BoolArray,
    FloatArray,
    IntArray,
    LongArray,
    all_finite,
    frozen,
    frozen_ids,
    is_ascending,
    offsets_of,
)
from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.row_lists import RowLists

FREQUENCIES = ("r", "c", "f")
"""LVIS's groups of classes: rare, common, frequent."""


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """The images of a dataset, in ascending order of id: the order that average precision resolves ties by.

    Attributes
    ----------
    image_id : ndarray of int64 or object, shape (I,)
        As the file says; ascending (integers before strings).
    file_name : tuple of str, length I
        Path relative to the image root, with ``/``.
    width, height : ndarray of int32, shape (I,)
        Pixels; -1 where not known.
    verified, negative : RowLists of I lists, or None
        Class rows that somebody verified to be in the image, and not to be in it. Both None where the data says nothing of the
        kind: every class was looked for in every image. With either of them, a class in no list of the image and without
        ground truth there was not looked for in it; an empty list says that no further class was.
    not_exhaustive : RowLists of I lists, or None
        Class rows of which not every object in the image is labelled. None where the data says nothing of the kind; that and
        an empty list both mean that all objects of the classes looked for are labelled.
    """

    image_id: AnyArray
    file_name: tuple[str, ...]
    width: IntArray
    height: IntArray
    verified: RowLists | None = None
    negative: RowLists | None = None
    not_exhaustive: RowLists | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_id", frozen_ids(self.image_id, "image_id"))
        n = len(self.image_id)
        if len(self.file_name) != n:
            raise ValueError(f"{len(self.file_name)} file names for {n} images")
        object.__setattr__(self, "width", frozen(self.width, np.int32, (n,), "width"))
        object.__setattr__(self, "height", frozen(self.height, np.int32, (n,), "height"))
        for name, lists in self.class_lists.items():
            if len(lists) != n:
                raise ValueError(f"{len(lists)} lists of {name} classes for {n} images")

    @property
    def is_federated(self) -> bool:
        """Whether the classes that were looked for differ from image to image."""
        return self.verified is not None or self.negative is not None

    @property
    def class_lists(self) -> dict[str, RowLists]:
        """The lists of class rows that are there, by name of the attribute."""
        named = {"verified": self.verified, "negative": self.negative, "not_exhaustive": self.not_exhaustive}
        return {name: lists for name, lists in named.items() if lists is not None}

    def __len__(self) -> int:
        return len(self.image_id)


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The classes of a dataset, in ascending order of id.

    Attributes
    ----------
    class_id : ndarray of int64 or object, shape (C,)
        As the file says; ascending.
    name : tuple of str, length C
        Shown to people.
    supercategory : tuple of str, length C
        Empty where not given.
    frequency : tuple of str or None, length C, or None
        LVIS's group of each class by the training images it is in: ``"r"`` rare, ``"c"`` common, ``"f"`` frequent, None for a
        class in no group. None as a whole where the data has no groups.
    parents : RowLists of C lists, or None
        Rows of the classes directly above each class: none for a class at the top, several where a hierarchy is no tree. None
        where the data has no hierarchy, which is not the same as one in which every class is at the top.
    synset : tuple of str, length C, or None
        WordNet synset of each class, empty where not given; None as a whole where the data has none.
    """

    class_id: AnyArray
    name: tuple[str, ...]
    supercategory: tuple[str, ...]
    frequency: tuple[str | None, ...] | None = None
    parents: RowLists | None = None
    synset: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "class_id", frozen_ids(self.class_id, "class_id"))
        if not len(self.class_id) == len(self.name) == len(self.supercategory):
            raise ValueError("class ids, names and supercategories differ in length")
        n = len(self.class_id)
        if self.frequency is not None and (len(self.frequency) != n or not set(self.frequency) <= {*FREQUENCIES, None}):
            raise ValueError(f"frequencies of classes are not {n} of {', '.join(FREQUENCIES)} or None")
        if self.parents is not None and (len(self.parents) != n or (self.parents.rows >= n).any()):
            raise ValueError("parents of classes differ in length or name a class row that is not there")
        if self.synset is not None and len(self.synset) != n:
            raise ValueError(f"{len(self.synset)} synsets for {n} classes")

    def __len__(self) -> int:
        return len(self.class_id)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where facts were read from, so that an export can go back to the original records.

    Attributes
    ----------
    path : Path
        File or folder.
    format : str
        Name of the format.
    sha256 : str
        Digest of the content when read.
    """

    path: Path
    format: str
    sha256: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class GroundTruth:
    """Labelled objects, sorted by image, in file order within an image.

    Attributes
    ----------
    annotation_id : ndarray of int64 or object, shape (G,)
        As the file says; ordinal of the record where the format has no ids.
    image_row, class_row : ndarray of int32, shape (G,)
        Rows of `Images` and `Classes`.
    xywh : ndarray of float64, shape (G, 4)
        Left, top, width, height in pixels, as in the file.
    area : ndarray of float64, shape (G,)
        Square pixels: the file's ``area``, else width times height.
    is_crowd, is_ignored : ndarray of bool, shape (G,)
        A crowd absorbs any number of predictions. ``is_ignored`` is set by formats whose rules ignore a label always
        (KITTI's DontCare). What only some rules ignore does not set it and is an attribute: ``difficult``, ``ignore``.
    source_index : ndarray of int64, shape (G,)
        Position of the record in the file (for one file per image: ordinal over the files in sorted order).
    masks : sequence or None
        Per row the segmentation as the file says (`data.masks.Mask`), None where there is none, `data.masks.UNUSABLE` where
        it cannot be used; the whole is None where no row has one.
    quad : ndarray of float64, shape (G, 8), or None
        Corners of rotated boxes in pixels; None where the format has none.
    attributes : AttributeTable
        Level ``gt``.
    has_area : ndarray of bool, shape (G,), or None
        Whether ``area`` is the file's; None means of every row. Where it is not, the area of a mask is its pixels.
    """

    annotation_id: AnyArray
    image_row: IntArray
    class_row: IntArray
    xywh: FloatArray
    area: FloatArray
    is_crowd: BoolArray
    is_ignored: BoolArray
    source_index: LongArray
    masks: Sequence[Any] | None
    quad: FloatArray | None
    attributes: AttributeTable
    has_area: BoolArray | None = None

    def __post_init__(self) -> None:
        n = len(self.image_row)
        object.__setattr__(self, "annotation_id", frozen_ids(self.annotation_id, "annotation_id"))
        for name, dtype, shape in (
            ("image_row", np.int32, (n,)),
            ("class_row", np.int32, (n,)),
            ("xywh", np.float64, (n, 4)),
            ("area", np.float64, (n,)),
            ("is_crowd", np.bool_, (n,)),
            ("is_ignored", np.bool_, (n,)),
            ("source_index", np.int64, (n,)),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, shape, name))
        if self.quad is not None:
            object.__setattr__(self, "quad", frozen(self.quad, np.float64, (n, 8), "quad"))
            if not all_finite(self.quad):
                raise ValueError("ground truth corners must be finite; readers drop the others")
        if self.has_area is not None:
            object.__setattr__(self, "has_area", frozen(self.has_area, np.bool_, (n,), "has_area"))
        if len(self.annotation_id) != n or (self.masks is not None and len(self.masks) != n):
            raise ValueError("ground truth columns differ in length")
        if not is_ascending(self.image_row):
            raise ValueError("ground truth is not sorted by image")
        if not all_finite(self.xywh):
            raise ValueError("ground truth boxes must be finite; readers drop the others")
        if self.attributes.level is not Level.GT or self.attributes.n_rows != n:
            raise ValueError("ground truth attributes do not fit")

    def __len__(self) -> int:
        return len(self.image_row)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Images, classes and ground truth: frozen, checked once.

    Attributes
    ----------
    images : Images
    classes : Classes
    ground_truth : GroundTruth
    image_attributes : AttributeTable
        Level ``image``: metadata from the ground truth file and from joined tables.
    source : Source
    name : str
        Short name for titles, usually the stem of the file.
    sizes_are_nominal : bool
        Whether some image has a size that only stands in for the true one, which relative coordinates need and whose picture
        is not at hand. Figures by area are then undefined.
    image_offsets : ndarray of int64, shape (I + 1,)
        Ground truth of image i is ``[o[i]:o[i + 1]]``; derived.
    """

    images: Images
    classes: Classes
    ground_truth: GroundTruth
    image_attributes: AttributeTable
    source: Source
    name: str
    sizes_are_nominal: bool = False
    image_offsets: LongArray = field(init=False)

    def __post_init__(self) -> None:
        gt = self.ground_truth
        if len(gt) and not (gt.image_row[0] >= 0 and gt.image_row[-1] < len(self.images)):
            raise ValueError("ground truth names an image row that is not there")
        if len(gt) and not (gt.class_row.min() >= 0 and gt.class_row.max() < len(self.classes)):
            raise ValueError("ground truth names a class row that is not there")
        for name, lists in self.images.class_lists.items():
            if len(lists.rows) and lists.rows.max() >= len(self.classes):
                raise ValueError(f"the {name} classes of an image name a class row that is not there")
        if self.image_attributes.level is not Level.IMAGE or self.image_attributes.n_rows != len(self.images):
            raise ValueError("image attributes do not fit")
        object.__setattr__(
            self, "image_offsets", frozen(offsets_of(gt.image_row, len(self.images)), np.int64, (-1,), "image_offsets")
        )
