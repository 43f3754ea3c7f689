from __future__ import annotations

import pytest

from diag_gui.evaluation.evaluator import evaluate, prepare_run, summarize
from diag_gui.evaluation.first_matches import FirstMatches
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand


def facts():
    """Return the facts of one label that one prediction meets and another one misses."""
    return prepare_run(*by_hand(1, 2, [(1, 1, 0, 0, 10, 10)], [(1, 1, 0, 0, 10, 9, 0.9), (1, 2, 20, 20, 5, 5, 0.8)]))


def test_both_are_found_once_and_together_when_one_is_asked_for():
    calls = []
    known = facts()
    first = FirstMatches(lambda: calls.append(1) or (known.nearest, known.matches_at_50))
    assert calls == []
    assert first.at_50 is known.matches_at_50
    assert first.nearest is known.nearest
    assert calls == [1]


def test_the_twelve_figures_ask_for_neither(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("was asked for")

    monkeypatch.setattr("diag_gui.evaluation.first_matches.nearest_ground_truth", refuse)
    monkeypatch.setattr("diag_gui.evaluation.first_matches.match", refuse)
    assert summarize(facts()).figures["AP50"] == pytest.approx(1)


def test_evaluation_by_error_types_finds_them():
    known = facts()
    found = evaluate(known, EvaluationParams())
    assert known.matches_at_50.gt_row_of_pred.tolist() == [0, -1]
    assert known.nearest.same_gt.tolist() == [0, -1]
    assert found.totals.tp == 1
