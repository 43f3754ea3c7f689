"""Saying which column of a table is what, in the dialog that asks what to open."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt

from diag_gui.formats.recognition import GROUND_TRUTH
from diag_gui.formats.table_head import table_head
from diag_gui.ui.dialogs.columns_panel import ColumnsPanel
from diag_gui.ui.dialogs.open_dialog import OpenDialog
from tests.formats.reading import put_json, put_text

LEFT = Qt.MouseButton.LeftButton


class Screen:
    """A screen of any size."""

    def __init__(self, available: QRect) -> None:
        self.availableGeometry = lambda: available


@pytest.fixture
def dialog(qtbot, nothing_open, parent):
    made = OpenDialog(nothing_open.controller, parent)
    made.open()
    qtbot.waitUntil(made.isVisible)
    return made


@pytest.fixture
def odd_table(tmp_path):
    return put_text(tmp_path / "odd.csv", "where,what,a,b,c,d", "a.jpg,car,10,20,40,60", "b.jpg,bus,1,2,3,4")


def enter(qtbot, dialog, path):
    dialog.ground_truth.set_paths([path])
    qtbot.waitUntil(lambda: dialog.ground_truth_columns.head is not None)


def test_the_header_proposes_and_the_first_rows_are_shown(qtbot, dialog, nothing_open, tmp_path):
    path = put_text(tmp_path / "gt.csv", "filename,label,xmin,ymin,xmax,ymax", "a.jpg,car,10,20,40,60")
    enter(qtbot, dialog, path)
    panel = dialog.ground_truth_columns
    assert panel.isVisible()
    assert {part: box.currentText() for part, box in panel.parts.items()} == {
        "image": "filename", "class": "label", "x1": "xmin", "y1": "ymin", "x2": "xmax", "y2": "ymax"
    }  # fmt: skip
    assert panel.preview.item(0, 2).text() == "10"
    assert panel.preview.horizontalHeaderItem(2).text() == "xmin\nLeft"
    assert dialog.open_button.isEnabled()
    qtbot.mouseClick(dialog.open_button, LEFT)
    nothing_open.settle()
    assert nothing_open.state.dataset.ground_truth.xywh.tolist() == [[10, 20, 30, 40]]


def test_what_is_lacking_is_asked_for_and_remembered(qtbot, dialog, nothing_open, parent, odd_table):
    enter(qtbot, dialog, odd_table)
    assert not dialog.open_button.isEnabled()
    assert "choose the column of left, top, right, bottom" in dialog.problem.text()
    panel = dialog.ground_truth_columns
    panel.order.setCurrentText("left, top, size")
    for part, name in (("image", "where"), ("class", "what"), ("x", "a"), ("y", "b"), ("w", "c"), ("h", "d")):
        panel.parts[part].setCurrentText(name)
    assert dialog.problem.text() == ""
    qtbot.mouseClick(dialog.open_button, LEFT)
    nothing_open.settle()
    assert nothing_open.state.dataset.ground_truth.xywh.tolist() == [[10, 20, 40, 60], [1, 2, 3, 4]]
    assert nothing_open.state.dataset.classes.name == ("bus", "car")
    again = OpenDialog(nothing_open.controller, parent)
    enter(qtbot, again, odd_table)
    assert again.ground_truth_columns.order.currentText() == "left, top, size"
    assert again.ground_truth_columns.parts["h"].currentText() == "d"
    again.reject()


def test_names_of_pictures_propose_the_image_where_the_header_does_not(qtbot, dialog, nothing_open, tmp_path):
    path = put_text(tmp_path / "odd.csv", "k,where,label,x1,y1,x2,y2", "3,C:\\d\\a.JPG,car,10,20,40,60", "4,b.png,bus,1,2,3,4")
    enter(qtbot, dialog, path)
    parts = dialog.ground_truth_columns.parts
    assert {part: box.currentText() for part, box in parts.items()} == {
        "image": "where", "class": "label", "x1": "x1", "y1": "y1", "x2": "x2", "y2": "y2"
    }  # fmt: skip
    assert dialog.open_button.isEnabled()
    qtbot.mouseClick(dialog.open_button, LEFT)
    nothing_open.settle()
    assert nothing_open.state.dataset.ground_truth.xywh.tolist() == [[10, 20, 30, 40], [1, 2, 2, 2]]


def test_a_column_in_two_roles_is_refused(qtbot, dialog, odd_table):
    enter(qtbot, dialog, odd_table)
    parts = dialog.ground_truth_columns.parts
    for part, name in (("image", "where"), ("class", "what"), ("x1", "a"), ("y1", "b"), ("x2", "a"), ("y2", "d")):
        parts[part].setCurrentText(name)
    assert dialog.problem.text() == "odd.csv: the column a is chosen for left and right"
    assert not dialog.open_button.isEnabled()
    parts["x2"].setCurrentText("c")
    assert dialog.problem.text() == ""
    assert dialog.open_button.isEnabled()


def test_text_is_no_coordinate(qtbot, dialog, odd_table):
    enter(qtbot, dialog, odd_table)
    parts = dialog.ground_truth_columns.parts
    for part, name in (("image", "where"), ("x1", "a"), ("y1", "what"), ("x2", "c"), ("y2", "d")):
        parts[part].setCurrentText(name)
    assert dialog.problem.text() == "odd.csv: top has no number in the first rows of what: 'car'"
    assert not dialog.open_button.isEnabled()
    dialog.ground_truth_columns.order.setCurrentText("four in one cell")
    dialog.ground_truth_columns.parts["bbox"].setCurrentText("a")
    assert dialog.problem.text() == "odd.csv: box has no number in the first rows of a: '10'"


def test_a_dropped_table_with_a_known_header_opens_as_before(qtbot, dialog, nothing_open, odd_table, tmp_path):
    enter(qtbot, dialog, odd_table)
    for part, name in (("image", "where"), ("class", "what"), ("x1", "a"), ("y1", "b"), ("x2", "c"), ("y2", "d")):
        dialog.ground_truth_columns.parts[part].setCurrentText(name)
    qtbot.mouseClick(dialog.open_button, LEFT)
    nothing_open.settle()
    nothing_open.controller.data.open_paths([put_text(tmp_path / "other.csv", "where,what,a,b,c,d", "c.jpg,car,1,2,5,6")])
    nothing_open.settle()
    assert nothing_open.state.dataset.images.file_name == ("c.jpg",)
    assert nothing_open.state.dataset.ground_truth.xywh.tolist() == [[1, 2, 4, 4]]


def test_files_with_fixed_columns_ask_nothing(qtbot, dialog, files):
    dialog.ground_truth.set_paths([files.ground_truth])
    qtbot.wait(50)
    assert dialog.ground_truth_columns.head is None
    assert not dialog.ground_truth_columns.isVisible()
    assert dialog.open_button.isEnabled()


def test_a_format_that_is_named_needs_no_columns(qtbot, dialog, odd_table):
    enter(qtbot, dialog, odd_table)
    assert not dialog.open_button.isEnabled()
    dialog.ground_truth_format.setCurrentText("visdrone")
    assert dialog.open_button.isEnabled()


def test_a_property_of_features_becomes_the_class(qtbot, dialog, nothing_open, tmp_path):
    ring = [[1, 2], [5, 2], [5, 6], [1, 6], [1, 2]]
    one = {"type": "Feature", "properties": {"role": "Civil", "wings": "swept", "thumb": "t.png"},
           "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    enter(qtbot, dialog, put_json(tmp_path / "a.geojson", {"type": "FeatureCollection", "features": [one]}))
    panel = dialog.ground_truth_columns
    assert list(panel.parts) == ["image", "class"]
    assert panel.parts["image"].currentText() == "—"
    panel.parts["class"].setCurrentText("wings")
    qtbot.mouseClick(dialog.open_button, LEFT)
    nothing_open.settle()
    assert nothing_open.state.dataset.classes.name == ("swept",)


@pytest.mark.parametrize("height_px", [720, 2000])
def test_two_tables_fit_a_low_screen_with_the_buttons_in_sight(qtbot, dialog, tmp_path, monkeypatch, height_px):
    screen = QRect(0, 0, 1280, height_px)
    monkeypatch.setattr(dialog, "screen", lambda: Screen(screen))
    dialog.move(200, 200)
    lines = ["where,what,a,b,c,d,sure", *["a.jpg,car,10,20,40,60,.5"] * 3]
    enter(qtbot, dialog, put_text(tmp_path / "gt.csv", *lines))
    dialog.predictions.set_paths([put_text(tmp_path / "run.csv", *lines)])
    qtbot.waitUntil(lambda: dialog.prediction_columns.head is not None)
    qtbot.wait(50)
    assert screen.contains(dialog.geometry())
    assert dialog.rect().contains(dialog.open_button.geometry())
    bar = dialog.fields.verticalScrollBar()
    assert (bar.maximum() > 0) == (height_px == 720)


def test_a_proposal_that_stands_is_no_choice(qtbot, tmp_path):
    panel = ColumnsPanel(GROUND_TRUTH)
    qtbot.addWidget(panel)
    assert not panel.choice()
    panel.show_table(table_head(put_text(tmp_path / "gt.csv", "image,class,bbox", '"a.jpg",car,"[1, 2, 3, 4]"')))
    assert panel.order.currentText() == "four in one cell"
    assert not panel.choice()
    panel.units.setCurrentText("pixels")
    assert panel.choice().units == "pixels"
    assert panel.choice().columns["bbox"] == "bbox"
