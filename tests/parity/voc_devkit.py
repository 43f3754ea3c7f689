"""VOC's rules, box by box: the oracle that was written from the text of the devkit's VOCevaldet and VOCap, not from ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Box = Sequence[float]
"""Left, top, width, height."""


class Label(NamedTuple):
    image: int
    box: Box
    difficult: bool = False


class Found(NamedTuple):
    image: int
    score: float
    box: Box


class Result(NamedTuple):
    n_gt: int
    tp: int
    fp: int
    all_points: float
    eleven_points: float


def overlap(one: Box, other: Box, pixel: float) -> float:
    """Return the IoU of two boxes whose widths and heights are ``pixel`` more than the difference of their corners."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[0] + one[2], other[0] + other[2]), min(one[1] + one[3], other[1] + other[3])
    width, height = right - left + pixel, bottom - top + pixel
    if width <= 0 or height <= 0:
        return 0.0
    union = (one[2] + pixel) * (one[3] + pixel) + (other[2] + pixel) * (other[3] + pixel) - width * height
    return width * height / union


def evaluate_class(labels: list[Label], found: list[Found], threshold: float, pixel: float = 0.0) -> Result:
    """Evaluate one class; ``found`` in an order that equal scores keep."""
    used: set[int] = set()
    is_true: list[bool] = []
    for prediction in sorted(found, key=lambda one: -one.score):
        best, best_overlap = -1, float("-inf")
        for number, label in enumerate(labels):
            if label.image == prediction.image and (value := overlap(prediction.box, label.box, pixel)) > best_overlap:
                best, best_overlap = number, value
        if best < 0 or best_overlap < threshold:
            is_true.append(False)
        elif not labels[best].difficult:
            is_true.append(best not in used)
            used.add(best)
    n_gt = sum(not label.difficult for label in labels)
    tp = sum(is_true)
    return Result(n_gt, tp, len(is_true) - tp, area_under_curve(is_true, n_gt), mean_at_eleven_recalls(is_true, n_gt))


def precision_and_tp(is_true: list[bool]) -> list[tuple[float, int]]:
    """Return precision and the number of true positives after each prediction."""
    return [(sum(is_true[:n]) / n, sum(is_true[:n])) for n in range(1, len(is_true) + 1)]


def area_under_curve(is_true: list[bool], n_gt: int) -> float:
    """Return the sum over every step of recall of its width times the best precision from there on."""
    if not n_gt:
        return float("nan")
    points = precision_and_tp(is_true)
    area, before = 0.0, 0
    for place, (_, tp) in enumerate(points):
        if tp > before:
            area += (tp - before) / n_gt * max(precision for precision, _ in points[place:])
            before = tp
    return area


def mean_at_eleven_recalls(is_true: list[bool], n_gt: int) -> float:
    """Return the mean over recalls 0, .1, … 1 of the best precision at that recall or more."""
    if not n_gt:
        return float("nan")
    points = precision_and_tp(is_true)
    best = [max((precision for precision, tp in points if tp / n_gt >= tenths * 0.1), default=0.0) for tenths in range(11)]
    return sum(best) / 11
