"""``export``: write a subset."""

from __future__ import annotations

import argparse
import difflib
import sys
from typing import TYPE_CHECKING

import numpy as np

from diag_gui.cli.decisions import DecisionsOfRun, decisions_of, read_decisions
from diag_gui.cli.inputs import Inputs, no_predictions, params_of, prepare, prepare_judged, read_inputs
from diag_gui.cli.terminal import ProgressLine, plain_text
from diag_gui.cli.value_warnings import given_by, note_values
from diag_gui.data.arrays import BoolArray
from diag_gui.data.dataset import Source
from diag_gui.data.run import Run
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import Evaluation, evaluate
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, select
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import EvaluationError
from diag_gui.formats.export import EXPORTERS, ExportRequest, FailureSelection, Pictures, export_subset
from diag_gui.formats.report_figures import settings_of

if TYPE_CHECKING:
    from diag_gui.review.attach import ReviewState


def run(parsed: argparse.Namespace) -> int:
    """Read, choose images, write."""
    if parsed.to not in EXPORTERS:
        raise EvaluationError("--to", f"{parsed.to} is no export format; there is {', '.join(EXPORTERS)}")
    params = params_of(parsed)
    inputs, review = read_decisions(parsed, read_inputs(parsed, needs_run=False))
    one = inputs.runs[0] if inputs.runs else None
    if one is None and EXPORTERS[parsed.to].needs_run:
        raise EvaluationError("--to", f"{parsed.to} says what became of objects and so needs predictions: name PRED")
    request = _request(parsed, inputs, review, one, params)
    if not len(request.image_rows) and not parsed.quiet:
        print(f"warning: {plain_text(_why_empty(parsed))}; the export is empty", file=sys.stderr)
    line = ProgressLine(quiet=parsed.quiet)
    try:
        result = export_subset(request, line.of(f"Writing {parsed.out.name}"))
    finally:
        line.clear()
    if not parsed.quiet:
        counts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in result.counts.items())
        print(f"{plain_text(str(result.folder))}: {counts}")
        for loss in result.not_carried:
            print(f"  not carried: {loss}")
    return 0


def _request(
    parsed: argparse.Namespace, inputs: Inputs, review: ReviewState | None, one: Run | None, params: EvaluationParams
) -> ExportRequest:
    """Return what is to be written: the images of every condition given, at most as many as the limit."""
    decisions = decisions_of(review, inputs, one)
    # Only conditions and lists of failures speak of labels that may be wrong.
    asks = one is not None and (parsed.where is not None or EXPORTERS[parsed.to].needs_failures)
    how = prepare_judged if asks else prepare
    facts = how(inputs, one if one is not None else no_predictions(inputs.dataset), params, parsed)
    evaluation = evaluate(facts, params)
    catalog = ColumnCatalog(facts, evaluation if one is not None else None, decisions.columns)
    chosen = np.ones(len(inputs.dataset.images), np.bool_)
    if parsed.where is not None:
        with given_by("--where"):
            chosen &= catalog.images_where(parsed.where)
        note_values("--where", parsed.where, catalog, quiet=parsed.quiet)
    if parsed.tag:
        chosen &= _tagged(parsed.tag, decisions, len(chosen))
    image_rows = np.flatnonzero(chosen).astype(np.int32)
    failures = None
    if EXPORTERS[parsed.to].needs_failures:
        failures = _failures(facts, evaluation, catalog, chosen, parsed.limit)
        image_rows = np.unique(evaluation.outcomes.image_row(failures.rows))
    elif parsed.limit is not None:
        image_rows = image_rows[: parsed.limit]
    if EXPORTERS[parsed.to].needs_evaluation:
        failures = FailureSelection(facts, evaluation, np.zeros(0, np.int32))
    extra = [Source(report.path, report.format, report.sha256) for report in inputs.reports]
    known = {inputs.dataset.source.path, *(source.path for run in inputs.runs for source in run.sources)}
    return ExportRequest(
        dataset=inputs.dataset,
        folder=parsed.out,
        target=parsed.to,
        image_rows=image_rows,
        run=one,
        failures=failures,
        decisions=decisions.exported,
        image_root=inputs.image_root,
        pictures=Pictures.COPY if parsed.copy_images else Pictures.LINK if parsed.link_images else Pictures.NONE,
        overwrite=parsed.overwrite,
        query={"where": parsed.where, "tags": list(parsed.tag), "limit": parsed.limit},
        settings=settings_of(params),
        inputs=tuple(source for source in extra if source.path not in known),
    )


def _failures(
    facts: RunFacts, evaluation: Evaluation, catalog: ColumnCatalog, chosen: BoolArray, limit: int | None
) -> FailureSelection:
    """Return the failures on the chosen images in the order of ``failures``, at most ``limit``."""
    rows = select(Query(), catalog, evaluation).rows
    return FailureSelection(facts, evaluation, rows[chosen[evaluation.outcomes.image_row(rows)]][:limit])


def _tagged(names: list[str], decisions: DecisionsOfRun, n_images: int) -> BoolArray:
    """Return the images with one of the tags, on themselves or on an object of theirs.

    Raises
    ------
    EvaluationError
        If a tag is on nothing in the whole project, as a misspelled one is.
    """
    if decisions.state is None:
        raise EvaluationError("--tag", "tags are in a project: name it with --project")
    in_use = sorted({name for _, decision in decisions.state.decisions.items() for name in decision.tags})
    for name in names:
        if name not in in_use:
            raise EvaluationError("--tag", f"nothing has the tag {name}; {_near_tags(name, in_use)}")
    chosen = np.zeros(n_images, np.bool_)
    chosen[decisions.image_rows_tagged(names)] = True
    return chosen


def _near_tags(name: str, in_use: list[str]) -> str:
    """Return which tags could have been meant, or those there are."""
    by_folded = {tag.casefold(): tag for tag in in_use}
    near = difflib.get_close_matches(name.casefold(), list(by_folded), n=3)
    if near:
        return f"did you mean {', '.join(by_folded[folded] for folded in near)}?"
    return f"tags in use are {', '.join(in_use)}" if in_use else "no tag is in use in this project"


def _why_empty(parsed: argparse.Namespace) -> str:
    """Return what chose nothing."""
    asked = [f"--where {parsed.where}"] if parsed.where is not None else []
    asked += [f"--tag {name}" for name in parsed.tag]
    return f"nothing matches {' and '.join(asked)}" if asked else "there is nothing to choose from"
