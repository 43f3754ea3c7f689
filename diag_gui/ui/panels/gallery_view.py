"""The grid of failures: a table used as a grid, with hands of its own for moving and choosing in reading order."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.image_cache import ImageCache, PictureKey, Wish
from diag_gui.ui.delegates.failure_delegate import CAPTION_PX, GAP_PX, PICTURE_ASPECT, FailureDelegate
from diag_gui.ui.models.failure_cells import FailureCell
from diag_gui.ui.models.gallery_model import GalleryModel
from diag_gui.ui.theme import current_theme

SMALLEST_PX = 80
LARGEST_PX = 280
DEFAULT_PX = 136
_SCROLL_BAR_PX = 12
_MOST_LOWERED = 0.14
"""Of its height, what a line gives so that the last one in sight is whole."""


class GalleryView(QTableView):
    """Shows a `GalleryModel`; what is current and chosen is the state's, this only draws it and asks for changes.

    Qt's own selection is not used: it is a set of rectangles, and in a grid that is read line by line a range from one
    cell to another is not a rectangle.

    Parameters
    ----------
    controller : Controller
        Its selection verbs are called.
    images : ImageCache
        Asked for what is visible, nothing else.
    """

    large_requested = Signal()
    """Emitted when someone wants to see the current failure large."""

    def __init__(self, controller: Controller, images: ImageCache, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._images = images
        self.cells = GalleryModel()
        self.delegate = FailureDelegate(self.cells, images)
        self._thumb_px = DEFAULT_PX
        self._anchor = -1
        self._chosen_before_drag: frozenset[int] = frozenset()
        self._dragging = False
        self._positions_of: dict[PictureKey, list[int]] = {}
        self._wanted: list[PictureKey] = []
        self._wanted_for: tuple[object, ...] = ()
        self._wanted_cells: list[FailureCell | None] = []
        self.setModel(self.cells)
        self.setItemDelegate(self.delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Failures")
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(8)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.cells.rows_replaced.connect(self._on_rows_replaced)
        self.cells.modelReset.connect(self._want_visible)
        self.verticalScrollBar().valueChanged.connect(self._want_visible)
        images.ready.connect(self._on_picture)
        # What lies beneath need not be painted with every step of a slider.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._lay_out()

    @property
    def thumb_px(self) -> int:
        """Wished width of a cell; cells are widened to fill the line."""
        return self._thumb_px

    def set_thumb_px(self, thumb_px: int) -> None:
        """Make cells about ``thumb_px`` wide, 80 to 280, and keep the current one in sight."""
        self._thumb_px = min(max(thumb_px, SMALLEST_PX), LARGEST_PX)
        self._lay_out()
        self.show_current()

    def show_state(self, current: int, chosen: frozenset[int]) -> None:
        """Mark the outcome row ``current`` and the rows ``chosen``; scroll if the current one changed."""
        moved = current != self.delegate.current
        self.delegate.current, self.delegate.chosen = current, chosen
        position = self.cells.position_of(current)
        self.setCurrentIndex(self.cells.index_of(position))
        if moved:
            if not self._dragging and len(chosen) <= 1:
                self._anchor = position
            self.show_current()
        self.viewport().update()

    def show_current(self) -> None:
        """Scroll just so far that the current failure is seen whole."""
        position = self.cells.position_of(self.delegate.current)
        if position >= 0:
            self.scrollTo(self.cells.index_of(position), QAbstractItemView.ScrollHint.EnsureVisible)

    def step_line(self, lines: int) -> None:
        """Move by ``lines`` lines of the grid."""
        self._go(self._current_position() + lines * self.cells.columns, extend=False)

    def choose_all(self) -> None:
        """Choose every failure that is shown."""
        if len(self.cells.rows):
            current = self.delegate.current
            current = current if self.cells.position_of(current) >= 0 else self.cells.outcome_row(0)
            self._controller.selection.choose(self.cells.rows.tolist(), current)

    def visible_positions(self) -> range:
        """Return the positions of the lines that are in sight."""
        height = self.verticalHeader().defaultSectionSize()
        top = self.verticalOffset() // height
        bottom = (self.verticalOffset() + self.viewport().height() - 1) // height
        first = max(top * self.cells.columns, 0)
        return range(first, min((bottom + 1) * self.cells.columns, len(self.cells.rows)))

    def sizeHint(self) -> QSize:
        return QSize(5 * DEFAULT_PX, 4 * DEFAULT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(SMALLEST_PX + _SCROLL_BAR_PX + GAP_PX, SMALLEST_PX + CAPTION_PX)

    def setSelection(self, rect: QRect, command: object) -> None:
        """Do nothing: see the class."""

    def paintEvent(self, event: QPaintEvent) -> None:
        # Qt asks the model six times for every cell and a style for its ground: here each is one picture.
        painter, touched = QPainter(self.viewport()), event.region()
        painter.fillRect(event.rect(), current_theme().color("panel"))
        width, height = self.horizontalHeader().defaultSectionSize(), self.verticalHeader().defaultSectionSize()
        for position in self.visible_positions():
            line, column = divmod(position, self.cells.columns)
            area = QRect(column * width, line * height - self.verticalOffset(), width, height)
            if touched.intersects(area):
                self.delegate.paint_at(painter, area, position)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()
        # Bars and splitters settle in steps: once they have, what was in question may have left the view.
        QTimer.singleShot(0, self, self._show_current_in_whole_lines)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = self._position_at(event.position().toPoint())
        if position < 0 or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            event.ignore()
            return
        row = self.cells.outcome_row(position)
        modifiers = event.modifiers()
        if event.button() == Qt.MouseButton.RightButton:
            if row not in self.delegate.chosen:
                self._choose_one(position)
            return
        self._dragging = True
        self._chosen_before_drag = frozenset()
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._choose_range(position)
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self._toggle(position, row)
        else:
            self._choose_one(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._dragging or not event.buttons() & Qt.MouseButton.LeftButton or self._anchor < 0:
            return
        point = event.position().toPoint()
        area = self.viewport().rect()
        inside = QPoint(min(max(point.x(), 0), area.right()), min(max(point.y(), 0), area.bottom()))
        position = self._position_at(inside)
        if position >= 0 and self.cells.outcome_row(position) != self.delegate.current:
            self._choose_range(position)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._position_at(event.position().toPoint()) >= 0:
            self.large_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        lines = max(self.viewport().height() // self.verticalHeader().defaultSectionSize(), 1)
        columns = self.cells.columns
        at = self._current_position()
        goals = {
            Qt.Key.Key_Left: at - 1,
            Qt.Key.Key_K: at - 1,
            Qt.Key.Key_Right: at + 1,
            Qt.Key.Key_J: at + 1,
            Qt.Key.Key_Up: at - columns,
            Qt.Key.Key_Down: at + columns,
            Qt.Key.Key_PageUp: at - lines * columns,
            Qt.Key.Key_PageDown: at + lines * columns,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self.cells.rows) - 1,
        }
        key = Qt.Key(event.key())
        held = event.modifiers() & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_A and control:
            self.choose_all()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not held:
            self.large_requested.emit()
        elif key in goals and not held and (not control or key in (Qt.Key.Key_Home, Qt.Key.Key_End)):
            self._go(goals[key], extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            event.ignore()

    def _go(self, position: int, *, extend: bool) -> None:
        n = len(self.cells.rows)
        if not n:
            return
        if self._current_position() < 0:
            position = 0
        position = min(max(position, 0), n - 1)
        if extend:
            self._choose_range(position)
        else:
            self._choose_one(position)

    def _choose_one(self, position: int) -> None:
        self._anchor = position
        row = self.cells.outcome_row(position)
        self._controller.selection.choose((row,), row)

    def _choose_range(self, position: int) -> None:
        if not 0 <= self._anchor < len(self.cells.rows):
            self._anchor = max(self._current_position(), 0)
        first, last = sorted((self._anchor, position))
        rows = self.cells.rows[first : last + 1].tolist()
        self._controller.selection.choose(self._chosen_before_drag.union(rows), self.cells.outcome_row(position))

    def _toggle(self, position: int, row: int) -> None:
        self._anchor = position
        chosen = self.delegate.chosen
        if row in chosen and len(chosen) > 1:
            rest = chosen - {row}
            current = self.delegate.current if self.delegate.current != row else self._nearest(rest, position)
            self._controller.selection.choose(rest, current)
            self._dragging = False
        else:
            self._chosen_before_drag = chosen
            self._controller.selection.choose(chosen | {row}, row)

    def _nearest(self, rows: frozenset[int], position: int) -> int:
        places = np.flatnonzero(np.isin(self.cells.rows, list(rows)))
        if not len(places):
            return next(iter(rows))
        return self.cells.outcome_row(int(places[np.argmin(np.abs(places - position))]))

    def _current_position(self) -> int:
        return self.cells.position_of(self.delegate.current)

    def _position_at(self, point: QPoint) -> int:
        return self.cells.position(self.indexAt(point))

    def _lay_out(self) -> None:
        """Fit as many cells into a line as have their width, share what is left, and end on a whole line if one nearly fits."""
        width = max(self.width() - _SCROLL_BAR_PX, SMALLEST_PX)
        columns = max(width // (self._thumb_px + GAP_PX), 1)
        section = width // columns
        height = round((section - GAP_PX) / PICTURE_ASPECT) + CAPTION_PX + GAP_PX
        lowest = round(height * (1 - _MOST_LOWERED))
        if (whole := self.viewport().height() // lowest) and whole * height > self.viewport().height():
            height = self.viewport().height() // whole
        # To hundredths, so that a window that is dragged larger asks for few kinds of crops.
        self.delegate.picture_aspect = round((section - GAP_PX) / (height - CAPTION_PX - GAP_PX), 2)
        self.horizontalHeader().setDefaultSectionSize(section)
        self.verticalHeader().setDefaultSectionSize(height)
        if columns != self.cells.columns:
            self.cells.set_columns(columns)
            self.setCurrentIndex(self.cells.index_of(self._current_position()))
        self._show_current_in_whole_lines()
        self._want_visible()

    def _show_current_in_whole_lines(self) -> None:
        """Show the current failure under a first line that is not cut."""
        self.show_current()
        bar, line = self.verticalScrollBar(), self.verticalHeader().defaultSectionSize()
        if self._current_position() >= 0:
            # The line of the current failure begins at or below the next whole one.
            bar.setValue(-(-bar.value() // line) * line)

    def _on_rows_replaced(self) -> None:
        # Now rather than from a timer after the next paint, which would be followed by another one.
        if self.isVisible():
            self.executeDelayedItemsLayout()
        self._want_visible()
        self.viewport().update()

    def _want_visible(self) -> None:
        """Ask for the pictures in sight in reading order, then for the lines that come next."""
        visible = self.visible_positions()
        width = self.horizontalHeader().defaultSectionSize() - GAP_PX
        ratio = self.devicePixelRatioF()
        positions = range(visible.start, min(visible.stop + len(visible) // 2, len(self.cells.rows)))
        self.cells.look_up(positions)
        cells = [self.cells.cell(position) for position in positions]
        # Cells that say the same as before are the same ones, and want the same pictures.
        shown = (positions, width, ratio, self.delegate.picture_aspect, *map(id, cells))
        if shown != self._wanted_for:
            self._want_pictures_of(positions, cells, width, ratio)
            self._wanted_for, self._wanted_cells = shown, cells
        self._images.want(Wish.GALLERY, self._wanted)

    def _want_pictures_of(self, positions: range, cells: list[FailureCell | None], width: int, ratio: float) -> None:
        self._positions_of, self._wanted = {}, []
        for position, cell in zip(positions, cells, strict=True):
            if cell is not None:
                key = self.delegate.picture_key(cell, width, ratio)
                self._wanted.append(key)
                self._positions_of.setdefault(key, []).append(position)

    def _on_picture(self, key: PictureKey) -> None:
        if self._images.state(key.image_row) != "ok":
            self.viewport().update()
            return
        for position in self._positions_of.get(key, ()):
            index: QModelIndex = self.cells.index_of(position)
            if index.isValid():
                self.viewport().update(self.visualRect(index))
