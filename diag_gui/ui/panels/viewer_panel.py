"""The viewer: the whole image of the failure in question, with all boxes."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.session.controller import Controller
from diag_gui.session.image_cache import PictureKey, Wish
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.box_overlay import BoxStyle, prediction_style, truth_style
from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.models.failure_cells import FailureCells
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.viewer_canvas import Place, ViewerCanvas
from diag_gui.ui.plain_text import as_tooltip
from diag_gui.ui.theme import FONT_PX

AHEAD = 4
_SWATCH_PX = QSize(18, 12)
_TIGHT = f"QToolButton {{ padding: 3px 2px; font-size: {FONT_PX['secondary']}px; }}"

_ZOOM_STEP = 1.25


class ViewerPanel(Panel):
    """Shows the current failure on its image. A click on a box asks for its failure.

    Attributes
    ----------
    canvas : ViewerCanvas
        The picture.
    """

    watches = Change.DATA | Change.EVALUATION | Change.CURRENT | Change.SELECTION | Change.IMAGES
    title = "No image"

    large_requested = Signal()
    """Emitted when someone wants the viewer large, or small again."""

    def __init__(self, store: SessionStore, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(store, controller, parent)
        self._name = ElidedLabel(role="title")
        self.heading.replaceWidget(self.title_label, self._name)
        self.heading.setStretch(0, 1)
        self.heading.setStretch(1, 0)
        self.title_label.hide()
        self.canvas = ViewerCanvas(controller.images)
        self._place_button = _flat_button(self)
        self._place_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._place_button.setAccessibleName("Zoom")
        self._place_button.setMenu(self._zoom_menu())
        self.heading.addWidget(self._place_button)
        self.canvas.box_clicked.connect(self._select)
        self.canvas.large_requested.connect(self.large_requested)
        self.canvas.zoom_changed.connect(self._say_zoom)
        self.body.addWidget(self.canvas, 1)
        self.setFocusProxy(self.canvas)
        self._truth = self._switch("ground truth", "G", "Show ground truth")
        self._predictions = self._switch("predictions", "P", "Show predictions")
        self._correct = self._switch("correct", "C", "Show what was found correctly: true positives and their ground truth")
        legend = QHBoxLayout()
        legend.setSpacing(1)
        for switch in (self._truth, self._predictions, self._correct):
            legend.addWidget(switch)
        legend.addStretch(1)
        self.body.addLayout(legend)
        self._cells: FailureCells | None = None
        self._swatch_shown: tuple[OutcomeKind, float] | None = None
        self.restyle()

    def refresh(self, state: SessionState, change: Change) -> None:
        """Show the image of the current failure."""
        cells = self._cells_of(state)
        current = state.current if cells is not None and state.current < len(cells) else -1
        if state.evaluation is None and state.first_look is not None:
            current = state.first_look.row
        self.canvas.show_row(cells, current)
        if cells is None or state.dataset is None or self.canvas.image_row < 0:
            self._name.setText("No image")
            self.figure_label.setText("")
        else:
            self._name.setText(state.dataset.images.file_name[self.canvas.image_row])
            size = cells.image_size(self.canvas.image_row)
            self.figure_label.setText(f"{size[0]:,} × {size[1]:,}" if size else "")
        self._place_button.setEnabled(self.canvas.image_row >= 0)
        self._say_zoom()
        self._restyle_prediction()
        self._fetch_ahead(state, cells)

    def toggle_truth(self) -> None:
        """Show or hide ground truth."""
        self._truth.toggle()

    def toggle_predictions(self) -> None:
        """Show or hide predictions."""
        self._predictions.toggle()

    def toggle_correct(self) -> None:
        """Show or hide true positives and the ground truth they found."""
        self._correct.toggle()

    def fit(self) -> None:
        """Show the whole image."""
        self.canvas.fit()

    def zoom_to_failure(self) -> None:
        """Show the failure in question with its surroundings, and do so for the next ones until asked to fit."""
        self.canvas.zoom_to_failure()

    def zoom_in(self) -> None:
        """Show less of the picture, larger."""
        self.canvas.zoom(_ZOOM_STEP)

    def zoom_out(self) -> None:
        """Show more of the picture, smaller."""
        self.canvas.zoom(1 / _ZOOM_STEP)

    def zoom_to_pixels(self) -> None:
        """Show the picture pixel by pixel."""
        self.canvas.zoom_to_pixels()

    def restyle(self) -> None:
        self._truth.setIcon(_swatch(truth_style(), self.devicePixelRatioF()))
        self._correct.setIcon(_swatch(prediction_style(OutcomeKind.TRUE_POSITIVE), self.devicePixelRatioF()))
        self._restyle_prediction()
        super().restyle()

    def _restyle_prediction(self) -> None:
        kind = OutcomeKind.LOCALIZATION
        if self._cells is not None and 0 <= self.canvas.current < len(self._cells):
            own = self._cells.kind(self.canvas.current)
            kind = own if own not in (OutcomeKind.TRUE_POSITIVE, OutcomeKind.MISSED, OutcomeKind.FOUND) else kind
        shown = (kind, self.devicePixelRatioF())
        if shown != self._swatch_shown:
            self._swatch_shown = shown
            self._predictions.setIcon(_swatch(prediction_style(kind), self.devicePixelRatioF()))

    def _cells_of(self, state: SessionState) -> FailureCells | None:
        shown = state.evaluation or state.first_look
        if state.dataset is None or shown is None:
            self._cells = None
        elif self._cells is None or self._cells.outcomes is not shown.outcomes:
            self._cells = FailureCells(state.dataset, shown.outcomes.predictions, shown.outcomes, shown.params.task, self._cells)
        return self._cells

    def _select(self, outcome_row: int) -> None:
        if self._cells is not None:
            self.controller.selection.set_current(self._cells.row_of_failure(outcome_row))

    def _fetch_ahead(self, state: SessionState, cells: FailureCells | None) -> None:
        """Fetch the images of the next failures, so that going on to them does not wait."""
        keys: list[PictureKey] = []
        if cells is not None and state.selection is not None:
            rows = state.selection.rows
            places = np.flatnonzero(rows == state.current)
            at = int(places[0]) if len(places) else -1
            for row in rows[at + 1 : at + 1 + AHEAD].tolist():
                image_row = cells.image_row(row)
                size = cells.image_size(image_row)
                if image_row != self.canvas.image_row and size is not None:
                    keys.append(PictureKey(image_row, max_side=self.canvas.fitting_side(size)))
        self.controller.images.want(Wish.AHEAD, dict.fromkeys(keys))

    def _say_zoom(self) -> None:
        percent = f"{self.canvas.window_on.scale * self.devicePixelRatioF() * 100:.0f} %"
        place = {Place.FIT: "fit", Place.FAILURE: "failure", Place.FREE: percent}[self.canvas.place]
        self._place_button.setText(f"{place} ▾")
        if percent != self._place_button.toolTip():
            self._place_button.setToolTip(percent)

    def _zoom_menu(self) -> QMenu:
        menu = QMenu(self)
        for text, run in (
            ("Fit image\tSpace", self.fit),
            ("Zoom to failure\tZ", self.zoom_to_failure),
            ("Actual pixels", self.zoom_to_pixels),
        ):
            action = QAction(text, menu)
            action.triggered.connect(run)
            menu.addAction(action)
        return menu

    def _switch(self, text: str, key: str, meaning: str) -> QToolButton:
        button = _flat_button(self)
        button.setCheckable(True)
        button.setChecked(True)
        button.setText(f"{text} {key}")
        button.setToolTip(as_tooltip(f"{meaning} ({key})"))
        button.setAccessibleName(meaning)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(_SWATCH_PX)
        button.toggled.connect(partial(_strike_out, button))
        button.toggled.connect(self._show_groups)
        return button

    def _show_groups(self) -> None:
        self.canvas.set_shown(
            truth=self._truth.isChecked(), predictions=self._predictions.isChecked(), correct=self._correct.isChecked()
        )


def _strike_out(button: QToolButton, is_shown: bool) -> None:
    """Strike through the name of what is hidden; a style sheet cannot make a font depend on a state."""
    face = button.font()
    face.setStrikeOut(not is_shown)
    button.setFont(face)


def _flat_button(parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setProperty("role", "flat")
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setStyleSheet(_TIGHT)
    return button


def _swatch(style: BoxStyle, pixel_ratio: float) -> QIcon:
    """Return a short piece of the line that boxes of ``style`` are drawn with; fainter where it is switched off."""
    icon = QIcon()
    for state, opacity in ((QIcon.State.On, 1.0), (QIcon.State.Off, 0.25)):
        pixmap = QPixmap(_SWATCH_PX * pixel_ratio)
        pixmap.setDevicePixelRatio(pixel_ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setOpacity(opacity)
        middle = _SWATCH_PX.height() / 2
        if style.edge is not None and not style.dashes:
            painter.setPen(style.edge_pen())
            painter.drawLine(1, round(middle), _SWATCH_PX.width() - 1, round(middle))
        painter.setPen(style.pen())
        painter.drawLine(1, round(middle), _SWATCH_PX.width() - 1, round(middle))
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal, state)
    return icon
