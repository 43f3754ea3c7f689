"""Runs against a baseline, and intervals of the figures over all classes: what ``--compare`` and ``--intervals`` add."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from diag_gui.cli.terminal import ProgressLine, count_of, figure, plain_text, table
from diag_gui.data.arrays import LongArray
from diag_gui.evaluation.bootstrap import resample_counts, resample_figures
from diag_gui.evaluation.coco_summary import CocoSummary
from diag_gui.evaluation.fates import GT_FATES, FateMatrix, Side, fate_matrix, found_in_runs
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.rule_settings import Rules
from diag_gui.evaluation.run_comparison import Difference, ResampledRun, RunComparison, compare_runs, intervals_of
from diag_gui.exceptions import EvaluationError
from diag_gui.formats.report_figures import RunFigures

Item = TypeVar("Item")

P_RULE = "two-sided, normal, difference / bootstrap standard error"
_CRITERION = "better or worse where the 95 % interval leaves out 0; p, from the standard error, can disagree close to 0"
_NAMES = {"precision": "P", "recall": "R", "f1": "F1", "mf1": "mF1 (COCO matching)"}
_KEYS = ("baseline", "value", "difference", "low", "high", "better", "p")


def baseline_of(names: Sequence[str], parsed: argparse.Namespace, asking: str = "") -> int:
    """Return which run the others are compared with; ``asking`` is the option that wants to know.

    Raises
    ------
    EvaluationError
        If there is nothing to compare with, or AP goes by rules that are not resampled.
    """
    asking = asking or ("--compare" if parsed.compare else "--baseline")
    if parsed.rules != Rules.COCO:
        raise EvaluationError(asking, f"resamples COCO's AP, not that of {parsed.rules}; leave out --rules")
    if len(names) < 2:
        raise EvaluationError(asking, "needs a second run of predictions")
    if parsed.baseline is None:
        return 0
    if parsed.baseline not in names:
        raise EvaluationError("--baseline", f"there is no run {parsed.baseline!r}, only {', '.join(names)}")
    return list(names).index(parsed.baseline)


def resampled_runs(figures: Sequence[RunFigures], parsed: argparse.Namespace) -> list[ResampledRun]:
    """Return the figures of every run in the resamples asked for, with progress."""
    found = []
    line = ProgressLine(quiet=parsed.quiet)
    try:
        for one in figures:
            name = one.facts.run.name
            how = {"n_resamples": parsed.intervals or DEFAULT_RESAMPLES, "seed": parsed.seed, "workers": parsed.workers}
            progress = line.of(f"Resampling {name}")
            if isinstance(one.summary, CocoSummary):
                resampled = resample_figures(one.facts, one.evaluation, one.summary, progress=progress, **how)
            else:
                # AP by other rules has no resamples; a COCO AP beside it under the same name would be another figure.
                resampled = resample_counts(one.facts, one.evaluation, progress=progress, **how)
            found.append(ResampledRun(name, one.evaluation, one.summary, resampled))
    finally:
        line.clear()
    return found


def add_to_document(
    document: dict[str, Any],
    runs: Sequence[ResampledRun],
    sides: Sequence[Side],
    baseline: int | None,
    *,
    seed: int,
    with_intervals: bool,
) -> None:
    """Add intervals to the summary of every run, and ``comparisons`` where there is a baseline.

    Raises
    ------
    EvaluationError
        As `_comparisons`.
    """
    if with_intervals:
        for run_of_document, run in zip(document["runs"], runs, strict=True):
            for name, (low, high) in intervals_of(run.resampled).items():
                run_of_document["summary"] |= {f"{name}_low": low, f"{name}_high": high}
    if baseline is not None:
        document["comparisons"] = [
            _comparison_document(one, sides[baseline][0].dataset.classes.name)
            | {"fates": _fates_document(fate_matrix(side, sides[baseline]))}
            for one, side in zip(_comparisons(runs, baseline, seed), _others(sides, baseline), strict=True)
        ]
        document["fates"] = {"runs": [run.name for run in runs], "found_in": found_in_runs(sides).tolist()}


def resampling_text(
    runs: Sequence[ResampledRun], sides: Sequence[Side], baseline: int | None, *, seed: int, with_intervals: bool
) -> Iterator[str]:
    """Yield what is printed below the tables: a line of intervals per run, and the comparisons.

    Raises
    ------
    EvaluationError
        As `_comparisons`.
    """
    if with_intervals:
        yield "\n".join(_intervals_text(run) for run in runs)
    if baseline is not None:
        for one, side in zip(_comparisons(runs, baseline, seed), _others(sides, baseline), strict=True):
            yield _comparison_text(one, sides[baseline][0].dataset.classes.name)
            yield _fates_text(fate_matrix(side, sides[baseline]), one)
        yield _found_in_text(found_in_runs(sides))


def _comparisons(runs: Sequence[ResampledRun], baseline: int, seed: int) -> list[RunComparison]:
    """Return every other run against the one at ``baseline``, in their order.

    Raises
    ------
    EvaluationError
        If ``--where`` asks for something that differs between runs, so that they were evaluated on different images.
    """
    return [compare_runs(runs[baseline], run, seed=seed) for run in _others(runs, baseline)]


def _others(runs: Sequence[Item], baseline: int) -> list[Item]:
    return [run for place, run in enumerate(runs) if place != baseline]


def _fates_document(matrix: FateMatrix) -> dict[str, Any]:
    """Return what became of objects from the baseline to the run; rows of the matrix are the baseline's."""
    counts = {name.replace(" ", "_"): n for name, n in matrix.counts().items()}
    return {
        **counts,
        "labels": list(GT_FATES),
        "matrix": matrix.ground_truth.tolist(),
        "false_positives": {"still": matrix.still, "new": matrix.new, "gone": matrix.gone},
    }


