"""The measures of work see a loop, and do not see what is done at once."""

from __future__ import annotations

import sys

import numpy as np

from tests.work import cpu_of, lines_run


def looped(n: int) -> int:
    return sum([value % 7 for value in range(n)])


def test_a_loop_in_one_line_counts_every_turn() -> None:
    assert lines_run(lambda: looped(5_000)) - lines_run(lambda: looped(1_000)) >= 4_000


def test_arrays_count_the_same_whatever_their_length() -> None:
    assert lines_run(lambda: np.sort(np.zeros(10))) == lines_run(lambda: np.sort(np.zeros(100_000)))


def test_nothing_is_counted_afterwards() -> None:
    before = sys.gettrace()
    lines_run(lambda: looped(5))
    assert sys.gettrace() is before


def test_processor_time_grows_with_the_work() -> None:
    assert cpu_of(lambda: looped(1_000_000)) > 5 * cpu_of(lambda: looped(10_000), repeats=3)
