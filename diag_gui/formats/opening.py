"""Opening whatever a user points at: the format is recognised by content unless it is named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.formats import coco, coco_results
from diag_gui.formats.file_reading import Cancelled, Progress


@dataclass(frozen=True, slots=True, eq=False)
class OpenedGroundTruth:
    """Ground truth with the account of how it was read.

    Attributes
    ----------
    dataset : Dataset
    report : ReadReport
    image_root : Path or None
        Where the pictures lie; None if they were not found.
    """

    dataset: Dataset
    report: ReadReport
    image_root: Path | None


@dataclass(frozen=True, slots=True, eq=False)
class OpenedRun:
    """One run with the account of how it was read."""

    run: Run
    report: ReadReport


def open_ground_truth(
    path: Path | str,
    *,
    format: str = "auto",
    images: Path | str | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> OpenedGroundTruth:
    """Read ground truth."""
    dataset, report = coco.read_ground_truth(Path(path), progress=progress, cancelled=cancelled)
    return OpenedGroundTruth(dataset, report, Path(images) if images is not None else None)


def open_predictions(
    path: Path | str,
    dataset: Dataset,
    *,
    format: str = "auto",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> OpenedRun:
    """Read one run against a dataset."""
    run, report = coco_results.read_predictions(Path(path), dataset, progress=progress, cancelled=cancelled)
    return OpenedRun(run, report)
