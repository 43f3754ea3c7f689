"""The verb that asks where a figure comes from."""

from __future__ import annotations

from functools import partial

from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.explanations.explanation import Explanation
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slices import SliceResult
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.store import SessionStore


class ExplainVerbs:
    """Accounts of figures of the active run at the thresholds that are shown.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    """

    def __init__(self, store: SessionStore, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs

    def ask(self, figure: str) -> None:
        """Ask for the account of ``figure``, named as `find_figure` takes it; a newer call supersedes this one."""
        state = self._store.state
        facts, evaluation = state.facts, state.evaluation
        if facts is None or evaluation is None:
            return
        self._jobs.submit(
            "explanation",
            partial(_explain, figure, facts, evaluation, state.slices),
            self._adopt,
            label="Explaining",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.facts is facts,
        )

    def _adopt(self, explanation: Explanation) -> None:
        self._store.commit("explanation", explanation=explanation)


def _explain(
    figure: str, facts: RunFacts, evaluation: Evaluation, slices: tuple[SliceResult, ...], _context: JobContext
) -> Explanation:
    # Together with the explanations, which nothing needs before somebody asks.
    from diag_gui.evaluation.explanations.explain import explain
    from diag_gui.evaluation.explanations.subject import Subject

    return explain(figure, Subject(facts, evaluation.params, evaluation.images, evaluation, slices))
