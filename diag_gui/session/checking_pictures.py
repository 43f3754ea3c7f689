"""Pictures that cannot be read, on the list of problems: those met while looking at failures, and all of them when asked."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from diag_gui.data.arrays import BoolArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import FormatError
from diag_gui.formats import yolo
from diag_gui.formats.decode_worker import DecodeWorker
from diag_gui.formats.images import DecodeRequest, Picture
from diag_gui.formats.picture_stream import picture_files
from diag_gui.session.image_cache import MISSING, UNREADABLE_PREFIX, ImageCache, PictureFailure
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.problems import DROPPED, KEPT, Lines, ProblemKind, ProblemList
from diag_gui.session.state import Change, Notice
from diag_gui.session.store import SessionStore

CHECK_KEY = "check-pictures"
UNREADABLE, NOT_THERE = "picture-unreadable", "picture-missing"
"""Codes of ``validate --images``."""

_AHEAD = 4
_SHOWN_AFTER_MS = 300
_TOLD_EVERY_S = 0.1

_Failures = list[tuple[int, PictureFailure]]
_Met = Callable[["_Looked", _Failures], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """What the pictures are of: metadata that are joined make another dataset of the same images."""

    dataset: Dataset
    root: Path

    def is_of(self, dataset: Dataset, root: Path | None) -> bool:
        """Return whether the pictures of a dataset are these."""
        return dataset.images is self.dataset.images and root == self.root


@dataclass(frozen=True, slots=True, eq=False)
class _PictureLines(Lines):
    """What is said of pictures, written when it is looked at: of a whole folder it is too much to be written at every step."""

    names: Sequence[str]
    rows: LongArray
    found: Mapping[int, PictureFailure]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> str:
        row = int(self.rows[place])
        return f"{self.names[row]}: {self.found[row].reason.removeprefix(UNREADABLE_PREFIX)}"


class PictureCheckVerbs(QObject):
    """Checking pictures, and telling the list of problems of those that cannot be shown.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    images : ImageCache
        Tells of the pictures it could not show.
    """

    _met = Signal(object, object)

    def __init__(self, store: SessionStore, jobs: Jobs, images: ImageCache) -> None:
        super().__init__()
        self._store = store
        self._jobs = jobs
        self._images = images
        self._of: _Looked | None = None
        self._found: dict[int, PictureFailure] = {}
        self._is_in: dict[str, BoolArray] = {}
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
        if of is None or not of.is_of(problems.dataset, of.root):
            return replace(problems, kinds=others)
        told = {kind.kind for kind in others}
        kinds = [
            self._kind(of, problems.dataset, code, np.flatnonzero(self._is_in[state]))
            for code, state in ((UNREADABLE, "unreadable"), (NOT_THERE, "missing"))
            # That pictures are missing is said when the data are opened.
            if code not in told and state in self._is_in and self._is_in[state].any()
        ]
        n_dropped = sum(kind.verdict == DROPPED for kind in others)
        return replace(problems, kinds=(*others[:n_dropped], *kinds, *others[n_dropped:]))

    def _kind(self, of: _Looked, dataset: Dataset, code: str, rows: LongArray) -> ProblemKind:
        lines = _PictureLines(dataset.images.file_name, rows, self._found)
        return ProblemKind(of.root.name, code, KEPT, len(rows), rows, dataset, lines, is_of_pictures=True)

    def _looked_at(self) -> _Looked | None:
        """Return what is loaded, the same object as long as that is the same; forgets what was found of other pictures."""
        state, of = self._store.state, self._of
        if state.dataset is None or state.image_root is None:
            self._of, self._found, self._is_in = None, {}, {}
        elif of is None or not of.is_of(state.dataset, state.image_root):
            self._of, self._found, self._is_in = _Looked(state.dataset, state.image_root), {}, {}
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
            self._note(of, [(image_row, failure)])

    def _note(self, of: _Looked, failures: _Failures) -> None:
        if of is not self._looked_at():
            return
        new = [(row, failure) for row, failure in failures if self._found.get(row) != failure]
        for row, failure in new:
            for state, is_in in self._is_in.items():
                is_in[row] &= state == failure.state
            if failure.state not in self._is_in:
                self._is_in[failure.state] = np.zeros(len(of.dataset.images), np.bool_)
            self._is_in[failure.state][row] = True
            self._found[row] = failure
        if new and not self._soon.isActive():
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


def _check(of: _Looked, met: _Met, context: JobContext) -> int:
    """Tell of every picture that cannot be read; return how many those are."""
    files = picture_files(of.dataset, of.root)
    n_bad, told_at = 0, time.monotonic()
    untold: _Failures = []
    try:
        with DecodeWorker() as worker:
            for row, failure in _failures(of.dataset, files, worker):
                if failure is not None:
                    n_bad += 1
                    untold.append((row, failure))
                context.progress(row / max(len(files), 1))
                # Not picture by picture: of many that are missing each would wake the thread of the interface.
                if time.monotonic() - told_at >= _TOLD_EVERY_S:
                    told_at = time.monotonic()
                    met(of, untold)
                    untold = []
    finally:
        met(of, untold)
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
