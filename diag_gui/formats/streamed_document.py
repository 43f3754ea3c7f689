"""What ``evaluate`` says of a run that was walked through: the figures there are, and the names of those there are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.streamed_figures import StreamedFigures
from diag_gui.formats.report_figures import document_head, listed_classes

LEFT_OUT = (
    "summary.mf1_yoltv4", "summary.ece", "summary.mce", "summary.laece", "classes.ece", "classes.mce", "classes.laece",
    "classes.errors", "errors", "confusion", "calibration", "slices",
)  # fmt: skip
"""Keys of the document of a whole evaluation that this one lacks: they need pairs, or rows, of the whole run."""

CLASS_KEYS = ("name", "gt", "predictions", "tp", "fp", "fn", "precision", "recall", "f1", "mean_iou", "ap", "ap50", "best_f1",
              "best_score", "ap_at_iou")  # fmt: skip
_COLUMN_OF_KEY = {"gt": "n_gt", "predictions": "n_predictions", "ap_at_iou": "ap"}


@dataclass(frozen=True, slots=True, eq=False)
class StreamedRun:
    """A run under its name."""

    name: str
    figures: StreamedFigures


def streamed_document(
    dataset: Dataset,
    reports: Sequence[ReadReport],
    runs: Sequence[StreamedRun],
    params: EvaluationParams,
    seed: int = 0,
    engine: str = "local",
) -> dict[str, Any]:
    """Return the document of ``evaluate --json`` as `report_figures.evaluation_document` does, as far as it goes.

    Notes
    -----
    What is there has the keys and, to the bit, the values of the whole evaluation. ``settings.streamed`` is true, and
    ``settings.left_out`` lists the keys that are not there.
    """
    document = document_head(dataset, reports, sum(run.figures.n_predictions for run in runs), params, seed, engine)
    document["settings"] |= {"where": None, "streamed": True, "left_out": list(LEFT_OUT)}
    return document | {"runs": [_run_document(dataset, run) for run in runs]}


def _run_document(dataset: Dataset, run: StreamedRun) -> dict[str, Any]:
    totals = run.figures.totals
    names = ("tp", "fp", "fn", "precision", "recall", "f1", "mf1", "mean_iou", "best_f1", "best_score")
    summary = {**run.figures.figures, **{name: getattr(totals, name) for name in names}, "ap_at_iou": totals.ap}
    return {"name": run.name, "images": totals.n_images, "summary": summary, "classes": class_records(dataset, run)}


def class_records(dataset: Dataset, run: StreamedRun) -> list[dict[str, Any]]:
    """Return one record per class in the order of their ids, as far as `report_figures.class_records` is known."""
    table = run.figures.per_class
    listed = listed_classes(table)
    columns = [
        (run.figures.ap_per_class() if key == "ap" else getattr(table, _COLUMN_OF_KEY.get(key, key)))[listed].tolist()
        for key in CLASS_KEYS[1:]
    ]
    names = [dataset.classes.name[row] for row in listed.tolist()]
    return [dict(zip(CLASS_KEYS, row, strict=True)) for row in zip(names, *columns, strict=True)]
