"""``evaluate --compare --slice``: every other run against the baseline on every slice, as JSON and for people."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from diag_gui.cli.terminal import ProgressLine, figure, plain_text, table
from diag_gui.evaluation.columns import TagColumns
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.slice_comparison import ComparedSlice, compare_slices
from diag_gui.evaluation.slices import SliceDefinition
from diag_gui.formats.report_figures import RunFigures

_HEADER = ("slice", "images", "GT", "F1 before", "F1", "Δ", "low", "high", "q")


def compared_slices(
    figures: Sequence[RunFigures], tags: Sequence[TagColumns | None], baseline: int, parsed: argparse.Namespace
) -> list[tuple[ComparedSlice, ...]]:
    """Return per run other than the baseline, in order, how it compares on each slice of the baseline."""
    one = figures[baseline]
    definitions = [SliceDefinition(result.name, result.expression) for result in one.slices]
    line = ProgressLine(quiet=parsed.quiet)
    try:
        return [
            compare_slices(
                (one.facts, one.evaluation),
                (other.facts, other.evaluation),
                definitions,
                tags=(tags[baseline], tags[place]),
                intervals=parsed.intervals or DEFAULT_RESAMPLES,
                seed=parsed.seed,
                progress=line.of(f"Slices of {other.facts.run.name} against {one.facts.run.name}"),
            )
            for place, other in enumerate(figures)
            if place != baseline
        ]
    finally:
        line.clear()


def compared_documents(found: Sequence[ComparedSlice]) -> list[dict[str, Any]]:
    """Return the entries of ``comparisons[].slices``."""
    return [
        {
            **{key: getattr(one, key) for key in ("name", "expression", "kind", "images", "gt", "enough", "family")},
            "figures": {name: asdict(difference) for name, difference in one.figures.items()},
        }
        for one in found
    ]


def compared_text(name: str, baseline: str, found: Sequence[ComparedSlice]) -> str:
    """Return the slices of one run against the baseline, for people."""
    rows = []
    for one in found:
        f1 = one.figures["f1"]
        cells = [figure(value) for value in (one.images, one.gt, f1.baseline, f1.value, f1.difference, f1.low, f1.high)]
        rows.append([one.name + ("" if one.enough else " (few)"), *cells, "<.001" if f1.q < 0.001 else figure(f1.q)])
    head = plain_text(f"{name} against {baseline} on each slice; q over {max((one.family for one in found), default=0)} slices")
    return f"{head}\n{table(_HEADER, rows)}"
