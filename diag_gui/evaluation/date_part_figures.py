"""A figure by hour of the day, weekday or month: one slice per value, with intervals, in the order of the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diag_gui.data.attributes import Column, ColumnKind, Level
from diag_gui.data.expression import name_text, parse, value_text
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.datetime_parts import PARTS, WEEKDAYS
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_counts import rows_of_images
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_membership import inside_images
from diag_gui.evaluation.slices import SliceResult, evaluate_slices
from diag_gui.exceptions import EvaluationError

PART_FIGURES = ("f1", "precision", "recall", "mean_iou")


@dataclass(frozen=True, slots=True, eq=False)
class FigureByPart:
    """One figure by one part of a date.

    Attributes
    ----------
    column, figure : str
        The part as an expression writes it: ``taken.hour``.
    part : str
        One of `PARTS`.
    labels : tuple of str
        Of the values that occur, in the order of the clock: ``"7"``, ``"Mon"``.
    results : tuple of SliceResult
        The slice of each, with intervals where they were asked for.
    n_missing : int
        Images, of a column of objects ground truth, without a date: they are in none.
    n_resamples, seed : int
    """

    column: str
    figure: str
    part: str
    labels: tuple[str, ...]
    results: tuple[SliceResult, ...]
    n_missing: int
    n_resamples: int
    seed: int

    def interval(self, place: int) -> tuple[float, float, float]:
        """Return the figure of one value and its 95 % interval; NaN where undefined, the interval of mean IoU always."""
        result = self.results[place]
        ends = [float(getattr(result, f"{self.figure}_{end}", np.nan)) for end in ("low", "high")]
        return float(getattr(result, self.figure)), ends[0], ends[1]


def is_date_part(column: str, catalog: ColumnCatalog) -> bool:
    """Return whether a column, as an expression writes it, is a part of a date."""
    return catalog.resolve(parse(f"{column} IS NULL").names[0]).part is not None


def figure_by_part(
    facts: RunFacts,
    evaluation: Evaluation,
    column: str,
    figure: str = "f1",
    *,
    intervals: int = DEFAULT_RESAMPLES,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FigureByPart:
    """Compute a figure for every hour, weekday or month that occurs.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its settings and asked images hold.
    column : str
        As an expression writes it: ``taken.hour``, ``taken.weekday`` or ``taken.month``.
    figure : str
        One of `PART_FIGURES`.
    intervals, seed : int
        As in `evaluate_slices`, whose slices these are; 0 leaves intervals undefined.
    progress, cancelled
        As in `evaluate_slices`.

    Raises
    ------
    EvaluationError
        If the column is no part of a date, or the figure none of those.
    ExpressionError
        If there is no such column, or it is no property to slice by.
    CancelledError
        If ``cancelled`` said so.
    """
    if figure not in PART_FIGURES:
        raise EvaluationError("figure", f"{figure!r} is none of {', '.join(PART_FIGURES)}")
    catalog = ColumnCatalog(facts)
    name = parse(f"{column} IS NULL").names[0]
    written, resolved = name_text(name.segments), catalog.resolve(name)
    if resolved.part is None:
        raise EvaluationError("column", f"{written} is no {', '.join(PARTS[:-1])} or {PARTS[-1]} of a date")
    level = Level.IMAGE if catalog.is_of_images(f"{written} IS NULL") else Level.GT
    values = catalog.image_column(resolved) if level is Level.IMAGE else catalog.column_of(level, resolved)
    assert isinstance(values, Column)
    asked = inside_images(evaluation.images, len(facts.dataset.images))
    values = values.take(np.flatnonzero(asked if level is Level.IMAGE else rows_of_images(facts, evaluation).gt))
    present = _present(values)
    definitions = [SliceDefinition(f"{'.'.join(name.segments)}={text}", f"{written} = {literal}") for text, _, literal in present]
    results = evaluate_slices(
        facts,
        evaluation,
        definitions,
        intervals=intervals,
        seed=seed,
        with_ap=False,
        progress=progress,
        cancelled=cancelled,
    )
    labels = tuple(label for _, label, _ in present)
    return FigureByPart(written, figure, resolved.part, labels, results, int(values.missing.sum()), intervals, seed)


def _present(column: Column) -> list[tuple[str, str, str]]:
    """Return name, short label and literal of each value that occurs, in the order of the clock."""
    codes = np.unique(column.values[~column.missing]).astype(np.int64).tolist()
    if column.kind is ColumnKind.CATEGORY:
        return [(WEEKDAYS[code], WEEKDAYS[code][:3], value_text(WEEKDAYS[code])) for code in codes]
    return [(str(code), str(code), str(code)) for code in codes]
