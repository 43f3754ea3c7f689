"""A figure against a column of numbers or dates, with its band; a range that is dragged over it becomes a slice.

Hours, weekdays and months have a bar each: a click on one makes it a slice."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import QComboBox, QMenu, QStackedWidget, QToolButton

from diag_gui.evaluation.date_part_figures import FigureByPart
from diag_gui.evaluation.slice_curves import CURVE_FIGURES, FigureAlong
from diag_gui.session.controller import Controller
from diag_gui.session.slice_plot_verbs import moment_text, range_expression
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.along_plot import AlongPlot, tick_text
from diag_gui.ui.panels.parts_plot import PartsPlot
from diag_gui.ui.panels.slice_classes_panel import figure_words
from diag_gui.ui.plain_text import as_tooltip, plural
from diag_gui.ui.theme import PANEL_PADDING_PX

_HINTS = ("band 95 % · drag to make a slice", "drag to make a slice")
_PART_HINTS = ("lines 95 % · click to make a slice", "click to make a slice")


class SliceAlongPanel(Panel):
    """Any column of numbers or dates that the slices can go by, and the parts of dates."""

    watches = Change.DATA | Change.SLICES | Change.SLICE_PLOTS
    title = "F1 against"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.column = QComboBox()
        self.column.setAccessibleName("Column of the curve")
        self.column.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.column.setMinimumContentsLength(12)
        self.column.textActivated.connect(controller.slices.plots.set_column)
        self.heading.insertWidget(1, self.column)
        # The hint takes what is left of the line, and asks for none.
        self.figure_label.setMinimumWidth(1)
        self.chooser = QToolButton()
        self.chooser.setProperty("role", "flat")
        self.chooser.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.chooser.setAccessibleName("Figure of the curve")
        menu, group = QMenu(self.chooser), QActionGroup(self.chooser)
        for name in CURVE_FIGURES:
            action = menu.addAction(figure_words(name))
            action.setCheckable(True)
            action.setChecked(name == "f1")
            action.triggered.connect(partial(controller.slices.plots.set_along_figure, name))
            group.addAction(action)
        self.chooser.setMenu(menu)
        self.heading.addWidget(self.chooser)
        self.plot = AlongPlot()
        self.plot.dragged.connect(self._say_range)
        self.plot.chosen.connect(self._list_range)
        self.parts = PartsPlot()
        self.parts.chosen.connect(controller.slices.add)
        self.plots = QStackedWidget()
        self.plots.addWidget(self.plot)
        self.plots.addWidget(self.parts)
        self.body.addWidget(self.plots, 1)

    def refresh(self, state: SessionState, change: Change) -> None:
        plots, along = state.slice_plots, state.slice_plots.along
        if change & (Change.DATA | Change.SLICES) or self.column.findText(plots.column) < 0:
            columns = list(self.controller.slices.plots.columns())
            if [self.column.itemText(place) for place in range(self.column.count())] != columns:
                self.column.clear()
                self.column.addItems(columns)
        self.column.setCurrentText(plots.column)
        shown = along.figure if along is not None else plots.along_figure
        self.title_label.setText(f"{figure_words(shown)} against")
        self.chooser.setText(f"{figure_words(shown)} ▾")
        self._show_hint()
        for label in (self.title_label, self.figure_label):
            label.setToolTip(as_tooltip(_explained(along)))
        self.plot.show_along(along if isinstance(along, FigureAlong) else None)
        self.parts.show_parts(along if isinstance(along, FigureByPart) else None)
        self.plots.setCurrentWidget(self.parts if isinstance(along, FigureByPart) else self.plot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_hint()

    def restyle(self) -> None:
        self.plot.update()
        self.parts.update()
        super().restyle()

    def _show_hint(self) -> None:
        """Say as much of what the picture is as there is room for."""
        along = self.store.state.slice_plots.along
        beside = (self.title_label, self.column, self.chooser)
        room = self.width() - 2 * PANEL_PADDING_PX - sum(widget.sizeHint().width() for widget in beside)
        room -= (len(beside) + 1) * self.heading.spacing()
        metrics = self.figure_label.fontMetrics()
        hints = _PART_HINTS if isinstance(along, FigureByPart) else _HINTS
        hint = next((text for text in hints if metrics.horizontalAdvance(text) <= room), "")
        has_values = len(along.labels if isinstance(along, FigureByPart) else along.x) if along is not None else 0
        self.figure_label.setText(hint if has_values else "")

    def _say_range(self, low: float, high: float) -> None:
        along = self.plot.along
        if along is not None:
            # From the bars, so that nothing is computed while the mouse moves; the slice says the exact number.
            edges = along.bar_edges
            middles = (edges[:-1] + edges[1:]) / 2
            n = int(along.bar_counts[(middles >= low) & (middles <= high)].sum()) if len(edges) > 1 else along.n_rows
            about = plural(n, "image" if along.is_of_images else "object")
            within = float(along.x[-1] - along.x[0]) / 100
            ends = [moment_text(end, within) if along.is_of_dates else tick_text(end) for end in (low, high)]
            self.plot.set_label(f"{ends[0]} to {ends[1]}: about {about}")

    def _list_range(self, low: float, high: float) -> None:
        along = self.plot.along
        if along is not None and not np.isnan(low):
            self.controller.slices.add(range_expression(along, low, high))


def _explained(along: FigureAlong | FigureByPart | None) -> str:
    """Return how what is drawn was made."""
    if along is None:
        return ""
    missing = f"\n{plural(along.n_missing, 'row')} without a value in no point" if along.n_missing else ""
    if isinstance(along, FigureByPart):
        return f"95 %, {along.n_resamples:,} resamples of images, seed {along.seed}{missing}\n{_PART_HINTS[1]}"
    return f"{along.smoother}{missing}\n{_HINTS[0]}"
