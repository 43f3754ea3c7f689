"""Which dialect lines of five numbers are in: by what makes boxes inside their images, and, where that leaves two, by the labels.

Corner and centre of a box with the same size are told apart by numbers alone only where boxes reach an edge. So the dialect that
is usual is taken, unless far more of its sibling's boxes lie on labelled objects: the guess is about the file, not the detector,
for one that finds anything finds several times as much where its boxes are read as they were meant.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray
from diag_gui.data.dataset import Dataset
from diag_gui.formats.box_rules import ImageSizes
from diag_gui.formats.text_dialects import DIALECTS, Dialect

_BY_NUMBERS = (
    "yolo", "yolo-score-first", "text-xyxy", "text-xywh", "text-xyxy-last", "text-xywh-last", "text-xyxy-relative-last",
    "text-xyxy-relative",
)  # fmt: skip
_SIBLING = {
    "yolo": "text-xywh-relative-last",
    "yolo-score-first": "text-xywh-relative",
    "text-xywh": "text-cxcywh",
    "text-xywh-last": "text-cxcywh-last",
}
_FIT_PX = 2.0
_FIT = 0.02
_CLEARLY = 0.98
_SIBLING_SHARE = 0.9
_LOOKED_AT = 1000
_TIMES = 2
_AT_LEAST = 3
_OVERLAP = 0.5


def guessed_dialect(values: FloatArray, sizes: ImageSizes, image_row: IntArray, dataset: Dataset) -> str:
    """Return the dialect that lines are in, as far as numbers and labels tell.

    Parameters
    ----------
    values : ndarray of float64, shape (N, 5)
        The five numbers of each line.
    sizes : ImageSizes
        Of what the numbers refer to.
    image_row : ndarray of int32, shape (N,)
    dataset : Dataset
    """
    chosen = dialect_by_numbers(values, sizes)
    sibling = _SIBLING.get(chosen)
    if sibling is None or not len(values) or float(_fits(values, DIALECTS[sibling], sizes).mean()) < _SIBLING_SHARE:
        return chosen
    rows = np.unique(np.linspace(0, len(values) - 1, min(len(values), _LOOKED_AT)).astype(np.int64))
    n_chosen, n_sibling = (
        _n_on_labels(boxes_of(values[rows], DIALECTS[name], sizes.at(rows))[0], image_row[rows], dataset)
        for name in (chosen, sibling)
    )
    return sibling if n_sibling >= max(_AT_LEAST, _TIMES * n_chosen + 1) else chosen


def dialect_by_numbers(values: FloatArray, sizes: ImageSizes) -> str:
    """Return the dialect under which most lines make a box inside their image; on a tie the one named first."""
    if not len(values):
        return "yolo"
    shares = {name: float(_fits(values, DIALECTS[name], sizes).mean()) for name in _BY_NUMBERS}
    for name in ("yolo", "text-xyxy"):
        if shares[name] >= _CLEARLY and shares[name] >= max(shares.values()) - (1 - _CLEARLY):
            return name
    return max(shares, key=lambda name: shares[name])


def boxes_of(values: FloatArray, dialect: Dialect, sizes: ImageSizes) -> tuple[FloatArray, FloatArray]:
    """Return xywh in pixels and score of each line under a dialect."""
    box = values[:, dialect.box_place : dialect.box_place + 4]
    return dialect.layout.xywh_px(box, sizes), values[:, dialect.score_place]


def _fits(values: FloatArray, dialect: Dialect, sizes: ImageSizes) -> BoolArray:
    """Return which lines make a box inside their image, with a score in 0..1, under a dialect."""
    score = values[:, dialect.score_place]
    given = values[:, dialect.box_place : dialect.box_place + 4]
    x, y, w, h = dialect.layout.xywh(given).T
    with np.errstate(invalid="ignore", over="ignore"):
        fine = (score >= 0) & (score <= 1) & (w >= 0) & (h >= 0)
        if dialect.layout.is_relative:
            fine &= (x >= -_FIT) & (x + w <= 1 + _FIT)
            return np.asarray(fine & (y >= -_FIT) & (y + h <= 1 + _FIT))
        # Shares of a picture fit any picture as pixels too: boxes of pixels are larger than one.
        fine &= (np.abs(given).max(axis=1) > 1 + _FIT) & (x >= -_FIT_PX) & (y >= -_FIT_PX)
        if dialect.layout.order != "cxcywh":
            fine &= (given[:, 2] >= 0) & (given[:, 3] >= 0)
        return np.asarray(fine & ~(x + w > sizes.width + _FIT_PX) & ~(y + h > sizes.height + _FIT_PX))


def _n_on_labels(xywh: FloatArray, image_row: IntArray, dataset: Dataset) -> int:
    """Return how many boxes overlap a label of any class by half."""
    first, last = dataset.image_offsets[image_row], dataset.image_offsets[image_row + 1]
    line = np.repeat(np.arange(len(xywh)), last - first)
    if not len(line):
        return 0
    before = np.cumsum(last - first) - (last - first)
    label = dataset.ground_truth.xywh[np.arange(len(line)) - before[line] + first[line]]
    box = xywh[line]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        inside = np.minimum(box[:, :2] + box[:, 2:], label[:, :2] + label[:, 2:]) - np.maximum(box[:, :2], label[:, :2])
        shared = np.where((inside > 0).all(axis=1), inside.prod(axis=1), 0.0)
        union = box[:, 2] * box[:, 3] + label[:, 2] * label[:, 3] - shared
        hits = shared >= _OVERLAP * union
    return len(np.unique(line[hits & (shared > 0)]))
