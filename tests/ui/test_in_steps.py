"""Widgets that are built a step per turn of the event loop, and at once by whoever needs them."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from PySide6.QtCore import QObject

from diag_gui.app import make_window
from diag_gui.session.settings import Settings
from diag_gui.ui.in_steps import InSteps
from tests.session.small_session import write_files


@pytest.fixture
def nothing_open_window(qtbot, tmp_path):
    """A window before anything is opened, and files to open."""
    window = make_window(Settings(tmp_path / "settings"))
    qtbot.addWidget(window)
    window.show()
    yield window, write_files(tmp_path / "data")
    window.close()


def counting(to: int, seen: list[int]) -> Generator[None, None, str]:
    for number in range(to):
        seen.append(number)
        yield
    return "made"


def test_a_turn_takes_one_step(qtbot):
    parent, seen, turns = QObject(), [], []
    work = InSteps(counting(5, seen), parent)
    assert seen == []
    qtbot.waitUntil(lambda: turns.append(len(seen)) or len(seen) == 5)
    assert work.finish() == "made"
    assert seen == [0, 1, 2, 3, 4]


def test_whoever_needs_it_finishes_it(qtbot):
    parent, seen = QObject(), []
    work = InSteps(counting(3, seen), parent)
    assert work.finish() == "made"
    assert work.finish() == "made"
    assert seen == [0, 1, 2]
    qtbot.wait(10)
    assert seen == [0, 1, 2]


def test_the_page_of_failures_is_built_while_data_are_read(qtbot, nothing_open_window):
    window, files = nothing_open_window
    window.controller.data.open_paths([files.ground_truth, files.first])
    assert window.failures is None
    qtbot.waitUntil(lambda: window.controller.jobs.is_idle and window.failures is not None, timeout=20_000)
    assert window.pages.currentWidget() is window.failures
    assert window.store.state.selection is not None


def test_what_cannot_be_opened_leaves_the_welcome(qtbot, nothing_open_window, tmp_path):
    window, _ = nothing_open_window
    bad = tmp_path / "bad.json"
    bad.write_text("{", encoding="utf-8")
    window.controller.data.open_paths([bad])
    qtbot.waitUntil(lambda: window.store.state.notice is not None, timeout=20_000)
    assert window.failures is None
    assert window.pages.currentWidget() is window.welcome
