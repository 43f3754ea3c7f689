"""The Problems page: what is wrong or odd about the data, each line beside its image."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.store import SessionStore
from diag_gui.ui.panels.problem_panel import ProblemPanel
from diag_gui.ui.theme import PANEL_GAP_PX


class ProblemsPage(QWidget):
    """One panel that fills the page."""

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX)
        self.panel = ProblemPanel(store, controller)
        row.addWidget(self.panel)
        self.setFocusProxy(self.panel)
