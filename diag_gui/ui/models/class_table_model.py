"""Figures per class as a table, sorted by any column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from diag_gui.data.arrays import AnyArray
from diag_gui.evaluation.error_costs import ClassCosts
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.operating_point import ClassTable
from diag_gui.evaluation.outcomes import ERROR_NAMES
from diag_gui.ui.plain_text import as_tooltip, count, figure

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column: heading, what it means, where it comes from, whether it is a share, its key in the JSON document."""

    heading: str
    meaning: str
    values: Callable[[ClassTable], AnyArray] | None
    is_share: bool
    figure: str


@dataclass(frozen=True, slots=True)
class TableCell:
    """What a cell says.

    Attributes
    ----------
    text : str
    share : float or None
        0..1 or NaN, to draw as a bar under the figure; None where the cell is no share.
    is_dimmed : bool
        In a row that has nothing to say: no ground truth and no kept prediction.
    """

    text: str
    share: float | None
    is_dimmed: bool


COLUMNS = (
    TableColumn("class", "Class", None, False, "ap_at_iou"),
    TableColumn("GT", "Ground truth, ignored left out", lambda t: t.n_gt, False, "gt"),
    TableColumn("P", "Precision: TP / (TP + FP)", lambda t: t.precision, True, "precision"),
    TableColumn("R", "Recall: TP / (TP + FN)", lambda t: t.recall, True, "recall"),
    TableColumn("F1", "F1: 2 TP / (2 TP + FP + FN)", lambda t: t.f1, True, "f1"),
    TableColumn("AP", "Average precision at the IoU threshold, whatever the score", lambda t: t.ap, True, "ap_at_iou"),
)


