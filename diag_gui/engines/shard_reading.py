"""Reading the files of a run on the workers of a cluster, each its own: what is parsed there comes back as columns.

A worker reads a file only if it sees the same one: at that path, of that size, with the same sampled blocks. What no worker can
read is read here, by the same code, which also says what is wrong with it: so the outcome is to the bit the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.engines.dask_engine import RETRIES, check_workers
from diag_gui.evaluation.run_part import without_ground_truth
from diag_gui.exceptions import DiagError, EvaluationError
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_choice import ColumnChoice
from diag_gui.formats.run_reading import RunReader
from diag_gui.formats.source_stamp import sample_of, stamp_of

ReadFile = tuple[Run, ReadReport]


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of a run, as whoever reads it must find it.

    Attributes
    ----------
    path : str
        Absolute.
    format : str
    size : int
        Bytes.
    sample : str
        Digest of a few blocks; see `source_stamp.sample_of`.
    """

    path: str
    format: str
    size: int
    sample: str

    def is_here(self) -> bool:
        """Return whether this machine has that file at that path."""
        path = Path(self.path)
        stamp = stamp_of(path)
        try:
            return stamp is not None and stamp.size == self.size and sample_of(path, self.size) == self.sample
        except OSError:
            return False


def shard_of(path: Path, format: str) -> Shard | None:
    """Return a file as a shard; None where it cannot be looked at, which its reader says."""
    stamp = stamp_of(path)
    try:
        return None if stamp is None else Shard(os.path.abspath(path), format, stamp.size, sample_of(path, stamp.size))
    except OSError:
        return None


def read_shard(
    shard: Shard, tables: Dataset, columns: ColumnChoice, *, with_cache: bool, is_part: bool = True, is_mapped: bool = False
) -> ReadFile | None:
    """Read one file: what a worker does. None where it does not see it, or it cannot be used: that is said where it was named.

    ``is_part`` and ``is_mapped`` are those of `RunReader.read_one`.
    """
    if not shard.is_here():
        return None
    reader = RunReader(tables, shard.format, columns, ColumnCache() if with_cache else None, None)
    try:
        return reader.read_one(Path(shard.path), shard.format, None, is_part=is_part, is_mapped=is_mapped)
    except DiagError:
        return None


def read_shards_on(
    client: Any,
    files: Sequence[tuple[Path, str]],
    dataset: Dataset,
    columns: ColumnChoice,
    *,
    with_cache: bool,
    progress: Callable[[float], None] | None = None,
) -> list[ReadFile | None]:
    """Return what workers read the files of a run into; None of a file that is to be read here.

    Parameters
    ----------
    client : distributed.Client
    files : sequence of (Path, str)
        Each with its format.
    dataset : Dataset
        Its images and classes travel, its labels do not.
    columns : ColumnChoice
    with_cache : bool
        Whether workers keep what they read as columns, in their own cache folders.
    progress : callable, optional
        Told the share of files that are read.

    Raises
    ------
    EvaluationError
        If a file took its worker down more often than `RETRIES` times, or as of `check_workers`.
    """
    from distributed import KilledWorker, as_completed

    check_workers(client)
    tables = client.scatter(without_ground_truth(dataset), broadcast=True, hash=False)
    futures: dict[Any, int] = {}
    for place, (path, format) in enumerate(files):
        shard = shard_of(path, format)
        if shard is not None:
            future = client.submit(read_shard, shard, tables, columns, with_cache=with_cache, retries=RETRIES, pure=False)
            futures[future] = place
    read: list[ReadFile | None] = [None] * len(files)
    try:
        for n_done, (future, found) in enumerate(as_completed(list(futures), with_results=True, loop=client.loop), 1):
            place = futures[future]
            read[place] = None if found is None else _named_here(found, files[place][0])
            if progress is not None:
                progress(n_done / len(futures))
    except KilledWorker as error:
        raise EvaluationError("--engine", f"a file took its worker down {RETRIES} times: {error}") from error
    finally:
        client.cancel(list(futures))
    return read


def _named_here(found: ReadFile, path: Path) -> ReadFile:
    """Return what was read under the name the file was asked for by."""
    run, report = found
    return replace(run, source=replace(run.source, path=path)), replace(report, path=path)
