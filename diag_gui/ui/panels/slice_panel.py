"""The worst slices of what is filtered, or the values of a metadata column. A click filters everything by one."""

from __future__ import annotations

import math

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLabel, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from diag_gui.evaluation.slices import SliceResult
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.list_keys import ListKeys
from diag_gui.ui.models.slice_rows import signed
from diag_gui.ui.panel import Panel
from diag_gui.ui.plain_text import as_tooltip, count, figure, plural
from diag_gui.ui.theme import Theme, current_theme, font, metrics

_ROW_PX = 40
_DIFFERENCE_PX = 48
_FIGURES_PX = 92.0
_KEPT_NAMES = 200
_TOP_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
_EVERY_COLUMN = "worst of all"
_RESULT_ROLE = Qt.ItemDataRole.UserRole + 1
_CHOSEN_ROLE = Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex


class SlicePanel(Panel):
    """One column at a time; the worst value first, those with too little support grey and last."""

    watches = Change.DATA | Change.FIGURES | Change.QUERY | Change.EVALUATION
    title = "Slices"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.column = QComboBox()
        self.column.setAccessibleName("Metadata column")
        self.column.textActivated.connect(self._choose_column)
        self.heading.insertWidget(1, self.column)
        self.empty = QLabel("Join a table of metadata (Ctrl+M) to see where it fails: by site, weather, camera …")
        self.empty.setProperty("role", "secondary")
        self.empty.setWordWrap(True)
        self.body.addWidget(self.empty)
        self.model = _SliceModel()
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_SliceDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.list.setAccessibleName("Slices")
        ListKeys(self.list)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.clicked.connect(self._filter)
        self.body.addWidget(self.list, 1)

    def refresh(self, state: SessionState, change: Change) -> None:
        names = state.dataset.image_attributes.names if state.dataset is not None else ()
        if change & Change.DATA and [self.column.itemText(i) for i in range(1, self.column.count())] != list(names):
            self.column.clear()
            self.column.addItems([_EVERY_COLUMN, *names])
        self.column.setCurrentText(state.slice_column or _EVERY_COLUMN)
        self.column.setVisible(bool(names))
        self.empty.setVisible(not names)
        self.list.setVisible(bool(names) or bool(state.slices))
        self.figure_label.setText("F1 · Δ to the rest" if names or state.slices else "")
        if state.evaluation is not None:
            params = state.evaluation.params
            self.figure_label.setToolTip(as_tooltip(f"At IoU {params.iou_threshold:.2f}, score {params.score_threshold:.2f}"))
        self.model.show(state.slices, frozenset(state.query.expressions))

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the F1 of the slice at ``position``, at the right that of its difference to the rest."""
        inside = self.list.viewport().mapFrom(self, position)
        index = self.list.indexAt(inside)
        if not index.isValid():
            return ""
        result: SliceResult = index.data(_RESULT_ROLE)
        at_difference = inside.x() > self.list.viewport().width() - _DIFFERENCE_PX
        return f"slices.{result.name}.{'delta_f1' if at_difference else 'f1'}"

    def _choose_column(self, text: str) -> None:
        self.controller.query.set_slice_column("" if text == _EVERY_COLUMN else text)

    def _filter(self, index: QModelIndex) -> None:
        result: SliceResult = index.data(_RESULT_ROLE)
        self.controller.slices.choose(result.expression)


class _SliceModel(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[SliceResult, ...] = ()
        self._slices: list[SliceResult] = []
        self._chosen: frozenset[str] = frozenset()

    def show(self, slices: tuple[SliceResult, ...], chosen: frozenset[str]) -> None:
        if slices is self._shown and chosen == self._chosen:
            return
        ranked = sorted(slices, key=_rank)
        self._shown, self._chosen = slices, chosen
        if len(ranked) != len(self._slices):
            self.beginResetModel()
            self._slices = ranked
            self.endResetModel()
        else:
            self._slices = ranked
            if ranked:
                self.dataChanged.emit(self.index(0), self.index(len(ranked) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._slices)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        result = self._slices[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return result.name
        if role == _RESULT_ROLE:
            return result
        if role == _CHOSEN_ROLE:
            return result.expression in self._chosen
        if role == Qt.ItemDataRole.ToolTipRole:
            support = "" if result.enough else "\nToo few ground truth to rank"
            return as_tooltip(
                f"{result.name}\n{plural(result.images, 'image')} · {count(result.gt)} ground truth\n"
                f"TP {count(result.tp)} · FP {'–' if result.fp is None else count(result.fp)} · FN {count(result.fn)}\n"
                f"P {figure(result.precision, 3)} · R {figure(result.recall, 3)} · F1 {figure(result.f1, 3)}"
                f" · {figure(result.delta_f1, 3)} against the rest{support}"
            )
        return None


def _rank(result: SliceResult) -> tuple[bool, float]:
    told = result.headline
    return not result.enough, 2.0 if told is None or math.isnan(told.difference) else told.difference


class _SliceDelegate(QStyledItemDelegate):
    """Name and support at the left, F1 as a bar, the difference to the rest at the right."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self._painted: dict[tuple[object, ...], QPixmap] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = current_theme()
        result: SliceResult = index.data(_RESULT_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)
        ground = "panel"
        if index.data(_CHOSEN_ROLE):
            ground = "selection"
        elif option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus):
            ground = "hover"
        if ground != "panel":
            painter.fillRect(area, theme.color(ground))
        inner = area.adjusted(6, 4, -6, -4)
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        left = QRectF(inner.left(), inner.top(), inner.width() - _FIGURES_PX - 8, inner.height())
        painter.drawPixmap(left.topLeft(), self._named(result, left.size(), ground, ratio, theme))
        right = QRectF(inner.right() - _FIGURES_PX, inner.top(), _FIGURES_PX, inner.height())
        secondary = theme.color("secondary")
        painter.setFont(font("text"))
        painter.setPen(theme.color("text") if result.enough else secondary)
        # Where false positives cannot be told there is no F1: recall stands in, and says so.
        told = result.headline
        value, difference = (result.f1, result.delta_f1) if told is None else (told.value, told.difference)
        word = "R " if told is not None and told.figure == "recall" else ""
        painter.drawText(right.adjusted(0, 0, -46, 0), _TOP_RIGHT, word + figure(value))
        painter.setPen(secondary)
        painter.drawText(right, _TOP_RIGHT, signed(difference))
        track = QRectF(right.left() + 10, right.bottom() - 5, right.width() - 10, 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(track, 1.5, 1.5)
        if value > 0:
            share = QRectF(track)
            share.setWidth(max(2.0, track.width() * value))
            painter.setBrush(theme.grade_color(value) if result.enough else secondary)
            painter.drawRoundedRect(share, 1.5, 1.5)
        painter.restore()

    def _named(self, result: SliceResult, size: QSizeF, ground: str, ratio: float, theme: Theme) -> QPixmap:
        """Return name and support on their ground, painted now or earlier: a slider moves the figures beside them only."""
        support = f"{plural(result.images, 'image')} · {result.gt:,} GT" + ("" if result.enough else " · too few")
        shown = (result.name, support, size.toTuple(), ground, ratio, theme.name)
        picture = self._painted.get(shown)
        if picture is None:
            if len(self._painted) >= _KEPT_NAMES:
                self._painted.clear()
            picture = self._painted[shown] = QPixmap((size * ratio).toSize())
            picture.setDevicePixelRatio(ratio)
            picture.fill(theme.color(ground))
            painter, room = QPainter(picture), QRectF(QPointF(0, 0), size)
            painter.setFont(font("text"))
            painter.setPen(theme.color("text" if result.enough else "secondary"))
            name = metrics("text").elidedText(result.name, Qt.TextElideMode.ElideMiddle, int(size.width()))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), name)
            painter.setFont(font("caption"))
            painter.setPen(theme.color("secondary"))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), support)
            painter.end()
        return picture
