"""Work on widgets that is too long for one turn of the event loop, done a step per turn."""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

T = TypeVar("T")


class InSteps(QObject, Generic[T]):
    """Runs a generator a step per turn of the event loop; whoever needs what it makes lets it `finish`.

    Parameters
    ----------
    steps : generator
        Returns what it makes.
    parent : QObject
    """

    def __init__(self, steps: Generator[None, None, T], parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._made: list[T] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)
        self._timer.start()

    def finish(self) -> T:
        """Do what is left and return what was made."""
        while not self._made:
            self._step()
        return self._made[0]

    def _step(self) -> None:
        try:
            next(self._steps)
        except StopIteration as end:
            self._timer.stop()
            self._made.append(end.value)
