"""``demo`` without a display: a reason, tables, a report, a picture or why there is none, and success."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from diag_gui.cli import demo
from tests.cli.running import Runner


@pytest.fixture
def without_display(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(demo, "display_problem", lambda: "no display: neither DISPLAY nor WAYLAND_DISPLAY is set")
    monkeypatch.chdir(tmp_path)
    return tmp_path


FAILS = "import sys; sys.stderr.write({complaint!r}); sys.exit(1)  # {{path!r}} {{size!r}}"


def test_it_does_without_a_display(cli: Runner, without_display: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_DRAW", FAILS.format(complaint="not in this test"))
    ran = cli("demo")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[0] == "No window: no display: neither DISPLAY nor WAYLAND_DISPLAY is set."
    for word in ("class", "all classes", "localization", "dAP", "IoU 0.5"):
        assert word in ran.out
    report = without_display / "diag-gui-demo" / "report.html"
    assert f"Report: {report}" in lines
    page = report.read_text(encoding="utf-8")
    assert "Worst failures" in page
    assert "time_of_day=night" in page
    assert lines[-1] == "Picture of the window: not made: not in this test"
    assert ran.err == ""


def test_again_over_its_own_files(cli: Runner, without_display: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_DRAW", FAILS.format(complaint="not in this test"))
    assert cli("demo").status == 0
    assert cli("demo").status == 0


def test_where_it_cannot_write_it_goes_elsewhere(cli: Runner, without_display: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_DRAW", FAILS.format(complaint="not in this test"))
    monkeypatch.setattr("tempfile.tempdir", str(without_display / "temp"))
    (without_display / "temp").mkdir()
    (without_display / "diag-gui-demo").write_text("a file is in the way")
    ran = cli("demo")
    assert ran.status == 0
    assert list((without_display / "temp").glob("diag-gui-demo-*/report.html"))


@pytest.mark.parametrize(
    ("complaint", "says"),
    [
        (
            "ImportError: libEGL.so.1: cannot open shared object file",
            "the library libEGL.so.1 is missing (Debian package libegl1)",
        ),
        (
            "Traceback (most recent call last):\n  File x\nRuntimeError: the sample was not shown",
            "RuntimeError: the sample was not shown",
        ),
    ],
)
def test_a_picture_that_fails_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, complaint: str, says: str) -> None:
    monkeypatch.setattr(demo, "_DRAW", FAILS.format(complaint=complaint))
    with demo._Drawing() as drawing:
        assert drawing.put_to(tmp_path / "window.png") == says
    assert not (tmp_path / "window.png").exists()


def test_a_child_that_aborts_is_no_abort(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demo, "_DRAW", "import os; os.abort()  # {path!r} {size!r}")
    with demo._Drawing() as drawing:
        assert drawing.put_to(tmp_path / "window.png")


def test_the_child_draws_without_a_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    draw = "import os; assert os.environ['QT_QPA_PLATFORM'] == 'offscreen'; open({path!r}, 'wb').write(b'{size!r}')"
    monkeypatch.setattr(demo, "_DRAW", draw)
    with demo._Drawing() as drawing:
        assert drawing.put_to(tmp_path / "window.png") is None
    assert (tmp_path / "window.png").read_bytes() == b"(1600, 1000)"


def test_with_a_display_the_window_opens_the_sample(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[list[Path], bool]] = []
    app = types.ModuleType("diag_gui.app")

    def run(paths: list[Path], *, sample: bool = False) -> int:
        opened.append((paths, sample))
        return 0

    app.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "diag_gui.app", app)
    monkeypatch.setattr("diag_gui.app", app, raising=False)
    monkeypatch.setattr(demo, "display_problem", lambda: None)
    assert cli("demo").status == 0
    assert opened == [([], True)]
