from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.ui.box_overlay import draw_boxes, draw_label, ink_on, prediction_style, truth_style
from diag_gui.ui.models.image_boxes import label_of
from diag_gui.ui.panels.viewer_canvas import Place
from diag_gui.ui.panels.viewer_panel import ViewerPanel
from diag_gui.ui.panels.viewer_window import ViewWindow
from tests.ui.failure_scene import FOUND, N_FOUND, Scene

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def scene(qtbot) -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.close()


@pytest.fixture
def panel(qtbot, scene) -> ViewerPanel:
    panel = ViewerPanel(scene.store, scene.controller)
    qtbot.addWidget(panel)
    panel.resize(480, 440)
    with qtbot.waitExposed(panel):
        panel.show()
    scene.controller.selection.set_current(1)
    return panel


def on_screen(panel: ViewerPanel, x: float, y: float) -> QPoint:
    window = panel.canvas.window_on
    return QPointF(window.left + x * window.scale, window.top + y * window.scale).toPoint()


def wheel(panel: ViewerPanel, at: QPoint, steps: int) -> None:
    canvas = panel.canvas
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_it_names_the_picture_and_its_size(panel):
    assert panel._name.text() == "site_0/picture_000000.jpg"
    assert panel.figure_label.text() == "200 × 150"
    assert panel._place_button.text() == "fit ▾"


def test_the_whole_image_fits_at_first(panel):
    window = panel.canvas.window_on
    rect = window.on_screen(QRectF(0, 0, 200, 150))
    assert QRectF(panel.canvas.rect()).adjusted(-0.01, -0.01, 0.01, 0.01).contains(rect)
    scale = min(panel.canvas.width() / 200, panel.canvas.height() / 150)
    assert (rect.width(), rect.height()) == pytest.approx((200 * scale, 150 * scale))


def test_the_wheel_zooms_about_the_cursor(panel):
    at = on_screen(panel, 50, 60)
    before = panel.canvas.window_on.to_image(QPointF(at))
    wheel(panel, at, 4)
    after = panel.canvas.window_on.to_image(QPointF(at))
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=1e-6)
    assert panel.canvas.window_on.scale > 1.9 * panel.canvas.window_on.fitting_scale
    assert panel._place_button.text().endswith("% ▾")
    panel.fit()
    assert panel.canvas.window_on.scale == pytest.approx(panel.canvas.window_on.fitting_scale)


def test_zooming_stays_within_bounds(panel):
    for steps in (200, -400):
        wheel(panel, panel.canvas.rect().center(), steps)
        scale = panel.canvas.window_on.scale
        assert 0.0 < scale <= 64.0
    assert panel.canvas.window_on.on_screen(QRectF(0, 0, 200, 150)).intersects(QRectF(panel.canvas.rect()))


def test_dragging_pans_and_does_not_click(qtbot, panel, scene):
    wheel(panel, panel.canvas.rect().center(), 6)
    start = panel.canvas.rect().center()
    left = panel.canvas.window_on.left
    QTest.mousePress(panel.canvas, LEFT, NONE, start)
    QTest.mouseMove(panel.canvas, start + QPoint(40, 15))
    QTest.mouseRelease(panel.canvas, LEFT, NONE, start + QPoint(40, 15))
    assert panel.canvas.window_on.left == pytest.approx(left + 40)
    assert scene.store.state.current == 1


def test_zoom_to_failure_shows_its_boxes_large_and_stays_for_the_next(panel, scene):
    panel.zoom_to_failure()
    window = panel.canvas.window_on
    assert window.scale > window.fitting_scale
    assert QRectF(panel.canvas.rect()).contains(window.on_screen(QRectF(120, 20, 61, 61)))
    scene.controller.selection.set_current(2)
    assert panel.canvas.place is Place.FAILURE
    assert QRectF(panel.canvas.rect()).contains(window.on_screen(QRectF(20, 20, 85, 60)))
    panel.fit()
    assert window.scale == pytest.approx(window.fitting_scale)


def test_another_failure_of_the_image_out_of_sight_is_brought_into_view(panel, scene):
    scene.controller.selection.set_current(2)
    for _ in range(8):
        wheel(panel, on_screen(panel, 30, 30), 2)
    scale = panel.canvas.window_on.scale
    scene.controller.selection.set_current(3)
    assert panel.canvas.window_on.scale == scale
    assert QRectF(panel.canvas.rect()).contains(panel.canvas.window_on.on_screen(QRectF(5, 110, 30, 30)).center())


