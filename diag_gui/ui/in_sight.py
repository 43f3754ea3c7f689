"""Whether the failure in question has been seen: a key decides about nothing that has not been on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from diag_gui.session.state import Change
from diag_gui.session.store import SessionStore

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow

MOVED_ITSELF = "The list changed under the key: nothing was decided about what nobody has seen yet"
ELSEWHERE = "Failures are decided about where they are seen: F5 shows them"


class InSight(QObject):
    """Watches what moves the failure in question, and what paints it.

    Parameters
    ----------
    store : SessionStore
    """

    def __init__(self, store: SessionStore) -> None:
        super().__init__()
        self._places: list[QWidget] = []
        self._moved_itself = False
        store.changed.connect(self._on_changed)

    def watch(self, *places: QWidget) -> None:
        """Take the painting of one of ``places`` as the failure's being seen."""
        for place in places:
            place.installEventFilter(self)
            self._places.append(place)

    def why_not(self) -> str:
        """Return why nothing can be decided now; empty where the failure in question is seen."""
        if not any(place.isVisible() for place in self._places):
            return ELSEWHERE
        return MOVED_ITSELF if self._moved_itself else ""

    def _on_changed(self, change: Change, origin: str) -> None:
        if change & Change.CURRENT:
            # A hand that moves on knows where it goes; a list that follows a slider or a filter puts anything there.
            self._moved_itself = origin != "selection"

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._moved_itself = False
        return False


def when_seen(window: MainWindow, decide: Callable[[], object]) -> Callable[[], None]:
    """Return a function that calls ``decide`` where the failure in question is seen, else says why not."""

    def call() -> None:
        why_not = window.in_sight.why_not()
        if why_not:
            window.controller.say(why_not)
        else:
            decide()

    return call
