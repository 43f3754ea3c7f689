"""Slices that a search found, tested on images it did not see: worse than the rest, and than what other slices explain."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray
from diag_gui.evaluation.discovery_questions import QuestionRows
from diag_gui.evaluation.discovery_search import residual_of
from diag_gui.evaluation.intervals import benjamini_hochberg, percentile_interval, two_sided_p
from diag_gui.evaluation.slice_differences import resampled_sums

_LEAST_ROWS, _LEAST_IMAGES = 10, 5
_TAKEN_FOR_REAL = 0.05


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A slice on the unseen images: mean error inside and of the rest, 95 % of their difference, p and q."""

    rows: int
    images: int
    mean: float
    rest: float
    low: float
    high: float
    excess: float
    p: float
    q: float = float("nan")

    def is_worse(self, max_q: float) -> bool:
        """Whether it is worse than the rest and than expected, with q below ``max_q``."""
        return self.mean > self.rest and self.excess > 0 and self.q < max_q


def confirm_slices(
    insides: Sequence[BoolArray],
    rows: QuestionRows,
    confirming: AnyArray,
    is_confirming: BoolArray,
    *,
    n_resamples: int,
    seed: int,
    cancelled: Callable[[], bool] | None = None,
) -> dict[int, Confirmed]:
    """Test slices on unseen images.

    Parameters
    ----------
    insides : sequence of ndarray of bool, shape (N,)
        Rows inside each slice, the one with most evidence first.
    rows : QuestionRows
    confirming : ndarray of int
        Rows on the unseen images.
    is_confirming : ndarray of bool, shape (I,)
        Those images.
    n_resamples, seed : int
        Of the bootstrap over them.
    cancelled : callable, optional
        Asked between blocks of resamples.

    Returns
    -------
    dict of int to Confirmed
        By place in ``insides``, those with at least ten rows on five images; q is over these.

    Notes
    -----
    Two things are tested, and p is the greater of the two: that the mean error differs from that of the rest, and that it
    differs from what the slices before it, as far as they are real (p < .05), make one expect: the mean of the rows that lie
    in the same of those slices, or the floor of the question. Without the second a part of a bad slice would be confirmed for
    being part of it.
    """
    n_images, image, contrast = len(is_confirming), rows.image_row[confirming], rows.contrast[confirming]
    told: dict[int, Confirmed] = {}
    real: list[BoolArray] = []
    for place, inside_all in enumerate(insides):
        inside = inside_all[confirming]
        n_rows, n_inside = int(np.count_nonzero(inside)), len(np.unique(image[inside]))
        if n_rows < _LEAST_ROWS or n_inside < _LEAST_IMAGES or n_rows == len(inside):
            continue
        residual = residual_of(contrast, real, rows.floor)
        of_images = np.array(
            [
                np.bincount(image[part], weights=weights, minlength=n_images)
                for part, weights in (
                    (inside, None),
                    (inside, contrast[inside]),
                    (~inside, None),
                    (~inside, contrast[~inside]),
                    (inside, residual[inside]),
                )
            ],
            np.float64,
        )
        sums = resampled_sums(of_images, is_confirming, n_resamples=n_resamples, seed=seed, cancelled=cancelled)
        mean, rest, excess = _means(of_images.sum(axis=1)).tolist()
        resampled = _means(sums)
        deltas = resampled[:, 0] - resampled[:, 1]
        low, high = percentile_interval(deltas[:, np.newaxis])
        p = max(p_of_few(mean - rest, deltas, n_inside), p_of_few(excess, resampled[:, 2], n_inside))
        told[place] = Confirmed(n_rows, n_inside, mean, rest, float(low[0]), float(high[0]), excess, p)
        if told[place].excess > 0 and mean > rest and p < _TAKEN_FOR_REAL:
            real.append(inside)
    q = benjamini_hochberg(np.array([one.p for one in told.values()], np.float64))
    return {place: replace(one, q=float(value)) for (place, one), value in zip(told.items(), q, strict=True)}


def p_of_few(value: float, resampled: FloatArray, n: int) -> float:
    """Return the two-sided p of a value that stands on few images: Student's t for the normal distribution.

    Parameters
    ----------
    value : float
    resampled : ndarray of float64, shape (R,)
    n : int
        Images inside, at least two.

    Notes
    -----
    The bootstrap's standard error over n images is too small by sqrt(1 - 1/n), and a quotient by an estimated error has heavier
    tails than the normal distribution: n - 1 degrees of freedom. The t is turned into the normal deviate of the same p by
    Wallace's formula [1]_, which is within .02 of it in all that matters here.

    References
    ----------
    .. [1] D. L. Wallace, Bounds on normal approximations to Student's and the chi-square distributions, Ann. Math. Stat. 1959.
    """
    error, df = float(np.std(resampled[np.isfinite(resampled)], ddof=1)), n - 1
    if not error > 0.0 or math.isnan(value):
        return two_sided_p(value, resampled)
    t = value / (error * math.sqrt(n / df))
    deviate = math.sqrt(df * math.log1p(t * t / df)) * (8 * df + 1) / (8 * df + 3)
    return math.erfc(deviate / math.sqrt(2))


def _means(sums: FloatArray) -> FloatArray:
    """Return mean error inside, of the rest, and mean excess inside, of counts and sums along the last axis."""
    n_inside, inside, n_rest, rest, excess = (sums[..., at] for at in range(5))
    numerators, denominators = np.stack([inside, rest, excess], axis=-1), np.stack([n_inside, n_rest, n_inside], axis=-1)
    means = np.full(numerators.shape, np.nan)
    np.divide(numerators, denominators, out=means, where=denominators > 0)
    return means
