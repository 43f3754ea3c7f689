"""The confusion matrix as a picture and as a filter."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from diag_gui.ui.panels.confusion_panel import ConfusionPanel
from diag_gui.ui.plain_text import as_tooltip
from tests.session.small_session import BACKGROUND, BEAR, CAT, DOG
from tests.ui.showing import shown, tooltip_at

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot, session):
    return shown(qtbot, ConfusionPanel(session.store, session.controller), 480, 360)


def middle(panel, row: int, column: int) -> QPoint:
    return panel.matrix.cell_rect(row, column).center().toPoint()


@pytest.mark.parametrize("cell", [(CAT, CAT), (DOG, CAT), (BEAR, BACKGROUND), (BACKGROUND, DOG)])
def test_a_click_lists_exactly_what_stands_in_the_cell(qtbot, panel, session, cell):
    qtbot.mouseClick(panel.matrix, LEFT, pos=middle(panel, *cell))
    session.settle()
    assert session.state.query.confusion_cell == cell
    assert len(session.rows) == session.state.evaluation.confusion.dense()[cell]


def test_the_same_cell_again_takes_the_filter_off(qtbot, panel, session):
    for _ in range(2):
        qtbot.mouseClick(panel.matrix, LEFT, pos=middle(panel, DOG, CAT))
    assert session.state.query.confusion_cell is None


def test_an_empty_cell_asks_for_nothing_but_lets_go_of_a_filter_that_emptied(qtbot, panel, session):
    qtbot.mouseClick(panel.matrix, LEFT, pos=middle(panel, CAT, DOG))
    assert session.state.query.confusion_cell is None
    session.controller.query.set_cell((CAT, DOG))
    qtbot.mouseClick(panel.matrix, LEFT, pos=middle(panel, CAT, DOG))
    assert session.state.query.confusion_cell is None


def test_a_click_beside_the_cells_does_nothing(qtbot, panel, session):
    for at in (QPoint(1, 1), QPoint(panel.matrix.width() - 1, panel.matrix.height() - 1)):
        qtbot.mouseClick(panel.matrix, LEFT, pos=at)
    assert session.state.query.confusion_cell is None


def test_the_tooltip_says_the_cell_in_words(panel):
    said = tooltip_at(panel.matrix, middle(panel, DOG, CAT))
    assert "8 dog predicted as cat" in said
    assert ".500 of the 16 in this row" in said
    assert "16 polar bear &amp; &lt;cub&gt; not found" in tooltip_at(panel.matrix, middle(panel, BEAR, BACKGROUND))
    assert "16 predictions of dog on background" in tooltip_at(panel.matrix, middle(panel, BACKGROUND, DOG))


def test_classes_that_occur_in_no_cell_are_left_out(qtbot, nothing_open, files):
    text = files.ground_truth.read_text().replace('"categories": [', '"categories": [{"id": 77, "name": "nobody"}, ')
    files.ground_truth.write_text(text)
    nothing_open.open([files.ground_truth, files.first])
    panel = shown(qtbot, ConfusionPanel(nothing_open.store, nothing_open.controller), 480, 360)
    assert len(nothing_open.state.dataset.classes) == 4
    qtbot.mouseClick(panel.matrix, LEFT, pos=middle(panel, 3, 0))
    assert nothing_open.state.query.confusion_cell == (4, CAT), "the fourth row is the background"


def test_the_matrix_follows_the_thresholds(panel, session):
    assert "8 cat not found" in tooltip_at(panel.matrix, middle(panel, CAT, BACKGROUND))
    session.controller.thresholds.set_iou(0.40)
    session.settle()
    assert "0 cat not found" in tooltip_at(panel.matrix, middle(panel, CAT, BACKGROUND))


def test_counts_and_shares_are_drawn_differently(qtbot, panel):
    pictures = []
    for place in range(panel.normalisation.count()):
        panel.normalisation.setCurrentIndex(place)
        pictures.append(panel.matrix.grab().toImage())
    assert all(pictures[first] != pictures[second] for first, second in ((0, 1), (0, 2), (1, 2)))


def test_the_cell_that_filters_is_marked(qtbot, panel, session):
    before = panel.matrix.grab().toImage()
    session.controller.query.set_cell((DOG, CAT))
    assert panel.matrix.grab().toImage() != before


def test_how_it_was_counted_stands_in_the_tooltip(panel):
    assert "IoU 0.50, score 0.25" in panel.normalisation.toolTip()


@pytest.mark.parametrize("size", [(140, 110), (1200, 900)])
def test_cells_stay_inside_at_any_size(qtbot, panel, size):
    panel.matrix.resize(*size)
    inside = panel.matrix.rect().toRectF()
    assert all(inside.contains(panel.matrix.cell_rect(row, column)) for row in range(4) for column in range(4))


def test_cells_are_walked_and_chosen_by_keyboard(qtbot, panel, session):
    current = session.state.current
    panel.matrix.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(panel.matrix, key)
    assert "8 dog predicted as cat" in panel.matrix.accessibleDescription()
    QTest.keyClick(panel.matrix, Qt.Key.Key_Return)
    assert session.state.query.confusion_cell == (DOG, CAT)
    assert session.state.current == current


def test_the_keys_stay_inside_the_matrix(panel, session):
    for _ in range(9):
        QTest.keyClick(panel.matrix, Qt.Key.Key_Down)
        QTest.keyClick(panel.matrix, Qt.Key.Key_Right)
    QTest.keyClick(panel.matrix, Qt.Key.Key_Space)
    assert panel.matrix.accessibleDescription().startswith("0 predictions of background on background")
    assert session.state.query.confusion_cell is None, "nothing is asked of an empty cell"


def test_a_row_says_its_whole_name_when_pointed_at(panel):
    at = QPoint(round(panel.matrix.cell_rect(BEAR, 0).left()) - 8, middle(panel, BEAR, 0).y())
    assert tooltip_at(panel.matrix, at) == as_tooltip("polar bear & <cub>\n16 labels, 0 predicted as polar bear & <cub>")


def test_a_column_says_its_whole_name_when_pointed_at(panel):
    rect = panel.matrix.cell_rect(0, DOG)
    at = QPoint(round(rect.center().x()), round(rect.top()) - 4)
    assert tooltip_at(panel.matrix, at) == as_tooltip("predicted: dog\n24 predictions, 8 of them on a dog")
    rect = panel.matrix.cell_rect(0, BACKGROUND)
    assert "not found" in tooltip_at(panel.matrix, QPoint(round(rect.center().x()), round(rect.top()) - 4))


def test_with_twenty_classes_every_row_is_high_enough_to_be_named(qtbot, nothing_open, files):
    """The scene's 16 cats become 16 classes, beside dogs, bears, predicted cats and the background."""
    truth = json.loads(files.ground_truth.read_text("utf-8"))
    truth["categories"] += [{"id": 10 + extra, "name": f"class {extra}"} for extra in range(16)]
    cats = [annotation for annotation in truth["annotations"] if annotation["category_id"] == 1]
    for extra, annotation in enumerate(cats):
        annotation["category_id"] = 10 + extra
    files.ground_truth.write_text(json.dumps(truth), encoding="utf-8")
    nothing_open.open([files.ground_truth, files.first])
    panel = shown(qtbot, ConfusionPanel(nothing_open.store, nothing_open.controller), 330, 150)
    assert panel.matrix.height() > panel.height(), "it is scrolled"
    assert panel.matrix.cell_rect(0, 0).height() >= 8.5
    assert panel.matrix.cell_rect(0, 0).top() < 20, "names of columns do not take the room of the rows"
    panel.resize(480, 400)
    assert panel.matrix.cell_rect(0, 0).top() >= 36, "the names of the columns stand upright above them"
    assert panel.matrix.cell_rect(0, 0).height() >= 9.5


