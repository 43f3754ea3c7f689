"""Metrics per class. A click sets the class of the query, with Ctrl it adds one."""

from __future__ import annotations

import math

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.models.class_table_model import COLUMNS, ClassTableModel
from diag_gui.ui.panel import Panel
from diag_gui.ui.theme import current_theme, font

_ROW_PX = 32
_FIGURE_PX = 37
_BAR_PX = 26


class ClassPanel(Panel):
    """Figures of every class at the shown thresholds."""

    watches = Change.DATA | Change.EVALUATION | Change.QUERY
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
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setItemDelegate(_FigureDelegate(self.model, self.table))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.table.verticalHeader().setMinimumSectionSize(_ROW_PX)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(36)
        header.setHighlightSections(False)
        for column in range(1, len(COLUMNS)):
            self.table.setColumnWidth(column, _FIGURE_PX)
        self.table.setColumnWidth(1, 46)
        self.table.setColumnWidth(len(COLUMNS) - 1, 44)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        # The heading of the sorted column says so itself; Qt's arrow would lie over the text.
        header.setSortIndicatorShown(False)
        self.body.addWidget(self.table, 1)
        self.search.textChanged.connect(self._find)
        self.table.clicked.connect(self._on_clicked)

    def refresh(self, state: SessionState, change: Change) -> None:
        names = state.dataset.classes.name if state.dataset else ()
        if change & (Change.DATA | Change.EVALUATION):
            self.model.show(names, state.evaluation)
            # Now rather than from a timer after the next paint, which would be followed by another one.
            self.table.executeDelayedItemsLayout()
            self.search.setVisible(len(names) > 20)
        with_gt = int((state.evaluation.per_class.n_gt > 0).sum()) if state.evaluation else 0
        if state.evaluation is None:
            self.figure_label.setText("")
        elif with_gt == len(names):
            self.figure_label.setText(f"{len(names):,}")
        else:
            self.figure_label.setText(f"{with_gt:,} of {len(names):,} have ground truth")
        self._show_chosen(state.query.class_rows)

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


class _FigureDelegate(QStyledItemDelegate):
    """A figure with a thin bar under it, as long as the share it says."""

    def __init__(self, model: ClassTableModel, parent: QTableView) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(_FIGURE_PX, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        theme = current_theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, theme.color("selection"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, theme.color("hover"))
        column = index.column()
        cell = self._model.cell(index.row(), column)
        text, share = cell.text, cell.share
        painter.setFont(font("text"))
        painter.setPen(theme.color("secondary" if cell.is_dimmed or column == 1 else "text"))
        if column == 0:
            box = area.adjusted(6, 0, -4, 0)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(box.width()))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
        else:
            box = area.adjusted(0, 0, -6, -7 if share is not None else 0)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        if share is not None:
            track = QRectF(area.right() - 6 - _BAR_PX, area.bottom() - 8, _BAR_PX, 2.5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(track, 1.2, 1.2)
            if not math.isnan(share) and share > 0:
                track.setWidth(max(2.0, _BAR_PX * share))
                painter.setBrush(theme.grade_color(share))
                painter.drawRoundedRect(track, 1.2, 1.2)
        painter.restore()
