"""The report: one HTML page that holds everything, for people who do not have this program."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from html import escape

import diag_gui
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport, merge_groups
from diag_gui.evaluation.curves import precision_recall
from diag_gui.evaluation.params import TASK_WORDS, EvaluationParams
from diag_gui.evaluation.rule_settings import COCO_RULES
from diag_gui.formats.report_charts import bar, crop_picture, curve_chart
from diag_gui.formats.report_confusion import NOTE, confusion_html
from diag_gui.formats.report_crops import Crop
from diag_gui.formats.report_errors import ERROR_ORDER
from diag_gui.formats.report_figures import (
    SHOWN_CLASS_KEYS,
    RunFigures,
    class_records,
    settings_of,
    slice_record,
    summary_names,
    with_rules,
)
from diag_gui.formats.report_style import ERROR_COLOURS, RUN_COLOURS, STYLE

_SUMMARY = ("AP", "AP50", "AP75", "APs", "APm", "APl", "APr", "APc", "APf", "AR100", "AR_max", "AR300")
_CLASS_HEADER = ("class", "GT", "kept", "TP", "FP", "FN", "P", "R", "F1", "mean IoU", "AP", "AP50", "best F1", "at score")


def report_html(
    dataset: Dataset,
    reports: Sequence[ReadReport],
    runs: Sequence[RunFigures],
    params: EvaluationParams,
    crops: Mapping[int, Sequence[Crop]] | None = None,
    *,
    n_resamples: int = 0,
    seed: int = 0,
) -> str:
    """Return the page.

    Parameters
    ----------
    dataset : Dataset
    reports : sequence of ReadReport
        Of every file that was read; problems are listed at the end.
    runs : sequence of RunFigures
        Shown side by side.
    params : EvaluationParams
    crops : mapping, optional
        By index of the run, the failures to show with a picture.
    n_resamples, seed : int
        What the intervals of slices were made by; 0 where there are none.

    Notes
    -----
    Names from the data appear as text only. The policy in the head forbids scripts and every address but embedded pictures.
    """
    colours = [RUN_COLOURS[place % len(RUN_COLOURS)] for place in range(len(runs))]
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
        f"<title>{escape(dataset.name)} · diag-gui</title><style>{STYLE}</style></head><body><main>",
        _head(dataset, params, runs),
        _summary(runs, colours),
        '<div class="grid">',
        _errors(runs, colours),
        _curves(runs, colours, params),
        "</div>",
        _classes(runs),
        _slices(runs, n_resamples, seed),
        _confusions(runs),
        *(_failures(runs[place], found) for place, found in (crops or {}).items() if found),
        _account(reports),
        "</main></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _head(dataset: Dataset, params: EvaluationParams, runs: Sequence[RunFigures]) -> str:
    """Return title, counts, which images the figures are of, and the settings that every figure depends on."""
    settings, by_rules = settings_of(params), params.rules.sentence(params.iou_threshold)
    covered = dict.fromkeys(f"Figures of {run.images_in_words}" for run in runs if run.where is not None)
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"<h1>{escape(dataset.name)}</h1>"
        f'<p class="second">{len(dataset.images):,} images · {len(dataset.classes):,} classes · '
        f"{len(dataset.ground_truth):,} labels</p>{''.join(f'<p><b>{escape(said)}</b></p>' for said in covered)}"
        f'<p class="second small">{TASK_WORDS[params.task]} · IoU {params.iou_threshold:g} · '
        f"score ≥ {params.score_threshold:g} · at most "
        f"{params.max_detections} predictions per image and class · COCO matching · {escape(by_rules)} · "
        f"{settings['kernel']} kernel · diag-gui {diag_gui.__version__} · {now}</p>"
    )


def _summary(runs: Sequence[RunFigures], colours: Sequence[str]) -> str:
    """Return the runs side by side; the best figure of each column stands out."""
    names = [name for name in _SUMMARY if any(name in summary_names(run) for run in runs)]
    if runs and runs[0].variants is not None:
        names += runs[0].variants.figures
    rules = runs[0].rules if runs else COCO_RULES
    yoltv4 = "mF1 (YOLTv4)" if all(run.facts.task == "bbox" for run in runs) else "mF1 (YOLTv4, boxes)"
    header = [
        "run",
        *(with_rules(name, rules) for name in names),
        "P",
        "R",
        "F1",
        "mF1 (COCO matching)",
        yoltv4,
        "mean IoU",
        "best F1",
        "at score",
    ]
    header += ["ECE", "MCE", "LaECE"]
    rows = []
    for run in runs:
        totals = run.evaluation.totals
        rows.append(
            [
                *(_average(run, name) for name in names),
                *(totals.precision, totals.recall, totals.f1, totals.mf1, run.mf1_yoltv4, totals.mean_iou, totals.best_f1),
                totals.best_score,
                *(run.calibration.ece, run.calibration.mce, run.calibration.laece),
            ]
        )
    # Less is better for the last three; a score is neither.
    no_best = {len(names) + 7}
    best = [
        (min if column > len(names) + 7 else max)((row[column] for row in rows if row[column] == row[column]), default=None)
        for column in range(len(header) - 1)
    ]
    body = []
    for run, colour, row in zip(runs, colours, rows, strict=True):
        cells = [
            f'<td class="best">{_figure(value)}</td>'
            if len(runs) > 1 and column not in no_best and value == best[column]
            else f"<td>{_figure(value)}</td>"
            for column, value in enumerate(row)
        ]
        body.append(f"<tr>{_name_cell(run.facts.run.name, colour)}{''.join(cells)}</tr>")
    calibration = runs[0].calibration if runs else None
    note = (
        f'<p class="second small">ECE, MCE, LaECE: {calibration.n_bins} bins of {calibration.binning} over all scores.</p>'
        if calibration
        else ""
    )
    return f"<section><h2>Summary</h2>{_table(header, body)}{note}</section>"


def _average(run: RunFigures, name: str) -> float:
    """Return a figure over classes, be it of the rules or asked for beyond them."""
    figures = run.summary.figures if run.variants is None else {**run.summary.figures, **run.variants.figures}
    return figures.get(name, float("nan"))


def _errors(runs: Sequence[RunFigures], colours: Sequence[str]) -> str:
    """Return counts and costs of the error types."""
    largest = max((run.evaluation.count_at_score[name] for run in runs for name in ERROR_ORDER), default=0)
    body = []
    for name in ERROR_ORDER:
        for run, colour in zip(runs, colours, strict=True):
            n, costs = run.evaluation.count_at_score[name], run.costs
            label = _name_cell(name, ERROR_COLOURS[name]) if run is runs[0] else "<td></td>"
            chart = bar(n / largest if largest else 0.0, ERROR_COLOURS[name] if len(runs) == 1 else colour)
            body.append(
                f"<tr>{label}<td>{n:,}</td><td>{chart}</td><td>{costs.count[name]:,}</td><td>{_figure(costs.dap[name])}</td></tr>"
            )
    header = ["error type", "at score", "", "all scores", "dAP"]
    note = '<p class="second small">dAP: what AP at this IoU would gain if only this type were fixed, over all predictions.</p>'
    return f"<section><h2>Error types</h2>{_table(header, body)}{note}</section>"


def _curves(runs: Sequence[RunFigures], colours: Sequence[str], params: EvaluationParams) -> str:
    """Return precision against recall over all classes."""
    curves = [
        (run.facts.run.name, colour, precision_recall(run.evaluation, run.facts, None))
        for run, colour in zip(runs, colours, strict=True)
    ]
    legend = "".join(
        f'<span class="legend"><span class="dot" style="background:{colour}"></span>{escape(name)}</span>'
        for name, colour, _ in curves
    )
    note = f"all classes, at IoU {params.iou_threshold:g}; the dot is score {params.score_threshold:g}"
    return (
        f"<section><h2>Precision and recall</h2>{curve_chart(curves, params.score_threshold)}"
        f'<p class="small">{legend} <span class="second">{note}</span></p></section>'
    )


def _classes(runs: Sequence[RunFigures]) -> str:
    """Return the class tables, the first one open."""
    parts = ["<section><h2>Classes</h2>"]
    for run in runs:
        body = []
        records = class_records(run)
        for record in records:
            cells = "".join(f"<td>{_figure(record[key])}</td>" for key in SHOWN_CLASS_KEYS)
            body.append(f"<tr>{_name_cell(record['name'])}{cells}</tr>")
        content = _table([with_rules(name, run.rules) for name in _CLASS_HEADER], body)
        opened = " open" if run is runs[0] else ""
        n_left_out = len(run.facts.dataset.classes) - len(records)
        note = f" <span>({n_left_out:,} classes without ground truth or kept predictions)</span>" if n_left_out else ""
        parts.append(f"<details{opened}><summary>{escape(run.facts.run.name)}{note}</summary>{content}</details>")
    return "".join([*parts, "</section>"])


def _slices(runs: Sequence[RunFigures], n_resamples: int, seed: int) -> str:
    """Return the slices that were asked for; columns that nobody asked to compute are left out."""
    records = {id(run): [slice_record(result) for result in run.slices] for run in runs}
    every = [record for found in records.values() for record in found]
    if not every:
        return ""
    counts = ("images", "gt", "tp", "fp", "fn", "precision", "recall")
    with_intervals, with_ap = (any(_given(record[key]) for record in every) for key in ("f1_low", "ap"))
    header = ["slice", "kind", "images", "GT", "TP", "FP", "FN", "P", "R", "F1", "", *(["95 %"] if with_intervals else [])]
    header += ["ΔF1 to the rest", *(["AP"] if with_ap else [])]
    parts = ["<section><h2>Slices</h2>"]
    for run in runs:
        body = []
        for record in records[id(run)]:
            cells = [f"<td>{record['kind']}</td>", *(f"<td>{_figure(record[key])}</td>" for key in counts)]
            cells += [f"<td>{_figure(record['f1'])}</td>", f"<td>{bar(_number(record['f1']))}</td>"]
            if with_intervals:
                cells.append(f"<td>{_figure(record['f1_low'])} … {_figure(record['f1_high'])}</td>")
            cells.append(f"<td>{_figure(record['delta_f1'])}</td>")
            if with_ap:
                cells.append(f"<td>{_figure(record['ap'])}</td>")
            row_class = "" if record["enough"] else ' class="few"'
            body.append(f"<tr{row_class}>{_name_cell(record['name'])}{''.join(cells)}</tr>")
        parts.append(f"<h3>{escape(run.facts.run.name)}</h3>{_table(header, body)}")
    how = f" Intervals: {n_resamples:,} resamples of images, seed {seed}." if with_intervals else ""
    parts.append(f'<p class="second small">Grey: too few labels to say anything.{how}</p></section>')
    return "".join(parts)


def _confusions(runs: Sequence[RunFigures]) -> str:
    """Return the confusion of every run, that of the first open."""
    parts = ["<section><h2>Confusion</h2>"]
    for run in runs:
        opened = " open" if run is runs[0] else ""
        matrix = confusion_html(run.evaluation.confusion, run.facts.dataset.classes.name, _figure)
        parts.append(f"<details{opened}><summary>{escape(run.facts.run.name)}</summary>{matrix}</details>")
    return "".join([*parts, f'<p class="second small">{NOTE}</p></section>'])


def _failures(run: RunFigures, crops: Sequence[Crop]) -> str:
    """Return the failures with pictures."""
    figures = []
    for crop in crops:
        record = crop.record
        colour = ERROR_COLOURS[record["error"]]
        what = escape(record["class"] or "")
        if record["predicted_class"] and record["predicted_class"] != record["class"]:
            what += f" as {escape(record['predicted_class'])}"
        values = [
            f"score {_figure(record['score'])}" if _given(record["score"]) else "",
            f"IoU {_figure(record['iou'])}" if _given(record["iou"]) else "",
        ]
        picture = crop_picture(crop.png, crop.size, crop.truth, crop.predicted, colour) if crop.png else ""
        caption = f'<span class="dot" style="background:{colour}"></span>{record["error"]} · {what}'
        rest = " · ".join(value for value in values if value)
        below = f'<span class="second">{rest}{"<br>" if rest else ""}{escape(record["image"])}</span>'
        figures.append(f"<figure>{picture}<figcaption>{caption}<br>{below}</figcaption></figure>")
    note = "Ground truth solid white, predictions dashed. The most confident of each type; missed labels by size."
    return (
        f'<section><h2>Worst failures · {escape(run.facts.run.name)}</h2><p class="second small">{note}</p>'
        f'<div class="gallery">{"".join(figures)}</div></section>'
    )


def _account(reports: Sequence[ReadReport]) -> str:
    """Return what was read and what was found wrong with it."""
    body = [
        f"<tr>{_name_cell(report.path.name)}<td>{escape(report.format)}</td><td>{report.records:,}</td><td>{report.loaded:,}</td>"
        f"<td>{report.dropped:,}</td><td>{escape(report.sha256[:12])}</td></tr>"
        for report in reports
    ]
    problems = [
        f"<tr>{_name_cell(group.code)}<td>{group.count:,}</td><td>{'dropped' if group.drops else 'kept'}</td>"
        f"<td>{escape(group.examples[0] if group.examples else '')}</td></tr>"
        for group in merge_groups(reports)
    ]
    found = _table(("problem", "records", "", "first"), problems) if problems else '<p class="second">No problems found.</p>'
    files = _table(("file", "format", "records", "loaded", "dropped", "SHA-256"), body)
    return f"<section><h2>Files</h2>{files}<h3>Problems</h3>{found}</section>"


def _table(header: Sequence[str], body: Sequence[str]) -> str:
    """Return a table of ready rows."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _name_cell(name: str, colour: str = "") -> str:
    """Return the first cell of a row; a long name is elided and whole as a tooltip."""
    dot = f'<span class="dot" style="background:{colour}"></span>' if colour else ""
    return f'<td class="name" title="{escape(name, quote=True)}">{dot}{escape(name)}</td>'


def _given(value: float | None) -> bool:
    """Whether a figure is defined."""
    return value is not None and value == value


def _number(value: float | None) -> float:
    """Return a figure, NaN where it is undefined."""
    return float("nan") if value is None else value


def _figure(value: float | int | None) -> str:
    """Return a figure as the window shows it."""
    if value is None or value != value:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"
