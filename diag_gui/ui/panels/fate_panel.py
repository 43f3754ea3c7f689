"""What became of every labelled object and every false positive from one run to another. A cell lists its objects."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal

from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.models.fate_cells import FateCell, fate_cells
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.fate_view import FateView
from diag_gui.ui.plain_text import as_tooltip
from diag_gui.ui.what_figures_cover import RUNS_COVER_MEANING


class FatePanel(Panel):
    """The fates from the run compared with to the one in question.

    Attributes
    ----------
    listed : Signal
        Emitted when the objects of a cell are asked for: they stand in the gallery.
    """

    watches = Change.DATA | Change.RUNS | Change.QUERY
    title = "What became of objects"
    listed = Signal()

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.view = FateView()
        self.view.cell_chosen.connect(self._list)
        self.body.addWidget(self.view, 1)

    def refresh(self, state: SessionState, change: Change) -> None:
        shown = state.side_by_side
        if shown is None or len(shown.runs) != len(state.runs):
            self.figure_label.setText("")
            self.view.show_cells((), frozenset())
            return
        before, now = (shown.runs[index].facts.run.name for index in (shown.compared, shown.active))
        params = shown.params
        cover = "all classes · " if self.controller.query.chips_of_rows() else ""
        self.figure_label.setText(f"{cover}{_short(before)} → {_short(now)}")
        self.figure_label.setToolTip(
            as_tooltip(
                f"From {before} to {now} at IoU {params.iou_threshold:.2f}, score {params.score_threshold:.2f}\n"
                "Rows: what a label was in the first; columns: what it is in the second.\n"
                "A label is missed, found, or reached by an error that a better box or class would turn into a find.\n"
                "False positives are followed by class and IoU, one to one, whatever their scores."
                + (f"\n{RUNS_COVER_MEANING}" if cover else "")
            )
        )
        self.view.show_cells(fate_cells(shown), frozenset(state.query.expressions))

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the count at ``position``."""
        return self.view.figure_at(self.view.mapFrom(self, position))

    def restyle(self) -> None:
        self.view.update()

    def _list(self, cell: FateCell) -> None:
        self.controller.compare.list_rows(cell.expression, from_compared=cell.from_compared)
        self.listed.emit()


def _short(name: str) -> str:
    """Return a name that fits beside another one."""
    return name if len(name) <= 28 else f"{name[:13]}…{name[-14:]}"
