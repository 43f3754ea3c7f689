"""Panels side by side where there is room, as tabs where there is not; some share a place even then."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QTabWidget, QVBoxLayout, QWidget

from diag_gui.ui.panel import Panel
from diag_gui.ui.theme import PANEL_GAP_PX


class FoldingArea(QWidget):
    """Several panels in a row or a column that fold into tabs below a size.

    Parameters
    ----------
    panels : sequence of Panel or tuple of Panel
        In order; their titles name the tabs. Those of a tuple share one place of the row, as tabs of their own.
    orientation : Qt.Orientation
        Of the row.
    unfold_at_px : int
        Extent along ``orientation`` from which all are shown at once.
    """

    def __init__(self, panels: Sequence[Panel | tuple[Panel, ...]], orientation: Qt.Orientation, unfold_at_px: int) -> None:
        super().__init__()
        self._groups = [one if isinstance(one, tuple) else (one,) for one in panels]
        self._panels = [panel for group in self._groups for panel in group]
        self._orientation = orientation
        self._unfold_at_px = unfold_at_px
        self._folded: bool | None = None
        self._splitter = QSplitter(orientation)
        self._splitter.setHandleWidth(PANEL_GAP_PX)
        self._splitter.setChildrenCollapsible(False)
        self._tabs = _tabs()
        self._tabs_of_groups = [_tabs() if len(group) > 1 else None for group in self._groups]
        for shared in self._tabs_of_groups:
            if shared is not None:
                self._splitter.addWidget(shared)
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
        for tabs in (self._tabs, *self._tabs_of_groups):
            if tabs is not None and tabs.indexOf(panel) >= 0:
                tabs.setCurrentWidget(panel)

    def show_next(self) -> Panel:
        """Bring the panel after the one that the keys go to, or that stands in front, to the front; after the last the first."""
        focus = self.window().focusWidget()
        holders = [panel for panel in self._panels if focus is not None and panel.isAncestorOf(focus)]
        fronts = [panel for panel in self._panels if panel.isVisible()]
        here = (holders or fronts or self._panels)[0]
        panel = self._panels[(self._panels.index(here) + 1) % len(self._panels)]
        self.show_panel(panel)
        return panel

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
        for place, (group, shared) in enumerate(zip(self._groups, self._tabs_of_groups, strict=True)):
            for panel in group:
                tabs = self._tabs if folded else shared
                panel.title_label.setVisible(tabs is None)
                if tabs is not None:
                    tabs.addTab(panel, panel.title)
                else:
                    self._splitter.insertWidget(place, panel)
                    panel.show()
            if shared is not None:
                shared.setVisible(not folded)


def _tabs() -> QTabWidget:
    tabs = QTabWidget()
    tabs.setDocumentMode(True)
    tabs.tabBar().setDrawBase(False)
    return tabs
