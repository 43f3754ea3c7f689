"""The image of one problem: its picture, all boxes of the side in question faint, those that the line speaks of strong."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.session.image_cache import ImageCache, PictureKey, Wish
from diag_gui.ui.box_overlay import BoxStyle, draw_boxes, draw_label, prediction_style, truth_style
from diag_gui.ui.models.failure_cells import turned_quad
from diag_gui.ui.outline_overlay import draw_outlines
from diag_gui.ui.panels.picture_parts import WINDOWED_SIDE_PX, is_windowed, part_in_sight
from diag_gui.ui.panels.viewer_painting import paint_words
from diag_gui.ui.panels.viewer_window import ViewWindow
from diag_gui.ui.theme import current_theme, font

_SIDE_PX = 1536
_LONGEST_PX = 6144
"""Length at which a picture is fetched that is shown enlarged."""
_CLOSE = 12.0
"""A box is shown enlarged where its longer side is less than one in this many of the view."""


class ProblemPicture(QWidget):
    """Draws one image; small boxes in question are shown enlarged with their surroundings.

    Parameters
    ----------
    images : ImageCache
    """

    def __init__(self, images: ImageCache) -> None:
        super().__init__()
        self._images = images
        self._dataset: Dataset | None = None
        self._objects: GroundTruth | Predictions | None = None
        self._rows: tuple[int, ...] = ()
        self._window = ViewWindow()
        self.image_row = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture of the problem")
        images.ready.connect(self._on_picture)

    def show_problem(
        self, dataset: Dataset | None, image_row: int, objects: GroundTruth | Predictions | None, rows: tuple[int, ...]
    ) -> None:
        """Show an image; -1 shows none.

        Parameters
        ----------
        dataset : Dataset or None
        image_row : int
        objects : GroundTruth or Predictions or None
            Whose boxes are drawn; None draws the ground truth.
        rows : tuple of int
            Boxes in question.
        """
        self._dataset, self.image_row = dataset, image_row if dataset is not None else -1
        self._objects = objects if objects is not None or dataset is None else dataset.ground_truth
        self._rows = tuple(row for row in rows if row >= 0)
        self._place()
        self._want()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._window.view_size = (float(max(self.width(), 1)), float(max(self.height(), 1)))
        self._place()
        self._want()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = current_theme()
        painter.fillRect(self.rect(), theme.color("shade"))
        if self._dataset is None or self._objects is None or self.image_row < 0:
            return
        target = self._window.on_screen(QRectF(0, 0, *self._window.image_size))
        image, key = self._images.look_up_any(self._key()), self._part_key()
        part = self._images.look_up(key) if key is not None else None
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if image is not None:
            painter.drawImage(target, image)
        if part is not None and key is not None and key.crop is not None:
            painter.drawImage(self._window.on_screen(QRectF(*key.crop)), part)
        if image is None and part is None:
            painter.fillRect(target, theme.color("raised"))
            paint_words(painter, self.rect(), self._images, self.image_row, theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_boxes(painter)

    def _paint_boxes(self, painter: QPainter) -> None:
        assert self._dataset is not None
        assert self._objects is not None
        of_image = np.flatnonzero(self._objects.image_row == self.image_row).tolist()
        others = [row for row in of_image if row not in self._rows]
        for row in others:
            self._draw(painter, row, self._style(is_strong=not self._rows))
        taken: list[QRectF] = []
        area = QRectF(self.rect())
        shown = [row for row in self._rows if int(self._objects.image_row[row]) == self.image_row]
        for row in shown[::-1]:
            self._draw(painter, row, self._style(is_strong=True))
        for row in shown:
            name = self._dataset.classes.name[int(self._objects.class_row[row])]
            color = self._style(is_strong=True).color
            draw_label(painter, name, self._box(row), color, font("secondary"), area.adjusted(2, 2, -2, -2), taken)

    def _draw(self, painter: QPainter, row: int, style: BoxStyle) -> None:
        assert self._objects is not None
        quad = turned_quad(self._objects.quad, row)
        if quad is None:
            draw_boxes(painter, [self._box(row)], style, QRectF(self.rect()))
            return
        corners = np.array([quad]) * self._window.scale + np.tile((self._window.left, self._window.top), 4)
        draw_outlines(painter, corners, style, QRectF(self.rect()))

    def _style(self, *, is_strong: bool) -> BoxStyle:
        if isinstance(self._objects, Predictions):
            return prediction_style(OutcomeKind.LOCALIZATION, is_strong=is_strong)
        return truth_style(is_strong=is_strong)

    def _box(self, row: int) -> QRectF:
        assert self._objects is not None
        x, y, width, height = self._objects.xywh[row].tolist()
        return self._window.on_screen(QRectF(x, y, max(width, 0.0), max(height, 0.0)))

    def _place(self) -> None:
        """Fit the image, or show the box in question enlarged where it would be too small to be seen."""
        if self._dataset is None or self._objects is None or self.image_row < 0:
            return
        self._window.image_size = self._size()
        self._window.fit()
        if not self._rows or int(self._objects.image_row[self._rows[0]]) != self.image_row:
            return
        x, y, width, height = self._objects.xywh[self._rows[0]].tolist()
        if max(width, height) * self._window.scale * _CLOSE < max(self._window.view_size):
            self._window.show_boxes((x, y, max(width, 0.0), max(height, 0.0)), None)

    def _size(self) -> tuple[float, float]:
        assert self._dataset is not None
        assert self._objects is not None
        images = self._dataset.images
        size = int(images.width[self.image_row]), int(images.height[self.image_row])
        own = size if min(size) > 0 else self._images.own_size(self.image_row)
        if own is not None:
            return float(own[0]), float(own[1])
        boxes = self._objects.xywh[self._objects.image_row == self.image_row]
        reach = (boxes[:, :2] + np.maximum(boxes[:, 2:], 0)).max(axis=0, initial=1.0) * 1.05
        return float(reach[0]), float(reach[1])

    def _key(self) -> PictureKey:
        own = max(self._window.image_size)
        wanted = own * self._window.scale * self.devicePixelRatioF()
        side = _SIDE_PX if wanted <= _SIDE_PX or is_windowed(self._window.image_size) else _LONGEST_PX
        return PictureKey(self.image_row, max_side=side if side < own else None)

    def _part_key(self) -> PictureKey | None:
        """Return the part to fetch apart of a picture that is read by windows and shown enlarged."""
        window, ratio = self._window, self.devicePixelRatioF()
        if not is_windowed(window.image_size) or max(window.image_size) * window.scale * ratio <= WINDOWED_SIDE_PX:
            return None
        return part_in_sight(self.image_row, window, QRectF(self.rect()), ratio)

    def _want(self) -> None:
        if self.image_row >= 0 and self.isVisible():
            keys = (self._key(), self._part_key())
            self._images.want(Wish.VIEWER, [key for key in keys if key is not None])

    def _on_picture(self, key: PictureKey) -> None:
        if key.image_row == self.image_row:
            self._place()
            self.update()