def _fates_text(matrix: FateMatrix, comparison: RunComparison) -> str:
    """Return what became of the ground truth as a table, and of the false positives in a line."""
    header = (f"was in {plain_text(comparison.baseline)}", *(f"{name} now" for name in GT_FATES))
    rows = [[name, *(figure(n) for n in row)] for name, row in zip(GT_FATES, matrix.ground_truth.tolist(), strict=True)]
    counts = ", ".join(f"{n:,} {name}" for name, n in matrix.counts().items())
    errors = f"false positives: {matrix.new:,} new, {matrix.still:,} still there, {matrix.gone:,} gone"
    return f"{table(header, rows)}\nground truth: {counts}; {errors}"


def _found_in_text(found: LongArray) -> str:
    n_runs = len(found) - 1
    between = [f"{n:,} in {k}" for k, n in enumerate(found.tolist()) if 0 < k < n_runs]
    said = ", ".join([f"{found[0]:,} in none", *between, f"{found[-1]:,} in all {n_runs}"])
    return f"Ground truth found in how many runs: {said}"


def _comparison_document(comparison: RunComparison, class_names: Sequence[str]) -> dict[str, Any]:
    """Return one entry of ``comparisons``."""
    return {
        "baseline": comparison.baseline,
        "run": comparison.run,
        "resamples": comparison.n_resamples,
        "seed": comparison.seed,
        "images": comparison.n_images,
        "p_rule": P_RULE,
        "figures": {name: _record(one, _KEYS) for name, one in comparison.figures.items()},
        "classes": [
            {
                "name": class_names[row],
                "figures": {name: _record(of_class[place], (*_KEYS, "q")) for name, of_class in comparison.per_class.items()},
            }
            for place, row in enumerate(comparison.class_rows.tolist())
        ],
    }


def _intervals_text(run: ResampledRun) -> str:
    """Return the intervals of the figures over all classes in one line."""
    figures, intervals = run.figures(), intervals_of(run.resampled)
    said = "  ".join(
        f"{_NAMES.get(name, name)} {figure(figures[name])} [{figure(low)}, {figure(high)}]"
        for name, (low, high) in intervals.items()
    )
    return f"95 % intervals of {plain_text(run.name)}: {said}"


def _comparison_text(comparison: RunComparison, class_names: Sequence[str]) -> str:
    """Return a comparison as tables, with what can be said for certain in words."""
    head = (
        f"{plain_text(comparison.run)} against {plain_text(comparison.baseline)}: {comparison.n_resamples:,} resamples of "
        f"{count_of(comparison.n_images, 'image')}, the same for both, seed {comparison.seed}; p {P_RULE}"
    )
    header = ("figure", "baseline", "run", "difference", "95 % low", "high", "chance better", "p")
    rows = [[_NAMES.get(name, name), *_cells(one, _KEYS)] for name, one in comparison.figures.items()]
    parts = [head, "", table(header, rows), "", _in_words(comparison)]
    if len(comparison.class_rows) > 1:
        parts += ["", _class_text(comparison, class_names)]
    return "\n".join(parts)


def _class_text(comparison: RunComparison, class_names: Sequence[str]) -> str:
    """Return AP, where it was resampled, and F1 of each class, with q over the classes with enough ground truth."""
    keys = ("difference", "low", "high", "better", "q")
    shown = [name for name in ("AP", "f1") if name in comparison.per_class]
    header = ["class"]
    for name in shown:
        said = _NAMES.get(name, name)
        header += [f"baseline {said}", said, f"Δ{said}", "low", "high", "better", "q"]
    rows = [
        [class_names[row], *(cell for one in of_class for cell in (figure(one.baseline), figure(one.value), *_cells(one, keys)))]
        for row, *of_class in zip(comparison.class_rows.tolist(), *(comparison.per_class[name] for name in shown), strict=True)
    ]
    return table(header, rows)


def _in_words(comparison: RunComparison) -> str:
    """Say which figures differ for certain and which cannot be told apart."""
    sides = {"better": [], "worse": [], "not distinguishable": []}  # type: dict[str, list[str]]
    for name, one in comparison.figures.items():
        side = "not distinguishable" if not one.is_certain else "better" if one.difference > 0 else "worse"
        sides[side].append(_NAMES.get(name, name))
    said = [f"{side}: {', '.join(names)}" for side, names in sides.items() if names]
    return f"{plain_text(comparison.run)} is " + "; ".join(said) + f" ({_CRITERION})"


def _record(one: Difference, keys: Sequence[str]) -> dict[str, float]:
    return {key: getattr(one, key) for key in keys}


def _cells(one: Difference, keys: Sequence[str]) -> list[str]:
    return [_cell(getattr(one, key), key) for key in keys]


def _cell(value: float, key: str) -> str:
    """Return a figure with its sign where it is a difference, and a small p as what it is less than."""
    if key in ("p", "q") and value < 0.0005:
        return "<.001"
    text = figure(value)
    if key not in ("difference", "low", "high") or value != value:
        return text
    return text.removeprefix("-") if not float(text) else f"+{text}" if value > 0 else text
