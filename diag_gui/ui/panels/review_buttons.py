"""The tags as buttons with the keys that do the same."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from diag_gui.ui.theme import current_theme, font

_HEIGHT_PX = 26
_CAP_PX = 16.0
_GAP_PX = 5.0


class Mark(Enum):
    """How many of the failures chosen carry a tag."""

    NONE = 0
    SOME = 1
    ALL = 2


class TagButton(QAbstractButton):
    """A key cap and a name; filled where everything chosen carries the tag, outlined where some of it does.

    Parameters
    ----------
    key : str
        The digit on the cap.
    name : str
        The tag.
    """

    def __init__(self, key: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._mark = Mark.NONE
        self.setText(name)
        # The name is the user's: an ampersand in it is no key of its own.
        self.setShortcut(QKeySequence())
        self.setAccessibleName(f"{name}, key {key}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @property
    def mark(self) -> Mark:
        """What is shown."""
        return self._mark

    def show_mark(self, mark: Mark) -> None:
        """Show how many of the failures chosen carry the tag."""
        if mark is not self._mark:
            self._mark = mark
            self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(font("secondary")).horizontalAdvance(self.text()) + _CAP_PX + 24
        return QSize(round(min(width, 150)), _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(56, _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.45)
        is_on = self._mark is Mark.ALL
        line = theme.color("tag") if self._mark is not Mark.NONE else theme.color("line")
        if self.underMouse() and self.isEnabled() and not is_on:
            line = theme.color("secondary") if self._mark is Mark.NONE else line
        if self.hasFocus():
            line = theme.color("accent")
        painter.setPen(QPen(line, 1.0))
        painter.setBrush(theme.color("tag") if is_on else theme.color("line" if self.isDown() else "raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        cap = QRectF(_GAP_PX, (self.height() - _CAP_PX) / 2, _CAP_PX, _CAP_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("truth_edge", 0.45) if is_on else theme.color("shade"))
        painter.drawRoundedRect(cap, 3, 3)
        painter.setFont(font("caption", bold=True))
        painter.setPen(theme.color("on_tag") if is_on else theme.color("text"))
        painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), self._key)
        room = QRectF(cap.right() + _GAP_PX, 0, self.width() - cap.right() - 2 * _GAP_PX, self.height())
        # A name that is a little too long is better small than cut.
        fits = QFontMetricsF(font("secondary")).horizontalAdvance(self.text()) <= room.width()
        face = font("secondary" if fits else "caption")
        painter.setFont(face)
        shown = QFontMetricsF(face).elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room.width() + 0.5)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
