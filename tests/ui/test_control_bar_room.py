"""The bar on top of a narrow window: long names of runs and many filters, none of which moves or cuts another."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect

from tests.session.small_session import CAT
from tests.ui.small_window import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LONG = "nanodet_plus_m_416_coco_2026-11-20_lr0.01_seed"


@pytest.fixture
def bar(qtbot, empty_window, files):
    """The bar of a window of 1280 pixels with two runs of long names."""
    paths = [files.ground_truth]
    for place, run in enumerate((files.first, files.second)):
        paths.append(files.folder / f"{LONG}{place}.json")
        paths[-1].write_bytes(run.read_bytes())
    empty_window.resize(1280, 720)
    empty_window.controller.data.open_paths(paths)
    settle(qtbot, empty_window)
    return empty_window.control_bar


def places(bar) -> list[QRect]:
    return [widget.geometry() for widget in (bar.run, bar.compared, bar.iou, bar.score, bar.filter)]


def test_a_long_name_is_shortened_in_the_middle_and_whole_in_the_tooltip(bar):
    for combo, name in ((bar.run, f"{LONG}0"), (bar.compared, f"{LONG}1")):
        shown = combo.shown_text()
        assert "…" in shown
        assert shown.startswith("nano")
        assert shown[-1] == name[-1]
        assert combo.fontMetrics().horizontalAdvance(shown) <= combo.width()
        assert name in combo.toolTip()


def test_the_name_of_a_run_goes_before_its_date(qtbot, empty_window, bar, files):
    (files.folder / "runs.csv").write_text(f"file,name,date,hours\n{LONG}0.json,detector v3,2026-03-02,12\n")
    empty_window.controller.data.open_paths([files.ground_truth, files.folder / f"{LONG}0.json", files.folder / f"{LONG}1.json"])
    settle(qtbot, empty_window)
    bar.run.setFixedWidth(130)
    qtbot.waitUntil(lambda: bar.run.shown_text() == "detector v3")
    assert "2026-03-02" in bar.run.currentText()
    bar.run.setFixedWidth(260)
    qtbot.waitUntil(lambda: bar.run.shown_text() == "detector v3 · 2026-03-02")


def test_the_list_is_as_wide_as_its_names(bar):
    bar.run.showPopup()
    assert bar.run.view().width() >= bar.run.fontMetrics().horizontalAdvance(LONG)
    bar.run.hidePopup()


def test_filters_come_and_go_and_nothing_moves(qtbot, empty_window, bar):
    before = places(bar)
    query = empty_window.controller.query
    query.toggle_class(CAT)
    settle(qtbot, empty_window)
    assert places(bar) == before
    query.add_expression("area < 1024 AND score > 0.1 AND class = 'cat'")
    query.add_expression("file_name LIKE '%site_0/picture_0%' AND width > 10")
    settle(qtbot, empty_window)
    assert places(bar) == before
    shown = [chip for chip in bar.filter.chips if chip.isVisible()]
    assert shown == bar.filter.chips[-1:], "the newest stands there"
    assert "…" in shown[0].text()
    assert bar.filter.rect().contains(shown[0].geometry())
    assert shown[0].sizeHint().width() <= shown[0].width()
    assert bar.filter.line.width() >= 40
    assert "width" in shown[0].toolTip()


def test_a_chip_says_all_of_it_again_once_there_is_room(qtbot, empty_window, bar):
    empty_window.controller.query.add_expression("area < 1024 AND score > 0.1")
    settle(qtbot, empty_window)
    empty_window.resize(1900, 900)
    qtbot.waitUntil(lambda: bar.filter.chips[0].text().startswith("area < 1024 AND score > 0.1"))


def test_words_that_the_menu_has_too_make_room(qtbot, empty_window, bar):
    assert bar.commands.text() == "Ctrl+K"
    empty_window.resize(1600, 900)
    qtbot.waitUntil(lambda: bar.commands.text() == "Ctrl+K Commands")
