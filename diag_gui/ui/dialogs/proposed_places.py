"""Where what is written about the data is proposed to go."""

from __future__ import annotations

from pathlib import Path

from diag_gui.assets import asset
from diag_gui.data.dataset import Dataset
from diag_gui.review.locate import can_write


def folder_beside(dataset: Dataset | None) -> Path:
    """Return the folder that the ground truth lies in; where nothing can be written there, the one the program runs in.

    Never a folder of labels: opened again, it would hold what was written too.
    """
    beside = dataset.source.path.parent if dataset is not None else Path.cwd()
    return Path.cwd() if beside.is_relative_to(asset("sample")) or not can_write(beside) else beside


def proposed_name(dataset: Dataset | None, ending: str) -> Path:
    """Return a path beside the ground truth that is called like the data and ends in ``ending``."""
    stem = dataset.name.replace("/", "-") if dataset is not None else "data"
    return folder_beside(dataset) / f"{stem}{ending}"
