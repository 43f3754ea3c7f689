"""``report``: one self-contained HTML file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from diag_gui.cli.decisions import read_decisions
from diag_gui.cli.evaluate import evaluate_runs
from diag_gui.cli.inputs import Inputs, params_of, read_inputs
from diag_gui.cli.terminal import ProgressLine, plain_text
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import ExportError
from diag_gui.formats.report_crops import Crop, cut_out, worst_failures
from diag_gui.formats.report_figures import RunFigures
from diag_gui.formats.report_html import report_html
from diag_gui.formats.whole_file import write_whole

FAILURES_OF_EACH_TYPE = 4


def run(parsed: argparse.Namespace) -> int:
    """Read, evaluate every run, write the page."""
    out: Path = parsed.out
    if out.exists() and not parsed.overwrite:
        raise ExportError(out, "exists; choose another name or --overwrite")
    params = params_of(parsed)
    inputs, review = read_decisions(parsed, read_inputs(parsed))
    figures = evaluate_runs(inputs, review, params, parsed)
    write_report(out, inputs, figures, params, n_resamples=parsed.intervals or 0, seed=parsed.seed, quiet=parsed.quiet)
    if not parsed.quiet:
        print(plain_text(str(out)))
    return 0


def write_report(
    out: Path,
    inputs: Inputs,
    figures: Sequence[RunFigures],
    params: EvaluationParams,
    *,
    n_resamples: int = 0,
    seed: int = 0,
    quiet: bool,
) -> None:
    """Write the page with the worst failures of the first run; resamples and seed are those its intervals were made by.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    line = ProgressLine(quiet=quiet)
    try:
        crops = {0: _crops(inputs, figures[0])} if figures else {}
    finally:
        line.clear()
    page = report_html(inputs.dataset, inputs.reports, figures, params, crops, n_resamples=n_resamples, seed=seed)
    write_whole(out, page.encode("utf-8", "replace"))


def _crops(inputs: Inputs, run: RunFigures) -> list[Crop]:
    """Return the worst failures with their pictures, where there are any; a picture that cannot be read is left out."""
    selection = worst_failures(run.facts, run.evaluation, FAILURES_OF_EACH_TYPE)
    if inputs.image_root is None:
        return []
    from diag_gui.cli.pictures import PictureReader

    with PictureReader() as reader:
        return cut_out(selection, inputs.image_root, reader.try_to_read)
