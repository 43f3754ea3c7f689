"""Everything the window can do has a name, a place in the menu and a key; README and window agree about them."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QKeySequence

from diag_gui.app import make_window
from diag_gui.session.settings import Settings
from diag_gui.ui.actions import MENUS
from tests.architecture.checkout import ROOT

# The keys that the design gives, and what each does.
HANDS = {
    "Right": "next", "J": "next", "Left": "previous", "K": "previous", "Up": "row-up", "Down": "row-down",
    **{str(key): f"tag-{key}" for key in range(1, 10)},
    "0": "label-is-fine", "U": "undo", "N": "note", "Return": "viewer-large", "Enter": "viewer-large", "Z": "zoom-to-failure",
    "Space": "fit", "G": "truth", "P": "predictions", "C": "correct", "[": "iou-down", "]": "iou-up", ",": "score-down",
    ".": "score-up", "/": "filter", "R": "next-run", "Tab": "next-undecided", "Ctrl+K": "commands", "?": "keys",
    "Ctrl+Down": "iou-down", "Ctrl+Up": "iou-up", "Esc": "last-filter-off", "Alt+Left": "query-back", "Shift+U": "redo",
    "B": "score-best", "Ctrl+E": "export", "I": "only-this-image", "Ctrl+O": "open", "F7": "page-runs", "F8": "page-files",
}  # fmt: skip
ARROWS = {"→": "Right", "←": "Left", "↑": "Up", "↓": "Down"}


@pytest.fixture(scope="module")
def window(qapp, tmp_path_factory):
    """One window for all tests of this file: they only look at it."""
    made = make_window(Settings(tmp_path_factory.mktemp("settings")))
    yield made
    made.close()


@pytest.fixture(scope="module")
def specs(window):
    return window.actions_by_name.specs


def menu_names(window) -> dict[str, list[str]]:
    return {
        bar.text().replace("&", ""): [action.objectName() for action in bar.menu().actions() if not action.isSeparator()]
        for bar in window.menuBar().actions()
    }


def test_every_action_stands_once_in_the_menu_it_names(window, specs):
    menus = menu_names(window)
    assert tuple(menus) == MENUS
    for spec in specs:
        assert menus[spec.menu].count(spec.name) == 1
    assert sum(len(names) for names in menus.values()) == len(specs)


def test_every_action_but_about_has_a_key(specs):
    assert [spec.name for spec in specs if not spec.keys] == ["about"]


def test_no_key_stands_twice(specs):
    keys = [QKeySequence(key).toString() for spec in specs for key in spec.keys]
    assert sorted(keys) == sorted(set(keys))


def test_every_key_is_one_that_qt_understands(specs):
    assert [key for spec in specs for key in spec.keys if QKeySequence(key).isEmpty()] == []


def test_names_and_texts_are_unique(specs):
    assert len({spec.name for spec in specs}) == len(specs)
    assert len({spec.text for spec in specs}) == len(specs)


@pytest.mark.parametrize(("key", "name"), HANDS.items())
def test_the_keys_of_the_design(specs, key, name):
    assert [spec.name for spec in specs if key in spec.keys] == [name]


def keys_of_readme_table() -> set[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## Shortcuts", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")][2:]
    tokens = [token for row in rows for cell in row[::2] for token in cell.split() if token != "or"]
    named = [token.removesuffix(",") if len(token) > 1 else token for token in tokens]
    digits = [str(key) for token in named if token == "1–9" for key in range(1, 10)]
    return {ARROWS.get(token, token) for token in named if token != "1–9"} | set(digits)


def test_the_readme_names_keys_that_work(specs):
    known = {key for spec in specs for key in spec.keys}
    named = keys_of_readme_table()
    assert len(named) > 30
    assert named - known == set()


def test_keys_in_the_prose_of_the_readme_work(specs):
    known = {key for spec in specs for key in spec.keys}
    prose = (ROOT / "README.md").read_text(encoding="utf-8")
    combined = set(re.findall(r"\b(?:(?:Ctrl|Shift|Alt)\+)+[A-Z]\b", prose))
    named = combined | set(re.findall(r"\bF[0-9]{1,2}\b(?!\d)", prose)) - {"F1"}
    assert named
    assert named - known == set()
