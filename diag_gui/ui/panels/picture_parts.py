"""Which part of a picture to fetch apart, where the whole is not sharp enough for the zoom."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF

from diag_gui.formats.limits import LIMITS
from diag_gui.session.image_cache import PictureKey
from diag_gui.ui.panels.viewer_window import ViewWindow

PART_GRID_PX = 512
WINDOWED_SIDE_PX = 1536
"""Length at which a picture that is read by windows is fetched whole; what is sharper comes in parts."""


def is_windowed(size: tuple[float, float]) -> bool:
    """Return whether a picture of this width and height is never decoded whole; see `formats.geotiff`."""
    return size[0] * size[1] > LIMITS["image_pixels"] or max(size) > LIMITS["image_side"]


def part_in_sight(image_row: int, window: ViewWindow, view: QRectF, pixel_ratio: float) -> PictureKey | None:
    """Return the part of an image that a view shows, in its own pixels or, of one read by windows, in as many as are seen.

    Parameters
    ----------
    image_row : int
    window : ViewWindow
        Where the image is on screen.
    view : QRectF
        The screen.
    pixel_ratio : float
        Pixels of the screen per unit of ``view``.

    Returns
    -------
    PictureKey or None
        None where nothing of the image is in sight. Rounded outward, so that panning a little asks for the same part.
    """
    in_sight = QRectF(0, 0, *window.image_size) & window.on_image(view)
    if in_sight.isEmpty():
        return None
    shrink = 1
    if is_windowed(window.image_size):
        shrink = 2 ** max(math.floor(math.log2(1.0 / (window.scale * pixel_ratio))), 0)
    grid = PART_GRID_PX * shrink
    left, top = (max(math.floor(edge / grid) * grid, 0) for edge in (in_sight.left(), in_sight.top()))
    right, bottom = (
        min(math.ceil(edge / grid) * grid, int(length))
        for edge, length in zip((in_sight.right(), in_sight.bottom()), window.image_size, strict=True)
    )
    crop = (float(left), float(top), float(right - left), float(bottom - top))
    return PictureKey(image_row, crop=crop, max_side=math.ceil(max(crop[2:]) / shrink) if shrink > 1 else None)
