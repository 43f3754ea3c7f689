"""Masks in the compact form that figures are computed from: the places where they begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, IntArray, LongArray, frozen

Mask = Any
"""A segmentation as COCO writes it: a list of polygons ``[x1, y1, x2, y2, x3, y3, ...]``, or a run-length encoding (RLE)
``{"size": [height, width], "counts": str or list}``; None where there is none."""

UNUSABLE: Final[Mask] = []
"""Stands where a segmentation was written that cannot be used: it holds no pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class MaskColumns:
    """N masks as the places where they begin and end.

    Attributes
    ----------
    edges : ndarray of uint32, shape (K,)
        Pixels are numbered down the columns, ``x * height + y``. The numbers at which a mask begins, ends, begins, ...;
        ascending, none twice, an even count per mask. An end is the first pixel that is not in it any more.
    offsets : ndarray of int64, shape (N + 1,)
        Edges of mask i are ``[o[i]:o[i + 1]]``.
    height, width : ndarray of int64, shape (N,)
        Of its image in pixels.
    area : ndarray of float64, shape (N,)
        Pixels.
    box : ndarray of int32, shape (N, 4)
        Left, top, right and bottom of the pixels, right and bottom not in it any more; 0 where there are none.
    """

    edges: AnyArray
    offsets: LongArray
    height: LongArray
    width: LongArray
    area: FloatArray
    box: IntArray

    def __post_init__(self) -> None:
        n = len(self.area)
        for name, dtype, shape in (
            ("edges", np.uint32, (-1,)),
            ("offsets", np.int64, (n + 1,)),
            ("height", np.int64, (n,)),
            ("width", np.int64, (n,)),
            ("area", np.float64, (n,)),
            ("box", np.int32, (n, 4)),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, shape, name))

    def __len__(self) -> int:
        return len(self.area)
