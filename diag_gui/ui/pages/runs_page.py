"""The Runs page: all open runs side by side, below them what became of objects and which classes gained or lost."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.state import Change
from diag_gui.session.store import SessionStore
from diag_gui.ui.panels.class_change_panel import ClassChangePanel
from diag_gui.ui.panels.fate_panel import FatePanel
from diag_gui.ui.panels.runs_panel import OneRunPanel, RunsPanel
from diag_gui.ui.theme import PANEL_GAP_PX


class RunsPage(QWidget):
    """The panels of the page; figures of all runs are computed while it is looked at.

    Attributes
    ----------
    listed : Signal
        Emitted when objects were asked for, which stand on the Failures page.

    Parameters
    ----------
    store : SessionStore
    controller : Controller
    add_run : QAction
        Asks for predictions to add.
    """

    listed = Signal()

    def __init__(self, store: SessionStore, controller: Controller, add_run: QAction) -> None:
        super().__init__()
        self._store = store
        self._controller = controller
        self.add = QPushButton(f"{add_run.text()}   {add_run.shortcut().toString()}")
        self.add.setProperty("role", "primary")
        self.add.clicked.connect(add_run.trigger)
        self.one_run = OneRunPanel(store, controller, self.add)
        self.runs = RunsPanel(store, controller)
        self.fates = FatePanel(store, controller)
        self.classes = ClassChangePanel(store, controller)
        self.fates.listed.connect(self.listed)

        below = QSplitter(Qt.Orientation.Horizontal)
        below.setHandleWidth(PANEL_GAP_PX)
        below.setChildrenCollapsible(False)
        below.addWidget(self.fates)
        below.addWidget(self.classes)
        below.setSizes([560, 640])
        several = QWidget()
        column = QVBoxLayout(several)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(PANEL_GAP_PX)
        column.addWidget(self.runs)
        column.addWidget(below, 1)
        self._several = several
        self._faces = QStackedWidget()
        self._faces.addWidget(self.one_run)
        self._faces.addWidget(several)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX)
        outer.addWidget(self._faces)
        store.changed.connect(self._on_changed)
        self._choose_face()

    def _on_changed(self, change: Change, _origin: str) -> None:
        if change & Change.DATA:
            self._choose_face()

    def _choose_face(self) -> None:
        has_several = len(self._store.state.runs) > 1
        self._faces.setCurrentWidget(self._several if has_several else self.one_run)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._controller.compare.look(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._controller.compare.look(False)
