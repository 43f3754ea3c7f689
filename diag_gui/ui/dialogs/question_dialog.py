"""Asks before very many failures are decided about at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.many_at_once import Question
from diag_gui.session.state import Change
from diag_gui.session.store import SessionStore
from diag_gui.ui.plain_text import as_caption


class QuestionDialog(QDialog):
    """The question with its count, yes on Enter, no on Esc."""

    def __init__(self, question: Question, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Many at once")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        self.text = QLabel(question.text)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setProperty("role", "title")
        undo = QLabel("It is one step: U takes all of it back.")
        undo.setProperty("role", "secondary")
        column.addWidget(self.text)
        column.addWidget(undo)
        column.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        self.no = QPushButton("Cancel")
        self.no.clicked.connect(self.reject)
        # By Esc: an arrow that was meant for the failures would lead to it, and Enter would say no.
        self.no.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.yes = QPushButton(as_caption(question.answer))
        self.yes.setProperty("role", "primary")
        self.yes.setDefault(True)
        self.yes.clicked.connect(self.accept)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        column.addLayout(buttons)
        self.yes.setFocus()


class QuestionAsker(QObject):
    """Puts the question that stands in the state over the window, and takes it away when it is answered otherwise.

    Parameters
    ----------
    store : SessionStore
    controller : Controller
    window : QWidget
        Takes no key while it is asked.
    """

    def __init__(self, store: SessionStore, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._store, self._controller, self._window = store, controller, window
        self.dialog: QuestionDialog | None = None
        store.changed.connect(self._on_changed)

    def _on_changed(self, change: Change, _origin: str) -> None:
        if not change & Change.QUESTION:
            return
        question, dialog = self._store.state.question, self.dialog
        self.dialog = None
        if dialog is not None:
            dialog.close()
        if question is not None:
            self.dialog = QuestionDialog(question, self._window)
            self.dialog.finished.connect(self._answer)
            # At once: the next key is on its way, and is not for the failures.
            self.dialog.open()

    def _answer(self, result: int) -> None:
        if self.dialog is not None:
            # Else it was taken away by what had happened meanwhile.
            self.dialog = None
            self._controller.review.answer(result == QDialog.DialogCode.Accepted)
