from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation import label_errors_odds
from diag_gui.evaluation.label_errors_odds import chance, evidence_of_scores, log_odds, weigh


def weights_of(these, those, expected=(0.0,)):
    these, those = (np.asarray(examples, float).reshape(-1, len(expected)) for examples in (these, those))
    return weigh(lambda at: tuple(these[at].T), len(these), lambda at: tuple(those[at].T), len(those), expected)


def test_scores_become_log_odds_and_runs_are_averaged():
    assert evidence_of_scores(np.array([0.5, 0.9])).tolist() == pytest.approx([0.0, np.log(9)])
    assert evidence_of_scores(np.array([0.0, 1.0])).tolist() == pytest.approx([-np.log(99), np.log(99)])
    assert evidence_of_scores(np.array([[0.5, 0.9]])).tolist() == pytest.approx([np.log(9) / 2])
    score = np.array([0.3, 0.6])
    evidence_of_scores(score)
    assert score.tolist() == [0.3, 0.6]


def test_without_examples_the_weights_are_those_expected():
    assert weights_of([], [], (1.0, -1.0)).tolist() == [0.0, 1.0, -1.0]


def test_many_examples_move_the_weights_to_what_they_say():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(4_000, 2))
    is_this = rng.random(4_000) < chance(0.5 + 2 * features[:, 0] - features[:, 1])
    weights = weights_of(features[is_this], features[~is_this], (0.0, 0.0))
    assert weights == pytest.approx([0.5, 2.0, -1.0], abs=0.2)


def test_the_slope_is_level_at_the_weights_found():
    rng = np.random.default_rng(2)
    these, those = rng.normal(1, 1, (30, 2)), rng.normal(0, 2, (50, 2))
    weights = weights_of(these, those, (1.0, 0.0))
    features = np.column_stack([np.ones(80), np.concatenate([these, those])])
    is_this = np.repeat([1.0, 0.0], [30, 50])
    slope = features.T @ (chance(features @ weights) - is_this) + 2 * (weights - [0, 1, 0])
    assert np.abs(slope).max() < 1e-2


def test_kinds_that_are_wholly_apart_do_not_run_away():
    weights = weights_of([5.0] * 50, [-5.0] * 50)
    assert np.isfinite(weights).all()
    assert chance(log_odds(weights, (np.array([5.0, -5.0]),))).tolist() == pytest.approx([1.0, 0.0], abs=0.05)


def test_a_kind_with_many_examples_has_high_odds():
    weights = weights_of([0.0] * 900, [0.0] * 100)
    assert chance(log_odds(weights, (np.zeros(1),))) == pytest.approx(0.9, abs=0.01)


def test_examples_that_are_not_looked_at_count_by_weight(monkeypatch):
    rng = np.random.default_rng(3)
    these, those = rng.normal(1, 1, (3_000, 1)), rng.normal(0, 1, (9_000, 1))
    whole = weights_of(these, those)
    monkeypatch.setattr(label_errors_odds, "MOST_EXAMPLES", 600)
    assert weights_of(these, those) == pytest.approx(whole, abs=0.2)
