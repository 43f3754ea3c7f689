"""Who may import whom, and what a start brings in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT

HEAVY = {"cv2", "sqlalchemy", "pycocotools"}

FIRST_PAINT = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QEvent, QObject, QTimer
from diag_gui.app import application, make_window
from diag_gui.session.settings import Settings

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and watched is window.centralWidget():
            watched.removeEventFilter(self)
            QTimer.singleShot(0, look)
        return False

def look():
    print(json.dumps(sorted(sys.modules)))
    window.close()
    qt.quit()

qt = application()
window = make_window(Settings(Path(sys.argv[1])))
eyes = FirstPaint()
window.centralWidget().installEventFilter(eyes)
window.show()
QTimer.singleShot(30_000, lambda: qt.exit(3))
sys.exit(qt.exec())
"""


def modules_after(code: str, *arguments: str, **environment: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env=os.environ | environment,
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout.splitlines()[-1]))


def test_dependencies_point_down():
    """The contracts stand in pyproject.toml."""
    tool = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([tool, "--no-cache"], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_first_paint_waits_for_no_heavy_library(tmp_path):
    modules = modules_after(FIRST_PAINT, str(tmp_path), QT_QPA_PLATFORM="offscreen")
    assert "PySide6.QtWidgets" in modules
    assert {name.split(".")[0] for name in modules}.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "package",
    ["diag_gui.data.dataset", "diag_gui.evaluation.evaluator", "diag_gui.evaluation.slices", "diag_gui.formats.opening"],
)
def test_the_core_brings_no_window_no_pictures_and_no_database(package):
    modules = modules_after(f"import json, sys, {package}\nprint(json.dumps(sorted(sys.modules)))")
    assert package in modules
    assert {name.split(".")[0] for name in modules}.isdisjoint({*HEAVY, "PySide6"})


def test_the_window_of_a_worker_process_is_not_made(tmp_path):
    """What decodes pictures is started afresh; it must not bring the window along."""
    modules = modules_after("import json, sys, diag_gui.formats.decode_serving\nprint(json.dumps(sorted(sys.modules)))")
    assert not any(name.split(".")[0] in ("PySide6", "sqlalchemy") for name in modules)
