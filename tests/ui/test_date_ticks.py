"""Marks of an axis of moments: round ones, few, and with no more words than they need."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.ui.panels.date_ticks import date_ticks

FIRST = float(np.datetime64("2024-03-01T05:10:07", "s").astype(int))
DAY = 86_400


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (0, ["1 Mar 05:10"]),
        (50, ["05:10:15", "05:10:30", "05:10:45"]),
        (5_000, ["1 Mar 05:30", "1 Mar 06:00", "1 Mar 06:30"]),
        (3 * DAY, ["2 Mar", "3 Mar", "4 Mar"]),
        (100 * DAY, ["Apr 2024", "May 2024", "Jun 2024"]),
        (3_000 * DAY, ["2026", "2028", "2030", "2032"]),
    ],
)
def test_marks_are_round_and_few(span, said):
    ticks = date_ticks(FIRST, FIRST + span)
    assert [text for _, text in ticks] == said
    assert all(FIRST <= value <= FIRST + span for value, _ in ticks)


def test_any_span_has_marks_that_ascend_and_are_few():
    for span in np.geomspace(0.01, 1e11, 200):
        values = [value for value, _ in date_ticks(FIRST, FIRST + float(span))]
        assert 1 <= len(values) <= 6
        assert values == sorted(set(values))
