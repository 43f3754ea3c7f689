"""What is shown before anything is open."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton

from diag_gui.ui.pages.welcome_page import WelcomePage
from tests.ui.showing import shown
from tests.ui.small_window import settle

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def open_action(qapp):
    action = QAction("Open …")
    action.setShortcut("Ctrl+O")
    return action


@pytest.fixture
def welcome(qtbot, nothing_open, open_action):
    return shown(qtbot, WelcomePage(nothing_open.controller, nothing_open.settings, open_action), 1200, 800)


def recent_buttons(welcome) -> list[QPushButton]:
    return [button for button in welcome.findChildren(QPushButton) if button not in (welcome.sample, welcome.open)]


def test_the_button_opens_the_dialog_and_names_the_key(qtbot, welcome, open_action):
    assert "Ctrl+O" in welcome.open.text()
    with qtbot.waitSignal(open_action.triggered):
        qtbot.mouseClick(welcome.open, LEFT)


def test_the_sample_is_one_click_away(qtbot, welcome, nothing_open, monkeypatch, files):
    asked = []
    monkeypatch.setattr(nothing_open.controller.data, "open", asked.append)
    qtbot.mouseClick(welcome.sample, LEFT)
    [request] = asked
    assert request.ground_truth.is_file()
    assert request.predictions
    assert all(path.is_file() for path in (*request.predictions, *request.metadata))
    assert request.images.is_dir()


def test_at_a_first_start_nothing_is_offered_again(welcome):
    assert recent_buttons(welcome) == []


def test_what_was_open_before_is_opened_again_by_a_click(qtbot, nothing_open, open_action, files):
    nothing_open.settings.remember([str(path) for path in files.everything])
    welcome = shown(qtbot, WelcomePage(nothing_open.controller, nothing_open.settings, open_action), 1200, 800)
    [button] = recent_buttons(welcome)
    assert "truth.json" in button.text()
    qtbot.mouseClick(button, LEFT)
    nothing_open.settle()
    assert len(nothing_open.state.runs) == 2
    assert nothing_open.state.dataset.source.path == files.ground_truth


def test_what_is_gone_is_not_offered(qtbot, nothing_open, open_action, files):
    nothing_open.settings.remember([str(files.ground_truth), str(files.first)])
    nothing_open.settings.remember([str(files.ground_truth), str(files.second)])
    files.second.unlink()
    welcome = shown(qtbot, WelcomePage(nothing_open.controller, nothing_open.settings, open_action), 1200, 800)
    assert [button.text() for button in recent_buttons(welcome)] == ["truth.json + first.json"]


def test_everything_is_in_sight_in_a_small_window(qtbot, nothing_open, open_action, files):
    for number in range(9):
        copy = files.folder / f"{'long name ' * 12}{number}.json"
        copy.write_text("{}")
        nothing_open.settings.remember([str(copy)])
    welcome = shown(qtbot, WelcomePage(nothing_open.controller, nothing_open.settings, open_action), 900, 540)
    buttons = [welcome.sample, welcome.open, *recent_buttons(welcome)]
    assert 2 < len(buttons) <= 7
    for button in buttons:
        assert welcome.rect().contains(button.rect().translated(button.mapTo(welcome, button.rect().topLeft())))


def test_the_window_opens_what_was_opened_before(qtbot, empty_window, files):
    empty_window.settings.remember([str(files.ground_truth), str(files.first)])
    empty_window.welcome.show_recent()
    [button] = recent_buttons(empty_window.welcome)
    qtbot.mouseClick(button, LEFT)
    settle(qtbot, empty_window)
    assert empty_window.pages.currentWidget() is empty_window.failures


def test_an_ampersand_in_a_name_is_shown(qtbot, nothing_open, open_action, tmp_path):
    path = tmp_path / "cats&dogs.json"
    path.write_text("{}", encoding="utf-8")
    nothing_open.settings.remember([str(path)])
    welcome = shown(qtbot, WelcomePage(nothing_open.controller, nothing_open.settings, open_action), 1200, 800)
    [button] = recent_buttons(welcome)
    assert button.text() == "cats&&dogs.json"
    assert button.shortcut().isEmpty()
