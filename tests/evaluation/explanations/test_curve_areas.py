"""Readings of one curve against literal loops over their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.evaluation.explanations import curve_areas

CURVES = st.lists(st.booleans(), max_size=40)


def points(is_true: list[bool], n_gt: int) -> list[tuple[float, float]]:
    """Return recall and precision after every prediction."""
    return [(sum(is_true[: k + 1]) / n_gt, sum(is_true[: k + 1]) / (k + 1)) for k in range(len(is_true))]


def best_from(curve: list[tuple[float, float]], recall: float) -> float:
    return max((precision for at, precision in curve if at >= recall), default=0.0)


@given(CURVES, st.integers(0, 5))
def test_eleven_points_is_the_mean_of_the_best_precision_from_each_recall_on(is_true: list[bool], unfound: int) -> None:
    n_gt = max(sum(is_true) + unfound, 1)
    curve = points(is_true, n_gt)
    expected = sum(best_from(curve, step * 0.1) for step in range(11)) / 11
    assert curve_areas.eleven_points(np.array(is_true, bool), n_gt) == pytest.approx(expected, abs=1e-12)


@given(CURVES, st.integers(0, 5))
def test_all_points_is_the_area_of_steps_under_the_envelope(is_true: list[bool], unfound: int) -> None:
    n_gt = max(sum(is_true) + unfound, 1)
    curve = points(is_true, n_gt)
    area, before = 0.0, 0.0
    for recall, _ in curve:
        area += (recall - before) * best_from(curve, recall)
        before = recall
    assert curve_areas.all_points(np.array(is_true, bool), n_gt) == pytest.approx(area, abs=1e-12)


def test_straight_lines_give_a_detector_that_finds_half_more_than_steps_do() -> None:
    half = np.array([True])
    assert curve_areas.all_points(half, 2) == 0.5
    assert curve_areas.interpolated(half, 2) == pytest.approx(0.75, abs=0.01)


def test_hundredths_differ_from_linspace_only_in_the_last_bit() -> None:
    # 29 of 100 found: linspace(0, 1, 101)[29] is just above .29, i / 100 is not.
    is_true = np.ones(29, bool)
    assert curve_areas.hundredths(is_true, 100) == pytest.approx(30 / 101)


def test_no_prediction_is_no_area() -> None:
    nothing = np.zeros(0, bool)
    assert all(reading.area(nothing, 3) == 0 for name, reading in curve_areas.READINGS.items() if name != "lines")
