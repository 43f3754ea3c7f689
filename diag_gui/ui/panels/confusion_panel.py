"""Which class is taken for which. A click on a cell shows exactly the rows that stand in it."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox, QFrame, QScrollArea

from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.confusion_view import ConfusionView
from diag_gui.ui.plain_text import as_tooltip, plural
from diag_gui.ui.what_figures_cover import COVER_MEANING, cover_of


class ConfusionPanel(Panel):
    """The matrix of the shown evaluation; classes that occur in no cell are folded away, and how many is said."""

    watches = Change.DATA | Change.EVALUATION | Change.QUERY
    title = "Confusion"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.normalisation = QComboBox()
        self.normalisation.addItem("counts", "none")
        self.normalisation.addItem("share of truth", "ground truth")
        self.normalisation.addItem("share of predicted", "prediction")
        self.normalisation.setAccessibleName("Normalisation")
        self.normalisation.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.normalisation.setCurrentIndex(1)
        self.normalisation.currentIndexChanged.connect(lambda _index: self.refresh(self.store.state, Change.EVALUATION))
        self.heading.addWidget(self.normalisation)
        self.matrix = ConfusionView()
        self.matrix.cell_clicked.connect(controller.query.set_cell)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self.matrix)
        for widget in (self._scroll.viewport(), self.matrix):
            widget.setAutoFillBackground(False)
        self.body.addWidget(self._scroll, 1)

    def refresh(self, state: SessionState, change: Change) -> None:
        if state.evaluation is None or state.dataset is None:
            self.figure_label.setText("")
            self.matrix.show_nothing()
            return
        params, confusion = state.evaluation.params, state.evaluation.confusion
        n_folded = confusion.n_classes - len(confusion.present_classes())
        cover = cover_of(self.controller, state)
        self.figure_label.setText(cover or (f"{n_folded:,} not there" if n_folded else "truth ↓ predicted →"))
        folded = f"\n{plural(n_folded, 'class', 'classes')} neither labelled nor predicted here: folded away" if n_folded else ""
        said = as_tooltip(
            "Rows are truth, columns are predicted. One greedy matching over all classes, crowds left out,"
            f" at IoU {params.iou_threshold:.2f}, score {params.score_threshold:.2f}{folded}"
            + (f"\n{COVER_MEANING}" if cover else "")
        )
        self.normalisation.setToolTip(said)
        self.figure_label.setToolTip(said)
        self.matrix.show_matrix(
            confusion, state.dataset.classes.name, self.normalisation.currentData(), state.query.confusion_cell
        )

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the cell at ``position``."""
        return self.matrix.figure_at(self.matrix.mapFrom(self, position))

    def restyle(self) -> None:
        self.matrix.update()
