"""Panels side by side or as tabs, by the room there is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget

from diag_gui.session.state import Change
from diag_gui.ui.folding_area import FoldingArea
from diag_gui.ui.panel import Panel
from tests.ui.showing import shown


class Counted(Panel):
    watches = Change.PARAMS

    def __init__(self, title, session):
        self.title = title
        super().__init__(session.store, session.controller)
        self.n_refreshed = 0

    def refresh(self, state, change):
        self.n_refreshed += 1


@pytest.fixture
def panels(nothing_open):
    return [Counted("One", nothing_open), Counted("Two", nothing_open)]


@pytest.fixture
def area(qtbot, panels):
    return shown(qtbot, FoldingArea(panels, Qt.Orientation.Horizontal, 560), 800, 300)


def tabs(area) -> QTabWidget:
    return area.findChild(QTabWidget)


def test_with_room_all_panels_stand_there_with_their_titles(area, panels):
    assert not area.is_folded
    assert all(panel.isVisible() and panel.title_label.isVisible() for panel in panels)
    assert panels[0].geometry().right() < panels[1].mapTo(area, panels[1].rect().topLeft()).x()


def test_without_room_they_are_tabs_that_carry_the_titles(area, panels):
    area.resize(400, 300)
    assert area.is_folded
    assert [tabs(area).tabText(place) for place in range(tabs(area).count())] == ["One", "Two"]
    assert [panel.isVisible() for panel in panels] == [True, False]
    assert not panels[0].title_label.isVisible()


def test_a_click_on_a_tab_brings_the_panel_up_to_date(qtbot, area, panels, nothing_open):
    area.resize(400, 300)
    before = panels[1].n_refreshed
    nothing_open.controller.thresholds.set_iou(0.7)
    assert panels[1].n_refreshed == before, "hidden panels do no work"
    qtbot.mouseClick(tabs(area).tabBar(), Qt.MouseButton.LeftButton, pos=tabs(area).tabBar().tabRect(1).center())
    assert panels[1].isVisible()
    assert panels[1].n_refreshed == before + 1


def test_it_unfolds_again_and_as_often_as_it_is_asked(area, panels):
    for width, folded in ((400, True), (800, False), (559, True), (560, False)):
        area.resize(width, 300)
        assert area.is_folded is folded
    assert all(panel.isVisible() and panel.title_label.isVisible() for panel in panels)


def test_a_panel_can_be_brought_to_the_front(area, panels):
    area.resize(400, 300)
    area.show_panel(panels[1])
    assert [panel.isVisible() for panel in panels] == [False, True]


def test_a_column_folds_by_its_height(qtbot, nothing_open):
    column = shown(
        qtbot, FoldingArea([Counted("One", nothing_open), Counted("Two", nothing_open)], Qt.Orientation.Vertical, 300), 200, 500
    )
    assert not column.is_folded
    column.resize(200, 250)
    assert column.is_folded


def test_panels_that_share_a_place_are_tabs_there(qtbot, nothing_open):
    one, two, three = (Counted(name, nothing_open) for name in ("One", "Two", "Three"))
    area = shown(qtbot, FoldingArea([(one, two), three], Qt.Orientation.Horizontal, 560), 800, 300)
    assert (one.isVisible(), two.isVisible(), three.isVisible()) == (True, False, True)
    assert three.title_label.isVisible()
    area.show_panel(two)
    assert (one.isVisible(), two.isVisible(), three.isVisible()) == (False, True, True)
    area.resize(400, 300)
    assert area.is_folded
    area.show_panel(three)
    assert (one.isVisible(), two.isVisible(), three.isVisible()) == (False, False, True)
    area.resize(800, 300)
    assert three.isVisible()
    assert one.mapTo(area, one.rect().topLeft()).x() < three.mapTo(area, three.rect().topLeft()).x()
