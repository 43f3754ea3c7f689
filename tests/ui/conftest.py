from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from tests.session.small_session import files, nothing_open, session
from tests.ui.small_window import empty_window, window

__all__ = ["empty_window", "files", "nothing_open", "session", "window"]


@pytest.fixture
def parent(qtbot) -> QWidget:
    """A widget that dialogs belong to."""
    made = QWidget()
    qtbot.addWidget(made)
    return made
