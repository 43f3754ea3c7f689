"""Gathering predictions by score into bins, alone or class by class."""

from __future__ import annotations

from typing import Literal

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, LongArray
from diag_gui.evaluation.row_order import stable_order
from diag_gui.exceptions import EvaluationError

Binning = Literal["equal width", "equal mass"]

BINNINGS: tuple[Binning, ...] = ("equal width", "equal mass")
MOST_BINS = 1000


def check_binning(binning: str, n_bins: int) -> None:
    """Refuse what is no way to gather scores.

    Raises
    ------
    EvaluationError
        If ``binning`` is none of `BINNINGS`, or ``n_bins`` is not in 1..`MOST_BINS`.
    """
    if binning not in BINNINGS:
        raise EvaluationError("binning", f"{binning!r} is neither 'equal width' nor 'equal mass'")
    if not 1 <= n_bins <= MOST_BINS:
        raise EvaluationError("n_bins", f"{n_bins} is not in 1..{MOST_BINS}")


def bins_of(score: FloatArray, group: LongArray | None, binning: Binning, n_bins: int) -> LongArray:
    """Return the bin of each of N predictions, int64, 0 to ``n_bins - 1``.

    Parameters
    ----------
    score : ndarray of float64, shape (N,)
    group : ndarray of int64, shape (N,), or None
        Predictions of one group are gathered alone; None means that all are one group. Equal width does not ask.
    binning : {"equal width", "equal mass"}
        ``min(n_bins - 1, floor(n_bins * score))``, or as nearly equal numbers as equal scores allow.
    n_bins : int

    Notes
    -----
    Equal mass: bin k of n sorted scores begins at place ``floor(k * n / n_bins)``, and equal scores go into the last bin
    that begins among them or before, so that the order of the file plays no part.
    """
    if binning == "equal width":
        # In place: of millions of scores every copy is felt.
        bins = score * n_bins
        np.floor(bins, out=bins)
        np.clip(bins, 0, n_bins - 1, out=bins)
        return bins.astype(np.int64)
    bin_of = np.zeros(len(score), np.int64)
    if not len(score):
        return bin_of
    order = stable_order(score, descending=False)
    grouped = np.zeros(len(score), np.int64)
    if group is not None:
        order = order[stable_order(group[order], descending=False)]
        grouped = group[order]
    is_first = np.append(True, grouped[1:] != grouped[:-1])
    starts = np.flatnonzero(is_first)
    in_group = np.diff(np.append(starts, len(score)))
    number = np.cumsum(is_first) - 1
    ends = np.flatnonzero(np.append((score[order][1:] != score[order][:-1]) | is_first[1:], True))
    last_equal = np.repeat(ends, np.diff(np.append(-1, ends)))
    bin_of[order] = np.minimum(n_bins - 1, ((last_equal - starts[number] + 1) * n_bins - 1) // in_group[number])
    return bin_of


def means(bin_of: LongArray, n_bins: int, *columns: AnyArray) -> tuple[LongArray, list[FloatArray]]:
    """Return how many predictions each bin holds and the mean of each column in it, NaN where it is empty."""
    n = np.bincount(bin_of, minlength=n_bins)
    found = []
    for column in columns:
        mean = np.full(n_bins, np.nan)
        np.divide(np.bincount(bin_of, weights=column, minlength=n_bins), n, out=mean, where=n > 0)
        found.append(mean)
    return n, found
