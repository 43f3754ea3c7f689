"""Comparing predictions with ground truth on the workers of a Dask cluster: processes of this machine, or of others.

A run is cut into parts of consecutive images. A part travels with its task, so a worker that is lost costs the part it was at,
which another worker does again. Workers find the overlaps, the nearest labels and the matches at every threshold and range of
area; what comes back is merged in the order of the images, and is to the bit what one process finds. Orders over all images and
the figures are the same code in the one process.

Tasks travel as pickles: a scheduler must be one that is trusted, as Dask's own documentation says.

References
----------
.. [1] https://distributed.dask.org/en/stable/resilience.html
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import diag_gui
from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.engines.run_parts import PartFound, bounds_of_parts, compare_part, merge_parts
from diag_gui.evaluation._kernels import KERNEL
from diag_gui.evaluation.candidate_pairs import floor_of
from diag_gui.evaluation.run_facts import Compared
from diag_gui.evaluation.run_part import part_of_run
from diag_gui.exceptions import EvaluationError

PARTS_PER_WORKER = 4
"""Parts for each worker: enough that none waits long for the last, few enough that sending them costs little."""

RETRIES = 3
"""Times a part is done again after its worker was lost or failed."""

CONNECT_S = 10
"""Seconds after which a scheduler that does not answer counts as not there."""


@dataclass(frozen=True, slots=True)
class DaskEngine:
    """A cluster to compare on.

    Attributes
    ----------
    scheduler : str or None
        Address of a running scheduler; None starts processes of this machine.
    workers : int or None
        Such processes; one per core by default.
    """

    scheduler: str | None = None
    workers: int | None = None

    def compare(
        self,
        dataset: Dataset,
        predictions: Predictions,
        task: str,
        max_detections: int,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Compared:
        """Return the overlaps and matches of a run, computed on the workers.

        Parameters
        ----------
        dataset : Dataset
        predictions : Predictions
        task : str
            A key of `diag_gui.evaluation.geometry.GEOMETRIES`.
        max_detections : int
            Predictions per image and class that count.
        progress : callable, optional
            Told the share of parts that are done.

        Returns
        -------
        Compared
            Equal in every bit to what `diag_gui.evaluation.run_facts.prepare_run` finds.

        Raises
        ------
        EvaluationError
            If Dask is not installed, the scheduler cannot be reached, has no worker or workers of another version, or a
            part was lost more often than `RETRIES` times.
        """
        with self.client() as client:
            return compare_on(client, dataset, predictions, task, max_detections, progress=progress)

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Give a client of the cluster, started where none was named, and close both afterwards.

        Raises
        ------
        EvaluationError
            As `compare` does.
        """
        try:
            from distributed import Client, LocalCluster
        except ImportError as error:
            raise EvaluationError("--engine", f"dask is not installed ({error}); install diag-gui[dask]") from error
        if self.scheduler is not None:
            try:
                client = Client(self.scheduler, timeout=CONNECT_S, set_as_default=False)
            except (OSError, ValueError, TypeError) as error:
                raise EvaluationError("--scheduler", f"{self.scheduler} cannot be reached: {error}") from error
            with client:
                yield client
            return
        n_workers = self.workers or os.cpu_count() or 1
        with (
            LocalCluster(
                n_workers=n_workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):  # fmt: skip
            yield client


def compare_on(
    client: Any,
    dataset: Dataset,
    predictions: Predictions,
    task: str,
    max_detections: int,
    *,
    progress: Callable[[float], None] | None = None,
) -> Compared:
    """Return the overlaps and matches of a run, computed on the workers of a client; see `DaskEngine.compare`."""
    from distributed import KilledWorker, as_completed

    n_workers = check_workers(client)
    floor = floor_of(predictions)
    bounds = bounds_of_parts(predictions, PARTS_PER_WORKER * n_workers)
    futures = [
        client.submit(
            compare_part, part_of_run(dataset, predictions, *images), task, floor, max_detections, retries=RETRIES, pure=False
        )
        for images in bounds
    ]
    try:
        found: dict[Any, PartFound] = {}
        for future, part in as_completed(futures, with_results=True, loop=client.loop):
            found[future.key] = part
            if progress is not None:
                progress(len(found) / len(futures))
    except KilledWorker as error:
        raise EvaluationError("--engine", f"a part of the images took its worker down {RETRIES} times: {error}") from error
    finally:
        client.cancel(futures)
    return merge_parts(dataset, predictions, bounds, [found[future.key] for future in futures], floor)


def check_workers(client: Any) -> int:
    """Return how many workers there are, each of this version and kernel.

    Raises
    ------
    EvaluationError
        If there is none, or one would compute something else.
    """
    ours = what_runs_here()
    theirs = client.run(what_runs_here)
    if not theirs:
        raise EvaluationError("--scheduler", "has no workers")
    for address, what in theirs.items():
        if what != ours:
            raise EvaluationError("--scheduler", f"worker {address} runs {' '.join(what)}, this is {' '.join(ours)}")
    return len(theirs)


def what_runs_here() -> tuple[str, str]:
    """Return version and kernel of this process, which workers must share for equal numbers."""
    return diag_gui.__version__, KERNEL
