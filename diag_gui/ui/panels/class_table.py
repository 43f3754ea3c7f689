"""The table of classes: it paints its rows itself, each figure from a picture made when it was first seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QHoverEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from diag_gui.ui.list_keys import ListKeys
from diag_gui.ui.models.class_table_model import COLUMNS, ClassTableModel, Index, TableCell
from diag_gui.ui.theme import Theme, current_theme, font, grade

ROW_PX = 32
_FIGURE_PX = 37
_COUNT_PX = 46
_LAST_PX = 44
_BAR_PX = 26
_BAR_STEPS = 8 * _BAR_PX
"""Lengths of a bar that are told apart: an eighth of a pixel."""
_KEPT_PICTURES = 4_000


class ClassTable(QTableView):
    """Shows a `ClassTableModel`: a name, a count, and shares with a thin bar under each, as long as the share it says.

    Notes
    -----
    Qt asks a delegate for every cell: 60 cells in sight took 6.6 ms of a slider's step. There are about a hundred figures
    of two decimals, so a cell is one picture drawn from memory: 0.5 ms.
    """

    def __init__(self, model: ClassTableModel) -> None:
        super().__init__()
        self._cells = model
        self._pictures: dict[tuple[object, ...], QPixmap] = {}
        self._pictures_of: tuple[str, float] = ("", 1.0)
        self._hovered = -1
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Classes")
        ListKeys(self)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.verticalHeader().setMinimumSectionSize(ROW_PX)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(36)
        header.setHighlightSections(False)
        for column in range(2, len(COLUMNS) - 1):
            self.setColumnWidth(column, _FIGURE_PX)
        self.setColumnWidth(1, _COUNT_PX)
        self.setColumnWidth(len(COLUMNS) - 1, _LAST_PX)
        self.setSortingEnabled(True)
        self.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        # The heading of the sorted column says so itself; Qt's arrow would lie over the text.
        header.setSortIndicatorShown(False)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        # What lies beneath need not be painted with every step of a slider.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHoverEvent):
            is_over = event.type() != QEvent.Type.HoverLeave
            self._hover(self.rowAt(event.position().toPoint().y()) if is_over else -1)
        return super().viewportEvent(event)

    def dataChanged(self, top_left: Index, bottom_right: Index, roles: Sequence[int] = ()) -> None:
        # Qt paints everything where more than one cell has changed.
        left, right = (self.columnViewportPosition(column) for column in (top_left.column(), bottom_right.column()))
        width = right + self.columnWidth(bottom_right.column()) - left
        self.viewport().update(left, 0, width, self.viewport().height())
        if QAccessible.isActive():
            super().dataChanged(top_left, bottom_right, roles)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, area = current_theme(), event.rect()
        painter = QPainter(self.viewport())
        painter.fillRect(area, theme.color("panel"))
        first, last = self.rowAt(max(area.top(), 0)), self.rowAt(area.bottom())
        if first < 0:
            return
        if last < 0:
            last = self._cells.rowCount() - 1
        columns = [
            (column, self.columnViewportPosition(column), self.columnWidth(column))
            for column in range(len(COLUMNS))
            if self.columnViewportPosition(column) <= area.right()
            and self.columnViewportPosition(column) + self.columnWidth(column) > area.left()
        ]
        chosen = {index.row() for index in self.selectionModel().selectedRows()}
        in_question = self.currentIndex().row() if self.hasFocus() else -1
        self._forget_other_looks(theme)
        top = self.rowViewportPosition(first)
        for row in range(first, last + 1):
            if row in chosen or row in (self._hovered, in_question):
                color = theme.color("selection" if row in chosen else "hover")
                painter.fillRect(0, top, self.viewport().width(), ROW_PX, color)
            for column, left, width in columns:
                painter.drawPixmap(QPoint(left, top), self._picture(self._cells.cell(row, column), column, width, theme))
            top += ROW_PX

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.viewport().update()

    def _forget_other_looks(self, theme: Theme) -> None:
        looks = (theme.name, self.devicePixelRatioF())
        if looks != self._pictures_of or len(self._pictures) > _KEPT_PICTURES:
            self._pictures.clear()
            self._pictures_of = looks

    def _picture(self, cell: TableCell, column: int, width: int, theme: Theme) -> QPixmap:
        """Return the picture of a cell; cells that look alike share one."""
        share = cell.share
        length = 0 if share is None or math.isnan(share) else round(share * _BAR_STEPS)
        graded = "" if share is None else grade(share)
        is_dimmed = cell.is_dimmed or column == 1
        key = (cell.text, share is None, length, graded, is_dimmed, column == 0, width)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures[key] = self._painted(cell, column == 0, length, is_dimmed, width, theme)
        return picture

    def _painted(self, cell: TableCell, is_name: bool, length: int, is_dimmed: bool, width: int, theme: Theme) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(QSize(width, ROW_PX) * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("text"))
        painter.setPen(theme.color("secondary" if is_dimmed else "text"))
        area = QRectF(0, 0, width, ROW_PX)
        if is_name:
            box = area.adjusted(6, 0, -4, 0)
            shown = painter.fontMetrics().elidedText(cell.text, Qt.TextElideMode.ElideMiddle, int(box.width()))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
        else:
            box = area.adjusted(0, 0, -6, -7 if cell.share is not None else 0)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), cell.text)
        if cell.share is not None:
            track = QRectF(area.right() - 6 - _BAR_PX, area.bottom() - 8, _BAR_PX, 2.5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(track, 1.2, 1.2)
            if length > 0:
                track.setWidth(max(2.0, _BAR_PX * length / _BAR_STEPS))
                painter.setBrush(theme.grade_color(cell.share))
                painter.drawRoundedRect(track, 1.2, 1.2)
        painter.end()
        return picture
