"""The verbs that set open runs side by side and say what became of objects from one to another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from diag_gui.evaluation.bootstrap import FIGURES
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.fates import Fates
from diag_gui.evaluation.query import Query, images_only
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.open_runs import Differences, OpenRuns, SideBySide
from diag_gui.session.querying import QueryVerbs
from diag_gui.session.state import Notice, SessionState
from diag_gui.session.store import SessionStore

RUNS_KEY = "runs"
DIFFERENCES_KEY = "differences"

FatesOf = Callable[[RunFacts, Evaluation], Fates]
"""Says what the rows of an evaluation were in the run compared with."""


class CompareVerbs:
    """Every open run at the shown operating point, computed while somebody looks at it.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    refresh_view : callable
        Recomputes what is shown; a newer call supersedes the one before.
    query : QueryVerbs
    show_run : callable
        Makes the run of an index the active one.
    """

    def __init__(
        self,
        store: SessionStore,
        jobs: Jobs,
        refresh_view: Callable[[], None],
        query: QueryVerbs,
        show_run: Callable[[int], None],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._refresh_view = refresh_view
        self._query = query
        self._show_run = show_run
        self._runs: OpenRuns | None = None
        self._is_looked_at = False

    def look(self, is_looked_at: bool) -> None:
        """Compute the figures of all runs from now on, or only once somebody looks again."""
        self._is_looked_at = is_looked_at
        if is_looked_at:
            self.refresh()

    def set_baseline(self, index: int) -> None:
        """Compare with run ``index``."""
        state = self._store.state
        if not 0 <= index < len(state.runs) or index == state.active or index == state.chosen_baseline:
            return
        self._store.commit("runs", chosen_baseline=index)
        self.refresh()
        if state.query.asks_for_fates:
            self._refresh_view()

    def next_baseline(self) -> None:
        """Compare with the next run."""
        state = self._store.state
        others = [index for index in range(len(state.runs)) if index != state.active]
        if len(others) > 1:
            self.set_baseline(others[(others.index(state.compared) + 1) % len(others)])
        else:
            self._store.commit("runs", notice=Notice("There is no third run to compare with: File → Add predictions"))

    def show_next_run(self) -> None:
        """Make the next run the active one."""
        state = self._store.state
        if len(state.runs) > 1:
            self._show_run((state.active + 1) % len(state.runs))
        else:
            self._store.commit("runs", notice=Notice("There is no other run: File → Add predictions"))

    def set_figure(self, name: str) -> None:
        """Draw the differences of figure ``name``, one of `bootstrap.FIGURES`."""
        if name in FIGURES:
            self._store.commit("runs", compared_figure=name)

    def set_wants_differences(self, wanted: bool) -> None:
        """Compute intervals of the differences, or stop it."""
        self._store.commit("runs", wants_differences=wanted)
        if wanted:
            self._refresh_differences()
        else:
            self._jobs.cancel(DIFFERENCES_KEY)

    def list_rows(self, expression: str, *, from_compared: bool = False) -> None:
        """Show exactly the rows of ``expression``, right ones too; restrictions of the images stay.

        Parameters
        ----------
        expression : str
            In the filter language.
        from_compared : bool
            Of the run compared with, which becomes the active one and is compared with the one active so far.
        """
        state = self._store.state
        if state.facts is None:
            return
        kept = images_only(state.query, ColumnCatalog(state.facts, state.evaluation, state.tag_columns))
        before = state.query
        query = Query(expressions=(*kept, expression), show="all", sort=before.sort, descending=before.descending)
        if from_compared:
            was_active, compared = state.active, state.compared
            self._store.commit("runs", chosen_baseline=was_active)
            self._query.ask_with_next_run(query)
            self._show_run(compared)
        else:
            self._query.ask(query)

    def fates_of(self, state: SessionState, active: int) -> FatesOf | None:
        """Return what says what rows of run ``active`` were in the run compared with it; None where it is the only run."""
        of_all = any("n_right" in text.casefold() for text in state.query.expressions)
        return self._fates_of(state, active, of_all=of_all)

    def fates_in_all(self, state: SessionState) -> FatesOf | None:
        """Return what says what rows of the run shown were in the one compared with, and in how many of all they are right."""
        return self._fates_of(state, state.active, of_all=True)

    def _fates_of(self, state: SessionState, active: int, *, of_all: bool) -> FatesOf | None:
        compared = state.compared_with(active)
        if compared < 0 or state.dataset is None:
            return None
        return partial(_fates, self.open_runs(), active, compared, of_all)

    def open_runs(self) -> OpenRuns:
        """Return the runs that are open, with what is known of them."""
        state = self._store.state
        assert state.dataset is not None
        runs = self._runs
        if runs is None or not runs.serves(state.dataset, state.runs, state.params):
            known = runs.known if runs is not None else ()
            runs = self._runs = OpenRuns(state.dataset, state.runs, state.params, known)
        for facts in (*state.prepared, state.facts):
            if facts is not None:
                runs.note(facts)
        return runs

    def refresh(self) -> None:
        """Evaluate every run as the one in question is, while somebody looks at it."""
        state = self._store.state
        evaluation = state.evaluation
        if not self._is_looked_at or evaluation is None or state.facts is None or state.compared < 0:
            return
        runs, shown = self.open_runs(), state.side_by_side
        pair = (state.active, state.compared)
        if shown is not None and shown.runs[shown.active].evaluation is evaluation and (shown.active, shown.compared) == pair:
            self._refresh_differences()
            return
        self._jobs.submit(
            RUNS_KEY,
            lambda context: runs.side_by_side(*pair, evaluation, context.progress, context.cancelled),
            self._adopt,
            label=f"Evaluating {len(state.runs)} runs",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._runs is runs,
        )

    def _adopt(self, found: SideBySide) -> None:
        self._store.commit("runs", side_by_side=found)
        self._refresh_differences()

    def _refresh_differences(self) -> None:
        """Resample what is shown, once nothing is on its way that would replace it."""
        state, runs = self._store.state, self._runs
        shown = state.side_by_side
        if shown is None or runs is None or not state.wants_differences or not self._is_looked_at:
            return
        if self._jobs.is_wanted("view") or self._jobs.is_wanted(RUNS_KEY):
            return
        if state.differences is not None and state.differences.belongs_to(shown):
            return

        def compare(context: JobContext) -> Differences:
            return runs.differences(shown, context.progress, context.cancelled)

        self._jobs.submit(
            DIFFERENCES_KEY,
            compare,
            self._adopt_differences,
            label=f"Resampling {len(shown.runs)} runs",
            lane=Lane.LONG,
            is_current=lambda: self._runs is runs,
            replaces_running=True,
        )

    def _adopt_differences(self, found: Differences) -> None:
        self._store.commit("runs", differences=found)


def _fates(runs: OpenRuns, active: int, compared: int, of_all: bool, facts: RunFacts, evaluation: Evaluation) -> Fates:
    return runs.fates(active, compared, facts, evaluation, of_all=of_all)
