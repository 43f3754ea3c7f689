"""Verbs about what is drawn beside the table of slices; everything follows the table and the slice in question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from diag_gui.data.expression import value_text
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_classes import SliceClasses
from diag_gui.evaluation.slice_curves import FigureAlong
from diag_gui.session.jobs import Jobs, Lane
from diag_gui.session.open_runs import OpenRuns
from diag_gui.session.slice_plots import (
    SLOW_FIGURES,
    RunsOnSlice,
    SlicePlots,
    along_column,
    classes_of_table,
    curve_columns,
    curves_of_table,
    first_column,
    runs_on_slice,
)
from diag_gui.session.slice_table import SliceTable
from diag_gui.session.state import SessionState
from diag_gui.session.store import SessionStore

CLASSES_KEY = "slice-classes"
ALONG_KEY = "slice-along"
RUNS_KEY = "slice-runs"
CURVES_KEY = "slice-curves"
_DAY_S, _MINUTE_S, _MILLISECOND_S = 86_400, 60, 0.001


class SlicePlotVerbs:
    """The heat map, the curve along a column, and the runs on the slice in question.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    open_runs : callable
        Returns the runs that are open.
    """

    def __init__(self, store: SessionStore, jobs: Jobs, open_runs: Callable[[], OpenRuns]) -> None:
        self._store = store
        self._jobs = jobs
        self._open_runs = open_runs
        self._columns: tuple[RunFacts | None, tuple[str, ...]] = (None, ())

    def refresh(self) -> None:
        """Compute what is drawn of the table and the slice in question, where it is of an earlier one."""
        state = self._store.state
        if state.facts is None or state.slice_table.evaluation is None:
            return
        self._refresh_classes(state)
        self._refresh_along(state)
        self._refresh_runs(state)
        self._refresh_curves(state)

    def set_figure(self, figure: str) -> None:
        """Draw ``figure`` of every class in every slice: one of `slice_classes.CLASS_FIGURES`."""
        self._commit(replace(self._plots, figure=figure, classes=None, classes_of=None))
        self.refresh()

    def set_column(self, column: str) -> None:
        """Draw the curve along ``column``."""
        self._commit(replace(self._plots, column=column, along=None, along_of=None))
        self.refresh()

    def set_along_figure(self, figure: str) -> None:
        """Draw the curve of ``figure``: one of `slice_curves.CURVE_FIGURES`."""
        self._commit(replace(self._plots, along_figure=figure, along=None, along_of=None))
        self.refresh()

    def columns(self) -> tuple[str, ...]:
        """Return the columns that the curve can run along."""
        facts = self._store.state.facts
        if facts is None:
            return ()
        if self._columns[0] is not facts:
            # Asked at every change, and a table may bring thousands.
            self._columns = (facts, curve_columns(ColumnCatalog(facts)))
        return self._columns[1]

    def follow_measures(self) -> None:
        """Offer what was measured on the pictures since."""
        self._columns = (None, ())

    def _refresh_classes(self, state: SessionState) -> None:
        table, plots = state.slice_table, state.slice_plots
        figure = plots.figure
        known = plots.classes_of
        if known is not None and known.question is table.question:
            return
        is_slow = figure in SLOW_FIGURES
        if is_slow and self._jobs.is_wanted(CLASSES_KEY):
            self._jobs.cancel(CLASSES_KEY)
        self._jobs.submit(
            CLASSES_KEY,
            lambda context: classes_of_table(table, figure, context.progress, context.cancelled),
            lambda found: self._adopt_classes(found, table, figure),
            label="Slices by class",
            lane=Lane.LONG if is_slow else Lane.BACKGROUND,
            is_current=lambda: self._store.state.facts is state.facts and self._store.state.slice_plots.figure == figure,
        )

    def _adopt_classes(self, found: SliceClasses | None, table: SliceTable, figure: str) -> None:
        if found is not None and figure == self._store.state.slice_plots.figure:
            self._commit(replace(self._plots, classes=found, classes_of=table))

    def _refresh_along(self, state: SessionState) -> None:
        facts, evaluation, plots = state.facts, state.slice_table.evaluation, state.slice_plots
        assert facts is not None
        assert evaluation is not None
        columns = self.columns() if plots.along_of is None else (plots.column,)
        column = plots.column if plots.column in columns else first_column(columns)
        if not column or (plots.along_of is evaluation and column == plots.column):
            return
        figure = plots.along_figure
        self._jobs.submit(
            ALONG_KEY,
            lambda context: along_column(facts, evaluation, column, figure, context.progress, context.cancelled),
            lambda found: self._commit(replace(self._plots, column=column, along=found, along_of=evaluation)),
            label=f"Drawing along {column}",
            lane=Lane.BACKGROUND,
            is_current=lambda: (
                self._store.state.facts is facts
                and self._store.state.slice_plots.column in ("", plots.column, column)
                and self._store.state.slice_plots.along_figure == figure
            ),
        )

    def _refresh_runs(self, state: SessionState) -> None:
        table, current, plots = state.slice_table, state.slice_current, state.slice_plots
        entry = table.entry(current)
        if entry is None or current not in table.results or len(state.runs) < 2:
            self._jobs.cancel(RUNS_KEY)
            return
        known, active, compared = plots.runs, state.active, state.compared
        asked = (current, active, compared)
        if known is not None and known.evaluation is table.evaluation and known.asked == asked:
            return
        runs = self._open_runs()
        self._jobs.submit(
            RUNS_KEY,
            lambda context: runs_on_slice(runs, table, entry.definition, active, compared, context.progress, context.cancelled),
            self._adopt_runs,
            label=f"Comparing {len(state.runs)} runs on the slice",
            lane=Lane.LONG,
            is_current=lambda: self._store.state.slice_current == current,
            replaces_running=True,
        )

    def _refresh_curves(self, state: SessionState) -> None:
        table, current = state.slice_table, state.slice_current
        known = state.slice_plots.curves_of
        if known is not None and known[0].question is table.question and known[1] == current:
            return
        self._jobs.submit(
            CURVES_KEY,
            lambda context: curves_of_table(table, current, context.cancelled),
            lambda found: self._commit(replace(self._plots, curves=found, curves_of=(table, current))),
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.facts is state.facts,
        )

    def _adopt_runs(self, found: RunsOnSlice) -> None:
        self._commit(replace(self._plots, runs=found))

    @property
    def _plots(self) -> SlicePlots:
        return self._store.state.slice_plots

    def _commit(self, plots: SlicePlots) -> None:
        self._store.commit("slices", slice_plots=plots)


def range_expression(along: FigureAlong, low: float, high: float) -> str:
    """Return the slice of a range of the column that a curve runs along; a side beyond the values is left open.

    Parameters
    ----------
    along : FigureAlong
        With points.
    low, high : float
        Rounded to three digits, of dates to what a hundredth of the axis needs, so that the expression can be read.
    """
    first, last = float(along.x[0]), float(along.x[-1])
    low, high = min(low, high), max(low, high)
    parts = []
    if low > first:
        parts.append(f"{along.column} >= {_end_text(along, low)}")
    if high < last:
        parts.append(f"{along.column} <= {_end_text(along, high)}")
    return " AND ".join(parts) or f"{along.column} IS NOT NULL"


def _end_text(along: FigureAlong, value: float) -> str:
    if not along.is_of_dates:
        return value_text(float(f"{value:.3g}"))
    return value_text(moment_text(value, float(along.x[-1] - along.x[0]) / 100))


def moment_text(seconds: float, within: float) -> str:
    """Return a moment as expressions write it, rounded to the day, minute or second that ``within`` seconds leave.

    Parameters
    ----------
    seconds : float
        Since the beginning of 1970, UTC.
    within : float
        From a day on the day will do, from a minute on the minute, from a second on the second; below, a thousandth of it.
    """
    moment = np.datetime64(round(seconds * 1e6), "us")
    if within >= _DAY_S:
        return str((moment + np.timedelta64(_DAY_S // 2, "s")).astype("datetime64[D]"))
    if within >= _MINUTE_S:
        rounded = (moment + np.timedelta64(_MINUTE_S // 2, "s")).astype("datetime64[m]")
    elif within >= 1:
        rounded = (moment + np.timedelta64(500, "ms")).astype("datetime64[s]")
    else:
        rounded = moment if within < _MILLISECOND_S else (moment + np.timedelta64(500, "us")).astype("datetime64[ms]")
    return str(rounded).replace("T", " ")
