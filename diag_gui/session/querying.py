"""Verbs that change what is asked for; each is one new query, and the one before can be gone back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.expression_notes import value_notes
from diag_gui.evaluation.fates import unknown_fates
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.query import ChipKey, Query, SortKey, check_expression, images_only
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore

_HISTORY = 100


class QueryVerbs:
    """Filters, chips, cells, sorting.

    Parameters
    ----------
    store : SessionStore
    refresh_view : callable
        Recomputes what is shown; a newer call supersedes the one before.
    refresh_slices : callable
        Recomputes the values of the chosen metadata column.
    """

    def __init__(self, store: SessionStore, refresh_view: Callable[[], None], refresh_slices: Callable[[], None]) -> None:
        self._store = store
        self._refresh_view = refresh_view
        self._refresh_slices = refresh_slices
        self._history: list[tuple[Query, str]] = []
        self._arrived: tuple[tuple[str, ChipKey], ...] = ()
        self._followed: tuple[Query, RunFacts | None, TagColumns | None, bool] | None = None

    def catalog(self) -> ColumnCatalog | None:
        """Return the columns that an expression may name, or None without data."""
        state = self._store.state
        if state.facts is None:
            return None
        # What became of rows is computed when it is asked for: here it only matters that it can be asked.
        with_fates = state.compared >= 0 and state.evaluation is not None
        fates = unknown_fates(len(state.evaluation.outcomes)) if with_fates and state.evaluation is not None else None
        return ColumnCatalog(state.facts, state.evaluation, state.tag_columns, fates)

    def chips(self) -> list[tuple[str, ChipKey]]:
        """Return the active restrictions, the newest last: text for people and the key to take each off."""
        state = self._store.state
        if state.dataset is None:
            return []
        place_of = {chip: place for place, chip in enumerate(self._arrived)}
        return sorted(state.query.chips(state.dataset), key=lambda chip: place_of.get(chip, len(place_of)))

    def chips_of_rows(self) -> list[str]:
        """Return the active restrictions that choose rows and leave the images alone, the newest last, as text for people."""
        state = self._store.state
        if state.facts is None:
            return []
        kept = images_only(state.query, ColumnCatalog(state.facts, tags=state.tag_columns))
        return [text for text, key in self.chips() if key.field != "expressions" or key.value not in kept]

    def figures_follow(self) -> bool:
        """Whether figures of the classes and images asked for are those of the rows shown: nothing else restricts the rows."""
        state = self._store.state
        asked = (state.query, state.facts, state.tag_columns)
        if self._followed is None or any(one is not other for one, other in zip(asked, self._followed, strict=False)):
            # Several panels ask at every step of a slider, which changes none of it.
            self._followed = (*asked, self._figures_follow())
        return self._followed[-1]

    def _figures_follow(self) -> bool:
        state = self._store.state
        query = state.query
        if query.confusion_cell is not None or query.image_rows is not None or query.text or query.review != "any":
            return False
        if state.facts is None or not query.expressions:
            return True
        return images_only(query, ColumnCatalog(state.facts, tags=state.tag_columns)) == query.expressions

    def toggle_kind(self, kind: OutcomeKind) -> None:
        """Show only errors of ``kind`` too, or not any more."""
        self._ask(self._store.state.query.toggled_kind(kind))

    def toggle_class(self, class_row: int, *, extend: bool = False) -> None:
        """Show only class ``class_row``; with ``extend``, besides those shown; again to take it off."""
        query = self._store.state.query
        if extend:
            self._ask(query.toggled_class(class_row))
            return
        alone = frozenset({class_row})
        self._ask(replace(query, class_rows=frozenset() if query.class_rows == alone else alone))

    def set_cell(self, cell: tuple[int, int] | None) -> None:
        """Show what stands in a cell of the confusion matrix; the same cell again takes it off."""
        new = None if cell == self._store.state.query.confusion_cell else cell
        self._ask(replace(self._store.state.query, confusion_cell=new))

    def add_expression(self, text: str) -> tuple[str, ...]:
        """Add a restriction in the filter language; return what is to be said of it, such as a value that nothing has.

        Raises
        ------
        ExpressionError
            If it does not parse or names an unknown column; nothing changes then.
        """
        catalog = self.catalog()
        if catalog is not None:
            check_expression(text, catalog)
        # Whoever typed it is told where it was typed.
        self._ask(self._store.state.query.with_expression(text), says_notes=False)
        return value_notes(text, catalog) if catalog is not None else ()

    def toggle_expression(self, text: str) -> None:
        """Add the restriction, or take it off where it is active.

        Raises
        ------
        ExpressionError
            As `add_expression`.
        """
        query, catalog = self._store.state.query, self.catalog()
        if text in query.expressions:
            self._ask(query.without(ChipKey("expressions", text)))
            return
        if catalog is not None:
            check_expression(text, catalog)
        self._ask(query.with_expression(text))

    def set_text(self, text: str) -> None:
        """Show only rows whose image or class name contains ``text``."""
        self._ask(replace(self._store.state.query, text=text))

    def show_image(self, image_row: int) -> None:
        """Show only what lies on one image."""
        self._ask(replace(self._store.state.query, image_rows=frozenset({image_row})))

    def show_all_of_image(self, image_row: int) -> None:
        """Show everything that lies on one image, true positives included, whatever was asked before."""
        query = self._store.state.query
        wanted = Query(sort=query.sort, descending=query.descending, show="all", image_rows=frozenset({image_row}))
        self._ask(wanted)

    def set_show(self, show: str) -> None:
        """Show ``"failures"``, or ``"all"`` with the true positives."""
        self._ask(replace(self._store.state.query, show=show))

    def set_review(self, review: str) -> None:
        """Show ``"any"``, ``"tagged"`` or ``"untagged"`` rows."""
        self._ask(replace(self._store.state.query, review=review))

    def set_sort(self, sort: SortKey, *, descending: bool | None = None) -> None:
        """Order the rows by ``sort``; the direction stays unless given."""
        query = self._store.state.query
        self._ask(replace(query, sort=sort, descending=query.descending if descending is None else descending), remember=False)

    def set_descending(self, descending: bool) -> None:
        """Turn the order around."""
        self._ask(replace(self._store.state.query, descending=descending), remember=False)

    def remove_chip(self, key: ChipKey) -> None:
        """Take one restriction off."""
        self._ask(self._store.state.query.without(key))

    def take_last_off(self) -> None:
        """Take off the restriction that was shown last."""
        chips = self.chips()
        if chips:
            self.remove_chip(chips[-1][1])

    def clear(self) -> None:
        """Take all restrictions off; the order of rows stays."""
        query = self._store.state.query
        self._ask(Query(sort=query.sort, descending=query.descending))

    def back(self) -> None:
        """Ask again what was asked before."""
        if self._history:
            before = self._store.state.query
            self._commit(*self._history.pop())
            self._refresh_view()
            self._say_notes(before)

    def forget_history(self) -> None:
        """Begin anew: what was asked before names classes and images of other data."""
        self._history = []

    def ask(self, query: Query, *, of_slice: str | None = None) -> None:
        """Ask for exactly what ``query`` says; with ``of_slice``, a restriction of it, that slice comes into question."""
        self._ask(query, of_slice=of_slice)

    def ask_with_next_run(self, query: Query) -> None:
        """Ask for what ``query`` says of the run that is about to be shown: nothing changes in the list before."""
        self._remember()
        self._commit(query, self._store.state.slice_current)

    def set_slice_column(self, name: str) -> None:
        """Show the values of metadata column ``name`` by F1."""
        self._store.commit("query", slice_column=name, slices=())
        self._refresh_slices()

    def _ask(self, query: Query, *, remember: bool = True, of_slice: str | None = None, says_notes: bool = True) -> None:
        state = self._store.state
        is_new = query != state.query
        if is_new and remember:
            self._remember()
        self._commit(query if is_new else state.query, state.slice_current if of_slice is None else of_slice)
        if is_new:
            self._refresh_view()
            if says_notes:
                self._say_notes(state.query)

    def _say_notes(self, before: Query) -> None:
        """Say what is odd about restrictions that were not there ``before``, such as a value that nothing has."""
        new = [text for text in self._store.state.query.expressions if text not in before.expressions]
        catalog = self.catalog() if new else None
        if catalog is None:
            return
        notes = [note for text in new for note in value_notes(text, catalog)]
        if notes:
            self._store.commit("query", notice=Notice("; ".join(notes)))

    def _remember(self) -> None:
        state = self._store.state
        self._history = [*self._history[-_HISTORY:], (state.query, state.slice_current)]

    def _commit(self, query: Query, slice_current: str) -> None:
        """Change the query; a slice is in question as long as its filter is on."""
        dataset = self._store.state.dataset
        asked = query.chips(dataset) if dataset is not None else []
        before = self.chips()
        self._arrived = (*(chip for chip in before if chip in asked), *(chip for chip in asked if chip not in before))
        self._store.commit("query", query=query, slice_current=slice_current if slice_current in query.expressions else "")
