"""A line for paths: whatever is typed is a path or named as missing, never an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag_gui.ui.dialogs.path_field import PathField


@pytest.fixture
def field(qtbot):
    made = PathField("Predictions", "All files (*)", "hint", takes_many=True)
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("typed", ["~nobody-of-that-name", "a" * 300, "b/" * 3000, "\0"])
def test_what_cannot_be_a_path_is_missing(field, typed):
    field.line.setText(typed)
    assert field.missing() is not None


def test_the_home_folder_may_be_shortened(field):
    field.line.setText("~ ; ~/nothing-of-that-name")
    assert field.paths() == (Path.home(), Path.home() / "nothing-of-that-name")
    assert field.missing() == Path.home() / "nothing-of-that-name"
