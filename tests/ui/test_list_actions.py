"""What stands above and below the failures, by key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.evaluation.query import SortKey
from diag_gui.ui.page_places import RUNS
from tests.ui.small_window import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def front(window):
    window.activateWindow()
    return window


def test_o_opens_the_orders_at_the_one_in_force_and_arrows_choose(qtbot, front):
    QTest.keyClick(front, Qt.Key.Key_O)
    menu = front.failures.gallery.controls.sort.menu()
    qtbot.waitUntil(menu.isVisible)
    assert menu.activeAction().text() == "Likely label error"
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    settle(qtbot, front)
    assert front.store.state.query.sort is SortKey.SCORE
    assert not menu.isVisible()


def test_h_opens_what_is_listed_from_any_page(qtbot, front):
    front.show_page(RUNS)
    QTest.keyClick(front, Qt.Key.Key_H)
    menu = front.failures.gallery.controls.shown.menu()
    qtbot.waitUntil(menu.isVisible)
    assert front.pages.currentWidget() is front.failures
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    settle(qtbot, front)
    assert front.store.state.query.show == "all"


def test_pictures_grow_and_shrink_by_key(qtbot, front):
    before = front.failures.gallery.view.thumb_px
    QTest.keyClick(front, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert front.failures.gallery.view.thumb_px > before
    QTest.keyClick(front, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert front.failures.gallery.view.thumb_px == before


@pytest.mark.parametrize("width", [1280, 1600])
def test_v_goes_through_the_plots_and_the_arrows_walk_them(qtbot, front, width):
    front.resize(width, 900)
    settle(qtbot, front)
    page = front.failures
    seen = []
    for _ in range(3):
        QTest.keyClick(front, Qt.Key.Key_V)
        panels = (page.curve, page.reliability, page.confusion)
        seen.append([panel.title for panel in panels if panel.isVisible() and panel.isAncestorOf(front.focusWidget())])
    assert seen == [["Reliability"], ["Confusion"], []]
    assert page.curve.isVisible()
    assert page.gallery.isAncestorOf(front.focusWidget())


@pytest.mark.parametrize("width", [1280, 1600])
def test_classes_are_walked_and_chosen_by_key(qtbot, front, width):
    front.resize(width, 900)
    settle(qtbot, front)
    current = front.store.state.current
    table = front.failures.classes.table
    QTest.keyClick(front, Qt.Key.Key_L)
    assert table.hasFocus()
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle(qtbot, front)
    assert front.store.state.query.class_rows == {front.failures.classes.model.class_row(1)}
    assert front.store.state.current == current or current not in front.store.state.selection.rows
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle(qtbot, front)
    assert front.store.state.query.class_rows == frozenset()


def test_slices_beside_the_failures_are_walked_and_chosen_by_key(qtbot, front):
    QTest.keyClick(front, Qt.Key.Key_L, Qt.KeyboardModifier.ShiftModifier)
    listed = front.failures.slices.list
    assert listed.hasFocus()
    QTest.keyClick(listed, Qt.Key.Key_Return)
    settle(qtbot, front)
    assert len(front.store.state.query.expressions) == 1


def test_intervals_are_stopped_and_asked_for_by_key(qtbot, front):
    QTest.keyClick(front, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    assert not front.store.state.wants_differences
    assert "not computed" in front.store.state.notice.text
    QTest.keyClick(front, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    assert front.store.state.wants_differences


def test_without_a_run_chips_count_nothing(qtbot, empty_window, files):
    empty_window.controller.data.open_paths([files.ground_truth])
    settle(qtbot, empty_window)
    empty_window.show_page(0)
    chips = empty_window.failures.chips.chips.values()
    assert all(chip.accessibleName().endswith("errors, –") for chip in chips)
    assert "figures on" not in empty_window.control_bar._filter_caption.text()
