"""The sheet of all keys is made from the actions."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from diag_gui.ui.actions import MENUS, key_text
from diag_gui.ui.dialogs.key_sheet import KeySheet


@pytest.fixture
def sheet(qtbot, window):
    made = KeySheet(window.actions_by_name, window)
    made.open()
    qtbot.waitUntil(made.isVisible)
    return made


def texts(sheet) -> list[str]:
    return [label.text() for label in sheet.findChildren(QLabel)]


def test_every_action_stands_there_with_its_keys_under_its_menu(window, sheet):
    said = texts(sheet)
    assert set(MENUS) <= set(said)
    for spec in window.actions_by_name.specs:
        assert window.actions_by_name[spec.name].text() in said
        assert not spec.keys or any(key_text(spec.keys[0]) in text.split("  ") for text in said), spec.name


def test_the_names_of_tags_stand_there(sheet):
    assert any("missing label" in text for text in texts(sheet))


def test_nothing_is_cut_off_on_a_small_screen(sheet):
    assert sheet.sizeHint().width() <= 1280
    assert sheet.sizeHint().height() <= 690, "with a frame on a screen of 720"
    assert all(label.width() >= label.minimumSizeHint().width() for label in sheet.findChildren(QLabel))


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_J])
def test_any_key_closes_it_and_does_nothing_else(qtbot, window, sheet, key):
    before = window.store.state.current
    qtbot.keyClick(sheet, key)
    qtbot.waitUntil(lambda: window.findChild(KeySheet) is None)
    assert window.store.state.current == before


@pytest.mark.parametrize(("key", "text"), [("Right", "→"), ("Ctrl+Up", "Ctrl+↑"), ("+", "+"), ("[", "["), ("J", "J")])
def test_keys_are_written_as_people_read_them(qapp, key, text):
    assert key_text(key) == text
