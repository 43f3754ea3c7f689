"""What every panel is: a title, a figure at its right, a body, and a promise which changes it follows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.still_label import StillLabel
from diag_gui.ui.theme import PANEL_PADDING_PX

EVERYTHING = ~Change(0)


class Panel(QFrame):
    """A part of a page that reads the state and calls verbs; it knows no other panel and not the window.

    Subclasses set `watches` and `title`, fill ``self.body`` and implement `refresh`. A hidden panel is marked stale and
    refreshes when it is shown.

    Parameters
    ----------
    store : SessionStore
        Read, never written.
    controller : Controller
        Its verbs change the state.
    """

    watches: Change = Change(0)
    title: str = ""

    def __init__(self, store: SessionStore, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self.controller = controller
        self.setProperty("role", "panel")
        self._stale = EVERYTHING
        self._watched = self.watches.value
        self.outer = QVBoxLayout(self)
        self.outer.setContentsMargins(PANEL_PADDING_PX, 10, PANEL_PADDING_PX, 12)
        self.outer.setSpacing(8)
        self.title_label = StillLabel(self.title)
        self.title_label.setProperty("role", "title")
        self.figure_label = StillLabel()
        self.figure_label.setProperty("role", "secondary")
        self.figure_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.heading = QHBoxLayout()
        self.heading.setSpacing(8)
        self.heading.addWidget(self.title_label)
        self.heading.addStretch(1)
        self.heading.addWidget(self.figure_label)
        if self.title:
            self.outer.addLayout(self.heading)
        self.body = QVBoxLayout()
        self.body.setSpacing(6)
        self.outer.addLayout(self.body, 1)
        store.changed.connect(self._on_changed)

    def refresh(self, state: SessionState, change: Change) -> None:
        """Show ``state``; ``change`` says what is different since the last call."""
        raise TypeError(f"{type(self).__name__} shows nothing: it lacks refresh()")

    def restyle(self) -> None:
        """Take the colours of the current theme; the default repaints."""
        self.update()

    def _on_changed(self, change: Change, _origin: str) -> None:
        # As numbers: each panel of each page is asked at each step of a slider, and flags take ten times as long.
        if not change.value & self._watched:
            return
        relevant = change & self.watches
        if self.isVisible():
            pending, self._stale = self._stale | relevant, Change(0)
            self.refresh(self.store.state, pending)
        else:
            self._stale |= relevant

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            pending, self._stale = self._stale, Change(0)
            self.refresh(self.store.state, pending)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.restyle()
