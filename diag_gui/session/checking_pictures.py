"""Pictures that cannot be read, on the list of problems: those met while looking at failures, and all of them when asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import FormatError
from diag_gui.formats import yolo
from diag_gui.formats.decode_worker import DecodeWorker
from diag_gui.formats.images import DecodeRequest, Picture
from diag_gui.formats.picture_stream import picture_files
from diag_gui.session.image_cache import MISSING, UNREADABLE_PREFIX, ImageCache, PictureFailure
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.problems import DROPPED, KEPT, ProblemKind, ProblemList
from diag_gui.session.state import Change, Notice
from diag_gui.session.store import SessionStore

CHECK_KEY = "check-pictures"
UNREADABLE, NOT_THERE = "picture-unreadable", "picture-missing"
"""Codes of ``validate --images``."""

_AHEAD = 4
_SHOWN_AFTER_MS = 300

_Met = Callable[["_Looked", int, PictureFailure], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """What the pictures are of."""

    dataset: Dataset
    root: Path


class PictureCheckVerbs(QObject):
    """Checking pictures, and telling the list of problems of those that cannot be shown.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    images : ImageCache
        Tells of the pictures it could not show.
    """

    _met = Signal(object, int, object)

    def __init__(self, store: SessionStore, jobs: Jobs, images: ImageCache) -> None:
        super().__init__()
        self._store = store
        self._jobs = jobs
        self._images = images
        self._of: _Looked | None = None
        self._found: dict[int, PictureFailure] = {}
        # A folder of broken pictures is told of a few times a second, not once for each.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SHOWN_AFTER_MS)
        self._soon.timeout.connect(self._show)
        self._met.connect(self._note, Qt.ConnectionType.QueuedConnection)
        images.failed.connect(self._note_shown)
        store.changed.connect(self._follow)

    def start(self) -> None:
        """Send every picture through the decoder, in the background; those that cannot be read are listed as they are met."""
        of = self._looked_at()
        if of is None:
            if self._store.state.dataset is not None:
                said = "There are no pictures to check: File → Choose the image folder"
                self._store.commit("check", notice=Notice(said, is_error=True))
            return
        self._jobs.submit(
            CHECK_KEY,
            partial(_check, of, self._met.emit),
            partial(self._tell, of),
            label=f"Checking {len(of.dataset.images):,} pictures",
            lane=Lane.PICTURES,
            is_current=lambda: self._looked_at() is of,
            replaces_running=True,
        )

    def laid_onto(self, problems: ProblemList) -> ProblemList:
        """Return a list of problems with what is known of the pictures, instead of what was known of them before."""
        others = tuple(kind for kind in problems.kinds if not kind.is_of_pictures)
        of = self._looked_at()
        if of is None or of.dataset is not problems.dataset:
            return replace(problems, kinds=others)
        told = {kind.kind for kind in others}
        kinds = [
            _kind(of, code, rows, self._found)
            for code, state in ((UNREADABLE, "unreadable"), (NOT_THERE, "missing"))
            # That pictures are missing is said when the data are opened.
            if code not in told and (rows := sorted(row for row, failure in self._found.items() if failure.state == state))
        ]
        n_dropped = sum(kind.verdict == DROPPED for kind in others)
        return replace(problems, kinds=(*others[:n_dropped], *kinds, *others[n_dropped:]))

    def _looked_at(self) -> _Looked | None:
        """Return what is loaded, the same object as long as that is the same; forgets what was found of other pictures."""
        state, of = self._store.state, self._of
        if state.dataset is None or state.image_root is None:
            self._of, self._found = None, {}
        elif of is None or of.dataset is not state.dataset or of.root != state.image_root:
            self._of = _Looked(state.dataset, state.image_root)
            if of is None or of.dataset.images is not state.dataset.images or of.root != state.image_root:
                # Metadata that was joined makes another dataset of the same images: what is known of them stays.
                self._found = {}
        return self._of

    def _follow(self, change: Change, _origin: str = "") -> None:
        if change & (Change.DATA | Change.IMAGES):
            self._looked_at()
        if change & Change.PROBLEMS and self._found:
            self._soon.start()

    def _note_shown(self, image_row: int) -> None:
        of = self._looked_at()
        failure = self._images.failures().get(image_row)
        if of is not None and failure is not None:
            self._note(of, image_row, failure)

    def _note(self, of: _Looked, image_row: int, failure: PictureFailure) -> None:
        if of is self._looked_at() and self._found.get(image_row) != failure:
            self._found[image_row] = failure
            if not self._soon.isActive():
                self._soon.start()

    def _show(self) -> None:
        state = self._store.state
        problems = state.problems
        if problems is None or not problems.is_of(state):
            return
        shown = self.laid_onto(problems)
        if _lines(shown) != _lines(problems):
            self._store.commit("check", problems=shown)

    def _tell(self, of: _Looked, n_bad: int) -> None:
        n = len(of.dataset.images)
        said = f"All {n:,} pictures can be read" if not n_bad else f"{n_bad:,} of {n:,} pictures are missing or cannot be read"
        self._store.commit("check", notice=Notice(f"{said}{': see Problems' if n_bad else ''}"))
        self._show()


def _lines(problems: ProblemList) -> list[tuple[str, int]]:
    return [(kind.kind, kind.count) for kind in problems.kinds if kind.is_of_pictures]


def _kind(of: _Looked, code: str, rows: list[int], found: dict[int, PictureFailure]) -> ProblemKind:
    texts = tuple(f"{of.dataset.images.file_name[row]}: {found[row].reason.removeprefix(UNREADABLE_PREFIX)}" for row in rows)
    image_row = np.array(rows, np.int64)
    return ProblemKind(of.root.name, code, KEPT, len(rows), image_row, of.dataset, texts, is_of_pictures=True)


def _check(of: _Looked, met: _Met, context: JobContext) -> int:
    """Tell of every picture that cannot be read; return how many those are."""
    files = picture_files(of.dataset, of.root)
    n_bad = 0
    with DecodeWorker() as worker:
        for row, failure in _failures(of.dataset, files, worker):
            context.progress(row / max(len(files), 1))
            if failure is not None:
                n_bad += 1
                met(of, row, failure)
    return n_bad


def _failures(
    dataset: Dataset, files: Sequence[Path | None], worker: DecodeWorker
) -> Iterator[tuple[int, PictureFailure | None]]:
    """Yield the row of each image, and why there is no picture of it; None where there is."""
    upright = dataset.source.format in yolo.FORMATS
    pending: deque[tuple[int, Future[Picture]]] = deque()

    def answer() -> tuple[int, PictureFailure | None]:
        row, future = pending.popleft()
        error = future.exception()
        if error is None:
            return row, None
        return row, PictureFailure("unreadable", error.reason if isinstance(error, FormatError) else str(error))

    try:
        for row, path in enumerate(files):
            if path is None:
                yield row, PictureFailure("missing", MISSING)
                continue
            # The smallest result that still takes the whole file through the decoder.
            pending.append((row, worker.submit(DecodeRequest(path, size=(1, 1), upright=upright), priority=-row)))
            if len(pending) >= _AHEAD:
                yield answer()
        while pending:
            yield answer()
    finally:
        for _, future in pending:
            future.cancel()
