"""What is known of one failure, as lines of label and value."""

from __future__ import annotations

import math
from dataclasses import dataclass

from diag_gui.data.attributes import AttributeTable
from diag_gui.evaluation.label_errors_doubts import DOUBTS
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.session.state import SessionState
from diag_gui.ui.models.failure_cells import KIND_MEANINGS, KIND_WORDS, FailureCell, FailureCells
from diag_gui.ui.plain_text import figure

DASH = "–"
_DOUBT_MEANINGS = (
    "An object may not have been labelled",
    "The label may have the wrong box",
    "The label may have the wrong class",
    "The label may have the wrong class and the wrong box",
    "The label may stand where there is no object",
)
"""In the order of `DOUBTS`."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One line.

    Attributes
    ----------
    label, value : str
        Plain text; a dash where the value is not defined.
    more : str
        For the tooltip; empty where there is nothing more to say.
    """

    label: str
    value: str
    more: str = ""


def details_of(state: SessionState, cells: FailureCells, outcome_row: int) -> list[Detail]:
    """Return the lines about ``outcome_row``: what it is, its figures, its classes, its image, the settings."""
    cell = cells.cell(outcome_row)
    truth, predictions = cells.dataset.ground_truth, cells.predictions
    names = cells.dataset.classes.name
    true_class = names[int(truth.class_row[cell.gt_row])] if cell.gt_row >= 0 else DASH
    predicted_class = names[int(predictions.class_row[cell.pred_row])] if cell.pred_row >= 0 else DASH
    score = float(predictions.score[cell.pred_row]) if cell.pred_row >= 0 else math.nan
    facts = state.facts
    label_error = (
        float(facts.label_error[outcome_row]) if facts is not None and outcome_row < len(facts.label_error) else math.nan
    )
    lines = [
        Detail("error", KIND_WORDS[cell.kind], KIND_MEANINGS[cell.kind]),
        _figure("score", score),
        _figure("IoU with ground truth", cells.iou(cells.row_of_failure(outcome_row))),
        _figure("likely label error", label_error),
        Detail("ground truth", true_class),
        Detail("prediction", predicted_class),
        *_doubts(facts, outcome_row),
        Detail("size", _size(cell)),
    ]
    lines += _attributes(cells.dataset.image_attributes, cell.image_row)
    lines += _attributes(truth.attributes, cell.gt_row)
    lines += _attributes(predictions.attributes, cell.pred_row)
    lines.append(
        Detail("image", str(cells.dataset.images.image_id[cell.image_row]), cells.dataset.images.file_name[cell.image_row])
    )
    lines.append(Detail("annotation", str(truth.annotation_id[cell.gt_row]) if cell.gt_row >= 0 else DASH))
    if state.evaluation is not None:
        params = state.evaluation.params
        lines.append(Detail("settings", f"IoU ≥ {figure(params.iou_threshold)}, score ≥ {figure(params.score_threshold)}"))
    return lines


def _size(cell: FailureCell) -> str:
    box = cell.truth or cell.prediction
    return f"{_pixels(box[2])} × {_pixels(box[3])} px" if box is not None else DASH


def _pixels(length: float) -> str:
    return f"{length:,.0f}" if length >= 10 else f"{length:.1f}"


def _doubts(facts: RunFacts | None, outcome_row: int) -> list[Detail]:
    """Return what a likely label error is about, and of several runs how far they agree against the label."""
    if facts is None or outcome_row >= len(facts.label_error):
        return []
    doubts = facts.labels.doubts
    code = int(doubts.kind[outcome_row])
    kind = DOUBTS[code] if code >= 0 else DASH
    lines = [Detail("label in doubt", kind, f"{_DOUBT_MEANINGS[code]}; in a filter: label_error_kind" if code >= 0 else "")]
    if doubts.n_runs > 1:
        lines.append(_figure(f"agreement of {doubts.n_runs} runs", float(doubts.runs_against[outcome_row])))
    return lines


def _figure(label: str, value: float) -> Detail:
    if value != value:
        return Detail(label, DASH, "not defined here")
    return Detail(label, f"{value:.2f}".replace("-", "−"), f"{value:.3f}".replace("-", "−"))


def _attributes(table: AttributeTable, row: int) -> list[Detail]:
    if row < 0:
        return []
    return [Detail(column.name, column.text(row) or DASH) for column in table.columns]
