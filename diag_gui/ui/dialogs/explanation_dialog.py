"""Where a number comes from: the account of one figure, beside the window it stands in, following its thresholds."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from diag_gui.evaluation.explanations.explanation import Amount, Explanation
from diag_gui.evaluation.explanations.figure_paths import CLASS_KEYS, ERROR_KEYS, SUMMARY_KEYS
from diag_gui.evaluation.outcomes import ERROR_NAMES
from diag_gui.evaluation.query import Query
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change
from diag_gui.session.store import SessionStore
from diag_gui.ui.plain_text import count, figure
from diag_gui.ui.theme import current_theme

_DIGITS = 6
_MOST_TERMS = 24
_MOST_OFFERS = 200
_NAME_PX = 230
_SIZE = (620, 720)


class ExplanationDialog(QDialog):
    """A line to name a figure, and its account.

    Parameters
    ----------
    store : SessionStore
    controller : Controller
    parent : QWidget
        The window it belongs to.
    """

    def __init__(self, store: SessionStore, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Explain a number")
        self.resize(*_SIZE)
        self._store = store
        self._controller = controller
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        self.line = QLineEdit()
        self.line.setPlaceholderText("A figure: AP50, recall, car.ap, missed.dap, confusion.car.bus …")
        self.line.setAccessibleName("Figure to explain")
        self.line.setMinimumHeight(30)
        self.line.installEventFilter(self)
        self.line.textEdited.connect(self._offer)
        self.line.returnPressed.connect(self._choose)
        column.addWidget(self.line)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # While somebody types, the figures that match stand where the account does.
        self.offers = QListWidget()
        self.offers.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.offers.setUniformItemSizes(True)
        self.offers.itemClicked.connect(lambda item: self.ask(item.text()))
        self._pages = QStackedWidget()
        self._pages.addWidget(self._scroll)
        self._pages.addWidget(self.offers)
        column.addWidget(self._pages, 1)
        self._figure = ""
        self._say("Click a number in the window, with the right button where a click does something else, or name one above.")
        store.changed.connect(self._on_changed)

    def ask(self, figure: str) -> None:
        """Ask for the account of ``figure``."""
        self._figure = figure.strip()
        if self._figure:
            self.line.setText(self._figure)
            self._pages.setCurrentWidget(self._scroll)
            self._controller.explain.ask(self._figure)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.offers.count():
                self.offers.setCurrentRow((self.offers.currentRow() + step) % self.offers.count())
                return True
        return super().eventFilter(watched, event)

    def _offer(self, text: str) -> None:
        """List the figures whose names hold every word typed."""
        words = text.casefold().replace(".", " ").split()
        found = [name for name in _known_figures(self._store) if all(word in name.casefold() for word in words)]
        self.offers.clear()
        self.offers.addItems(found[:_MOST_OFFERS])
        self._pages.setCurrentWidget(self.offers if found and words else self._scroll)

    def _choose(self) -> None:
        """Ask for what is typed if it is a name, else for the offer in question."""
        item = self.offers.currentItem()
        self.ask(item.text() if item is not None and self._pages.currentWidget() is self.offers else self.line.text())

    def _on_changed(self, change: Change, _origin: str) -> None:
        if change & Change.EXPLANATION and self._store.state.explanation is not None:
            self._show(self._store.state.explanation)
        elif change & Change.EVALUATION and self._figure and self._store.state.evaluation is not None:
            self._controller.explain.ask(self._figure)

    def _say(self, text: str) -> None:
        label = _text(text, "secondary")
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._scroll.setWidget(label)

    def _show(self, account: Explanation) -> None:
        self._figure = account.figure
        self.line.setText(account.figure)
        at = self._scroll.verticalScrollBar().value()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(6)
        heading = QHBoxLayout()
        heading.addWidget(_text(account.title, "title"), 1)
        heading.addWidget(_value(account.value), 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(heading)
        column.addWidget(_text(account.formula))
        column.addWidget(_text(" · ".join(f"{name} {value}" for name, value in account.settings), "secondary"))
        _add_table(column, "Made of", _rows(account.used))
        _add_table(column, "Left out", _rows(account.ignored))
        _add_table(column, *_terms(account.terms))
        elsewhere = [
            (one.tool, one.rule, figure_text(one.value), _difference(one.value, account.value)) for one in account.elsewhere
        ]
        _add_table(column, "Elsewhere", elsewhere)
        if _chooses_rows(self._store.state.query):
            column.addSpacing(6)
            column.addWidget(_text("Filters that choose rows of the list, not images, play no part in it.", "secondary"))
        column.addSpacing(6)
        column.addWidget(_text(account.source, "secondary"))
        column.addStretch(1)
        self._scroll.setWidget(body)
        self._scroll.verticalScrollBar().setValue(at)


def figure_text(value: float | int) -> str:
    """Return a figure with all digits that are compared."""
    return count(value).replace("-", "−") if isinstance(value, int) else figure(value, _DIGITS)


def _chooses_rows(query: Query) -> bool:
    """Return whether the list is filtered by what no figure of the result depends on."""
    return bool(query.kinds or query.class_rows or query.confusion_cell or query.text or query.review != "any")


def _known_figures(store: SessionStore) -> list[str]:
    state = store.state
    names = state.dataset.classes.name if state.dataset is not None else ()
    known = list(SUMMARY_KEYS) + [f"errors.{name}.{key}" for name in ERROR_NAMES.values() for key in ERROR_KEYS]
    known += [f"slices.{one.name}.f1" for one in state.slices]
    return known + [f"classes.{name}.{key}" for name in names for key in CLASS_KEYS]


def _rows(amounts: Sequence[Amount]) -> list[tuple[str, ...]]:
    return [(amount.name, amount.note, figure_text(amount.value)) for amount in amounts]


def _terms(terms: Sequence[Amount]) -> tuple[str, list[tuple[str, ...]]]:
    """Return a heading and the terms, of many the lowest and the highest."""
    if len(terms) <= _MOST_TERMS:
        return "One by one", _rows(terms)
    ascending = sorted(terms, key=lambda amount: amount.value)
    half = _MOST_TERMS // 2
    return f"One by one: the lowest and highest of {len(terms):,}", _rows(ascending[:half] + ascending[-half:])


def _difference(value: float, shown: float) -> str:
    difference = value - shown
    text = figure_text(difference)
    return f"+{text}" if difference > 0 else text


def _add_table(column: QVBoxLayout, heading: str, rows: Sequence[tuple[str, ...]]) -> None:
    """Add rows of a name, a note, and one or two figures at the right."""
    if not rows:
        return
    column.addSpacing(6)
    column.addWidget(_text(heading, "title"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for line, row in enumerate(rows):
        for place, text in enumerate(row):
            label = _text(text, "secondary" if place == 1 else "")
            if place >= 2:
                label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
                label.setWordWrap(False)
            elif place == 0:
                label.setMinimumWidth(min(label.fontMetrics().horizontalAdvance(text) + 4, _NAME_PX))
                label.setMaximumWidth(_NAME_PX)
                label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            grid.addWidget(label, line, place, Qt.AlignmentFlag.AlignTop)
    column.addLayout(grid)


def _text(text: str, role: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label


def _value(value: float | int) -> QLabel:
    label = _text(figure_text(value))
    label.setWordWrap(False)
    label.setStyleSheet(f"font-size: 17px; font-weight: bold; color: {current_theme().colors['text']};")
    return label