class ClassTableModel(QAbstractTableModel):
    """Rows are classes in the order asked for; `class_row` translates back."""

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._evaluation: Evaluation | None = None
        self._cells: dict[tuple[int, int], TableCell] = {}
        self._order: AnyArray = np.zeros(0, np.int64)
        self._column = 1
        self._descending = True
        self._text = ""
        self._costs: ClassCosts | None = None
        self._costs_iou = 0.0

    def show(self, names: tuple[str, ...], evaluation: Evaluation | None) -> None:
        """Show the figures of ``evaluation``; the order of rows stays while only figures move."""
        same_classes = names is self._names and evaluation is not None and self._evaluation is not None
        before = self._evaluation
        self._names = names
        self._evaluation = evaluation
        self._cells.clear()
        if same_classes and before is not None and evaluation is not None:
            self._order_rows_quietly(before.per_class, evaluation.per_class)
            if before.params.iou_threshold != evaluation.params.iou_threshold:
                self.headerDataChanged.emit(Qt.Orientation.Horizontal, len(COLUMNS) - 1, len(COLUMNS) - 1)
        else:
            self.beginResetModel()
            self._order = self._ordered()
            self.endResetModel()

    def set_text(self, text: str) -> None:
        """Show only classes whose name contains ``text``."""
        self.beginResetModel()
        self._text = text.casefold()
        self._order = self._ordered()
        self.endResetModel()

    def class_row(self, row: int) -> int:
        """Return the class of table row ``row``."""
        return int(self._order[row])

    def row_of(self, class_row: int) -> int:
        """Return the table row of ``class_row``, or -1."""
        found = np.flatnonzero(self._order == class_row)
        return int(found[0]) if len(found) else -1

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        self._column, self._descending = column, order is Qt.SortOrder.DescendingOrder
        self._order = self._ordered()
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def cell(self, row: int, column: int) -> TableCell:
        """Return what stands in a cell, for painting; made when it is first looked at."""
        class_row = int(self._order[row])
        cell = self._cells.get((class_row, column))
        if cell is None:
            cell = self._cells[class_row, column] = self._make(class_row, COLUMNS[column])
        return cell

    def _make(self, class_row: int, column: TableColumn) -> TableCell:
        assert self._evaluation is not None
        table = self._evaluation.per_class
        is_dimmed = int(table.n_gt[class_row]) == 0 and int(table.n_predictions[class_row]) == 0
        if column.values is None:
            return TableCell(self._names[class_row], None, is_dimmed)
        value = column.values(table)[class_row]
        if column.is_share:
            return TableCell(figure(float(value)), float(value), is_dimmed)
        return TableCell(count(int(value)), None, is_dimmed)

    def _order_rows_quietly(self, before: ClassTable, after: ClassTable) -> None:
        new = self._ordered()
        if len(new) == len(self._order) and bool((new == self._order).all()):
            if len(new):
                # Columns that stay as they are need not be painted again.
                changed = [place for place, column in enumerate(COLUMNS) if _differs(column, before, after)]
                for first, last in _runs(changed):
                    self.dataChanged.emit(self.index(0, first), self.index(len(new) - 1, last))
            return
        self.layoutAboutToBeChanged.emit()
        self._order = new
        self.layoutChanged.emit()

    def _ordered(self) -> AnyArray:
        if self._evaluation is None:
            return np.zeros(0, np.int64)
        rows = np.array([r for r, name in enumerate(self._names) if self._text in name.casefold()], np.int64)
        values = COLUMNS[self._column].values
        if values is None:
            rows = np.array(sorted(rows.tolist(), key=lambda r: self._names[r].casefold()), np.int64)
            return rows[::-1] if self._descending else rows
        keys = np.asarray(values(self._evaluation.per_class), np.float64)[rows]
        keys = np.where(np.isnan(keys), np.inf, -keys if self._descending else keys)
        return rows[np.argsort(keys, kind="stable")]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            heading = COLUMNS[section].heading
            if heading == "AP" and self._evaluation is not None:
                heading += f"{self._evaluation.params.iou_threshold:.2f}".removeprefix("0")
            if section != self._column:
                return heading
            return f"{heading} {'↓' if self._descending else '↑'}"
        if role == Qt.ItemDataRole.ToolTipRole:
            meaning = COLUMNS[section].meaning
            if COLUMNS[section].heading == "AP" and self._evaluation is not None:
                params = self._evaluation.params
                meaning += f"\n{params.rules.sentence(params.iou_threshold)}"
            return as_tooltip(meaning)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._evaluation is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(index.row(), index.column()).text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if index.column() == 0 else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(self._explained(int(self._order[index.row()])))
        return None

    def show_costs(self, costs: ClassCosts | None, iou_threshold: float) -> None:
        """Tell in tooltips what errors cost each class; figures of the IoU threshold given, nothing where None."""
        self._costs = costs
        self._costs_iou = iou_threshold

    def _costs_of(self, row: int) -> str:
        """Return a line of what repairing each error type would gain, in points of AP; empty where that is not known."""
        if self._costs is None:
            return ""
        gains = {name: float(self._costs.dap(name)[row]) for name in ERROR_NAMES.values()}
        said = " · ".join(f"{name} {100 * gain:+.1f}" for name, gain in gains.items() if gain == gain)
        return f"\nrepaired, points of AP at IoU {self._costs_iou:.2f}: {said}" if said else ""

    def _explained(self, row: int) -> str:
        evaluation = self._evaluation
        assert evaluation is not None
        table, params = evaluation.per_class, evaluation.params
        n_gt, tp, fp, fn = (count(int(column[row])) for column in (table.n_gt, table.tp, table.fp, table.fn))
        shares = (table.precision, table.recall, table.f1, table.mean_iou, table.ap, table.best_f1, table.best_score)
        precision, recall, f1, mean_iou, ap, best_f1, best_score = (figure(float(column[row]), 3) for column in shares)
        return (
            f"{self._names[row]}\n"
            f"{n_gt} ground truth · TP {tp} · FP {fp} · FN {fn}\n"
            f"P {precision} · R {recall} · F1 {f1} · mean IoU {mean_iou}\n"
            f"at IoU {params.iou_threshold:.2f}, score {params.score_threshold:.2f}\n"
            f"AP {ap} at IoU {params.iou_threshold:.2f} ({params.rules.text}) · best F1 {best_f1} at score {best_score}"
            f"{self._costs_of(row)}"
        )


def _differs(column: TableColumn, before: ClassTable, after: ClassTable) -> bool:
    """Return whether a column shows anything else than before."""
    if not np.array_equal((before.n_gt == 0) & (before.n_predictions == 0), (after.n_gt == 0) & (after.n_predictions == 0)):
        return True
    if column.values is None:
        return False
    return not np.array_equal(column.values(before), column.values(after), equal_nan=column.is_share)


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """Return the first and last of each run of neighbouring numbers."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
