"""Verbs about AP of slices: the figures follow the table by themselves, their intervals are asked for, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import CancelledError
from dataclasses import replace

from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_precisions import SlicePrecision
from diag_gui.session.jobs import Cancelled, JobContext, Jobs, Lane
from diag_gui.session.notices import notice_of
from diag_gui.session.slice_precision import SlicePrecisions, precisions_of, sure_precisions_of
from diag_gui.session.slice_table import N_RESAMPLES
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore

PRECISION_KEY = "slice-precision"
PRECISION_INTERVALS_KEY = "slice-precision-intervals"
_REST_MS = 200
"""The intervals of what follows the sliders come first."""


class SlicePrecisionVerbs:
    """Computes AP and AP50 of what is listed.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    """

    def __init__(self, store: SessionStore, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs

    def refresh(self) -> None:
        """Compute the figures of those listed that have none yet."""
        state = self._store.state
        question, known = state.slice_table.question, state.slice_precisions
        if question is None:
            return
        is_new = not known.are_of(question)
        if is_new:
            self._jobs.cancel(PRECISION_INTERVALS_KEY)
            known = SlicePrecisions(question)
            self._store.commit("slices", slice_precisions=known)
        missing = [text for text in state.slice_table.results if text not in known.values]
        if not missing or known.is_stopped or (self._jobs.is_wanted(PRECISION_KEY) and not is_new):
            return

        def work(context: JobContext) -> dict[str, tuple[float, float]]:
            try:
                return precisions_of(question, missing, context.progress, context.cancelled)
            except CancelledError:
                raise Cancelled from None

        self._jobs.submit(
            PRECISION_KEY,
            work,
            self._adopt,
            label="AP of the slices",
            lane=Lane.LONG,
            is_current=lambda: self._store.state.slice_precisions.are_of(question),
            rest_ms=_REST_MS,
            replaces_running=True,
        )

    def note_cancel(self, key: str) -> None:
        """Remember that somebody stopped a job: what it was to find stays out until the data or the filters are others."""
        if key == PRECISION_KEY:
            self._commit(replace(self._known, is_stopped=True))
        elif key == PRECISION_INTERVALS_KEY:
            self._commit(replace(self._known, asked=""))

    def ask(self) -> None:
        """Compute the intervals of AP and AP50 of the slice in question; asked again while that runs: stop it."""
        state = self._store.state
        table, known = state.slice_table, state.slice_precisions
        entry, question = table.entry(state.slice_current), table.question
        if entry is None or question is None or table.evaluation is None:
            return
        definition, evaluation, name = entry.definition, table.evaluation, entry.definition.name
        if known.asked == definition.expression:
            self._jobs.cancel(PRECISION_INTERVALS_KEY)
            self._commit(replace(self._known, asked=""))
            return
        if definition.expression not in table.results or definition.expression in known.sure:
            why = "has its intervals of AP already" if definition.expression in known.sure else "cannot be computed on these data"
            self._store.commit("slices", notice=Notice(f"“{name}” {why}"))
            return

        def work(context: JobContext) -> Mapping[str, SlicePrecision]:
            try:
                return sure_precisions_of(question, evaluation, definition, context.progress, context.cancelled)
            except CancelledError:
                raise Cancelled from None

        label = f"AP of “{name}” in {N_RESAMPLES:,} resamples"
        self._commit(replace(self._known, asked=definition.expression))
        self._jobs.submit(
            PRECISION_INTERVALS_KEY,
            work,
            lambda found: self._adopt_intervals(definition, found),
            label=label,
            lane=Lane.LONG,
            on_failed=lambda error: self._fail(label, error),
            is_current=lambda: self._store.state.slice_precisions.are_of(question),
            replaces_running=True,
        )

    def _adopt(self, found: Mapping[str, tuple[float, float]]) -> None:
        known = self._known
        self._commit(replace(known, values={**known.values, **found}))
        self.refresh()

    def _adopt_intervals(self, definition: SliceDefinition, found: Mapping[str, SlicePrecision]) -> None:
        known, expression = self._known, definition.expression
        values = {**known.values, expression: (found["ap"].value, found["ap50"].value)}
        asked = "" if known.asked == expression else known.asked
        self._commit(replace(known, values=values, sure={**known.sure, expression: found}, asked=asked))

    def _fail(self, label: str, error: Exception) -> None:
        known = replace(self._known, asked="")
        self._store.commit("slices", slice_precisions=known, notice=notice_of(label, error))

    @property
    def _known(self) -> SlicePrecisions:
        return self._store.state.slice_precisions

    def _commit(self, known: SlicePrecisions) -> None:
        self._store.commit("slices", slice_precisions=known)
