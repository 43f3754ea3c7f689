"""Where decisions are made and kept: the project's file and the state that follows from it, used in the store lane only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import IntArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.outcomes import Outcomes
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.formats.slice_file import saved_slices, with_slices
from diag_gui.review import gestures
from diag_gui.review.attach import ReviewState, apply, attach
from diag_gui.review.decisions import fold
from diag_gui.review.events import LABEL_IS_FINE, Event, Operation, Verb, current_author, decide, instead_of, tag_label
from diag_gui.review.locate import default_project_path, image_digests, remember_project
from diag_gui.review.places import Resolver
from diag_gui.review.project import FileReference, Project
from diag_gui.review.reading_choices import AS_IT_COMES, ReadingChoices
from diag_gui.review.stand_ins import stand_ins_of, with_loaded_runs
from diag_gui.review.store import ReviewStore
from diag_gui.session.slice_history import with_difference


@dataclass(frozen=True, slots=True, eq=False)
class Gesture:
    """What was in front of the user when they decided.

    Attributes
    ----------
    rows : tuple of int
        Outcome rows chosen.
    outcomes : Outcomes
        At the thresholds shown.
    run_index : int
        The run shown.
    on_images : bool
        The decision is about the images the rows lie on.
    image_rows : ndarray of int32 or None
        The images themselves, where it is about images whatever lies on them; None otherwise.
    """

    rows: tuple[int, ...]
    outcomes: Outcomes
    run_index: int
    on_images: bool = False
    image_rows: IntArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What the window needs to know after a change.

    Attributes
    ----------
    review : ReviewState
    path : Path or None
        The project's file, None before the first decision.
    tag_names : tuple of str
    undo, redo : str
        What the menu offers, empty where there is nothing.
    slices : tuple of SliceDefinition
        Saved in the project.
    decision : str
        Identity of the decision that undo would take back; empty where there is none.
    n_made : int
        Decisions made at this desk; undo and redo are none.
    """

    review: ReviewState
    path: Path | None
    tag_names: tuple[str, ...]
    undo: str
    redo: str
    slices: tuple[SliceDefinition, ...] = ()
    decision: str = ""
    n_made: int = 0


