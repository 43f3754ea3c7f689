"""``evaluate``: metrics per class, per slice, error types."""

from __future__ import annotations

import argparse

from diag_gui.cli.decisions import decisions_of
from diag_gui.cli.evaluation_tables import class_csv, evaluation_text
from diag_gui.cli.inputs import Inputs, images_where, params_of, prepare, read_inputs
from diag_gui.cli.output import write_result
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.formats.report_figures import RunFigures, evaluation_document, figures_of, json_text


def run(parsed: argparse.Namespace) -> int:
    """Read, evaluate every run, and write what was asked for."""
    params = params_of(parsed)
    inputs = read_inputs(parsed)
    figures = evaluate_runs(inputs, params, parsed)
    if parsed.json:
        write_result(parsed.json, json_text(evaluation_document(inputs.dataset, inputs.reports, figures, params)))
    if parsed.csv:
        write_result(parsed.csv, class_csv(figures))
    if not parsed.json and not parsed.csv:
        write_result("-", evaluation_text(inputs.dataset, figures, params))
    return 0


def evaluate_runs(inputs: Inputs, params: EvaluationParams, parsed: argparse.Namespace) -> list[RunFigures]:
    """Return the figures of every run.

    Raises
    ------
    ExpressionError
        If ``--where`` or ``--slice`` does not parse or names an unknown column.
    """
    figures = []
    for one in inputs.runs:
        facts = prepare(inputs, one, params, parsed)
        tags = decisions_of(parsed, inputs, one).columns
        images = images_where(parsed.where, facts, params, tags)
        found = figures_of(facts, params, images)
        figures.append(found)
    return figures
