"""Metrics per class. A click sets the class of the query, with Ctrl it adds one."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.figure_line import FigureLine
from diag_gui.ui.models.class_table_model import COLUMNS, ClassTableModel
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.class_table import ClassTable
from diag_gui.ui.plain_text import as_tooltip, figure
from diag_gui.ui.what_figures_cover import COVER_MEANING, cover_of


class ClassPanel(Panel):
    """Figures of every class at the shown thresholds."""

    watches = Change.DATA | Change.EVALUATION | Change.QUERY | Change.FIGURES
    title = "Classes"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a class")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find a class")
        self.search.hide()
        self.body.addWidget(self.search)
        self.model = ClassTableModel()
        self.table = ClassTable(self.model)
        self.body.addWidget(self.table, 1)
        self.together, self.means = FigureLine(), FigureLine()
        for line in (self.together, self.means):
            self.body.addWidget(line)
        self.search.textChanged.connect(self._find)
        self.table.clicked.connect(self._on_clicked)

    def refresh(self, state: SessionState, change: Change) -> None:
        if change & (Change.DATA | Change.FIGURES):
            iou = state.costs_params.iou_threshold if state.costs_params is not None else 0.0
            self.model.show_costs(state.costs.per_class if state.costs is not None else None, iou)
        self._show_summary(state)
        if change == Change.FIGURES:
            return
        names = state.dataset.classes.name if state.dataset else ()
        if change & (Change.DATA | Change.EVALUATION):
            self.model.show(names, state.evaluation)
            # Now rather than from a timer after the next paint, which would be followed by another one.
            self.table.executeDelayedItemsLayout()
            self.search.setVisible(len(names) > 20)
        with_gt = int((state.evaluation.per_class.n_gt > 0).sum()) if state.evaluation else 0
        if state.evaluation is None:
            self.figure_label.setText("")
        else:
            rules = state.evaluation.params.rules
            of_classes = f"{len(names):,}" if with_gt == len(names) else f"{with_gt:,} of {len(names):,} have ground truth"
            by_rules = f"AP by {rules.text}" + (f" · {of_classes}" if with_gt == len(names) else "")
            # Both in one line would be wider than the panel.
            self.figure_label.setText(of_classes if rules.is_coco else by_rules)
            self.figure_label.setToolTip("" if rules.is_coco else as_tooltip(f"{by_rules}\n{of_classes}"))
            if cover := cover_of(self.controller, state):
                self.figure_label.setText(cover)
                self.figure_label.setToolTip(as_tooltip(f"{by_rules}\n{of_classes}\n{COVER_MEANING}"))
        self._show_chosen(state.query.class_rows)

    def _show_summary(self, state: SessionState) -> None:
        """Say what all classes together come to; both mF1 by their names, what is on its way as dots."""
        evaluation = state.evaluation
        if evaluation is None:
            self.together.show_figures([])
            self.means.show_figures([])
            return
        totals, params = evaluation.totals, evaluation.params
        at_iou = "AP" + f"{params.iou_threshold:.2f}".removeprefix("0")
        average = (f"{at_iou} {figure(totals.ap)}", "summary.ap_at_iou")
        if params.rules.is_coco:
            known = state.summary is not None and state.summary.images is evaluation.images
            ap = figure(state.summary.figures["AP"]) if known and state.summary is not None else "…"
            average = (f"AP {ap} (COCO)", "summary.AP")
        shares = (("P", totals.precision, "precision"), ("R", totals.recall, "recall"), ("F1", totals.f1, "f1"))
        self.together.show_figures([average, *((f"{name} {figure(value)}", f"summary.{key}") for name, value, key in shares)])
        found = state.mf1_yoltv4
        yoltv4 = figure(found[1]) if found is not None and found[0] is evaluation else "…"
        self.means.show_figures(
            [(f"mF1 {figure(totals.mf1)} (COCO matching)", "summary.mf1"), (f"{yoltv4} (YOLTv4)", "summary.mf1_yoltv4")]
        )

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the figure of the cell at ``position``; of a class name that of its AP."""
        index = self.table.indexAt(self.table.viewport().mapFrom(self, position))
        if not index.isValid() or self.store.state.dataset is None:
            return ""
        name = self.store.state.dataset.classes.name[self.model.class_row(index.row())]
        return f"classes.{name}.{COLUMNS[index.column()].figure}"

    def _find(self, text: str) -> None:
        self.model.set_text(text)
        self._show_chosen(self.store.state.query.class_rows)

    def _show_chosen(self, class_rows: frozenset[int]) -> None:
        chosen = QItemSelection()
        for class_row in class_rows:
            row = self.model.row_of(class_row)
            if row >= 0:
                chosen.select(self.model.index(row, 0), self.model.index(row, len(COLUMNS) - 1))
        self.table.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _on_clicked(self, index: QModelIndex) -> None:
        held = QApplication.keyboardModifiers()
        extend = bool(held & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
        self.controller.query.toggle_class(self.model.class_row(index.row()), extend=extend)
