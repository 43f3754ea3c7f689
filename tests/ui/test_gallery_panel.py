from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF
from PySide6.QtTest import QTest

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, SortKey
from diag_gui.ui.delegates.failure_delegate import fitting_caption
from diag_gui.ui.panels.gallery_panel import GalleryPanel
from tests.ui.failure_scene import N_FOUND, PaintingDecoder, Scene

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def scene(qtbot) -> Iterator[Scene]:
    scene = Scene(n_copies=10)
    yield scene
    scene.close()


@pytest.fixture
def panel(qtbot, scene) -> GalleryPanel:
    return shown(qtbot, scene)


def shown(qtbot, scene: Scene) -> GalleryPanel:
    panel = GalleryPanel(scene.store, scene.controller)
    qtbot.addWidget(panel)
    panel.resize(640, 420)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.view.setFocus()
    return panel


def cell_center(panel: GalleryPanel, position: int) -> QPoint:
    return panel.view.visualRect(panel.view.cells.index_of(position)).center()


def click(panel: GalleryPanel, position: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(panel.view.viewport(), LEFT, modifiers, cell_center(panel, position))


def chosen_positions(panel: GalleryPanel, scene: Scene) -> list[int]:
    return sorted(scene.rows.index(row) for row in scene.store.state.chosen)


def test_it_shows_the_selection_in_its_order_and_says_how_many(panel, scene):
    assert panel.title_label.text() == f"{len(scene.rows)} failures"
    cells = panel.view.cells
    assert [cells.outcome_row(position) for position in range(len(scene.rows))] == scene.rows
    assert panel.n_columns() > 2
    assert cells.rowCount() == -(-len(scene.rows) // panel.n_columns())


def test_captions_say_what_each_error_type_needs(panel, scene):
    cells = panel.view.cells.cells
    captions = {cells.cell(row).kind: cells.cell(row).caption for row in scene.rows}
    assert captions == {
        OutcomeKind.CLASSIFICATION: "dog → cat .80",
        OutcomeKind.LOCALIZATION: "cat .70 · IoU .41",
        OutcomeKind.BACKGROUND: "dog .60",
        OutcomeKind.DUPLICATE: "dog .50 ×2",
        OutcomeKind.BOTH: "polar bear & <cub> → cat .40",
        OutcomeKind.MISSED: "polar bear & <cub>",
    }


def test_a_tooltip_shows_names_as_they_are_written(panel, scene):
    row = next(row for row in scene.rows if panel.view.cells.cells.kind(row) is OutcomeKind.BOTH)
    tooltip = panel.view.cells.data(panel.view.cells.index_of(scene.rows.index(row)), Qt.ItemDataRole.ToolTipRole)
    assert "polar bear &amp; &lt;cub&gt;" in tooltip
    assert "score .400" in tooltip
    assert "site_3/picture_" in tooltip


def test_a_click_makes_a_failure_current_and_alone(panel, scene):
    click(panel, 3)
    assert scene.store.state.current == scene.rows[3]
    assert scene.store.state.chosen == {scene.rows[3]}


def test_shift_chooses_in_reading_order_over_the_end_of_a_line(panel, scene):
    columns = panel.n_columns()
    click(panel, columns - 1)
    click(panel, columns + 1, SHIFT)
    assert chosen_positions(panel, scene) == [columns - 1, columns, columns + 1]
    assert scene.store.state.current == scene.rows[columns + 1]
    click(panel, columns - 2, SHIFT)
    assert chosen_positions(panel, scene) == [columns - 2, columns - 1]


def test_control_adds_and_takes_away_one(panel, scene):
    click(panel, 0)
    click(panel, 3, CONTROL)
    click(panel, 5, CONTROL)
    assert chosen_positions(panel, scene) == [0, 3, 5]
    click(panel, 5, CONTROL)
    assert chosen_positions(panel, scene) == [0, 3]
    assert scene.store.state.current == scene.rows[3]
    click(panel, 0, CONTROL)
    click(panel, 3, CONTROL)
    assert chosen_positions(panel, scene) == [3]


def test_dragging_chooses_everything_between(panel, scene):
    viewport = panel.view.viewport()
    columns = panel.n_columns()
    QTest.mousePress(viewport, LEFT, Qt.KeyboardModifier.NoModifier, cell_center(panel, 1))
    QTest.mouseMove(viewport, cell_center(panel, columns + 1))
    QTest.mouseRelease(viewport, LEFT, Qt.KeyboardModifier.NoModifier, cell_center(panel, columns + 1))
    assert chosen_positions(panel, scene) == list(range(1, columns + 2))


def test_keys_move_in_reading_order(panel, scene):
    columns, n = panel.n_columns(), len(scene.rows)
    places = []
    for key in (
        Qt.Key.Key_Right,
        Qt.Key.Key_J,
        Qt.Key.Key_Down,
        Qt.Key.Key_Up,
        Qt.Key.Key_K,
        Qt.Key.Key_Left,
        Qt.Key.Key_Left,
        Qt.Key.Key_End,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
    ):
        QTest.keyClick(panel.view, key)
        places.append(scene.rows.index(scene.store.state.current))
    assert places == [1, 2, 2 + columns, 2, 1, 0, 0, n - 1, n - 1, 0]


def test_shift_and_keys_extend_and_control_a_chooses_all(panel, scene):
    click(panel, 2)
    QTest.keyClick(panel.view, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(panel.view, Qt.Key.Key_Right, SHIFT)
    assert chosen_positions(panel, scene) == [2, 3, 4]
    QTest.keyClick(panel.view, Qt.Key.Key_Left, SHIFT)
    assert chosen_positions(panel, scene) == [2, 3]
    QTest.keyClick(panel.view, Qt.Key.Key_A, CONTROL)
    assert len(scene.store.state.chosen) == len(scene.rows)
    assert scene.store.state.current == scene.rows[3]


def test_the_current_failure_is_brought_into_sight(panel, scene):
    QTest.keyClick(panel.view, Qt.Key.Key_End)
    rect = panel.view.visualRect(panel.view.cells.index_of(len(scene.rows) - 1))
    assert panel.view.viewport().rect().contains(rect)
    before = panel.view.verticalScrollBar().value()
    QTest.keyClick(panel.view, Qt.Key.Key_PageUp)
    assert panel.view.verticalScrollBar().value() < before
    panel.view.set_thumb_px(240)
    assert panel.view.viewport().rect().intersects(panel.view.visualRect(panel.view.currentIndex()))


def test_enter_and_double_click_ask_for_the_large_viewer(qtbot, panel):
    with qtbot.waitSignal(panel.large_requested):
        QTest.keyClick(panel.view, Qt.Key.Key_Return)
    with qtbot.waitSignal(panel.large_requested):
        QTest.mouseDClick(panel.view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, cell_center(panel, 1))


def test_other_thresholds_keep_place_and_current_failure(panel, scene):
    QTest.keyClick(panel.view, Qt.Key.Key_End)
    current, place = scene.store.state.current, panel.view.verticalScrollBar().value()
    scene.show(params=EvaluationParams(score_threshold=0.05))
    assert scene.store.state.current == current
    assert panel.view.delegate.current == current
    assert panel.view.verticalScrollBar().value() >= place - 1
    assert panel.view.viewport().rect().contains(panel.view.visualRect(panel.view.currentIndex()))


def test_a_selection_that_shrinks_under_the_view_leaves_a_valid_place(panel, scene):
    QTest.keyClick(panel.view, Qt.Key.Key_End)
    scene.show(query=Query(kinds=frozenset({OutcomeKind.DUPLICATE})))
    assert panel.title_label.text() == "10 failures"
    assert panel.view.currentIndex().isValid()
    assert panel.view.cells.outcome_row(panel.view.cells.position(panel.view.currentIndex())) == scene.store.state.current


def test_the_size_slider_changes_the_number_of_columns(qtbot, panel):
    before = panel.n_columns()
    panel.controls.slider.setFocus()
    QTest.keyClick(panel.controls.slider, Qt.Key.Key_End)
    assert panel.view.thumb_px == 280
    assert panel.n_columns() < before
    QTest.keyClick(panel.controls.slider, Qt.Key.Key_Home)
    assert panel.n_columns() > before


def test_menus_ask_for_order_and_rows(panel, scene):
    actions = {
        action.text(): action for action in (*panel.controls.sort.menu().actions(), *panel.controls.shown.menu().actions())
    }
    assert actions["Likely label error"].isChecked()
    assert actions["Descending"].isChecked()
    actions["Class"].trigger()
    actions["Ascending"].trigger()
    actions["Correct ones too"].trigger()
    actions["Untagged only"].trigger()
    assert scene.controller.query.calls == [
        ("set_sort", SortKey.CLASS, False),
        ("set_descending", False),
        ("set_show", "all"),
        ("set_review", "untagged"),
    ]
    scene.show(query=Query(sort=SortKey.IOU, descending=False, show="all"))
    assert panel.controls.sort.text() == "sort: IoU ↑"
    assert panel.controls.shown.text() == "show: all ▾"
    assert panel.title_label.text() == f"{len(scene.rows)} rows"
    assert panel.view.cells.cells.kind(scene.rows[-1]) is OutcomeKind.MISSED


def test_when_filters_leave_nothing_it_says_so_and_offers_the_way_back(qtbot, panel, scene):
    scene.show(query=Query(text="no such picture"))
    empty = panel._empty
    assert empty.isVisible()
    assert empty.title.text() == "No failures match"
    assert "Esc" in empty.reason.text()
    QTest.mouseClick(empty.take_off, LEFT)
    assert scene.controller.query.calls == [("take_last_off",)]
    assert not empty.show_all.isVisible()
    scene.show()
    assert not empty.isVisible()
    assert panel.view.isVisible()


def test_without_data_it_says_what_would_fill_it(qtbot, scene):
    panel = shown(qtbot, scene)
    scene.store.commit("test", dataset=None, runs=(), active=-1, evaluation=None, selection=None, current=-1, facts=None)
    assert panel._empty.title.text() == "No data yet"
    assert panel.title_label.text() == "0 failures"
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    assert scene.store.state.current == -1


def test_the_current_failure_stays_in_sight_when_the_window_is_resized_and_no_first_line_is_cut(qtbot):
    scene = Scene(n_copies=30)
    try:
        panel = shown(qtbot, scene)
        panel.resize(900, 700)
        scene.controller.selection.set_current(int(scene.rows[len(scene.rows) // 2]))
        for size in ((420, 300), (640, 520), (300, 240)):
            panel.resize(*size)
            qtbot.wait(20)
            view = panel.view
            rect = view.visualRect(view.cells.index_of(view.cells.position_of(view.delegate.current)))
            assert view.viewport().rect().contains(rect)
            assert view.verticalScrollBar().value() % view.verticalHeader().defaultSectionSize() == 0
    finally:
        scene.close()


def test_only_what_is_in_sight_is_made_and_fetched(qtbot):
    scene = Scene(n_copies=3000)
    try:
        panel = shown(qtbot, scene)
        assert panel.title_label.text() == "21,000 failures"
        qtbot.waitUntil(lambda: scene.images.is_idle)
        n_seen = len(panel.view.visible_positions())
        assert len(panel.view.cells.cells._cells) <= 3 * n_seen
        # A busy machine paints a window before it has its size: what was in sight then was asked for as well.
        assert len(scene.decoder.requests) <= 4 * n_seen
        before = len(scene.decoder.requests)
        QTest.keyClick(panel.view, Qt.Key.Key_End)
        qtbot.waitUntil(lambda: len(scene.decoder.requests) > before)
        assert len(panel.view.cells.cells._cells) <= 6 * n_seen
    finally:
        scene.close()


def test_what_scrolled_away_before_it_was_fetched_is_not_fetched(qtbot):
    decoder = PaintingDecoder(waits=True)
    scene = Scene(n_copies=500, decoder=decoder)
    try:
        panel = shown(qtbot, scene)
        qtbot.waitUntil(lambda: len(decoder.requests) == 2)
        QTest.keyClick(panel.view, Qt.Key.Key_End)
        decoder.answer_all()
        qtbot.waitUntil(lambda: len(decoder.requests) == 4)
        in_sight = {panel.view.cells.cell(position).image_row for position in panel.view.visible_positions()}
        assert {int(request.path.stem[-6:]) for request in decoder.requests[2:]} <= in_sight
    finally:
        scene.close()


def colors_in(panel: GalleryPanel, position: int) -> set[str]:
    image = panel.view.viewport().grab(panel.view.visualRect(panel.view.cells.index_of(position))).toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_a_cell_shows_the_picture_the_truth_and_the_prediction_in_the_colour_of_its_type(qtbot, panel, scene):
    qtbot.waitUntil(lambda: scene.images.is_idle)
    place = next(n for n, row in enumerate(scene.rows) if panel.view.cells.cells.kind(row) is OutcomeKind.LOCALIZATION)
    panel.view.scrollTo(panel.view.cells.index_of(place))
    qtbot.waitUntil(lambda: scene.images.is_idle)
    colors = colors_in(panel, place)
    assert {QColor(40, 90, 60).name(), "#ffffff", "#58b4e9"} <= colors


def test_without_pictures_the_boxes_stand_on_neutral_ground(qtbot):
    scene = Scene(root=None)
    try:
        panel = shown(qtbot, scene)
        place = next(n for n, row in enumerate(scene.rows) if panel.view.cells.cells.kind(row) is OutcomeKind.MISSED)
        colors = colors_in(panel, place)
        assert "#ffffff" in colors
        assert QColor(40, 90, 60).name() not in colors
        assert scene.decoder.requests == []
    finally:
        scene.close()


def test_a_found_label_leads_to_the_row_that_stands_for_it(panel, scene):
    cells = panel.view.cells.cells
    n_predictions = 10 * N_FOUND
    assert cells.row_of_failure(n_predictions + 0) == 0
    assert cells.row_of_failure(n_predictions + 1) == 1
    assert cells.row_of_failure(n_predictions + 2) == 2
    assert cells.row_of_failure(n_predictions + 3) == n_predictions + 3


def test_a_badge_of_the_image_looks_different_from_one_of_the_row(panel, scene):
    looks = {}
    for name, own, of_image in (("none", (), ()), ("own", ("x",), ()), ("image", (), ("x",)), ("both", ("x",), ("x",))):
        panel.view.delegate.badges_of = lambda _row, names=own: names
        panel.view.delegate.image_badges_of = lambda _row, names=of_image: names
        looks[name] = panel.view.viewport().grab().toImage()
    shown = list(looks.values())
    assert all(one != other for place, one in enumerate(shown) for other in shown[place + 1 :])


def test_the_last_line_is_whole_where_it_nearly_fits_and_else_lines_keep_their_height(qtbot, panel):
    view = panel.view
    line = view.verticalHeader().defaultSectionSize()
    around = panel.height() - view.viewport().height()
    for missing, expected in ((6, line - 2), (line // 2, line)):
        panel.resize(panel.width(), around + 3 * line - missing)
        qtbot.waitUntil(lambda expected=expected: view.verticalHeader().defaultSectionSize() == expected)
    assert 3 * (line - 2) == 3 * line - 6


def test_of_a_caption_without_room_the_score_is_what_stays(qtbot):
    metrics = QFontMetricsF(QFont("DejaVu Sans", 9))

    def fit(caption: str, over: float) -> str:
        shown = fitting_caption(caption, metrics, metrics.horizontalAdvance(caption) - over)
        assert metrics.horizontalAdvance(shown) <= metrics.horizontalAdvance(caption) - over
        return shown

    assert fit("person .48 · IoU .47", 0) == "person .48 · IoU .47"
    assert fit("person .48 · IoU .47", 5) == "person .48"
    assert fit("bicycle → potted plant .28", 30).endswith(" .28")
    assert "…" in fit("bicycle → potted plant .28", 30)
    assert "…" in fit("a very long class", 30)
    assert fit("duplicate .30 ×2", 20).endswith("×2")
