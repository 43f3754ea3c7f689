"""``failures``: one row per failure."""

from __future__ import annotations

import argparse
import json

from diag_gui.cli.decisions import DecisionsOfRun, decisions_of, read_decisions
from diag_gui.cli.inputs import images_where, params_of, prepare, read_inputs
from diag_gui.cli.output import write_result
from diag_gui.cli.terminal import figure, table
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.query import Query, select
from diag_gui.formats.export_failures import failure_records, failures_csv
from diag_gui.formats.export_request import FailureSelection
from diag_gui.formats.report_figures import plain


def run(parsed: argparse.Namespace) -> int:
    """Read, evaluate, list."""
    params = params_of(parsed)
    inputs, review = read_decisions(parsed, read_inputs(parsed))
    facts = prepare(inputs, inputs.runs[0], params, parsed)
    decisions = decisions_of(review, inputs, inputs.runs[0])
    evaluation = evaluate(facts, params, images=images_where(parsed.where, facts, params, decisions.columns))
    catalog = ColumnCatalog(facts, evaluation, decisions.columns)
    selection = FailureSelection(facts, evaluation, select(Query(), catalog, evaluation).rows)

    if parsed.csv:
        write_result(parsed.csv, failures_csv(selection, decisions.tags))
    if parsed.json:
        # Line by line: a list of a million failures need not be one string in memory twice.
        lines = (json.dumps(plain(record), allow_nan=False) for record in failure_records(selection, decisions.tags))
        write_result(parsed.json, "[" + ",\n".join(lines) + "]")
    if not parsed.csv and not parsed.json:
        write_result("-", _text(selection, decisions))
    return 0


def _text(selection: FailureSelection, decisions: DecisionsOfRun) -> str:
    """Return the list for people."""
    rows = [
        [
            record["error"],
            record["image"],
            record["class"] or "",
            record["predicted_class"] or "",
            ", ".join(record["tags"]),
            figure(record["score"]),
            figure(record["iou"]),
        ]
        for record in failure_records(selection, decisions.tags)
    ]
    return table(("error", "image", "class", "predicted", "tags", "score", "IoU"), rows, n_text=5)
