"""A figure of every class in every slice as coloured cells; what stands on little is pale, what is undefined a dot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from diag_gui.data.arrays import AnyArray, FloatArray, LongArray
from diag_gui.ui.plain_text import as_tooltip, count, figure
from diag_gui.ui.theme import Theme, current_theme, font

ENOUGH = 10
"""Ground truth of a cell below which it is pale."""

_NAME_SHARE, _NAME_LEAST_PX, _NAME_MOST_PX = 0.3, 96.0, 190.0
_HEADING_PX = 20.0
_STEPS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
_KEYS = frozenset((*_STEPS, Qt.Key.Key_Return, Qt.Key.Key_Enter))
_ROW_PX, _CELL_PX, _GAP_PX = 30.0, 40.0, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class HeatCells:
    """What is drawn: S rows and K columns.

    Attributes
    ----------
    rows, columns : tuple of str
        Names.
    expressions : tuple of str
        Of the rows.
    class_rows : tuple of int
        Of the columns.
    values : ndarray of float64, shape (S, K)
    n_gt : ndarray of int64, shape (S, K)
    whole : ndarray of float64, shape (K,)
        Of each column over everything.
    is_share : bool
        Whether values are between 0 and 1 and more is better; otherwise they are counts or costs, and more is worse.
    what : str
        Name of the figure, for people.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    expressions: tuple[str, ...]
    class_rows: tuple[int, ...]
    values: FloatArray
    n_gt: LongArray
    whole: FloatArray
    is_share: bool
    what: str


