"""What appears below the filter line: possible completions, and what is wrong with an expression."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QWidget

from diag_gui.exceptions import ExpressionError
from diag_gui.ui.theme import current_theme

_ROW_PX = 22
_MOST_ROWS = 12


class CompletionList(QListWidget):
    """Texts to choose from while the line keeps the focus.

    It lies in the window itself and not in a window of its own: nothing grabs the keyboard, so typing goes on.

    Parameters
    ----------
    line : QWidget
        What it appears under.
    on_chosen : callable
        Takes the whole line after the completion.
    """

    def __init__(self, line: QWidget, on_chosen: Callable[[str], None]) -> None:
        super().__init__(line.window())
        self._line = line
        self._on_chosen = on_chosen
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setProperty("role", "popup")
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda _item: self.choose())
        self.hide()

    def offer(self, completions: Sequence[tuple[str, str]]) -> None:
        """Show ``completions``: the line after each, and what the list says. None hides it."""
        self.clear()
        if not completions:
            self.hide()
            return
        for line, shown in completions[:_MOST_ROWS]:
            item = QListWidgetItem(shown, self)
            item.setData(Qt.ItemDataRole.UserRole, line)
        if self.parentWidget() is not self._line.window():
            self.setParent(self._line.window())
        colors = current_theme().colors
        self.setStyleSheet(
            f"QListWidget {{ background: {colors['raised']}; border: 1px solid {colors['line']}; border-radius: 4px; }}"
            f"QListWidget::item {{ padding: 2px 8px; }} QListWidget::item:selected {{ background: {colors['selection']}; }}"
        )
        self.setFixedSize(min(360, max(220, self._line.width())), _ROW_PX * self.count() + 6)
        self.move(self._line.mapTo(self._line.window(), QPoint(0, self._line.height() + 6)))
        self.setCurrentRow(-1)
        self.show()
        self.raise_()

    def step(self, n: int) -> None:
        """Mark the next row, or the one before."""
        row = self.currentRow()
        self.setCurrentRow((row + n) % self.count() if row >= 0 else (0 if n > 0 else self.count() - 1))

    def take_the_only_one(self) -> bool:
        """Take the completion where there is no choice; False if there is a choice or nothing is offered."""
        if self.isHidden() or self.count() != 1:
            return False
        self.setCurrentRow(0)
        return self.choose()

    def choose(self) -> bool:
        """Take the marked completion; False if none is marked."""
        item = self.currentItem()
        self.hide()
        if item is None or self.currentRow() < 0:
            return False
        self._on_chosen(item.data(Qt.ItemDataRole.UserRole))
        return True


class ExpressionMessage(QFrame):
    """What is wrong with the typed expression, with near names; or what is odd about one that holds."""

    def __init__(self, line: QWidget) -> None:
        super().__init__(line.window())
        self._line = line
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        row.addWidget(self._label)
        self.hide()

    def text(self) -> str:
        """Return the shown message; empty while hidden."""
        return self._label.text() if not self.isHidden() else ""

    def show_error(self, error: ExpressionError) -> None:
        """Say what is wrong, below the line."""
        self._show(str(error), "poor")

    def show_note(self, text: str) -> None:
        """Say what is odd about an expression that holds, below the line."""
        self._show(text, "fair")

    def _show(self, text: str, edge_role: str) -> None:
        if self.parentWidget() is not self._line.window():
            self.setParent(self._line.window())
        raised, edge = current_theme().colors["raised"], current_theme().colors[edge_role]
        self.setStyleSheet(f"ExpressionMessage {{ background: {raised}; border: 1px solid {edge}; border-radius: 4px; }}")
        self._label.setText(text)
        self.adjustSize()
        self.move(self._line.mapTo(self._line.window(), QPoint(0, self._line.height() + 6)))
        self.show()
        self.raise_()
