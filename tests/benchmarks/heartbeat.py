"""A timer that notices when the interface's thread does not get its turn."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer


class Heartbeat(QObject):
    """Beats every few milliseconds; `longest_gap_ms` is how long the interface was busy at most."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_gap_ms = 0.0
        self.n_beats = 0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(5)

    def reset(self) -> None:
        """Begin to measure anew."""
        self.longest_gap_ms = 0.0
        self._last = time.perf_counter()

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest_gap_ms = max(self.longest_gap_ms, 1000 * (now - self._last))
        self._last = now
        self.n_beats += 1
