"""Long work over rows, cut into chunks that threads share, with progress and cancellation between chunks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

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
    workers : int, optional
        Threads; by default one per core.
    progress : callable, optional
        Told the share done, 0..1, after every chunk, from the calling thread.
    cancelled : callable, optional
        Asked before every chunk.

    Raises
    ------
    CancelledError
        If ``cancelled`` said so; no chunk is running any more when it is raised.
    """
    n_workers = workers if workers is not None else os.cpu_count() or 1
    size = max(at_least, -(-n_rows // (CHUNKS_PER_WORKER * n_workers)))
    bounds = [(first, min(first + size, n_rows)) for first in range(0, n_rows, size)] or [(0, 0)]

    def run(chunk: tuple[int, int]) -> Result:
        if cancelled is not None and cancelled():
            raise CancelledError
        return function(*chunk)

    if n_workers == 1 or len(bounds) == 1:
        return list(_with_progress(map(run, bounds), len(bounds), progress))
    with ThreadPoolExecutor(n_workers, thread_name_prefix="evaluation") as pool:
        return list(_with_progress(pool.map(run, bounds), len(bounds), progress))


def _with_progress(results: Iterator[Result], n_chunks: int, progress: Callable[[float], None] | None) -> Iterator[Result]:
    for done, result in enumerate(results, start=1):
        if progress is not None:
            progress(done / n_chunks)
        yield result