def test_a_click_on_a_box_asks_for_its_failure(panel, scene):
    scene.controller.selection.set_current(3)
    QTest.mouseClick(panel.canvas, LEFT, NONE, on_screen(panel, 140, 80))
    assert scene.store.state.current == N_FOUND + 3
    QTest.mouseClick(panel.canvas, LEFT, NONE, on_screen(panel, 24, 24))
    assert scene.store.state.current == 2
    QTest.mouseClick(panel.canvas, LEFT, NONE, on_screen(panel, 190, 8))
    assert scene.store.state.current == 2


def test_of_boxes_inside_each_other_the_smallest_is_hit(panel, scene):
    scene.controller.selection.set_current(4)
    at = QPointF(on_screen(panel, 80, 80))
    assert panel.canvas.box_at(at) == 4
    boxes = panel.canvas._boxes
    assert boxes.hit(0.5, 0.5, 0.0, panel.canvas.visible_boxes()) == -1


def test_groups_are_switched_off_and_cannot_be_hit_then(qtbot, panel, scene):
    def seen() -> set[int]:
        return set(panel.canvas._boxes.outcome_row[panel.canvas.visible_boxes()].tolist())

    assert seen() == {0, 1, N_FOUND, N_FOUND + 1}
    panel.toggle_correct()
    assert seen() == {1, N_FOUND + 1}
    panel.toggle_truth()
    assert seen() == {1}
    assert panel.canvas.box_at(QPointF(on_screen(panel, 30, 30))) == -1
    panel.toggle_truth()
    panel.toggle_predictions()
    assert seen() == {N_FOUND + 1}
    QTest.mouseClick(panel._correct, LEFT)
    QTest.mouseClick(panel._predictions, LEFT)
    assert seen() == {0, 1, N_FOUND, N_FOUND + 1}


def test_a_failure_in_question_is_never_hidden_as_a_correct_one(panel, scene):
    panel.toggle_correct()
    scene.controller.selection.set_current(0)
    assert set(panel.canvas.rows_in_question()) == {0, N_FOUND}
    assert panel.canvas.visible_boxes().sum() == 4


def test_what_is_not_kept_is_not_drawn(panel, scene):
    scene.controller.selection.set_current(6)
    assert 7 not in panel.canvas._boxes.outcome_row
    assert FOUND[7][-1] < scene.store.state.params.score_threshold


def test_hovering_marks_a_box(panel, scene):
    QTest.mouseMove(panel.canvas, on_screen(panel, 30, 30))
    assert panel.canvas.hovered == 0
    QTest.mouseMove(panel.canvas, on_screen(panel, 100, 140))
    assert panel.canvas.hovered == -1


def test_a_double_click_asks_for_the_large_viewer(qtbot, panel):
    with qtbot.waitSignal(panel.large_requested):
        QTest.mouseDClick(panel.canvas, LEFT, NONE, panel.canvas.rect().center())


def test_a_picture_is_fetched_as_large_as_the_zoom_needs(panel):
    canvas = panel.canvas
    canvas.window_on.image_size = (4000.0, 3000.0)
    assert canvas.side_for(0.1) == 768
    assert canvas.side_for(0.3) == 1536
    assert canvas.side_for(0.9) is None
    assert canvas.side_for(8.0) is None


def test_of_a_huge_picture_only_the_part_in_sight_is_fetched_in_its_own_pixels(panel):
    canvas = panel.canvas
    window = canvas.window_on
    window.image_size = (12_000.0, 9_000.0)
    window.fit()
    assert canvas.part_key() is None
    window.zoom_about(QPointF(canvas.rect().center()), 1.0 / window.scale)
    assert canvas.side_for(window.scale) == 6144
    left, top, width, height = canvas.part_key().crop
    seen = window.on_image(QRectF(canvas.rect()))
    assert QRectF(left, top, width, height).contains(seen)
    assert width * height < 3_000_000
    before = canvas.part_key()
    window.pan(2, 2)
    assert canvas.part_key() == before


