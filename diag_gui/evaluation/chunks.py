"""Long work over rows, cut into chunks that threads share, with progress and cancellation between chunks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import cache
from itertools import count, pairwise
from typing import TypeVar

import numpy as np

from diag_gui.data.arrays import LongArray

Result = TypeVar("Result")
First = TypeVar("First")
Second = TypeVar("Second")

CHUNKS_PER_WORKER = 4


def map_chunks(
    function: Callable[[int, int], Result],
    n_rows: int,
    *,
    at_least: int,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Result]:
    """Call ``function(first, last)`` over consecutive chunks of ``n_rows`` rows and return the results in order.

    Parameters
    ----------
    function : callable
        Gains from threads only where it releases the interpreter lock.
    n_rows : int
        With 0 rows the function is still called once, with ``(0, 0)``.
    at_least : int
        Rows of a chunk worth handing to a thread.
    workers, progress, cancelled
        As in `map_bounds`.

    Raises
    ------
    CancelledError
        If ``cancelled`` said so; no chunk is running any more when it is raised.
    """
    size = max(at_least, -(-n_rows // (CHUNKS_PER_WORKER * _workers(workers))))
    bounds = [(first, min(first + size, n_rows)) for first in range(0, n_rows, size)] or [(0, 0)]
    return map_bounds(function, bounds, workers=workers, progress=progress, cancelled=cancelled)


def map_groups(
    function: Callable[[int, int], Result],
    offsets: LongArray,
    *,
    at_least: int,
    at_most: int | None = None,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Result]:
    """Call ``function(first, last)`` over consecutive chunks of groups that hold about equally many rows.

    Parameters
    ----------
    function : callable
    offsets : ndarray of int64, shape (N + 1,)
        Rows of group n are ``[o[n]:o[n + 1]]``. Without groups the function is still called once, with ``(0, 0)``.
    at_least : int
        Rows of a chunk worth handing to a thread.
    at_most : int, optional
        Rows of a chunk that memory bears; one group may still hold more.
    workers, progress, cancelled
        As in `map_bounds`.
    """
    n_rows = int(offsets[-1] - offsets[0])
    size = max(at_least, -(-n_rows // (CHUNKS_PER_WORKER * _workers(workers))))
    size = size if at_most is None else min(size, at_most)
    wanted = offsets[0] + np.arange(size, n_rows, size)
    cuts = sorted({0, *np.searchsorted(offsets, wanted).tolist(), len(offsets) - 1})
    bounds = list(pairwise(cuts)) or [(0, 0)]
    return map_bounds(function, bounds, workers=workers, progress=progress, cancelled=cancelled)


def map_bounds(
    function: Callable[[int, int], Result],
    bounds: Sequence[tuple[int, int]],
    *,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Result]:
    """Call ``function(first, last)`` for each of ``bounds`` and return the results in order.

    Parameters
    ----------
    function : callable
    bounds : sequence of (int, int)
    workers : int, optional
        Threads, the calling one among them; by default one per core.
    progress : callable, optional
        Told the share done, 0..1, between chunks, from the calling thread; 1 at the end.
    cancelled : callable, optional
        Asked before every chunk.

    Raises
    ------
    CancelledError
        If ``cancelled`` said so; no chunk is running any more when it is raised.

    Notes
    -----
    The calling thread takes part, so that it never waits for a chunk nobody has begun: threads kept for all callers cannot
    keep each other waiting, and work goes on where they are gone, as after a fork.
    """
    n_chunks, take = len(bounds), count()
    results: dict[int, Result] = {}
    gave_up = threading.Event()

    def work(told: Callable[[float], None] | None = None) -> None:
        is_whole = False
        try:
            while not gave_up.is_set() and (place := next(take)) < n_chunks:
                if cancelled is not None and cancelled():
                    raise CancelledError
                results[place] = function(*bounds[place])
                if told is not None:
                    told(len(results) / n_chunks)
            is_whole = True
        finally:
            if not is_whole:
                gave_up.set()

    n_helpers = min(_workers(workers), n_chunks) - 1
    helpers = [_kept_threads().submit(work) for _ in range(n_helpers)]
    try:
        work(progress)
    finally:
        # Those that have not begun have nothing to do any more; the others end with their chunk.
        failures = [helper.exception() for helper in helpers if not helper.cancel()]
    for failure in failures:
        if failure is not None:
            raise failure
    if progress is not None and n_helpers > 0:
        progress(1.0)
    return [results[place] for place in range(n_chunks)]


def side_by_side(first: Callable[[], First], second: Callable[[], Second], *, workers: int | None = None) -> tuple[First, Second]:
    """Return what two functions return that neither can be cut into chunks nor depend on each other.

    Parameters
    ----------
    first, second : callable
        Gain from threads only where they release the interpreter lock.
    workers : int, optional
        With 1 the second follows the first.
    """
    found: list[First] = []
    others: list[Second] = []

    def call(place: int, _end: int) -> None:
        if place == 0:
            found.append(first())
        else:
            others.append(second())

    map_bounds(call, [(0, 1), (1, 2)], workers=workers)
    return found[0], others[0]


@cache
def _kept_threads() -> ThreadPoolExecutor:
    """Return the threads that all callers share: starting them anew costs more than many a chunk."""
    return ThreadPoolExecutor(max(os.cpu_count() or 1, 1), thread_name_prefix="evaluation")


def _workers(workers: int | None) -> int:
    return max(workers, 1) if workers is not None else os.cpu_count() or 1
