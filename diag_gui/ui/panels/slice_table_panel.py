"""The table of slices, sorted by certain loss. A click on a slice filters everything by it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton

from diag_gui.data.expression_completion import complete
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.filter_box import FilterBox
from diag_gui.ui.models.slice_rows import SliceRowsModel
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.slice_list import SliceColumns, SliceHeading, SliceList
from diag_gui.ui.plain_text import as_tooltip, from_caption, plural
from diag_gui.ui.theme import PANEL_PADDING_PX

_HINT = "night and small = scene = 'night' AND area < 1024"


class SliceTablePanel(Panel):
    """Every slice with its figures; too little support grey and unranked, what cannot be computed last, with its reason."""

    watches = Change.DATA | Change.SLICES | Change.QUERY
    title = "Slices"

    opened = Signal()
    """Emitted when the failures of the slice in question are wanted."""

    def __init__(
        self, store: SessionStore, controller: Controller, find: QAction, buttons: Sequence[tuple[QAction, str]]
    ) -> None:
        super().__init__(store, controller)
        self.heading.insertWidget(1, self.figure_label)
        self.searching = _button(find, "Find worst slices", "primary")
        self.searching.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self._buttons = [self.searching, *(_button(action, text, "") for action, text in buttons)]
        for button in self._buttons:
            self.heading.addWidget(button)
        self.new = FilterBox(self._complete, self._take)
        # Of the slice that is being edited, whatever is chosen meanwhile; empty where a new one is asked for.
        self._edited = ""
        self.new.line.setPlaceholderText(_HINT)
        self.new.line.setAccessibleName("New slice")
        self.new.left.connect(self._end_new)
        self.new.clear_requested.connect(self._end_new)
        self.new.hide()
        self.body.addWidget(self.new)
        self.columns = SliceHeading()
        self.body.addWidget(self.columns)
        self.model = SliceRowsModel()
        self.list = SliceList(self.model)
        self.list.clicked.connect(self._choose)
        self.list.stepped.connect(controller.slices.step)
        self.list.opened.connect(self.opened)
        self.body.addWidget(self.list, 1)
        self.empty = QLabel()
        self.empty.setProperty("role", "secondary")
        self.empty.setWordWrap(True)
        self.body.addWidget(self.empty)
        self.setFocusProxy(self.list)
        self._shown = ("", -1)
        # What is certain is said as briefly as there is room for.
        self.figure_label.setMinimumWidth(1)

    def begin_new(self) -> None:
        """Ask for a slice to list."""
        self._edited = ""
        self._begin("")

    def begin_edit(self) -> None:
        """Offer the slice in question to be changed."""
        entry = self.store.state.slice_table.entry(self.store.state.slice_current)
        if entry is not None:
            name, expression = entry.definition.name, entry.expression
            self._edited = expression
            self._begin(expression if name == expression else f"{name} = {expression}")

    def _begin(self, text: str) -> None:
        self.new.line.setText(text)
        self.new.show()
        self.new.line.setFocus()

    def _take(self, text: str) -> Sequence[str]:
        slices = self.controller.slices
        return slices.edit(text, self._edited) if self._edited else slices.add(text)

    def refresh(self, state: SessionState, change: Change) -> None:
        table = state.slice_table
        self.model.show(table, state.slice_precisions, state.slice_current, state.query.expressions)
        has_rows, is_first = bool(self.model.rows), self.list.isHidden()
        self.columns.setVisible(has_rows)
        self.list.setVisible(has_rows)
        if has_rows and is_first and self.isVisible() and not isinstance(QApplication.focusWidget(), QLineEdit):
            # The page was called before there were rows to give the keys to.
            self.list.setFocus()
        self.empty.setVisible(not has_rows)
        self.empty.setText(
            "Slices appear once ground truth and predictions are compared. Join a table of metadata (Ctrl+M) to slice by site, "
            "weather, camera …, or type an expression (A)."
        )
        self._show_count()
        if table.evaluation is not None:
            n_worse, n_better = table.n_certain
            params, n_images = table.evaluation.params, table.evaluation.totals.n_images
            self.figure_label.setToolTip(
                as_tooltip(
                    f"At IoU {params.iou_threshold:.2f}, score {params.score_threshold:.2f}, on {plural(n_images, 'image')}\n"
                    f"{n_worse} worse and {n_better} better for certain: the interval lies on one side of 0 and q is below .05"
                )
            )
        # A slice that was just found has its place once its figures are there, and its last one with the intervals.
        shown = (state.slice_current, self.model.row_of(state.slice_current))
        if shown != self._shown and shown[1] >= 0:
            self.list.scrollTo(self.model.index(shown[1]))
        self._shown = shown

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_count()

    def _show_count(self) -> None:
        """Say how many slices there are, and how many are certain."""
        table = self.store.state.slice_table
        n_worse, n_better = table.n_certain
        is_ap_late = any(row.is_precision_wanted for row in self.model.rows if row.result is not None)
        late = [word for word, is_late in (("intervals", table.is_updating), ("AP", is_ap_late)) if is_late]
        updating = f" · {' and '.join(late)} updating" if late else ""
        said = [f"{len(table.listed)} · {n_worse} worse, {n_better} better"]
        said = [f"{said[0]} for certain{updating}", f"{said[0]}{updating}", *said, str(len(table.listed))]
        spacing, metrics = self.heading.spacing(), self.figure_label.fontMetrics()
        beside = [widget.sizeHint().width() + spacing for widget in (self.title_label, *self._buttons)]
        room = self.width() - 2 * PANEL_PADDING_PX - 2 * spacing - sum(beside)
        self.figure_label.setText(
            next((text for text in said if metrics.horizontalAdvance(text) <= room), "") if self.model.rows else ""
        )

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the figure at ``position``; of the name that of F1."""
        inside = self.list.viewport().mapFrom(self, position)
        index = self.list.indexAt(inside)
        if not index.isValid() or self.model.rows[index.row()].result is None:
            return ""
        columns = SliceColumns.of(self.list.viewport().width())
        places = [
            (columns.q, "q"),
            (columns.forest, "delta_f1"),
            *zip(reversed(columns.shares), ("ap50", "ap", "f1", "recall", "precision"), strict=True),
            (columns.gt, "gt"),
            (columns.images, "images"),
        ]
        key = next((key for (left, width), key in places if width and inside.x() >= left), "f1")
        return f"slices.{self.model.rows[index.row()].entry.definition.name}.{key}"

    def restyle(self) -> None:
        self.list.viewport().update()
        super().restyle()

    def _choose(self, index: QModelIndex) -> None:
        self.controller.slices.choose(self.model.rows[index.row()].entry.expression)

    def _end_new(self) -> None:
        self.new.hide()
        self.list.setFocus()

    def _complete(self, text: str, cursor: int) -> Sequence[tuple[str, str]]:
        catalog = self.controller.query.catalog()
        if catalog is None:
            return []
        return [(text[: c.start] + c.text + text[c.end :], c.text) for c in complete(text, cursor, catalog)]


def _button(action: QAction, text: str, role: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setText(text)
    if role:
        button.setProperty("role", role)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    keys = action.shortcut().toString()
    button.setToolTip(as_tooltip(from_caption(action.text()) + (f" ({keys})" if keys else "")))
    return button
