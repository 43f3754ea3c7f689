"""The rows of the table of slices: figures with bars, and each difference to the rest with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from diag_gui.evaluation.slice_differences import SliceDifference
from diag_gui.evaluation.slice_precisions import SlicePrecision
from diag_gui.ui.models.slice_rows import ROW_ROLE, Index, SliceRow, SliceRowsModel
from diag_gui.ui.plain_text import as_tooltip, count, figure
from diag_gui.ui.theme import Theme, current_theme, font

ROW_PX, LOW_ROW_PX = 34, 30
"""Height of a row, and where the page is low."""

_PADDING_PX = 8.0
_IMAGES_PX, _GT_PX, _SHARE_PX, _Q_PX = 48.0, 52.0, 42.0, 46.0
_FOREST_SHARE, _LOW_FOREST_SHARE, _FOREST_LEAST_PX, _NAME_WANTED_PX = 0.27, 0.23, 100.0, 150.0
_ROOMY_PX, _AP_PX, _AP50_PX = 540.0, 580.0, 615.0
"""Widths from which images and precision, AP, and AP50 have columns of their own; the tooltip says them always."""

_SHARE_NAMES = ("P", "R", "F1", "AP", "AP50")

_BAR_PX = 28.0
_SCROLL_BAR_PX = 10
_DIM = 0.4
_FOREST_WORDS = (
    "● F1 (◆ recall) against the rest, 95 %",
    "● F1, ◆ recall against the rest",
    "● F1, ◆ recall, 95 %",
    "● F1, ◆ recall",
)
_FOREST_MEANING = (
    "What the slice differs by from everything else, with its 95 % interval\n"
    "● F1; ◆ recall, where the rule cannot tell false positives inside from those outside\n"
    "Filled: certain. Dashed line: no difference"
)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class SliceColumns:
    """Where the columns lie in a row of some width, as (left, width) in pixels; one that is left out has width 0.

    ``shares`` are precision, recall, F1, AP and AP50.
    """

    name: tuple[float, float]
    images: tuple[float, float]
    gt: tuple[float, float]
    shares: tuple[tuple[float, float], ...]
    forest: tuple[float, float]
    q: tuple[float, float]

    @classmethod
    def of(cls, width: float) -> SliceColumns:
        """Return the columns of a row ``width`` wide."""
        is_roomy, has_ap, has_ap50 = (width >= least for least in (_ROOMY_PX, _AP_PX, _AP50_PX))
        widths = [_SHARE_PX * is_shown for is_shown in (is_roomy, True, True, has_ap, has_ap50)]
        images_px = _IMAGES_PX if is_roomy else 0.0
        q = width - _PADDING_PX - _Q_PX
        # Differences are seen in little room too; a name that is cut is not told from the next one.
        left_over = q - sum(widths) - 12 - _GT_PX - images_px - 2 * _PADDING_PX - _NAME_WANTED_PX
        share = width * (_LOW_FOREST_SHARE if has_ap else _FOREST_SHARE)
        forest = max(_FOREST_LEAST_PX, min(share, left_over))
        at_forest = q - forest
        at_shares = at_forest - sum(widths) - 12
        lefts = [at_shares + sum(widths[:place]) for place in range(len(widths))]
        at_gt = at_shares - _GT_PX
        at_images = at_gt - images_px
        shares = tuple(zip(lefts, widths, strict=True))
        name = (_PADDING_PX, max(at_images - _PADDING_PX, 40.0))
        return cls(name, (at_images, images_px), (at_gt, _GT_PX), shares, (at_forest, forest), (q, _Q_PX))


class SliceHeading(QWidget):
    """The names of the columns, above the list."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(20)
        self.setToolTip(as_tooltip(_FOREST_MEANING))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setFont(font("secondary"))
        painter.setPen(theme.color("secondary"))
        columns = SliceColumns.of(self.width() - _SCROLL_BAR_PX)
        height = self.height()
        named = [(columns.images, "images"), (columns.gt, "GT"), *zip(columns.shares, _SHARE_NAMES, strict=True)]
        painter.drawText(QRectF(columns.name[0], 0, columns.name[1], height), _LEFT, "slice")
        for (left, width), text in (*named, (columns.q, "q")):
            if not width:
                continue
            painter.drawText(QRectF(left, 0, width, height), _RIGHT, text)
        left, width = columns.forest
        metrics = painter.fontMetrics()
        words = next((said for said in _FOREST_WORDS if metrics.horizontalAdvance(said) <= width - 14), _FOREST_WORDS[-1])
        painter.drawText(QRectF(left + 12, 0, width - 12, height), _LEFT, words)


