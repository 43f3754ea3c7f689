"""How the program starts: light, and without a display or an abort."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from diag_gui import __version__
from tests.cli.running import Runner
from tests.cli.small_data import SmallData, write_small_data

HEAVY = ("PySide6", "cv2", "sqlalchemy", "pycocotools", "lark")

CHILD = """
import sys, json, runpy
sys.argv = ["diag-gui", *json.loads(sys.argv[1])]
try:
    runpy.run_module("diag_gui", run_name="__main__")
except SystemExit as end:
    print(json.dumps([end.code, sorted(sys.modules)]), file=sys.stderr)
"""


def child(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    wanted = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps(arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=wanted | environment,
        cwd=Path(__file__).resolve().parents[2],
    )


@pytest.mark.parametrize("verb", ["--help", "evaluate", "failures", "slice"])
def test_no_heavy_module_is_imported(tmp_path: Path, verb: str) -> None:
    data = write_small_data(tmp_path / "data", pictures=False)
    files = [str(data.gt), str(data.predictions)]
    arguments = {
        "--help": ["--help"],
        "evaluate": ["evaluate", *files, "--json", str(tmp_path / "x.json")],
        "failures": ["failures", *files, "--json", str(tmp_path / "x.json")],
        "slice": ["evaluate", *files, "--json", str(tmp_path / "x.json"), "--slice", "scene", "--where", "area > 1"],
    }[verb]
    ran = child(arguments)
    status, modules = json.loads(ran.stderr.splitlines()[-1])
    assert status == 0, ran.stderr[-500:]
    loaded = {name.split(".")[0] for name in modules}
    assert loaded.isdisjoint(HEAVY[:4]), loaded & set(HEAVY)
    if verb == "--help":
        assert "numpy" not in loaded


def test_version_and_help(cli: Runner) -> None:
    assert cli("--version").out == f"diag-gui {__version__}\n"
    assert cli("--help").status == 0
    for verb in ("demo", "evaluate", "failures", "export", "validate", "report", "tag", "project"):
        ran = cli(verb, "--help")
        assert ran.status == 0
        assert f"diag-gui {verb}" in ran.out


def test_without_a_display_the_window_says_why(cli: Runner, data: SmallData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diag_gui.cli.window.display_problem", lambda: "no display: none is set")
    for arguments in ([], [data.gt, data.predictions]):
        ran = cli(*arguments)
        assert ran.status == 2
        assert (
            ran.err == "diag-gui: no window: no display: none is set; 'diag-gui evaluate' and 'diag-gui demo' work without one\n"
        )


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    data = write_small_data(tmp_path / "data", pictures=False)
    program = subprocess.Popen(
        [sys.executable, "-m", "diag_gui", "evaluate", str(data.gt), str(data.predictions), "--json", "-", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.close()
    complaint = program.stderr.read()
    program.stderr.close()
    assert program.wait(60) == 0
    assert complaint == b""


@pytest.mark.parametrize("verb", ["evaluate", "failures"])
def test_standard_output_takes_one_result(cli: Runner, data: SmallData, verb: str) -> None:
    ran = cli(verb, data.gt, data.predictions, "--json", "-", "--csv", "-")
    assert (ran.status, ran.out) == (2, "")
    assert "standard output" in ran.err
