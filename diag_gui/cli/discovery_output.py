"""``evaluate --discover``: the slices that a search found, as JSON and for people."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from diag_gui.cli.comparison_output import baseline_of
from diag_gui.cli.terminal import ProgressLine, figure, plain_text, table
from diag_gui.data.attributes import Level
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.discovery import Discovery, DiscoverySettings, Question, discover
from diag_gui.evaluation.discovery_targets import WORSE, questions_of
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.exceptions import EvaluationError
from diag_gui.formats.report_figures import RunFigures

_HEADER = ("slice", "score", "rows", "images", "mean", "rest", "Δ", "low", "high", "q")
_KEYS = ("score", "rows", "images", "mean", "rest", "difference", "low", "high")


def discoveries(figures: Sequence[RunFigures], parsed: argparse.Namespace) -> list[list[Discovery]]:
    """Return per run what each question of ``--discover`` found.

    Raises
    ------
    EvaluationError
        If ``--discover-class`` names no class, or ``worse`` has nothing to compare with.
    """
    class_row = _class_row(figures, parsed.discover_class)
    settings = DiscoverySettings(intervals=parsed.intervals or DEFAULT_RESAMPLES, seed=parsed.seed)
    baseline = (
        baseline_of([one.facts.run.name for one in figures], parsed, f"--discover {WORSE}") if WORSE in parsed.discover else None
    )
    line = ProgressLine(quiet=parsed.quiet)
    found = []
    try:
        for place, one in enumerate(figures):
            catalog = ColumnCatalog(one.facts)
            found.append(
                [
                    discover(
                        (one.facts, one.evaluation),
                        Question(asked, class_row),
                        catalog=catalog,
                        baseline=None if baseline is None else (figures[baseline].facts, figures[baseline].evaluation),
                        settings=settings,
                        progress=line.of(f"Discovery of {one.facts.run.name}: {asked}"),
                    )
                    for target in dict.fromkeys(parsed.discover)
                    if target != WORSE or place != baseline
                    for asked in questions_of(target)
                ]
            )
    finally:
        line.clear()
    return found


def _class_row(figures: Sequence[RunFigures], name: str | None) -> int | None:
    if name is None or not figures:
        return None
    names = figures[0].facts.dataset.classes.name
    if name not in names:
        raise EvaluationError("--discover-class", f"there is no class {name!r}")
    return names.index(name)


def is_measured(run: RunFigures) -> bool:
    """Return whether what is measured on pictures was among the columns searched."""
    return run.facts.measured.has(Level.IMAGE, "brightness")


def unmeasured_text(run: RunFigures, parsed: argparse.Namespace) -> str:
    """Return one line that says what was not searched and how it would be; empty where it was."""
    if is_measured(run):
        return ""
    how = "leave out --no-measure" if parsed.no_measure else "name their folder by --images"
    return f"The pictures were not measured, so brightness, contrast, sharpness … were not searched: {how}."


def discovery_document(found: Discovery, *, pictures_measured: bool) -> dict[str, Any]:
    """Return one entry of ``discovered`` in the JSON of a run."""
    settings = found.settings
    return {
        "target": found.question.target,
        "class_row": found.question.class_row,
        "row": found.row,
        "error": found.error,
        "alpha": settings.alpha,
        "most_conditions": settings.most_conditions,
        "least_rows": found.least_rows,
        "seed": settings.seed,
        "intervals": settings.intervals,
        "columns": list(found.columns),
        "pictures_measured": pictures_measured,
        "searched_images": found.searched_images,
        "confirming_images": found.confirming_images,
        "looked_at": found.looked_at,
        "tested": found.tested,
        "slices": [
            {
                "name": one.definition.name,
                "expression": one.definition.expression,
                **{key: value for key, value in asdict(one).items() if key != "definition"},
            }
            for one in found.slices
        ],
    }


def discovery_text(name: str, found: Discovery) -> str:
    """Return what a question found in one run, for people."""
    head = plain_text(f"{name}, discovery ({found.question.target}): {found.subject}")
    if not found.slices:
        return "\n".join([head, "No slice is confirmed to be worse than the rest.", found.caption])
    rows = [
        [one.definition.name, *(figure(getattr(one, key)) for key in _KEYS), "<.001" if one.q < 0.001 else figure(one.q)]
        for one in found.slices
    ]
    sentences = [plain_text(f"  {one.sentence}") for one in found.slices]
    return "\n".join([head, table(_HEADER, rows), "", *sentences, found.caption])
