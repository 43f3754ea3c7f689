"""A timer that notices when the interface's thread does not get its turn."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer

from tests.work import thread_cpu, yardstick


class Heartbeat(QObject):
    """Beats every few milliseconds; tells what the interface's thread did at most between two beats.

    What it does is its processor time, in units of a work that is known: how long it lasts depends on what else the machine
    has to do. What it waits for would take no processor time, so waiting for an answer is noted by itself.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.unit = yardstick()
        self.most_work = 0.0
        self.n_waited = 0
        self.n_beats = 0
        self._last = thread_cpu()
        self._watch_waiting(patch)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(5)

    def reset(self) -> None:
        """Begin to measure anew."""
        self.most_work, self.n_waited = 0.0, 0
        self._last = thread_cpu()

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now = thread_cpu()
        self.most_work = max(self.most_work, (now - self._last) / self.unit)
        self._last = now
        self.n_beats += 1

    def _watch_waiting(self, patch: pytest.MonkeyPatch) -> None:
        interface, result = threading.current_thread(), Future.result

        def watched(future: Future[Any], timeout: float | None = None) -> Any:
            self.n_waited += threading.current_thread() is interface and not future.done()
            return result(future, timeout)

        patch.setattr(Future, "result", watched)