def test_classes_that_are_folded_away_are_counted(qtbot, nothing_open, files):
    text = files.ground_truth.read_text().replace('"categories": [', '"categories": [{"id": 77, "name": "nobody"}, ')
    files.ground_truth.write_text(text)
    nothing_open.open([files.ground_truth, files.first])
    panel = shown(qtbot, ConfusionPanel(nothing_open.store, nothing_open.controller), 480, 360)
    assert panel.figure_label.text() == "1 not there"
    assert "1 class neither labelled nor predicted here: folded away" in panel.figure_label.toolTip()


def test_the_normalisation_in_use_is_named(panel):
    assert panel.normalisation.currentText() == "share of truth"


def test_empty_cells_hold_a_dash(qtbot, panel):
    panel.normalisation.setCurrentIndex(0)
    picture = panel.matrix.grab().toImage()
    for cell in ((CAT, CAT), (CAT, DOG)):
        rect = panel.matrix.cell_rect(*cell).toRect().adjusted(4, 4, -4, -4)
        part = picture.copy(rect)
        assert len({part.pixel(x, y) for x in range(part.width()) for y in range(part.height())}) > 1, cell


def test_without_data_there_is_nothing_to_click(qtbot, nothing_open):
    panel = shown(qtbot, ConfusionPanel(nothing_open.store, nothing_open.controller), 480, 360)
    qtbot.mouseClick(panel.matrix, LEFT, pos=panel.matrix.rect().center())
    assert nothing_open.state.query.confusion_cell is None
    panel.matrix.grab()
