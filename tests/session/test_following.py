"""What stays in question when the rows shown change."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.session.following import follow


def rows(*values):
    return np.array(values, np.int32)


@pytest.mark.parametrize(
    ("before", "after", "current", "chosen", "expected"),
    [
        (rows(5, 7, 9), rows(9, 7), 7, {7}, (7, {7})),
        (rows(5, 7, 9), rows(5, 9), 7, {7}, (9, {9})),
        (rows(5, 7, 9), rows(5), 9, {9, 5}, (5, {5})),
        (rows(5, 7, 9), rows(9, 5), 9, {9, 7, 5}, (9, {9, 5})),
        (rows(5, 7), rows(), 5, {5}, (-1, set())),
        (rows(), rows(3, 4), -1, set(), (3, {3})),
        (None, rows(3, 4), 12, {12}, (3, {3})),
        (None, rows(3, 4), 4, {4}, (4, {4})),
    ],
)
def test_the_row_or_what_stands_in_its_place(before, after, current, chosen, expected):
    row, together = follow(before, after, current, frozenset(chosen))
    assert (row, set(together)) == expected
