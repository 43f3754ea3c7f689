"""A figure along a column: the smoother spelled out, its band, its ends, and what it refuses."""

from __future__ import annotations

import math
from concurrent.futures import CancelledError
from typing import Any

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import Evaluation, RunFacts, evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_curves import figure_along
from diag_gui.exceptions import EvaluationError, ExpressionError
from tests.evaluation.attributed_sets import random_evaluation, with_columns
from tests.evaluation.coco_facts import by_hand


def graded(n: int = 60) -> tuple[RunFacts, Evaluation]:
    """Return images of rising brightness: label after label is missed in the dark half, found in the bright one."""
    truth = [(image, 1, 0, 0, 20, 20) for image in range(1, n + 1)]
    found = [(image, 1, 0, 0, 20, 20, 0.9) for image in range(1, n + 1) if image > n // 2]
    brightness: list[Any] = [float(number * number) for number in range(n)]
    brightness[3] = None
    facts = prepare_run(
        *with_columns(by_hand(n, 1, truth, found), images={"brightness": brightness, "text": ["a", "b"] * (n // 2)})
    )
    return facts, evaluate(facts, EvaluationParams())


def test_the_smoother_spelled_out() -> None:
    facts, evaluation = random_evaluation(12)
    found = figure_along(facts, evaluation, "altitude", "f1", window=0.5, n_points=7, intervals=0)
    altitude = facts.dataset.image_attributes["altitude"]
    given = sorted(altitude.values[~altitude.missing])
    totals = [evaluate(facts, evaluation.params, images=np.arange(30) == row).totals for row in range(30)]
    ranks = {value: (given.index(value) + 0.5) / len(given) for value in given}
    for x, value, support in zip(found.x, found.value, found.support, strict=True):
        sums, in_window = np.zeros(3), 0
        for row, total in enumerate(totals):
            if altitude.missing[row]:
                continue
            distance = abs(ranks[altitude.values[row]] - ranks[x]) / 0.25
            weight = (1 - min(distance, 1) ** 3) ** 3
            in_window += weight > 0
            sums += weight * np.array([total.tp, total.fp, total.fn])
        assert value == pytest.approx(2 * sums[0] / (2 * sums[0] + sums[1] + sums[2]), abs=1e-12)
        assert support == in_window
    assert (found.n_rows, found.n_missing) == (len(given), 30 - len(given))
    assert found.bar_counts.sum() == len(given)
    assert np.isnan(found.low).all()
    assert "50%" in found.smoother


def test_a_curve_rises_where_the_images_get_bright() -> None:
    found = figure_along(*graded(), "brightness", "recall", intervals=100)
    assert (found.value[0], found.value[-1]) == (0.0, 1.0)
    assert (np.diff(found.value) >= -1e-12).all()
    assert ((found.low <= found.value + 1e-12) & (found.value <= found.high + 1e-12)).all()
    assert (found.is_of_images, found.n_missing) == (True, 1)
    again = figure_along(*graded(), "brightness", "recall", intervals=100)
    np.testing.assert_array_equal(found.low, again.low)


def test_along_a_column_of_objects_each_stands_at_its_own_value() -> None:
    truth = [(1, 1, 0, 0, side, side) for side in (10, 20, 30, 40)]
    predictions = [(1, 1, 0, 0, 40, 40, 0.9), (1, 1, 500, 500, 10, 10, 0.8)]
    facts = prepare_run(*with_columns(by_hand(2, 1, truth, predictions), gt={"depth": [1.0, 2.0, 3.0, None]}))
    evaluation = evaluate(facts, EvaluationParams())
    recall = figure_along(facts, evaluation, "area", "recall", window=0.3, intervals=0)
    assert recall.x.tolist() == [100, 400, 900, 1600]
    assert recall.value.tolist() == [0, 0, 0, 1]
    precision = figure_along(facts, evaluation, "area", "precision", window=0.3, intervals=0)
    np.testing.assert_array_equal(precision.value, [0, np.nan, np.nan, 1])
    # Predictions have no depth: nobody knows where the false positive stands.
    assert np.isnan(figure_along(facts, evaluation, "depth", "f1", intervals=5).value).all()
    of_depth = figure_along(facts, evaluation, "depth", "recall", intervals=5)
    assert (of_depth.is_of_images, of_depth.n_rows, of_depth.n_missing) == (False, 3, 1)
    assert figure_along(facts, evaluation, "area", "mean_iou", window=0.3, intervals=0).value[-1] == 1.0


def test_what_is_no_number_is_refused() -> None:
    facts, evaluation = graded()
    with pytest.raises(EvaluationError, match="text holds no numbers"):
        figure_along(facts, evaluation, "text")
    with pytest.raises(ExpressionError, match="there is no column") as raised:
        figure_along(facts, evaluation, "brigthness")
    assert raised.value.suggestions == ("brightness",)
    with pytest.raises(ExpressionError, match="no property to slice by"):
        figure_along(facts, evaluation, "score")
    for settings in ({"figure": "ap"}, {"window": 0.0}, {"window": math.nan}, {"n_points": 1}, {"intervals": -1}):
        with pytest.raises(EvaluationError):
            figure_along(facts, evaluation, "brightness", **settings)  # type: ignore[arg-type]
    with pytest.raises(CancelledError):
        figure_along(facts, evaluation, "brightness", cancelled=lambda: True)


def test_a_column_of_one_value_and_one_of_none() -> None:
    facts = prepare_run(
        *with_columns(by_hand(2, 1, [(1, 1, 0, 0, 9, 9)], []), images={"one": [5.0, 5.0], "none": [None, math.nan]})
    )
    evaluation = evaluate(facts, EvaluationParams())
    one = figure_along(facts, evaluation, "one", "recall", intervals=5)
    assert (one.x.tolist(), one.value.tolist(), one.bar_counts.tolist()) == ([5.0], [0.0], [2])
    none = figure_along(facts, evaluation, "none", intervals=5)
    assert (len(none.x), none.n_missing, none.bar_counts.tolist()) == (0, 2, [])
