"""Reading what a test wrote, through the one door that every file goes through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ReadReport
from diag_gui.formats.opening import open_ground_truth, open_predictions


def put_json(path: Path, content: Any) -> Path:
    """Write JSON, NaN as Python writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def put_text(path: Path, *lines: str) -> Path:
    """Write lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def labels_of(path: Path, format: str) -> tuple[Dataset, ReadReport]:
    """Open ground truth that must be recognised as ``format``."""
    opened = open_ground_truth(path)
    assert opened.report.format == format
    assert opened.report.loaded + opened.report.dropped == opened.report.records
    return opened.dataset, opened.report


def found_in(path: Path, dataset: Dataset, format: str) -> tuple[Predictions, ReadReport]:
    """Open predictions that must be recognised as ``format``."""
    opened = open_predictions(path, dataset)
    assert opened.report.format == format
    assert opened.report.loaded + opened.report.dropped == opened.report.records
    return opened.run.predictions, opened.report


def boxes(dataset: Dataset) -> list[tuple[str, str, list[float]]]:
    """Return image, class and xywh of every label."""
    gt = dataset.ground_truth
    rows = zip(gt.image_row.tolist(), gt.class_row.tolist(), gt.xywh.round(6).tolist(), strict=True)
    return [(dataset.images.file_name[image], dataset.classes.name[label], box) for image, label, box in rows]


def codes(report: ReadReport) -> dict[str, int]:
    """Return what was noted, without what only says that there are no pictures."""
    return {code: n for code, n in report.codes.items() if code != "pictures-not-found"}
