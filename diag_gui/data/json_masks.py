"""Segmentations kept as a file writes them: bytes that become polygons or run lengths when somebody looks at a row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, overload

import msgspec
import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, LongArray, frozen
from diag_gui.data.masks import UNUSABLE

_AT_ONCE = 1024


class JsonMasks(Sequence[Any]):
    """Per row a segmentation as COCO JSON writes it, or None: a tenth of the memory of the objects, and read at once.

    Parameters
    ----------
    start, stop : ndarray of int64, shape (N,)
        The segmentation of row i is ``written[start[i]:stop[i]]``; None where that is empty, `data.masks.UNUSABLE` where
        ``stop`` comes before ``start``.
    written : ndarray of uint8
        JSON.
    """

    __slots__ = ("start", "stop", "written")

    def __init__(self, start: LongArray, stop: LongArray, written: ByteArray) -> None:
        self.start: LongArray = frozen(start, np.int64, (-1,), "start")
        self.stop: LongArray = frozen(stop, np.int64, (len(start),), "stop")
        self.written: ByteArray = frozen(written, np.uint8, (-1,), "written")
        if len(start) and not (self.start.min() >= 0 and self.stop.max() <= len(written)):
            raise ValueError("segmentations lie outside of what is written")

    def __len__(self) -> int:
        return len(self.start)

    @overload
    def __getitem__(self, row: int) -> Any: ...

    @overload
    def __getitem__(self, row: slice) -> tuple[Any, ...]: ...

    def __getitem__(self, row: int | slice) -> Any:
        if isinstance(row, slice):
            return tuple(self[place] for place in range(*row.indices(len(self))))
        start, stop = self.start[row], self.stop[row]
        if start >= stop:
            return None if start == stop else UNUSABLE
        return decoded(self.written[start:stop].tobytes())

    def __iter__(self) -> Iterator[Any]:
        # Many are decoded faster at once than one by one.
        for first in range(0, len(self), _AT_ONCE):
            bounds = zip(self.start[first : first + _AT_ONCE].tolist(), self.stop[first : first + _AT_ONCE].tolist(), strict=True)
            texts = [
                self.written[start:stop].tobytes() if start < stop else b"null" if start == stop else b"[]"
                for start, stop in bounds
            ]
            yield from decoded(b"[" + b",".join(texts) + b"]")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def is_given(self) -> AnyArray:
        """Which rows have a segmentation, usable or not, bool (N,)."""
        return np.asarray(self.start != self.stop)

    def take(self, rows: AnyArray | slice) -> JsonMasks:
        """Return the segmentations of ``rows``."""
        return JsonMasks(self.start[rows], self.stop[rows], self.written)

    def with_unusable(self, rows: AnyArray) -> JsonMasks:
        """Return the segmentations with `data.masks.UNUSABLE` at ``rows``."""
        start, stop = self.start.copy(), self.stop.copy()
        start[rows], stop[rows] = 1, 0
        return JsonMasks(start, stop, self.written)

    def only(self, rows: BoolArray) -> JsonMasks:
        """Return the segmentations with None where ``rows`` is False."""
        return self if rows.all() else JsonMasks(self.start, np.where(rows, self.stop, self.start), self.written)


def decoded(text: bytes) -> Any:
    """Return a value of JSON; NaN, Infinity and numbers beyond float64 as Python reads them."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)
