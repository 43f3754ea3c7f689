"""Kinds of problems and the lines of one kind, as tables; nothing is written before it is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from diag_gui.data.arrays import AnyArray
from diag_gui.evaluation.lint_texts import MEANINGS
from diag_gui.session.problems import DROPPED, HINT, ProblemKind
from diag_gui.ui.plain_text import as_tooltip, count
from diag_gui.ui.theme import current_theme

Index = QModelIndex | QPersistentModelIndex
_NOTHING = QModelIndex()
_MEANING = {DROPPED: "left out", HINT: "looks odd"}
_COLOR = {DROPPED: "poor", HINT: "secondary"}
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ProblemKindsModel(QAbstractTableModel):
    """One line per kind and file: what it is, where, and how many; under a filter, how many of its lines fit."""

    HEADER = ("problem", "what became of it", "in", "count")

    def __init__(self) -> None:
        super().__init__()
        self.kinds: tuple[ProblemKind, ...] = ()
        self.n_matching: tuple[int, ...] | None = None

    def show(self, kinds: tuple[ProblemKind, ...], n_matching: tuple[int, ...] | None) -> None:
        """Show ``kinds``; ``n_matching`` is the number of lines of each that fit the filter, None without one."""
        if kinds is self.kinds:
            self.n_matching = n_matching
            if kinds:
                self.dataChanged.emit(self.index(0, 0), self.index(len(kinds) - 1, len(self.HEADER) - 1))
            return
        self.beginResetModel()
        self.kinds, self.n_matching = kinds, n_matching
        self.endResetModel()

    def rowCount(self, parent: Index = _NOTHING) -> int:
        """Return the number of kinds."""
        return 0 if parent.isValid() else len(self.kinds)

    def columnCount(self, parent: Index = _NOTHING) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.HEADER)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.HEADER[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section == len(self.HEADER) - 1 else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, colour or place of a cell."""
        kind, column = self.kinds[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == len(self.HEADER) - 1:
            return _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole:
            is_void = self.n_matching is not None and not self.n_matching[index.row()]
            if is_void:
                return current_theme().color("secondary", 0.5)
            return current_theme().color(_COLOR.get(kind.verdict, "fair")) if column == 1 else None
        if role == Qt.ItemDataRole.ToolTipRole:
            meaning = MEANINGS.get(kind.kind, "") if kind.verdict == HINT else ""
            return as_tooltip(f"{kind.kind}: {self._text(index.row(), 3)} in {kind.source}" + (f"\n{meaning}" if meaning else ""))
        return None

    def _text(self, row: int, column: int) -> str:
        kind = self.kinds[row]
        if column < len(self.HEADER) - 1:
            return (kind.kind, _MEANING.get(kind.verdict, "kept"), kind.source)[column]
        if self.n_matching is None:
            return count(kind.count)
        return f"{count(self.n_matching[row])} of {count(kind.count)}"


class ProblemLinesModel(QAbstractTableModel):
    """The lines of one kind that fit the filter: image, and what is said."""

    HEADER = ("image", "what is said")

    def __init__(self) -> None:
        super().__init__()
        self.kind: ProblemKind | None = None
        self.places: AnyArray = np.zeros(0, np.int64)

    def show(self, kind: ProblemKind | None, places: AnyArray) -> None:
        """Show the lines of ``kind`` at ``places``."""
        self.beginResetModel()
        self.kind, self.places = kind, places
        self.endResetModel()

    def rowCount(self, parent: Index = _NOTHING) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self.places)

    def columnCount(self, parent: Index = _NOTHING) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.HEADER)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.HEADER[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, whole in the tooltip."""
        if self.kind is None or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        text = self._cell(index.row(), index.column())
        return text if role == Qt.ItemDataRole.DisplayRole else as_tooltip(text)

    def line(self, row: int) -> str:
        """Return a line as it is copied."""
        return ": ".join(part for part in (self._cell(row, 0), self._cell(row, 1)) if part)

    def _cell(self, row: int, column: int) -> str:
        assert self.kind is not None
        place = int(self.places[row])
        return self.kind.image(place) if column == 0 else self.kind.text(place)
