"""How others read one precision-recall curve: the same matches, another area under them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray
from diag_gui.evaluation.voc import ELEVEN_RECALLS


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to make a number of a curve.

    Attributes
    ----------
    tool : str
        Who reads it so.
    rule : str
        How.
    area : callable
        Of which predictions are right, by descending score, bool (N,), and the number of labels.
    """

    tool: str
    rule: str
    area: Callable[[BoolArray, int], float]


def envelope(is_true: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return precision made monotone from the right, and the number of true positives, at every prediction."""
    tp = np.cumsum(is_true, dtype=np.float64)
    precision = tp / np.arange(1, len(is_true) + 1)
    return np.maximum.accumulate(precision[::-1])[::-1], tp


def eleven_points(is_true: BoolArray, n_gt: int) -> float:
    """Return the mean over recalls 0, .1, … 1 of the best precision at that recall or more; 0 where it is not reached.

    References
    ----------
    .. [1] Everingham et al., The PASCAL Visual Object Classes (VOC) Challenge, IJCV 2010, section 4.2.
    """
    precision, tp = envelope(is_true)
    return _read_at(ELEVEN_RECALLS, precision, tp / n_gt)


def hundredths(is_true: BoolArray, n_gt: int) -> float:
    """Return COCO's 101 points with recalls written i / 100, which differ from numpy.linspace in the last bit at ten."""
    precision, tp = envelope(is_true)
    return _read_at(np.array([i / 100 for i in range(101)]), precision, tp / n_gt)


def all_points(is_true: BoolArray, n_gt: int) -> float:
    """Return the area under the precision envelope.

    References
    ----------
    .. [1] Everingham et al., The PASCAL Visual Object Classes Challenge: A Retrospective, IJCV 2015, section 3.2.
    """
    precision, tp = envelope(is_true)
    recall = tp / n_gt
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def interpolated(is_true: BoolArray, n_gt: int) -> float:
    """Return the envelope drawn with straight lines, from (0, 1) to (1, 0), read at 101 recalls by the trapezium rule."""
    precision, tp = envelope(is_true)
    recall = np.concatenate(([0.0], tp / n_gt, [1.0]))
    heights = np.concatenate(([1.0], precision, [0.0]))
    heights = np.maximum.accumulate(heights[::-1])[::-1]
    read = np.interp(np.linspace(0, 1, 101), recall, heights)
    return float((read[1:] + read[:-1]).sum() / 200)


def _read_at(recalls: FloatArray, precision: FloatArray, recall: FloatArray) -> float:
    first = np.searchsorted(recall, recalls, side="left")
    return float(np.where(first < len(recall), np.append(precision, 0.0)[first], 0.0).mean())


READINGS = MappingProxyType(
    {
        "voc-11": Reading("VOC 2007", "11 points, on these matches", eleven_points),
        "voc-all": Reading("VOC from 2010 on", "area under the envelope, on these matches", all_points),
        "lines": Reading("Ultralytics", "straight lines between the points of the envelope, on these matches", interpolated),
        "hundredths": Reading("tidecv", "the 101 recalls as i / 100 instead of numpy.linspace", hundredths),
    }
)
