"""Rotated boxes are drawn, hit and cut out as what they are, and the bar says that they are compared."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from diag_gui.data.quadrilaterals import covers, is_upright
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.ui.box_overlay import prediction_style, truth_style
from diag_gui.ui.delegates.failure_delegate import PICTURE_ASPECT
from diag_gui.ui.models.failure_cells import crop_window
from diag_gui.ui.outline_overlay import draw_outlines
from tests.evaluation.rotated_sets import rectangle, upright
from tests.session.rotated_files import PLANE, SHIP, SIZE, WRONG_WAY, write_rotated
from tests.ui.small_window import settle

GROUND = "#204060"


def drawn(quad, style) -> QImage:
    image = QImage(100, 80, QImage.Format.Format_RGB32)
    image.fill(QColor(GROUND))
    painter = QPainter(image)
    draw_outlines(painter, np.array([quad], float), style, QRectF(0, 0, 100, 80))
    painter.end()
    return image


def lightness_along(image, start, end, n=60):
    points = np.linspace(start, end, n + 2)[1:-1]
    return [image.pixelColor(int(x), int(y)).lightness() for x, y in points]


DIAMOND = [50, 10, 85, 40, 50, 70, 15, 40]


def test_truth_is_a_solid_line_along_its_sides_and_nowhere_else(qtbot):
    image = drawn(DIAMOND, truth_style())
    corners = np.reshape(DIAMOND, (4, 2))
    for side in range(4):
        assert min(lightness_along(image, corners[side], corners[(side + 1) % 4])) > 150
    for x, y in ((15, 10), (85, 10), (50, 40), (22, 20), (78, 60)):
        assert image.pixelColor(x, y).name() == GROUND


def test_predictions_are_dashed(qtbot):
    image = drawn(DIAMOND, prediction_style(OutcomeKind.BACKGROUND))
    along = lightness_along(image, (50, 10), (85, 40))
    assert max(along) > 120
    assert min(along) < 80


def test_an_outline_far_larger_than_the_view_is_drawn_where_it_passes_through(qtbot):
    image = drawn(rectangle(50 + 5e8, 40, 1e9, 1e9, 0), prediction_style(OutcomeKind.BACKGROUND))
    assert sum(image.pixelColor(50, y).lightness() > 120 for y in range(80)) > 20
    assert image.pixelColor(20, 40).name() == GROUND
    slanted = drawn(rectangle(50, 40, 4e6, 40, 45), truth_style())
    assert sum(slanted.pixelColor(x, y).lightness() > 200 for x in range(100) for y in range(80)) > 100


def test_what_lies_outside_is_left_out(qtbot):
    assert drawn(rectangle(500, 500, 10, 10, 45), truth_style()) == drawn(rectangle(-500, 500, 10, 10, 45), truth_style())


def test_upright_corners_are_told_from_turned_ones():
    quads = np.array([upright((1, 2, 30, 40)), np.roll(upright((1, 2, 30, 40)), 2), SHIP, rectangle(0, 0, 9, 9, 1e-9), [0] * 8])
    assert is_upright(quads).tolist() == [True, True, False, False, True]


@pytest.mark.parametrize(
    ("x", "y", "slack", "hit"),
    [(50, 40, 0, True), (20, 15, 0, False), (15, 40, 0, True), (33, 24, 0, False), (33, 24, 2, True), (90, 40, 3, False)],
)
def test_a_point_is_in_an_outline_or_near_it(x, y, slack, hit):
    for quad in (DIAMOND, np.reshape(DIAMOND, (4, 2))[::-1].ravel()):
        assert covers(np.array([quad], float), x, y, slack).tolist() == [hit]


@pytest.fixture
def rotated_window(qtbot, empty_window, tmp_path):
    empty_window.controller.data.open_paths(list(write_rotated(tmp_path)))
    settle(qtbot, empty_window)
    return empty_window


def test_the_bar_and_the_menu_say_what_is_compared(qtbot, rotated_window):
    actions = rotated_window.actions_by_name
    bar = rotated_window.control_bar
    assert bar._iou_caption.text() == "IoU of rotated boxes at least"
    assert actions["compare-rotated"].isChecked()
    assert not actions["compare-bbox"].isChecked()
    actions["compare-bbox"].trigger()
    settle(qtbot, rotated_window)
    assert bar._iou_caption.text() == "IoU at least"
    assert [actions[f"compare-{task}"].isChecked() for task in ("bbox", "rotated")] == [True, False]
    assert rotated_window.store.state.evaluation.totals.tp == 4


def test_without_corners_rotated_boxes_cannot_be_chosen(window):
    action = window.actions_by_name["compare-rotated"]
    assert not action.isEnabled()
    assert "no corners" in action.text()


def test_cells_know_corners_and_crops_hold_them_whole(rotated_window):
    cells = rotated_window.failures.viewer.canvas._cells
    rows = rotated_window.store.state.selection.rows.tolist()
    assert len(rows) == 2
    for row in rows:
        cell = cells.cell(row)
        np.testing.assert_allclose(cell.truth_quad, SHIP, atol=1e-3)
        np.testing.assert_allclose(cell.prediction_quad, WRONG_WAY, atol=1e-3)
        left, top, width, height = crop_window(cell.truth, cell.prediction, SIZE, PICTURE_ASPECT)
        for quad in (cell.truth_quad, cell.prediction_quad):
            assert left <= min(quad[0::2]) <= max(quad[0::2]) <= left + width
            assert top <= min(quad[1::2]) <= max(quad[1::2]) <= top + height


def test_the_viewer_draws_and_hits_the_shapes(qtbot, rotated_window):
    qtbot.waitUntil(lambda: rotated_window.controller.is_idle, timeout=20_000)
    canvas = rotated_window.failures.viewer.canvas
    boxes = canvas._boxes
    n = canvas._cells.outcomes.n_predictions
    assert boxes.is_turned.all()

    def on_screen(x, y):
        where = canvas.window_on.on_screen(QRectF(x, y, 0, 0))
        return where.topLeft()

    center = on_screen(220, 150)
    assert canvas.box_at(center) >= 0
    # Inside the bounds of the ship, outside of both shapes there.
    assert canvas.box_at(on_screen(100, 72)) == -1
    plane = canvas._cells.dataset.ground_truth.class_row[canvas.box_at(on_screen(215, 125)) - n] if n else -1
    assert plane >= 0
    picture = canvas.grab().toImage()
    ratio = canvas.devicePixelRatioF()
    corners = np.reshape(SHIP, (4, 2))
    middle = on_screen(*((corners[0] + corners[1]) / 2))
    near = [
        picture.pixelColor(round(middle.x() * ratio) + dx, round(middle.y() * ratio) + dy).lightness()
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    ]
    assert max(near) > 200
    assert len(PLANE) == 8
