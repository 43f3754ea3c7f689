"""Python's cyclic garbage is collected on the interface's thread only.

A collection can start in any thread that allocates; where it then frees the last reference to a widget, Qt destroys that
widget outside its own thread and the process dies.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 500


class GarbageCollection(QObject):
    """Turns automatic collection off and collects from a timer instead, by the thresholds Python would use.

    Parameters
    ----------
    parent : QObject
        Lives as long as this.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(_INTERVAL_MS)

    def _collect(self) -> None:
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if thresholds[generation] and counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return
