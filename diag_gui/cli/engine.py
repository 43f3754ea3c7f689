"""Where a verb compares predictions with ground truth: ``--engine`` and ``--scheduler``, one cluster for the whole call."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from diag_gui.cli.terminal import plain_text
from diag_gui.exceptions import EvaluationError

if TYPE_CHECKING:
    from pathlib import Path

    from diag_gui.data.dataset import Dataset
    from diag_gui.data.predictions import Predictions
    from diag_gui.evaluation.params import EvaluationParams
    from diag_gui.evaluation.run_facts import Compared
    from diag_gui.formats.column_choice import ColumnChoice
    from diag_gui.formats.run_reading import ReadElsewhere
    from diag_gui.formats.streamed_reading import WalkedRun


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


class Walk(Protocol):
    """Walks through a run somewhere else than in this process."""

    def __call__(
        self,
        path: Path,
        dataset: Dataset,
        params: EvaluationParams,
        *,
        format: str = "auto",
        columns: ColumnChoice = ...,
        with_cache: bool = True,
        workers: int | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> WalkedRun:
        """Return the run, how its files were read, and its figures."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other machines do.

    Attributes
    ----------
    compare : Compare or None
        Compares a run with ground truth; None where this process does.
    read : ReadElsewhere or None
        Reads the files of a run of several; None where this process does.
    walk : Walk or None
        Walks through a run; None where this process does.
    """

    compare: Compare | None = None
    read: ReadElsewhere | None = None
    walk: Walk | None = None


@contextmanager
def elsewhere(parsed: argparse.Namespace) -> Iterator[Elsewhere]:
    """Give what other machines do, as the arguments say.

    Raises
    ------
    EvaluationError
        If the arguments do not go together, or there is no such cluster.
    """
    engine, scheduler = getattr(parsed, "engine", "local"), getattr(parsed, "scheduler", None)
    if scheduler and engine != "dask":
        raise EvaluationError("--scheduler", "needs --engine dask")
    if engine == "local":
        yield Elsewhere()
        return
    from functools import partial

    from diag_gui.engines.dask_engine import CONNECT_S, DaskEngine, compare_on
    from diag_gui.engines.shard_reading import read_shards_on
    from diag_gui.engines.streamed_engine import walk_on

    if scheduler and not parsed.quiet:
        print(
            f"note: connecting to the scheduler {plain_text(scheduler)}, for at most {CONNECT_S} s", file=sys.stderr, flush=True
        )
    with DaskEngine(scheduler, parsed.workers).client() as client:
        yield Elsewhere(partial(compare_on, client), partial(read_shards_on, client), partial(walk_on, client))
