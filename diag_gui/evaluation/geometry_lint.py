"""Boxes that look odd by their shape and place alone: what no record check refuses and a person may want to see.

None of it is an error by itself: a crowd of people holds nested boxes, a flagpole is a sliver. So every finding is a hint,
each rule has a threshold with a reason, and no figure changes by it.

================  ==========================================================================================
kind              a box is found if
================  ==========================================================================================
outside           it has no part of its image
partly outside    it sticks out by more than `EDGE_PX`: half a pixel is how far rounding moves an edge
zero size         its width or height is not positive
tiny              its shorter side is below `TINY_PX`: moved by one pixel, such a box has an IoU below .5 with itself
sliver            its longer side is at least `SLIVER` times the shorter: turned by three degrees about an end
                  (1 in 20), its other end leaves it, so that no upright box says where the object lies
identical         another of its image and class has the same coordinates to `SAME_PX`, by which review tells labels apart
nested            at least `INSIDE` of its area lies in a larger one of its image and class; not all, since rounding moves edges
two classes       one of another class in its image has IoU >= `SAME_OBJECT_IOU` with it, ObjectLab's mark of one object
                  labelled twice
repeated          one of its class has the same coordinates to `SAME_PX` in at least `MANY_IMAGES` images: two may be copies or
                  neighbours of each other, a third is a label that was pasted, a default, or a mark on the lens
================  ==========================================================================================

Crowds, regions to be ignored and groups stand for many objects: nothing is nested in them, and they are equal to nothing. Where
sizes of images are only nominal, sides have no length in pixels, so that nothing is tiny or a sliver. Boxes of any angle are
compared by their four corners.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, frozen
from diag_gui.data.dataset import Dataset, GroundTruth, Images
from diag_gui.data.expression import ManyValued
from diag_gui.data.predictions import Predictions
from diag_gui.data.quadrilaterals import quadrilaterals, slenderness
from diag_gui.evaluation._kernels.matching_loops import matching_loops
from diag_gui.evaluation._kernels.rotated_loops import rotated_loops
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.evaluation.label_errors_objectlab import SAME_OBJECT_IOU
from diag_gui.evaluation.label_flags import GROUP_OF, flagged

EDGE_PX = 0.5
TINY_PX = 3.0
SLIVER = 20.0
SAME_PX = 0.01
INSIDE = 0.99
MANY_IMAGES = 3

_AT_LEAST = 4_096
"""Boxes of a chunk worth handing to a thread; small enough that a heap of boxes on one place fits into memory."""


class LintKind(IntEnum):
    """What is odd about a box, in the order in which it is listed."""

    OUTSIDE = 0
    PARTLY_OUTSIDE = 1
    ZERO_SIZE = 2
    TINY = 3
    SLIVER = 4
    IDENTICAL = 5
    NESTED = 6
    TWO_CLASSES = 7
    REPEATED = 8


LINT_NAMES: tuple[str, ...] = tuple(kind.name.lower().replace("_", " ") for kind in LintKind)
"""What expressions, lists and JSON call each kind."""


@dataclass(frozen=True, eq=False)
class LintFindings:
    """What is odd about N boxes; ascending by kind, then row, each row once per kind.

    Attributes
    ----------
    n_rows : int
        N.
    kind : ndarray of uint8, shape (M,)
        `LintKind`.
    row : ndarray of int32, shape (M,)
        Which box.
    other : ndarray of int32, shape (M,)
        The box it is identical to, nested in, labelled twice with, or repeats; -1 where the finding is about one box alone.
    """

    n_rows: int
    kind: ByteArray
    row: IntArray
    other: IntArray

    def __post_init__(self) -> None:
        for name, dtype in (("kind", np.uint8), ("row", np.int32), ("other", np.int32)):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, (len(self.kind),), name))

    def __len__(self) -> int:
        return len(self.kind)

    def of_kind(self, kind: LintKind) -> slice:
        """Return where the findings of one kind stand."""
        first, last = np.searchsorted(self.kind, [int(kind), int(kind) + 1])
        return slice(int(first), int(last))

    @cached_property
    def column(self) -> ManyValued:
        """The names of all that is odd about each box, as a column that expressions can ask."""
        return ManyValued(self.n_rows, self.row, tuple(LINT_NAMES[kind] for kind in self.kind.tolist()))


_known: WeakKeyDictionary[GroundTruth | Predictions, tuple[Images, LintFindings]] = WeakKeyDictionary()
_lock = threading.Lock()


def lint(
    dataset: Dataset,
    objects: GroundTruth | Predictions,
    *,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> LintFindings:
    """Look for odd boxes among labels or predictions; done once and kept as long as the objects are.

    Parameters
    ----------
    dataset : Dataset
    objects : GroundTruth or Predictions
        The ground truth of ``dataset``, or predictions on its images.
    workers, progress, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Returns
    -------
    LintFindings

    Raises
    ------
    concurrent.futures.CancelledError
        If ``cancelled`` said so.
    """
    with _lock:
        images, findings = _known.get(objects, (None, None))
    if findings is not None and images is dataset.images:
        return findings
    found = {
        **_alone(dataset, objects),
        **_together(dataset, objects, workers=workers, progress=progress, cancelled=cancelled),
    }
    rows = [found[kind][0] for kind in LintKind]
    findings = LintFindings(
        n_rows=len(objects),
        kind=np.repeat(np.arange(len(rows), dtype=np.uint8), [len(part) for part in rows]),
        row=np.concatenate(rows).astype(np.int32),
        other=np.concatenate([found[kind][1] for kind in LintKind]).astype(np.int32),
    )
    with _lock:
        _known[objects] = (dataset.images, findings)
    return findings


_Found = dict[LintKind, tuple[AnyArray, AnyArray]]
"""Rows and others, by kind."""


def _alone(dataset: Dataset, objects: GroundTruth | Predictions) -> _Found:
    """Return what is odd about boxes each on its own."""
    x, y, width, height = objects.xywh.T
    images, row = dataset.images, objects.image_row
    known = ((images.width > 0) & (images.height > 0))[row]
    image_width, image_height = images.width[row], images.height[row]
    is_empty = (width <= 0) | (height <= 0)
    outside = known & ((x >= image_width) | (y >= image_height) | (x + width <= 0) | (y + height <= 0)) & ~is_empty
    out = np.maximum.reduce([-x, -y, x + width - image_width, y + height - image_height])
    has_pixels = not dataset.sizes_are_nominal
    shorter, longer = np.minimum(width, height), np.maximum(width, height)
    slender = np.full(len(objects), np.nan)
    np.divide(longer, shorter, out=slender, where=shorter > 0)
    if objects.quad is not None:
        slender = slenderness(objects.quad)
    flags = {
        LintKind.OUTSIDE: outside,
        LintKind.PARTLY_OUTSIDE: known & (out > EDGE_PX) & ~outside & ~is_empty,
        LintKind.ZERO_SIZE: is_empty,
        LintKind.TINY: (shorter < TINY_PX) & ~is_empty & has_pixels,
        LintKind.SLIVER: (slender >= SLIVER) & ~is_empty & has_pixels,
    }
    return {kind: (rows := np.flatnonzero(flag), np.full(len(rows), -1)) for kind, flag in flags.items()}


def _together(
    dataset: Dataset,
    objects: GroundTruth | Predictions,
    *,
    workers: int | None,
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> _Found:
    """Return what is odd about boxes beside others."""
    of_one = _of_one_object(objects) & (objects.xywh[:, 2] > 0) & (objects.xywh[:, 3] > 0)
    rows = np.flatnonzero(of_one)
    place = _places(objects, rows)
    image, class_row = objects.image_row[rows].astype(np.int64), objects.class_row[rows].astype(np.int64)
    by_label = _numbered(place, class_row)
    first_of, first_place = _first_of_each(_numbered(by_label, image))
    n_alike = np.bincount(first_of, minlength=len(rows))[first_of]
    identical = np.flatnonzero(n_alike > 1)

    # From here on one box stands for all that are identical to it, so that a heap of them costs no more than one.
    standing = np.flatnonzero(first_place)
    n_images = np.bincount(by_label[standing], minlength=int(by_label.max(initial=-1)) + 1)
    repeated = np.flatnonzero(n_images[by_label] >= MANY_IMAGES)
    elsewhere = standing[_next_alike(by_label[standing])][np.searchsorted(standing, first_of[repeated])]
    inner, outer, share = _shares(dataset, objects, rows[standing], workers, progress, cancelled)
    area = _areas(objects)[rows[standing]]
    inter = share * area[inner]
    iou = inter / (area[inner] + area[outer] - inter)
    same = class_row[standing][inner] == class_row[standing][outer]
    nested = same & (share >= INSIDE) & (area[outer] > area[inner])
    twice = ~same & (iou >= SAME_OBJECT_IOU)

    def with_alike(chosen: BoolArray, *, both: bool) -> tuple[AnyArray, AnyArray]:
        """Return the first partner of each box, those included for which another stands."""
        one, two = inner[chosen], outer[chosen]
        if both:
            one, two = np.concatenate([one, two]), np.concatenate([two, one])
        partner = np.full(len(rows), -1, np.int64)
        order = np.lexsort((-two, one))
        partner[standing[one[order]]] = rows[standing[two[order]]]
        of_each = partner[first_of]
        found = np.flatnonzero(of_each >= 0)
        return rows[found], of_each[found]

    return {
        LintKind.IDENTICAL: (rows[identical], rows[_next_alike(first_of)[identical]]),
        LintKind.NESTED: with_alike(nested, both=False),
        LintKind.TWO_CLASSES: with_alike(twice, both=True),
        LintKind.REPEATED: (rows[repeated], rows[elsewhere]),
    }


def _of_one_object(objects: GroundTruth | Predictions) -> BoolArray:
    if isinstance(objects, Predictions):
        return np.ones(len(objects), np.bool_)
    of_one: BoolArray = ~(objects.is_crowd | objects.is_ignored | flagged(objects, GROUP_OF))
    return of_one


def _places(objects: GroundTruth | Predictions, rows: AnyArray) -> AnyArray:
    """Return a number for each box that boxes of the same coordinates share, int64."""
    cells = np.round(objects.xywh[rows] / SAME_PX)
    if objects.quad is not None:
        corners = np.round(objects.quad[rows] / SAME_PX).reshape(-1, 4, 2)
        # Corners may begin anywhere and go either way round.
        ordered = np.sort(corners[..., 0] + 1j * corners[..., 1], axis=1)
        cells = np.concatenate([cells, ordered.real, ordered.imag], axis=1)
    number = np.zeros(len(rows), np.int64)
    for column in cells.T:
        number = _numbered(number, np.unique(column, return_inverse=True)[1].astype(np.int64))
    return number


def _numbered(first: AnyArray, second: AnyArray) -> AnyArray:
    """Return a number for each pair of two numbers that equal pairs share, 0 upwards."""
    joined = first * (int(second.max(initial=0)) + 1) + second
    return np.unique(joined, return_inverse=True)[1].astype(np.int64)


def _first_of_each(group: AnyArray) -> tuple[AnyArray, BoolArray]:
    """Return for each entry the first of its group, and whether it is that itself."""
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    first_of = first[inverse]
    return first_of, first_of == np.arange(len(group))


def _next_alike(group: AnyArray) -> AnyArray:
    """Return for each entry the next of its group, of the last the first; of one alone itself."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.append(True, group[order][1:] != group[order][:-1]))[: len(order)]
    following = np.append(order[1:], order[:1])
    ends = np.append(starts[1:], len(order)) - 1
    following[ends[: len(starts)]] = order[starts]
    found = np.empty(len(group), np.int64)
    found[order] = following
    return found


