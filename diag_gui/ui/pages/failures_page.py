"""The Failures page: classes and slices at the left, failures in the middle, the one in question at the right."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.store import SessionStore
from diag_gui.ui.folding_area import FoldingArea
from diag_gui.ui.panel_splitter import panel_splitter
from diag_gui.ui.panels.class_panel import ClassPanel
from diag_gui.ui.panels.confusion_panel import ConfusionPanel
from diag_gui.ui.panels.error_chips import ErrorChips
from diag_gui.ui.panels.gallery_panel import GalleryPanel
from diag_gui.ui.panels.precision_recall_panel import PrecisionRecallPanel
from diag_gui.ui.panels.reliability_panel import ReliabilityPanel
from diag_gui.ui.panels.review_panel import ReviewPanel
from diag_gui.ui.panels.slice_panel import SlicePanel
from diag_gui.ui.panels.viewer_panel import ViewerPanel
from diag_gui.ui.theme import PANEL_GAP_PX

_REVIEW_BESIDE_PX = 380
"""Width of the decisions beside the large viewer."""


@dataclass(frozen=True, slots=True)
class FailuresPanels:
    """The panels of the page."""

    classes: ClassPanel
    slices: SlicePanel
    chips: ErrorChips
    gallery: GalleryPanel
    curve: PrecisionRecallPanel
    reliability: ReliabilityPanel
    confusion: ConfusionPanel
    viewer: ViewerPanel
    review: ReviewPanel


def panels_in_steps(store: SessionStore, controller: Controller) -> Generator[None, None, FailuresPanels]:
    """Return the panels, made one at a time."""
    classes = ClassPanel(store, controller)
    yield
    slices = SlicePanel(store, controller)
    yield
    chips = ErrorChips(store, controller)
    yield
    gallery = GalleryPanel(store, controller)
    yield
    curve = PrecisionRecallPanel(store, controller)
    yield
    reliability = ReliabilityPanel(store, controller)
    yield
    confusion = ConfusionPanel(store, controller)
    yield
    viewer = ViewerPanel(store, controller)
    yield
    review = ReviewPanel(store, controller)
    yield
    return FailuresPanels(classes, slices, chips, gallery, curve, reliability, confusion, viewer, review)


class FailuresPage(QWidget):
    """The panels of the page and how they share the room."""

    def __init__(self, panels: FailuresPanels) -> None:
        super().__init__()
        self.classes = panels.classes
        self.slices = panels.slices
        self.chips = panels.chips
        self.gallery = panels.gallery
        self.curve = panels.curve
        self.reliability = panels.reliability
        self.confusion = panels.confusion
        self.viewer = panels.viewer
        self.review = panels.review

        self.chips.left.connect(self.gallery.setFocus)

        self.left = FoldingArea([self.classes, self.slices], Qt.Orientation.Vertical, 640)
        self.plots = FoldingArea([(self.curve, self.reliability), self.confusion], Qt.Orientation.Horizontal, 560)

        top = QWidget()
        top_column = QVBoxLayout(top)
        top_column.setContentsMargins(0, 0, 0, 0)
        top_column.setSpacing(PANEL_GAP_PX)
        top_column.addWidget(self.chips)
        top_column.addWidget(self.gallery, 1)
        self.middle = panel_splitter(Qt.Orientation.Vertical, [top, self.plots], [63, 37])
        self.right = panel_splitter(Qt.Orientation.Vertical, [self.viewer, self.review], [6, 4])
        self.columns = panel_splitter(Qt.Orientation.Horizontal, [self.left, self.middle, self.right], [0, 1, 0])
        self.left.setMinimumWidth(312)
        self.right.setMinimumWidth(348)
        self.columns.setSizes([352, 660, 420])

        row = QHBoxLayout(self)
        row.setContentsMargins(PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX)
        row.addWidget(self.columns)
        self._viewer_is_large = False
        self._shares: list[int] = []

    def toggle_viewer_large(self) -> None:
        """Give the viewer the whole page but for the decisions, or take it back."""
        self._viewer_is_large = not self._viewer_is_large
        for widget in (self.left, self.middle):
            widget.setVisible(not self._viewer_is_large)
        if self._viewer_is_large:
            self._shares = self.right.sizes()
            self.right.setOrientation(Qt.Orientation.Horizontal)
            self.right.setSizes([self.width() - _REVIEW_BESIDE_PX, _REVIEW_BESIDE_PX])
        else:
            self.right.setOrientation(Qt.Orientation.Vertical)
            self.right.setSizes(self._shares)
        self.viewer.setFocus()
        self.viewer.fit()

    @property
    def viewer_is_large(self) -> bool:
        """Whether the viewer has the whole page."""
        return self._viewer_is_large
