"""Where a verb compares predictions with ground truth: ``--engine`` and ``--scheduler``, one cluster for the whole call."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from diag_gui.exceptions import EvaluationError

if TYPE_CHECKING:
    from diag_gui.data.dataset import Dataset
    from diag_gui.data.predictions import Predictions
    from diag_gui.evaluation.run_facts import Compared


class Compare(Protocol):
    """Compares a run with ground truth somewhere else than in this process."""

    def __call__(
        self,
        dataset: Dataset,
        predictions: Predictions,
        task: str,
        max_detections: int,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Compared:
        """Return the overlaps and the matches."""


@contextmanager
def comparing(parsed: argparse.Namespace) -> Iterator[Compare | None]:
    """Give what compares as the arguments say; None where this process does.

    Raises
    ------
    EvaluationError
        If the arguments do not go together, or there is no such cluster.
    """
    engine, scheduler = getattr(parsed, "engine", "local"), getattr(parsed, "scheduler", None)
    if scheduler and engine != "dask":
        raise EvaluationError("--scheduler", "needs --engine dask")
    if engine == "local":
        yield None
        return
    from functools import partial

    from diag_gui.engines.dask_engine import DaskEngine, compare_on

    with DaskEngine(scheduler, parsed.workers).client() as client:
        yield partial(compare_on, client)
