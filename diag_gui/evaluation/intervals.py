"""How sure a figure is: Wilson's interval, the bootstrap over images, and what is left after asking many questions."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray

NORMAL_95 = 1.959963984540054
_WEIGHTS_AT_ONCE = 4_000_000


def wilson(successes: LongArray | int, n: LongArray | int, z: float = NORMAL_95) -> tuple[FloatArray, FloatArray]:
    """Return Wilson's score interval of a proportion.

    Parameters
    ----------
    successes, n : int or ndarray of int, any shape
        ``0 <= successes <= n``.
    z : float
        Quantile of the normal distribution; the default gives 95 %.

    Returns
    -------
    low, high : ndarray of float64
        NaN where n is 0.

    References
    ----------
    .. [1] E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 1927.
    """
    k, total = np.asarray(successes, np.float64), np.asarray(n, np.float64)
    size = np.where(total > 0, total, np.nan)
    share = k / size
    middle = share + z * z / (2 * size)
    half = z * np.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    scale = 1 + z * z / size
    # At the ends the bound is the end itself; rounding would leave it a hair beside.
    low = np.where(k == 0, np.where(total > 0, 0.0, np.nan), (middle - half) / scale)
    high = np.where(k == total, np.where(total > 0, 1.0, np.nan), (middle + half) / scale)
    return low, high


def image_resamples(n_images: int, n_resamples: int, seed: int) -> Iterator[FloatArray]:
    """Yield how often each image is drawn in each resample, a block of resamples at a time.

    Parameters
    ----------
    n_images : int
        Images that can be drawn; each resample draws as many, with replacement.
    n_resamples : int
    seed : int
        Of ``numpy.random.default_rng``: the same for all slices and runs, so that differences are paired.

    Yields
    ------
    ndarray of float64, shape (B, n_images)
        Blocks of at most four million numbers; together ``n_resamples`` rows. Block sizes do not change what is drawn.
    """
    rng = np.random.default_rng(seed)
    block = max(1, _WEIGHTS_AT_ONCE // max(n_images, 1))
    for first in range(0, n_resamples, block):
        size = min(block, n_resamples - first)
        drawn = rng.integers(0, n_images, (size, n_images)) if n_images else np.zeros((size, 0), np.int64)
        drawn += np.arange(size)[:, np.newaxis] * n_images
        yield np.bincount(drawn.ravel(), minlength=size * n_images).reshape(size, n_images).astype(np.float64)


def percentile_interval(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the 2.5 and 97.5 linear percentiles along the first axis, leaving undefined values out.

    Parameters
    ----------
    values : ndarray of float64, shape (N, ...)

    Returns
    -------
    low, high : ndarray of float64, shape (...)
        NaN where no value is defined.
    """
    low, high = np.full(values.shape[1:], np.nan), np.full(values.shape[1:], np.nan)
    for place in np.ndindex(*values.shape[1:]):
        defined = values[(slice(None), *place)]
        defined = defined[~np.isnan(defined)]
        if len(defined):
            low[place], high[place] = np.percentile(defined, [2.5, 97.5])
    return low, high


def two_sided_p(difference: float, resampled: FloatArray) -> float:
    """Return the two-sided p of a difference, by the normal distribution with the bootstrap's standard error.

    Parameters
    ----------
    difference : float
    resampled : ndarray of float64, shape (N,)
        The same difference in each resample; undefined ones are left out.

    Returns
    -------
    float
        NaN where the difference is undefined or fewer than two resamples are; 0 or 1 where the standard error is 0.
    """
    defined = resampled[~np.isnan(resampled)]
    if math.isnan(difference) or len(defined) < 2:
        return math.nan
    error = float(np.std(defined, ddof=1))
    if error == 0.0:
        return 1.0 if difference == 0.0 else 0.0
    return math.erfc(abs(difference) / error / math.sqrt(2.0))


def benjamini_hochberg(p: FloatArray) -> FloatArray:
    """Return the false discovery rate at which each hypothesis would just be kept.

    Parameters
    ----------
    p : ndarray of float64, shape (N,)
        NaN is no member of the family.

    Returns
    -------
    ndarray of float64, shape (N,)
        NaN where ``p`` is.

    References
    ----------
    .. [1] Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, JRSS B 1995.
    """
    q = np.full(len(p), np.nan)
    members = np.flatnonzero(~np.isnan(p))
    order = members[np.argsort(p[members], kind="stable")]
    n = len(order)
    if n:
        raised = p[order] * n / np.arange(1, n + 1)
        q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return q
