"""Which part of a picture is fetched apart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF

from diag_gui.ui.panels.picture_parts import is_windowed, part_in_sight
from diag_gui.ui.panels.viewer_window import ViewWindow

VIEW = QRectF(0, 0, 800, 600)


def window_on(size: tuple[float, float], scale: float, middle: tuple[float, float]) -> ViewWindow:
    window = ViewWindow(image_size=size, view_size=(VIEW.width(), VIEW.height()))
    window.fit()
    window.zoom_about(QPointF(VIEW.center()), scale / window.scale)
    at = window.on_screen(QRectF(*middle, 0, 0)).topLeft()
    window.pan(VIEW.center().x() - at.x(), VIEW.center().y() - at.y())
    return window


def test_only_what_is_never_decoded_whole_is_windowed() -> None:
    assert is_windowed((30_000, 30_000))
    assert is_windowed((70_000, 100))
    assert not is_windowed((12_000, 12_000))


@pytest.mark.parametrize("scale", [0.06, 0.1, 0.24, 0.5, 1.0, 7.0])
def test_a_part_covers_the_view_and_is_sharp_enough_without_waste(scale: float) -> None:
    window = window_on((30_000, 30_000), scale, (20_000, 9_000))
    key = part_in_sight(3, window, VIEW, 1.0)
    assert key is not None
    left, top, width, height = key.crop
    seen = QRectF(0, 0, 30_000, 30_000) & window.on_image(VIEW)
    assert QRectF(left, top, width, height).contains(seen)
    n_pixels = key.max_side or max(width, height)
    # At least a pixel for each on the screen that it fills, and no more than the grid and a power of two ask for.
    assert n_pixels >= max(width, height) * min(scale, 1.0) - 1
    assert n_pixels <= 2 * (max(VIEW.width(), VIEW.height()) + 2 * 512)


def test_panning_a_little_asks_for_the_same_part() -> None:
    window = window_on((30_000, 30_000), 0.3, (20_000, 9_000))
    before = part_in_sight(3, window, VIEW, 1.0)
    window.pan(1, -1)
    assert part_in_sight(3, window, VIEW, 1.0) == before


def test_other_pictures_come_in_their_own_pixels_and_nothing_out_of_sight() -> None:
    key = part_in_sight(0, window_on((9_000, 9_000), 0.8, (4_000, 4_000)), VIEW, 1.0)
    assert key is not None
    assert key.max_side is None
    window = ViewWindow(image_size=(100, 100), view_size=(800, 600), left=900.0)
    assert part_in_sight(0, window, VIEW, 1.0) is None
