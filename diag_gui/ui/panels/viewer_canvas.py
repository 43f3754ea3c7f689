"""The picture with its boxes: zoom about the cursor, pan, and boxes that can be pointed at."""

from __future__ import annotations

from enum import Enum

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QNativeGestureEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from diag_gui.data.arrays import BoolArray
from diag_gui.session.image_cache import ImageCache, PictureKey, Wish
from diag_gui.ui.models.failure_cells import FailureCells
from diag_gui.ui.models.image_boxes import ImageBoxes, boxes_of_image, label_of
from diag_gui.ui.panels.picture_parts import WINDOWED_SIDE_PX, is_windowed, part_in_sight
from diag_gui.ui.panels.viewer_painting import paint_boxes, paint_words
from diag_gui.ui.panels.viewer_window import ViewWindow
from diag_gui.ui.theme import current_theme

SIDES_PX = (768, 1536, 3072, 6144)
"""Lengths that whole pictures are fetched at; beyond the last the picture comes in its own size, or in parts."""
WHOLE_PIXELS = 30_000_000
"""Pictures with more pixels are never fetched whole in their own size: the part in sight is."""

HIT_SLACK_PX = 3.0
_WHEEL_STEP = 1.0015


class Place(Enum):
    """What the view keeps to when the failure or the size changes."""

    FIT = "fit"
    FAILURE = "failure"
    FREE = "free"


