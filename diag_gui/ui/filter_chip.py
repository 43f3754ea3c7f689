"""One restriction of the filter: its words, shortened to the room there is, and a cross; a click takes it off."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from diag_gui.ui.plain_text import as_caption, as_tooltip
from diag_gui.ui.theme import current_theme

_MOST_CHARACTERS = 34
_CROSS = "  ×"


class FilterChip(QToolButton):
    """Says ``said`` for the restriction ``text``; its tooltip says ``text``."""

    def __init__(self, parent: QWidget, text: str, said: str) -> None:
        super().__init__(parent)
        self._said = said if len(said) <= _MOST_CHARACTERS else f"{said[:20]}…{said[-12:]}"
        self.setToolTip(as_tooltip(f"{text}\nClick to take it off"))
        self.setAccessibleName(f"Filter {text}, remove")
        # A click takes the focus, and gives it to the failures: who is writing a note has finished it.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        colors = current_theme().colors
        self.setStyleSheet(
            f"QToolButton {{ background: {colors['selection']}; color: {colors['text']}; border: 1px solid transparent;"
            f" border-radius: 9px; padding: 1px 8px; font-size: 11px; }}"
            f" QToolButton:hover {{ border-color: {colors['accent']}; }}"
        )
        self._show(self._said)

    def whole_px(self) -> int:
        """Return the width of all its words."""
        self._show(self._said)
        self.ensurePolished()
        return self.sizeHint().width()

    def fit(self, room_px: int) -> None:
        """Shorten the words in the middle where they need more than ``room_px``."""
        over = self.whole_px() - room_px
        if over > 0:
            metrics = self.fontMetrics()
            self._show(metrics.elidedText(self._said, Qt.TextElideMode.ElideMiddle, metrics.horizontalAdvance(self._said) - over))

    def _show(self, said: str) -> None:
        self.setText(f"{as_caption(said)}{_CROSS}")
