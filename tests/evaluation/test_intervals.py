"""Intervals and what is left of differences: golden values, and figures made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diag_gui.evaluation.intervals import benjamini_hochberg, image_resamples, percentile_interval, two_sided_p, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(8, 10, 0.490162, 0.943318), (0, 5, 0.0, 0.434482), (45, 50, 0.786398, 0.956524), (1, 1, 0.206549, 1.0)],
)
def test_wilson_golden(successes: int, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)
    assert float(found[0]) == pytest.approx(low, abs=5e-7)
    assert float(found[1]) == pytest.approx(high, abs=5e-7)


def test_wilson_of_nothing_is_undefined_and_its_ends_are_exact() -> None:
    low, high = wilson(np.array([0, 0, 7]), np.array([0, 7, 7]))
    assert np.isnan([low[0], high[0]]).all()
    assert (low[1], high[2]) == (0.0, 1.0)


def test_resamples_are_those_of_the_seed_in_any_block() -> None:
    drawn = np.random.default_rng(7).integers(0, 5, (4, 5))
    expected = [np.bincount(row, minlength=5).tolist() for row in drawn]
    assert np.concatenate(list(image_resamples(5, 4, 7))).tolist() == expected
    large = list(image_resamples(1_500_000, 3, 7))
    assert [len(block) for block in large] == [2, 1]
    again = np.bincount(np.random.default_rng(7).integers(0, 1_500_000, (3, 1_500_000))[2], minlength=1_500_000)
    np.testing.assert_array_equal(large[1][0], again)


def test_percentiles_leave_out_what_is_undefined() -> None:
    values = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, np.nan], [3.0, np.nan]])
    low, high = percentile_interval(values)
    assert low[0] == pytest.approx(np.percentile([1, 2, 3], 2.5))
    assert high[0] == pytest.approx(np.percentile([1, 2, 3], 97.5))
    assert np.isnan([low[1], high[1]]).all()


def test_p_of_the_normal_distribution() -> None:
    resampled = np.array([-1.0, 1.0, np.nan])
    assert two_sided_p(1.959963984540054 * math.sqrt(2), resampled) == pytest.approx(0.05)
    assert two_sided_p(0.0, resampled) == 1.0
    assert math.isnan(two_sided_p(math.nan, resampled))
    assert math.isnan(two_sided_p(0.1, np.array([0.1, np.nan])))
    assert two_sided_p(0.0, np.zeros(3)) == 1.0
    assert two_sided_p(0.1, np.full(3, 0.1)) == 0.0


def test_benjamini_hochberg_by_hand() -> None:
    q = benjamini_hochberg(np.array([0.01, np.nan, 0.04, 0.03, 0.9]))
    np.testing.assert_allclose(q, [0.04, np.nan, 0.16 / 3, 0.16 / 3, 0.9])
    assert benjamini_hochberg(np.zeros(0)).tolist() == []
