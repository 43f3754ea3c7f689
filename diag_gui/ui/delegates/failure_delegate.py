"""Painting of one failure in the gallery: the picture around it, its boxes, its kind, its tags, its words."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from diag_gui.data.dataset import Dataset
from diag_gui.session.image_cache import ImageCache, PictureKey
from diag_gui.ui.box_overlay import BoxStyle, draw_boxes, picture_theme, prediction_style, truth_style
from diag_gui.ui.delegates.kind_mark import MARK_PX, draw_kind_mark
from diag_gui.ui.models.failure_cells import Box, FailureCell, Quad, crop_window
from diag_gui.ui.models.gallery_model import GalleryModel
from diag_gui.ui.models.mask_lines import Lines
from diag_gui.ui.outline_overlay import draw_lines, draw_outlines
from diag_gui.ui.theme import Theme, current_theme, font

GAP_PX = 8
CAPTION_PX = 22
PICTURE_ASPECT = 1.2
"""Width over height of the picture in a cell: a constant, so that a cell of another size shows the same part."""

_RADIUS_PX = 4.0
_WIDTHS_PX = (128, 192, 256, 384, 512, 768)
_PILL_PX = 15.0
_INSET_PX = 6.0
_EDGE_PX = 2.0
_KEPT_PX = 8_000_000
Badge = tuple[str, bool]
"""A name, and whether it is the row's own (filled) or its image's (outlined)."""

_STATE_WORDS = {"missing": "no picture", "unreadable": "unreadable picture", "slow": "still reading", "ok": ""}


def fitting_caption(caption: str, metrics: QFontMetricsF, room: float) -> str:
    """Return as much of a caption as there is room for: without the IoU, then with less of the name, the score to the last."""
    shorter = caption.partition(" · ")[0]
    for text in (caption, shorter):
        if metrics.horizontalAdvance(text) <= room:
            return text
    name, _, score = shorter.rpartition(" ")
    if not name or not (score[0] in ".×" or score[0].isdecimal()):
        return metrics.elidedText(shorter, Qt.TextElideMode.ElideMiddle, room)
    left = room - metrics.horizontalAdvance(f" {score}")
    return f"{metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, left)} {score}"


class FailureDelegate(QStyledItemDelegate):
    """Paints the cells of a `GalleryModel`.

    Attributes
    ----------
    picture_aspect : float
        Width of the picture in a cell by its height: crops are cut to it.
    current : int
        Outcome row in question.
    chosen : frozenset of int
        Outcome rows chosen with it.
    badges_of : callable
        Takes an outcome row, returns the names to show on it.
    image_badges_of : callable
        Takes an outcome row, returns the names to show on it for its image: outlined.
    """

    def __init__(self, model: GalleryModel, images: ImageCache) -> None:
        super().__init__()
        self._model = model
        self._images = images
        self.picture_aspect = PICTURE_ASPECT
        self.current = -1
        self.chosen: frozenset[int] = frozenset()
        self.badges_of: Callable[[int], tuple[str, ...]] = lambda _row: ()
        self.image_badges_of: Callable[[int], tuple[str, ...]] = lambda _row: ()
        # While a slider moves most cells stay what they are: each is painted once and kept, the last used longest.
        self._painted: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()
        self._painted_of: Dataset | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return option.rect.size()

    def picture_key(self, cell: FailureCell, cell_width: float, pixel_ratio: float) -> PictureKey:
        """Return which picture a cell of ``cell_width`` needs; widths are rounded up so that few sizes are decoded."""
        window = self._window(cell)
        wanted = cell_width * pixel_ratio
        width = next((step for step in _WIDTHS_PX if step >= wanted), _WIDTHS_PX[-1])
        scale = min(width / window[2], width / self.picture_aspect / window[3], 1.0)
        size = (max(round(window[2] * scale), 1), max(round(window[3] * scale), 1))
        return PictureKey(cell.image_row, crop=window, size=size)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        self.paint_at(painter, option.rect, self._model.position(index))

    def paint_at(self, painter: QPainter, area: QRect, position: int) -> None:
        """Paint what stands at ``position`` of the list into ``area``; nothing beyond the last."""
        cell = self._model.cell(position)
        if cell is None:
            return
        theme = current_theme()
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        image = self._images.look_up_any(self.picture_key(cell, area.width() - GAP_PX, ratio))
        own, of_image = self.badges_of(cell.outcome_row), self.image_badges_of(cell.outcome_row)
        badges = (*((name, True) for name in own), *((name, False) for name in of_image))
        pixmap = self._cell_painted(cell, image, badges, area.size(), ratio, theme)
        painter.drawPixmap(area.topLeft(), pixmap)
        if cell.outcome_row == self.current or cell.outcome_row in self.chosen:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_border(painter, _frame(QRectF(area)), cell.outcome_row, theme)
            painter.restore()

    def _cell_painted(
        self, cell: FailureCell, image: QImage | None, badges: tuple[Badge, ...], size: QSize, ratio: float, theme: Theme
    ) -> QPixmap:
        """Return the cell without its border, painted now or earlier."""
        dataset = self._model.cells.dataset if self._model.cells is not None else None
        if dataset is not self._painted_of:
            self._painted.clear()
            self._painted_of = dataset
        looks = image.cacheKey() if image is not None else self._images.state(cell.image_row)
        key = (cell, looks, badges, size.width(), size.height(), ratio, theme.name)
        pixmap = self._painted.get(key)
        if pixmap is not None:
            self._painted.move_to_end(key)
            return pixmap
        pixmap = QPixmap(size * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self._paint_cell(painter, _frame(QRectF(0, 0, size.width(), size.height())), cell, image, badges, theme)
        painter.end()
        self._painted[key] = pixmap
        while len(self._painted) * pixmap.width() * pixmap.height() > _KEPT_PX and len(self._painted) > 1:
            self._painted.popitem(last=False)
        return pixmap

    def _paint_cell(
        self,
        painter: QPainter,
        frame: QRectF,
        cell: FailureCell,
        image: QImage | None,
        badges: tuple[Badge, ...],
        theme: Theme,
    ) -> None:
        picture = frame.adjusted(0, 0, 0, -CAPTION_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        outline.addRoundedRect(frame, _RADIUS_PX, _RADIUS_PX)
        painter.fillPath(outline, theme.color("shade"))
        painter.save()
        painter.setClipPath(outline)
        target = self._paint_picture(painter, picture, cell, image, theme)
        painter.fillRect(QRectF(frame.left(), picture.bottom(), frame.width(), CAPTION_PX), theme.color("raised"))
        painter.restore()
        self._paint_boxes(painter, picture, target, cell)
        self._paint_caption(painter, QRectF(frame.left(), picture.bottom(), frame.width(), CAPTION_PX), cell, theme)
        mark = QRectF(frame.right() - _INSET_PX - MARK_PX - 1, frame.top() + _INSET_PX + 1, MARK_PX, MARK_PX)
        draw_kind_mark(painter, mark, cell.kind, picture_theme(), on_picture=True)
        room = QRectF(
            frame.left() + _INSET_PX, frame.top() + _INSET_PX - 1, mark.left() - frame.left() - 2 * _INSET_PX - 4, _PILL_PX
        )
        self._paint_badges(painter, room, badges, theme)

    def _window(self, cell: FailureCell) -> Box:
        cells = self._model.cells
        size = cells.image_size(cell.image_row) if cells is not None else None
        return crop_window(cell.truth, cell.prediction, size, self.picture_aspect)

    def _paint_picture(self, painter: QPainter, room: QRectF, cell: FailureCell, image: QImage | None, theme: Theme) -> QRectF:
        """Paint the picture or why there is none; return where it is."""
        _, _, width, height = self._window(cell)
        target = _fitted(room, width, height)
        if image is not None:
            painter.drawImage(target, image)
        elif words := _STATE_WORDS[self._images.state(cell.image_row)]:
            painter.setFont(font("caption"))
            painter.setPen(theme.color("secondary"))
            painter.drawText(room.adjusted(8, 6, -8, -5), int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft), words)
        return target

    def _paint_boxes(self, painter: QPainter, room: QRectF, target: QRectF, cell: FailureCell) -> None:
        left, top, width, height = self._window(cell)
        inside = target.adjusted(_EDGE_PX, _EDGE_PX, -_EDGE_PX, -_EDGE_PX) & room.adjusted(
            _EDGE_PX, _EDGE_PX, -_EDGE_PX, -_EDGE_PX
        )
        scale_x, scale_y = target.width() / width, target.height() / height

        def on_screen(box: Box) -> QRectF:
            x, y, w, h = box
            there = QRectF(target.left() + (x - left) * scale_x, target.top() + (y - top) * scale_y, w * scale_x, h * scale_y)
            # Lines on the very edge of the picture are drawn just inside, where the cell does not cut them.
            return there & inside if there.intersects(inside) else there

        def draw(box: Box, quad: Quad | None, lines: Lines, style: BoxStyle) -> None:
            if lines:
                painter.save()
                painter.setClipRect(target & room)
                scale, place = np.array((scale_x, scale_y)), np.array((target.left(), target.top()))
                draw_lines(painter, [(line - (left, top)) * scale + place for line in lines], style, room)
                painter.restore()
                return
            if quad is None:
                draw_boxes(painter, [on_screen(box)], style, room)
                return
            painter.save()
            painter.setClipRect(target & room)
            corners = np.array([quad]) - np.tile((left, top), 4)
            place = np.tile((target.left(), target.top()), 4)
            draw_outlines(painter, corners * np.tile((scale_x, scale_y), 4) + place, style, room)
            painter.restore()

        cells = self._model.cells
        if cell.truth is not None:
            lines = cells.truth_lines(cell.gt_row) if cells is not None else ()
            draw(cell.truth, cell.truth_quad, lines, truth_style(is_ignored=self._is_ignored(cell.gt_row)))
        if cell.prediction is not None:
            lines = cells.prediction_lines(cell.pred_row) if cells is not None else ()
            draw(cell.prediction, cell.prediction_quad, lines, prediction_style(cell.kind))

    def _is_ignored(self, gt_row: int) -> bool:
        cells = self._model.cells
        if cells is None:
            return False
        truth = cells.dataset.ground_truth
        return bool(truth.is_crowd[gt_row] or truth.is_ignored[gt_row])

    def _paint_caption(self, painter: QPainter, room: QRectF, cell: FailureCell, theme: Theme) -> None:
        face = font("secondary")
        inner = room.adjusted(7, 0, -6, 0)
        shown = fitting_caption(cell.caption, QFontMetricsF(face), inner.width())
        painter.setFont(face)
        painter.setPen(theme.color("text"))
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)

    def _paint_badges(self, painter: QPainter, room: QRectF, badges: tuple[Badge, ...], theme: Theme) -> None:
        if not badges:
            return
        face = font("caption")
        metrics = QFontMetricsF(face)
        painter.setFont(face)
        left = room.left()
        for n, (name, is_own) in enumerate(badges):
            rest = len(badges) - n
            text = name
            width = metrics.horizontalAdvance(text) + 12
            reserve = 26 if rest > 1 else 0
            if left + width + reserve > room.right():
                if n == 0:
                    width = max(room.right() - left - reserve, 20.0)
                    text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, width - 12)
                else:
                    text, width = f"+{rest}", metrics.horizontalAdvance(f"+{rest}") + 12
            pill = QRectF(left, room.top(), width, _PILL_PX)
            if is_own:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("tag"))
                painter.drawRoundedRect(pill, _PILL_PX / 2, _PILL_PX / 2)
                painter.setPen(theme.color("on_tag"))
            else:
                painter.setPen(QPen(theme.color("tag"), 1.5))
                painter.setBrush(theme.color("panel"))
                painter.drawRoundedRect(pill.adjusted(0.75, 0.75, -0.75, -0.75), _PILL_PX / 2, _PILL_PX / 2)
                painter.setPen(theme.color("text"))
            painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), text)
            if text != name and n > 0:
                return
            left += width + 3

    def _paint_border(self, painter: QPainter, frame: QRectF, outcome_row: int, theme: Theme) -> None:
        if outcome_row == self.current:
            color, width = theme.color("accent"), 2.5
        elif outcome_row in self.chosen:
            color, width = QColor(theme.color("accent", 0.6)), 1.75
        else:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, width))
        half = width / 2 - 1
        painter.drawRoundedRect(frame.adjusted(-half, -half, half, half), _RADIUS_PX + 1, _RADIUS_PX + 1)


def _frame(area: QRectF) -> QRectF:
    """Return the cell proper: its place in the grid without the gap to its neighbours."""
    return area.adjusted(2, 2, 2 - GAP_PX, 2 - GAP_PX)


def _fitted(room: QRectF, width: float, height: float) -> QRectF:
    """Return where a part of ``width`` × ``height`` goes: all of ``room`` but for a part of clearly another shape."""
    if abs(width / height / (room.width() / room.height()) - 1) < 0.05:
        return QRectF(room)
    scale = min(room.width() / width, room.height() / height)
    fitted = QRectF(0, 0, width * scale, height * scale)
    fitted.moveCenter(room.center())
    return fitted
