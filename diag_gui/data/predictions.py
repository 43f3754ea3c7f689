"""What a detector found on the images of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, LongArray, all_finite, frozen, is_ascending, offsets_of
from diag_gui.data.attributes import AttributeTable, Level


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Predictions:
    """Predicted objects, sorted by image, in file order within an image.

    Attributes
    ----------
    n_images : int
        Images of the dataset these rows refer to.
    image_row, class_row : ndarray of int32, shape (P,)
        Rows of the dataset's `Images` and `Classes`.
    xywh : ndarray of float64, shape (P, 4)
        Left, top, width, height in pixels, as in the file.
    score : ndarray of float64, shape (P,)
        As in the file; meant to lie in 0..1 but kept when outside (with a warning by the reader). Never NaN.
    source_index : ndarray of int64, shape (P,)
        Position of the record in the file.
    masks : sequence or None
        Per row the segmentation as the file says, None or `data.masks.UNUSABLE`; the whole is None where no row has one.
    quad : ndarray of float64, shape (P, 8), or None
        Corners of rotated boxes.
    attributes : AttributeTable
        Level ``pred``.
    has_box : ndarray of bool, shape (P,), or None
        Whether the box is the file's; None means of every row. The others have the box around their mask, and its area is
        theirs.
    image_offsets : ndarray of int64, shape (I + 1,)
        Predictions of image i are ``[o[i]:o[i + 1]]``; derived.
    """

    n_images: int
    image_row: IntArray
    class_row: IntArray
    xywh: FloatArray
    score: FloatArray
    source_index: LongArray
    masks: Sequence[Any] | None
    quad: FloatArray | None
    attributes: AttributeTable
    has_box: BoolArray | None = None
    image_offsets: LongArray = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.image_row)
        for name, dtype, shape in (
            ("image_row", np.int32, (n,)),
            ("class_row", np.int32, (n,)),
            ("xywh", np.float64, (n, 4)),
            ("score", np.float64, (n,)),
            ("source_index", np.int64, (n,)),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, shape, name))
        if self.quad is not None:
            object.__setattr__(self, "quad", frozen(self.quad, np.float64, (n, 8), "quad"))
            if not all_finite(self.quad):
                raise ValueError("prediction corners must be finite; readers drop the others")
        if self.has_box is not None:
            object.__setattr__(self, "has_box", frozen(self.has_box, np.bool_, (n,), "has_box"))
        if self.masks is not None and len(self.masks) != n:
            raise ValueError("prediction masks differ in length from the boxes")
        if n and (not is_ascending(self.image_row) or self.image_row[0] < 0 or self.image_row[-1] >= self.n_images):
            raise ValueError("predictions are not sorted by image or name an image that is not there")
        if n and self.class_row.min() < 0:
            raise ValueError("predictions name a class that is not there")
        if not (all_finite(self.xywh) and not np.isnan(self.score).any()):
            raise ValueError("prediction boxes must be finite and scores numbers; readers drop the others")
        if self.attributes.level is not Level.PRED or self.attributes.n_rows != n:
            raise ValueError("prediction attributes do not fit")
        object.__setattr__(
            self, "image_offsets", frozen(offsets_of(self.image_row, self.n_images), np.int64, (-1,), "image_offsets")
        )

    def __len__(self) -> int:
        return len(self.image_row)


def no_predictions(n_images: int) -> Predictions:
    """Return the predictions of a detector that found nothing on ``n_images`` images."""
    rows, places = np.zeros(0, np.int32), np.zeros(0, np.int64)
    return Predictions(n_images, rows, rows, np.zeros((0, 4)), np.zeros(0), places, None, None, AttributeTable(Level.PRED, 0))
