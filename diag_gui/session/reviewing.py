"""Verbs that decide: tags, notes, "the label is fine", undo. A decision is on disk before the screen says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from diag_gui.evaluation.columns import TagColumns
from diag_gui.review.attach import ReviewState
from diag_gui.review.events import DEFAULT_TAGS, LABEL_IS_FINE
from diag_gui.review.locate import FoundProject, find_projects
from diag_gui.session.jobs import Jobs, Lane
from diag_gui.session.notices import notice_of
from diag_gui.session.review_desk import Desk, Gesture, ReviewDesk
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore


class ReviewVerbs:
    """Decisions about the failures chosen.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
        Its store lane does every write, one after the other.
    on_decided : callable
        Called after decisions changed, for filters that ask for them.
    """

    def __init__(self, store: SessionStore, jobs: Jobs, on_decided: Callable[[], None]) -> None:
        self._store = store
        self._jobs = jobs
        self._on_decided = on_decided
        self._desk: ReviewDesk | None = None
        self._tags_images = False
        self._count = 0
        store.commit("review", project=replace(store.state.project, tag_names=DEFAULT_TAGS))

    def toggle_tag(self, name: str) -> None:
        """Tag everything chosen with ``name``; if all of it has the tag, take it off."""
        self._decide(lambda desk, gesture: desk.toggle_tag(gesture, name), f"Tagging “{name}”")

    def tag_by_key(self, key: int) -> None:
        """Toggle the tag on number key ``key``, 1 to 9."""
        names = self._store.state.project.tag_names
        if 1 <= key <= len(names):
            self.toggle_tag(names[key - 1])

    def toggle_fine(self) -> None:
        """Say that the label is right and the model wrong, for everything chosen; again to take it back."""
        self._decide(lambda desk, gesture: desk.toggle_fine(gesture), "Saying that the label is fine")

    def set_note(self, text: str) -> None:
        """Write a note to everything chosen; empty text takes it away."""
        self._decide(lambda desk, gesture: desk.set_note(gesture, text), "Writing a note")

    def set_tags_images(self, tags_images: bool) -> None:
        """Let decisions be about the whole image instead of the box."""
        self._tags_images = tags_images

    def undo(self) -> None:
        """Take back my latest decision, also one of an earlier session."""
        self._write(ReviewDesk.undo, "Undo")

    def redo(self) -> None:
        """Bring back the decision I undid last."""
        self._write(ReviewDesk.redo, "Redo")

    def set_tag_names(self, names: tuple[str, ...]) -> None:
        """Name the tags on the keys 1 to 9."""
        self._write(lambda desk: desk.set_tag_names(names), "Naming the tags")

    def is_decided(self, row: int) -> bool:
        """Return whether an outcome row carries a tag or a verdict."""
        state = self._store.state
        if state.review is None or state.evaluation is None:
            return False
        found = state.review.badges([row], state.evaluation.outcomes, state.active)[0]
        return found is not None and found.is_reviewed

    def open_desk(self, path: Path | None) -> None:
        """Begin deciding about the loaded data: with the project ``path``, else with the one that lies beside it, if any."""
        state = self._store.state
        if state.dataset is None:
            return
        dataset, runs, root, names, params = state.dataset, state.runs, state.image_root, state.project.tag_names, state.params
        self._close_desk()

        def open_it() -> tuple[ReviewDesk, Desk, list[FoundProject]]:
            found = find_projects(dataset, dataset.source.path) if path is None else []
            beside = next((one.path for one in found if one.is_beside), None)
            chosen = path or beside
            desk = ReviewDesk(dataset, runs, root, chosen, names, params)
            return desk, desk.desk(), [one for one in found if one.path != chosen]

        self._jobs.submit(
            "desk",
            lambda _context: open_it(),
            self._adopt_desk,
            label="Looking for a project",
            lane=Lane.STORE,
            on_failed=self._begin_without,
            is_current=lambda: self._store.state.dataset is dataset,
        )

    def follow_data(self) -> None:
        """Lay the decisions onto runs or metadata that were added."""
        state = self._store.state
        if state.dataset is not None:
            dataset, runs, root = state.dataset, state.runs, state.image_root
            self._write(lambda desk: desk.follow(dataset, runs, root), "Finding decisions again")

    def close(self) -> None:
        """Close the project after the last write."""
        self._close_desk()

    def _close_desk(self) -> None:
        desk, self._desk = self._desk, None
        if desk is not None:
            self._count += 1
            self._jobs.submit(f"close-{self._count}", lambda _context: desk.close(), lambda _nothing: None, lane=Lane.STORE)

    def _begin_without(self, error: Exception) -> None:
        """Say why the project could not be used; decisions then go into a new one."""
        state = self._store.state
        self._store.commit("review", notice=notice_of("Opening the project", error))
        if state.dataset is None:
            return
        self._desk = ReviewDesk(state.dataset, state.runs, state.image_root, None, state.project.tag_names, state.params)

    def _adopt_desk(self, opened: tuple[ReviewDesk, Desk, list[FoundProject]]) -> None:
        self._desk, desk, others = opened
        self._show(desk, finished=0)
        if others:
            best = others[0]
            said = (
                f"{best.path.name} holds decisions about {best.n_shared:,} of these images: File → Open a project ({best.path})"
            )
            self._store.commit("review", notice=Notice(said, details=str(best.path)))

    def _decide(self, work: Callable[[ReviewDesk, Gesture], Desk], label: str) -> None:
        state = self._store.state
        if state.evaluation is None or not state.chosen:
            return
        gesture = Gesture(tuple(sorted(state.chosen)), state.evaluation.outcomes, state.active, self._tags_images)
        self._write(lambda desk: work(desk, gesture), label)

    def _write(self, work: Callable[[ReviewDesk], Desk], label: str) -> None:
        if self._desk is None:
            return
        self._count += 1
        project = self._store.state.project
        self._store.commit("review", project=replace(project, n_unsaved=project.n_unsaved + 1))
        desk = self._desk
        self._jobs.submit(
            # A key of its own: no decision is ever superseded by a later one.
            f"decision-{self._count}",
            lambda _context: work(desk),
            lambda result: self._show(result, finished=1),
            label=label,
            lane=Lane.STORE,
            on_failed=lambda error: self._failed(label, error),
        )

    def _failed(self, label: str, error: Exception) -> None:
        project = self._store.state.project
        self._store.commit("review", project=replace(project, n_unsaved=project.n_unsaved - 1), notice=notice_of(label, error))

    def _show(self, desk: Desk, *, finished: int) -> None:
        state = self._store.state
        project = replace(
            state.project,
            path=desk.path,
            tag_names=desk.tag_names,
            undo=desk.undo,
            redo=desk.redo,
            n_unsaved=max(0, state.project.n_unsaved - finished),
        )
        self._store.commit("review", review=desk.review, tag_columns=tag_columns(desk.review, state.active), project=project)
        self._on_decided()


def tag_columns(review: ReviewState, active: int) -> TagColumns:
    """Return decisions as the columns that filters read; "label is fine" counts as a tag there.

    Parameters
    ----------
    review : ReviewState
    active : int
        Index of the run whose predictions are shown.
    """
    return TagColumns(
        image={row: _words(decision.tag_names, decision.verdict) for row, decision in review.images.items()},
        gt={row: _words(decision.tag_names, decision.verdict) for row, decision in review.ground_truth.items()},
        pred={
            row: _words(decision.tag_names, decision.verdict)
            for (run_index, row), decision in review.predictions.items()
            if run_index == active
        },
    )


def _words(tags: frozenset[str], verdict: str | None) -> frozenset[str]:
    return tags | {LABEL_IS_FINE} if verdict == LABEL_IS_FINE else tags
