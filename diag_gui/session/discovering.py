"""The verb that searches for the worst slices; what the other half of the images confirms is listed, ready to be filtered by."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial

from diag_gui.evaluation.discovery import Discovery, Question, discover
from diag_gui.evaluation.discovery_targets import WORSE, questions_of
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.fates import Side
from diag_gui.session.jobs import Cancelled, JobContext, Jobs, Lane
from diag_gui.session.open_runs import OpenRuns
from diag_gui.session.slice_images import images_compared
from diag_gui.session.slice_table import ListedSlice, SliceOrigin
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore

FIND_KEY = "slice-find"


class DiscoverVerbs:
    """Searches for slices.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    open_runs : callable
        Returns the runs that are open.
    list_slices : callable
        Lists what was found.
    choose : callable
        Puts the first slice that was found in question.
    """

    def __init__(
        self,
        store: SessionStore,
        jobs: Jobs,
        open_runs: Callable[[], OpenRuns],
        list_slices: Callable[[list[ListedSlice]], None],
        choose: Callable[[str], None],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._open_runs = open_runs
        self._list_slices = list_slices
        self._choose = choose

    def find(self, target: str) -> None:
        """Search all columns and their combinations for where ``target`` is worst: one of `discovery_targets.TARGETS`.

        Where one class is shown alone, only its labels or predictions are asked. All filters but the slice in question hold.
        """
        state = self._store.state
        facts, evaluation = state.facts, state.evaluation
        if facts is None or evaluation is None:
            return
        if target == WORSE and state.compared < 0:
            said = "There is no other run to be worse than: File → Add predictions"
            self._store.commit("slices", notice=Notice(said, is_error=True))
            return
        images, class_rows = images_compared(state), state.query.class_rows
        class_row = min(class_rows) if len(class_rows) == 1 else None
        questions = [Question(asked, class_row) for asked in questions_of(target)]
        runs, compared = (self._open_runs(), state.compared) if target == WORSE else (None, -1)

        def work(context: JobContext) -> list[Discovery]:
            of = evaluation
            if of.images is not images:
                of = evaluate(facts, of.params, images=images, previous=of)
            baseline: Side | None = None
            if runs is not None:
                runs.facts(compared, None, context.cancelled)
                baseline = runs.side(compared, of.params, images)
            try:
                return [
                    discover(
                        (facts, of),
                        question,
                        baseline=baseline,
                        progress=partial(_tell, context.progress, place, len(questions)),
                        cancelled=context.cancelled,
                    )
                    for place, question in enumerate(questions)
                ]
            except CancelledError:
                raise Cancelled from None

        self._jobs.submit(
            FIND_KEY,
            work,
            self._adopt,
            label="Finding the worst slices",
            lane=Lane.LONG,
            is_current=lambda: self._store.state.facts is facts,
            replaces_running=True,
        )

    def _adopt(self, answers: list[Discovery]) -> None:
        telling = [found for found in answers if found.slices] or answers
        said = "; ".join(_said(found) for found in telling)
        captions = "\n".join(dict.fromkeys(found.caption for found in answers))
        self._store.commit("slices", notice=Notice(said, f"{said}\n{captions}"))
        slices = [one for found in answers for one in found.slices]
        n = len(slices)
        self._list_slices([ListedSlice(one.definition, SliceOrigin.FOUND, _remark(one.sentence)) for one in slices])
        state, first = self._store.state, slices[0].definition.expression if n else ""
        # Choosing what is in question already would let go of it.
        if n and not (first == state.slice_current and first in state.query.expressions):
            self._choose(first)


def _tell(progress: Callable[[float], None], place: int, n: int, share: float) -> None:
    progress((place + share) / n)


def _said(found: Discovery) -> str:
    n = len(found.slices)
    if not n:
        return f"No slice is confirmed to be worse than the rest ({found.subject})"
    return f"Found {n} {'slice' if n == 1 else 'slices'} where {found.subject} more often than elsewhere"


def _remark(sentence: str) -> str:
    return f"Found on one half of the images, confirmed on the other: {sentence.rstrip('.')}."
