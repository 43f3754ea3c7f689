"""Progress at a terminal: one line that is written over, and nothing in a file."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from diag_gui.cli import terminal
from diag_gui.cli.terminal import ProgressLine, warn
from diag_gui.data.read_report import ProblemGroup, ReadReport


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


def test_what_is_counted_is_what_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    groups = [
        ProblemGroup("metadata-joined", 1, False, ("m.csv: 9 of 9 images have a row",)),
        ProblemGroup("repeated-run-name", 2, False, ("a.json: called b here",)),
        ProblemGroup("zero-size-box", 1, True, ("a.json: record 3: no size",)),
    ]
    warn([ReadReport(Path("a.json"), "coco", "", 9, 8, 1, tuple(groups))], quiet=False)
    assert capsys.readouterr().err.splitlines() == [
        "note: m.csv: 9 of 9 images have a row (metadata-joined)",
        "warning: a.json: called b here (repeated-run-name: 2 runs concerned)",
        "warning: a.json: record 3: no size (zero-size-box: 1 record dropped)",
    ]
