"""``evaluate`` of runs beyond memory: walked through images at a time, with what then cannot be known said in so many words."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from diag_gui.cli.inputs import Inputs, NamedFiles, cache_of, columns_of, named_files, read_named, with_notes_on_figures
from diag_gui.cli.output import write_result
from diag_gui.cli.streamed_choice import IN_WORDS
from diag_gui.cli.terminal import ProgressLine, count_of, figure, plain_text, table, warn
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.data.run_names import with_distinct_names
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.streamed_figures import StreamedFigures, stream_figures
from diag_gui.exceptions import DiagError
from diag_gui.formats.recognition import PREDICTIONS
from diag_gui.formats.streamed_document import CLASS_KEYS, StreamedRun, class_records, streamed_document

if TYPE_CHECKING:
    from diag_gui.cli.engine import Walk
    from diag_gui.formats.streamed_reading import WalkedRun

_CLASS_HEADER = ("class", "GT", "kept", "TP", "FP", "FN", "P", "R", "F1", "mean IoU", "AP", "AP50", "best F1", "at score")


def run_streamed(parsed: argparse.Namespace, params: EvaluationParams) -> int:
    """Read, walk through every run, and write what was asked for.

    Raises
    ------
    DiagError
        As `evaluate.run` does.
    """
    named = named_files(parsed)
    if not named.predictions:
        raise DiagError("no predictions given")
    inputs = read_named(named, parsed, ())
    runs, reports = _walked(inputs, named, parsed, params)
    warn(reports, quiet=parsed.quiet)
    if parsed.json:
        from diag_gui.formats.report_figures import json_text

        document = streamed_document(inputs.dataset, (*inputs.reports, *reports), runs, params, parsed.seed, parsed.engine)
        write_result(parsed.json, json_text(document))
    if parsed.csv:
        write_result(parsed.csv, _class_csv(inputs.dataset, runs))
    if not parsed.json and not parsed.csv:
        write_result("-", _text(inputs.dataset, runs, params))
    return 0


def _walked(
    inputs: Inputs, named: NamedFiles, parsed: argparse.Namespace, params: EvaluationParams
) -> tuple[list[StreamedRun], list[ReadReport]]:
    heads: list[Run] = []
    figures: list[StreamedFigures] = []
    reports: list[ReadReport] = []
    line = ProgressLine(quiet=parsed.quiet)
    try:
        for path in named.predictions:
            walked = _walk(path, inputs, named, parsed, params, line)
            reports += [with_notes_on_figures(report, PREDICTIONS, params.task) for report in walked.reports]
            heads.append(walked.run)
            figures.append(walked.figures)
    finally:
        line.clear()
    if named.known:
        heads = [replace(head, name=entry.name) for head, entry in zip(heads, named.known, strict=True)]
    apart, note = with_distinct_names(heads)
    if note is not None:
        reports[-1] = replace(reports[-1], problems=(*reports[-1].problems, note))
    return [StreamedRun(head.name, one) for head, one in zip(apart, figures, strict=True)], reports


def _walk(
    path: Path, inputs: Inputs, named: NamedFiles, parsed: argparse.Namespace, params: EvaluationParams, line: ProgressLine
) -> WalkedRun:
    """Walk through one run, here or on the workers of a cluster."""
    # Who walks through less than that need not import it.
    from diag_gui.formats.streamed_reading import WalkedRun, open_columns

    format, columns, cache = named.formats[1], columns_of(parsed, named.columns)[1], cache_of(parsed)
    walk: Walk | None = parsed.walked_elsewhere
    if walk is not None:
        said = line.of(f"Walking through {path.name} on workers")
        return walk(
            path, inputs.dataset, params, format=format, columns=columns, with_cache=cache is not None, progress=said
        )  # fmt: skip
    said = line.of(f"Reading {path.name}")
    opened = open_columns(path, inputs.dataset, format=format, columns=columns, cache=cache, progress=said)
    said = line.of(f"Walking through {opened.run.name}")
    figures = stream_figures(opened.columns, params, workers=parsed.workers, progress=said)
    opened.refuse_changed()
    return WalkedRun(opened.run, opened.reports, figures)


def _text(dataset: Dataset, runs: Sequence[StreamedRun], params: EvaluationParams) -> str:
    from diag_gui.cli.evaluation_tables import head_lines

    parts = [*head_lines(dataset, params), f"Walked through part by part: without {IN_WORDS}"]
    for run in runs:
        totals, figures = run.figures.totals, run.figures.figures
        parts += [
            "",
            f"Run {plain_text(run.name)}: {count_of(run.figures.n_predictions, 'prediction')}",
            "  ".join(f"{name} {figure(value)}" for name, value in figures.items()),
            f"P {figure(totals.precision)}  R {figure(totals.recall)}  F1 {figure(totals.f1)}  mF1 (COCO matching) "
            f"{figure(totals.mf1)}  mean IoU {figure(totals.mean_iou)}",
            f"best F1 {figure(totals.best_f1)} at score {figure(totals.best_score)}",
            "",
            _class_text(dataset, run),
        ]
    return "\n".join(parts) + "\n"


def _class_text(dataset: Dataset, run: StreamedRun) -> str:
    from diag_gui.cli.evaluation_tables import unlisted_text

    records, totals = class_records(dataset, run), run.figures.totals
    keys = [key for key in CLASS_KEYS[1:] if key != "ap_at_iou"]
    rows = [[record["name"], *(figure(record[key]) for key in keys)] for record in records]
    counts = (totals.n_gt, totals.n_predictions, totals.tp, totals.fp, totals.fn, totals.precision, totals.recall, totals.f1)
    rest = (totals.mean_iou, run.figures.figures["AP"], totals.ap50, totals.best_f1, totals.best_score)
    left_out = unlisted_text(len(dataset.classes) - len(records))
    return table(_CLASS_HEADER, [*rows, ["all classes", *map(figure, (*counts, *rest))]]) + left_out


def _class_csv(dataset: Dataset, runs: Sequence[StreamedRun]) -> str:
    from diag_gui.formats.export_csv_writer import csv_text

    rows = [[run.name, *record.values()] for run in runs for record in class_records(dataset, run)]
    return csv_text(("run", *CLASS_KEYS), rows)
