"""Every action by typing a part of its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from diag_gui.ui.actions import Actions, key_text
from diag_gui.ui.plain_text import from_caption
from diag_gui.ui.theme import current_theme

_WHOLE_LINES = 14


class CommandPalette(QDialog):
    """A line and the actions that match it; Enter runs the chosen one.

    Parameters
    ----------
    actions : Actions
    parent : QWidget
        The window it appears over.
    """

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        colors = current_theme().colors
        self.setStyleSheet(f"CommandPalette {{ background: {colors['panel']}; border: 1px solid {colors['secondary']}; }}")
        self.setFixedWidth(520)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        self.line = QLineEdit()
        self.line.setPlaceholderText("Type a command")
        self.line.setMinimumHeight(30)
        self.line.installEventFilter(self)
        column.addWidget(self.line)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerItem)
        column.addWidget(self.list, 1)
        self.line.textChanged.connect(self._match)
        self.line.returnPressed.connect(self._run)
        self.list.itemClicked.connect(lambda _item: self._run())
        self._match("")
        self.list.setFixedHeight(_WHOLE_LINES * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth())
        self.adjustSize()
        corner = parent.mapToGlobal(parent.rect().topLeft())
        self.move(corner.x() + (parent.width() - self.width()) // 2, corner.y() + 84)
        self.line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)

    def _match(self, text: str) -> None:
        words = text.casefold().split()
        self.list.clear()
        for spec in self._actions.specs:
            action = self._actions[spec.name]
            name = from_caption(action.text())
            if action.isEnabled() and all(word in f"{spec.menu} {name}".casefold() for word in words):
                item = QListWidgetItem(self.list)
                item.setData(Qt.ItemDataRole.UserRole, action)
                line = _line(spec.menu, name, key_text(spec.keys[0]) if spec.keys else "")
                item.setSizeHint(line.sizeHint())
                self.list.setItemWidget(item, line)
        self.list.setCurrentRow(0)

    def _run(self) -> None:
        item = self.list.currentItem()
        self.close()
        if item is not None:
            action: QAction = item.data(Qt.ItemDataRole.UserRole)
            action.trigger()


def _line(menu: str, name: str, key: str) -> QWidget:
    widget = QWidget()
    row = QHBoxLayout(widget)
    row.setContentsMargins(8, 5, 8, 5)
    group = QLabel(menu)
    group.setProperty("role", "secondary")
    group.setFixedWidth(78)
    text = QLabel(name)
    text.setTextFormat(Qt.TextFormat.PlainText)
    keys = QLabel(key)
    keys.setProperty("role", "secondary")
    for part in (group, text):
        row.addWidget(part)
    row.addStretch(1)
    row.addWidget(keys)
    return widget
