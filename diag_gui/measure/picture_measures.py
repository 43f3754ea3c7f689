"""What is measured on the pixels of pictures, and inside boxes: each a plug-in whose docstring is its formula.

Pictures are measured as RGB of 8 bit, made smaller so that neither side is longer than `MAX_SIDE`. ``Y`` is the luma of a pixel,
0..255: ``.299 R + .587 G + .114 B`` (ITU-R BT.601).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from diag_gui.data.arrays import FloatArray, LongArray
from diag_gui.data.attributes import ColumnKind, Level
from diag_gui.evaluation.measured_columns import MEASURED_COLUMNS, MeasuredColumn

MAX_SIDE = 1280
VERSION = 1
"""Of the formulas: what was kept by others is measured again."""

LEAST_SIDE = 3
"""Pixels that a box must be wide and high, in the picture that is measured, to say anything of it."""

_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, eq=False)
class Pixels:
    """A picture as measures see it.

    Attributes
    ----------
    rgb : ndarray of uint8, shape (H, W, 3)
    """

    rgb: NDArray[np.uint8]

    @cached_property
    def luma(self) -> FloatArray:
        """Y of every pixel, float64 (H, W)."""
        red, green, blue = (self.rgb[:, :, channel].astype(np.float64) for channel in range(3))
        luma: FloatArray = _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue
        return luma

    @cached_property
    def laplacian(self) -> FloatArray:
        """Sum of the four neighbours of each inner pixel minus four times itself, of Y; float64 (H - 2, W - 2)."""
        y = self.luma
        around: FloatArray = y[:-2, 1:-1] + y[2:, 1:-1] + y[1:-1, :-2] + y[1:-1, 2:]
        return around - 4 * y[1:-1, 1:-1]

    @cached_property
    def luma_sums(self) -> FloatArray:
        """Sums of Y and of its square left of and above each corner: float64 (2, H + 1, W + 1)."""
        return _sums(self.luma)

    @cached_property
    def laplacian_sums(self) -> FloatArray:
        """The same of the Laplacian."""
        return _sums(self.laplacian)


OfPicture = Callable[[Pixels], float]
OfBoxes = Callable[[Pixels, LongArray], FloatArray]

PICTURE_MEASURES: dict[str, OfPicture] = {}
BOX_MEASURES: dict[str, OfBoxes] = {}


def measured_on_pictures(unit: str = "") -> Callable[[OfPicture], OfPicture]:
    """Register the decorated function as a measured column of images; its docstring is the formula."""

    def register(measure: OfPicture) -> OfPicture:
        PICTURE_MEASURES[measure.__name__] = measure
        _register(measure.__name__, (Level.IMAGE,), unit, measure.__doc__)
        return measure

    return register


def measured_in_boxes(unit: str = "") -> Callable[[OfBoxes], OfBoxes]:
    """Register the decorated function as a measured column of ground truth and of predictions."""

    def register(measure: OfBoxes) -> OfBoxes:
        BOX_MEASURES[measure.__name__] = measure
        _register(measure.__name__, (Level.GT, Level.PRED), unit, measure.__doc__)
        return measure

    return register


def _register(name: str, levels: tuple[Level, ...], unit: str, doc: str | None) -> None:
    MEASURED_COLUMNS.register(name, MeasuredColumn(name, levels, ColumnKind.NUMBER, unit, " ".join((doc or "").split())))


@measured_on_pictures()
def brightness(pixels: Pixels) -> float:
    """Mean of Y over 255: 0 is black, 1 white."""
    return float(pixels.luma.mean()) / 255


@measured_on_pictures()
def contrast(pixels: Pixels) -> float:
    """Standard deviation of Y over 255 (root mean square contrast): 0 is one grey."""
    return float(pixels.luma.std()) / 255


@measured_on_pictures()
def sharpness(pixels: Pixels) -> float:
    """Variance of the Laplacian of Y (kernel 0 1 0, 1 -4 1, 0 1 0) over the inner pixels; a blurred picture has little.

    J. L. Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000.
    """
    return float(pixels.laplacian.var()) if pixels.laplacian.size else float("nan")


@measured_on_pictures()
def saturation(pixels: Pixels) -> float:
    """Mean over the pixels of (largest - smallest channel) / largest channel, 0 for black: the S of HSV."""
    largest = pixels.rgb.max(axis=2).astype(np.float64)
    spread = largest - pixels.rgb.min(axis=2)
    return float(np.divide(spread, largest, out=np.zeros_like(spread), where=largest > 0).mean())


@measured_on_pictures(unit="bits")
def entropy(pixels: Pixels) -> float:
    """Entropy of Y rounded to whole numbers: minus the sum of p log2 p over the 256 of them; 0 is one grey, 8 all alike."""
    counts = np.bincount(np.rint(pixels.luma).astype(np.int64).ravel(), minlength=256)
    shares = counts[counts > 0] / counts.sum()
    return abs(float(-(shares * np.log2(shares)).sum()))


@measured_on_pictures()
def noise(pixels: Pixels) -> float:
    """Standard deviation of the noise of Y over 255: sqrt(pi / 2) / 6 times the mean absolute answer of 1 -2 1, -2 4 -2, 1 -2 1.

    J. Immerkaer, Fast noise variance estimation, Computer Vision and Image Understanding 64, 1996. Fine texture counts as noise.
    """
    y = pixels.luma
    if min(y.shape) < LEAST_SIDE:
        return float("nan")
    across = y[:, :-2] - 2 * y[:, 1:-1] + y[:, 2:]
    answer = across[:-2] - 2 * across[1:-1] + across[2:]
    return float(np.abs(answer).mean() * np.sqrt(np.pi / 2) / 6) / 255


@measured_in_boxes()
def box_contrast(pixels: Pixels, corners: LongArray) -> FloatArray:
    """Standard deviation of Y over 255 of the pixels in the box; undefined for boxes of less than 3 pixels a side."""
    return np.sqrt(_variance(pixels.luma_sums, corners)) / 255


@measured_in_boxes()
def box_sharpness(pixels: Pixels, corners: LongArray) -> FloatArray:
    """Variance of the Laplacian of Y over the pixels in the box that have four neighbours in it; a blurred object has little."""
    # Entry (0, 0) of the Laplacian is of pixel (1, 1), and the outermost pixels of the box lack a neighbour in it.
    return _variance(pixels.laplacian_sums, corners - np.array([0, 0, 2, 2]))


def _sums(plane: FloatArray) -> FloatArray:
    sums = np.zeros((2, plane.shape[0] + 1, plane.shape[1] + 1))
    for place, values in enumerate((plane, plane * plane)):
        np.cumsum(np.cumsum(values, axis=0), axis=1, out=sums[place, 1:, 1:])
    return sums


def _variance(sums: FloatArray, corners: LongArray) -> FloatArray:
    """Return the variance within x0, y0, x1, y1 from sums up to each corner; NaN where nothing is inside."""
    x0, y0, x1, y1 = corners.T
    n = (x1 - x0) * (y1 - y0)
    is_there = (x1 > x0) & (y1 > y0)
    x1, y1 = np.maximum(x1, x0), np.maximum(y1, y0)
    inside = sums[:, y1, x1] - sums[:, y0, x1] - sums[:, y1, x0] + sums[:, y0, x0]
    count = np.where(is_there, n, np.nan)
    mean, mean_square = inside[0] / count, inside[1] / count
    variance: FloatArray = np.where(mean_square > mean * mean, mean_square - mean * mean, 0.0)
    return np.where(is_there, variance, np.nan)
