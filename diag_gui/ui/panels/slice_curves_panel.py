"""Curves of several slices in one plot: precision over recall, or F1 over the score."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QStackedWidget

from diag_gui.evaluation.slice_outlines import f1_outline
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.curve_plot import LINE_ROLES, CurvePlot
from diag_gui.ui.theme import current_theme

_CHOICES = ("Precision – recall", "F1 by score")


class SliceCurvesPanel(Panel):
    """Everything, the slice in question, and the worst ones; a click on F1 by score keeps predictions from there on."""

    watches = Change.DATA | Change.SLICES | Change.SLICE_PLOTS
    title = "Curves"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.chooser = QComboBox()
        self.chooser.setAccessibleName("What the curves show")
        self.chooser.addItems(_CHOICES)
        self.heading.insertWidget(1, self.chooser)
        self.recall, self.score = CurvePlot(), CurvePlot(("score", "F1"))
        self.score.picked.connect(lambda score, _f1: controller.thresholds.set_score(score))
        self.plots = QStackedWidget()
        self.plots.addWidget(self.recall)
        self.plots.addWidget(self.score)
        self.chooser.activated.connect(self.plots.setCurrentIndex)
        self.body.addWidget(self.plots, 1)
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.legend.setProperty("role", "secondary")
        self.body.addWidget(self.legend)

    def refresh(self, state: SessionState, change: Change) -> None:
        named = state.slice_plots.curves
        outlines = [outline for _, outline in named]
        self.recall.show_curves(outlines, [])
        self.score.show_curves([f1_outline(outline) for outline in outlines], [])
        colors = current_theme().colors
        said = [
            f'<span style="color:{colors[role]}">━</span> {html.escape(name).replace(" ", "&nbsp;")}'
            for (name, _), role in zip(named, LINE_ROLES, strict=False)
        ]
        self.legend.setText(" &nbsp; ".join(said))
        evaluation = state.slice_table.evaluation
        self.figure_label.setText(f"at IoU {evaluation.params.iou_threshold:.2f}" if evaluation is not None else "")

    def restyle(self) -> None:
        for plot in (self.recall, self.score):
            plot.restyle()
        self.refresh(self.store.state, Change.SLICE_PLOTS)
