"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.cli.small_data import SmallData, write_small_data


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runner:
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DIAG_GUI_DATA", str(tmp_path / "user-data"))
    monkeypatch.setenv("DIAG_GUI_AUTHOR", "ann")
    monkeypatch.delenv("DIAG_GUI_DEBUG", raising=False)
    return Runner(capsys)


@pytest.fixture
def data(tmp_path: Path) -> SmallData:
    return write_small_data(tmp_path / "data")
