"""What is computed of the shown evaluation only while somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.session.jobs import Jobs, Lane
from diag_gui.session.store import SessionStore


class LookedAt:
    """One answer about the evaluation shown, that follows it as long as it is looked at.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    key, label : str
        Of the job.
    is_shown : callable
        Whether the answer to what is asked now is there.
    asking : callable
        Takes what is shown, on the interface's thread, and returns what computes the answer in the background.
    adopt : callable
        Takes the answer.
    """

    def __init__(
        self,
        store: SessionStore,
        jobs: Jobs,
        key: str,
        label: str,
        is_shown: Callable[[], bool],
        asking: Callable[[RunFacts, Evaluation], Callable[[], Any]],
        adopt: Callable[[Any], None],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._key, self._label = key, label
        self._is_shown, self._asking, self._adopt = is_shown, asking, adopt
        self._is_looked_at = False

    def look(self, is_looked_at: bool) -> None:
        """Compute the answer from now on, or only once somebody looks again."""
        self._is_looked_at = is_looked_at
        if is_looked_at:
            self.refresh()

    def refresh(self) -> None:
        """Compute what is shown, unless it is there; a newer call supersedes this one."""
        state = self._store.state
        facts, evaluation = state.facts, state.evaluation
        if not self._is_looked_at or facts is None or evaluation is None or self._is_shown():
            return
        compute = self._asking(facts, evaluation)
        self._jobs.submit(
            self._key,
            lambda _context: compute(),
            self._adopt,
            label=self._label,
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.facts is facts,
        )
