"""A list that is walked with the arrows and asked with Enter, as a click asks it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView


class ListKeys(QObject):
    """Gives ``view`` a line in question once it has the focus; Enter emits its ``clicked`` with that line.

    Parameters
    ----------
    view : QAbstractItemView
        Its arrows move the line, which it draws where it has the focus.
    """

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        view.installEventFilter(self)
        view.selectionModel().currentChanged.connect(lambda _now, _before: view.viewport().update())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        view = self._view
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            if not view.currentIndex().isValid():
                view.setCurrentIndex(view.model().index(0, 0))
            view.viewport().update()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and view.currentIndex().isValid():
            is_enter = Qt.Key(event.key()) in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_enter:
                view.clicked.emit(view.currentIndex())
            return is_enter
        return False
