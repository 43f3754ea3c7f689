"""The cells of a confusion matrix: drawn, pointed at, walked with the arrow keys, and asked for by a click or Enter."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen

from diag_gui.data.arrays import AnyArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation.confusion_matrix import ConfusionMatrix, Normalisation
from diag_gui.ui.panels.matrix_layout import HEADING_PX, MatrixLayout, lay_out, least_height
from diag_gui.ui.plain_text import count, figure, plural
from diag_gui.ui.theme import current_theme, font
from diag_gui.ui.walked_drawing import CHOOSE_KEYS, MOVES, WalkedDrawing

BACKGROUND = "background"
_MIN_CELL_FOR_TEXT_PX, _LEAST_TEXT_ROW_PX = 17.0, 11.0
_CAPTION_ROW_PX, _SMALLEST_LETTERS_PX = 11.0, 9


class ConfusionView(WalkedDrawing):
    """The cells as a heat map: correct ones in blue, confusions in red, background last.

    Attributes
    ----------
    cell_clicked : Signal
        Emitted with the class rows of ground truth and prediction.
    """

    cell_clicked = Signal(object)

    def __init__(self) -> None:
        super().__init__("Confusion matrix")
        # What lies beneath need not be painted with every step of a slider.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._is_known = False
        self._classes: IntArray = np.zeros(0, np.int32)
        self._names: tuple[str, ...] = ()
        self._counts: LongArray = np.zeros((0, 0), np.int64)
        self._shares: FloatArray = np.zeros((0, 0))
        self._normalisation: Normalisation = "none"
        self._n_classes = 0
        self._marked: tuple[int, int] | None = None
        self._hovered: tuple[int, int] | None = None
        self._at = (0, 0)
        self._widest: tuple[tuple[object, ...], float] = ((), 0.0)
        self._least_height = 0

    def sizeHint(self) -> QSize:
        return QSize(300, 220)

    def minimumSizeHint(self) -> QSize:
        # Names that cannot be read say nothing: as many rows as a page holds are kept high enough, and scrolled.
        return QSize(140, max(110, least_height(len(self._classes))))

    def show_nothing(self) -> None:
        """Show that no matrix is known."""
        self._is_known = False
        self._classes = np.zeros(0, np.int32)
        self.update()

    def show_matrix(
        self, matrix: ConfusionMatrix, names: tuple[str, ...], normalisation: Normalisation, marked: tuple[int, int] | None
    ) -> None:
        """Show ``matrix`` over the classes that occur in it, and mark the cell that filters."""
        self._is_known = True
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
        if self.minimumSizeHint().height() != self._least_height:
            self._least_height = self.minimumSizeHint().height()
            self.updateGeometry()
        self.update()

    def _name(self, class_row: int) -> str:
        return BACKGROUND if class_row == self._n_classes else self._names[class_row]

    def _layout(self) -> MatrixLayout:
        """Return where everything stands now."""
        return lay_out(self.width(), self.height(), max(1, len(self._classes)), self._widest_name())

    def _widest_name(self) -> float:
        """Return the width of the longest name; measured anew only where other names are shown."""
        shown = (self._names, self._n_classes, self._classes.tobytes(), font("caption").key())
        if shown != self._widest[0]:
            metrics = QFontMetricsF(font("caption"))
            widest = max((metrics.horizontalAdvance(self._name(int(row))) for row in self._classes), default=0.0)
            self._widest = (shown, widest)
        return self._widest[1]

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Return the rectangle of the cell in table places ``row`` and ``column``."""
        return self._layout().cell_rect(row, column)

    def _cell_at(self, at: QPointF) -> tuple[int, int] | None:
        return self._layout().cell_at(at) if len(self._classes) else None

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
            self.point_out(hovered is not None and bool(self._counts[hovered] > 0))

    def leave(self) -> None:
        self._hovered = None

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

    def press(self, key: Qt.Key) -> bool:
        n = len(self._classes)
        if key in MOVES and n >= 2:
            row, column = (min(max(here + step, 0), n - 1) for here, step in zip(self._at, MOVES[key], strict=True))
            self._at = (row, column)
            self._say()
            self.update()
        elif key in CHOOSE_KEYS and n >= 2:
            self._choose(self._at)
        else:
            return False
        return True

    def _say(self) -> None:
        self.setAccessibleDescription(self._explained(*self._at) if len(self._classes) >= 2 else "")

    def said_at(self, at: QPointF) -> str:
        if len(self._classes) < 2:
            return ""
        layout = self._layout()
        cell, row, column = layout.cell_at(at), layout.row_named_at(at), layout.column_named_at(at)
        if cell is not None:
            return self._explained(*cell)
        return self._row_explained(row) if row >= 0 else self._column_explained(column) if column >= 0 else ""

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

    def _column_explained(self, column: int) -> str:
        name, total = self._name(int(self._classes[column])), int(self._counts[:, column].sum())
        if name == BACKGROUND:
            return f"{name}\n{plural(total, 'label')} not found"
        return f"predicted: {name}\n{plural(total, 'prediction')}, {count(int(self._counts[column, column]))} of them on a {name}"

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("panel"))
        n = len(self._classes)
        if n < 2:
            painter.setPen(theme.color("secondary"))
            painter.drawText(
                self.rect(), int(Qt.AlignmentFlag.AlignCenter), "Nothing is predicted or labelled here" if self._is_known else ""
            )
            return
        layout = self._layout()
        if min(layout.width, layout.height) > 6:
            self._paint_cells(painter, layout)
        else:
            painter.drawImage(QRectF(layout.left, layout.top, layout.width * n, layout.height * n), self._image())
        self._paint_row_names(painter, layout)
        self._paint_column_names(painter, layout)
        in_question = self._at if self.hasFocus() else None
        for cell, role in ((self._hovered, "secondary"), (in_question, "text"), (self._place(self._marked), "accent")):
            if cell is not None:
                painter.setPen(QPen(theme.color(role), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(layout.cell_rect(*cell).adjusted(-0.5, -0.5, 0.5, 0.5))

    def _place(self, cell: tuple[int, int] | None) -> tuple[int, int] | None:
        if cell is None:
            return None
        row, column = (np.flatnonzero(self._classes == class_row) for class_row in cell)
        return (int(row[0]), int(column[0])) if len(row) and len(column) else None

    def _paint_cells(self, painter: QPainter, layout: MatrixLayout) -> None:
        colors = self._colors()
        painter.setPen(Qt.PenStyle.NoPen)
        # Most cells are empty and of one colour: they are filled together.
        for color in np.unique(colors).tolist():
            painter.setBrush(QColor(color))
            painter.drawRects([layout.cell_rect(row, column) for row, column in np.argwhere(colors == color).tolist()])
        if layout.width < _MIN_CELL_FOR_TEXT_PX or layout.height < _LEAST_TEXT_ROW_PX:
            return
        painter.setFont(font("caption"))
        metrics = painter.fontMetrics()
        painter.setPen(current_theme().color("secondary"))
        for row, column in np.argwhere(self._counts == 0).tolist():
            painter.drawText(layout.cell_rect(row, column), int(Qt.AlignmentFlag.AlignCenter), "–")
        is_light = np.stack([colors >> 16 & 255, colors >> 8 & 255, colors & 255], 2) @ np.array([0.299, 0.587, 0.114]) > 140
        for row, column in np.argwhere(self._counts > 0).tolist():
            area, text = layout.cell_rect(row, column), self._cell_text(row, column)
            if metrics.horizontalAdvance(text) <= area.width():
                painter.setPen(Qt.GlobalColor.black if is_light[row, column] else Qt.GlobalColor.white)
                painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)

    def _cell_text(self, row: int, column: int) -> str:
        if self._normalisation == "none":
            return count(int(self._counts[row, column]))
        return figure(float(self._shares[row, column]))

    def _colors(self) -> AnyArray:
        """Return the colour of each cell as the screen has it, 0xffRRGGBB, uint32, shape (n, n)."""
        theme = current_theme()
        roles = (theme.color(role) for role in ("cell_low", "cell_high", "cell_error"))
        low, high, wrong = ((role.red(), role.green(), role.blue()) for role in roles)
        strength = np.sqrt(np.nan_to_num(self._shares))
        correct = np.diagonal(strength)
        packed = np.full(strength.shape, 0xFF000000, np.uint32)
        for place, shift in enumerate((16, 8, 0)):
            channel = low[place] + strength * (wrong[place] - low[place])
            np.fill_diagonal(channel, low[place] + correct * (high[place] - low[place]))
            packed |= np.round(channel).astype(np.uint32) << np.uint32(shift)
        return packed

    def _image(self) -> QImage:
        """Return a pixel per cell; Qt enlarges pictures in other formats in threads of its own and waits for them."""
        n = len(self._classes)
        return QImage(self._colors().data, n, n, 4 * n, QImage.Format.Format_RGB32).copy()

    def _paint_row_names(self, painter: QPainter, layout: MatrixLayout) -> None:
        """Name the rows where there is room for letters; the one that is pointed at is named first."""
        if not layout.rows_are_named:
            return
        theme = current_theme()
        painter.setFont(font("caption"))
        if layout.height < _CAPTION_ROW_PX:
            smaller = QFont(font("caption"))
            smaller.setPixelSize(_SMALLEST_LETTERS_PX)
            painter.setFont(smaller)
        metrics, names = painter.fontMetrics(), layout.names_px
        pointed = self._hovered[0] if self._hovered else -1
        for place, class_row in enumerate(self._classes):
            shown = metrics.elidedText(self._name(int(class_row)), Qt.TextElideMode.ElideMiddle, int(names - 8))
            # Letters may reach over a row that is lower than a line: rows of names do not touch.
            area = QRectF(layout.left - names, layout.top + place * layout.height - 3, names - 6, layout.height + 5)
            painter.setPen(theme.color("text" if place == pointed else "secondary"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), shown)

    def _paint_column_names(self, painter: QPainter, layout: MatrixLayout) -> None:
        """Name all columns where they are wide enough or high enough above, else the one that is pointed at, in sight."""
        painter.setFont(font("caption"))
        if layout.is_turned:
            self._paint_turned_names(painter, layout)
        elif self._hovered is not None:
            self._paint_pointed_name(painter, self._name(int(self._classes[self._hovered[1]])))
        elif layout.is_level:
            metrics = painter.fontMetrics()
            painter.setPen(current_theme().color("secondary"))
            for place, class_row in enumerate(self._classes):
                shown = metrics.elidedText(self._name(int(class_row)), Qt.TextElideMode.ElideMiddle, int(layout.width) - 2)
                area = QRectF(layout.left + place * layout.width, 0, layout.width - 1, HEADING_PX - 2)
                painter.drawText(area, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter), shown)

    def _paint_pointed_name(self, painter: QPainter, name: str) -> None:
        theme, said = current_theme(), f"predicted: {name}"
        in_sight = float(self.visibleRegion().boundingRect().top())
        area = QRectF(0, in_sight, self.width(), HEADING_PX - 2)
        box = QRectF(painter.fontMetrics().boundingRect(said)).adjusted(-4, 0, 4, 0)
        box.moveTopRight(area.topRight())
        painter.fillRect(box, theme.color("panel"))
        painter.setPen(theme.color("text"))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), said)

    def _paint_turned_names(self, painter: QPainter, layout: MatrixLayout) -> None:
        """Name the columns, read from below; the one that is pointed at is named first."""
        metrics, top = painter.fontMetrics(), layout.top
        pointed = self._hovered[1] if self._hovered else -1
        for place, class_row in enumerate(self._classes):
            painter.setPen(current_theme().color("text" if place == pointed else "secondary"))
            shown = metrics.elidedText(self._name(int(class_row)), Qt.TextElideMode.ElideMiddle, int(top) - 6)
            painter.save()
            painter.translate(layout.left + (place + 0.5) * layout.width, top - 4)
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
