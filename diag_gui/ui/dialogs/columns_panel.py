"""Which column of a table is image, class, score and box: proposed from the header, and for the image from the first rows where
the header does not tell; shown with these rows, open to change.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from diag_gui.formats.column_choice import BOXES, NO_CHOICE, UNITS, ColumnChoice
from diag_gui.formats.recognition import PREDICTIONS, Role
from diag_gui.formats.table_head import TableHead
from diag_gui.formats.table_layout import TableLayout, proposed_layout

_NONE = "—"
_ORDERS = {"xyxy": "corners", "xywh": "left, top, size", "cxcywh": "centre, size"}
_LIST = "four in one cell"
_BOX_NAMES = {"x1": "Left", "y1": "Top", "x2": "Right", "y2": "Bottom", "x": "Left", "y": "Top", "w": "Width", "h": "Height",
              "cx": "Centre x", "cy": "Centre y", "bbox": "Box"}  # fmt: skip
_UNIT_NAMES = {"": "auto", "pixels": "pixels", "relative": "shares"}
_NUMBERS = frozenset({*_BOX_NAMES, "score"})
_PER_LINE = 4
_SHOWN_CHARS = 40
_ROW_PX, _EDGE_PX = 22, 4


class ColumnsPanel(QWidget):
    """The parts of one table; hidden until it is shown one.

    Parameters
    ----------
    role : Role
        Predictions have a score.
    """

    changed = Signal()

    def __init__(self, role: Role) -> None:
        super().__init__()
        self._role = role
        self._head: TableHead | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.title = QLabel()
        self.title.setProperty("role", "secondary")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self.title)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        column.addLayout(self._grid)
        self.order = QComboBox()
        self.order.addItems([*_ORDERS.values(), _LIST])
        self.order.setAccessibleName(f"Numbers of a box, {role}")
        self.order.currentIndexChanged.connect(self._order_changed)
        self.units = QComboBox()
        self.units.addItems([_UNIT_NAMES[name] for name in ("", *UNITS)])
        self.units.setAccessibleName(f"Units of a box, {role}")
        self.units.currentIndexChanged.connect(self._choice_changed)
        self.parts: dict[str, QComboBox] = {}
        self._labels: list[QLabel] = []
        self.preview = QTableWidget()
        self.preview.setAccessibleName(f"First rows, {role}")
        self.preview.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.preview.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.preview.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.preview.verticalHeader().hide()
        self.preview.verticalHeader().setMinimumSectionSize(_ROW_PX)
        self.preview.verticalHeader().setDefaultSectionSize(_ROW_PX)
        column.addWidget(self.preview)
        self.setVisible(False)

    @property
    def head(self) -> TableHead | None:
        """The table that is shown."""
        return self._head

    def show_table(self, head: TableHead | None, choice: ColumnChoice = NO_CHOICE) -> None:
        """Show a table and what is proposed for it, with ``choice`` in its place; hide for None."""
        self._head = head
        self.setVisible(head is not None)
        if head is not None:
            self.title.setText(f"Columns of {head.path.name}: proposed from header and first rows, remembered for tables like it")
            layout = proposed_layout(head.names, choice)
            if not layout.image and not head.has_boxes_apart:
                layout = replace(layout, image=head.picture_column(layout.used))
            self._fill(layout)
        self.changed.emit()

    def choice(self) -> ColumnChoice:
        """Return what differs from the proposal, whole; nothing where nothing does."""
        head = self._head
        if head is None:
            return NO_CHOICE
        named = self._named()
        units = ("", *UNITS)[self.units.currentIndex()]
        is_list = not head.has_boxes_apart and self.order.currentText() == _LIST
        chosen = ColumnChoice(MappingProxyType(named), units, "")
        proposed = {part: name for part, name in proposed_layout(head.names).choice.items() if part in self.parts}
        if named == proposed and not units and is_list == ("bbox" in proposed):
            return NO_CHOICE
        return chosen

    def problem(self) -> str:
        """Return what is lacking, chosen twice or no number, in words; empty where nothing is."""
        head = self._head
        if head is None:
            return ""
        said = self._lacking(head) or self._chosen_twice() or self._no_number(head)
        return f"{head.path.name}: {said}" if said else ""

    def _lacking(self, head: TableHead) -> str:
        if head.has_boxes_apart:
            return ""
        needed = {"image", *self._box_parts(), *(("score",) if self._role == PREDICTIONS else ())}
        lacking = [_label(part).lower() for part in self.parts if part in needed and self.parts[part].currentIndex() <= 0]
        return f"choose the column of {', '.join(lacking)}" if lacking else ""

    def _chosen_twice(self) -> str:
        parts_of: dict[str, list[str]] = {}
        for part, name in self._named().items():
            parts_of.setdefault(name, []).append(_label(part).lower())
        twice = next(((name, parts) for name, parts in parts_of.items() if len(parts) > 1), None)
        return f"the column {twice[0][:_SHOWN_CHARS]} is chosen for {' and '.join(twice[1])}" if twice else ""

    def _no_number(self, head: TableHead) -> str:
        for part, name in self._named().items():
            if part in _NUMBERS and (text := head.text_for_numbers(name, in_lists=part == "bbox")):
                return f"{_label(part).lower()} has no number in the first rows of {name[:_SHOWN_CHARS]}: {text[:_SHOWN_CHARS]!r}"
        return ""

    def _named(self) -> dict[str, str]:
        """Return the column of each part that has one."""
        return {part: box.currentText() for part, box in self.parts.items() if box.currentIndex() > 0}

    def _box_parts(self) -> tuple[str, ...]:
        place = self.order.currentIndex()
        return tuple(BOXES.values())[place] if place < len(BOXES) else ("bbox",)

    def _fill(self, layout: TableLayout) -> None:
        """Set order, units and every part as the layout has them."""
        order = len(_ORDERS) if len(layout.box) == 1 else list(_ORDERS).index(layout.order)
        for box, place in ((self.order, order), (self.units, ("", *UNITS).index(layout.units))):
            box.blockSignals(True)
            box.setCurrentIndex(place)
            box.blockSignals(False)
        self._make_parts(layout.choice)

    def _make_parts(self, columns: dict[str, str]) -> None:
        """Make a chooser per part, in lines of four."""
        head = self._head
        assert head is not None
        for old in (*self.parts.values(), *self._labels):
            self._grid.removeWidget(old)
            old.deleteLater()
        self.parts, self._labels = {}, []
        score = ("score",) if self._role == PREDICTIONS else ()
        for part in ("image", "class", *score, *(() if head.has_boxes_apart else self._box_parts())):
            box = QComboBox()
            box.addItems([_NONE, *head.names])
            box.setCurrentIndex(head.names.index(columns[part]) + 1 if columns.get(part) in head.names else 0)
            box.setAccessibleName(f"{_label(part)}, {self._role}")
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.currentIndexChanged.connect(self._choice_changed)
            self.parts[part] = box
        cells: list[tuple[str, QComboBox]] = [(_label(part), box) for part, box in self.parts.items()]
        for box, has_place in ((self.order, not head.has_boxes_apart), (self.units, not head.has_boxes_apart)):
            box.setVisible(has_place)
        if not head.has_boxes_apart:
            first = 2 + len(score)
            cells[first:first] = [("Numbers", self.order)]
            cells.append(("Units", self.units))
        for place, (name, box) in enumerate(cells):
            line, cell = divmod(place, _PER_LINE)
            label = QLabel(name)
            label.setBuddy(box)
            self._labels.append(label)
            self._grid.addWidget(label, line, 2 * cell)
            self._grid.addWidget(box, line, 2 * cell + 1)
            self._grid.setColumnStretch(2 * cell + 1, 1)
        self._show_rows()

    def _show_rows(self) -> None:
        """Show the first rows, each used column under the part it plays."""
        head = self._head
        assert head is not None
        part_of = {box.currentText(): _label(part) for part, box in self.parts.items() if box.currentIndex() > 0}
        self.preview.setColumnCount(len(head.names))
        self.preview.setRowCount(len(head.rows))
        for place, name in enumerate(head.names):
            header = QTableWidgetItem(f"{name}\n{part_of[name]}" if name in part_of else f"{name}\n ")
            font = header.font()
            font.setBold(name in part_of)
            header.setFont(font)
            self.preview.setHorizontalHeaderItem(place, header)
            for row, cells in enumerate(head.rows):
                self.preview.setItem(row, place, QTableWidgetItem(cells[place]))
        self.preview.resizeColumnsToContents()
        height_px = self.preview.horizontalHeader().sizeHint().height() + len(head.rows) * _ROW_PX
        self.preview.setFixedHeight(height_px + self.preview.horizontalScrollBar().sizeHint().height() + _EDGE_PX)

    def _order_changed(self) -> None:
        named = self._named()
        self._make_parts(named)
        self.changed.emit()

    def _choice_changed(self) -> None:
        self._show_rows()
        self.changed.emit()


def _label(part: str) -> str:
    return _BOX_NAMES.get(part, part.capitalize())
