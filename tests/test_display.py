"""Whether there is a display: asked of a child, answered in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from diag_gui import display


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def child(monkeypatch: pytest.MonkeyPatch, status: int, complaint: str = "") -> None:
    def run(*arguments: object, **more: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], status, b"", complaint.encode())

    monkeypatch.setattr(subprocess, "run", run)


def test_without_a_display_no_child_is_asked(linux: pytest.MonkeyPatch) -> None:
    def run(*arguments: object, **more: object) -> None:
        raise AssertionError("a child was started")

    linux.setattr(subprocess, "run", run)
    assert "neither DISPLAY nor WAYLAND_DISPLAY" in (display.display_problem() or "")


def test_a_display_that_answers_is_one(linux: pytest.MonkeyPatch) -> None:
    linux.setenv("DISPLAY", ":7")
    child(linux, 0)
    assert display.display_problem() is None


@pytest.mark.parametrize(
    ("complaint", "says"),
    [
        (
            "ImportError: libEGL.so.1: cannot open shared object file: No such file",
            "libEGL.so.1 is missing (Debian package libegl1)",
        ),
        (
            "qt.qpa.plugin: From 6.5.0, xcb-cursor0 or libxcb-cursor0 is needed to load the Qt xcb platform plugin.",
            "libxcb-cursor0",
        ),
        ("ModuleNotFoundError: No module named 'PySide6'", "PySide6 is not installed"),
        ("qt.qpa.xcb: could not connect to display :7", "the display :7 does not answer"),
        ("", "Qt cannot open the display :7"),
    ],
)
def test_the_reason_is_one_line(linux: pytest.MonkeyPatch, complaint: str, says: str) -> None:
    linux.setenv("DISPLAY", ":7")
    child(linux, -6, complaint)
    problem = display.display_problem()
    assert problem is not None
    assert says in problem
    assert "\n" not in problem


def test_a_display_that_hangs_is_none(linux: pytest.MonkeyPatch) -> None:
    linux.setenv("DISPLAY", ":7")

    def run(*arguments: object, **more: object) -> None:
        raise subprocess.TimeoutExpired("x", 5)

    linux.setattr(subprocess, "run", run)
    assert "does not answer within 5 s" in (display.display_problem() or "")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_have_one(linux: pytest.MonkeyPatch, system: str) -> None:
    linux.setattr(sys, "platform", system)
    assert display.display_problem() is None


def test_offscreen_shows_nothing(linux: pytest.MonkeyPatch) -> None:
    linux.setenv("QT_QPA_PLATFORM", "offscreen")
    assert "offscreen" in (display.display_problem() or "")
