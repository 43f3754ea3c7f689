"""The note: plain text that is kept when one leaves it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QSizePolicy, QWidget

from diag_gui.ui.plain_text import as_tooltip

_LINES = 2


class NoteEdit(QPlainTextEdit):
    """Two lines of text that scroll, so that nothing below moves; Enter, Esc and going elsewhere finish it."""

    finished = Signal(str)
    """Emitted with the text when it was changed by hand and left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stored = ""
        self._came_from: QWidget | None = None
        self.setPlaceholderText("What should the annotator know?  N")
        self.setToolTip(as_tooltip("N begins a note, Enter or Esc ends and keeps it, Shift+Enter breaks the line"))
        self.setTabChangesFocus(True)
        self.setAccessibleName("Note")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES + 14)

    @property
    def is_changed(self) -> bool:
        """Whether there is text that was not handed over yet."""
        return self.toPlainText() != self._stored

    def show_note(self, text: str) -> None:
        """Show the stored ``text``."""
        self._stored = text
        if self.toPlainText() != text:
            self.setPlainText(text)

    def start(self) -> None:
        """Take the focus, to give it back afterwards."""
        self._came_from = QApplication.focusWidget()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def hand_over(self) -> None:
        """Finish the note as it stands, where it was changed."""
        if self.is_changed:
            self._stored = self.toPlainText()
            self.finished.emit(self._stored.strip())

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_leaving(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_leaving(event):
            self._leave()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # A context menu or another window borrows the focus and gives it back.
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.hand_over()

    def _leave(self) -> None:
        self.hand_over()
        back, self._came_from = self._came_from, None
        if back is not None and back is not self and back.isVisible():
            back.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.clearFocus()


def _is_leaving(event: QKeyEvent) -> bool:
    if event.key() == Qt.Key.Key_Escape:
        return True
    is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    return is_enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
