"""Every action by a part of its name."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from diag_gui.ui.dialogs.command_palette import CommandPalette
from tests.ui.small_window import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def palette(qtbot, window):
    made = CommandPalette(window.actions_by_name, window)
    made.show()
    qtbot.waitUntil(made.isVisible)
    return made


def offered(palette) -> list[str]:
    """Return the names of the actions in the list."""
    widgets = [palette.list.itemWidget(palette.list.item(row)) for row in range(palette.list.count())]
    return [widget.findChildren(QLabel)[1].text() for widget in widgets]


def test_everything_that_can_be_done_now_is_offered(window, palette):
    possible = {
        action.text() for spec in window.actions_by_name.specs if (action := window.actions_by_name[spec.name]).isEnabled()
    }
    assert set(offered(palette)) == possible
    assert "Undo" not in offered(palette), "there is nothing to undo yet"


def test_parts_of_words_in_any_order_find_it(qtbot, palette):
    qtbot.keyClicks(palette.line, "predic add")
    assert offered(palette) == ["Add predictions …"]


def test_enter_runs_the_first_and_closes(qtbot, window, palette):
    qtbot.keyClicks(palette.line, "best f1")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.store.state.params.score_threshold == pytest.approx(0.9)
    settle(qtbot, window)


def test_arrows_choose_another_and_go_around_the_ends(qtbot, window, palette):
    qtbot.keyClicks(palette.line, "thresholds iou")
    names = offered(palette)
    assert len(names) > 1
    qtbot.keyClick(palette.line, Qt.Key.Key_Up)
    assert palette.list.currentRow() == len(names) - 1
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 1
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.store.state.params.iou_threshold == pytest.approx(0.55)
    settle(qtbot, window)


def test_a_click_runs_it(qtbot, window, palette):
    qtbot.keyClicks(palette.line, "next run")
    at = palette.list.visualItemRect(palette.list.item(0)).center()
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot, window)
    assert window.store.state.run.name == "second"


def test_what_matches_nothing_runs_nothing(qtbot, window, palette):
    before = window.store.state
    qtbot.keyClicks(palette.line, "no such command")
    assert offered(palette) == []
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.store.state is before


def test_tags_are_found_by_their_names(qtbot, window, palette):
    qtbot.keyClicks(palette.line, "wrong class")
    assert len(offered(palette)) == 1
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.store.state.review.counts().tagged == {"wrong class": 1}


def test_keys_without_a_tag_are_not_offered(qtbot, window):
    window.controller.review.set_tag_names(("only one",))
    settle(qtbot, window)
    palette = CommandPalette(window.actions_by_name, window)
    qtbot.keyClicks(palette.line, "review tag")
    assert not any(f"Tag {key}" in offered(palette) for key in range(2, 10))
    palette.close()
