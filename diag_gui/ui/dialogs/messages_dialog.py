"""What the status bar said since the program began, with the details of each message."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLabel, QListWidget, QListWidgetItem, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from diag_gui.session.messages import MessageLog
from diag_gui.ui.theme import current_theme

_SIZE = (760, 420)


class MessagesDialog(QDialog):
    """A list, newest first, and below it the whole of the message in question; copying takes that.

    Parameters
    ----------
    messages : MessageLog
        Followed while the dialog is open.
    parent : QWidget
    """

    def __init__(self, messages: MessageLog, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Messages")
        self.resize(*_SIZE)
        self._messages = messages
        self._shown = messages.said
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(8)
        self.empty = QLabel("Nothing was said yet")
        self.empty.setProperty("role", "secondary")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.empty, 1)
        self.list = QListWidget()
        self.list.setAccessibleName("Messages, the newest first")
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._show_whole)
        self.list.installEventFilter(self)
        self.whole = QPlainTextEdit()
        self.whole.setReadOnly(True)
        self.whole.setAccessibleName("The whole message")
        self.halves = QSplitter(Qt.Orientation.Vertical)
        self.halves.addWidget(self.list)
        self.halves.addWidget(self.whole)
        self.halves.setSizes([240, 120])
        column.addWidget(self.halves, 1)
        messages.added.connect(self._fill)
        self._fill()
        self.list.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.whole.toPlainText())
            return True
        return super().eventFilter(watched, event)

    def _fill(self) -> None:
        """List what was said, and stay with the message in question."""
        row = self.list.currentRow()
        current = self._shown[row] if 0 <= row < len(self._shown) else None
        self._shown = self._messages.said
        self.list.clear()
        error = QColor(current_theme().colors["poor"])
        for message in self._shown:
            item = QListWidgetItem(f"{message.at:%H:%M:%S}   {message.notice.text}")
            if message.notice.is_error:
                item.setForeground(error)
            self.list.addItem(item)
        self.empty.setVisible(not self._shown)
        self.halves.setVisible(bool(self._shown))
        if self._shown:
            at = next((place for place, message in enumerate(self._shown) if message is current), 0)
            self.list.setCurrentRow(at)

    def _show_whole(self, row: int) -> None:
        self.whole.setPlainText(self._shown[row].text if 0 <= row < len(self._shown) else "")
