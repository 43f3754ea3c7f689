"""``failures``: one row per failure."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diag_gui.cli.decisions import DecisionsOfRun, decisions_of, read_decisions
from diag_gui.cli.inputs import Inputs, images_where, params_of, prepare, read_inputs
from diag_gui.cli.output import write_result
from diag_gui.cli.terminal import figure, table
from diag_gui.cli.value_warnings import note_values
from diag_gui.data.run import Run
from diag_gui.data.run_files import is_there
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import Evaluation, evaluate
from diag_gui.evaluation.query import Query, select
from diag_gui.exceptions import EvaluationError
from diag_gui.formats.export_failures import failure_records, failures_csv
from diag_gui.formats.export_request import FailureSelection
from diag_gui.formats.report_figures import plain

if TYPE_CHECKING:
    from diag_gui.evaluation.fates import Fates
    from diag_gui.evaluation.run_facts import RunFacts


def run(parsed: argparse.Namespace) -> int:
    """Read, evaluate, list."""
    params = params_of(parsed)
    paths = [Path(text) for text in parsed.compare if is_there(Path(text))]
    inputs, review = read_decisions(parsed, read_inputs(parsed, also=paths))
    one = inputs.runs[0]
    compared = _compared_runs(parsed.compare, paths, inputs)
    others = [prepare(inputs, other, params, parsed) for other in inputs.runs[1:]]
    # Every run that was read is heard about the labels, as in the window.
    facts = prepare(inputs, one, params, parsed).judged_with(_of_other_files(one, others))
    sides = [next(side for side in others if side.run is other) for other in compared]
    decisions = decisions_of(review, inputs, one)

    def fates_of(evaluation: Evaluation) -> Fates:
        from diag_gui.evaluation.fates import follow_fates

        found = [(side, evaluate(side, params, images=evaluation.images)) for side in sides]
        return follow_fates((facts, evaluation), found[0], found[1:])

    images = images_where(parsed.where, facts, params, decisions.columns, fates_of if sides else None)
    evaluation = evaluate(facts, params, images=images)
    catalog = ColumnCatalog(facts, evaluation, decisions.columns)
    note_values("--where", parsed.where, catalog, quiet=parsed.quiet)
    fates = fates_of(evaluation) if sides else None
    selection = FailureSelection(facts, evaluation, select(Query(), catalog, evaluation).rows, fates)

    if parsed.csv:
        write_result(parsed.csv, failures_csv(selection, decisions.tags))
    if parsed.json:
        # Line by line: a list of a million failures need not be one string in memory twice.
        lines = (json.dumps(plain(record), allow_nan=False) for record in failure_records(selection, decisions.tags))
        write_result(parsed.json, "[" + ",\n".join(lines) + "]")
    if not parsed.csv and not parsed.json:
        write_result("-", _text(selection, decisions))
    return 0


def _of_other_files(run: Run, others: Sequence[RunFacts]) -> list[RunFacts]:
    """Return the runs that are no second reading of a file: a project and ``--compare`` may name the same one."""
    known = {run.source.path.resolve()}
    found = []
    for other in others:
        path = other.run.source.path.resolve()
        if path not in known:
            found.append(other)
        known.add(path)
    return found


def _compared_runs(asked: list[str], paths: list[Path], inputs: Inputs) -> list[Run]:
    """Return the runs that ``--compare`` names, in its order: files, else runs of the project by their name.

    Raises
    ------
    EvaluationError
        If there is no such file and no such run.
    """
    of_files = iter(inputs.runs[len(inputs.runs) - len(paths) :])
    by_name = {run.name: run for run in inputs.runs[1 : len(inputs.runs) - len(paths)]}
    found = []
    for text in asked:
        if Path(text) in paths:
            found.append(next(of_files))
        elif text in by_name:
            found.append(by_name[text])
        else:
            others = f", and no run of that name beside the first ({', '.join(by_name)})" if by_name else ""
            raise EvaluationError("--compare", f"there is no file {text}{others}")
    return found


def _text(selection: FailureSelection, decisions: DecisionsOfRun) -> str:
    """Return the list for people."""
    rows = [
        [
            record["error"],
            record["image"],
            record["class"] or "",
            record["predicted_class"] or "",
            ", ".join(record["tags"]),
            *([record["fate"] or "", record["was"] or ""] if selection.fates is not None else []),
            figure(record["score"]),
            figure(record["iou"]),
        ]
        for record in failure_records(selection, decisions.tags)
    ]
    fates = ("fate", "was") if selection.fates is not None else ()
    header = ("error", "image", "class", "predicted", "tags", *fates, "score", "IoU")
    return table(header, rows, n_text=5 + len(fates))
