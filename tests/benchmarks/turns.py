"""Contenders that take turns in one process: machines are noisy, so only ratios inside one interleaved run mean something."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def fastest_interleaved(contenders: dict[str, Callable[[], Any]], rounds: int = 7) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the shortest time in seconds of each contender, all taking turns, and its last answer."""
    shortest: dict[str, float] = {}
    answers: dict[str, Any] = {}
    for _ in range(rounds):
        for name, contender in contenders.items():
            start = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                answers[name] = contender()
            shortest[name] = min(time.perf_counter() - start, shortest.get(name, np.inf))
    return shortest, answers
