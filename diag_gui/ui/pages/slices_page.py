"""The Slices page: where it fails more than elsewhere, how sure that is, and the failures there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.store import SessionStore
from diag_gui.ui.actions import Actions
from diag_gui.ui.folding_area import FoldingArea
from diag_gui.ui.panel_splitter import panel_splitter
from diag_gui.ui.panels.gallery_panel import GalleryPanel
from diag_gui.ui.panels.gallery_view import DEFAULT_PX
from diag_gui.ui.panels.runs_on_slice_panel import RunsOnSlicePanel
from diag_gui.ui.panels.slice_along_panel import SliceAlongPanel
from diag_gui.ui.panels.slice_classes_panel import SliceClassesPanel
from diag_gui.ui.panels.slice_curves_panel import SliceCurvesPanel
from diag_gui.ui.panels.slice_table_panel import SliceTablePanel
from diag_gui.ui.panels.slice_words_panel import SliceWordsPanel
from diag_gui.ui.theme import PANEL_GAP_PX

_STRIP_PX, _LOW_STRIP_PX, _LOW_THUMB_PX = 206, 168, 80
_WORDS_PX = 172
"""Height of the words about a slice, and of its buttons; more words than that are scrolled."""

_LOW_PX = 760
"""Height of the page below which the strip of failures is low, so that the table keeps its rows."""


class SlicesPage(QWidget):
    """The panels of the page. The slices are kept in step only while the page is seen."""

    failures_requested = Signal()
    """Emitted when the failures of the slice in question are wanted, large."""

    def __init__(self, store: SessionStore, controller: Controller, actions: Actions) -> None:
        super().__init__()
        self._controller = controller
        self.table = SliceTablePanel(
            store,
            controller,
            actions["slice-find"],
            [(actions["slice-add"], "+ Slice"), (actions["slices-write"], "Export")],
        )
        self.words = SliceWordsPanel(
            store,
            controller,
            [
                (actions["slice-show"], "Show failures ↵"),
                (actions["slice-tag"], "Tag images T"),
                (actions["slice-export"], "Export images X"),
                (actions["slice-save"], "Save slice S"),
            ],
            actions["slice-precision"],
        )
        self.classes = SliceClassesPanel(store, controller)
        self.along = SliceAlongPanel(store, controller)
        self.runs = RunsOnSlicePanel(store, controller)
        self.gallery = GalleryPanel(store, controller)
        self.table.opened.connect(self.failures_requested)
        self.gallery.large_requested.connect(self.failures_requested)

        left = panel_splitter(Qt.Orientation.Vertical, [self.table, self.words], [1, 0])
        left.setSizes([600, _WORDS_PX])
        self.below = FoldingArea([self.along, self.runs], Qt.Orientation.Horizontal, 560)
        self.curves = SliceCurvesPanel(store, controller)
        self.above = FoldingArea([self.classes, self.curves], Qt.Orientation.Horizontal, 1100)
        right = panel_splitter(Qt.Orientation.Vertical, [self.above, self.below], [1, 1])
        upper = panel_splitter(Qt.Orientation.Horizontal, [left, right], [1, 1])
        upper.setSizes([680, 620])
        self._whole = whole = panel_splitter(Qt.Orientation.Vertical, [upper, self.gallery], [1, 0])
        whole.setSizes([700, _STRIP_PX])
        self._is_low = False
        row = QHBoxLayout(self)
        row.setContentsMargins(PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX)
        row.addWidget(whole)
        self.setFocusProxy(self.table)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._controller.slices.watch(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_low = event.size().height() < _LOW_PX
        if is_low != self._is_low:
            self._is_low = is_low
            strip = _LOW_STRIP_PX if is_low else _STRIP_PX
            self.gallery.view.set_thumb_px(_LOW_THUMB_PX if is_low else DEFAULT_PX)
            # More than there is would be shared out, and the last line of the strip cut.
            room = event.size().height() - 2 * PANEL_GAP_PX - self._whole.handleWidth()
            self._whole.setSizes([room - strip, strip])

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._controller.slices.watch(False)
