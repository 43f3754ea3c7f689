"""How much work something is, told without a clock on the wall: lines of Python that were run, or processor time in a ratio.

A machine with other work to do is slower by any factor, so no ordinary test may say how many seconds something takes. A loop over
boxes shows in the lines that are run; a search that looks back shows in how processor time grows, or in how much it is of a work
that is known.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines_run(call: Callable[[], Any]) -> int:
    """Return how many lines of Python ``call`` runs in this thread; a turn of a loop in one line counts as a line."""
    n = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal n
        n += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        call()
    finally:
        sys.settrace(before)
    return n


def cpu_of(call: Callable[[], Any], repeats: int = 1) -> float:
    """Return the processor time of this process that ``call`` takes at least, in seconds: to be divided by another one."""
    shortest = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        call()
        shortest = min(shortest, time.process_time() - start)
    return shortest


def thread_cpu() -> float:
    """Return the processor time of this thread so far, in seconds."""
    return time.thread_time()


def yardstick() -> float:
    """Return the processor time, in seconds, of a million additions in a plain loop: what others are divided by."""
    return cpu_of(lambda: sum(n * n for n in range(1_000_000)), repeats=3)
