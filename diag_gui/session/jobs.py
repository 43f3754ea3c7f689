"""Slow work off the interface's thread: lanes, one running and one waiting job per key, progress and cancel."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from diag_gui.session.state import JobStatus

SHOWN_AFTER_MS = 500
_PROGRESS_STEP_S = 0.1


class Lane(Enum):
    """Where a job runs. One thread each, so that neither makes another wait."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"
    LONG = "long"
    """What takes longer than anybody waits: others of the background go on beside it."""
    PICTURES = "pictures"
    """What goes through every picture of a dataset, for minutes."""
    STORE = "store"


_PATIENT = (Lane.BACKGROUND, Lane.LONG, Lane.PICTURES)


class Cancelled(Exception):
    """Raised inside a job that was asked to stop."""


class JobContext:
    """What a running job may use to report and to notice that it is not wanted any more."""

    def __init__(self, report: Callable[[float, str], None]) -> None:
        self._cancelled = threading.Event()
        self._report = report
        self._reported_at = 0.0
        self._fraction = math.nan

    def cancel(self) -> None:
        """Ask the job to stop at its next check."""
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Return whether the job should stop."""
        return self._cancelled.is_set()

    def progress(self, fraction: float) -> None:
        """Report the share done, 0..1; raises `Cancelled` when the job should stop."""
        if self._cancelled.is_set():
            raise Cancelled
        now = time.monotonic()
        if now - self._reported_at >= _PROGRESS_STEP_S or fraction >= 1.0:
            self._reported_at = now
            self._fraction = fraction
            self._report(fraction, "")

    def found(self, n_files: int) -> None:
        """Report how many files were found so far, of nobody knows how many; raises `Cancelled` as `progress` does."""
        if self._cancelled.is_set():
            raise Cancelled
        now = time.monotonic()
        if now - self._reported_at >= _PROGRESS_STEP_S:
            self._reported_at = now
            self._report(self._fraction, f"{n_files:,} files found")


@dataclass(slots=True, eq=False)
class _Job:
    key: str
    function: Callable[[JobContext], Any]
    on_done: Callable[[Any], None]
    on_failed: Callable[[Exception], None]
    is_current: Callable[[], bool]
    label: str
    lane: Lane
    number: int
    context: JobContext
    rest_ms: int
    started: float = math.inf
    fraction: float = math.nan
    detail: str = ""


class Jobs(QObject):
    """Runs functions over frozen facts in threads and hands their answers back on the interface's thread.

    Per key at most one job runs and one waits; a newer request replaces the waiting one. A finished answer is handed
    over if no newer one was handed over before and what it was computed from is still current: so a slow job under a
    moving slider shows intermediate answers rather than none.

    Parameters
    ----------
    on_failed : callable
        Receives (label, error) of jobs that name no handler of their own.
    """

    status_changed = Signal()
    idle = Signal()
    begun = Signal(str)
    """The key of a job that was handed to its lane."""

    _finished = Signal(object, object, object)
    _progressed = Signal(object, float, str)

    def __init__(self, on_failed: Callable[[str, Exception], None]) -> None:
        super().__init__()
        self._report_failure = on_failed
        self._executors = {
            lane: ThreadPoolExecutor(1, thread_name_prefix=lane.value, initializer=_lower_priority if lane in _PATIENT else None)
            for lane in Lane
        }
        self._running: dict[str, _Job] = {}
        self._waiting: dict[str, _Job] = {}
        self._shown: dict[str, int] = {}
        self._count = 0
        self._closed = False
        self._finished.connect(self._finish, Qt.ConnectionType.QueuedConnection)
        self._progressed.connect(self._note_progress, Qt.ConnectionType.QueuedConnection)

    def submit(
        self,
        key: str,
        function: Callable[[JobContext], Any],
        on_done: Callable[[Any], None],
        *,
        label: str = "",
        lane: Lane = Lane.INTERACTIVE,
        on_failed: Callable[[Exception], None] | None = None,
        is_current: Callable[[], bool] = lambda: True,
        replaces_running: bool = False,
        rest_ms: int = 0,
    ) -> None:
        """Run ``function`` in ``lane`` and call ``on_done`` with its answer on the interface's thread.

        Parameters
        ----------
        key : str
            Jobs of one key supersede each other.
        function : callable
            Takes a `JobContext`; works on frozen facts only.
        on_done, on_failed : callable
            Called on the interface's thread. A cancelled job calls neither.
        label : str
            Shown in the status bar after half a second; empty for work that is never shown.
        lane : Lane
            Where it runs.
        is_current : callable
            Asked when the answer is there; an answer to facts that are gone is dropped.
        replaces_running : bool
            Also ask the running job of this key to stop: for work whose half-way answer nobody wants.
        rest_ms : int
            In the background: begin only after so long, for work that would disturb a slider on its way and is cancelled by
            its next step.
        """
        if self._closed:
            return
        self._count += 1
        failed = on_failed or (lambda error: self._report_failure(label or key, error))
        job = _Job(key, function, on_done, failed, is_current, label, lane, self._count, JobContext(lambda _f, _d: None), rest_ms)
        job.context = JobContext(lambda fraction, detail: self._progressed.emit(job, fraction, detail))
        if key in self._running:
            self._waiting[key] = job
            if replaces_running:
                self._running[key].context.cancel()
        else:
            self._start(job)

    def cancel(self, key: str) -> None:
        """Ask the running job of ``key`` to stop and forget the waiting one."""
        self._waiting.pop(key, None)
        job = self._running.get(key)
        if job is not None:
            job.context.cancel()

    def statuses(self) -> tuple[JobStatus, ...]:
        """Return the labelled jobs that have run for half a second."""
        now = time.monotonic()
        due = [job for job in self._running.values() if job.label and (now - job.started) * 1000 >= SHOWN_AFTER_MS]
        return tuple(JobStatus(job.key, job.label, job.fraction, job.detail) for job in due)

    def is_wanted(self, key: str) -> bool:
        """Return whether a job of ``key`` runs or waits."""
        return key in self._running or key in self._waiting

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs or waits."""
        return not self._running and not self._waiting

    def close(self) -> None:
        """Stop taking jobs, ask the running ones to stop, wait for the store lane to finish its writes."""
        self._closed = True
        self._waiting.clear()
        for job in self._running.values():
            if job.lane is not Lane.STORE:
                job.context.cancel()
        for executor in self._executors.values():
            executor.shutdown(wait=True)

    def _start(self, job: _Job) -> None:
        self._running[job.key] = job
        self.begun.emit(job.key)
        job.started = time.monotonic()
        if job.lane in _PATIENT:
            # After what is waiting to be painted: until that is on the screen the thread of the interface has Python to itself.
            QTimer.singleShot(job.rest_ms, self, partial(self._hand_to_lane, job))
        else:
            self._hand_to_lane(job)
        if job.label:
            QTimer.singleShot(SHOWN_AFTER_MS + 20, self, self.status_changed.emit)

    def _hand_to_lane(self, job: _Job) -> None:
        if not self._closed:
            self._executors[job.lane].submit(self._run, job)

    def _run(self, job: _Job) -> None:
        answer: Any = None
        error: Exception | None = None
        try:
            if job.context.cancelled():
                raise Cancelled
            answer = job.function(job.context)
        except Exception as caught:  # the job runner: an executor would swallow it; `_finish` reports it
            error = caught
        self._finished.emit(job, answer, error)

    def _note_progress(self, job: _Job, fraction: float, detail: str) -> None:
        job.fraction, job.detail = fraction, detail
        self.status_changed.emit()

    def _finish(self, job: _Job, answer: Any, error: Exception | None) -> None:
        if self._running.get(job.key) is job:
            del self._running[job.key]
        waiting = self._waiting.pop(job.key, None)
        if waiting is not None and not self._closed:
            self._start(waiting)
        if not self._closed:
            self._hand_over(job, answer, error)
        self.status_changed.emit()
        if self.is_idle:
            self.idle.emit()

    def _hand_over(self, job: _Job, answer: Any, error: Exception | None) -> None:
        if isinstance(error, Cancelled) or job.context.cancelled():
            return
        if job.number < self._shown.get(job.key, 0) or not job.is_current():
            return
        self._shown[job.key] = job.number
        if error is not None:
            job.on_failed(error)
        else:
            job.on_done(answer)


def _lower_priority() -> None:
    """Let the interface's thread win where threads have priorities of their own (Linux)."""
    if hasattr(os, "setpriority") and os.uname().sysname == "Linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
