"""All open runs side by side, with differences to the one compared with and what can be said about them for certain."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from diag_gui.evaluation.bootstrap import FIGURES
from diag_gui.session.comparing import DIFFERENCES_KEY
from diag_gui.session.controller import Controller
from diag_gui.session.open_runs import Differences, SideBySide
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.interval_mark import CRITERION
from diag_gui.ui.models.run_table_model import COLUMNS, FIRST_FIGURE, INTERVAL, RunTableModel, heading_of
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.run_table import RunTable
from diag_gui.ui.plain_text import as_tooltip, plural
from diag_gui.ui.what_figures_cover import RUNS_COVER_MEANING, cover_of_runs


class RunsPanel(Panel):
    """One row per run; a click shows that run, the box at the right says which figure's differences are drawn."""

    watches = Change.DATA | Change.RUNS | Change.QUERY | Change.BUSY
    title = "Runs"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.figure = QComboBox()
        self.figure.setAccessibleName("Figure whose differences are drawn")
        for name in FIGURES:
            self.figure.addItem(f"Δ {heading_of(name)}", name)
        self.figure.activated.connect(lambda place: controller.compare.set_figure(self.figure.itemData(place)))
        self.heading.addWidget(self.figure)
        self.cover = ElidedLabel(role="accent")
        self.heading.insertWidget(1, self.cover, 1)
        self.model = RunTableModel()
        self.table = RunTable(self.model)
        self.table.run_chosen.connect(controller.data.set_active_run)
        self.body.addWidget(self.table, 1)
        self.caption = ElidedLabel(role="secondary")
        self.stop = QPushButton("Stop")
        self.stop.setProperty("role", "flat")
        self.stop.clicked.connect(lambda: controller.compare.set_wants_differences(not self.store.state.wants_differences))
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self.caption, 1)
        foot.addWidget(self.stop)
        self.body.addWidget(self._foot)

    def refresh(self, state: SessionState, change: Change) -> None:
        shown = state.side_by_side
        if shown is not None and len(shown.runs) != len(state.runs):
            shown = None
        differences = state.differences
        if differences is not None and (shown is None or not differences.belongs_to(shown)):
            differences = None
        if change & (Change.DATA | Change.RUNS):
            self.figure_label.setText(
                f"{len(state.runs)} open · differences to {state.runs[state.compared].name}" if shown else ""
            )
            self.figure.setCurrentIndex(self.figure.findData(state.compared_figure))
            self.model.show(shown, differences, state.compared_figure)
            self._mark(state.active)
        if change & (Change.DATA | Change.RUNS | Change.QUERY):
            cover = cover_of_runs(self.controller, state)
            self.cover.setText(cover)
            self.cover.setToolTip(as_tooltip(f"{cover}\n{RUNS_COVER_MEANING}" if cover else ""))
        self._show_caption(state, shown, differences)

    def _mark(self, active: int) -> None:
        index = self.model.index(active, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(index, flags)

    def _show_caption(self, state: SessionState, shown: SideBySide | None, differences: Differences | None) -> None:
        busy = next((job for job in state.busy if job.key == DIFFERENCES_KEY), None)
        if shown is None:
            self.caption.setText("Evaluating every run …")
        elif differences is not None:
            self.caption.setText(_caption(shown, differences))
        elif not state.wants_differences:
            self.caption.setText(f"{_point(shown)} · intervals were stopped: nothing is said about chance")
        else:
            done = f" {busy.fraction:.0%}" if busy is not None and busy.fraction == busy.fraction else ""
            self.caption.setText(f"{_point(shown)} · resampling images for intervals{done} …")
        self.stop.setText("Stop" if state.wants_differences else "Compute intervals")
        self.stop.setVisible(shown is not None and differences is None)

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the figure of the cell at ``position``, that of the drawn figure at the right."""
        index = self.table.indexAt(self.table.viewport().mapFrom(self, position))
        shown = self.store.state.side_by_side
        if not index.isValid() or shown is None or index.column() == 0:
            return ""
        name = shown.runs[index.row()].facts.run.name
        column = index.column()
        key = COLUMNS[column - FIRST_FIGURE].key if column < INTERVAL else self.store.state.compared_figure
        return f"runs.{name}.summary.{key}"


class OneRunPanel(Panel):
    """What stands in the place of the runs while there is only one: what would fill it, and the way to it."""

    watches = Change.DATA
    title = "Runs"

    def __init__(self, store: SessionStore, controller: Controller, add: QPushButton) -> None:
        super().__init__(store, controller)
        column = QVBoxLayout()
        column.setSpacing(10)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        column.addWidget(self.said)
        column.addWidget(add, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.body.addLayout(column)

    def refresh(self, state: SessionState, change: Change) -> None:
        have = f"{state.run.name} is the only run that is open" if state.run is not None else "No run is open"
        self.said.setText(
            f"{have}. With a second one this page says which is better and how sure that is,\n"
            "what each finds that the other misses, and which classes gained or lost."
        )


def _point(shown: SideBySide) -> str:
    params = shown.params
    return f"at IoU {params.iou_threshold:.2f}, score {params.score_threshold:.2f} · AP by {params.rules.text}"


def _caption(shown: SideBySide, differences: Differences) -> str:
    one = next(each for each in differences.comparisons if each is not None)
    return (
        f"{_point(shown)} · 95 % intervals and chance: {one.n_resamples:,} paired resamples of {plural(one.n_images, 'image')},"
        f" seed {one.seed} · {CRITERION}"
    )
