"""A slice against its rest, or one run against another on it: differences with intervals, p and q.

Images are drawn with replacement; everything on an image counts as often as the image was drawn. Inside and outside, every
slice and every run see the same draws, so differences are paired.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray
from diag_gui.evaluation.intervals import benjamini_hochberg, image_resamples, percentile_interval, two_sided_p
from diag_gui.evaluation.slice_counts import ImageCounts
from diag_gui.evaluation.slice_membership import inside_images
from diag_gui.exceptions import EvaluationError

COUNT_FIGURES = ("precision", "recall", "f1")
"""Figures of a slice that are compared with the rest whenever it is computed; those of AP are on demand."""

_NONE = math.nan

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class SliceDifference:
    """One figure inside a slice against the same outside; NaN is undefined.

    Attributes
    ----------
    figure : str
        One of `COUNT_FIGURES`, or ``ap`` or ``ap50``.
    value, rest : float
        Inside, and over all other images or objects.
    difference : float
        ``value - rest``.
    low, high : float
        95 % of the difference: 2.5 and 97.5 linear percentiles over the resamples of images. NaN without resamples.
    p : float
        Two-sided, normal, of difference / standard error over the resamples.
    q : float
        By Benjamini-Hochberg over this figure of the slices with enough support; NaN for one that is no member.
    family : int
        How many slices q is over.
    """

    figure: str
    value: float
    rest: float
    difference: float
    low: float = _NONE
    high: float = _NONE
    p: float = _NONE
    q: float = _NONE
    family: int = 0

    @property
    def has_interval(self) -> bool:
        """Whether resamples say how sure the difference is."""
        return self.low == self.low

    @property
    def is_distinguishable(self) -> bool:
        """Whether the interval lies on one side of 0 and q is below .05: what the words call lower or higher."""
        return self.q < 0.05 and (self.low > 0 or self.high < 0)

    @property
    def certain_loss(self) -> float:
        """How much lower the figure is at least, by its interval; 0 where it may be none, NaN without an interval."""
        return max(0.0, -self.high) if self.has_interval else math.nan


def difference_of(figure: str, value: float, rest: float) -> SliceDifference:
    """Return a difference that nothing is known of but its size."""
    return SliceDifference(figure, value, rest, value - rest)


def with_interval(one: SliceDifference, resampled: FloatArray) -> SliceDifference:
    """Return a difference with interval and p from the same difference in each resample: float64, shape (N,)."""
    low, high = percentile_interval(resampled[:, np.newaxis])
    return replace(one, low=float(low[0]), high=float(high[0]), p=two_sided_p(one.difference, resampled))


def with_q(differences: Sequence[SliceDifference], enough: Sequence[bool]) -> list[SliceDifference]:
    """Return the differences of one figure with q over those whose slice has enough support."""
    p = np.array([one.p for one in differences], np.float64)
    members = np.where(np.array(enough, np.bool_), p, np.nan)
    q, family = benjamini_hochberg(members), int(np.count_nonzero(~np.isnan(members)))
    return [replace(one, q=float(value), family=family) for one, value in zip(differences, q, strict=True)]


def count_columns(counts: ImageCounts) -> FloatArray:
    """Return true positives, false positives and ground truth per image, float64, shape (3, I); NaN for what is unknown."""
    columns = np.array([counts.tp, counts.fp, counts.n_gt], np.float64)
    if not counts.fp_is_known:
        columns[1] = np.nan
    return columns


def shares(sums: FloatArray) -> FloatArray:
    """Return precision, recall and F1 of true positives, false positives and ground truth along the last axis."""
    tp, fp, n_gt = sums[..., 0], sums[..., 1], sums[..., 2]
    numerators = np.stack([tp, tp, 2 * tp], axis=-1)
    denominators = np.stack([tp + fp, n_gt, tp + fp + n_gt], axis=-1)
    figures = np.full(numerators.shape, np.nan)
    np.divide(numerators, denominators, out=figures, where=denominators > 0)
    return figures


def resampled_sums(
    columns: FloatArray,
    images: BoolArray | None,
    *,
    n_resamples: int,
    seed: int,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> FloatArray:
    """Add up columns over the images of each resample.

    Parameters
    ----------
    columns : ndarray of float64, shape (M, I)
        Values per image; one that is NaN anywhere is NaN in every sum.
    images : ndarray of bool, shape (I,), or None
        Images that can be drawn; None means all.
    n_resamples, seed : int
    progress : callable, optional
        Told the share done, 0..1.
    cancelled : callable, optional
        Asked between blocks of resamples.

    Returns
    -------
    ndarray of float64, shape (n_resamples, M)

    Raises
    ------
    EvaluationError
        If ``n_resamples`` is less than one.
    CancelledError
        If ``cancelled`` said so.
    """
    if n_resamples < 1:
        raise EvaluationError("intervals", f"{n_resamples} resamples say nothing")
    n_images = columns.shape[1]
    asked = np.flatnonzero(inside_images(images, n_images))
    # Most columns are 0 on most images of no slice; NaN times 0 would spread, so unknown columns are put back at the end.
    is_known = ~np.isnan(columns).any(axis=1)
    of_asked = np.ascontiguousarray(columns[np.ix_(is_known, asked)].T)
    sums = np.full((n_resamples, len(columns)), np.nan)
    done = 0
    for weights in image_resamples(len(asked), n_resamples, seed):
        if cancelled is not None and cancelled():
            raise CancelledError
        sums[done : done + len(weights), is_known] = weights @ of_asked
        done += len(weights)
        if progress is not None:
            progress(done / n_resamples)
    return sums
