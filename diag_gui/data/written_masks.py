"""Segmentations as files write them: checked before anything else touches them, and laid out in arrays.

pycocotools' C code divides by a height of zero, reads past the end of a cut string and dies on a NaN polygon; what has no
fault here is safe for it and for any other code.

References
----------
The string form of RLE is that of ``rleToString`` and ``rleFrString`` in cocodataset/cocoapi, ``common/maskApi.c``: runs in
column order, each from the fourth on as the difference to the run two before, in groups of five bits from chr(48) on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from typing import Any, Final

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, LongArray
from diag_gui.data.masks import Mask

MASK_PIXELS: Final = (1 << 31) - 1
"""Greatest height times width of an image with masks."""

POLYGON_PX: Final = 1_000_000
"""Greatest coordinate of a polygon, either way."""

MAX_GROUPS: Final = 7
"""Groups of five bits that a run of `MASK_PIXELS` may need in a string."""

Polygons = list[list[float]]
Laid = tuple[AnyArray, ...]


class MaskKind(IntEnum):
    """How a segmentation is written."""

    NONE = 0
    POLYGONS = 1
    STRING = 2
    COUNTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class WrittenMasks:
    """N segmentations laid out in arrays, those with a fault as if they were not there.

    Attributes
    ----------
    kind : ndarray of uint8, shape (N,)
        A `MaskKind`.
    height, width : ndarray of int64, shape (N,)
        Pixels: of the image, else what the RLE says; -1 where neither is known.
    ring_bounds : ndarray of int64, shape (N + 1,)
        Polygons of mask i are ``[b[i]:b[i + 1]]``.
    point_bounds : ndarray of int64, shape (R + 1,)
        Points of polygon r are ``points[b[r]:b[r + 1]]``.
    points : ndarray of float64, shape (K, 2)
    text_bounds : ndarray of int64, shape (N + 1,)
    text : ndarray of uint8
        The strings of RLE.
    run_bounds : ndarray of int64, shape (N + 1,)
    runs : ndarray of int64
        The lists of RLE.
    fault : ndarray of bool, shape (N,)
        What cannot be laid out; `fault_of` says why. Whether runs fill their image is not known yet.
    """

    kind: ByteArray
    height: LongArray
    width: LongArray
    ring_bounds: LongArray
    point_bounds: LongArray
    points: FloatArray
    text_bounds: LongArray
    text: ByteArray
    run_bounds: LongArray
    runs: LongArray
    fault: BoolArray

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def is_rle(self) -> BoolArray:
        """Which are run-length encodings, bool (N,)."""
        return np.asarray(self.kind >= MaskKind.STRING, np.bool_)


def lay_out(masks: Sequence[Mask], height: AnyArray, width: AnyArray) -> WrittenMasks:
    """Lay segmentations out in arrays.

    Parameters
    ----------
    masks : sequence of list, dict or None, length N
    height, width : ndarray of int, shape (N,)
        Of the image of each; below 1 where not known.

    Returns
    -------
    WrittenMasks
    """
    n = len(masks)
    known = (height > 0) & (width > 0)
    high, wide = np.where(known, height, -1).astype(np.int64), np.where(known, width, -1).astype(np.int64)
    kind, fault = np.zeros(n, np.uint8), np.array([not isinstance(mask, list | dict | None) for mask in masks], np.bool_)
    counted = np.zeros((3, n), np.int64)

    def lay(rows: LongArray, attempt: Callable[[list[Any], LongArray], Laid]) -> tuple[LongArray, Laid]:
        """Return the rows without fault and what ``attempt`` makes of them."""
        try:
            return rows, attempt([masks[row] for row in rows.tolist()], rows)
        except (ValueError, TypeError, OverflowError):
            faulty = [_fault_of_structure(masks[row], int(high[row]), int(wide[row])) is not None for row in rows.tolist()]
            fault[rows[faulty]] = True
            rows = rows[~np.array(faulty, np.bool_)]
            return rows, attempt([masks[row] for row in rows.tolist()], rows)

    rows, (n_rings, n_points, points) = lay(_rows_of(masks, list), lambda some, _: _rings(some))
    kind[rows], counted[0, rows] = MaskKind.POLYGONS, n_rings

    rows, (size, is_text, runs) = lay(_rows_of(masks, dict), lambda some, rows: _rles(some, high[rows], wide[rows]))
    kind[rows] = np.where(is_text, MaskKind.STRING, MaskKind.COUNTS)
    high[rows], wide[rows] = size[:, 0], size[:, 1]
    texts = [masks[row]["counts"] for row in np.flatnonzero(kind == MaskKind.STRING).tolist()]
    lists = [masks[row]["counts"] for row in np.flatnonzero(kind == MaskKind.COUNTS).tolist()]
    counted[1, kind == MaskKind.STRING] = _lengths(texts)
    counted[2, kind == MaskKind.COUNTS] = _lengths(lists)
    return WrittenMasks(
        kind=kind,
        height=high,
        width=wide,
        ring_bounds=_bounds(counted[0]),
        point_bounds=_bounds(n_points),
        points=points,
        text_bounds=_bounds(counted[1]),
        text=np.frombuffer(b"".join(text if isinstance(text, bytes) else text.encode("ascii") for text in texts), np.uint8),
        run_bounds=_bounds(counted[2]),
        runs=runs,
        fault=fault,
    )


def _rows_of(masks: Sequence[Mask], kind: type) -> LongArray:
    return np.flatnonzero(np.fromiter((isinstance(mask, kind) for mask in masks), np.bool_, len(masks)))


def _bounds(counts: LongArray) -> LongArray:
    bounds = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=bounds[1:])
    return bounds


def _lengths(values: Sequence[Any]) -> LongArray:
    return np.fromiter(map(len, values), np.int64, len(values))


def _only(values: Iterable[Any], *kinds: type) -> None:
    """Raise ValueError unless each value is of one of ``kinds`` exactly: True is no number here."""
    if not set(map(type, values)) <= set(kinds):
        raise ValueError("another type")


def _is_number(kind: type) -> bool:
    return kind in (int, float) or (issubclass(kind, int | float | np.number) and kind is not bool)


def _rings(masks: list[Polygons]) -> Laid:
    """Return polygons per mask, points per polygon, and points; ValueError and its like if one has a fault."""
    rings = list(chain.from_iterable(masks))
    _only(rings, list)
    n_values = _lengths(rings)
    if ((n_values < 6) | (n_values % 2 == 1)).any():
        raise ValueError("a polygon of too few or half points")
    if not all(map(_is_number, set(map(type, chain.from_iterable(rings))))):
        raise ValueError("no number")
    values = np.fromiter(chain.from_iterable(rings), np.float64, int(n_values.sum()))
    if not (np.abs(values) <= POLYGON_PX).all():
        raise ValueError("a coordinate out of range")
    return _lengths(masks), n_values // 2, values.reshape(-1, 2)


def _rles(masks: list[dict[str, Any]], height: LongArray, width: LongArray) -> Laid:
    """Return sizes, which counts are strings, and the lists; ValueError and its like if one has a fault, its sum apart."""
    sizes: list[Any] = [mask.get("size") for mask in masks]
    counts: list[Any] = [mask.get("counts") for mask in masks]
    _only(sizes, list)
    _only(counts, str, bytes, list)
    if not all(len(size) == 2 for size in sizes):
        raise ValueError("a size that is no pair")
    _only(chain.from_iterable(sizes), int)
    size = np.fromiter(chain.from_iterable(sizes), np.int64, 2 * len(sizes)).reshape(-1, 2)
    fits = (size == np.stack((height, width), axis=1)) | (height < 0)[:, np.newaxis]
    if not (fits.all() and (size > 0).all() and (size <= MASK_PIXELS).all() and (size.prod(axis=1) <= MASK_PIXELS).all()):
        raise ValueError("a size that cannot be, or is not that of the image")
    lists = [runs for runs in counts if isinstance(runs, list)]
    _only(chain.from_iterable(lists), int)
    runs = np.fromiter(chain.from_iterable(lists), np.int64, int(_lengths(lists).sum()))
    if not ((runs >= 0) & (runs <= MASK_PIXELS)).all():
        raise ValueError("run lengths that cannot be")
    if not all(text.isascii() for text in counts if not isinstance(text, list)):
        raise ValueError("characters that cannot be")
    return size, np.array([not isinstance(runs, list) for runs in counts], np.bool_), runs


def fault_of(mask: Mask, height: int, width: int) -> str | None:
    """Return why a segmentation cannot be used, or None.

    Parameters
    ----------
    mask : list or dict
    height, width : int
        Of its image in pixels; below 1 where not known.
    """
    reason = _fault_of_structure(mask, height, width)
    if reason is None and isinstance(mask, dict):
        try:
            runs_of(mask)
        except ValueError as error:
            return str(error)
    return reason


def _fault_of_structure(mask: Mask, height: int, width: int) -> str | None:
    """Return why a segmentation cannot be laid out, or None."""
    if isinstance(mask, dict):
        size, counts = mask.get("size"), mask.get("counts")
        if not (isinstance(size, list) and len(size) == 2 and all(type(side) is int and side > 0 for side in size)):
            return f"RLE mask has the size {size!r}, two positive whole numbers were expected"
        if size[0] * size[1] > MASK_PIXELS:
            return f"RLE mask size {size[0]} x {size[1]} is over the limit mask_pixels of {MASK_PIXELS:,}"
        if height > 0 and width > 0 and size != [height, width]:
            return f"RLE mask size {size[0]} x {size[1]} is not that of its image, {height} x {width}"
        return _fault_of_counts(counts)
    if not isinstance(mask, list):
        return "segmentation is neither polygons nor RLE"
    return next((reason for polygon in mask if (reason := _fault_of_polygon(polygon)) is not None), None)


def _fault_of_counts(counts: Any) -> str | None:
    if isinstance(counts, str | bytes):
        return None if counts.isascii() else "RLE mask holds characters that no RLE string has"
    if not isinstance(counts, list):
        return "RLE mask has no counts"
    if not all(type(run) is int and 0 <= run <= MASK_PIXELS for run in counts):
        return "RLE mask has run lengths that are negative, too long or not whole numbers"
    return None


def _fault_of_polygon(polygon: Any) -> str | None:
    if not isinstance(polygon, list) or not all(_is_number(type(value)) for value in polygon):
        return "segmentation polygon is not a list of numbers"
    if len(polygon) < 6:
        return f"segmentation polygon has {len(polygon) // 2} points, at least 3 are needed"
    if len(polygon) % 2:
        return "segmentation polygon has an odd number of coordinates"
    if not all(-float("inf") < value < float("inf") for value in polygon):
        return "segmentation polygon holds NaN or an infinite number, not finite"
    if not all(-POLYGON_PX <= value <= POLYGON_PX for value in polygon):
        return f"segmentation polygon is out of range: over the limit polygon_px of {POLYGON_PX:,}"
    return None


def runs_of(mask: dict[str, Any]) -> LongArray:
    """Return the run lengths of one RLE mask, background first.

    Parameters
    ----------
    mask : dict
        ``size`` (height, width) and ``counts``, a string or a list.

    Returns
    -------
    ndarray of int64
        Non-negative, sums to height times width.

    Raises
    ------
    ValueError
        With the reason, if it is not a mask.
    """
    if (reason := _fault_of_structure(mask, -1, -1)) is not None:
        raise ValueError(reason)
    height, width = mask["size"]
    counts = mask["counts"]
    if isinstance(counts, list):
        runs = np.array(counts, dtype=np.int64)
    else:
        runs = _runs_of_string(counts if isinstance(counts, bytes) else counts.encode("ascii"))
    if (runs < 0).any():
        raise ValueError("RLE mask has a negative run length")
    if (total := int(runs.sum())) != height * width:
        raise ValueError(f"RLE mask covers {total:,} pixels, its size of {height} x {width} has {height * width:,}")
    return runs


def _runs_of_string(text: bytes) -> LongArray:
    """Return the runs of the string form of RLE."""
    if not text:
        return np.empty(0, np.int64)
    groups = np.frombuffer(text, np.uint8).astype(np.int64) - 48
    if ((groups < 0) | (groups > 63)).any():
        raise ValueError("RLE mask holds characters that no RLE string has")
    is_end = (groups & 0x20) == 0
    if not is_end[-1]:
        raise ValueError("RLE mask string is truncated")
    ends = np.flatnonzero(is_end)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if (lengths > MAX_GROUPS).any():
        raise ValueError("RLE mask has a run length beyond any image")
    place = np.arange(len(groups)) - np.repeat(starts, lengths)
    runs = np.add.reduceat((groups & 0x1F) << (5 * place), starts)
    runs = np.where(groups[ends] & 0x10, runs - (np.int64(1) << (5 * lengths)), runs)
    for first in (1, 2):
        runs[first::2] = np.cumsum(runs[first::2])
    return runs
