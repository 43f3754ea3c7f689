"""The gallery panel: how many failures, in which order, and the grid of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from diag_gui.evaluation.query import Query
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.models.failure_cells import FailureCells
from diag_gui.ui.models.review_marks import badges_of, image_badges_of
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.gallery_empty import EmptyGallery
from diag_gui.ui.panels.gallery_heading import GalleryHeading
from diag_gui.ui.panels.gallery_view import GalleryView
from diag_gui.ui.plain_text import figure, plural


class GalleryPanel(Panel):
    """Shows the selected outcome rows as pictures, in the order of the selection.

    Attributes
    ----------
    view : GalleryView
        The grid.
    controls : GalleryHeading
        Order, what is listed, size.
    """

    watches = Change.DATA | Change.EVALUATION | Change.QUERY | Change.SELECTION | Change.CURRENT | Change.REVIEW | Change.IMAGES
    title = "Failures"

    large_requested = Signal()
    """Emitted when someone wants to see the current failure large."""
    problems_requested = Signal()
    """Emitted when someone wants to see what was left out."""

    def __init__(self, store: SessionStore, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(store, controller, parent)
        self.view = GalleryView(controller, controller.images)
        self.view.large_requested.connect(self.large_requested)
        self._empty = EmptyGallery()
        self._empty.take_off_requested.connect(controller.query.take_last_off)
        self._empty.show_all_requested.connect(lambda: controller.query.set_show("all"))
        self._empty.problems_requested.connect(self.problems_requested)
        self.controls = GalleryHeading(controller)
        self.controls.size_changed.connect(self.view.set_thumb_px)
        self.heading.insertWidget(1, self.controls, 1)
        self.heading.setStretch(2, 0)
        self.figure_label.hide()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        self.body.addWidget(self._stack, 1)
        self.setFocusProxy(self.view)
        self._cells: FailureCells | None = None

    def n_columns(self) -> int:
        """Return the number of failures in a line of the grid: what ↑ and ↓ move by."""
        return self.view.cells.columns

    def step_line(self, lines: int) -> None:
        """Go to the failure ``lines`` lines further down."""
        self.view.step_line(lines)

    def choose_all(self) -> None:
        """Choose every failure that is shown."""
        self.view.choose_all()

    def refresh(self, state: SessionState, change: Change) -> None:
        """Show the selection, the current failure and the badges."""
        if change & (Change.DATA | Change.EVALUATION | Change.SELECTION | Change.IMAGES):
            self._show_rows(state)
        self.controls.show_query(state.query)
        self.view.delegate.badges_of = badges_of(state)
        self.view.delegate.image_badges_of = image_badges_of(state)
        self.view.show_state(state.current, state.chosen)

    def restyle(self) -> None:
        self.view.viewport().update()
        super().restyle()

    def _show_rows(self, state: SessionState) -> None:
        cells = self._cells_of(state)
        if cells is not None and state.selection is not None and len(state.selection.rows):
            self.view.cells.show(state.selection.rows, cells)
            self._stack.setCurrentWidget(self.view)
        else:
            self.view.cells.show(self.view.cells.rows[:0], None)
            self._say_why_empty(state)
            self._stack.setCurrentWidget(self._empty)
        n = len(self.view.cells.rows)
        has_correct_ones = state.query.show == "all" or state.query.confusion_cell is not None
        noun = "row" if has_correct_ones else "failure"
        self.title_label.setText(plural(n, noun) if state.selection is not None or state.run is None else f"{noun}s".capitalize())
        # The menus beside it must not move while a slider changes the number of digits.
        self.title_label.setMinimumWidth(max(self.title_label.minimumWidth(), self.title_label.sizeHint().width()))

    def _cells_of(self, state: SessionState) -> FailureCells | None:
        if state.dataset is None or state.evaluation is None:
            self._cells = None
        elif self._cells is None or self._cells.outcomes is not state.evaluation.outcomes:
            outcomes = state.evaluation.outcomes
            self._cells = FailureCells(state.dataset, outcomes.predictions, outcomes, state.evaluation.params.task, self._cells)
        return self._cells

    def _say_why_empty(self, state: SessionState) -> None:
        query = state.query
        is_filtered = query != Query(show=query.show, sort=query.sort, descending=query.descending)
        if state.dataset is None:
            self._empty.say("No data yet", "Open ground truth and predictions, or drop the files on this window.")
        elif state.run is None:
            self._empty.say("No predictions yet", "Open a file of predictions or drop it on this window, to see where they fail.")
        elif state.evaluation is None or state.selection is None:
            self._empty.say("Comparing predictions with ground truth", "The failures appear here in a moment.")
        elif not len(state.dataset.ground_truth) and not len(state.run.predictions):
            self._empty.say_nothing_to_compare(state.reports)
        elif is_filtered:
            self._empty.say("No failures match", "The filters leave nothing over. Esc takes the last one off.", can_take_off=True)
        else:
            params = state.evaluation.params
            setting = f"IoU {figure(params.iou_threshold)}, score {figure(params.score_threshold)}"
            self._empty.say("No failures", f"At {setting} every prediction fits and nothing is missed.", can_show_all=True)