def _areas(objects: GroundTruth | Predictions) -> FloatArray:
    if objects.quad is not None:
        return quadrilaterals(objects.quad).area
    return objects.xywh[:, 2] * objects.xywh[:, 3]


def _shares(
    dataset: Dataset,
    objects: GroundTruth | Predictions,
    rows: AnyArray,
    workers: int | None,
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> tuple[AnyArray, AnyArray, FloatArray]:
    """Return places in ``rows`` of boxes that lie mostly in another of their image, that other, and the share inside.

    Notes
    -----
    The loops that compare predictions with crowds do this: what they return for a crowd is the share of the prediction. An
    IoU of `SAME_OBJECT_IOU` means a share of at least as much, so both rules are found in one pass.
    """
    image_row = np.ascontiguousarray(objects.image_row[rows])
    offsets = np.searchsorted(image_row, np.arange(len(dataset.images) + 1)).astype(np.int64)
    takes_all = np.ones(len(rows), np.bool_)
    floor = min(INSIDE, SAME_OBJECT_IOU)
    if objects.quad is not None:
        shapes = quadrilaterals(objects.quad[rows])
        columns = (shapes.corners, shapes.bounds, shapes.area, shapes.inward)

        def found(first: int, last: int) -> tuple[IntArray, IntArray, FloatArray]:
            return rotated_loops.candidate_pairs(*columns, takes_all, offsets, *columns, image_row, first, last, floor)
    else:
        xywh = np.ascontiguousarray(objects.xywh[rows])

        def found(first: int, last: int) -> tuple[IntArray, IntArray, FloatArray]:
            return matching_loops.candidate_pairs(xywh, takes_all, offsets, xywh, image_row, first, last, floor)

    def others(first: int, last: int) -> tuple[IntArray, IntArray, FloatArray]:
        inner, outer, share = found(first, last)
        apart = inner != outer
        return inner[apart], outer[apart], share[apart]

    parts = map_chunks(others, len(rows), at_least=_AT_LEAST, workers=workers, progress=progress, cancelled=cancelled)
    inner, outer, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    return inner, outer, share
