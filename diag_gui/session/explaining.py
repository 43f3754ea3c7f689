"""The verb that asks where a figure comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from diag_gui.evaluation.calibration_bins import Binning
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.explanations.explanation import Explanation
from diag_gui.evaluation.params import DEFAULT_BINS
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slices import SliceResult
from diag_gui.session.fate_account import FATES, explain_fate
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.open_runs import RunFiguresShown
from diag_gui.session.state import SessionState
from diag_gui.session.store import SessionStore

RUNS = "runs"
"""First word of a path that names a run."""


class ExplainVerbs:
    """Accounts of figures at the thresholds that are shown: of the active run, or of another that stands beside it.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    """

    def __init__(self, store: SessionStore, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs

    def ask(self, figure: str) -> None:
        """Ask for the account of ``figure``; a newer call supersedes this one.

        Parameters
        ----------
        figure : str
            Named as `find_figure` takes it; ``runs.NAME.`` in front means another run that stands side by side,
            ``fates.`` what became of objects between the two.
        """
        state = self._store.state
        shown, side_by_side = state.facts, state.side_by_side
        if figure.startswith(f"{FATES}.") and side_by_side is not None:
            self._submit(lambda _context: explain_fate(figure, side_by_side), shown)
            return
        named, figure = _run_named(figure, state)
        facts, evaluation = named.side if named is not None else (shown, state.evaluation)
        if facts is None or evaluation is None:
            return
        # A name in front says which run is meant; of the one in question it is left out.
        prefix = f"{RUNS}.{facts.run.name}." if facts is not shown else ""
        slices = state.slices if facts is shown else ()
        if facts is shown and figure.startswith("slices.") and state.slices_of is state.evaluation:
            # The table is in step, so it is what somebody looks at: its slices stand beside the rest, not under themselves.
            slices, evaluation = listed_results(state), state.slice_table.evaluation or evaluation
        bins: tuple[Binning, int] = (state.binning, state.n_bins) if facts is shown else ("equal width", DEFAULT_BINS)
        self._submit(partial(_explain, figure, prefix, facts, evaluation, slices, bins), shown)

    def _submit(self, explain: Callable[[JobContext], Explanation], shown: RunFacts | None) -> None:
        self._jobs.submit(
            "explanation",
            explain,
            self._adopt,
            label="Explaining",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.facts is shown,
        )

    def _adopt(self, explanation: Explanation) -> None:
        self._store.commit("explanation", explanation=explanation)


def listed_results(state: SessionState) -> tuple[SliceResult, ...]:
    """Return what the table of slices shows, under the names it shows, with AP where it was computed."""
    table, known = state.slice_table, state.slice_precisions
    precisions = known.values if known.are_of(table.question) else {}
    undefined = (float("nan"), float("nan"))
    found = []
    for one in table.listed:
        if one.expression in table.results:
            result = table.sure.get(one.expression) if not table.is_updating else None
            ap, ap50 = precisions.get(one.expression, undefined)
            shown = result or table.results[one.expression]
            found.append(replace(shown, name=one.definition.name, ap=ap, ap50=ap50))
    return tuple(found)


def _run_named(figure: str, state: SessionState) -> tuple[RunFiguresShown | None, str]:
    """Return the run that a path names first, and the rest of it; None where it names none, which means the active one."""
    group, _, rest = figure.partition(".")
    if group == RUNS and state.side_by_side is not None:
        for run in state.side_by_side.runs:
            name = f"{run.facts.run.name}."
            if rest.startswith(name):
                return run, rest.removeprefix(name)
    return None, figure


def _explain(
    figure: str,
    prefix: str,
    facts: RunFacts,
    evaluation: Evaluation,
    slices: tuple[SliceResult, ...],
    bins: tuple[Binning, int],
    _context: JobContext,
) -> Explanation:
    # Together with the explanations, which nothing needs before somebody asks.
    from diag_gui.evaluation.explanations.explain import explain
    from diag_gui.evaluation.explanations.subject import Subject

    account = explain(figure, Subject(facts, evaluation.params, evaluation.images, evaluation, slices, *bins))
    return replace(account, figure=prefix + account.figure)
