"""What is drawn beside the table of slices: slice by class, a figure along a column, and the open runs on one slice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diag_gui.data.attributes import ColumnKind
from diag_gui.data.expression import name_text, parse
from diag_gui.data.expression_completion import OfferedColumn
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.curves import CurveOutline
from diag_gui.evaluation.date_part_figures import FigureByPart, figure_by_part, is_date_part
from diag_gui.evaluation.datetime_parts import PARTS
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_classes import COSTS, PRECISIONS, SliceClasses, slices_by_class
from diag_gui.evaluation.slice_comparison import ComparedSlice, compare_slices
from diag_gui.evaluation.slice_curves import FigureAlong, figure_along
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_membership import membership
from diag_gui.evaluation.slice_outlines import slice_outline
from diag_gui.evaluation.slices import SliceResult, evaluate_slices
from diag_gui.exceptions import ExpressionError
from diag_gui.session.open_runs import OpenRuns
from diag_gui.session.slice_table import N_RESAMPLES, SEED, SliceTable

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]

SLOW_FIGURES = (*PRECISIONS, *COSTS)
"""Figures of classes that are matched or accumulated anew in every slice: a job to watch, and to cancel."""

_MOST_CURVES = 5

_LIKED = ("brightness", "area", "image_aspect", "n_gt")
"""Columns that the curve begins with, the first that is there."""


@dataclass(frozen=True, slots=True, eq=False)
class RunsOnSlice:
    """Every open run on one slice.

    Attributes
    ----------
    expression : str
    names : tuple of str
        Of the runs, in the order they were opened.
    results : tuple of SliceResult
        Of the slice, one per run.
    active, compared : int
        The run in question, and the one it is compared with; -1 for none.
    difference : ComparedSlice or None
        The run in question against that one; None where there is no other.
    evaluation : Evaluation
        Of the run in question.
    """

    expression: str
    names: tuple[str, ...]
    results: tuple[SliceResult, ...]
    active: int
    compared: int
    difference: ComparedSlice | None
    evaluation: Evaluation

    @property
    def asked(self) -> tuple[str, int, int]:
        """The slice, the run in question and the one it is compared with."""
        return self.expression, self.active, self.compared


@dataclass(frozen=True, slots=True, eq=False)
class SlicePlots:
    """What is drawn, and what it is drawn of.

    Attributes
    ----------
    figure : str
        Of the heat map: one of `slice_classes.CLASS_FIGURES`.
    classes : SliceClasses or None
        Of the slices that can be computed, in the order listed.
    classes_of : SliceTable or None
        The table that ``classes`` belongs to.
    column : str
        What the curve runs along, as an expression writes it; empty until a column is known.
    along_figure : str
        Of the curve: one of `slice_curves.CURVE_FIGURES`.
    along : FigureAlong, FigureByPart or None
        Of numbers and dates a curve; of an hour, weekday or month a value each.
    along_of : Evaluation or None
        What ``along`` belongs to.
    runs : RunsOnSlice or None
    curves : tuple of (str, CurveOutline)
        Precision over recall of everything, of the slice in question, and of the worst slices; names first.
    curves_of : tuple of SliceTable and str, or None
        The table and the slice in question that they belong to.
    """

    figure: str = "f1"
    classes: SliceClasses | None = None
    classes_of: SliceTable | None = None
    column: str = ""
    along_figure: str = "f1"
    along: FigureAlong | FigureByPart | None = None
    along_of: Evaluation | None = None
    runs: RunsOnSlice | None = None
    curves: tuple[tuple[str, CurveOutline], ...] = ()
    curves_of: tuple[SliceTable, str] | None = None


def curve_columns(catalog: ColumnCatalog) -> tuple[str, ...]:
    """Return the columns of numbers and dates, and the parts of dates, that a figure can be drawn along, as written."""
    found = []
    for offered in catalog.offered_columns():
        written = name_text(offered.segments)
        if not _has_an_axis(offered) or offered.segments[0] in ("image", "gt", "pred"):
            continue
        try:
            membership(parse(f"{written} IS NULL"), catalog)
        except ExpressionError:
            # A result, a column of predictions alone, or one that is measured on pictures and was not yet.
            continue
        found.append(written)
    return tuple(found)


def _has_an_axis(offered: OfferedColumn) -> bool:
    is_weekday = offered.kind is ColumnKind.CATEGORY and offered.segments[-1] in PARTS and offered.detail.endswith(" date")
    return offered.kind in (ColumnKind.NUMBER, ColumnKind.DATETIME) or is_weekday


def first_column(columns: tuple[str, ...]) -> str:
    """Return the column that the curve begins with; empty where there is none."""
    return next((name for name in _LIKED if name in columns), columns[0] if columns else "")


def classes_of_table(table: SliceTable, figure: str, progress: Progress, cancelled: Cancelled) -> SliceClasses | None:
    """Compute a figure of every class in every slice of a table that can be computed."""
    question = table.question
    if question is None or table.evaluation is None:
        return None
    definitions = [one.definition for one in table.listed if one.expression in table.results]
    return slices_by_class(
        question.facts, table.evaluation, definitions, figure, tags=question.tags, progress=progress, cancelled=cancelled
    )


def along_column(
    facts: RunFacts, evaluation: Evaluation, column: str, figure: str, progress: Progress, cancelled: Cancelled
) -> FigureAlong | FigureByPart:
    """Compute a figure along a column, or by the part of a date that it is.

    Where false positives have no such column recall is drawn instead of F1 or precision.
    """
    catalog = ColumnCatalog(facts)
    inside = membership(parse(f"{column} IS NULL"), catalog)
    if inside.images is None and inside.pred is None and figure in ("f1", "precision"):
        figure = "recall"
    how: dict[str, Any] = {"intervals": N_RESAMPLES, "seed": SEED, "progress": progress, "cancelled": cancelled}
    if is_date_part(column, catalog):
        return figure_by_part(facts, evaluation, column, figure, **how)
    return figure_along(facts, evaluation, column, figure, **how)


def curves_of_table(table: SliceTable, current: str, cancelled: Cancelled) -> tuple[tuple[str, CurveOutline], ...]:
    """Compute the curves of everything, of the slice in question, and of the first slices by rank that have one."""
    question, evaluation = table.question, table.evaluation
    if question is None or evaluation is None:
        return ()
    catalog = ColumnCatalog(question.facts, tags=question.tags)
    ranked = [one for one in table.ranked() if one.expression in table.results and table.results[one.expression].enough]
    chosen = [one for one in ranked if one.expression == current] + [one for one in ranked if one.expression != current]
    found = [("all images" if evaluation.images is None else "all filtered", evaluation.outline(None))]
    for one in chosen:
        if len(found) == _MOST_CURVES or cancelled():
            break
        outline = slice_outline(question.facts, evaluation, membership(parse(one.expression), catalog))
        if outline is not None:
            found.append((one.definition.name, outline))
    return tuple(found)


def runs_on_slice(
    runs: OpenRuns,
    table: SliceTable,
    definition: SliceDefinition,
    active: int,
    compared: int,
    progress: Progress,
    cancelled: Cancelled,
) -> RunsOnSlice:
    """Compute a slice in every open run, and the difference of two of them from the same resamples of images."""
    evaluation = table.evaluation
    assert evaluation is not None
    sides, results = [], []
    for index in range(len(runs.runs)):
        facts = runs.facts(index, None, cancelled)
        if table.question is not None:
            facts.measured.take_over(table.question.facts.measured)
        sides.append(runs.side(index, evaluation.params, evaluation.images))
        results.append(evaluate_slices(facts, sides[-1][1], [definition], with_ap=False)[0])
        progress((index + 1) / (len(runs.runs) + 1))
    difference = None
    if compared >= 0 and compared != active:
        difference = compare_slices(
            sides[compared], sides[active], [definition], intervals=N_RESAMPLES, seed=SEED, cancelled=cancelled
        )[0]
    names = tuple(run.name for run in runs.runs)
    return RunsOnSlice(definition.expression, names, tuple(results), active, compared, difference, evaluation)
