"""The list of failures laid out as a grid: reading order, a fixed number of columns, nothing made before it is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from diag_gui.data.arrays import IntArray
from diag_gui.ui.models.failure_cells import KIND_MEANINGS, FailureCell, FailureCells
from diag_gui.ui.plain_text import as_tooltip, figure

Index = QModelIndex | QPersistentModelIndex
_NOTHING = QModelIndex()


class GalleryModel(QAbstractTableModel):
    """Positions 0, 1, 2 … of the selection in lines of `columns` cells.

    A *position* is a place in reading order, an *outcome row* what stands there.
    """

    rows_replaced = Signal()
    """Emitted when other rows are shown than before."""

    def __init__(self) -> None:
        super().__init__()
        self.columns = 1
        self.rows: IntArray = np.zeros(0, np.int32)
        self.cells: FailureCells | None = None
        self._found: tuple[IntArray, int, int] = (self.rows, -1, -1)

    def show(self, rows: IntArray, cells: FailureCells | None) -> None:
        """Show outcome ``rows`` in this order, described by ``cells``.

        Notes
        -----
        Lines are added and taken at the end rather than the model reset, so that the view keeps its place while a
        slider moves.
        """
        if cells is None:
            rows = np.zeros(0, np.int32)
        before, after = self._n_lines(len(self.rows)), self._n_lines(len(rows))
        if after < before:
            self.beginRemoveRows(_NOTHING, after, before - 1)
            self.rows, self.cells = rows, cells
            self.endRemoveRows()
        elif after > before:
            self.beginInsertRows(_NOTHING, before, after - 1)
            self.rows, self.cells = rows, cells
            self.endInsertRows()
        else:
            self.rows, self.cells = rows, cells
        self.rows_replaced.emit()

    def set_columns(self, columns: int) -> None:
        """Lay the cells out in lines of ``columns``."""
        if columns != self.columns:
            self.beginResetModel()
            self.columns = columns
            self.endResetModel()

    def rowCount(self, parent: Index = _NOTHING) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else self._n_lines(len(self.rows))

    def columnCount(self, parent: Index = _NOTHING) -> int:
        """Return the number of cells in a line."""
        return 0 if parent.isValid() else self.columns

    def position(self, index: Index) -> int:
        """Return the position at ``index``; -1 beyond the last."""
        position = index.row() * self.columns + index.column()
        return position if index.isValid() and position < len(self.rows) else -1

    def index_of(self, position: int) -> QModelIndex:
        """Return the index of ``position``."""
        if not 0 <= position < len(self.rows):
            return QModelIndex()
        return self.index(position // self.columns, position % self.columns)

    def outcome_row(self, position: int) -> int:
        """Return the outcome row at ``position``."""
        return int(self.rows[position])

    def position_of(self, outcome_row: int) -> int:
        """Return where ``outcome_row`` stands; -1 if it is not shown."""
        if outcome_row < 0:
            return -1
        rows, row, position = self._found
        if rows is not self.rows or row != outcome_row:
            # Asked several times about the one in question with each step of a slider.
            found = np.flatnonzero(self.rows == outcome_row)
            position = int(found[0]) if len(found) else -1
            self._found = (self.rows, outcome_row, position)
        return position

    def cell(self, position: int) -> FailureCell | None:
        """Return what is shown at ``position``; None beyond the last."""
        if self.cells is None or not 0 <= position < len(self.rows):
            return None
        return self.cells.cell(int(self.rows[position]))

    def look_up(self, positions: range) -> None:
        """Make ready what `cell` will be asked for."""
        if self.cells is not None:
            self.cells.look_up(self.rows[positions.start : positions.stop])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the caption of a cell or its details as a tooltip; painting goes through `cell`."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        cell = self.cell(self.position(index))
        if cell is None or self.cells is None:
            return None
        return cell.caption if role == Qt.ItemDataRole.DisplayRole else as_tooltip(details(cell, self.cells))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return that cells can be chosen; the empty places of the last line cannot."""
        if self.position(index) < 0:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _n_lines(self, n_cells: int) -> int:
        return -(-n_cells // self.columns)


def details(cell: FailureCell, cells: FailureCells) -> str:
    """Return what a tooltip says of ``cell``: lines of plain text, figures with three decimals."""
    names = cells.dataset.classes.name
    lines = [KIND_MEANINGS[cell.kind]]
    if cell.gt_row >= 0:
        truth = cells.dataset.ground_truth
        lines.append(f"ground truth: {names[int(truth.class_row[cell.gt_row])]}, annotation {truth.annotation_id[cell.gt_row]}")
    if cell.pred_row >= 0:
        class_name = names[int(cells.predictions.class_row[cell.pred_row])]
        lines.append(f"prediction: {class_name}, score {figure(float(cells.predictions.score[cell.pred_row]), 3)}")
    if cells.iou(cell.outcome_row) == cells.iou(cell.outcome_row):
        lines.append(f"IoU {figure(cells.iou(cell.outcome_row), 3)}")
    lines.append(cells.dataset.images.file_name[cell.image_row])
    return "\n".join(lines)
