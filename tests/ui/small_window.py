"""The whole window on the small scene."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from diag_gui.app import make_window
from diag_gui.session.settings import Settings
from diag_gui.ui.in_sight import MOVED_ITSELF
from diag_gui.ui.main_window import MainWindow


@pytest.fixture
def empty_window(qtbot, tmp_path: Path) -> Iterator[MainWindow]:
    """The window before anything is opened."""
    made = make_window(Settings(tmp_path / "settings"))
    made.resize(1600, 1000)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    # A window with a decision on its way stays open until it is on disk; a note being written becomes one.
    if made.failures is not None:
        made.failures.review.finish_note()
    qtbot.waitUntil(lambda: made.store.state.project.n_unsaved == 0, timeout=20_000)
    made.close()
    # Windows of tests gone by would take part in every change of the style sheet.
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(qtbot, empty_window: MainWindow, files) -> MainWindow:
    """The window with both runs and metadata open."""
    empty_window.controller.data.open_paths(files.everything)
    settle(qtbot, empty_window)
    assert empty_window.store.state.evaluation is not None, empty_window.store.state.notice
    return empty_window


def settle(qtbot, window: MainWindow) -> None:
    """Wait until no job runs or waits, every decision is on disk, and what a list put in question by itself is painted."""

    def is_settled() -> bool:
        is_written = window.store.state.project.n_unsaved == 0
        return window.controller.jobs.is_idle and is_written and window.in_sight.why_not() != MOVED_ITSELF

    qtbot.waitUntil(is_settled, timeout=20_000)
