"""Panels side by side where there is room, as tabs where there is not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QTabWidget, QVBoxLayout, QWidget

from diag_gui.ui.panel import Panel
from diag_gui.ui.theme import PANEL_GAP_PX


class FoldingArea(QWidget):
    """Several panels in a row or a column that fold into tabs below a size.

    Parameters
    ----------
    panels : sequence of Panel
        In order; their titles name the tabs.
    orientation : Qt.Orientation
        Of the row.
    unfold_at_px : int
        Extent along ``orientation`` from which all are shown at once.
    """

    def __init__(self, panels: list[Panel], orientation: Qt.Orientation, unfold_at_px: int) -> None:
        super().__init__()
        self._panels = panels
        self._orientation = orientation
        self._unfold_at_px = unfold_at_px
        self._folded: bool | None = None
        self._splitter = QSplitter(orientation)
        self._splitter.setHandleWidth(PANEL_GAP_PX)
        self._splitter.setChildrenCollapsible(False)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.tabBar().setDrawBase(False)
        row = QVBoxLayout(self) if orientation is Qt.Orientation.Vertical else QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._splitter)
        row.addWidget(self._tabs)
        self._fold(False)

    @property
    def is_folded(self) -> bool:
        """Whether the panels are tabs now."""
        return bool(self._folded)

    def show_panel(self, panel: Panel) -> None:
        """Bring the tab of ``panel`` to the front."""
        self._tabs.setCurrentWidget(panel)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        extent = event.size().height() if self._orientation is Qt.Orientation.Vertical else event.size().width()
        self._fold(extent < self._unfold_at_px)

    def _fold(self, folded: bool) -> None:
        if folded == self._folded:
            return
        self._folded = folded
        self._tabs.setVisible(folded)
        self._splitter.setVisible(not folded)
        for panel in self._panels:
            panel.title_label.setVisible(not folded)
            if folded:
                self._tabs.addTab(panel, panel.title)
            else:
                self._splitter.addWidget(panel)
                panel.show()
