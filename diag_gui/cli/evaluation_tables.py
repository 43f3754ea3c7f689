"""The figures of an evaluation as tables for people, and the class table as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from diag_gui.cli.terminal import count_of, figure, plain_text, table
from diag_gui.data.dataset import Dataset
from diag_gui.evaluation._kernels import KERNEL
from diag_gui.evaluation.params import TASK_WORDS, EvaluationParams
from diag_gui.evaluation.variants import VariantFigures
from diag_gui.formats.export_csv_writer import csv_text
from diag_gui.formats.report_errors import ERROR_ORDER, SPECIAL_ERRORS, class_errors
from diag_gui.formats.report_figures import (
    CLASS_KEYS,
    SHOWN_CLASS_KEYS,
    RunFigures,
    class_keys,
    class_records,
    slice_record,
    summary_names,
    with_rules,
)

_CLASS_HEADER = ("class", "GT", "kept", "TP", "FP", "FN", "P", "R", "F1", "mean IoU", "AP", "AP50", "best F1", "at score")
_SHORT_ERRORS = ("cls", "loc", "both", "dup", "bkg", "miss")
"""`ERROR_ORDER` in TIDE's abbreviations."""

CONFUSIONS_SHOWN = 15
_SLICE_KEYS = ("images", "gt", "tp", "fp", "fn", "precision", "recall", "f1", "ap", "mean_iou", "delta_f1")
_SLICE_HEADER = ("slice", "kind", "images", "GT", "TP", "FP", "FN", "P", "R", "F1", "AP", "mean IoU", "ΔF1")


def evaluation_text(dataset: Dataset, runs: Sequence[RunFigures], params: EvaluationParams, *, with_errors: bool = False) -> str:
    """Return everything ``evaluate`` prints: settings, then per run summary, classes, error types, slices.

    ``with_errors`` adds the error types of every class and slice.
    """
    return "\n".join([*head_lines(dataset, params), *(run_text(run, with_errors=with_errors) for run in runs)]) + "\n"


def head_lines(dataset: Dataset, params: EvaluationParams) -> list[str]:
    """Return what stands above the tables: the data, and the settings."""
    return [
        f"{plain_text(dataset.name)}: {count_of(len(dataset.images), 'image')}, {len(dataset.classes):,} classes, "
        f"{count_of(len(dataset.ground_truth), 'label')}",
        settings_line(params),
    ]


def settings_line(params: EvaluationParams) -> str:
    """Return the settings that every figure depends on, in one line."""
    return (
        f"Settings: {TASK_WORDS[params.task]}, IoU {params.iou_threshold:g}, score ≥ {params.score_threshold:g}, at most "
        f"{params.max_detections} predictions per image and class, COCO matching, "
        f"{params.rules.sentence(params.iou_threshold)}, {KERNEL} kernel"
    )


def run_text(run: RunFigures, *, with_errors: bool = False) -> str:
    """Return the tables of one run."""
    totals, figures = run.evaluation.totals, run.summary.figures
    yoltv4 = "YOLTv4" if run.facts.task == "bbox" else "YOLTv4, boxes"
    names = summary_names(run)
    by_rules = "" if run.rules.is_coco else f" ({run.rules.text})"
    average = "  ".join(f"{name} {figure(figures[name])}" for name in names) + by_rules
    if run.variants is not None:
        average += "\n" + variants_text(run.variants)
    point = (
        f"P {figure(totals.precision)}  R {figure(totals.recall)}  F1 {figure(totals.f1)}  "
        f"mF1 (COCO matching) {figure(totals.mf1)}  mF1 ({yoltv4}) {figure(run.mf1_yoltv4)}  mean IoU {figure(totals.mean_iou)}"
    )
    best = f"best F1 {figure(totals.best_f1)} at score {figure(totals.best_score)}"
    found = run.calibration
    calibration = (
        f"ECE {figure(found.ece)}  MCE {figure(found.mce)}  LaECE {figure(found.laece)} "
        f"({found.n_bins} bins of {found.binning} over all scores)"
    )
    parts = [
        "",
        f"Run {plain_text(run.facts.run.name)}" + (f", on {plain_text(run.images_in_words)}" if run.where is not None else ""),
        average,
        point,
        best,
        calibration,
        "",
        class_text(run),
        "",
        error_text(run),
        "",
        confusion_text(run),
    ]
    if with_errors:
        names = run.facts.dataset.classes.name
        parts += ["", errors_text("class", zip(names, class_errors(run.costs.per_class, run.evaluation), strict=True))]
    if run.slices:
        parts += ["", slice_text(run)]
        if with_errors:
            records = [slice_record(result) for result in run.slices]
            parts += ["", errors_text("slice", ((record["name"], record["errors"]) for record in records))]
    return "\n".join(parts)


