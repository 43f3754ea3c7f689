"""Verbs about slices: which are listed, which is in question, and what is done with the images of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from diag_gui.data.arrays import IntArray
from diag_gui.data.dataset import Dataset
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.expression_notes import value_notes
from diag_gui.evaluation.query import Query, check_expression
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_definitions import SliceDefinition, slices_from_text
from diag_gui.evaluation.slice_memory import SliceMemory
from diag_gui.exceptions import ExpressionError, FormatError
from diag_gui.formats.slice_file import read_slices, write_slices
from diag_gui.session.discovering import DiscoverVerbs
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.notices import notice_of
from diag_gui.session.open_runs import OpenRuns
from diag_gui.session.querying import QueryVerbs
from diag_gui.session.reviewing import ReviewVerbs
from diag_gui.session.slice_history import SliceChange, SliceHistory, SlicesKept
from diag_gui.session.slice_images import images_compared, slice_image_rows
from diag_gui.session.slice_plot_verbs import SlicePlotVerbs
from diag_gui.session.slice_precision_verbs import SlicePrecisionVerbs
from diag_gui.session.slice_table import (
    N_RESAMPLES,
    ListedSlice,
    SliceOrigin,
    SliceQuestion,
    SliceTable,
    keep_intervals,
    slice_table_of,
    standing_slices,
    without_repeats,
)
from diag_gui.session.state import Notice, SessionState
from diag_gui.session.store import SessionStore

TABLE_KEY = "slice-table"
INTERVALS_KEY = "slice-intervals"
_REST_MS = 100
"""A slider that has not moved for so long rests: intervals begin then."""


class SliceVerbs:
    """The table of slices and the slice in question.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    query : QueryVerbs
        A slice in question is a restriction of the query.
    review : ReviewVerbs
        Tags images, and keeps saved slices in the project.
    open_runs : callable
        Returns the runs that are open.

    Attributes
    ----------
    plots : SlicePlotVerbs
        What is drawn beside the table.
    precision : SlicePrecisionVerbs
        AP of the slices.
    discovery : DiscoverVerbs
        Finds slices to list.
    """

    def __init__(
        self, store: SessionStore, jobs: Jobs, query: QueryVerbs, review: ReviewVerbs, open_runs: Callable[[], OpenRuns]
    ) -> None:
        self.plots = SlicePlotVerbs(store, jobs, open_runs)
        self.precision = SlicePrecisionVerbs(store, jobs)
        self.discovery = DiscoverVerbs(store, jobs, open_runs, self.list_slices, self.choose)
        self._store = store
        self._jobs = jobs
        self._query = query
        self._review = review
        self._is_watched = False
        self._memory: SliceMemory | None = None
        self._standing: tuple[Dataset | None, tuple[ListedSlice, ...]] = (None, ())

    def watch(self, is_watched: bool) -> None:
        """Keep the table in step while somebody looks at it; nothing is computed for nobody."""
        self._is_watched = is_watched
        if is_watched and self._is_behind():
            self.refresh()
        else:
            self.follow_query()

    def refresh(self) -> None:
        """Compute the figures for what is shown, the intervals after them."""
        state = self._store.state
        facts, evaluation = state.facts, state.evaluation
        if facts is None or evaluation is None or not self._is_watched:
            return
        images = images_compared(state)
        own, standing = self._own(), self._known_standing(facts)
        # Decisions are no part of the question unless a slice asks for them: tagging must not compute everything again.
        asks = Query(expressions=tuple(one.expression for one in own)).asks_for_decisions
        tags = state.tag_columns if asks else None
        if self._memory is None or self._memory.facts is not facts or self._memory.tags is not tags:
            self._memory = SliceMemory(facts, tags)
        listed = without_repeats((*(standing or ()), *own))
        question = SliceQuestion(facts, evaluation, images, tags, listed, self._memory)
        if standing is not None and question.is_answered_by(state.slice_table):
            # A slice was put in question or let go: that changes what is shown of it, and none of its figures.
            self._jobs.cancel(TABLE_KEY)
            self._store.commit("slices", slices_of=evaluation)
            self._follow_table()
            return
        self._jobs.cancel(INTERVALS_KEY)

        def work(context: JobContext) -> tuple[SliceTable, tuple[ListedSlice, ...]]:
            found = standing if standing is not None else standing_slices(facts)
            whole = replace(question, listed=without_repeats((*found, *own)))
            return slice_table_of(whole, cancelled=context.cancelled), found

        self._jobs.submit(
            TABLE_KEY,
            work,
            lambda answer: self._adopt(facts, evaluation, *answer),
            label="Computing slices",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.facts is facts,
        )

    def choose(self, expression: str) -> None:
        """Put a slice in question and filter everything by it, instead of the slice before; the same one again lets go."""
        state = self._store.state
        before, query = state.slice_current, state.query
        others = tuple(text for text in query.expressions if text != before or state.slice_table.entry(text) is None)
        if expression in query.expressions and expression == before:
            self._query.ask(replace(query, expressions=tuple(text for text in query.expressions if text != expression)))
            return
        expressions = (*(text for text in others if text != expression), expression)
        self._query.ask(replace(query, expressions=expressions), of_slice=expression)
        self.plots.refresh()

    def choose_with_class(self, expression: str, class_row: int) -> None:
        """Put a slice in question and show only one class of it."""
        query = self._store.state.query
        if query.class_rows != frozenset({class_row}):
            self._query.toggle_class(class_row)
        if expression not in self._store.state.query.expressions:
            self.choose(expression)

    def step(self, n: int) -> None:
        """Put the slice ``n`` rows further down in question."""
        ranked = [one.expression for one in self._store.state.slice_table.ranked()]
        if not ranked:
            return
        current = self._store.state.slice_current
        place = ranked.index(current) + n if current in ranked else 0
        wanted = ranked[min(max(place, 0), len(ranked) - 1)]
        if wanted != current or wanted not in self._store.state.query.expressions:
            self.choose(wanted)

    def add(self, text: str) -> tuple[str, ...]:
        """List what a text names as ``--slice`` does: a column (one slice per value), an expression, or ``NAME=EXPRESSION``.

        Returned is what is to be said of it, such as a value that nothing has.

        Raises
        ------
        ExpressionError
            If it does not parse, names what is not there, or is no property to slice by; nothing changes then.
        """
        catalog = self._query.catalog()
        if catalog is None:
            return ()
        definitions = slices_from_text(text, catalog)
        what = f"add slice “{definitions[0].name}”" if len(definitions) == 1 else f"add {len(definitions)} slices"
        self.list_slices([ListedSlice(one, SliceOrigin.ADDED) for one in definitions], what)
        if len(definitions) == 1 and definitions[0].expression != self._store.state.slice_current:
            self.choose(definitions[0].expression)
        # Several are the values that a column has: nothing is to be said of them.
        return value_notes(definitions[0].expression, catalog) if len(definitions) == 1 else ()

    def edit(self, text: str, expression: str | None = None) -> tuple[str, ...]:
        """Put what a text names, as for `add` but one slice only, into the place of a slice; by default of the one in question.

        A slice that is there for all data stays, and the new one comes beside it. One that is saved is saved anew. Returned is
        what is to be said of it.

        Raises
        ------
        ExpressionError
            As `add`, where it names several slices, and where the slice is not listed any more; nothing changes then.
        """
        state, catalog = self._store.state, self._query.catalog()
        old = state.slice_table.entry(state.slice_current if expression is None else expression)
        if catalog is None:
            return ()
        if old is None:
            if expression is None:
                return ()
            raise ExpressionError(f"the slice that was to be edited is not listed any more: {expression}", text, 0)
        head = f"{old.definition.name} = "
        # The name that stands there may hold what parts a name from an expression.
        is_named = text.startswith(head)
        definitions = slices_from_text(text.removeprefix(head) if is_named else text, catalog)
        if len(definitions) != 1:
            raise ExpressionError(f"this names {len(definitions)} slices; a slice is one expression", text, 0)
        new = SliceDefinition(old.definition.name, definitions[0].expression) if is_named else definitions[0]
        if new == old.definition:
            return ()
        entry, own, saved = ListedSlice(new, SliceOrigin.ADDED), state.slice_own, state.project.saved_slices
        kept = tuple(entry if one.expression == old.expression else one for one in own)
        if entry not in kept:
            kept = (*kept, entry)
        saved = tuple(new if one.expression == old.expression else one for one in saved)
        if old.expression in state.query.expressions:
            self._query.toggle_expression(old.expression)
        self._change(f"edit slice “{old.definition.name}”", SlicesKept(without_repeats(kept), saved))
        if new.expression not in self._store.state.query.expressions:
            self.choose(new.expression)
        return value_notes(new.expression, catalog)

    def list_slices(self, listed: list[ListedSlice], what: str = "") -> None:
        """Put slices into the table: those added or found, in addition to those there, which say again how they were found.

        ``what`` says in words what undo takes back; by default how many slices were added.
        """
        if listed:
            own = without_repeats((*self._store.state.slice_own, *listed))
            self._change(what or f"add {len(listed)} slices", SlicesKept(own, self._store.state.project.saved_slices))

    def undo(self) -> bool:
        """Take back the latest change of the list; False where a decision is to be taken back first, or there is none."""
        state = self._store.state
        change = state.slice_history.to_undo(state.project.decision)
        if change is None:
            return False
        self._keep(change.taken_back(_kept(state)), state.slice_history.after_undo())
        self._say(f"Undid: {change.what}")
        return True

    def redo(self) -> bool:
        """Bring back the change of the list that was undone last; False where a decision comes first, or there is none."""
        state = self._store.state
        change = state.slice_history.to_redo(state.project.decision)
        if change is None:
            return False
        self._keep(change.brought_back(_kept(state)), state.slice_history.after_redo())
        self._say(f"Did again: {change.what}")
        return True

    def _change(self, what: str, after: SlicesKept) -> None:
        """Keep other slices than now, in a way that undo takes back, once the decisions before it are written."""
        asked = _kept(self._store.state)

        def change() -> None:
            state = self._store.state
            before = _kept(state)
            kept = before.with_difference(asked, after)
            if kept != before:
                self._keep(kept, state.slice_history.with_change(SliceChange(what, before, kept, state.project.decision)))
            else:
                self.refresh()

        self._review.in_turn(change)

    def _keep(self, kept: SlicesKept, history: SliceHistory) -> None:
        state = self._store.state
        gone = {one.expression for one in self._own()}
        gone -= {one.expression for one in kept.own} | {one.expression for one in kept.saved}
        standing = {one.expression for one in self._standing[1]}
        for expression in gone - standing:
            if expression in state.query.expressions:
                # What is not listed any more would filter on under a chip that nobody put there.
                self._query.toggle_expression(expression)
        self._store.commit("slices", slice_own=kept.own, slice_history=history)
        if kept.saved != state.project.saved_slices:
            self._review.change_slices(state.project.saved_slices, kept.saved)
        self.refresh()

    def remove(self) -> None:
        """Take the slice in question off the list, and out of the project where it is saved."""
        state = self._store.state
        entry = state.slice_table.entry(state.slice_current)
        if entry is None:
            return
        if entry.origin is SliceOrigin.STANDING:
            self._say(
                f"“{entry.definition.name}” is there for all data; only slices that were added, found or saved can be taken off"
            )
            return
        if entry.expression in state.query.expressions:
            self._query.toggle_expression(entry.expression)
        own = tuple(one for one in state.slice_own if one.expression != entry.expression)
        saved = tuple(one for one in state.project.saved_slices if one.expression != entry.expression)
        self._store.commit("slices", slice_current="")
        self._change(f"take slice “{entry.definition.name}” off", SlicesKept(own, saved))
        self._say(f"Took “{entry.definition.name}” off: {entry.expression}. Ctrl+Z brings it back")

    def save(self) -> None:
        """Keep the slice in question in the project, as a query that follows the data."""
        state = self._store.state
        entry = state.slice_table.entry(state.slice_current)
        if entry is None:
            self._say("Choose a slice first")
            return
        saved = state.project.saved_slices
        if any(one.expression == entry.expression for one in saved):
            self._say(f"“{entry.definition.name}” is saved already")
            return
        self._change(f"save slice “{entry.definition.name}”", SlicesKept(state.slice_own, (*saved, entry.definition)))

    def tag_images(self, tag: str) -> None:
        """Tag every image of the slice in question; where all have the tag, take it off."""
        rows = self.image_rows()
        if len(rows):
            self._review.toggle_tag_of_images(tag, rows)

    def image_rows(self) -> IntArray:
        """Return the images of the slice in question under the other filters, ascending; see `slice_image_rows`."""
        return slice_image_rows(self._store.state)

    def write(self, path: Path) -> None:
        """Write the slices that are no standing ones to a JSON file; where there are none, all that are listed."""
        listed = self._store.state.slice_table.listed
        own = [one.definition for one in listed if one.origin is not SliceOrigin.STANDING]
        definitions = own or [one.definition for one in listed]
        write_slices(path, definitions)
        n = len(definitions)
        which = "" if n == len(listed) else ", those found, saved or added here"
        self._say(f"Wrote {n:,} {'slice' if n == 1 else 'slices'}{which}, to {path}")

    def read(self, path: Path) -> None:
        """List the slices of a JSON file; those that do not fit are listed with the reason and said with their record."""
        try:
            definitions = read_slices(path)
        except FormatError as error:
            self._store.commit("slices", notice=notice_of("Reading slices", error))
            return
        refused = self._refused(definitions)
        self.list_slices([ListedSlice(one, SliceOrigin.ADDED) for one in definitions], f"read {len(definitions)} slices")
        said = f"Read {len(definitions)} slices from {path.name}"
        if refused:
            more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
            details = "\n".join(f"{path}: {one}" for one in refused)
            said = f"{said}; {len(refused)} cannot be computed: {refused[0]}{more}"
            self._store.commit("slices", notice=Notice(said, details, is_error=True))
        else:
            self._say(said)

    def _refused(self, definitions: Sequence[SliceDefinition]) -> list[str]:
        """Return record and reason of slices that do not parse or name what is not there."""
        catalog = self._query.catalog()
        refused = []
        for place, one in enumerate(definitions):
            try:
                if catalog is not None:
                    check_expression(one.expression, catalog)
            except ExpressionError as error:
                refused.append(f"slices[{place}] “{one.name}”: {error}")
        return refused

    def follow_query(self) -> None:
        """Draw what belongs to the slice in question, which goes with its filter; nothing is drawn for nobody."""
        if self._is_watched:
            self.plots.refresh()

    def follow_measures(self) -> None:
        """List what can be sliced by now that the pictures were measured."""
        self._standing, self._memory = (None, ()), None
        self.plots.follow_measures()
        self.refresh()

    def _adopt(self, facts: RunFacts, evaluation: Evaluation, table: SliceTable, standing: tuple[ListedSlice, ...]) -> None:
        self._standing = (facts.dataset, standing)
        state = self._store.state
        self._store.commit("slices", slice_table=keep_intervals(table, state.slice_table), slices_of=evaluation)
        if state.evaluation is evaluation and not self._jobs.is_wanted(TABLE_KEY):
            self._follow_table()

    def _follow_table(self) -> None:
        self.plots.refresh()
        self._refresh_intervals()
        self.precision.refresh()

    def _refresh_intervals(self) -> None:
        """Compute the intervals of the table shown, where they are of another state."""
        table = self._store.state.slice_table
        question = table.question
        if question is None or not table.is_updating or self._jobs.is_wanted(INTERVALS_KEY):
            return
        self._jobs.submit(
            INTERVALS_KEY,
            lambda context: slice_table_of(
                question, intervals=N_RESAMPLES, progress=context.progress, cancelled=context.cancelled
            ),
            self._adopt_intervals,
            label="Intervals updating",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.slice_table.question is question,
            rest_ms=_REST_MS,
            replaces_running=True,
        )

    def _adopt_intervals(self, table: SliceTable) -> None:
        self._store.commit("slices", slice_table=table)

    def _is_behind(self) -> bool:
        state = self._store.state
        return state.slices_of is not state.evaluation or state.slice_table.is_updating

    def _own(self) -> tuple[ListedSlice, ...]:
        """Return what was saved, added or found; what is saved says so."""
        state = self._store.state
        saved = tuple(ListedSlice(one, SliceOrigin.SAVED) for one in state.project.saved_slices)
        return without_repeats((*state.slice_own, *saved))

    def _known_standing(self, facts: RunFacts) -> tuple[ListedSlice, ...] | None:
        dataset, standing = self._standing
        return standing if dataset is facts.dataset else None

    def _say(self, text: str) -> None:
        self._store.commit("slices", notice=Notice(text))


def _kept(state: SessionState) -> SlicesKept:
    return SlicesKept(state.slice_own, state.project.saved_slices)
