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
from diag_gui.ui.panels.slice_list import LOW_ROW_PX, ROW_PX
from diag_gui.ui.panels.slice_table_panel import SliceTablePanel
from diag_gui.ui.panels.slice_words_panel import SliceWordsPanel
from diag_gui.ui.theme import PANEL_GAP_PX

_STRIP_PX, _LOW_STRIP_PX, _LOW_THUMB_PX = 206, 152, 80
_WORDS_PX, _LOW_WORDS_PX, _NO_WORDS_PX = 152, 108, 48
"""Height of the words about a slice; more words than that are scrolled. Without a slice they are one line."""

_LOW_PX, _NARROW_PX = 760, 1360
"""Height of the page below which the strip of failures and the words are low, so that the table keeps its rows, and width below
which the table takes what its columns need."""

_TABLE_PX = 690
_NO_LIMIT_PX = (1 << 24) - 1
"""Qt's QWIDGETSIZE_MAX."""


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
                (actions["slice-show"], "Failures ↵"),
                (actions["slice-tag"], "Tag T"),
                (actions["slice-export"], "Export X"),
                (actions["slice-save"], "Save S"),
            ],
            actions["slice-precision"],
        )
        self.classes = SliceClassesPanel(store, controller)
        self.along = SliceAlongPanel(store, controller)
        self.runs = RunsOnSlicePanel(store, controller)
        self.gallery = GalleryPanel(store, controller)
        self.table.opened.connect(self.failures_requested)
        self.gallery.large_requested.connect(self.failures_requested)

        self._left = panel_splitter(Qt.Orientation.Vertical, [self.table, self.words], [1, 0])
        self._words_px = _WORDS_PX
        self._left.splitterMoved.connect(self._remember_words)
        self.words.folded.connect(self._fit_words)
        self.below = FoldingArea([self.along, self.runs], Qt.Orientation.Horizontal, 560)
        self.curves = SliceCurvesPanel(store, controller)
        self.above = FoldingArea([self.classes, self.curves], Qt.Orientation.Horizontal, 1100)
        right = panel_splitter(Qt.Orientation.Vertical, [self.above, self.below], [1, 1])
        self._upper = panel_splitter(Qt.Orientation.Horizontal, [self._left, right], [1, 1])
        self._upper.setSizes([680, 620])
        self._whole = whole = panel_splitter(Qt.Orientation.Vertical, [self._upper, self.gallery], [1, 0])
        whole.setSizes([700, _STRIP_PX])
        self._is_low, self._is_narrow = False, False
        self._fit_words()
        row = QHBoxLayout(self)
        row.setContentsMargins(PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX)
        row.addWidget(whole)
        self.setFocusProxy(self.table)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._controller.slices.watch(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_low, is_narrow = event.size().height() < _LOW_PX, event.size().width() < _NARROW_PX
        if is_low != self._is_low:
            self._is_low = is_low
            strip = _LOW_STRIP_PX if is_low else _STRIP_PX
            self.gallery.view.set_thumb_px(_LOW_THUMB_PX if is_low else DEFAULT_PX)
            self.table.list.set_row_px(LOW_ROW_PX if is_low else ROW_PX)
            # More than there is would be shared out, and the last line of the strip cut.
            room = event.size().height() - 2 * PANEL_GAP_PX - self._whole.handleWidth()
            self._whole.setSizes([room - strip, strip])
            self._words_px = _LOW_WORDS_PX if is_low else _WORDS_PX
            self._fit_words()
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            room = event.size().width() - 2 * PANEL_GAP_PX - self._upper.handleWidth()
            table = _TABLE_PX if is_narrow else room * 680 // 1300
            self._upper.setSizes([table, room - table])

    def _fit_words(self) -> None:
        """Give the words the room they had, or one line where there are none, and the table all the rest."""
        is_folded = self.words.is_folded
        self.words.setMinimumHeight(_NO_WORDS_PX if is_folded else _LOW_WORDS_PX)
        self.words.setMaximumHeight(_NO_WORDS_PX if is_folded else _NO_LIMIT_PX)
        room = self._left.height() - self._left.handleWidth()
        words = _NO_WORDS_PX if is_folded else self._words_px
        self._left.setSizes([room - words, words])

    def _remember_words(self) -> None:
        if not self.words.is_folded:
            self._words_px = self.words.height()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._controller.slices.watch(False)
