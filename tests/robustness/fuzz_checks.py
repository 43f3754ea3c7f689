"""What must hold of anything that was read, however damaged the file: counts that add up, figures that exist, one answer of two
readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import prepare_run
from diag_gui.exceptions import DiagError
from diag_gui.formats import record_streaming
from diag_gui.formats.opening import OpenedGroundTruth, OpenedMetadata, OpenedRun, open_ground_truth, open_predictions
from tests.formats.same_facts import same


def fault_in(opened: object) -> str:
    """Return what cannot be of something that was read; empty if nothing is wrong with it."""
    if isinstance(opened, OpenedMetadata):
        return _fault_in_report(opened.report, None)
    if isinstance(opened, OpenedGroundTruth):
        gt = opened.dataset.ground_truth
        if not np.isfinite(gt.xywh).all() or (gt.xywh[:, 2:] <= 0).any():
            return "a label that is no box was kept"
        if not (np.isfinite(gt.area).all() and (gt.area >= 0).all()):
            return "a label has an area that cannot be"
        if len(gt) and (gt.image_row.min() < 0 or gt.class_row.min() < 0 or gt.image_row.max() >= len(opened.dataset.images)):
            return "a label is on no image or of no class"
        return _fault_in_report(opened.report, len(gt))
    if isinstance(opened, OpenedRun):
        found = opened.run.predictions
        if not (np.isfinite(found.xywh).all() and np.isfinite(found.score).all()):
            return "a prediction that is no box, or has no score, was kept"
        if sum(report.loaded for report in opened.reports) != len(found):
            return f"{[report.loaded for report in opened.reports]} loaded, {len(found)} are there"
        return "".join(_fault_in_report(report, None) for report in opened.reports)
    return ""


def _fault_in_report(report: ReadReport, n: int | None) -> str:
    if report.loaded + report.dropped != report.records or min(report.loaded, report.dropped) < 0:
        return f"{report.loaded} loaded + {report.dropped} dropped are not {report.records} records"
    if n is not None and report.loaded != n:
        return f"{report.loaded} loaded, {n} are there"
    n_dropped = sum(group.count for group in report.problems if group.drops)
    return "" if n_dropped == report.dropped else f"{report.dropped} dropped, for {n_dropped} of which there is a reason"


def evaluated(truth: Path, found: Path) -> object:
    """Evaluate two files, either of which may be damaged; return the run."""
    opened = open_ground_truth(truth)
    run = open_predictions(found, opened.dataset)
    evaluate(prepare_run(opened.dataset, run.run), EvaluationParams())
    return run


@contextmanager
def _precise_reader() -> Iterator[None]:
    """Let every file be read as a whole, by the reader that looks at each record."""
    fast = record_streaming.json_records
    record_streaming.json_records = None
    try:
        yield
    finally:
        record_streaming.json_records = fast


def told_apart(path: Path, dataset: Dataset | None) -> str:
    """Return where the fast and the precise reader of COCO's JSON differ; empty where they do not."""
    fast, slow = _read(path, dataset), None
    with _precise_reader():
        slow = _read(path, dataset)
    if isinstance(fast, str) or isinstance(slow, str):
        refused = isinstance(fast, str) and isinstance(slow, str)
        return "" if refused else f"one refuses and the other does not: {_short(fast)} | {_short(slow)}"
    one, other = (fast[1], slow[1])
    if one.codes != other.codes or (one.records, one.loaded) != (other.records, other.loaded):
        return f"accounts differ: {one.records} {one.loaded} {one.codes} | {other.records} {other.loaded} {other.codes}"
    return "" if same(fast[0], slow[0]) else "facts differ"


def _short(answer: object) -> str:
    return answer[-150:] if isinstance(answer, str) else "read"


def _read(path: Path, dataset: Dataset | None) -> tuple[Any, ReadReport] | str:
    try:
        if dataset is None:
            truth = open_ground_truth(path, cache=None)
            return (truth.dataset.images, truth.dataset.classes, truth.dataset.ground_truth), truth.report
        run = open_predictions(path, dataset, cache=None)
        return run.run.predictions, run.report
    except DiagError as error:
        return str(error)
