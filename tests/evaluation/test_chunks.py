from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import numpy as np
import pytest

from diag_gui.evaluation.chunks import map_bounds, map_chunks, map_groups, side_by_side


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize(("n_rows", "at_least"), [(0, 5), (1, 5), (1000, 1), (1003, 50)])
def test_chunks_cover_all_rows_once_and_answer_in_order(workers, n_rows, at_least):
    bounds = map_chunks(lambda first, last: (first, last), n_rows, at_least=at_least, workers=workers)
    assert [first for first, _ in bounds] == [0, *(last for _, last in bounds[:-1])]
    assert bounds[-1][1] == n_rows


@pytest.mark.parametrize("counts", [[], [0], [5, 0, 900, 3, 3, 3], [1] * 300, [0, 0, 0], [1000]], ids=str)
def test_chunks_of_groups_cut_no_group_and_hold_about_equally_many_rows(counts):
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    bounds = map_groups(lambda first, last: (first, last), offsets, at_least=10, workers=2)
    assert [first for first, _ in bounds] == [0, *(last for _, last in bounds[:-1])]
    assert bounds[-1][1] == len(counts)
    most = max(10, -(-sum(counts) // 8)) + max(counts, default=0)
    assert all(offsets[last] - offsets[first] <= most for first, last in bounds)


def test_threads_share_the_chunks():
    together = threading.Barrier(2, timeout=20)

    def wait_for_the_other(_first, _last):
        together.wait()
        return threading.get_ident()

    assert len(set(map_bounds(wait_for_the_other, [(0, 1), (1, 2)], workers=2))) == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_two_functions_side_by_side_answer_in_order(workers):
    assert side_by_side(lambda: "first", lambda: 2, workers=workers) == ("first", 2)


def test_two_functions_side_by_side_share_the_threads():
    together = threading.Barrier(2, timeout=20)
    assert sorted(side_by_side(together.wait, together.wait, workers=2)) == [0, 1]


def test_an_error_of_either_function_is_raised():
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda: 1, lambda: 1 // 0)


def test_chunks_within_chunks_do_not_wait_for_each_other():
    def inner(first, last):
        return sum(map_chunks(lambda a, b: b - a, last - first, at_least=1, workers=4))

    assert sum(map_chunks(inner, 400, at_least=1, workers=4)) == 400


def test_progress_is_told_from_the_calling_thread_and_ends_at_one():
    told, threads = [], set()

    def note(share):
        told.append(share)
        threads.add(threading.get_ident())

    map_chunks(lambda _first, _last: None, 100, at_least=10, workers=2, progress=note)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_in_a_chunk_is_raised_when_no_chunk_runs_any_more(workers):
    running, begun = [], []

    def fail_in_the_fifth(first, _last):
        running.append(first)
        begun.append(first)
        try:
            if first == 4:
                raise ValueError("the fifth")
        finally:
            running.remove(first)

    with pytest.raises(ValueError, match="the fifth"):
        map_bounds(fail_in_the_fifth, [(n, n + 1) for n in range(1000)], workers=workers)
    assert running == []
    assert len(begun) < 1000


def test_cancelling_stops_before_the_next_chunk():
    done = []
    with pytest.raises(CancelledError):
        map_bounds(
            lambda first, _: done.append(first), [(n, n + 1) for n in range(50)], workers=1, cancelled=lambda: len(done) == 3
        )
    assert done == [0, 1, 2]