def test_the_next_failures_are_fetched_ahead(qtbot, scene, panel):
    first = scene.rows[0]
    scene.controller.selection.set_current(first)
    qtbot.waitUntil(lambda: scene.images.is_idle)
    cells = panel.canvas._cells
    next_images = {cells.image_row(row) for row in scene.rows[1:5]}
    fetched = {int(request.path.stem[-6:]) for request in scene.decoder.requests if request.crop is None}
    assert next_images <= fetched


def test_the_picture_and_its_boxes_are_drawn(qtbot, scene, panel):
    qtbot.waitUntil(lambda: scene.images.is_idle)
    image = panel.canvas.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert {QColor(40, 90, 60).name(), "#ffffff", "#d07fb0"} <= colors


def test_without_data_nothing_is_shown(panel, scene):
    scene.store.commit("test", dataset=None, runs=(), active=-1, evaluation=None, selection=None, current=-1, facts=None)
    assert panel._name.text() == "No image"
    assert not panel._place_button.isEnabled()
    wheel(panel, panel.canvas.rect().center(), 3)
    QTest.mouseClick(panel.canvas, LEFT, NONE, panel.canvas.rect().center())
    assert scene.store.state.current == -1


def test_labels_say_class_score_and_iou(panel):
    cells = panel.canvas._cells
    assert label_of(cells, 2) == "cat .70 · IoU .41"
    assert label_of(cells, 3) == "dog .60"
    assert label_of(cells, N_FOUND + 3) == "polar bear & <cub>"


@pytest.mark.parametrize(
    "box", [QRectF(2, 2, 30, 20), QRectF(160, 2, 38, 90), QRectF(2, 130, 190, 18), QRectF(-50, -50, 400, 400)]
)
def test_label_chips_stay_inside_and_apart(qtbot, box):
    image = QImage(200, 150, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    bounds = QRectF(0, 0, 200, 150)
    taken: list[QRectF] = []
    first = draw_label(painter, "dog .91", box, QColor("#e8a33d"), QFont(), bounds, taken)
    draw_label(
        painter, "a long class name that does not fit into two hundred pixels", box, QColor("#ffffff"), QFont(), bounds, taken
    )
    painter.end()
    assert taken[0] == first
    assert all(bounds.adjusted(-0.1, -0.1, 0.1, 0.1).contains(chip) for chip in taken)


def drawn(box: QRectF, style) -> QImage:
    image = QImage(100, 80, QImage.Format.Format_RGB32)
    image.fill(QColor("#204060"))
    painter = QPainter(image)
    draw_boxes(painter, [box], style, QRectF(0, 0, 100, 80))
    painter.end()
    return image


def test_truth_is_solid_white_two_pixels_wide_with_a_dark_edge(qtbot):
    image = drawn(QRectF(20, 20, 60, 40), truth_style())
    across = [image.pixelColor(x, 40).name() for x in range(16, 25)]
    assert across.count("#ffffff") == 2
    assert sum(QColor(name).lightness() < QColor("#204060").lightness() for name in across) == 2
    assert all(image.pixelColor(x, 20).name() == "#ffffff" for x in range(20, 80))


def test_predictions_are_dashed_in_the_colour_of_their_type(qtbot):
    image = drawn(QRectF(20, 20, 60, 40), prediction_style(OutcomeKind.BACKGROUND))
    line = [image.pixelColor(x, 20).name() for x in range(20, 80)]
    assert 20 < line.count("#e8a33d") < 50


def test_a_box_far_larger_than_the_view_is_drawn_where_it_passes_through(qtbot):
    image = drawn(QRectF(50, -5e8, 1e9, 1e9), prediction_style(OutcomeKind.BACKGROUND))
    line = [image.pixelColor(50, y).name() for y in range(80)]
    assert line.count("#e8a33d") > 20


def test_text_on_a_chip_contrasts_with_it():
    assert ink_on(QColor("#e8dd4a")).lightness() < 30
    assert ink_on(QColor("#6f4bd8")).lightness() > 200


def test_the_view_never_loses_the_image():
    window = ViewWindow(image_size=(100.0, 50.0), view_size=(200.0, 200.0))
    window.fit()
    assert window.scale == 2.0
    window.pan(1e6, -1e6)
    rect = window.on_screen(QRectF(0, 0, 100, 50))
    assert rect.intersects(QRectF(0, 0, 200, 200))
