"""The filter: active restrictions as chips that come off by click, and a line to type the next one in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from diag_gui.exceptions import ExpressionError
from diag_gui.ui.filter_chip import FilterChip
from diag_gui.ui.filter_popups import CompletionList, ExpressionMessage
from diag_gui.ui.theme import current_theme

_HEIGHT_PX, _LEAST_PX = 28, 272
_LINE_PX, _COUNT_PX = 76, 28
"""Kept for the line, and for the number of chips out of sight."""

_OWN_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FilterBox(QFrame):
    """Chips and a line.

    Parameters
    ----------
    complete : callable
        (text, cursor) to a list of (whole line after completion, what the list shows).
    submit : callable
        Takes the typed expression and returns what is odd about it; raises `ExpressionError` where it does not parse.
    """

    chip_removed = Signal(object)
    clear_requested = Signal()
    left = Signal()
    """An expression was accepted or a chip clicked: the keys are free for the failures again."""

    def __init__(
        self,
        complete: Callable[[str, int], Sequence[tuple[str, str]]],
        submit: Callable[[str], Sequence[str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._complete = complete
        self._submit = submit
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT_PX)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(5, 2, 5, 2)
        self._row.setSpacing(4)
        self._chips: list[FilterChip] = []
        self._is_following = False
        self._hidden_count = QLabel()
        self._hidden_count.setProperty("role", "caption")
        self._hidden_count.hide()
        self._row.addWidget(self._hidden_count)
        self.line = QLineEdit()
        self.line.setFrame(False)
        self.line.setStyleSheet("QLineEdit { background: transparent; border: none; padding: 0 2px; }")
        self.line.setPlaceholderText("Filter: area < 1024 AND class = 'car'")
        self.line.setAccessibleName("Filter expression")
        self.line.setMaxLength(4096)
        self.line.installEventFilter(self)
        self._row.addWidget(self.line, 1)
        self._message = ExpressionMessage(self.line)
        self._list = CompletionList(self.line, self._take_completion)
        self.line.textEdited.connect(self._offer)
        self.line.returnPressed.connect(self._enter)

    def show_chips(self, chips: Sequence[tuple[str, object]], words: Mapping[str, str] | None = None) -> None:
        """Show the active restrictions, the newest last: text for people, and the key that `chip_removed` will carry.

        Where ``words`` has other words for a text, the chip shows them and its tooltip the text.
        """
        for chip in self._chips:
            self._row.removeWidget(chip)
            chip.deleteLater()
        self._chips = []
        for place, (text, key) in enumerate(chips):
            chip = FilterChip(self, text, (words or {}).get(text, text))
            chip.clicked.connect(lambda _checked=False, key=key: self._remove(key))
            self._row.insertWidget(place, chip)
            self._chips.append(chip)
        self._fit_chips()
        self.line.setPlaceholderText("and …" if chips else "Filter: area < 1024 AND class = 'car'")

    def _remove(self, key: object) -> None:
        self.chip_removed.emit(key)
        if not self.line.hasFocus():
            self.left.emit()

    @property
    def chips(self) -> list[FilterChip]:
        """The chips now shown, in order."""
        return list(self._chips)

    def _fit_chips(self) -> None:
        """Keep room for the line: the newest chip always stands there, of the others as many as fit; the rest is a count."""
        room, n_shown = self.width() - (_LINE_PX if len(self._chips) < 2 else _LINE_PX + _COUNT_PX), 0
        for chip in reversed(self._chips):
            if n_shown == 0:
                chip.fit(room - self._row.spacing())
            width = (chip.sizeHint().width() if n_shown == 0 else chip.whole_px()) + self._row.spacing()
            is_shown = n_shown == 0 or width <= room
            chip.setVisible(is_shown)
            if is_shown:
                room, n_shown = room - width, n_shown + 1
        n_hidden = len(self._chips) - n_shown
        self._hidden_count.setText(f"+{n_hidden}")
        self._hidden_count.setVisible(n_hidden > 0)

    def sizeHint(self) -> QSize:
        return QSize(_LEAST_PX, _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        # Whatever chips there are: what stands beside it must not move when one comes.
        return QSize(_LEAST_PX, _HEIGHT_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_chips()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._is_following and event.type() in (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress):
            self._follow_the_window(False)
            self._message.hide()
        if watched is self.line and event.type() == QEvent.Type.FocusOut:
            self._list.hide()
            self._message.hide()
            self.update()
        elif watched is self.line and event.type() == QEvent.Type.FocusIn:
            self.update()
        elif watched is self.line and event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if Qt.Key(event.key()) in _OWN_KEYS:
                # Says that the key is for this line, before the window's shortcuts take it.
                event.accept()
                return True
        elif watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._pressed(Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def _pressed(self, key: Qt.Key) -> bool:
        """Return whether the key was for the list, the chips or the way out, and not for the line."""
        if key is Qt.Key.Key_Backspace and not self.line.text() and self._chips:
            self._chips[-1].click()
        elif key is Qt.Key.Key_Escape:
            self._escape()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            if self._list.isHidden():
                self._offer(self.line.text())
            else:
                self._list.step(1 if key is Qt.Key.Key_Down else -1)
        elif key is Qt.Key.Key_Tab and not self._list.isHidden():
            if self._list.currentRow() < 0:
                self._list.step(1)
            self._list.choose()
        else:
            return False
        return True

    def _escape(self) -> None:
        self._message.hide()
        if not self._list.isHidden():
            self._list.hide()
        elif self.line.text():
            self.line.clear()
        else:
            self.line.clearFocus()
            self.clear_requested.emit()

    def _offer(self, text: str) -> None:
        self._message.hide()
        self._list.offer(self._complete(text, self.line.cursorPosition()) if self.line.hasFocus() else [])

    def _take_completion(self, line: str) -> None:
        self.line.setText(line)
        self.line.setFocus()

    def _enter(self) -> None:
        if not self._list.isHidden() and self._list.choose():
            return
        text = self.line.text().strip()
        if not text:
            return
        try:
            notes = self._submit(text)
        except ExpressionError as error:
            if self._list.take_the_only_one():
                return
            self._list.hide()
            self._message.show_error(error)
            self.line.setCursorPosition(min(error.column, len(text)))
            return
        self._message.hide()
        self.line.clear()
        self.line.clearFocus()
        self.left.emit()
        if notes:
            # It stays until the next key or click: what was typed is in force, and nothing may answer it.
            self._message.show_note("\n".join(notes))
            # The key that is being answered goes on to what the line stands in; only then begins the next.
            QTimer.singleShot(0, self, lambda: self._follow_the_window(True))

    def _follow_the_window(self, is_followed: bool) -> None:
        """Listen to the next key or click anywhere, or no longer."""
        application = QApplication.instance()
        if application is None or is_followed is self._is_following:
            return
        self._is_following = is_followed
        if is_followed:
            application.installEventFilter(self)
        else:
            application.removeEventFilter(self)

    def message(self) -> str:
        """Return the error shown below the line; empty when there is none."""
        return self._message.text()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent" if self.line.hasFocus() else "line"), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1).toRectF().translated(0.5, 0.5), 4, 4)
