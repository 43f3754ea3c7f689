"""Verbs that decide: tags, notes, "the label is fine", undo. A decision is on disk before the screen says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import IntArray
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.exceptions import StoreError
from diag_gui.formats.exif import FORMAT as EXIF_FORMAT
from diag_gui.formats.metadata import FORMAT as METADATA_FORMAT
from diag_gui.review.events import DEFAULT_TAGS
from diag_gui.review.locate import FoundProject, data_folder, find_projects
from diag_gui.review.reading_choices import ReadingChoices
from diag_gui.review.tag_columns import tag_columns
from diag_gui.session.held_decisions import HeldDecisions
from diag_gui.session.jobs import Jobs, Lane
from diag_gui.session.many_at_once import MANY, Question, Questions, about_fine, about_tag
from diag_gui.session.notices import notice_of
from diag_gui.session.review_desk import Desk, Gesture, ReviewDesk
from diag_gui.session.slice_history import with_difference
from diag_gui.session.state import Notice, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.session.taken_up import made_for_another, taken_up_notice
from diag_gui.session.unplaced_notice import UnplacedNotice

AsksAbout = Callable[[SessionState, Gesture], Question]
"""Says what is asked before so many are decided about."""


@dataclass(slots=True, eq=False)
class _Seat:
    """Stands for the desk of the data shown from the moment they are shown; its desk is made, used and closed in the store lane.

    Attributes
    ----------
    source : Path
        The ground truth.
    desk : ReviewDesk or None
        None until the lane has made it.
    """

    source: Path
    desk: ReviewDesk | None = None

    def taken(self) -> ReviewDesk:
        """Return the desk; raises `StoreError` where none could be made."""
        if self.desk is None:
            raise StoreError(self.source, "the project could not be opened, so nothing can be decided")
        return self.desk

    def close(self) -> None:
        """Close the project's file, if one is open."""
        if self.desk is not None:
            self.desk.close()


@dataclass(frozen=True, slots=True)
class _Opened:
    """What opening a desk found.

    Attributes
    ----------
    desk : Desk
    others : list of FoundProject
        Projects about some of the images that were not taken up.
    refused : StoreError or None
        Why the project that was to be taken up was not.
    taken_up : Notice or None
        What is said of a project that was made for another ground truth.
    """

    desk: Desk
    others: list[FoundProject]
    refused: StoreError | None
    taken_up: Notice | None


