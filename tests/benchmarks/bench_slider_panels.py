"""Where a step of a slider goes: CPU of the interface's thread per panel, for its figures and for its painting.

Not collected with the tests. Run it by hand, with a display or without::

    QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_slider_panels [sample|S]
    QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_slider_panels --files GT.json RESULTS.json

The time of a function leaves out that of another one below it which is measured too, so the lines add up to the total.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop
from PySide6.QtWidgets import QMainWindow

from diag_gui.app import application, make_window
from diag_gui.session.settings import Settings
from diag_gui.ui.control_bar import ControlBar
from diag_gui.ui.garbage_collection import GarbageCollection
from diag_gui.ui.main_window import MainWindow
from diag_gui.ui.pages import failures_page as page
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.class_table import ClassTable
from diag_gui.ui.panels.confusion_view import ConfusionView
from diag_gui.ui.panels.curve_plot import CurvePlot
from diag_gui.ui.panels.error_chips import ErrorChip
from diag_gui.ui.panels.gallery_view import GalleryView
from diag_gui.ui.panels.slice_panel import _SliceDelegate
from diag_gui.ui.panels.viewer_canvas import ViewerCanvas
from diag_gui.ui.threshold_slider import ThresholdSlider
from tests.benchmarks.bench_live_sliders import Driver, data_of, iou_values, score_values
from tests.benchmarks.street_scenes import SIZES

PANELS: dict[type[Panel], str] = {
    page.ClassPanel: "class table",
    page.SlicePanel: "slices",
    page.ErrorChips: "error chips",
    page.GalleryPanel: "gallery",
    page.PrecisionRecallPanel: "curve",
    page.ConfusionPanel: "confusion",
    page.ViewerPanel: "viewer",
    page.ReviewPanel: "review",
}
PAINTERS: dict[type, tuple[str, str]] = {
    ClassTable: ("paintEvent", "class table"),
    _SliceDelegate: ("paint", "slices"),
    ErrorChip: ("paintEvent", "error chips"),
    GalleryView: ("paintEvent", "gallery"),
    CurvePlot: ("paintEvent", "curve"),
    ConfusionView: ("paintEvent", "confusion"),
    ViewerCanvas: ("paintEvent", "viewer"),
    ThresholdSlider: ("paintEvent", "control bar"),
}
_WARM_UP = 30


class Account:
    """CPU seconds of this thread by what they were spent on."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._below: list[float] = []

    def charge(self, owner: type, method: str, name: str) -> None:
        """Book what ``method`` of ``owner`` takes under ``name`` from now on."""
        setattr(owner, method, self.booked(getattr(owner, method), name))

    def booked(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """Return ``function``, its time booked under ``name``."""

        @wraps(function)
        def timed(*args: Any, **options: Any) -> Any:
            start = time.thread_time()
            self._below.append(0.0)
            try:
                return function(*args, **options)
            finally:
                took = time.thread_time() - start
                self.spent[name] += took - self._below.pop()
                if self._below:
                    self._below[-1] += took

        return timed


def watch(account: Account) -> None:
    """Book refreshes and paints of the panels, and what a pass of painting takes beside them."""
    for panel, name in PANELS.items():
        account.charge(panel, "refresh", f"{name}: figures")
    for painter, (method, name) in PAINTERS.items():
        account.charge(painter, method, f"{name}: painting")
    account.charge(ControlBar, "_refresh", "control bar: figures")
    painted = account.booked(lambda window, event: QMainWindow.event(window, event), "labels, frames, grounds: painting")

    def event(window: MainWindow, event: QEvent) -> bool:
        is_pass = event.type() == QEvent.Type.UpdateRequest
        return bool(painted(window, event) if is_pass else QMainWindow.event(window, event))

    MainWindow.event = event  # type: ignore[method-assign]


def measure(driver: Driver, account: Account) -> None:
    """Take 100 steps of each slider and print where their time went."""
    bar = driver.window.control_bar
    for slider, label, values in ((bar.iou, "IoU", iou_values(0.5)), (bar.score, "score", score_values())):
        for value in values[_WARM_UP:0:-1]:
            driver.step(slider, label, value)
        driver.settle()
        account.spent.clear()
        start = time.thread_time()
        times = [driver.step(slider, label, value)[0] for value in values]
        total = time.thread_time() - start
        driver.settle()
        half, most = np.percentile(times, (50, 95))
        print(
            f"{label} slider: p50 {half:.1f}  p95 {most:.1f} ms, CPU of the interface {1000 * total / len(values):.2f} ms a step"
        )
        rest = Counter({**account.spent, "events, commits, jobs": total - sum(account.spent.values())})
        for name, seconds in rest.most_common():
            print(f"  {1000 * seconds / len(values):6.2f}  {name}")


@contextlib.contextmanager
def opened(paths: list[Path]) -> Iterator[MainWindow]:
    """Yield the window with ``paths`` open and evaluated."""
    with tempfile.TemporaryDirectory() as folder:
        window = make_window(Settings(Path(folder) / "settings"))
        window.resize(1600, 1000)
        window.show()
        loop = QEventLoop()
        window.store.changed.connect(lambda *_: loop.quit() if window.store.state.evaluation is not None else None)
        window.controller.data.open_paths(paths)
        loop.exec()
        yield window
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="S", choices=["sample", *SIZES])
    parser.add_argument("--files", nargs="+", type=Path, help="open these instead")
    parsed = parser.parse_args()
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    GarbageCollection(application())
    account = Account()
    watch(account)
    with contextlib.nullcontext(parsed.files) if parsed.files else data_of(parsed.data) as paths, opened(paths) as window:
        driver = Driver(window)
        driver.settle()
        measure(driver, account)
    return 0


if __name__ == "__main__":
    sys.exit(main())
