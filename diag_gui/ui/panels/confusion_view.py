"""The cells of a confusion matrix: drawn, pointed at, walked with the arrow keys, and asked for by a click or Enter."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from diag_gui.data.arrays import ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation.confusion_matrix import ConfusionMatrix, Normalisation
from diag_gui.ui.plain_text import as_tooltip, count, figure, plural
from diag_gui.ui.theme import current_theme, font

BACKGROUND = "background"
_TOP_PX, _BOTTOM_PX = 16.0, 2.0
_MOST_NAMES_PX = 96.0
_MIN_CELL_FOR_TEXT_PX, _LEAST_TEXT_ROW_PX = 17.0, 11.0
_MAX_CELL_PX = 46.0
_WIDEST_CELL = 2.2
"""Of what height a cell is wide at most."""
_LEAST_NAMED_ROW_PX, _CAPTION_ROW_PX, _SMALLEST_LETTERS_PX = 9.5, 11.0, 9
_LEAST_NAMED_COLUMN_PX = 22.0
_LEAST_TURNED_COLUMN_PX, _LEAST_TURNED_PX = 10.0, 36.0
"""Width of a column, and height above the rows, from which its name stands upright."""

_MOST_NAMED_ROWS = 41
_MOVES = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
_CHOOSE_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class ConfusionView(QWidget):
    """The cells as a heat map: correct ones in blue, confusions in red, background last.

    Attributes
    ----------
    cell_clicked : Signal
        Emitted with the class rows of ground truth and prediction.
    """

    cell_clicked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Confusion matrix")
        self._classes: IntArray = np.zeros(0, np.int32)
        self._names: tuple[str, ...] = ()
        self._counts: LongArray = np.zeros((0, 0), np.int64)
        self._shares: FloatArray = np.zeros((0, 0))
        self._normalisation: Normalisation = "none"
        self._n_classes = 0
        self._marked: tuple[int, int] | None = None
        self._hovered: tuple[int, int] | None = None
        self._at = (0, 0)

    def sizeHint(self) -> QSize:
        return QSize(300, 220)

    def minimumSizeHint(self) -> QSize:
        n = len(self._classes)
        # Names that cannot be read say nothing: as many rows as a page holds are kept high enough, and scrolled.
        readable = round(_TOP_PX + n * _LEAST_NAMED_ROW_PX + _BOTTOM_PX) if n <= _MOST_NAMED_ROWS else 0
        return QSize(140, max(110, readable))

    def show_nothing(self) -> None:
        """Show an empty matrix."""
        self._classes = np.zeros(0, np.int32)
        self.update()

    def show_matrix(
        self, matrix: ConfusionMatrix, names: tuple[str, ...], normalisation: Normalisation, marked: tuple[int, int] | None
    ) -> None:
        """Show ``matrix`` over the classes that occur in it, and mark the cell that filters."""
        self._classes = np.append(matrix.present_classes(), matrix.n_classes).astype(np.int32)
        self._n_classes = matrix.n_classes
        self._names = names
        place = np.full(matrix.n_classes + 1, -1, np.int64)
        place[self._classes] = np.arange(len(self._classes))
        n = len(self._classes)
        self._counts = np.zeros((n, n), np.int64)
        self._counts[place[matrix.rows], place[matrix.columns]] = matrix.counts
        self._normalisation = normalisation
        self._shares = _shares(self._counts, normalisation)
        self._marked = marked
        self._at = (min(self._at[0], n - 1), min(self._at[1], n - 1))
        self._say()
        self.updateGeometry()
        self.update()

    def _name(self, class_row: int) -> str:
        return BACKGROUND if class_row == self._n_classes else self._names[class_row]

    def _geometry(self) -> tuple[float, float, float, float, float]:
        """Return the width of the names, left and top of the first cell, width and height of a cell, in pixels."""
        n, widest = max(1, len(self._classes)), self._names_px()
        names, width, height = self._sizes(_TOP_PX, widest)
        top, room = _TOP_PX, self.height() - _BOTTOM_PX - n * _LEAST_NAMED_ROW_PX
        if _LEAST_TURNED_COLUMN_PX <= width < _LEAST_NAMED_COLUMN_PX and room >= _LEAST_TURNED_PX:
            top = max(min(widest, room), _LEAST_TURNED_PX)
            names, width, height = self._sizes(top, widest)
        left = names + max(0.0, (self.width() - names - width * n - 4) / 2)
        return names, left, top, width, height

    def _sizes(self, top: float, widest: float) -> tuple[float, float, float]:
        """Return the width of the names, width and height of a cell, where the first row begins at ``top``."""
        n = max(1, len(self._classes))
        height = max(min((self.height() - top - _BOTTOM_PX) / n, _MAX_CELL_PX), 0.5)
        names = widest if height >= _LEAST_NAMED_ROW_PX - 0.5 else 12.0
        return names, max(min((self.width() - names - 4) / n, _MAX_CELL_PX, _WIDEST_CELL * height), 0.5), height

    def _names_px(self) -> float:
        """Return how wide the names are, up to a third of the room."""
        metrics = QFontMetricsF(font("caption"))
        widest = max((metrics.horizontalAdvance(self._name(int(row))) for row in self._classes), default=0.0)
        return min(widest + 10.0, _MOST_NAMES_PX, self.width() / 3)

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Return the rectangle of the cell in table places ``row`` and ``column``."""
        _, left, top, width, height = self._geometry()
        gap = 1.0 if min(width, height) > 6 else 0.0
        return QRectF(left + column * width, top + row * height, width - gap, height - gap)

    def _cell_at(self, at: QPointF) -> tuple[int, int] | None:
        _, left, top, width, height = self._geometry()
        column, row = int((at.x() - left) // width), int((at.y() - top) // height)
        n = len(self._classes)
        return (row, column) if 0 <= row < n and 0 <= column < n else None

    def _row_named_at(self, at: QPointF) -> int:
        """Return the row whose name stands at a point, -1 for none."""
        names, left, top, _, height = self._geometry()
        row = int((at.y() - top) // height)
        return row if left - names <= at.x() < left and 0 <= row < len(self._classes) else -1

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the cell at ``position``; empty beside the cells."""
        cell = self._cell_at(QPointF(position))
        if cell is None:
            return ""
        truth, predicted = (self._name(int(self._classes[place])) for place in cell)
        return f"confusion.{truth}.{predicted}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self._cell_at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            is_full = hovered is not None and self._counts[hovered] > 0
            self.setCursor(Qt.CursorShape.PointingHandCursor if is_full else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and cell is not None:
            self._at = cell
            self._choose(cell)
            self._say()

    def _choose(self, cell: tuple[int, int]) -> None:
        """Ask for what is in a cell; nothing is asked of an empty one, unless it filters and would let go."""
        if self._counts[cell] or cell == self._place(self._marked):
            self.cell_clicked.emit((int(self._classes[cell[0]]), int(self._classes[cell[1]])))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, n = Qt.Key(event.key()), len(self._classes)
        if key in _MOVES and n >= 2:
            row, column = (min(max(here + step, 0), n - 1) for here, step in zip(self._at, _MOVES[key], strict=True))
            self._at = (row, column)
            self._say()
            self.update()
        elif key in _CHOOSE_KEYS and n >= 2:
            self._choose(self._at)
        else:
            super().keyPressEvent(event)

    def _say(self) -> None:
        self.setAccessibleDescription(self._explained(*self._at) if len(self._classes) >= 2 else "")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        # The arrows and Space go through the failures in the rest of the window; here they go through the cells.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if event.modifiers() == Qt.KeyboardModifier.NoModifier and (key in _MOVES or key in _CHOOSE_KEYS):
                event.accept()
                return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell, row = self._cell_at(QPointF(event.pos())), self._row_named_at(QPointF(event.pos()))
            if cell is not None:
                QToolTip.showText(event.globalPos(), as_tooltip(self._explained(*cell)), self)
            elif row >= 0:
                QToolTip.showText(event.globalPos(), as_tooltip(self._row_explained(row)), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _explained(self, row: int, column: int) -> str:
        truth, predicted = self._name(int(self._classes[row])), self._name(int(self._classes[column]))
        n = int(self._counts[row, column])
        if truth == BACKGROUND:
            said = f"{plural(n, 'prediction')} of {predicted} on background"
        elif predicted == BACKGROUND:
            said = f"{count(n)} {truth} not found"
        else:
            said = f"{count(n)} {truth} predicted as {predicted}"
        of_row, of_column = int(self._counts[row].sum()), int(self._counts[:, column].sum())
        share_row = figure(n / of_row if of_row else float("nan"), 3)
        share_column = figure(n / of_column if of_column else float("nan"), 3)
        return f"{said}\n{share_row} of the {count(of_row)} in this row, {share_column} of the {count(of_column)} in this column"

    def _row_explained(self, row: int) -> str:
        name, total, right = self._name(int(self._classes[row])), int(self._counts[row].sum()), int(self._counts[row, row])
        if name == BACKGROUND:
            return f"{name}\n{plural(total, 'prediction')} on it"
        return f"{name}\n{plural(total, 'label')}, {count(right)} predicted as {name}"

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        n = len(self._classes)
        if n < 2:
            painter.setPen(theme.color("secondary"))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), "Nothing is predicted or labelled here")
            return
        _, left, top, width, height = self._geometry()
        if min(width, height) > 6:
            self._paint_cells(painter)
        else:
            painter.drawImage(QRectF(left, top, width * n, height * n), self._image())
        self._paint_row_names(painter)
        self._paint_column_names(painter)
        in_question = self._at if self.hasFocus() else None
        for cell, role in ((self._hovered, "secondary"), (in_question, "text"), (self._place(self._marked), "accent")):
            if cell is not None:
                painter.setPen(QPen(theme.color(role), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.cell_rect(*cell).adjusted(-0.5, -0.5, 0.5, 0.5))

    def _place(self, cell: tuple[int, int] | None) -> tuple[int, int] | None:
        if cell is None:
            return None
        row, column = (np.flatnonzero(self._classes == class_row) for class_row in cell)
        return (int(row[0]), int(column[0])) if len(row) and len(column) else None

    def _paint_cells(self, painter: QPainter) -> None:
        colors = self._colors()
        painter.setPen(Qt.PenStyle.NoPen)
        # Most cells are empty and of one colour: they are filled together.
        packed = (colors.astype(np.int64) * (1 << 16, 1 << 8, 1)).sum(2)
        for color in np.unique(packed).tolist():
            painter.setBrush(QColor(color >> 16, color >> 8 & 255, color & 255))
            painter.drawRects([self.cell_rect(row, column) for row, column in np.argwhere(packed == color).tolist()])
        *_, width, height = self._geometry()
        if width < _MIN_CELL_FOR_TEXT_PX or height < _LEAST_TEXT_ROW_PX:
            return
        painter.setFont(font("caption"))
        metrics = painter.fontMetrics()
        painter.setPen(current_theme().color("secondary"))
        for row, column in np.argwhere(self._counts == 0).tolist():
            painter.drawText(self.cell_rect(row, column), int(Qt.AlignmentFlag.AlignCenter), "–")
        is_light = colors @ np.array([0.299, 0.587, 0.114]) > 140
        for row, column in np.argwhere(self._counts > 0).tolist():
            area, text = self.cell_rect(row, column), self._cell_text(row, column)
            if metrics.horizontalAdvance(text) <= area.width():
                painter.setPen(Qt.GlobalColor.black if is_light[row, column] else Qt.GlobalColor.white)
                painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)

    def _cell_text(self, row: int, column: int) -> str:
        if self._normalisation == "none":
            return count(int(self._counts[row, column]))
        return figure(float(self._shares[row, column]))

    def _colors(self) -> ByteArray:
        """Return the colour of each cell, uint8, shape (n, n, 3)."""
        theme = current_theme()
        n = len(self._classes)
        strength = np.sqrt(np.nan_to_num(self._shares))[:, :, None]
        low, high, wrong = (
            np.array([theme.color(role).red(), theme.color(role).green(), theme.color(role).blue()], float)
            for role in ("cell_low", "cell_high", "cell_error")
        )
        target = np.where(np.eye(n, dtype=bool)[:, :, None], high, wrong)
        colors: ByteArray = np.round(low + strength * (target - low)).astype(np.uint8)
        return colors

    def _image(self) -> QImage:
        colors = np.ascontiguousarray(self._colors())
        n = len(self._classes)
        return QImage(colors.data, n, n, 3 * n, QImage.Format.Format_RGB888).copy()

    def _paint_row_names(self, painter: QPainter) -> None:
        """Name the rows where there is room for letters; the one that is pointed at is named first."""
        names, left, top, _, height = self._geometry()
        if height < _LEAST_NAMED_ROW_PX - 0.5:
            return
        theme = current_theme()
        painter.setFont(font("caption"))
        if height < _CAPTION_ROW_PX:
            smaller = QFont(font("caption"))
            smaller.setPixelSize(_SMALLEST_LETTERS_PX)
            painter.setFont(smaller)
        metrics = painter.fontMetrics()
        pointed = self._hovered[0] if self._hovered else -1
        for place, class_row in enumerate(self._classes):
            shown = metrics.elidedText(self._name(int(class_row)), Qt.TextElideMode.ElideMiddle, int(names - 8))
            # Letters may reach over a row that is lower than a line: rows of names do not touch.
            area = QRectF(left - names, top + place * height - 3, names - 6, height + 5)
            painter.setPen(theme.color("text" if place == pointed else "secondary"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), shown)

    def _paint_column_names(self, painter: QPainter) -> None:
        """Name all columns where they are wide enough or high enough above, else the one that is pointed at, in sight."""
        theme = current_theme()
        _, left, top, width, _ = self._geometry()
        if top > _TOP_PX:
            self._paint_turned_names(painter)
            return
        painter.setFont(font("caption"))
        metrics = painter.fontMetrics()
        in_sight = float(self.visibleRegion().boundingRect().top())
        if self._hovered is not None:
            name = f"predicted: {self._name(int(self._classes[self._hovered[1]]))}"
            area = QRectF(0, in_sight, self.width(), _TOP_PX - 2)
            box = QRectF(metrics.boundingRect(name)).adjusted(-4, 0, 4, 0)
            box.moveTopRight(area.topRight())
            painter.fillRect(box, theme.color("panel"))
            painter.setPen(theme.color("text"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), name)
        elif width >= _LEAST_NAMED_COLUMN_PX:
            painter.setPen(theme.color("secondary"))
            for place, class_row in enumerate(self._classes):
                shown = metrics.elidedText(self._name(int(class_row)), Qt.TextElideMode.ElideMiddle, int(width) - 2)
                area = QRectF(left + place * width, 0, width - 1, _TOP_PX - 2)
                painter.drawText(area, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter), shown)

    def _paint_turned_names(self, painter: QPainter) -> None:
        """Name the columns, read from below; the one that is pointed at is named first."""
        _, left, top, width, _ = self._geometry()
        painter.setFont(font("caption"))
        metrics = painter.fontMetrics()
        pointed = self._hovered[1] if self._hovered else -1
        for place, class_row in enumerate(self._classes):
            painter.setPen(current_theme().color("text" if place == pointed else "secondary"))
            shown = metrics.elidedText(self._name(int(class_row)), Qt.TextElideMode.ElideMiddle, int(top) - 6)
            painter.save()
            painter.translate(left + (place + 0.5) * width, top - 4)
            painter.rotate(-90)
            painter.drawText(QRectF(0, -10, top - 4, 20), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
            painter.restore()


def _shares(counts: LongArray, normalisation: Normalisation) -> FloatArray:
    """Return each cell's share of its row, its column, or the largest cell."""
    totals = counts.astype(np.float64)
    if normalisation == "ground truth":
        below = counts.sum(1, keepdims=True)
    elif normalisation == "prediction":
        below = counts.sum(0, keepdims=True)
    else:
        below = np.full((1, 1), counts.max(initial=0))
    shares: FloatArray = np.divide(totals, below, out=np.full(counts.shape, np.nan), where=below > 0)
    return shares
