"""The sheet of all keys, made from the actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from diag_gui.ui.actions import MENUS, Actions, key_text
from diag_gui.ui.plain_text import from_caption
from diag_gui.ui.theme import current_theme

_COLUMNS = (("Go", "Review", "Slices"), ("View", "Edit"), ("File", "Thresholds", "Help"))


class KeySheet(QDialog):
    """Columns of actions with their keys; any key closes it."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 16, 24, 8)
        row.setSpacing(28)
        assert {menu for column in _COLUMNS for menu in column} == set(MENUS)
        for menus in _COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(4)
            for menu in menus:
                title = QLabel(menu)
                title.setProperty("role", "title")
                column.addWidget(title)
                column.addLayout(_keys_of(actions, menu))
                column.addSpacing(8)
            column.addStretch(1)
            row.addLayout(column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.close()


def _keys_of(actions: Actions, menu: str) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(3)
    colors = current_theme().colors
    for line, spec in enumerate(spec for spec in actions.specs if spec.menu == menu):
        keys = QLabel("  ".join(key_text(key) for key in spec.keys[:2]))
        keys.setStyleSheet(f"color: {colors['secondary']}; font-size: 11px;")
        keys.setFixedWidth(150)
        name = QLabel(from_caption(actions[spec.name].text()))
        name.setTextFormat(Qt.TextFormat.PlainText)
        grid.addWidget(keys, line, 0)
        grid.addWidget(name, line, 1)
    return grid
