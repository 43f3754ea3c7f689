"""Which class is taken for which. A click on a cell shows exactly the rows that stand in it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QSizePolicy, QToolTip, QWidget

from diag_gui.data.arrays import ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation.confusion_matrix import ConfusionMatrix, Normalisation
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.plain_text import as_tooltip, count, figure, plural
from diag_gui.ui.theme import current_theme, font

BACKGROUND = "background"
_LABEL_PX = 76
_MIN_CELL_FOR_TEXT_PX = 17.0
_MAX_CELL_PX = 46.0


class ConfusionPanel(Panel):
    """The matrix of the shown evaluation; classes that occur in no cell are left out."""

    watches = Change.DATA | Change.EVALUATION | Change.QUERY
    title = "Confusion"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.normalisation = QComboBox()
        self.normalisation.addItem("counts", "none")
        self.normalisation.addItem("by truth", "ground truth")
        self.normalisation.addItem("by prediction", "prediction")
        self.normalisation.setAccessibleName("Normalisation")
        self.normalisation.setCurrentIndex(1)
        self.normalisation.currentIndexChanged.connect(lambda _index: self.refresh(self.store.state, Change.EVALUATION))
        self.heading.addWidget(self.normalisation)
        self.matrix = ConfusionView()
        self.matrix.cell_clicked.connect(controller.query.set_cell)
        self.body.addWidget(self.matrix, 1)

    def refresh(self, state: SessionState, change: Change) -> None:
        if state.evaluation is None or state.dataset is None:
            self.figure_label.setText("")
            self.matrix.show_nothing()
            return
        self.figure_label.setText("truth ↓ predicted →")
        params = state.evaluation.params
        self.normalisation.setToolTip(
            as_tooltip(
                "Rows are truth, columns are predicted. One greedy matching over all classes, crowds left out,"
                f" at IoU {params.iou_threshold:.2f}, score {params.score_threshold:.2f}"
            )
        )
        self.matrix.show_matrix(
            state.evaluation.confusion,
            state.dataset.classes.name,
            self.normalisation.currentData(),
            state.query.confusion_cell,
        )

    def restyle(self) -> None:
        self.matrix.update()


class ConfusionView(QWidget):
    """The cells as a heat map: correct ones in blue, confusions in red, background last."""

    cell_clicked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
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

    def sizeHint(self) -> QSize:
        return QSize(300, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, 110)

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
        self.update()

    def _name(self, class_row: int) -> str:
        return BACKGROUND if class_row == self._n_classes else self._names[class_row]

    def _geometry(self) -> tuple[float, float, float]:
        """Return left and top of the first cell and the side of a cell, in pixels."""
        n = max(1, len(self._classes))
        bottom = 4.0
        side = min((self.width() - _LABEL_PX - 4) / n, (self.height() - 18 - bottom) / n, _MAX_CELL_PX)
        left = _LABEL_PX + max(0.0, (self.width() - _LABEL_PX - side * n) / 2 - 8)
        return left, 18.0, max(side, 0.5)

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Return the rectangle of the cell in table places ``row`` and ``column``."""
        left, top, side = self._geometry()
        gap = 1.0 if side > 6 else 0.0
        return QRectF(left + column * side, top + row * side, side - gap, side - gap)

    def _cell_at(self, at: QPointF) -> tuple[int, int] | None:
        left, top, side = self._geometry()
        column, row = int((at.x() - left) // side), int((at.y() - top) // side)
        n = len(self._classes)
        return (row, column) if 0 <= row < n and 0 <= column < n else None

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
            self.setCursor(Qt.CursorShape.PointingHandCursor if hovered else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and cell is not None:
            self.cell_clicked.emit((int(self._classes[cell[0]]), int(self._classes[cell[1]])))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self._cell_at(QPointF(event.pos()))
            if cell is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), as_tooltip(self._explained(*cell)), self)
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

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        n = len(self._classes)
        if n < 2:
            painter.setPen(theme.color("secondary"))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), "Nothing is predicted or labelled here")
            return
        left, top, side = self._geometry()
        if side > 6:
            self._paint_cells(painter)
        else:
            painter.drawImage(QRectF(left, top, side * n, side * n), self._image())
        self._paint_labels(painter, left, top, side)
        for cell, role in ((self._hovered, "secondary"), (self._place(self._marked), "accent")):
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
        if self._geometry()[2] < _MIN_CELL_FOR_TEXT_PX:
            return
        painter.setFont(font("caption"))
        metrics = painter.fontMetrics()
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

    def _paint_labels(self, painter: QPainter, left: float, top: float, side: float) -> None:
        theme = current_theme()
        painter.setFont(font("caption"))
        painter.setPen(theme.color("secondary"))
        metrics = painter.fontMetrics()
        if side >= 11:
            for place, class_row in enumerate(self._classes):
                shown = metrics.elidedText(self._name(int(class_row)), Qt.TextElideMode.ElideMiddle, _LABEL_PX - 8)
                area = QRectF(left - _LABEL_PX, top + place * side, _LABEL_PX - 6, side)
                painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), shown)
        hovered = self._hovered[1] if self._hovered else None
        if hovered is not None:
            area = QRectF(0, 0, self.width(), top - 3)
            name = f"predicted: {self._name(int(self._classes[hovered]))}"
            painter.setPen(theme.color("text"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), name)
        elif side >= 22:
            for place, class_row in enumerate(self._classes):
                shown = metrics.elidedText(self._name(int(class_row)), Qt.TextElideMode.ElideMiddle, int(side) - 2)
                area = QRectF(left + place * side, 0, side - 1, top - 2)
                painter.drawText(area, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter), shown)


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
