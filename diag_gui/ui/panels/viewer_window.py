"""Which part of an image is on screen, and how large."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from diag_gui.ui.models.failure_cells import Box, FailureCell, crop_window

LARGEST_SCALE = 64.0
_SMALLEST_SHARE = 0.25
_LARGEST_FAILURE_SCALE = 8.0


@dataclass(slots=True)
class ViewWindow:
    """Maps pixels of the image to the screen: ``screen = offset + scale * image``.

    Attributes
    ----------
    image_size, view_size : tuple of float
        Width and height, in pixels of the image and of the screen.
    scale : float
        Screen pixels per image pixel.
    left, top : float
        Where the image's corner lies on screen.
    """

    image_size: tuple[float, float] = (1.0, 1.0)
    view_size: tuple[float, float] = (1.0, 1.0)
    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0

    @property
    def fitting_scale(self) -> float:
        """Scale at which the whole image just fits."""
        return min(self.view_size[0] / self.image_size[0], self.view_size[1] / self.image_size[1])

    def fit(self) -> None:
        """Show the whole image in the middle."""
        self.scale = self.fitting_scale
        self._center_on(self.image_size[0] / 2, self.image_size[1] / 2)

    def show_boxes(self, truth: Box | None, prediction: Box | None) -> None:
        """Show two boxes with their surroundings, as large as fits."""
        x, y, w, h = crop_window(truth, prediction, None, self.view_size[0] / self.view_size[1])
        scale = min(self.view_size[0] / w, self.view_size[1] / h, max(_LARGEST_FAILURE_SCALE, self.fitting_scale))
        # Going to a failure never shows it smaller than the whole image does.
        self.scale = max(scale, self.fitting_scale)
        self._center_on(x + w / 2, y + h / 2)
        self._hold()

    def bring_into_view(self, cell: FailureCell) -> None:
        """Pan, without zooming, if a failure is not wholly in sight."""
        boxes = [QRectF(*box) for box in (cell.truth, cell.prediction) if box is not None]
        if boxes and not all(QRectF(0, 0, *self.view_size).contains(self.on_screen(box)) for box in boxes):
            center = boxes[0].center()
            self._center_on(center.x(), center.y())
            self._hold()

    def zoom_about(self, point: QPointF, factor: float) -> None:
        """Multiply the scale by ``factor``; what lies at ``point`` on screen stays there."""
        smallest = min(self.fitting_scale * _SMALLEST_SHARE, 1.0)
        scale = min(max(self.scale * factor, smallest), max(LARGEST_SCALE, self.fitting_scale))
        at = self.to_image(point)
        self.scale = scale
        self.left, self.top = point.x() - at.x() * scale, point.y() - at.y() * scale
        self._hold()

    def pan(self, dx: float, dy: float) -> None:
        """Move the image by screen pixels; some of it always stays in sight."""
        self.left += dx
        self.top += dy
        self._hold()

    def on_screen(self, rect: QRectF) -> QRectF:
        """Return where a rectangle of the image is on screen."""
        return QRectF(
            self.left + rect.x() * self.scale,
            self.top + rect.y() * self.scale,
            rect.width() * self.scale,
            rect.height() * self.scale,
        )

    def to_image(self, point: QPointF) -> QPointF:
        """Return which point of the image is at a point of the screen."""
        return QPointF((point.x() - self.left) / self.scale, (point.y() - self.top) / self.scale)

    def on_image(self, rect: QRectF) -> QRectF:
        """Return which part of the image a rectangle of the screen shows."""
        return QRectF(self.to_image(rect.topLeft()), self.to_image(rect.bottomRight()))

    def _center_on(self, x: float, y: float) -> None:
        self.left = self.view_size[0] / 2 - x * self.scale
        self.top = self.view_size[1] / 2 - y * self.scale

    def _hold(self) -> None:
        """Center an axis that is wholly in sight; on the other leave no more than half the view empty."""
        self.left = _held(self.left, self.image_size[0] * self.scale, self.view_size[0])
        self.top = _held(self.top, self.image_size[1] * self.scale, self.view_size[1])


def _held(start: float, length: float, room: float) -> float:
    margin = room / 2
    return min(max(start, room - length - margin), margin) if length + margin >= room else (room - length) / 2