class ReviewVerbs:
    """Decisions about the failures chosen.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
        Its store lane does every write, one after the other.
    on_decided : callable
        Called after decisions changed, for filters that ask for them.
    is_changing : callable
        Whether other rows were asked for and are not there yet.
    """

    def __init__(
        self,
        store: SessionStore,
        jobs: Jobs,
        on_decided: Callable[[], None],
        is_changing: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._on_decided = on_decided
        self._seat: _Seat | None = None
        self._unplaced = UnplacedNotice(store)
        # Notes that were being written when their failure went out of sight, with what was chosen then.
        self._left: list[tuple[str, Gesture]] = []
        self._count = 0
        self._opening_key = ""
        self._slices_on_disk: tuple[SliceDefinition, ...] = ()
        self._n_made = 0
        self._questions = Questions(store)
        self._held = HeldDecisions(
            store,
            lambda: self._questions.is_open or is_changing() or self._filter_waits_for_a_write(),
            lambda: self._questions.is_open or self._is_writing(),
        )
        store.commit("review", project=replace(store.state.project, tag_names=DEFAULT_TAGS))

    def toggle_tag(self, name: str) -> None:
        """Tag everything chosen with ``name``; if all of it has the tag, take it off."""
        question = partial(about_tag, name=name)
        self._decide(lambda desk, gesture: desk.toggle_tag(gesture, name), f"Tagging “{name}”", question)

    def tag_by_key(self, key: int) -> None:
        """Toggle the tag on number key ``key``, 1 to 9."""
        names = self._store.state.project.tag_names
        if 1 <= key <= len(names):
            self.toggle_tag(names[key - 1])

    def toggle_tag_of_images(self, name: str, image_rows: IntArray) -> None:
        """Tag images with ``name``, whatever lies on them; if all have the tag, take it off."""
        evaluation = self._store.state.evaluation
        if evaluation is not None:
            gesture = Gesture((), evaluation.outcomes, self._store.state.active, image_rows=image_rows)
            self._held.behind(lambda: self._write(lambda desk: desk.toggle_tag(gesture, name), f"Tagging “{name}”"))

    def change_slices(self, before: tuple[SliceDefinition, ...], after: tuple[SliceDefinition, ...]) -> None:
        """Do to the slices in the project what leads from ``before`` to ``after``; others that are there stay.

        They are shown at once: what is asked next builds on them.
        """
        if self._seat is not None:
            project = self._store.state.project
            wished = with_difference(project.saved_slices, before, after)
            self._store.commit("review", project=replace(project, saved_slices=wished))
            self._write(lambda desk: desk.change_slices(before, after), "Saving slices")

    def toggle_fine(self) -> None:
        """Say that the label is right and the model wrong, for everything chosen; again to take it back."""
        self._decide(lambda desk, gesture: desk.toggle_fine(gesture), "Saying that the label is fine", about_fine)

    def set_note(self, text: str) -> None:
        """Write a note to everything chosen; empty text takes it away."""
        gesture = _gesture(self._store.state)
        if gesture is not None:
            # Of the rows it was written for, whatever has become of the list since, and unasked: text is never dropped.
            self._write(partial(_noted, text=text, gesture=gesture), "Writing a note")

    def leave_note(self, text: str, then: SessionState) -> None:
        """Remember a note that was being written when ``then`` ceased to be the state; nothing is announced yet.

        Notes
        -----
        A panel learns that its failure went out of sight while a change is announced, when it may not cause another;
        `write_left_notes` follows. Where other data are opened in between, the note goes to the data it is about.
        """
        gesture = _gesture(then)
        if gesture is not None:
            self._left.append((text, gesture))

    def write_left_notes(self) -> None:
        """Write what `leave_note` remembered, each to its own rows."""
        left, self._left = self._left, []
        for text, gesture in left:
            self._write(partial(_noted, text=text, gesture=gesture), "Writing a note")

    def set_tags_images(self, tags_images: bool) -> None:
        """Let decisions be about the whole image instead of the box."""
        self._store.commit("review", tags_images=tags_images)

    def undo(self, instead: Callable[[], bool] = lambda: False) -> None:
        """Take back my latest decision, also one of an earlier session; not where ``instead`` takes something else back."""
        self.in_turn(lambda: None if instead() else self._write(ReviewDesk.undo, "Undo"))

    def redo(self, instead: Callable[[], bool] = lambda: False) -> None:
        """Bring back the decision I undid last; not where ``instead`` brings something else back."""
        self.in_turn(lambda: None if instead() else self._write(ReviewDesk.redo, "Redo"))

    def in_turn(self, act: Callable[[], None]) -> None:
        """Do what has its place in one order with decisions: once those before it are written."""
        self._held.in_turn(act)

    def answer(self, yes: bool) -> None:
        """Answer the question that stands: whether so many are decided about."""
        self._questions.answer(yes)
        self._held.release()

    def release(self) -> None:
        """Act on decisions that waited for the rows they are about, once these are there."""
        self._held.release()

    def set_tag_names(self, names: tuple[str, ...]) -> None:
        """Name the tags on the keys 1 to 9."""
        self._write(lambda desk: desk.set_tag_names(names), "Naming the tags")

    def is_decided(self, row: int) -> bool:
        """Return whether an outcome row carries a tag or a verdict."""
        state = self._store.state
        if state.review is None or state.evaluation is None:
            return False
        return row in self.decided_rows()

    def decided_rows(self) -> IntArray:
        """Return the outcome rows that carry a tag or a verdict, ascending."""
        state = self._store.state
        if state.review is None or state.evaluation is None:
            return np.zeros(0, np.int32)
        return state.review.marked_outcome_rows(state.evaluation.outcomes, state.active)

    def open_desk(self, path: Path | None) -> None:
        """Begin deciding about the loaded data: with the project ``path``, else with the one that lies beside it, if any."""
        state = self._store.state
        if state.dataset is None:
            return
        dataset, runs, root, names, params = state.dataset, state.runs, state.image_root, state.project.tag_names, state.params
        metadata, choices = _metadata_files(state), _choices(state)
        self._close_desk()
        self._held.forget()
        self._questions.answer(False)
        seat = self._seat = _Seat(dataset.source.path)
        self._slices_on_disk, self._n_made = (), 0
        self._unplaced.forget()

        def open_it() -> _Opened:
            found = find_projects(dataset, dataset.source.path) if path is None else []
            chosen = path or next((one.path for one in found if _is_the_own(one)), None)
            refused, made_for = None, None
            try:
                made_for = made_for_another(chosen, dataset) if chosen is not None and path is None else None
                seat.desk = ReviewDesk(dataset, runs, root, chosen, names, params, metadata, choices)
            except StoreError as error:
                refused = error
                seat.desk = ReviewDesk(dataset, runs, root, None, names, params, metadata, choices)
            desk = seat.desk.desk()
            taken_up = taken_up_notice(desk, made_for, dataset) if made_for is not None and refused is None else None
            return _Opened(desk, [one for one in found if one.path != chosen], refused, taken_up)

        self._count += 1
        self._opening_key = f"desk-{self._count}"
        self._jobs.submit(
            # A key of its own and no label, so that nothing supersedes or cancels it: the decisions behind it need the desk.
            self._opening_key,
            lambda _context: open_it(),
            self._adopt_desk,
            lane=Lane.STORE,
            on_failed=self._without_desk,
            is_current=lambda: self._seat is seat,
        )

    def follow_data(self) -> None:
        """Lay the decisions onto runs or metadata that were added."""
        state = self._store.state
        if state.dataset is not None:
            dataset, runs, root = state.dataset, state.runs, state.image_root
            metadata, choices = _metadata_files(state), _choices(state)
            self._write(lambda desk: desk.follow(dataset, runs, root, metadata, choices), "Finding decisions again")

    def close(self) -> None:
        """Close the project after the last write."""
        self._close_desk()

    def _close_desk(self) -> None:
        seat, self._seat = self._seat, None
        left, self._left = self._left, []
        if seat is None:
            return

        def close_it() -> None:
            try:
                for text, gesture in left:
                    seat.taken().set_note(gesture, text)
            finally:
                seat.close()

        self._count += 1
        self._jobs.submit(f"close-{self._count}", lambda _context: close_it(), lambda _nothing: None, lane=Lane.STORE)

    def _without_desk(self, error: Exception) -> None:
        self._store.commit("review", notice=notice_of("Opening the project", error))

    def _adopt_desk(self, opened: _Opened) -> None:
        self._show(opened.desk, finished=0)
        if opened.refused is not None:
            # Decisions go into a new project; the one that is refused stays as it is.
            self._store.commit("review", notice=notice_of("Opening the project", opened.refused))
        elif opened.taken_up is not None:
            self._store.commit("review", notice=opened.taken_up)
        elif opened.others and not opened.desk.review.unattached:
            best = opened.others[0]
            said = (
                f"{best.path.name} holds decisions about {best.n_shared:,} of these images: File → Open a project ({best.path})"
            )
            self._store.commit("review", notice=Notice(said, details=str(best.path)))

    def _decide(self, work: Callable[[ReviewDesk, Gesture], Desk], label: str, question: AsksAbout) -> None:
        gesture = _gesture(self._store.state)
        if gesture is None or self._questions.is_open:
            return

        def act(about: Gesture) -> None:
            self._ask_or_write(lambda desk: work(desk, about), label, about, question)

        self._held.decide(gesture, act)

    def _ask_or_write(self, work: Callable[[ReviewDesk], Desk], label: str, gesture: Gesture, question: AsksAbout) -> None:
        if len(gesture.rows) < MANY:
            self._write(work, label)
        else:
            self._questions.ask(question(self._store.state, gesture), lambda: self._write(work, label))

    def _filter_waits_for_a_write(self) -> bool:
        """Return whether a decision is on its way that may take rows out of sight."""
        state = self._store.state
        return state.project.n_unsaved > 0 and state.query.asks_for_decisions

    def _is_writing(self) -> bool:
        """Return whether it is not known yet which decision was the last one."""
        return self._store.state.project.n_unsaved > 0 or self._jobs.is_wanted(self._opening_key)

    def _write(self, work: Callable[[ReviewDesk], Desk], label: str) -> None:
        seat = self._seat
        if seat is None:
            return
        self._count += 1
        project = self._store.state.project
        self._store.commit("review", project=replace(project, n_unsaved=project.n_unsaved + 1))
        self._jobs.submit(
            # A key of its own and no label: no decision is superseded by a later one or cancelled in the status bar.
            f"decision-{self._count}",
            lambda _context: work(seat.taken()),
            lambda result: self._written(seat, result),
            lane=Lane.STORE,
            on_failed=lambda error: self._failed(seat, label, error),
        )

    def _written(self, seat: _Seat, result: Desk) -> None:
        # A decision about data that are not shown any more is kept all the same; there is nothing to show of it.
        if seat is self._seat:
            self._show(result, finished=1)

    def _failed(self, seat: _Seat, label: str, error: Exception) -> None:
        project = self._store.state.project
        if seat is self._seat:
            n_unsaved = project.n_unsaved - 1
            slices = project.saved_slices if n_unsaved else self._slices_on_disk
            project = replace(project, n_unsaved=n_unsaved, saved_slices=slices)
        self._store.commit("review", project=project, notice=notice_of(label, error))
        self._on_decided()

    def _show(self, desk: Desk, *, finished: int) -> None:
        state = self._store.state
        n_unsaved = max(0, state.project.n_unsaved - finished)
        self._slices_on_disk = desk.slices
        project = replace(
            state.project,
            path=desk.path,
            tag_names=desk.tag_names,
            undo=desk.undo,
            redo=desk.redo,
            # What is on its way to the file is shown already.
            saved_slices=state.project.saved_slices if n_unsaved else desk.slices,
            decision=desk.decision,
            n_unsaved=n_unsaved,
        )
        history = state.slice_history
        if desk.n_made != self._n_made:
            self._n_made, history = desk.n_made, history.after_decision()
        tags = tag_columns(desk.review, state.active)
        self._store.commit("review", review=desk.review, tag_columns=tags, project=project, slice_history=history)
        self._unplaced.follow(desk.review)
        self._on_decided()


def _gesture(state: SessionState) -> Gesture | None:
    """Return what a decision made in ``state`` is about; None where nothing is chosen."""
    if state.evaluation is None or not state.chosen:
        return None
    return Gesture(tuple(sorted(state.chosen)), state.evaluation.outcomes, state.active, state.tags_images)


def _noted(desk: ReviewDesk, text: str, gesture: Gesture) -> Desk:
    return desk.set_note(gesture, text)


def _metadata_files(state: SessionState) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(report.path for report in state.reports if report.format == METADATA_FORMAT))


def _choices(state: SessionState) -> ReadingChoices:
    return ReadingChoices(any(report.format == EXIF_FORMAT for report in state.reports), *state.columns_chosen)


def _is_the_own(project: FoundProject) -> bool:
    """Return whether a project that was found is the one that data brings, and not one that is only offered.

    It lies beside the ground truth; or, where nothing can be written there, the program put it into its own folder, and it
    is about all of the images and no others.
    """
    if project.is_beside:
        return True
    return project.path.is_relative_to(data_folder().absolute()) and project.n_shared == project.n_images
