"""Verbs that write what is shown or tagged to disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import IntArray
from diag_gui.data.dataset import Source
from diag_gui.evaluation.query import Query
from diag_gui.formats.export import EXPORTERS, ExportRequest, ExportResult, FailureSelection, Pictures, export_subset
from diag_gui.formats.report_figures import settings_of
from diag_gui.session.comparing import FatesOf
from diag_gui.session.export_decisions import exported_decisions
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.slice_images import slice_image_rows
from diag_gui.session.state import Notice, SessionState
from diag_gui.session.store import SessionStore

FatesOfState = Callable[[SessionState], FatesOf | None]
"""Returns what says what the rows of the run shown were in others."""


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What the dialog asked for.

    Attributes
    ----------
    target : str
        Name of an exporter.
    folder : Path
        Where it goes.
    what : str
        ``"shown"`` or ``"chosen"`` rows, images of the ``"slice"`` in question, ``"tagged"`` or ``"all"`` images.
    tags : tuple of str
        With ``"tagged"``: any of these.
    pictures : Pictures
        Whether picture files go along.
    with_predictions : bool
        Whether the active run goes along.
    overwrite : bool
        Replace an earlier export.
    """

    target: str
    folder: Path
    what: str = "shown"
    tags: tuple[str, ...] = ()
    pictures: Pictures = Pictures.NONE
    with_predictions: bool = True
    overwrite: bool = False


class ExportVerbs:
    """Export of the images that the rows in question lie on.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    fates_of : callable
        Returns what says of a state what its rows were in all other runs; None where there is no other.
    """

    def __init__(self, store: SessionStore, jobs: Jobs, fates_of: FatesOfState) -> None:
        self._store = store
        self._jobs = jobs
        self._fates_of = fates_of

    def start(self, choice: ExportChoice) -> None:
        """Write in the background; the status bar says how far it is, and where it went.

        Several exports follow one another; a folder that is being written, or waits for it, is refused.
        """
        if self.is_writing(choice.folder):
            said = f"{choice.folder} is being written already: wait for it, or export to another folder"
            self._store.commit("export", notice=Notice(said, is_error=True))
            return
        state = self._store.state
        request = export_request(state, choice)
        fates_of = self._fates_of(state) if EXPORTERS[choice.target].needs_failures else None

        def write(context: JobContext) -> ExportResult:
            return export_subset(_with_fates(request, fates_of), context.progress, context.cancelled)

        self._jobs.submit(_key(choice.folder), write, self._say, label=f"Exporting to {choice.folder.name}", lane=Lane.BACKGROUND)

    def is_writing(self, folder: Path) -> bool:
        """Return whether an export to ``folder`` runs or waits."""
        return self._jobs.is_wanted(_key(folder))

    def image_rows(self, choice: ExportChoice) -> IntArray:
        """Return the images that ``choice`` would export."""
        return _image_rows(self._store.state, choice)

    def _say(self, result: ExportResult) -> None:
        counts = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in result.counts.items())
        details = "\n".join([str(result.folder), counts, *(f"not carried: {loss}" for loss in result.not_carried)])
        self._store.commit("export", notice=Notice(f"Exported {counts} to {result.folder}", details))


def _with_fates(request: ExportRequest, fates_of: FatesOf | None) -> ExportRequest:
    """Return the request with what became of its failures in the other runs that are open, as ``failures --compare`` says it."""
    chosen = request.failures
    if chosen is None or fates_of is None:
        return request
    return replace(request, failures=replace(chosen, fates=fates_of(chosen.facts, chosen.evaluation)))


def _key(folder: Path) -> str:
    """Return one key per folder, however it is written."""
    return f"export {os.path.realpath(folder)}"


def export_request(state: SessionState, choice: ExportChoice) -> ExportRequest:
    """Return what is to be written for ``choice`` in the present state.

    Parameters
    ----------
    state : SessionState
        With data.
    choice : ExportChoice
    """
    assert state.dataset is not None
    failures = None
    if EXPORTERS[choice.target].needs_run and state.facts is not None and state.evaluation is not None:
        failures = FailureSelection(state.facts, state.evaluation, _rows(state, choice))
    return ExportRequest(
        dataset=state.dataset,
        folder=choice.folder,
        target=choice.target,
        image_rows=_image_rows(state, choice),
        run=state.run if choice.with_predictions else None,
        failures=failures,
        decisions=exported_decisions(state.review, state.active) if state.review is not None else (),
        image_root=state.image_root,
        pictures=choice.pictures,
        overwrite=choice.overwrite,
        query={
            "what": choice.what,
            "tags": list(choice.tags),
            "filter": _said(state, state.query),
            **({"slice": state.slice_current} if choice.what == "slice" else {}),
            **({"compared_with": state.runs[state.compared].name} if failures is not None and state.compared >= 0 else {}),
        },
        settings=settings_of(state.evaluation.params if state.evaluation else state.params),
        inputs=_other_inputs(state),
    )


def _rows(state: SessionState, choice: ExportChoice) -> IntArray:
    """Return the outcome rows that ``choice`` names, in the order shown."""
    assert state.selection is not None
    assert state.evaluation is not None
    shown = state.selection.rows
    if choice.what == "chosen":
        return shown[np.isin(shown, np.fromiter(state.chosen, np.int64, len(state.chosen)))]
    if choice.what in ("tagged", "slice"):
        images = _image_rows(state, choice)
        return shown[np.isin(state.evaluation.outcomes.image_row(shown), images)]
    return shown


def _image_rows(state: SessionState, choice: ExportChoice) -> IntArray:
    assert state.dataset is not None
    if choice.what == "all":
        return np.arange(len(state.dataset.images), dtype=np.int32)
    if choice.what == "tagged":
        tagged = state.review.image_tags(with_objects=True) if state.review is not None else {}
        return np.array(
            sorted(row for row, names in tagged.items() if not choice.tags or set(names) & set(choice.tags)), np.int32
        )
    if choice.what == "slice":
        return slice_image_rows(state)
    if state.evaluation is None:
        return np.zeros(0, np.int32)
    return np.unique(state.evaluation.outcomes.image_row(_rows(state, choice))).astype(np.int32)


def _other_inputs(state: SessionState) -> tuple[Source, ...]:
    """Return what was read besides ground truth and runs: named in the manifest, and never replaced by the export."""
    assert state.dataset is not None
    known = {state.dataset.source.path, *(source.path for run in state.runs for source in run.sources)}
    read = {report.path: Source(report.path, report.format, report.sha256) for report in state.reports}
    if state.project.path is not None:
        read[state.project.path] = Source(state.project.path, "project", "")
    return tuple(source for path, source in read.items() if path not in known)


def _said(state: SessionState, query: Query) -> list[str]:
    return [text for text, _key in query.chips(state.dataset)] if state.dataset is not None else []