def class_text(run: RunFigures) -> str:
    """Return the class table with a line for all classes."""
    totals = run.evaluation.totals
    records = class_records(run)
    rows = [[record["name"], *(figure(record[key]) for key in SHOWN_CLASS_KEYS)] for record in records]
    counts = (totals.n_gt, totals.n_predictions, totals.tp, totals.fp, totals.fn)
    shares = (
        totals.precision,
        totals.recall,
        totals.f1,
        totals.mean_iou,
        run.summary.figures["AP"],
        totals.ap50,
        totals.best_f1,
        totals.best_score,
    )
    rows.append(["all classes", *map(figure, counts), *map(figure, shares)])
    left_out = unlisted_text(len(run.facts.dataset.classes) - len(records))
    return table([with_rules(name, run.rules) for name in _CLASS_HEADER], rows) + left_out


def unlisted_text(n: int) -> str:
    """Return what is said below a class table that leaves ``n`` classes out; nothing where it leaves out none."""
    return f"\nand {count_of(n, 'class', 'classes')} without ground truth or kept predictions" if n else ""


def variants_text(found: VariantFigures) -> str:
    """Return AP and AR over the IoU thresholds and limits that were asked for."""
    said = "  ".join(f"{name} {figure(value)}" for name, value in found.figures.items())
    if not found.variants.ious:
        return said
    rows = zip(found.variants.ious, found.ap, found.ar, strict=True)
    return said + "\n" + table(("IoU", "AP", "AR"), [[f"{iou:g}", figure(ap), figure(ar)] for iou, ap, ar in rows])


def error_text(run: RunFigures) -> str:
    """Return the error types: rows at the score threshold, over all predictions, and what each costs."""
    costs, at_score = run.costs, run.evaluation.count_at_score
    rows = [[name, figure(at_score[name]), figure(costs.count[name]), figure(costs.dap[name])] for name in ERROR_ORDER]
    rows += [[name.replace("_", " "), "", "", figure(costs.dap[name])] for name in SPECIAL_ERRORS]
    return table(("error type", "at score", "all scores", "dAP (all scores)"), rows)


def confusion_text(run: RunFigures) -> str:
    """Return the confusions that occur most, each as a count, as a share of its ground truth and of its predictions."""
    matrix, names = run.evaluation.confusion, (*run.facts.dataset.classes.name, "background")
    wrong = np.flatnonzero(matrix.rows != matrix.columns)
    shown = wrong[np.argsort(-matrix.counts[wrong], kind="stable")][:CONFUSIONS_SHOWN]
    shares = (matrix.normalised("ground truth"), matrix.normalised("prediction"))
    rows = [
        [
            names[matrix.rows[cell]],
            names[matrix.columns[cell]],
            figure(int(matrix.counts[cell])),
            *(figure(float(share[cell])) for share in shares),
        ]
        for cell in shown.tolist()
    ]
    text = table(("ground truth", "predicted as", "count", "of ground truth", "of predictions"), rows, n_text=2)
    left_out = len(wrong) - len(shown)
    return text if not left_out else f"{text}\nand {count_of(left_out, 'cell')} more of the confusion matrix (--json has all)"


def errors_text(of: str, named: Iterable[tuple[str, dict[str, Any] | None]]) -> str:
    """Return the error types of classes or slices: rows at the score threshold and, after the bar, what each costs.

    Parameters
    ----------
    of : str
        What a row is; heads the first column.
    named : iterable of (str, dict or None)
        Name and ``errors`` as in JSON; what has none is left out.
    """
    header = (of, *_SHORT_ERRORS, "dAP", *_SHORT_ERRORS, "FP", "FN")
    rows = [
        [
            name,
            *(figure(errors[kind]["count_at_score"]) for kind in ERROR_ORDER),
            "│",
            *(figure(errors[kind]["dap"]) for kind in (*ERROR_ORDER, *SPECIAL_ERRORS)),
        ]
        for name, errors in named
        if errors is not None
    ]
    return table(header, rows)


def slice_text(run: RunFigures) -> str:
    """Return the slices, with intervals where they were asked for."""
    records = [slice_record(result) for result in run.slices]
    with_intervals = any(record["f1_low"] == record["f1_low"] for record in records if record["f1_low"] is not None)
    header = [*_SLICE_HEADER, *(["F1 low", "F1 high", "q"] if with_intervals else [])]
    keys = [*_SLICE_KEYS, *(["f1_low", "f1_high", "q"] if with_intervals else [])]
    rows = [
        [record["name"] + ("" if record["enough"] else " (few)"), record["kind"], *(figure(record[key]) for key in keys)]
        for record in records
    ]
    text = table(header, rows, n_text=2)
    if not with_intervals:
        return text
    family = max(record["differences"]["f1"]["family"] for record in records)
    caption = f"q over {family} slices with enough support; difference to the rest from the same resamples of images:"
    return "\n".join([text.rstrip("\n"), "", caption, *(f"  {record['sentence']}" for record in records)])


def class_csv(runs: Sequence[RunFigures]) -> str:
    """Return the class tables of all runs as one CSV with full precision."""
    keys = class_keys(runs[0]) if runs else CLASS_KEYS
    rows = [[run.facts.run.name, *(record[key] for key in keys)] for run in runs for record in class_records(run)]
    return csv_text(("run", *keys), rows)
