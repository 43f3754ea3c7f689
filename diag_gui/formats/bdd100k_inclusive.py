"""BDD100K and Scalabel JSON whose corners are pixels that belong to the box: ``x2 - x1 + 1`` wide, as Scalabel's tools count.

Never recognised by itself: nothing in a file tells it from `bdd100k`.
"""

from __future__ import annotations

from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.formats.bdd100k import INCLUSIVE, read_labels, read_scored
from diag_gui.formats.content import Content
from diag_gui.formats.file_reading import Cancelled, Progress


def recognise(content: Content) -> str:
    """Return nothing: it has to be asked for."""
    return ""


def recognise_predictions(content: Content) -> str:
    """Return nothing: it has to be asked for."""
    return ""


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read frames as ground truth; see `bdd100k.read_labels`."""
    return read_labels(path, INCLUSIVE, 1.0, progress=progress, cancelled=cancelled)


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read frames as predictions; see `bdd100k.read_scored`."""
    return read_scored(path, dataset, INCLUSIVE, 1.0, progress=progress, cancelled=cancelled)