class ReviewDesk:
    """Decisions about one dataset and its runs.

    Parameters
    ----------
    dataset : Dataset
    runs : tuple of Run
    image_root : Path or None
    path : Path or None
        An existing project to open; None makes one at the first decision.
    tag_names : tuple of str
        For a new project.
    params : EvaluationParams
        Thresholds to remember in a new project.
    metadata : tuple of Path
        Tables that were joined to the images, for the project to find again.
    choices : ReadingChoices
        How the data was read, for the project to read it so again.
    """

    def __init__(
        self,
        dataset: Dataset,
        runs: tuple[Run, ...],
        image_root: Path | None,
        path: Path | None,
        tag_names: tuple[str, ...],
        params: EvaluationParams,
        metadata: tuple[Path, ...] = (),
        choices: ReadingChoices = AS_IT_COMES,
    ) -> None:
        self._metadata, self._choices = metadata, choices
        self._dataset, self._runs, self._image_root, self._params = dataset, runs, image_root, params
        self._author = current_author()
        self._tag_names = tag_names
        self._store: ReviewStore | None = None
        self._seen = 0
        self._n_made = 0
        self._slices: tuple[SliceDefinition, ...] = ()
        if path is not None:
            self._store = ReviewStore.open(path)
            project = self._store.project()
            self._tag_names, self._slices = project.tag_set, saved_slices(project.saved_queries)
        self._resolver = self._resolver_of(None)
        self._review = self._reattached()

    def desk(self) -> Desk:
        """Return what stands now."""
        store = self._store
        undo = store.undo_label(self._author) if store else None
        redo = store.redo_label(self._author) if store else None
        decision = store.undo_id(self._author) if store else None
        path = store.path if store else None
        return Desk(self._review, path, self._tag_names, undo or "", redo or "", self._slices, decision or "", self._n_made)

    def toggle_tag(self, gesture: Gesture, name: str) -> Desk:
        """Put a tag on every object of the gesture; take it off if all have it."""
        events = gestures.toggle_tag(self._review, self._subjects(gesture), name)
        removed = bool(events) and events[0].verb is Verb.REMOVE_TAG
        about = [event.target for event in events if event.verb is not Verb.SET_VERDICT]
        denied = instead_of(event for event in events if event.verb is Verb.SET_VERDICT)
        return self._append(tag_label(name, about, removed=removed) + denied, events)

    def toggle_fine(self, gesture: Gesture) -> Desk:
        """Say that the labels are fine; take it back if that was said of all."""
        subjects = self._subjects(gesture)
        events = gestures.set_verdict(self._review, subjects, LABEL_IS_FINE)
        taken_back = not events
        if taken_back:
            events = gestures.set_verdict(self._review, subjects, None)
        n = len(subjects)
        noun = "1 label is" if n == 1 else f"{n:,} labels are"
        denied = instead_of(event for event in events if event.verb is Verb.REMOVE_TAG)
        return self._append(f"{'Take back' if taken_back else 'Say'} that {noun} fine{denied}", events)

    def set_note(self, gesture: Gesture, text: str) -> Desk:
        """Write a note to every object of the gesture; empty text takes it away."""
        events = gestures.set_note(self._review, self._subjects(gesture), text)
        n = len(events)
        return self._append(f"Note on {n:,} object{'s' if n != 1 else ''}", events)

    def undo(self) -> Desk:
        """Take back my latest decision."""
        return self._turn(lambda store: store.undo(self._author))

    def redo(self) -> Desk:
        """Bring back the decision I undid last."""
        return self._turn(lambda store: store.redo(self._author))

    def set_tag_names(self, names: tuple[str, ...]) -> Desk:
        """Name the tags on the keys 1 to 9."""
        self._tag_names = names
        if self._store is not None:
            self._store.change_project(lambda project: replace(project, tag_set=names))
        return self.desk()

    def change_slices(self, before: tuple[SliceDefinition, ...], after: tuple[SliceDefinition, ...]) -> Desk:
        """Do to the slices in the project, which is made now if there is none, what leads from ``before`` to ``after``."""

        def changed(old: Project) -> Project:
            slices = with_difference(saved_slices(old.saved_queries), before, after)
            return replace(old, saved_queries=with_slices(old.saved_queries, slices))

        project = self._opened().change_project(changed)
        self._slices = saved_slices(project.saved_queries)
        return self.desk()

    def follow(
        self,
        dataset: Dataset,
        runs: tuple[Run, ...],
        image_root: Path | None,
        metadata: tuple[Path, ...] = (),
        choices: ReadingChoices = AS_IT_COMES,
    ) -> Desk:
        """Lay the decisions onto further runs or metadata of the same images."""
        self._dataset, self._runs, self._image_root = dataset, runs, image_root
        self._metadata, self._choices = metadata, choices
        self._resolver = self._resolver_of(self._resolver)
        self._review = attach(self._review.decisions, dataset, runs, resolver=self._resolver)
        if self._store is not None:
            path = self._store.path
            self._store.change_project(lambda project: self._facts(path, project))
        return self.desk()

    def close(self) -> None:
        """Close the project's file; everything said to be kept is on disk already."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _subjects(self, gesture: Gesture) -> list[gestures.Subject]:
        if gesture.image_rows is not None:
            return gestures.subjects_of_images(self._review, self._resolver, gesture.image_rows)
        if gesture.on_images:
            images = np.unique(gesture.outcomes.image_row(np.asarray(gesture.rows, np.int64)))
            return gestures.subjects_of_images(self._review, self._resolver, images)
        return gestures.subjects_of_outcomes(self._review, self._resolver, gesture.outcomes, gesture.rows, gesture.run_index)

    def _append(self, label: str, events: list[Event]) -> Desk:
        if events:
            self._took(self._opened().append(decide(self._author, label, events)))
            self._n_made += 1
        return self.desk()

    def _turn(self, turn: Callable[[ReviewStore], Operation | None]) -> Desk:
        if self._store is not None:
            operation = turn(self._store)
            if operation is not None:
                self._took(operation)
        return self.desk()

    def _took(self, operation: Operation) -> None:
        """Bring the state up to ``operation``, with what others may have appended before it."""
        assert self._store is not None
        if operation.sequence == self._seen + 1:
            self._review = apply(self._review, [operation], self._resolver)
            self._seen = operation.sequence
        else:
            self._review = self._reattached()

    def _reattached(self) -> ReviewState:
        operations = self._store.operations() if self._store is not None else ()
        self._seen = max((operation.sequence for operation in operations), default=0)
        return attach(fold(operations), self._dataset, self._runs, resolver=self._resolver)

    def _resolver_of(self, earlier: Resolver | None) -> Resolver:
        known = {}
        if self._store is not None:
            known = stand_ins_of(self._store.project(), self._store.path, self._runs)
        return Resolver(self._dataset, self._runs, stand_ins=known, earlier=earlier)

    def _opened(self) -> ReviewStore:
        """Return the project's file, made now if this is the first decision."""
        if self._store is None:
            path = default_project_path(self._dataset.source.path)
            project = self._facts(path, Project(tag_set=self._tag_names))
            self._store = ReviewStore.create(path, project, images=image_digests(self._dataset))
            remember_project(path)
        return self._store

    def _facts(self, path: Path, project: Project) -> Project:
        source = self._dataset.source
        # What the project names already stays, also where it is not loaded now.
        project = with_loaded_runs(project, path, self._runs, [run.content_hash for run in self._resolver.runs])
        tables = tuple(FileReference.to(file, path) for file in self._metadata)
        return replace(
            project,
            dataset=FileReference.to(source.path, path, sha256=source.sha256, format=source.format),
            image_root=FileReference.to(self._image_root, path) if self._image_root is not None else None,
            metadata_files=tuple(dict.fromkeys((*project.metadata_files, *tables))),
            settings={
                **project.settings,
                **self._choices.settings,
                "iou": self._params.iou_threshold,
                "score": self._params.score_threshold,
            },
        )
