"""The search for slices with more errors than expected: all conditions, all pairs, and the promising triples, one by one.

Each round looks for the one slice whose errors exceed what is expected by most, in standard errors; then that slice is
expected to be as bad as it is, and the next round asks what is left. So no slice is listed twice under other names, and a
part of a slice is listed only if it is worse than the slice. At the end a slice that the others explain is taken off.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray
from diag_gui.evaluation.discovery_conditions import Conditions

MOST_CONDITIONS = 400
"""Conditions that are combined; of more those stand by themselves that are least telling alone."""

_PAIRS_EXTENDED = 384
_PAIRS_AT_ONCE = 128
_EVIDENCE = 3.0
"""Standard errors a slice must exceed to be worth a test on the other half; chance among a million slices reaches five."""

_EXPLAINED = 3.0
_NEEDLESS = 3.0
_FEW = 10

Slice = tuple[int, ...]
"""Places of the conditions that must all hold."""

Single = NDArray[np.float32]
Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class SearchRows:
    """What is searched: N rows.

    Attributes
    ----------
    contrast : ndarray of float64, shape (N,)
        Error of each row.
    image : ndarray of int, shape (N,)
        Image of each row; rows of one image are not independent.
    rows : ndarray of int, shape (N,)
        Place of each among the rows of the conditions.
    floor : float
        Mean error that no slice is expected to stay below.
    """

    contrast: FloatArray
    image: AnyArray
    rows: AnyArray
    floor: float


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """What a slice must have to be looked at."""

    least_rows: int
    least_images: int
    most_conditions_of_slice: int
    most_slices: int


def search_slices(
    conditions: Conditions,
    searched: SearchRows,
    limits: SearchLimits,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[list[Slice], int]:
    """Return slices with more errors than expected, and how many slices were looked at or ruled out by their bound.

    Parameters
    ----------
    conditions : Conditions
    searched : SearchRows
    limits : SearchLimits
    progress : callable, optional
        Told the share done, 0..1.
    cancelled : callable, optional
        Asked between blocks.

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    A triple is looked at where one of its pairs is among the 384 with most evidence, and where the bound of that pair allows
    more than the best slice so far: a part of a slice has no more excess than all its rows above expectation together, on at
    least as many rows as that excess needs.
    """
    if not conditions.conditions or len(searched.rows) < limits.least_rows:
        return [], 0
    lattice = _Lattice(conditions, searched, limits, cancelled)
    found: list[Slice] = []
    masks: list[BoolArray] = []
    for turn in range(limits.most_slices):
        if progress is not None:
            progress(turn / limits.most_slices)
        one = lattice.worst(residual_of(searched.contrast, masks, searched.floor))
        if one is None:
            break
        found.append(one)
        masks.append(lattice.mask(one))
    kept = _unexplained(searched, masks, lattice)
    if progress is not None:
        progress(1.0)
    return [found[place] for place in kept], lattice.n_seen


def residual_of(contrast: FloatArray, masks: list[BoolArray], floor: float) -> FloatArray:
    """Return how far each row lies above the mean of the rows that lie in the same slices, or above ``floor`` if that is more."""
    pattern = np.zeros(len(contrast), np.int64)
    for mask in masks:
        _, pattern = np.unique(2 * pattern + mask, return_inverse=True)
    n = np.bincount(pattern)
    means = np.bincount(pattern, weights=contrast) / np.maximum(n, 1)
    return contrast - np.maximum(means, floor)[pattern]


def _unexplained(searched: SearchRows, masks: list[BoolArray], lattice: _Lattice) -> list[int]:
    """Return the places of the slices that exceed what all the others together make one expect, weakest left out first."""
    kept = list(range(len(masks)))
    while len(kept) > 1:
        evidence = []
        for place in kept:
            residual = residual_of(searched.contrast, [masks[other] for other in kept if other != place], searched.floor)
            inside = residual[masks[place]]
            evidence.append(inside.sum() / math.sqrt(len(inside) * lattice.variance(residual)))
        if min(evidence) >= _EXPLAINED:
            break
        kept.pop(int(np.argmin(evidence)))
    return kept


class _Lattice:
    """Sizes of all conditions and pairs over the searched rows, asked again for each round's errors."""

    def __init__(self, conditions: Conditions, searched: SearchRows, limits: SearchLimits, cancelled: Cancelled | None) -> None:
        self._conditions, self._searched, self._limits, self._cancelled = conditions, searched, limits, cancelled
        self._check()
        self._places = self._telling()
        self._inside: Single = np.empty((len(searched.rows), len(self._places)), np.float32)
        for column, place in enumerate(self._places.tolist()):
            self._inside[:, column] = conditions.holds(place, searched.rows)
        self._of_column = np.array([conditions.conditions[place].column for place in self._places.tolist()])
        self._check()
        self._size = self._inside.T @ self._inside
        is_large = self._size >= limits.least_rows
        may_pair = np.triu(self._of_column[:, np.newaxis] != self._of_column, 1) & (limits.most_conditions_of_slice > 1)
        self._is_single, self._is_pair = np.diag(is_large), is_large & may_pair
        self.n_seen = len(conditions.conditions) + int(np.count_nonzero(self._is_pair))

    def mask(self, one: Slice) -> BoolArray:
        """Return the searched rows inside a slice."""
        inside = np.ones(len(self._searched.rows), np.bool_)
        for place in one:
            inside &= self._conditions.holds(place, self._searched.rows)
        return inside

    def variance(self, residual: FloatArray) -> float:
        """Return the variance of one row, raised where the rows of an image err together."""
        of_rows = float(np.sum(residual * residual))
        of_images = float(np.sum(np.bincount(self._searched.image, weights=residual) ** 2))
        return max(of_rows, of_images, 1e-12) / len(residual)

    def worst(self, residual: FloatArray) -> Slice | None:
        """Return the slice with most evidence, without conditions it does not need; None if none has enough."""
        variance = self.variance(residual)
        weights = residual.astype(np.float32)[:, np.newaxis]
        above = self._summed(np.flatnonzero(residual > 0), weights)
        excess = above - self._summed(np.flatnonzero(residual < 0), -weights)
        evidence = excess / np.sqrt(np.maximum(self._size, 1) * np.float32(variance))
        single = np.where(self._is_single, np.diag(evidence), -np.inf)
        pair = np.where(self._is_pair, evidence, -np.inf)
        ranked: list[tuple[float, Slice]] = [(float(single[place]), (place,)) for place in _largest(single).tolist()]
        first, second = np.divmod(_largest(pair.ravel()), len(single))
        ranked += [(float(pair[i, j]), (i, j)) for i, j in zip(first.tolist(), second.tolist(), strict=True)]
        if self._limits.most_conditions_of_slice > 2:
            ranked += self._triples(weights, pair, above, variance, max(score for score, _ in ranked))
        for score, columns in sorted(ranked, key=lambda entry: -entry[0]):
            if score < _EVIDENCE:
                break
            one = tuple(int(self._places[column]) for column in columns)
            if self._n_images(one) >= self._limits.least_images:
                return self._without_needless(one, residual, variance)
        return None

    def _summed(self, rows: AnyArray, weights: Single) -> Single:
        """Return per pair of conditions the sum of positive weights over some rows: a product with itself, which is cheap."""
        self._check()
        scaled = self._inside[rows]
        scaled *= np.sqrt(weights[rows])
        summed: Single = scaled.T @ scaled
        return summed

    def _triples(self, weights: Single, pair: Single, above: Single, variance: float, best: float) -> list[tuple[float, Slice]]:
        least = max(self._limits.least_rows, 1)
        rows_needed = np.maximum(above / max(float(weights.max()), 1e-9), least)
        bound = np.where(self._is_pair, above / np.sqrt(rows_needed * variance), -np.inf).ravel()
        order = np.argsort(-pair.ravel(), kind="stable")[:_PAIRS_EXTENDED]
        order = order[bound[order] > max(best, _EVIDENCE)]
        found: list[tuple[float, Slice]] = []
        for start in range(0, len(order), _PAIRS_AT_ONCE):
            self._check()
            some = order[start : start + _PAIRS_AT_ONCE]
            some = some[bound[some] > best]
            i, j = np.divmod(some, len(pair))
            both = self._inside[:, i] * self._inside[:, j]
            size, excess = both.T @ self._inside, (weights * both).T @ self._inside
            may_join = (self._of_column != self._of_column[i][:, np.newaxis]) & (
                self._of_column != self._of_column[j][:, np.newaxis]
            )
            may_join &= (size >= least) & (size < self._size[i, j][:, np.newaxis])
            evidence = np.where(may_join, excess / np.sqrt(np.maximum(size, 1) * np.float32(variance)), -np.inf)
            self.n_seen += int(np.count_nonzero(may_join))
            row, third = np.divmod(_largest(evidence.ravel()), len(pair))
            found += [
                (float(evidence[at, k]), (int(i[at]), int(j[at]), k)) for at, k in zip(row.tolist(), third.tolist(), strict=True)
            ]
            best = max(best, max((score for score, _ in found), default=best))
        return found

    def _without_needless(self, one: Slice, residual: FloatArray, variance: float) -> Slice:
        """Return the slice without conditions whose other side errs as much, or hardly exists."""
        while len(one) > 1:
            inside = self.mask(one)
            mean, n = float(residual[inside].mean()), int(np.count_nonzero(inside))
            needs: list[float] = []
            for left_out in one:
                beside = self.mask(tuple(place for place in one if place != left_out)) & ~inside
                m = int(np.count_nonzero(beside))
                error = math.sqrt(variance * (1 / n + 1 / max(m, 1)))
                needs.append((mean - float(residual[beside].mean())) / error if m >= _FEW else 0.0)
            if min(needs) >= _NEEDLESS:
                break
            needless = one[int(np.argmin(needs))]
            one = tuple(place for place in one if place != needless)
        return one

    def _n_images(self, one: Slice) -> int:
        return len(np.unique(self._searched.image[self.mask(one)]))

    def _telling(self) -> AnyArray:
        """Return the places of the conditions to combine: all, or those that say most by themselves."""
        n = len(self._conditions.conditions)
        if n <= MOST_CONDITIONS:
            return np.arange(n)
        residual = self._searched.contrast - self._searched.contrast.mean()
        said = np.empty(n)
        for place in range(n):
            inside = residual[self._conditions.holds(place, self._searched.rows)]
            said[place] = inside.sum() / math.sqrt(max(len(inside), 1))
        return np.sort(np.argsort(-said, kind="stable")[:MOST_CONDITIONS])

    def _check(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise CancelledError


def _largest(values: AnyArray) -> AnyArray:
    """Return the places of the largest finite values, a few dozen, in descending order."""
    n = min(len(values), 48)
    places = np.argpartition(-values, n - 1)[:n] if n else np.zeros(0, np.int64)
    places = places[np.isfinite(values[places])]
    return places[np.argsort(-values[places], kind="stable")]
