"""Measuring all pictures of a dataset: what is kept is taken, the rest is decoded, and values come out per row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diag_gui.data.arrays import FloatArray, LongArray
from diag_gui.data.attributes import Level
from diag_gui.data.dataset import Images
from diag_gui.measure.kept_measures import UNMEASURED, KeptMeasures, stamps_of
from diag_gui.measure.picture_measures import (
    BOX_MEASURES,
    LEAST_SIDE,
    PICTURE_MEASURES,
    VERSION,
    Pixels,
)

Pictures = Callable[[Sequence[int]], Iterator[tuple[int, NDArray[np.uint8] | None]]]
"""Decodes the pictures of image rows, in any order; None for one that cannot be read."""


@dataclass(frozen=True, slots=True, eq=False)
class BoxSet:
    """Boxes to measure within.

    Attributes
    ----------
    level : Level
        ``GT`` or ``PRED``.
    xywh : ndarray of float64, shape (N, 4)
    offsets : ndarray of int64, shape (I + 1,)
        Boxes of image i are ``[o[i]:o[i + 1]]``.
    """

    level: Level
    xywh: FloatArray
    offsets: LongArray


@dataclass(frozen=True, slots=True, eq=False)
class PictureValues:
    """What was measured.

    Attributes
    ----------
    of_images : dict of str to ndarray of float64, shape (I,)
    of_boxes : tuple of dict of str to ndarray of float64, shape (N,)
        One per set of boxes.
    n_decoded : int
        Pictures that were decoded for it; the others were kept.
    n_missing : int
        Pictures that are not there or cannot be read: undefined.
    """

    of_images: dict[str, FloatArray]
    of_boxes: tuple[dict[str, FloatArray], ...]
    n_decoded: int
    n_missing: int


def measure_pictures(
    images: Images,
    files: Sequence[Path | None],
    box_sets: Sequence[BoxSet],
    pictures: Pictures,
    kept: KeptMeasures | None = None,
    *,
    only_kept: bool = False,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PictureValues | None:
    """Measure every picture once, and the boxes within.

    Parameters
    ----------
    images : Images
        Their stated sizes are what the boxes lie on.
    files : sequence of Path or None, length I
        None where there is no picture.
    box_sets : sequence of BoxSet
    pictures : callable
    kept : KeptMeasures, optional
        Where values are kept; what was measured before a cancellation is kept too.
    only_kept : bool
        Decode nothing.
    progress : callable, optional
        Told the share done, 0..1.
    cancelled : callable, optional
        Asked between pictures.

    Returns
    -------
    PictureValues or None
        None where ``only_kept`` and a picture that is there would have to be decoded.

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.
    """
    stamps = stamps_of(files)
    tables = [_Table.of_images(files, kept), *(_Table.of_boxes(one, files, kept) for one in box_sets)]
    is_there = stamps[:, 0] != UNMEASURED
    wanted = np.flatnonzero(is_there & ~np.all([(table.stamps == stamps).all(axis=1) for table in tables], axis=0))
    if only_kept and len(wanted):
        return None
    done = 0
    try:
        for row, picture in pictures(wanted.tolist()):
            if cancelled is not None and cancelled():
                raise CancelledError
            pixels = None if picture is None else Pixels(picture)
            for table in tables:
                table.measure(row, pixels, images)
                table.stamps[row] = stamps[row]
            done += 1
            if progress is not None:
                progress(done / len(wanted))
    finally:
        if done and kept is not None:
            for table in tables:
                kept.save(table.key, table.stamps, table.values)
    values = [table.named(is_there) for table in tables]
    n_missing = int(np.isnan(values[0]["brightness"]).sum())
    return PictureValues(values[0], tuple(values[1:]), done, n_missing)


class _Table:
    """Values of one set: a row per image or per box, a column per measure, and the stamp that each image was measured at."""

    def __init__(
        self, names: tuple[str, ...], boxes: BoxSet | None, n_rows: int, files: Sequence[Path | None], kept: KeptMeasures | None
    ) -> None:
        self._names, self._boxes = names, boxes
        about = [f"{VERSION} {' '.join(names)}".encode()]
        if boxes is not None:
            about += [np.ascontiguousarray(boxes.xywh).tobytes(), np.ascontiguousarray(boxes.offsets).tobytes()]
        self.key = kept.key(files, *about) if kept is not None else ""
        found = kept.load(self.key, len(files), (n_rows, len(names))) if kept is not None else None
        self.stamps: LongArray = np.full((len(files), 2), UNMEASURED, np.int64)
        self.values: FloatArray = np.full((n_rows, len(names)), np.nan)
        if found is not None:
            self.stamps, self.values = found

    @classmethod
    def of_images(cls, files: Sequence[Path | None], kept: KeptMeasures | None) -> _Table:
        return cls(tuple(PICTURE_MEASURES), None, len(files), files, kept)

    @classmethod
    def of_boxes(cls, boxes: BoxSet, files: Sequence[Path | None], kept: KeptMeasures | None) -> _Table:
        return cls(tuple(BOX_MEASURES), boxes, len(boxes.xywh), files, kept)

    def measure(self, row: int, pixels: Pixels | None, images: Images) -> None:
        """Fill what belongs to one image."""
        if self._boxes is None:
            for column, name in enumerate(self._names):
                self.values[row, column] = np.nan if pixels is None else PICTURE_MEASURES[name](pixels)
            return
        first, last = (int(self._boxes.offsets[row + place]) for place in (0, 1))
        if first == last:
            return
        corners = None if pixels is None else _corners(self._boxes.xywh[first:last], pixels, images, row)
        for column, name in enumerate(self._names):
            self.values[first:last, column] = np.nan if corners is None or pixels is None else BOX_MEASURES[name](pixels, corners)

    def named(self, is_there: NDArray[np.bool_]) -> dict[str, FloatArray]:
        """Return the columns by name, undefined for pictures that are not there now."""
        rows = is_there if self._boxes is None else np.repeat(is_there, np.diff(self._boxes.offsets))
        return {name: np.where(rows, self.values[:, column], np.nan) for column, name in enumerate(self._names)}


def _corners(xywh: FloatArray, pixels: Pixels, images: Images, row: int) -> LongArray | None:
    """Return x0, y0, x1, y1 of boxes in pixels of a picture, cut at its borders; of too small ones nothing is inside.

    None where the data does not say on what size the boxes lie.
    """
    stated = int(images.width[row]), int(images.height[row])
    if min(stated) <= 0:
        return None
    height, width = pixels.rgb.shape[:2]
    scale = np.array([width / stated[0], height / stated[1]])
    low = np.clip(np.floor(xywh[:, :2] * scale), 0, (width, height)).astype(np.int64)
    high = np.clip(np.ceil((xywh[:, :2] + xywh[:, 2:]) * scale), 0, (width, height)).astype(np.int64)
    is_small = ((high - low) < LEAST_SIDE).any(axis=1)
    high[is_small] = low[is_small]
    return np.concatenate([low, high], axis=1)
