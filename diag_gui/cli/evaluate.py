"""``evaluate``: metrics per class, per slice, error types."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from diag_gui.cli.decisions import decisions_of, read_decisions
from diag_gui.cli.inputs import Inputs, images_where, params_of, prepare, read_inputs
from diag_gui.cli.output import write_result
from diag_gui.cli.terminal import ProgressLine
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.formats.report_figures import RunFigures, evaluation_document, figures_of, json_text

if TYPE_CHECKING:
    from diag_gui.evaluation.columns import TagColumns
    from diag_gui.review.attach import ReviewState


def run(parsed: argparse.Namespace) -> int:
    """Read, evaluate every run, and write what was asked for."""
    params = params_of(parsed)
    inputs, review = read_decisions(parsed, read_inputs(parsed))
    figures = evaluate_runs(inputs, review, params, parsed)
    if parsed.json:
        write_result(parsed.json, json_text(evaluation_document(inputs.dataset, inputs.reports, figures, params)))
    if parsed.csv:
        from diag_gui.cli.evaluation_tables import class_csv

        write_result(parsed.csv, class_csv(figures))
    if not parsed.json and not parsed.csv:
        from diag_gui.cli.evaluation_tables import evaluation_text

        write_result("-", evaluation_text(inputs.dataset, figures, params))
    return 0


def evaluate_runs(
    inputs: Inputs, review: ReviewState | None, params: EvaluationParams, parsed: argparse.Namespace
) -> list[RunFigures]:
    """Return the figures of every run.

    Raises
    ------
    ExpressionError
        If ``--where`` or ``--slice`` does not parse or names an unknown column.
    """
    figures = []
    for one in inputs.runs:
        facts = prepare(inputs, one, params, parsed)
        tags = decisions_of(review, inputs, one).columns
        images = images_where(parsed.where, facts, params, tags)
        found = figures_of(facts, params, images)
        figures.append(_with_slices(found, parsed, tags) if parsed.slice else found)
    return figures


def _with_slices(run: RunFigures, parsed: argparse.Namespace, tags: TagColumns | None) -> RunFigures:
    """Return the figures with the slices that ``--slice`` asks for."""
    from diag_gui.evaluation.columns import ColumnCatalog
    from diag_gui.evaluation.slices import evaluate_slices, slices_from_text

    catalog = ColumnCatalog(run.facts, tags=tags)
    definitions = [definition for text in parsed.slice for definition in slices_from_text(text, catalog)]
    line = ProgressLine(quiet=parsed.quiet)
    try:
        slices = evaluate_slices(
            run.facts,
            run.evaluation,
            definitions,
            tags=tags,
            intervals=parsed.intervals or 0,
            workers=parsed.workers,
            progress=line.of(f"Slices of {run.facts.run.name}"),
        )
    finally:
        line.clear()
    return replace(run, slices=slices)
