"""Which classes gained and which lost from one run to another. A click sets the class of the query."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.interval_mark import NOT_DISTINGUISHABLE, paint_interval, signed
from diag_gui.ui.models.class_change_model import (
    BETTER,
    CERTAIN_Q,
    CHANGE_ROLE,
    TOO_FEW,
    WORSE,
    ClassChange,
    ClassChangeModel,
    class_changes,
    class_figure,
)
from diag_gui.ui.models.run_table_model import COLUMNS, heading_of
from diag_gui.ui.panel import Panel
from diag_gui.ui.plain_text import as_tooltip, count, figure
from diag_gui.ui.theme import FontRole, current_theme, font

_ROW_PX = 26
_HEADING_PX = 18
_BY_Q = (
    "The words go by q, which allows for so many classes being looked at; the line drawn is the 95 % interval of its class alone "
    "and may leave out 0 where q does not, or touch it where q is small."
)
_COUNT_PX, _FIGURE_PX, _SIGNED_PX, _WORDS_PX = 44, 38, 46, 122


class ClassChangePanel(Panel):
    """One line per class with ground truth, for the figure whose differences are drawn above."""

    watches = Change.DATA | Change.RUNS | Change.QUERY
    title = "Classes"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.model = ClassChangeModel()
        self.list = _ClassList()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_ChangeDelegate(self.list, store))
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.body.addWidget(_Heading())
        self.body.addWidget(self.list, 1)
        self.caption = ElidedLabel(role="secondary")
        self.body.addWidget(self.caption)

    def refresh(self, state: SessionState, change: Change) -> None:
        shown, differences = state.side_by_side, state.differences
        if shown is None or len(shown.runs) != len(state.runs):
            self.figure_label.setText("")
            self.caption.setText("")
            self.model.show([], state.compared_figure)
            return
        comparison = None
        if differences is not None and differences.belongs_to(shown):
            comparison = differences.comparisons[shown.active]
        changes = class_changes(shown, comparison, state.compared_figure)
        self.model.show(changes, state.compared_figure)
        heading = heading_of(class_figure(state.compared_figure))
        words = {word: sum(one.verdict == word for one in changes) for word in (BETTER, WORSE, NOT_DISTINGUISHABLE, TOO_FEW)}
        self.figure_label.setText(
            f"{heading}: {words[BETTER]} better · {words[WORSE]} worse" if comparison is not None else heading
        )
        family = len(changes) - words[TOO_FEW]
        self.caption.setText(
            f"better or worse: q < {CERTAIN_Q:.2f} (Benjamini–Hochberg over {family} classes with enough ground truth)"
            if comparison is not None
            else ""
        )
        self.caption.setToolTip(as_tooltip(_BY_Q))
        asked = [row for row, one in enumerate(changes) if one.class_row in state.query.class_rows]
        if change & Change.QUERY and asked:
            self.list.scrollTo(self.model.index(asked[0]))
        self.list.viewport().update()

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the figure of the class at ``position``, of the run in question."""
        index = self.list.indexAt(self.list.viewport().mapFrom(self, position))
        shown = self.store.state.side_by_side
        if not index.isValid() or shown is None:
            return ""
        change: ClassChange = index.data(CHANGE_ROLE)
        keys = {column.resampled: column.key for column in COLUMNS} | {"AP": "ap", "AP50": "ap50", "AP75": ""}
        key = keys[class_figure(self.store.state.compared_figure)]
        return f"runs.{shown.runs[shown.active].facts.run.name}.classes.{change.name}.{key}" if key else ""

    def _choose(self, index: QModelIndex) -> None:
        change: ClassChange = index.data(CHANGE_ROLE)
        self.controller.query.toggle_class(change.class_row)


class _ClassList(QListView):
    """The lines, below a heading that names their parts."""

    def __init__(self) -> None:
        super().__init__()
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Classes that got better or worse")

    def sizeHint(self) -> QSize:
        return QSize(420, 300)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class _Heading(QWidget):
    """Names the parts of a line."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(_HEADING_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = current_theme().color("secondary")
        parts = _Parts(QRectF(self.rect()))
        for area, text, side in (
            (parts.name, "class", "left"),
            (parts.n_gt, "GT", "right"),
            (parts.before, "was", "right"),
            (parts.now, "is", "right"),
            (parts.interval, "95 %", "centre"),
            (parts.difference, "Δ", "right"),
        ):
            _text(painter, area, text, color, side, "secondary")


class _Parts:
    """Where the parts of a line stand in ``area``."""

    def __init__(self, area: QRectF) -> None:
        inner = area.adjusted(6, 0, -6, 0)
        drawn = max(60.0, inner.width() * 0.26)
        right = inner.right()
        places = []
        for width, gap in (
            (_WORDS_PX, 8), (_SIGNED_PX, 8), (drawn, 6), (_FIGURE_PX, 6), (_FIGURE_PX, 6), (_COUNT_PX, 6),
        ):  # fmt: skip
            places.append(QRectF(right - width, inner.top(), width - gap, inner.height()))
            right -= width
        self.words, self.difference, self.interval, self.now, self.before, self.n_gt = places
        self.name = QRectF(inner.left(), inner.top(), right - inner.left() - 4, inner.height())


class _ChangeDelegate(QStyledItemDelegate):
    """Name, ground truth, the figure before and now, the difference drawn, signed and in words."""

    def __init__(self, parent: QListView, store: SessionStore) -> None:
        super().__init__(parent)
        self._store = store
        self._list = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(300, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        theme = current_theme()
        change: ClassChange = index.data(CHANGE_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)
        if change.class_row in self._store.state.query.class_rows:
            painter.fillRect(area, theme.color("selection"))
        elif option.state & QStyle.StateFlag.State_MouseOver or (self._list.hasFocus() and self._list.currentIndex() == index):
            painter.fillRect(area, theme.color("hover"))
        parts = _Parts(area)
        plain = theme.color("secondary" if change.verdict == TOO_FEW else "text")
        role = {BETTER: "good", WORSE: "poor"}.get(change.verdict, "secondary")
        name = painter.fontMetrics().elidedText(change.name, Qt.TextElideMode.ElideMiddle, int(parts.name.width()))
        _text(painter, parts.name, name, plain, "left")
        _text(painter, parts.n_gt, count(change.n_gt), theme.color("secondary"), "right")
        _text(painter, parts.before, figure(change.before), plain, "right")
        _text(painter, parts.now, figure(change.now), plain, "right")
        _text(painter, parts.difference, signed(change.now - change.before), plain, "right")
        _text(painter, parts.words, change.verdict or "…", theme.color(role), "left")
        if change.difference is not None:
            paint_interval(painter, parts.interval.adjusted(0, 2, 0, -2), change.difference, change.reach, theme, role)
        painter.restore()


def _text(painter: QPainter, area: QRectF, text: str, color: QColor, side: str, role: FontRole = "text") -> None:
    painter.setFont(font(role))
    painter.setPen(color)
    flags = {"left": Qt.AlignmentFlag.AlignLeft, "right": Qt.AlignmentFlag.AlignRight, "centre": Qt.AlignmentFlag.AlignHCenter}
    painter.drawText(area, int(flags[side] | Qt.AlignmentFlag.AlignVCenter), text)
