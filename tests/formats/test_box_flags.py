"""What is odd about boxes: the compiled look and its readable twin say the same, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.formats._kernels.box_flags_numpy import box_flags as readable
from diag_gui.formats.box_rules import EMPTY, HUGE, NEGATIVE, NOT_FINITE, PARTLY_OUTSIDE, WHOLLY_OUTSIDE

compiled = pytest.importorskip("diag_gui.formats._kernels._box_flags", reason="no compiled kernel was built").box_flags

WIDTH, HEIGHT = np.array([100.0, np.nan, 50.0]), np.array([80.0, np.nan, 50.0])
sides = st.one_of(
    st.floats(), st.floats(-120, 120), st.sampled_from([0.0, -0.0, 100.0, 80.0, 50.0, 50.5, 100.5, -0.5, 1e9, -1e10, np.inf])
)


def flags_of(function, boxes, rows, first=0, last=None):
    last = len(boxes) if last is None else last
    xywh = np.array(boxes, np.float64).reshape(-1, 4)
    return function(xywh, np.array(rows, np.int32), WIDTH, HEIGHT, 1e9, 0.5, first, last).tolist()


@pytest.mark.parametrize("function", [compiled, readable])
@pytest.mark.parametrize(
    ("box", "row", "expected"),
    [
        ([1, 2, 3, 4], 0, 0),
        ([np.nan, 2, 3, 4], 0, NOT_FINITE),
        ([1, 2, 1e10, 4], 1, HUGE),
        ([10, 2, -3, 0], 0, NEGATIVE),
        ([1, 2, 3, 0], 0, EMPTY),
        ([100, 2, 3, 4], 0, WHOLLY_OUTSIDE),
        ([-3, 2, 3, 4], 0, WHOLLY_OUTSIDE),
        ([98, 2, 3, 4], 0, PARTLY_OUTSIDE),
        ([97.5, 2, 3, 4], 0, 0),
        ([-1, 2, 3, 4], 0, PARTLY_OUTSIDE),
        ([-1, 2, 3000, 4], 1, 0),
        ([-1, 2, 3000, 4], -1, 0),
    ],
)
def test_each_rule_by_hand(function, box, row, expected):
    assert flags_of(function, [box], [row]) == [expected]


@given(st.lists(st.tuples(sides, sides, sides, sides, st.integers(-1, 2)), max_size=20))
def test_both_say_the_same(drawn):
    boxes, rows = [box[:4] for box in drawn], [box[4] for box in drawn]
    assert flags_of(compiled, boxes, rows) == flags_of(readable, boxes, rows)
    if len(drawn) > 2:
        assert flags_of(compiled, boxes, rows, 1, 2) == flags_of(readable, boxes, rows, 1, 2)


def test_columns_that_do_not_belong_together_are_refused():
    boxes = np.zeros((2, 4))
    with pytest.raises(ValueError, match="do not belong together"):
        compiled(boxes, np.zeros(1, np.int32), WIDTH, HEIGHT, 1e9, 0.5, 0, 2)
    with pytest.raises(ValueError, match="do not belong together"):
        compiled(boxes, np.zeros(2, np.int32), WIDTH, HEIGHT[:1], 1e9, 0.5, 0, 2)
