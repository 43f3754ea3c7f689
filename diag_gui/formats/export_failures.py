"""One record per failure, with the keys of CLI.md: the list that ``failures`` prints and that an export of failures writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from diag_gui.data.arrays import IntArray
from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.run import Run
from diag_gui.evaluation.decision_rows import PAIR_KINDS
from diag_gui.evaluation.fates import FATE_NAMES, UNKNOWN, WAS_NAMES, Fates
from diag_gui.evaluation.label_error_columns import KIND_NAME, LABEL_SIGNS, YES_OR_NO, kind_codes, sign_values
from diag_gui.evaluation.label_errors import LabelSigns
from diag_gui.evaluation.label_errors_doubts import DOUBTS
from diag_gui.evaluation.outcomes import OutcomeKind, Outcomes
from diag_gui.formats.export_csv_writer import csv_text
from diag_gui.formats.export_folder import ExportFolder
from diag_gui.formats.export_request import ExportRequest, FailureSelection, Watch, Written
from diag_gui.formats.export_values import column_value

FAILURE_KEYS: tuple[str, ...] = (
    "error",
    "image",
    "image_id",
    "class",
    "predicted_class",
    "score",
    "iou",
    "gt_id",
    "gt_bbox",
    "pred_index",
    "pred_bbox",
    "label_error",
    KIND_NAME,
    *LABEL_SIGNS,
)
FAILURES_NAME = "failures.csv"

FATE_KEYS: tuple[str, ...] = ("fate", "was", "n_right")
"""Keys of a record that are there where other runs are given."""

PART_KEYS: tuple[str, ...] = ("pred_file", "pred_record")
"""Keys of a record that are there where the run was read from several files: which, and the position in it."""

TagsOf = Callable[[Level, int, bool], Sequence[str]]
"""Names of the tags on one object; True leaves out what was said about a label and a prediction together."""


def failure_columns(selection: FailureSelection) -> tuple[str, ...]:
    """Return the keys of every record in order: those of CLI.md, metadata of images, ``tags``, `FATE_KEYS`, `PART_KEYS`.

    Notes
    -----
    A metadata column whose name is taken comes as ``meta.NAME``, as expressions call it; attributes of labels and of
    predictions come as ``gt.NAME`` and ``pred.NAME``.
    """
    dataset, run = selection.facts.dataset, selection.facts.run
    last = ("tags", *(FATE_KEYS if selection.fates is not None else ()), *(PART_KEYS if run.parts else ()))
    own = (*FAILURE_KEYS, *last)
    metadata = tuple(f"meta.{name}" if name in own else name for name in dataset.image_attributes.names)
    of_gt = tuple(f"gt.{name}" for name in dataset.ground_truth.attributes.names)
    of_predictions = tuple(f"pred.{name}" for name in run.predictions.attributes.names)
    return (*FAILURE_KEYS, *dict.fromkeys((*metadata, *of_gt, *of_predictions)), *last)


def failure_records(selection: FailureSelection, tags_of: TagsOf | None = None) -> Iterator[dict[str, Any]]:
    """Yield one record per row of ``selection``, in its order.

    Parameters
    ----------
    selection : FailureSelection
    tags_of : callable or None
        Names of the tags on one image, ground truth or prediction.

    Yields
    ------
    dict
        JSON values; None where a record has no such object. ``class`` is what the label says, for a prediction that aims
        at no label its own class; ``predicted_class`` is what the prediction says.
    """
    facts, outcomes = selection.facts, selection.evaluation.outcomes
    dataset, predictions = facts.dataset, facts.run.predictions
    images, gt, names = dataset.images, dataset.ground_truth, dataset.classes.name
    image_ids, gt_ids = images.image_id.tolist(), gt.annotation_id.tolist()
    n_predictions = outcomes.n_predictions
    keys = failure_columns(selection)
    columns = keys[len(FAILURE_KEYS) : keys.index("tags")]
    signs = _signs(facts.labels, outcomes, selection.rows)

    for row, image_row, *said in zip(selection.rows.tolist(), outcomes.image_row(selection.rows).tolist(), *signs, strict=True):
        target = int(outcomes.target[row])
        pred_row, gt_row = (row, target) if row < n_predictions else (target, row - n_predictions)
        iou, label_error = float(outcomes.iou[row]), float(facts.label_error[row])
        predicted = names[int(predictions.class_row[pred_row])] if pred_row >= 0 else None
        record: dict[str, Any] = {
            "error": OutcomeKind(int(outcomes.kind[row])).name.lower(),
            "image": images.file_name[image_row],
            "image_id": image_ids[image_row],
            "class": names[int(gt.class_row[gt_row])] if gt_row >= 0 else predicted,
            "predicted_class": predicted,
            "score": float(predictions.score[pred_row]) if pred_row >= 0 else None,
            "iou": iou if iou == iou else None,
            "gt_id": gt_ids[gt_row] if gt_row >= 0 else None,
            "gt_bbox": gt.xywh[gt_row].tolist() if gt_row >= 0 else None,
            "pred_index": int(predictions.source_index[pred_row]) if pred_row >= 0 else None,
            "pred_bbox": predictions.xywh[pred_row].tolist() if pred_row >= 0 else None,
            "label_error": label_error if label_error == label_error else None,
        }
        record |= dict(zip((KIND_NAME, *LABEL_SIGNS), said, strict=True))
        values = (
            *_values(dataset.image_attributes, image_row),
            *_values(gt.attributes, gt_row),
            *_values(predictions.attributes, pred_row),
        )
        record |= dict(zip(columns, values, strict=False))
        if tags_of is None:
            record["tags"] = []
        else:
            # Which row shows what was decided about what: see `decision_rows`.
            is_about_label = row >= n_predictions or outcomes.kind[row] in PAIR_KINDS
            record["tags"] = _tags(tags_of, image_row, gt_row if is_about_label else -1, pred_row, row < n_predictions)
        if selection.fates is not None:
            record |= _fate(selection.fates, row)
        if facts.run.parts:
            record |= _place(facts.run, pred_row)
        yield record


def _place(run: Run, pred_row: int) -> dict[str, Any]:
    """Return `PART_KEYS`."""
    if pred_row < 0:
        return dict.fromkeys(PART_KEYS)
    source, record = run.place_of(int(run.predictions.source_index[pred_row]))
    return {"pred_file": source.path.name, "pred_record": record}


def _signs(labels: LabelSigns, outcomes: Outcomes, rows: IntArray) -> list[list[Any]]:
    """Return what is said against the label of each row, one list per key, None where nothing is."""
    columns: list[list[Any]] = [[DOUBTS[code] if code >= 0 else None for code in kind_codes(labels)[rows].tolist()]]
    for name in LABEL_SIGNS:
        values = sign_values(name, labels, outcomes)[rows].tolist()
        columns.append([None if value != value else value == 1 if name in YES_OR_NO else value for value in values])
    return columns


def failures_csv(selection: FailureSelection, tags_of: TagsOf | None = None) -> str:
    """Return `failure_records` as CSV; boxes are JSON lists, tags are joined by ``;``."""
    names = failure_columns(selection)
    records = failure_records(selection, tags_of)
    return csv_text(names, ([";".join(record[name]) if name == "tags" else record[name] for name in names] for record in records))


def write_failures(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write ``failures.csv`` with the request's failures that lie on its images."""
    selection = request.failures
    if selection is None:
        raise ValueError("a list of failures needs a selection of failures")
    chosen = np.zeros(len(request.dataset.images), np.bool_)
    chosen[request.image_rows] = True
    rows: IntArray = selection.rows[chosen[selection.evaluation.outcomes.image_row(selection.rows)]]
    kept = replace(selection, rows=rows)
    watch.step(0.1)

    def tags_of(level: Level, row: int, alone: bool) -> list[str]:
        decisions = request.decisions_of(level, row)
        return [one.text for one in decisions if one.kind == "tag" and not (alone and one.is_of_pair)]

    written.files["failures"] = folder.write_text(FAILURES_NAME, failures_csv(kept, tags_of))
    written.counts |= {"images": len(request.image_rows), "failures": len(rows)}
    watch.step(0.8)


def _values(table: AttributeTable, row: int) -> list[str | int | float | bool | None]:
    """Return all attributes of ``row``; all missing where there is no such object."""
    return [column_value(column, row) if row >= 0 else None for column in table.columns]


def _tags(tags_of: TagsOf, image_row: int, gt_row: int, pred_row: int, is_prediction: bool) -> list[str]:
    """Return the tags that a row shows, each once, sorted; of its label alone where it is the row of a prediction."""
    found = set(tags_of(Level.IMAGE, image_row, False))
    if gt_row >= 0:
        found |= set(tags_of(Level.GT, gt_row, is_prediction))
    if pred_row >= 0:
        found |= set(tags_of(Level.PRED, pred_row, False))
    return sorted(found)


def _fate(fates: Fates, row: int) -> dict[str, Any]:
    """Return what a row's object was in other runs."""
    fate, was, n_right = int(fates.fate[row]), int(fates.was[row]), int(fates.n_right[row])
    return {
        "fate": FATE_NAMES[fate] if fate != UNKNOWN else None,
        "was": WAS_NAMES[was] if was != UNKNOWN else None,
        "n_right": n_right if n_right >= 0 else None,
    }
