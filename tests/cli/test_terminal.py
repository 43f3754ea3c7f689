"""Progress at a terminal: one line that is written over, and nothing in a file."""

from __future__ import annotations

import io
import sys

import pytest

from diag_gui.cli import terminal
from diag_gui.cli.terminal import ProgressLine


class Terminal(io.StringIO):
    """Standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


def said(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, quiet: bool = False) -> str:
    """Return what a count, a share and the end of the work write to ``stream``."""
    monkeypatch.setattr(terminal, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(sys, "stderr", stream)
    line = ProgressLine(quiet=quiet)
    line.found(12_000)
    line.of("Reading labels")(0.5)
    line.clear()
    return stream.getvalue()


def test_a_share_and_a_count_are_written_over_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, Terminal()) == "\r\x1b[K12,000 files found\r\x1b[KReading labels  50%\r\x1b[K"


def test_quiet_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, Terminal(), quiet=True) == ""


def test_a_file_gets_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, io.StringIO()) == ""
