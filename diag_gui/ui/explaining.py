"""Where a number comes from, asked at the number: by a click that means nothing else, by the right button or by key."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor, QMouseEvent
from PySide6.QtWidgets import QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.store import SessionStore
from diag_gui.ui.dialogs.explanation_dialog import ExplanationDialog
from diag_gui.ui.figure_places import figure_at


class Explaining:
    """Finds the figure that is meant and opens its account.

    Parameters
    ----------
    store : SessionStore
        Read, never written.
    controller : Controller
    window : QWidget
        What holds the figures; it hands on the mouse events that nothing in it has taken.
    """

    def __init__(self, store: SessionStore, controller: Controller, window: QWidget) -> None:
        self.dialog: ExplanationDialog | None = None
        self._store = store
        self._controller = controller
        self._window = window
        self._pressed = ""

    def explain(self, figure: str = "") -> None:
        """Say where ``figure`` comes from; without one ask for the figure under the pointer, or for its name."""
        if self._store.state.evaluation is None:
            self._controller.say("There is no number to explain yet: open ground truth and predictions first")
            return
        dialog = self.dialog
        if dialog is None:
            self.dialog = dialog = ExplanationDialog(self._store, self._controller, self._window)
            dialog.destroyed.connect(self._forget)
            corner = self._window.mapToGlobal(self._window.rect().topRight())
            dialog.move(corner.x() - dialog.width() - 40, corner.y() + 90)
        dialog.show()
        dialog.activateWindow()
        figure = figure or figure_at(self._window, self._window.mapFromGlobal(QCursor.pos()))
        if figure:
            dialog.ask(figure)
        else:
            dialog.line.setFocus()
            dialog.line.selectAll()

    def explain_at(self, position: QPoint) -> None:
        """Explain the figure at a place of the window, if there is one."""
        figure = figure_at(self._window, position)
        if figure:
            self.explain(figure)

    def press(self, event: QMouseEvent) -> None:
        """Take a press of the mouse that meant nothing to what it was on: a number of a heading, not a row or a bar."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = figure_at(self._window, event.position().toPoint()) if is_left else ""

    def release(self, event: QMouseEvent) -> None:
        """Explain the figure that the mouse was pressed on, where it is let go on the same."""
        figure, self._pressed = self._pressed, ""
        if figure and figure == figure_at(self._window, event.position().toPoint()):
            self.explain(figure)

    def _forget(self) -> None:
        self.dialog = None