class SliceList(QListView):
    """Shows a `SliceRowsModel`; which row is in question is the state's."""

    stepped = Signal(int)
    """Emitted with the number of rows to go on."""
    opened = Signal()
    """Emitted when the failures of the slice in question are wanted."""

    def __init__(self, model: SliceRowsModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(_SliceDelegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Slices")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.doubleClicked.connect(lambda _index: self.opened.emit())
        self._row_px = ROW_PX

    @property
    def row_px(self) -> int:
        """Height of a row."""
        return self._row_px

    def set_row_px(self, row_px: int) -> None:
        """Make every row ``row_px`` high."""
        self._row_px = row_px
        self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        if event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            event.ignore()

    def minimumSizeHint(self) -> QSize:
        return QSize(440, 3 * self._row_px)


class _SliceDelegate(QStyledItemDelegate):
    def __init__(self, rows: SliceList) -> None:
        super().__init__(rows)
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(440, self._rows.row_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: SliceRow = index.data(ROW_ROLE)
        model = index.model()
        assert isinstance(model, SliceRowsModel)
        theme, area = current_theme(), QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.is_chosen:
            painter.fillRect(area, theme.color("selection" if row.is_filtering else "raised"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, theme.color("hover"))
        columns = SliceColumns.of(area.width())
        _paint_name(painter, theme, row, _cell(area, columns.name))
        if row.result is not None:
            _paint_figures(painter, theme, row, area, columns)
            _paint_forest(painter, theme, row, _cell(area, columns.forest), model.reach)
        painter.setFont(font("text"))
        painter.setPen(theme.color("secondary" if row.is_dimmed or row.is_updating else "text"))
        painter.drawText(_cell(area, columns.q), _RIGHT, row.chance)
        painter.restore()


def _cell(area: QRectF, column: tuple[float, float]) -> QRectF:
    return QRectF(area.left() + column[0], area.top(), column[1], area.height())


def _paint_name(painter: QPainter, theme: Theme, row: SliceRow, box: QRectF) -> None:
    painter.setFont(font("text"))
    painter.setPen(theme.color("secondary" if row.is_dimmed else "text"))
    width = int(box.width() - 8)
    name = painter.fontMetrics().elidedText(row.entry.definition.name, Qt.TextElideMode.ElideMiddle, width)
    if not row.mark and not row.refused:
        painter.drawText(box, _LEFT, name)
        return
    painter.drawText(box.adjusted(0, 0, 0, -13), _LEFT, name)
    below = QRectF(box.left(), box.bottom() - 15, box.width() - 8, 12)
    painter.setFont(font("caption"))
    if row.refused:
        painter.setPen(theme.color("poor"))
        said = painter.fontMetrics().elidedText(row.refused, Qt.TextElideMode.ElideRight, int(below.width()))
        painter.drawText(below, _LEFT, said)
        return
    below.setWidth(painter.fontMetrics().horizontalAdvance(row.mark) + 12)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("tag"))
    painter.drawRoundedRect(below, 5, 5)
    painter.setPen(theme.color("on_tag"))
    painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), row.mark)


def _paint_figures(painter: QPainter, theme: Theme, row: SliceRow, area: QRectF, columns: SliceColumns) -> None:
    result = row.result
    assert result is not None
    painter.setFont(font("text"))
    painter.setPen(theme.color("secondary"))
    if columns.images[1]:
        painter.drawText(_cell(area, columns.images), _RIGHT, count(result.images))
    painter.drawText(_cell(area, columns.gt), _RIGHT, count(result.gt))
    ap, ap50 = row.precision or (math.nan, math.nan)
    values = (result.precision, result.recall, result.f1, ap, ap50)
    intervals = (None, None, None, row.sure_precision.get("ap"), row.sure_precision.get("ap50"))
    for column, value, interval in zip(columns.shares, values, intervals, strict=True):
        if not column[1]:
            continue
        box = _cell(area, column)
        is_late = column in columns.shares[3:] and row.is_precision_wanted
        painter.setPen(theme.color("secondary" if row.is_dimmed or is_late else "text"))
        # Not known yet is no dash: that means undefined.
        text = "…" if is_late and math.isnan(value) else "" if row.precision is None and math.isnan(value) else figure(value)
        painter.drawText(box.adjusted(0, 0, 0, -6), _RIGHT, text)
        if math.isnan(value):
            continue
        track = QRectF(box.right() - _BAR_PX, box.bottom() - 9, _BAR_PX, 2.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(track, 1.2, 1.2)
        if value > 0:
            track.setWidth(max(2.0, _BAR_PX * value))
            painter.setBrush(theme.color("secondary") if row.is_dimmed else theme.grade_color(value))
            painter.drawRoundedRect(track, 1.2, 1.2)
        if interval is not None and not math.isnan(interval.low):
            _paint_interval(painter, theme, track, interval)


def _paint_interval(painter: QPainter, theme: Theme, track: QRectF, interval: SlicePrecision) -> None:
    """Draw an interval over the bar of its figure, with an end at either side."""
    y = track.center().y()
    low, high = (track.left() + _BAR_PX * end for end in (interval.low, interval.high))
    painter.setPen(QPen(theme.color("text"), 1))
    painter.drawLine(QPointF(low, y), QPointF(high, y))
    for x in (low, high):
        painter.drawLine(QPointF(x, y - 2.5), QPointF(x, y + 2.5))


def _paint_forest(painter: QPainter, theme: Theme, row: SliceRow, box: QRectF, reach: float) -> None:
    """Draw the difference as a point, its interval as a line, 0 as a dashed one; of recall as a diamond."""
    inner = box.adjusted(14, 0, -14, 0)
    middle, y = inner.center().x(), inner.center().y()
    painter.setPen(QPen(theme.color("line"), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(middle, box.top()), QPointF(middle, box.bottom()))
    told = row.headline
    if told is None or math.isnan(told.difference):
        return

    def at(value: float) -> float:
        return middle + min(max(value / reach, -1.0), 1.0) * inner.width() / 2

    color = _color_of(theme, row, told)
    if told.has_interval:
        faint = QColor(color)
        faint.setAlphaF(_DIM if row.is_updating else 1.0)
        painter.setPen(QPen(faint, 1.6))
        painter.drawLine(QPointF(at(told.low), y), QPointF(at(told.high), y))
    shown = row.result.headline if row.result is not None else None
    x = at(told.difference if shown is None or math.isnan(shown.difference) else shown.difference)
    is_sure = told.has_interval and told.is_distinguishable and not row.is_dimmed
    painter.setPen(QPen(color, 1.6))
    painter.setBrush(color if is_sure else theme.color("selection" if row.is_chosen and row.is_filtering else "panel"))
    if told.figure == "f1":
        painter.drawEllipse(QPointF(x, y), 4.0, 4.0)
    else:
        painter.drawPolygon([QPointF(x - 5, y), QPointF(x, y - 5), QPointF(x + 5, y), QPointF(x, y + 5)])


def _color_of(theme: Theme, row: SliceRow, told: SliceDifference) -> QColor:
    if row.is_dimmed or not told.has_interval or not told.is_distinguishable:
        return theme.color("secondary")
    return theme.color("missed" if told.difference < 0 else "good")
