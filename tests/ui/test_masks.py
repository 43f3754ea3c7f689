"""Masks are drawn, hit and named as what they are where they are compared, and boxes where boxes are."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.ui.box_overlay import prediction_style, truth_style
from diag_gui.ui.models.mask_lines import covers_point
from diag_gui.ui.outline_overlay import draw_lines
from tests.session.mask_files import DISC, RING, write_masks
from tests.ui.small_window import settle

GROUND = "#204060"
SQUARE, HOLE = (
    np.array([(10, 10), (90, 10), (90, 70), (10, 70)], float),
    np.array([(40, 30), (60, 30), (60, 50), (40, 50)], float),
)


def drawn(lines, style) -> QImage:
    image = QImage(100, 80, QImage.Format.Format_RGB32)
    image.fill(QColor(GROUND))
    painter = QPainter(image)
    draw_lines(painter, lines, style, QRectF(0, 0, 100, 80))
    painter.end()
    return image


def test_truth_is_solid_around_the_mask_and_its_hole(qtbot):
    image = drawn([SQUARE, HOLE], truth_style())
    for x, y in ((50, 10), (10, 40), (50, 30), (60, 40)):
        assert max(image.pixelColor(x + dx, y + dy).lightness() for dx in (-1, 0, 1) for dy in (-1, 0, 1)) > 200
    for x, y in ((25, 40), (50, 40), (5, 5)):
        assert image.pixelColor(x, y).name() == GROUND


def test_predictions_are_dashed_and_small_steps_are_not_lost(qtbot):
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    circle = np.stack((50 + 30 * np.cos(angle), 40 + 30 * np.sin(angle)), axis=1)
    image = drawn([circle], prediction_style(OutcomeKind.BACKGROUND))
    seen = [image.pixelColor(round(x), round(y)).lightness() for x, y in circle[::10]]
    assert max(seen) > 120
    assert min(seen) < 80
    assert image.pixelColor(50, 40).name() == GROUND


def test_lines_far_larger_than_the_view_are_drawn_where_they_pass_through(qtbot):
    huge = (SQUARE - (50, 40)) * 1e6 + (1e6 * 40 + 50, 40)
    image = drawn([huge], prediction_style(OutcomeKind.BACKGROUND))
    assert sum(image.pixelColor(50, y).lightness() > 120 for y in range(80)) > 20


@pytest.mark.parametrize(
    ("x", "y", "slack", "hit"),
    [(20, 20, 0, True), (50, 40, 0, False), (50, 40, 11, True), (5, 40, 0, False), (5, 40, 6, True), (95, 75, 3, False)],
)
def test_a_point_is_in_a_mask_or_near_its_line(x, y, slack, hit):
    assert covers_point((SQUARE, HOLE), x, y, slack) is hit


@pytest.fixture
def masked_window(qtbot, empty_window, tmp_path):
    empty_window.controller.data.open_paths(list(write_masks(tmp_path)))
    settle(qtbot, empty_window)
    return empty_window


def compare(qtbot, window, task):
    window.actions_by_name[f"compare-{task}"].trigger()
    settle(qtbot, window)


def test_the_bar_and_the_menu_say_what_is_compared(qtbot, masked_window):
    actions, bar = masked_window.actions_by_name, masked_window.control_bar
    assert bar._iou_caption.text() == "IoU at least"
    assert actions["compare-segm"].isEnabled()
    compare(qtbot, masked_window, "segm")
    assert bar._iou_caption.text() == "IoU of masks at least"
    assert [actions[f"compare-{task}"].isChecked() for task in ("bbox", "segm", "rotated")] == [False, True, False]
    assert masked_window.store.state.evaluation.count_at_score["localization"] == 2
    compare(qtbot, masked_window, "bbox")
    assert masked_window.store.state.evaluation.count_at_score["localization"] == 0


def test_without_masks_they_cannot_be_chosen(window):
    action = window.actions_by_name["compare-segm"]
    assert not action.isEnabled()
    assert "no masks" in action.text()


def test_viewer_and_gallery_draw_masks_where_masks_are_compared(qtbot, masked_window):
    canvas = masked_window.failures.viewer.canvas
    qtbot.waitUntil(lambda: masked_window.controller.is_idle, timeout=20_000)
    assert not any(canvas._boxes.lines)
    assert not canvas._cells.cell(int(masked_window.store.state.selection.rows[0])).shows_masks
    compare(qtbot, masked_window, "segm")
    qtbot.waitUntil(lambda: masked_window.controller.is_idle, timeout=20_000)
    boxes = canvas._boxes
    assert all(boxes.lines)
    # The ring and what was found there have holes; what was found of the disc has a second part.
    assert sorted(map(len, boxes.lines)) == [1, 1, 2, 2, 2]

    def on_screen(x, y):
        return canvas.window_on.on_screen(QRectF(x, y, 0, 0)).topLeft()

    assert canvas.box_at(on_screen(RING[0], RING[1])) == -1
    assert canvas.box_at(on_screen(RING[0] - 45, RING[1])) >= 0
    assert canvas.box_at(on_screen(DISC[0] - 30, DISC[1])) >= 0
    rows = masked_window.store.state.selection.rows
    cells = masked_window.failures.gallery._cells
    half = next(int(row) for row in rows if cells.kind(int(row)) is OutcomeKind.LOCALIZATION)
    masked_window.controller.selection.set_current(half)
    settle(qtbot, masked_window)
    picture, ratio = canvas.grab().toImage(), canvas.devicePixelRatioF()
    rim = on_screen(DISC[0] + 50, DISC[1] + 2)
    assert max(picture.pixelColor(round(rim.x() * ratio) + dx, round(rim.y() * ratio)).lightness() for dx in range(-3, 4)) > 200
    assert all(cells.cell(row).shows_masks for row in rows.tolist())
