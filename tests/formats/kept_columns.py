"""Files that are read without the column cache and by way of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.formats import cached_reading
from diag_gui.formats.column_cache import ColumnCache
from tests.formats.coco_files import good, write


def ground_truth_of(folder: Path, content: Any = None) -> Path:
    return write(folder / "gt.json", good() if content is None else content)


def twice(path: Path, cache: ColumnCache, dataset: Dataset | None = None) -> tuple[Any, Any, Any]:
    """Read a file without the cache, then by way of it, twice."""

    def read(by: ColumnCache | None) -> tuple[Dataset | Run, ReadReport]:
        if dataset is None:
            return cached_reading.read_ground_truth(path, by)
        return cached_reading.read_predictions(path, dataset, by)

    return read(None), read(cache), read(cache)
