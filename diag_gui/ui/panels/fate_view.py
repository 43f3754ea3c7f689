"""The cells of fates: drawn, pointed at, walked with the arrow keys, and listed by a click or Enter."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen

from diag_gui.evaluation.fates import GT_FATES
from diag_gui.ui.models.fate_cells import ROW_LABELS, FateCell
from diag_gui.ui.plain_text import count
from diag_gui.ui.theme import RADIUS_PX, Theme, current_theme, font
from diag_gui.ui.walked_drawing import CHOOSE_KEYS, MOVES, WalkedDrawing

_LABEL_PX = 116.0
_TOP_PX = 20.0
_GAP_PX = 4.0
_BAND_GAP_PX = 12.0
_MOST_ROW_PX = 68.0
_WORD_FROM_PX = 34.0


class FateView(WalkedDrawing):
    """Draws `FateCell`s in rows; each row fills the width.

    Attributes
    ----------
    cell_chosen : Signal
        Emitted with the cell.
    """

    cell_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__("Fates of objects from run to run")
        self._cells: tuple[FateCell, ...] = ()
        self._chosen_expressions: frozenset[str] = frozenset()
        self._hovered: FateCell | None = None
        self._at = (0, 0)

    def sizeHint(self) -> QSize:
        return QSize(520, 340)

    def minimumSizeHint(self) -> QSize:
        return QSize(380, 200)

    def show_cells(self, cells: tuple[FateCell, ...], chosen_expressions: frozenset[str]) -> None:
        """Show ``cells``; those whose expression filters already are marked."""
        self._cells = cells
        self._chosen_expressions = chosen_expressions
        self._hovered = None
        self._say()
        self.update()

    @property
    def cells(self) -> tuple[FateCell, ...]:
        """What is shown."""
        return self._cells

    @property
    def cell_in_question(self) -> FateCell | None:
        """The cell that the keys have reached."""
        return next((cell for cell in self._cells if (cell.row, cell.column) == self._at), None)

    def cell_rect(self, cell: FateCell) -> QRectF:
        """Return where a cell is drawn."""
        top, height = self._band(cell.row)
        width = (self.width() - _LABEL_PX - 2) / cell.columns
        return QRectF(_LABEL_PX + cell.column * width, top, width - _GAP_PX, height - _GAP_PX)

    def cell_at(self, at: QPointF) -> FateCell | None:
        """Return the cell that is drawn at a point."""
        return next((cell for cell in self._cells if self.cell_rect(cell).contains(at)), None)

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the count at ``position``; empty beside the cells."""
        cell = self.cell_at(QPointF(position))
        return cell.figure if cell is not None else ""

    def _band(self, row: int) -> tuple[float, float]:
        """Return top and height of a row; what is no ground truth stands a little apart."""
        n_rows = max((cell.row for cell in self._cells), default=0) + 1
        apart = max(0, n_rows - len(GT_FATES))
        height = min((self.height() - _TOP_PX - apart * _BAND_GAP_PX) / max(n_rows, 1), _MOST_ROW_PX)
        return _TOP_PX + row * height + max(0, row - len(GT_FATES) + 1) * _BAND_GAP_PX, height

    # By mouse and key

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self.cell_at(event.position())
        if hovered is not self._hovered:
            self._hovered = hovered
            self.point_out(hovered is not None and bool(hovered.expression))

    def leave(self) -> None:
        self._hovered = None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and cell is not None:
            self._at = (cell.row, cell.column)
            self._list(cell)

    def press(self, key: Qt.Key) -> bool:
        if key in MOVES:
            self._move(*MOVES[key])
        elif key in CHOOSE_KEYS and (cell := self.cell_in_question) is not None:
            self._list(cell)
        else:
            return False
        return True

    def _move(self, down: int, right: int) -> None:
        """Go to the next cell; into a row that is parted otherwise, to the one that lies there."""
        here = self.cell_in_question
        if here is None:
            return
        row = here.row + down
        there = [cell for cell in self._cells if cell.row == row]
        if not there:
            return
        x = self.cell_rect(here).center().x()
        if down:
            cell = min(there, key=lambda one: abs(self.cell_rect(one).center().x() - x))
        else:
            cell = there[min(max(here.column + right, 0), len(there) - 1)]
        self._at = (cell.row, cell.column)
        self._say()
        self.update()

    def _say(self) -> None:
        cell = self.cell_in_question
        self.setAccessibleDescription(cell.sentence if cell is not None else "")

    def _list(self, cell: FateCell) -> None:
        if cell.expression:
            self.cell_chosen.emit(cell)

    def said_at(self, at: QPointF) -> str:
        cell = self.cell_at(at)
        return cell.sentence if cell is not None else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_labels(painter, theme)
        most = max((cell.n for cell in self._cells if cell.role != "cell_high" and cell.row < len(GT_FATES)), default=0)
        for cell in self._cells:
            self._paint_cell(painter, cell, most, theme)
        here = self.cell_in_question
        for one, role in ((self._hovered, "secondary"), (here if self.hasFocus() else None, "accent")):
            if one is not None:
                painter.setPen(QPen(theme.color(role), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(self.cell_rect(one).adjusted(1, 1, -1, -1), RADIUS_PX, RADIUS_PX)

    def _paint_labels(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(font("secondary"))
        painter.setPen(theme.color("secondary"))
        for row in sorted({cell.row for cell in self._cells}):
            top, height = self._band(row)
            area = QRectF(0, top, _LABEL_PX - 10, height - _GAP_PX)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), ROW_LABELS[row])
        for cell in self._cells:
            if cell.row == 0:
                rect = self.cell_rect(cell)
                area = QRectF(rect.left(), 0, rect.width(), _TOP_PX - 4)
                painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), f"now {GT_FATES[cell.column]}")

    def _paint_cell(self, painter: QPainter, cell: FateCell, most: int, theme: Theme) -> None:
        rect = self.cell_rect(cell)
        share = min(1.0, math.sqrt(cell.n / most)) if most and cell.n else 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("cell_low"))
        painter.drawRoundedRect(rect, RADIUS_PX, RADIUS_PX)
        if cell.n:
            painter.setBrush(theme.color(cell.role, 0.14 + 0.26 * share))
            painter.drawRoundedRect(rect, RADIUS_PX, RADIUS_PX)
        if cell.expression in self._chosen_expressions:
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS_PX, RADIUS_PX)
        has_word = rect.height() >= _WORD_FROM_PX
        painter.setPen(theme.color("text" if cell.n else "secondary"))
        painter.setFont(font("title") if cell.n else font("text"))
        upper = rect.adjusted(0, 0, 0, -rect.height() * 0.34) if has_word else rect
        painter.drawText(upper, int(Qt.AlignmentFlag.AlignCenter), count(cell.n) if cell.n else "–")
        if has_word:
            painter.setFont(font("caption"))
            painter.setPen(theme.color("text" if cell.n else "secondary"))
            lower = rect.adjusted(2, rect.height() * 0.5, -2, -2)
            shown = painter.fontMetrics().elidedText(cell.word, Qt.TextElideMode.ElideMiddle, int(lower.width()))
            painter.drawText(lower, int(Qt.AlignmentFlag.AlignCenter), shown)
