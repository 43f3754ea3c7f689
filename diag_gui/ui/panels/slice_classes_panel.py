"""Slices by class: any figure of every class in every slice. A click on a cell filters by both."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from diag_gui.data.arrays import BoolArray
from diag_gui.evaluation.slice_classes import CLASS_FIGURES, COSTS, COUNTS, ERRORS
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.heat_map import HeatCells, HeatMap

_WORDS = {
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "mean_iou": "Mean IoU",
    "ap": "AP",
    "ap50": "AP50",
    "gt": "Ground truth",
    "tp": "True positives",
    "fp": "False positives",
    "fn": "Missed",
}


class SliceClassesPanel(Panel):
    """Rows in the order of the table, classes by how many objects they have."""

    watches = Change.DATA | Change.SLICES | Change.SLICE_PLOTS
    title = "By class"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.map = HeatMap()
        self.map.picked.connect(self._pick)
        self.body.addWidget(self.map, 1)
        self.chooser = QToolButton()
        self.chooser.setProperty("role", "flat")
        self.chooser.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.chooser.setAccessibleName("Figure of the cells")
        menu, group = QMenu(self.chooser), QActionGroup(self.chooser)
        self._choices: dict[str, QAction] = {}
        for name in CLASS_FIGURES:
            if name in ("gt", ERRORS[0], COSTS[0]):
                menu.addSeparator()
            action = menu.addAction(figure_words(name))
            action.setCheckable(True)
            action.triggered.connect(partial(controller.slices.plots.set_figure, name))
            group.addAction(action)
            self._choices[name] = action
        self.chooser.setMenu(menu)
        self.heading.addWidget(self.chooser)

    def refresh(self, state: SessionState, change: Change) -> None:
        plots = state.slice_plots
        word = figure_words(plots.figure)
        self.title_label.setText(f"{word} by slice and class")
        self.chooser.setText(f"metric: {word} ▾")
        self._choices[plots.figure].setChecked(True)
        cells = cells_of(state)
        self.map.show_cells(cells, state.slice_current)
        is_behind = plots.classes_of is not None and plots.classes_of.question is not state.slice_table.question
        self.figure_label.setText("" if cells is not None and not is_behind else "updating")

    def restyle(self) -> None:
        self.map.update()
        super().restyle()

    def _pick(self, expression: str, class_row: int) -> None:
        self.controller.slices.choose_with_class(expression, class_row)


def figure_words(name: str) -> str:
    """Return a figure of `slice_classes.CLASS_FIGURES` as people say it."""
    if name in ERRORS:
        return f"Errors: {name.partition('.')[2]}"
    if name in COSTS:
        return f"dAP: {name.partition('.')[2].replace('_', ' ')}"
    return _WORDS[name]


def cells_of(state: SessionState) -> HeatCells | None:
    """Return the cells of the slices now listed; None until they are computed."""
    found, of = state.slice_plots.classes, state.slice_plots.classes_of
    if found is None or of is None or state.dataset is None or not len(found.class_rows):
        return None
    computed = [one.expression for one in of.listed if one.expression in of.results]
    place = {expression: row for row, expression in enumerate(computed)}
    is_defined: BoolArray = ~np.all(np.isnan(found.values), axis=1, keepdims=True)[:, 0]
    # A slice whose false positives nobody can tell has no precision in any class: a row of dots says nothing.
    ranked = [one for one in state.slice_table.ranked() if one.expression in place and is_defined[place[one.expression]]]
    rows = np.array([place[one.expression] for one in ranked], np.int64)
    columns = np.argsort(-found.n_gt.max(axis=0, initial=0), kind="stable")
    class_rows = found.class_rows[columns]
    is_share = found.figure not in (*COUNTS, *ERRORS, *COSTS)
    return HeatCells(
        rows=tuple(one.definition.name for one in ranked),
        columns=tuple(state.dataset.classes.name[row] for row in class_rows),
        expressions=tuple(one.expression for one in ranked),
        class_rows=tuple(class_rows.tolist()),
        values=found.values[np.ix_(rows, columns)],
        n_gt=found.n_gt[np.ix_(rows, columns)],
        whole=found.whole[columns],
        is_share=is_share,
        what=figure_words(found.figure),
    )
