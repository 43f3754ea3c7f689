"""What the four numbers of a box mean, where a file leaves it open: corners or sizes, pixels or shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.formats.box_rules import ImageSizes

ORDERS = ("xyxy", "xywh", "cxcywh")
FURTHEST_SHARE = 2.0
"""A share of a picture beyond this is a number of pixels that lost its way."""


@dataclass(frozen=True, slots=True)
class BoxLayout:
    """How four numbers make a box.

    Attributes
    ----------
    order : str
        ``"xyxy"`` corners, ``"xywh"`` left, top, width, height, or ``"cxcywh"`` centre, width, height.
    is_relative : bool
        Whether they are shares of the picture's sides.
    """

    order: str
    is_relative: bool = False

    def xywh(self, values: FloatArray) -> FloatArray:
        """Return left, top, width and height in the unit of ``values``, both float64 of shape (N, 4)."""
        box = values.copy()
        with np.errstate(invalid="ignore", over="ignore"):
            if self.order == "xyxy":
                box[:, 2:] -= box[:, :2]
            elif self.order == "cxcywh":
                box[:, :2] -= box[:, 2:] / 2
        return box

    def xywh_px(self, values: FloatArray, sizes: ImageSizes) -> FloatArray:
        """Return left, top, width and height in pixels of pictures of the given sizes."""
        box = self.xywh(values)
        if not self.is_relative:
            return box
        with np.errstate(invalid="ignore", over="ignore"):
            return np.asarray(box * np.stack([sizes.width, sizes.height] * 2, axis=1))
