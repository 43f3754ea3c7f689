"""How much more something looks like one kind of thing than like another: odds learnt from examples of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray

Features = Callable[[LongArray], Sequence[FloatArray]]

LEAST_SCORE = 0.01
"""Scores below it, and what was not found at all, count as this; above one minus it as that."""

MOST_EXAMPLES = 5_000
"""Examples of each kind that are looked at, evenly picked; the others count by weight."""

CONFIDENCE_IN_EXPECTED = 2.0
"""How firmly weights stay with what is expected: one over the variance of the normal prior."""

_MOST_STEPS = 50
_SMALL = 1e-6


def evidence_of_scores(score: FloatArray) -> FloatArray:
    """Return scores as log odds, ``log(s / (1 - s))``, averaged over the last axis if it has two: what runs say together.

    Parameters
    ----------
    score : ndarray of float64, shape (N,) or (N, R)
        In 0..1; 0 where a run has nothing.
    """
    odds = np.clip(score, LEAST_SCORE, 1 - LEAST_SCORE)
    odds /= 1 - odds
    np.log(odds, out=odds)
    if odds.ndim == 1:
        return odds
    return np.asarray(odds[:, 0] if odds.shape[1] == 1 else odds.mean(axis=1))


def weigh(these: Features, n_these: int, those: Features, n_those: int, expected: tuple[float, ...]) -> FloatArray:
    """Return the weights by which features tell two kinds apart.

    Parameters
    ----------
    these, those : callable
        Return the K features of some of the examples of either kind, given their places.
    n_these, n_those : int
        How many examples there are.
    expected : tuple of float, length K
        Weights where the examples say nothing.

    Returns
    -------
    ndarray of float64, shape (K + 1,)
        The constant, then one per feature: see `log_odds`.

    Notes
    -----
    Logistic regression with a normal prior around ``expected``: the log odds are those of ``these`` against ``those`` among
    things with such features, so that a kind with many examples has high odds. Newton's steps, halved until they gain.
    """
    picked = evenly(n_these), evenly(n_those)
    n_picked = [len(places) for places in picked]
    features = np.concatenate([np.column_stack(of(places)) for of, places in zip((these, those), picked, strict=True)])
    features = np.column_stack([np.ones(len(features)), features])
    is_this = np.repeat([1.0, 0.0], n_picked)
    times = np.repeat([n_these / max(n_picked[0], 1), n_those / max(n_picked[1], 1)], n_picked)
    prior = np.array([0.0, *expected])

    def loss(weights: FloatArray) -> float:
        odds = features @ weights
        away = weights - prior
        return float(times @ (np.logaddexp(0.0, odds) - is_this * odds) + 0.5 * CONFIDENCE_IN_EXPECTED * away @ away)

    weights, at = prior, loss(prior)
    for _ in range(_MOST_STEPS):
        share = chance(features @ weights)
        slope = features.T @ (times * (share - is_this)) + CONFIDENCE_IN_EXPECTED * (weights - prior)
        bend = (features * (times * share * (1 - share))[:, np.newaxis]).T @ features + CONFIDENCE_IN_EXPECTED * np.eye(
            len(prior)
        )
        step = np.linalg.solve(bend, slope)
        while (gained := at - loss(weights - step)) < 0 and np.abs(step).max() > _SMALL:
            step = step / 2
        if gained < 0:
            break
        weights, at = weights - step, at - gained
        if gained < _SMALL:
            break
    return np.asarray(weights)


def log_odds(weights: FloatArray, features: Sequence[FloatArray]) -> FloatArray:
    """Return the log odds that `weigh` gives each of N things, float64, shape (N,).

    Parameters
    ----------
    weights : ndarray of float64, shape (K + 1,)
    features : sequence of K ndarrays of float64, shape (N,)
    """
    odds = np.full(len(features[0]), weights[0])
    for weight, feature in zip(weights[1:].tolist(), features, strict=True):
        odds += weight * feature
    return odds


def chance(odds: FloatArray) -> FloatArray:
    """Return log odds as a share, 0..1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))


def evenly(n_examples: int) -> LongArray:
    """Return at most `MOST_EXAMPLES` places among so many, evenly picked."""
    return np.linspace(0, n_examples - 1, min(n_examples, MOST_EXAMPLES)).astype(np.int64)
