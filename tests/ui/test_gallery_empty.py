"""What the window says where there is no failure to show."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.ui.page_places import SLICES
from tests.formats.reading import put_text
from tests.ui.small_window import settle


def open_tables(qtbot, window, tmp_path, labels, found):
    truth = put_text(tmp_path / "gt.csv", "image,class,x1,y1,x2,y2", *labels)
    run = put_text(tmp_path / "run.csv", "image,class,score,x1,y1,x2,y2", *found)
    window.controller.data.open_paths([truth, run])
    settle(qtbot, window)


def says_all_was_left_out(qtbot, gallery):
    empty = gallery._empty
    qtbot.waitUntil(empty.isVisible)
    assert empty.title.text() == "Nothing to compare"
    assert empty.reason.text().startswith("All 3 records were left out; first: gt.csv")
    assert not empty.show_all.isVisible()
    assert empty.show_problems.isVisible()


def test_where_every_record_was_left_out_it_says_so_and_leads_to_why(qtbot, empty_window, tmp_path):
    window = empty_window
    open_tables(qtbot, window, tmp_path, ["a.jpg,car,9,9,1,1", "a.jpg,car,n,o,n,e"], ["a.jpg,car,.9,n,o,n,e"])
    says_all_was_left_out(qtbot, window.failures.gallery)
    window.show_page(SLICES)
    says_all_was_left_out(qtbot, window.slices.gallery)
    QTest.mouseClick(window.slices.gallery._empty.show_problems, Qt.MouseButton.LeftButton)
    assert window.pages.currentWidget() is window.problems


def test_a_prediction_that_fits_is_no_failure(qtbot, empty_window, tmp_path):
    open_tables(qtbot, empty_window, tmp_path, ["a.jpg,car,1,1,9,9", "a.jpg,car,n,o,n,e"], ["a.jpg,car,.9,1,1,9,9"])
    empty = empty_window.failures.gallery._empty
    assert empty.title.text() == "No failures"
    assert not empty.show_problems.isVisibleTo(empty)
