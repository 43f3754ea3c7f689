"""The table of runs: two lines a row, the figure and below it the difference; an interval drawn at the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from diag_gui.ui.interval_mark import paint_interval
from diag_gui.ui.models.run_table_model import CELL_ROLE, COLUMNS, FIRST_FIGURE, INTERVAL, WORDS, RunCell, RunTableModel
from diag_gui.ui.theme import current_theme, font

ROW_PX = 44
_HEADER_PX = 26
_MOST_ROWS = 8
_FIGURE_PX = 58
_LONG_FIGURE_PX = 84
_WORDS_PX = 132


class RunTable(QTableView):
    """Shows a `RunTableModel`; a click on a row, or Enter, asks for that run.

    Attributes
    ----------
    run_chosen : Signal
        Emitted with the index of the run.
    """

    run_chosen = Signal(int)

    def __init__(self, model: RunTableModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(_RunDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Runs side by side")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(INTERVAL, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setFixedHeight(_HEADER_PX)
        for place, column in enumerate(COLUMNS):
            self.setColumnWidth(FIRST_FIGURE + place, _FIGURE_PX if len(column.heading) <= 7 else _LONG_FIGURE_PX)
        self.setColumnWidth(WORDS, _WORDS_PX)
        self.clicked.connect(lambda index: self.run_chosen.emit(index.row()))
        model.modelReset.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        rows = min(max(self.model().rowCount(), 1), _MOST_ROWS)
        return QSize(900, _HEADER_PX + rows * ROW_PX + 2)

    def minimumSizeHint(self) -> QSize:
        rows = min(max(self.model().rowCount(), 1), 3)
        return QSize(400, _HEADER_PX + rows * ROW_PX + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.run_chosen.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)


class _RunDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        theme = current_theme()
        cell: RunCell = index.data(CELL_ROLE)
        column = index.column()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, theme.color("selection"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, theme.color("hover"))
        inner = area.adjusted(6, 6, -6, -6)
        if cell.difference is not None:
            paint_interval(painter, area.adjusted(10, 6, -10, -6), cell.difference, cell.reach, theme, cell.tone)
            painter.restore()
            return
        is_figure = FIRST_FIGURE <= column < INTERVAL
        side = Qt.AlignmentFlag.AlignRight if is_figure else Qt.AlignmentFlag.AlignLeft
        vertical = Qt.AlignmentFlag.AlignTop if cell.below else Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font("text"))
        painter.setPen(theme.color(cell.tone if column == WORDS else "text"))
        if column == WORDS and not cell.below:
            painter.setPen(theme.color("secondary"))
        shown = painter.fontMetrics().elidedText(cell.text, Qt.TextElideMode.ElideMiddle, int(inner.width()))
        painter.drawText(inner, int(side | (Qt.AlignmentFlag.AlignTop if is_figure else vertical)), shown)
        painter.setFont(font("caption"))
        painter.setPen(theme.color("secondary" if column == WORDS else cell.tone))
        painter.drawText(inner, int(side | Qt.AlignmentFlag.AlignBottom), cell.below)
        painter.restore()