class HeatMap(QWidget):
    """Paints as many rows and columns as there is room for, the first ones. The arrow keys go from cell to cell, Enter picks.

    Attributes
    ----------
    picked : Signal
        Emitted with the expression of a row and the class row of a column that were clicked.
    """

    picked = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Slices by class")
        self.cells: HeatCells | None = None
        self.current = ""
        self._hovered: tuple[int, int] | None = None

    def show_cells(self, cells: HeatCells | None, current: str) -> None:
        """Draw ``cells``; the row of the expression ``current`` is marked."""
        self.cells, self.current = cells, current
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(640, 380)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 120)

    def n_shown(self) -> tuple[int, int]:
        """Return how many rows and columns there is room for."""
        if self.cells is None:
            return 0, 0
        n_rows = int((self.height() - _HEADING_PX) // _ROW_PX)
        n_columns = int((self.width() - self._name_px()) // _CELL_PX)
        return max(min(n_rows, len(self.cells.rows)), 0), max(min(n_columns, len(self.cells.columns)), 0)

    def cell_at(self, at: QPointF) -> tuple[int, int] | None:
        """Return row and column at a point, or None."""
        n_rows, n_columns = self.n_shown()
        row = int((at.y() - _HEADING_PX) // _ROW_PX)
        width = self._cell_px()
        column = int((at.x() - self._name_px()) // width) if width else -1
        return (row, column) if 0 <= row < n_rows and 0 <= column < n_columns else None

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Return where a cell is drawn."""
        width = self._cell_px()
        left, top = self._name_px() + column * width, _HEADING_PX + row * _ROW_PX
        return QRectF(left, top, width, _ROW_PX).adjusted(_GAP_PX, _GAP_PX, -_GAP_PX, -_GAP_PX)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.cell_at(event.position())
        if at != self._hovered:
            self._hovered = at
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.cell_at(event.position())
        if at is not None and self.cells is not None and event.button() is Qt.MouseButton.LeftButton:
            self.picked.emit(self.cells.expressions[at[0]], self.cells.class_rows[at[1]])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, (n_rows, n_columns) = Qt.Key(event.key()), self.n_shown()
        if not n_rows or not n_columns or key not in _KEYS:
            event.ignore()
        elif key in _STEPS:
            down, right = _STEPS[key]
            row, column = self._hovered or (-down, -right)
            self._hovered = (min(max(row + down, 0), n_rows - 1), min(max(column + right, 0), n_columns - 1))
            self.setAccessibleDescription(self.said_of(*self._hovered))
            self.update()
        elif self._hovered is not None and self.cells is not None:
            self.picked.emit(self.cells.expressions[self._hovered[0]], self.cells.class_rows[self._hovered[1]])

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and Qt.Key(event.key()) in _KEYS:
            # Says that the key is for the cells, before the window's shortcuts take it.
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._explain(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def said_of(self, row: int, column: int) -> str:
        """Return everything about a cell as lines of plain text."""
        cells = self.cells
        assert cells is not None
        value, whole = float(cells.values[row, column]), float(cells.whole[column])
        write = (lambda v: figure(v, 3)) if cells.is_share or cells.what.startswith("dAP") else _number
        n_gt = int(cells.n_gt[row, column])
        few = "\nToo few to say much" if 0 < n_gt < ENOUGH else ""
        return (
            f"{cells.rows[row]}\n{cells.columns[column]}: {cells.what} {write(value)} on {count(n_gt)} ground truth\n"
            f"over everything {write(whole)}{few}"
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        cells = self.cells
        if cells is None:
            return
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        n_rows, n_columns = self.n_shown()
        self._paint_names(painter, theme, cells, n_rows, n_columns)
        top = _largest(cells.values)
        painter.setFont(font("secondary"))
        for row in range(n_rows):
            for column in range(n_columns):
                self._paint_cell(painter, theme, cells, row, column, top)

    def _paint_names(self, painter: QPainter, theme: Theme, cells: HeatCells, n_rows: int, n_columns: int) -> None:
        painter.setFont(font("secondary"))
        metrics = painter.fontMetrics()
        painter.setPen(theme.color("secondary"))
        for column in range(n_columns):
            box = self.cell_rect(0, column)
            name = metrics.elidedText(cells.columns[column], Qt.TextElideMode.ElideMiddle, int(box.width() + 2))
            painter.drawText(QRectF(box.left() - 1, 0, box.width() + 2, _HEADING_PX), int(Qt.AlignmentFlag.AlignCenter), name)
        width = self._name_px() - 8
        for row in range(n_rows):
            box = QRectF(0, _HEADING_PX + row * _ROW_PX, width, _ROW_PX)
            if cells.expressions[row] == self.current:
                painter.fillRect(QRectF(0, box.top(), self.width(), _ROW_PX), theme.color("selection", 0.6))
            painter.setPen(theme.color("text"))
            name = metrics.elidedText(cells.rows[row], Qt.TextElideMode.ElideMiddle, int(width - 6))
            painter.drawText(box.adjusted(4, 0, 0, 0), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), name)

    def _paint_cell(self, painter: QPainter, theme: Theme, cells: HeatCells, row: int, column: int, top: float) -> None:
        box, value = self.cell_rect(row, column), float(cells.values[row, column])
        if np.isnan(value):
            color, text = theme.color("raised", 0.5), "·"
        else:
            color = _cell_color(theme, value, cells.is_share, top)
            text = figure(value) if cells.is_share or cells.what.startswith("dAP") else _number(value)
        is_pale = cells.n_gt[row, column] < ENOUGH
        if is_pale and not np.isnan(value):
            color = _mixed(theme.color("panel"), color, 0.35)
        painter.setPen(theme.color("accent") if self._hovered == (row, column) else Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(theme.color("secondary") if is_pale or np.isnan(value) else theme.color("text"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)

    def _name_px(self) -> float:
        return min(max(self.width() * _NAME_SHARE, _NAME_LEAST_PX), _NAME_MOST_PX)

    def _cell_px(self) -> float:
        """Return the width of a cell: the columns there is room for share it."""
        n_columns = self.n_shown()[1]
        return min((self.width() - self._name_px()) / n_columns, 72.0) if n_columns else 0.0

    def _explain(self, at: QPoint, on_screen: QPoint) -> None:
        found = self.cell_at(QPointF(at))
        QToolTip.showText(on_screen, as_tooltip(self.said_of(*found)) if found is not None else "", self)


def _number(value: float) -> str:
    return "–" if np.isnan(value) else count(round(value))


def _largest(values: AnyArray) -> float:
    return float(np.nanmax(values)) if values.size and not np.isnan(values).all() else 0.0


def _cell_color(theme: Theme, value: float, is_share: bool, top: float) -> QColor:
    """Return the colour of a value: poor to good of a share, nothing to much of what more of is worse."""
    panel = theme.color("panel")
    if not is_share:
        return _mixed(panel, theme.color("missed"), 0.75 * value / top if top > 0 else 0.0)
    between = _mixed(theme.color("missed"), theme.color("good"), min(max((value - 0.2) / 0.6, 0.0), 1.0))
    return _mixed(panel, between, 0.55)


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    """Return the colour ``share`` of the way from ``one`` to ``other``."""
    parts = [
        round(a + (b - a) * min(max(share, 0.0), 1.0))
        for a, b in zip((one.red(), one.green(), one.blue()), (other.red(), other.green(), other.blue()), strict=True)
    ]
    return QColor(*parts)
