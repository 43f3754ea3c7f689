"""Reading COCO files by way of the column cache: what was read before is mapped, what was not is read and kept.

What that takes is imported when a file is large enough: most are not, and a short command is over before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from diag_gui.data.arrays import AnyArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.formats import coco, coco_results
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.file_reading import Cancelled, Progress

if TYPE_CHECKING:
    from diag_gui.formats.cache_entry import CacheEntry
    from diag_gui.formats.column_file import ColumnFile

Facts = TypeVar("Facts", Dataset, Run)

_log = logging.getLogger(__name__)


def read_ground_truth(
    path: Path, cache: ColumnCache | None, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Return `coco.read_ground_truth`, from ``cache`` where it is kept there; parameters and errors as there."""
    read = partial(coco.read_ground_truth, path, progress=progress, cancelled=cancelled)
    entry = None if cache is None else cache.entry(path, "coco ground truth")
    if entry is None:
        return read()
    from diag_gui.formats.cached_facts import dataset_of_facts, facts_of_dataset

    return _by_way_of(entry, path, read, facts_of_dataset, dataset_of_facts, progress, cancelled)


def read_predictions(
    path: Path,
    dataset: Dataset,
    cache: ColumnCache | None,
    *,
    is_part: bool = False,
    is_mapped: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Run, ReadReport]:
    """Return `coco_results.read_predictions`, from ``cache`` where it is kept there; parameters and errors as there.

    ``is_mapped`` asks for what was read as it is kept from now on, mapped, so that it need not lie in memory.

    Notes
    -----
    A run is kept as what it is on the images and classes of ``dataset``: against others it is read anew.
    """
    read = partial(coco_results.read_predictions, path, dataset, is_part=is_part, progress=progress, cancelled=cancelled)
    role = "part of coco results" if is_part else "coco results"
    entry = None if cache is None else cache.entry(path, role, partial(_digest_of_tables, dataset))
    if entry is None:
        return read()
    from diag_gui.formats.cached_facts import facts_of_run, run_of_facts

    return _by_way_of(entry, path, read, facts_of_run, run_of_facts, progress, cancelled, is_mapped=is_mapped)


def _digest_of_tables(dataset: Dataset) -> str:
    from diag_gui.formats.cached_facts import tables_digest

    return tables_digest(dataset)


def _by_way_of(
    entry: CacheEntry,
    path: Path,
    read: Callable[[], tuple[Facts, ReadReport]],
    written: Callable[[Facts, ReadReport], tuple[bytes, dict[str, AnyArray]]],
    understood: Callable[[ColumnFile, Path], tuple[Facts, ReadReport]],
    progress: Progress | None,
    cancelled: Cancelled | None,
    *,
    is_mapped: bool = False,
) -> tuple[Facts, ReadReport]:
    from diag_gui.formats.cached_facts import NotKeptError
    from diag_gui.formats.column_file import DamagedEntryError

    kept = entry.found(progress=progress, cancelled=cancelled)
    if kept is not None:
        try:
            return understood(kept, path)
        except DamagedEntryError as error:
            entry.is_damaged(str(error))
    facts, report = read()
    try:
        text, arrays = written(facts, report)
    except NotKeptError as error:
        _log.debug("%s is not kept: %s", path, error)
        return facts, report
    entry.keep(text, arrays, report.sha256)
    if is_mapped and (kept := entry.found(cancelled=cancelled)) is not None:
        try:
            return understood(kept, path)
        except DamagedEntryError as error:
            entry.is_damaged(str(error))
    return facts, report