class ViewerCanvas(QWidget):
    """Draws one image, its boxes, and the failure in question; knows nothing of the state.

    Parameters
    ----------
    images : ImageCache
        Asked for the picture at the size the zoom needs.
    """

    box_clicked = Signal(int)
    """Emitted with the outcome row of a box that was clicked."""
    large_requested = Signal()
    """Emitted on a double click."""
    zoom_changed = Signal()
    """Emitted when the scale or what the view keeps to has changed."""

    def __init__(self, images: ImageCache, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._cells: FailureCells | None = None
        self._boxes: ImageBoxes | None = None
        self._said: list[str] = []
        self._image_row = -1
        self._painted = QPixmap()
        self._painted_as: tuple[object, ...] = ()
        self._size_known = False
        self.current = -1
        self.place = Place.FIT
        self.window_on = ViewWindow()
        self.shows_truth = True
        self.shows_predictions = True
        self.shows_correct = True
        self.hovered = -1
        self._pressed: QPoint | None = None
        self._panned = False
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture with boxes")
        images.ready.connect(self._on_picture)

    @property
    def image_row(self) -> int:
        """The image shown; -1 for none."""
        return self._image_row

    def show_row(self, cells: FailureCells | None, outcome_row: int) -> None:
        """Show the image of ``outcome_row`` with that row in question; -1 shows nothing."""
        image_row = cells.image_row(outcome_row) if cells is not None and outcome_row >= 0 else -1
        other_image = image_row != self._image_row
        other_failure = outcome_row != self.current
        words_before, boxes_before = self._said, self._boxes
        self._cells, self._image_row, self.current = cells, image_row, outcome_row
        self._boxes = boxes_of_image(cells, image_row) if cells is not None and image_row >= 0 else None
        self._said = self._words()
        if not (other_image or other_failure) and self._boxes == boxes_before and self._said == words_before:
            # While a slider moves, most steps change nothing on the one image that is shown.
            return
        if other_image:
            self.hovered = -1
            self._take_size()
            if self.place is Place.FREE:
                self.place = Place.FIT
        if other_image or other_failure:
            self._keep_place()
        self._want()
        self.update()

    def fit(self) -> None:
        """Show the whole image, and do so for the next ones."""
        self.place = Place.FIT
        self._keep_place()
        self._moved()

    def zoom_to_failure(self) -> None:
        """Show the failure in question with its surroundings, and do so for the next ones."""
        self.place = Place.FAILURE
        self._keep_place()
        self._moved()

    def zoom_to_pixels(self) -> None:
        """Show one pixel of the picture on one of the screen, about the middle of the view."""
        self.place = Place.FREE
        self.window_on.zoom_about(QPointF(self.rect().center()), 1.0 / self.devicePixelRatioF() / self.window_on.scale)
        self._moved()

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Enlarge by ``factor``, keeping the point ``about`` (screen) or the middle in place."""
        self.place = Place.FREE
        self.window_on.zoom_about(about if about is not None else QPointF(self.rect().center()), factor)
        self._moved()

    def set_shown(self, *, truth: bool, predictions: bool, correct: bool) -> None:
        """Switch groups of boxes on and off."""
        self.shows_truth, self.shows_predictions, self.shows_correct = truth, predictions, correct
        self.hovered = -1
        self.update()

    def visible_boxes(self) -> BoolArray:
        """Return which boxes of the image are drawn, bool, shape (B,)."""
        if self._boxes is None:
            return np.zeros(0, np.bool_)
        return self._boxes.shown(
            truth=self.shows_truth, predictions=self.shows_predictions, correct=self.shows_correct, always=self.rows_in_question()
        )

    def rows_in_question(self) -> tuple[int, ...]:
        """Return the outcome rows of the failure in question: the pair, or the one box."""
        if self._cells is None or self.current < 0:
            return ()
        cell = self._cells.cell(self.current)
        p = self._cells.outcomes.n_predictions
        return tuple(row for row in (cell.pred_row, cell.gt_row + p if cell.gt_row >= 0 else -1) if row >= 0)

    def _words(self) -> list[str]:
        return [label_of(self._cells, row) for row in self.rows_in_question()] if self._cells is not None else []

    def box_at(self, point: QPointF) -> int:
        """Return the outcome row of the box at a point of the screen; -1 for none."""
        if self._boxes is None:
            return -1
        at = self.window_on.to_image(point)
        hit = self._boxes.hit(at.x(), at.y(), HIT_SLACK_PX / self.window_on.scale, self.visible_boxes())
        return int(self._boxes.outcome_row[hit]) if hit >= 0 else -1

    def sizeHint(self) -> QSize:
        return QSize(420, 380)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = current_theme()
        painter.fillRect(self.rect(), theme.color("shade"))
        if self._cells is None or self._boxes is None:
            return
        target = self.window_on.on_screen(QRectF(0, 0, *self.window_on.image_size))
        image = self._images.look_up_any(self._key())
        part = self._part()
        if image is not None or part is not None:
            painter.drawPixmap(0, 0, self._picture_painted(image, part, target))
        else:
            painter.fillRect(target, theme.color("raised"))
            paint_words(painter, self.rect(), self._images, self._image_row, theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_boxes(
            painter,
            QRectF(self.rect()),
            self._cells,
            self._boxes,
            self.window_on,
            shown=self.visible_boxes(),
            in_question=self.rows_in_question(),
            hovered=self.hovered,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.window_on.view_size = (float(max(self.width(), 1)), float(max(self.height(), 1)))
        self._keep_place()
        self._moved()

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() or event.pixelDelta().y() * 4
        if steps and self._boxes is not None:
            self.zoom(_WHEEL_STEP**steps, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom(1.0 + event.value(), event.position())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._panned = event.position().toPoint(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._pressed is None:
            self._hover(self.box_at(event.position()))
            return
        moved = point - self._pressed
        if not self._panned and moved.manhattanLength() < QApplication.startDragDistance():
            return
        self._panned = True
        self.place = Place.FREE
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.window_on.pan(moved.x(), moved.y())
        self._pressed = point
        self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        clicked = self._pressed is not None and not self._panned and event.button() == Qt.MouseButton.LeftButton
        self._pressed = None
        self.unsetCursor()
        row = self.box_at(event.position()) if clicked else -1
        if row >= 0:
            self.box_clicked.emit(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.large_requested.emit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, outcome_row: int) -> None:
        if outcome_row != self.hovered:
            self.hovered = outcome_row
            self.setCursor(Qt.CursorShape.PointingHandCursor if outcome_row >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def _moved(self) -> None:
        self._want()
        self.zoom_changed.emit()
        self.update()

    def _keep_place(self) -> None:
        if self.place is Place.FIT or self._cells is None or self.current < 0:
            self.window_on.fit()
        elif self.place is Place.FAILURE:
            cell = self._cells.cell(self.current)
            self.window_on.show_boxes(cell.truth, cell.prediction)
        else:
            self.window_on.bring_into_view(self._cells.cell(self.current))
        self.zoom_changed.emit()

    def _take_size(self) -> None:
        """Learn how large the image is: from the files, from the picture itself, else from the reach of its boxes."""
        self._size_known = False
        if self._cells is None or self._image_row < 0 or self._boxes is None:
            return
        size = self._cells.image_size(self._image_row) or self._images.own_size(self._image_row)
        self._size_known = size is not None
        if size is None:
            reach = self._boxes.xyxy[:, 2:].max(axis=0) if len(self._boxes) else np.array([1.0, 1.0])
            size = (max(int(reach[0] * 1.05), 1), max(int(reach[1] * 1.05), 1))
        self.window_on.image_size = (float(size[0]), float(size[1]))

    def _key(self) -> PictureKey:
        return PictureKey(self._image_row, max_side=self.side_for(self.window_on.scale))

    def side_for(self, scale: float) -> int | None:
        """Return the length at which the picture is fetched for ``scale``; None is its own size."""
        if not self._size_known:
            return None
        return self._side(max(self.window_on.image_size), scale)

    def fitting_side(self, image_size: tuple[int, int]) -> int | None:
        """Return the length at which another picture of ``image_size`` would be fetched to fit the view."""
        width, height = self.window_on.view_size
        return self._side(float(max(image_size)), min(width / image_size[0], height / image_size[1]))

    def _side(self, own: float, scale: float) -> int | None:
        wanted = own * scale * self.devicePixelRatioF()
        longest = self._longest_side()
        side = next((step for step in SIDES_PX if longest >= step >= wanted), None)
        if side is None and self._is_huge():
            side = longest
        return side if side is not None and side < own else None

    def _longest_side(self) -> int:
        return WINDOWED_SIDE_PX if self._size_known and is_windowed(self.window_on.image_size) else SIDES_PX[-1]

    def _is_huge(self) -> bool:
        return self._size_known and self.window_on.image_size[0] * self.window_on.image_size[1] > WHOLE_PIXELS

    def part_key(self) -> PictureKey | None:
        """Return the part of a huge picture to fetch apart; None where the whole picture is sharp enough."""
        own = max(self.window_on.image_size)
        if not self._is_huge() or own * self.window_on.scale * self.devicePixelRatioF() <= self._longest_side():
            return None
        return part_in_sight(self._image_row, self.window_on, QRectF(self.rect()), self.devicePixelRatioF())

    def _part(self) -> QImage | None:
        key = self.part_key()
        return self._images.look_up(key) if key is not None else None

    def _picture_painted(self, image: QImage | None, part: QImage | None, target: QRectF) -> QPixmap:
        """Return the picture as it lies on the canvas; scaled once, since boxes move over it with every step of a slider."""
        ratio = self.devicePixelRatioF()
        pictures = tuple(one.cacheKey() if one is not None else 0 for one in (image, part))
        shown = (*pictures, target.getRect(), self.size().toTuple(), ratio, current_theme().name)
        if shown != self._painted_as:
            self._painted_as = shown
            self._painted = QPixmap(self.size() * ratio)
            self._painted.setDevicePixelRatio(ratio)
            self._painted.fill(current_theme().color("shade"))
            painter = QPainter(self._painted)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.window_on.scale * ratio < 4)
            if image is not None:
                painter.drawImage(target, image)
            key = self.part_key()
            if part is not None and key is not None and key.crop is not None:
                painter.drawImage(self.window_on.on_screen(QRectF(*key.crop)), part)
            painter.end()
        return self._painted

    def _want(self) -> None:
        keys = [self._key(), self.part_key()] if self._image_row >= 0 else []
        self._images.want(Wish.VIEWER, [key for key in keys if key is not None])

    def _on_picture(self, key: PictureKey) -> None:
        if key.image_row != self._image_row:
            return
        if not self._size_known and key.max_side is None and key.crop is None and self._images.own_size(key.image_row):
            self._take_size()
            self._keep_place()
        self.update()
