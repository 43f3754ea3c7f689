"""A drawing of many parts: each says itself when pointed at, and is walked to and asked for by keys of the drawing's own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from diag_gui.ui.plain_text import as_tooltip

MOVES = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
"""Rows down and columns right that an arrow goes."""

CHOOSE_KEYS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})


class WalkedDrawing(QWidget):
    """What all such drawings share; a subclass names its ``own_keys`` and implements `said_at`, `press` and `leave`.

    The arrows and Space go through the failures in the rest of the window: while the drawing has the focus they are its own.

    Parameters
    ----------
    name : str
        For who does not see it.
    """

    own_keys: frozenset[Qt.Key] = frozenset(MOVES) | CHOOSE_KEYS

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)

    def said_at(self, at: QPointF) -> str:
        """Return what the part at a point says; empty where there is none."""
        raise TypeError(f"{type(self).__name__} says nothing: it lacks said_at()")

    def press(self, key: Qt.Key) -> bool:
        """Walk or choose by ``key``; False where the key means nothing now."""
        raise TypeError(f"{type(self).__name__} cannot be walked: it lacks press()")

    def leave(self) -> None:
        """Forget what is pointed at."""
        raise TypeError(f"{type(self).__name__} keeps what is pointed at: it lacks leave()")

    def point_out(self, can_be_asked: bool) -> None:
        """Say by the pointer whether a click asks for what lies below it, and paint again."""
        self.setCursor(Qt.CursorShape.PointingHandCursor if can_be_asked else Qt.CursorShape.ArrowCursor)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.press(Qt.Key(event.key())):
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.leave()
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if not held and Qt.Key(event.key()) in self.own_keys:
                event.accept()
                return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            said = self.said_at(QPointF(event.pos()))
            if said:
                QToolTip.showText(event.globalPos(), as_tooltip(said), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
