"""How live the sliders are: from `value_changed` to the end of the paint of the last visible panel, in the real window.

Not collected with the tests. Run it by hand, with a display or without::

    xvfb-run python -m tests.benchmarks.bench_live_sliders [sample|S|M]
    QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_live_sliders [sample|S|M]

Each slider takes 100 steps, the next one as soon as the former is on the screen. The control bar, the chips, the class
table, the gallery, the curve and the matrix must have been painted; gains per error type may follow within 250 ms.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from diag_gui.app import application, make_window
from diag_gui.session.open_request import sample_request
from diag_gui.session.settings import Settings
from diag_gui.session.state import Change
from diag_gui.ui.garbage_collection import GarbageCollection
from diag_gui.ui.main_window import MainWindow
from diag_gui.ui.threshold_slider import ThresholdSlider
from tests.benchmarks.heartbeat import Heartbeat
from tests.benchmarks.street_scenes import SIDE, SIZES, coco_of, street_scenes

N_STEPS = 100
LIMIT_MS = {"sample": 33.0, "S": 16.0, "M": 50.0}
_WAIT_MS = 5_000
_PAINTED = QEvent.Type(QEvent.registerEventType())


class PaintClock(QObject):
    """Notes when each watched widget was painted: the end of the whole pass of painting it was part of."""

    def __init__(self, window: QWidget, watched: dict[str, QWidget]) -> None:
        super().__init__()
        self._names = {widget: name for name, widget in watched.items()}
        self._in_pass: list[str] = []
        self.expected: set[str] = set()
        self.painted: dict[str, float] = {}
        self.is_armed = False
        self.loop = QEventLoop()
        for widget in watched.values():
            widget.installEventFilter(self)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and watched in self._names and self.is_armed:
            if not self._in_pass:
                # Handled as soon as the event loop has its turn: after every widget of this pass was painted.
                QCoreApplication.postEvent(self, QEvent(_PAINTED), Qt.EventPriority.HighEventPriority.value)
            self._in_pass.append(self._names[watched])
        return False

    def customEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        now = time.perf_counter()
        for name in self._in_pass:
            self.painted.setdefault(name, now)
        self._in_pass.clear()
        if self.is_armed and self.expected <= self.painted.keys():
            self.loop.quit()


class Driver:
    """Moves the sliders of a window and measures what follows."""

    def __init__(self, window: MainWindow) -> None:
        page = window.failures
        assert page is not None
        self.window = window
        self._clock = PaintClock(
            window,
            {
                "IoU": window.control_bar.iou_value,
                "score": window.control_bar.score_value,
                "classes": page.classes.table.viewport(),
                "gallery": page.gallery.view.viewport(),
                "curve": page.curve.plot,
                "confusion": page.confusion.matrix,
                **{f"chip {kind.name}": chip for kind, chip in page.chips.chips.items()},
            },
        )
        self._give_up = QTimer()
        self._give_up.setSingleShot(True)
        self._give_up.timeout.connect(lambda: self._clock.loop.exit(1))
        self._always = {"classes", "gallery", "curve", "confusion"}
        window.store.changed.connect(self._on_changed)

    def step(self, slider: ThresholdSlider, label: str, value: float) -> tuple[float, dict[str, float]]:
        """Move ``slider`` to ``value``; return the milliseconds until all is painted, and until each widget was."""
        clock = self._clock
        clock.painted.clear()
        clock.expected = self._always | {label}
        clock.is_armed = False
        start = time.perf_counter()
        slider._wish(value)
        self._give_up.start(_WAIT_MS)
        if clock.loop.exec() != 0:
            raise RuntimeError(f"not painted: {sorted(clock.expected - clock.painted.keys())}")
        self._give_up.stop()
        clock.is_armed = False
        each = {name: 1000 * (at - start) for name, at in clock.painted.items()}
        return max(each.values()), each

    def _on_changed(self, change: Change, _origin: str) -> None:
        state = self.window.store.state
        if change & Change.EVALUATION and state.evaluation is not None and state.evaluation.params == state.params:
            self._clock.is_armed = True

    def settle(self) -> None:
        """Run the event loop until nothing is worked on."""
        loop = QEventLoop()
        look = QTimer()
        look.timeout.connect(lambda: loop.quit() if self.window.controller.is_idle else None)
        look.start(5)
        loop.exec()

    def until_gains_are_fresh(self, slider: ThresholdSlider, value: float) -> float:
        """Move ``slider`` and return the milliseconds until the gains per error type belong to what is shown."""
        store, loop = self.window.store, QEventLoop()
        start = time.perf_counter()

        def look(_change: Change, _origin: str) -> None:
            state = store.state
            if state.costs_params is not None and state.costs_params.iou_threshold == round(value, 2):
                loop.quit()

        store.changed.connect(look)
        slider._wish(value)
        loop.exec()
        store.changed.disconnect(look)
        return 1000 * (time.perf_counter() - start)


def iou_values(start: float) -> list[float]:
    """Return 100 neighbouring steps of the IoU slider, up and down again."""
    up = [round(start + 0.01 * n, 2) for n in range(1, 41)]
    return (up + up[-2:0:-1] + up)[:N_STEPS]


def score_values() -> list[float]:
    """Return 100 neighbouring steps of the score slider, up and down again."""
    up = [round(0.2 + 0.01 * n, 2) for n in range(1, 51)]
    return (up + up[-2:0:-1] + up)[:N_STEPS]


def report(name: str, times: list[float], cpu_s: tuple[float, float], each: list[dict[str, float]]) -> None:
    """Print the distribution of ``times``."""
    half, most, longest = (float(np.percentile(times, share)) for share in (50, 95, 100))
    slowest = {what: float(np.percentile([one[what] for one in each if what in one], 95)) for what in each[0]}
    last = ", ".join(f"{what} {ms:.0f}" for what, ms in sorted(slowest.items(), key=lambda item: -item[1]) if "chip" not in what)
    own, everything = (1000 * seconds / len(times) for seconds in cpu_s)
    print(f"{name:34} p50 {half:6.1f}  p95 {most:6.1f}  max {longest:6.1f} ms   (p95 {last})")
    print(f"{'':34} CPU a step: interface {own:.1f}, all threads {everything:.1f} ms", flush=True)


def measure(driver: Driver, *, thumbnails: bool, heart: Heartbeat) -> None:
    """Take 100 steps of each slider and print how long they took."""
    bar, images, store = driver.window.control_bar, driver.window.controller.images, driver.window.store
    for slider, label, values in ((bar.iou, "IoU", iou_values(0.5)), (bar.score, "score", score_values())):
        driver.step(slider, label, values[30])
        driver.settle()
        times, each = [], []
        heart.reset()
        own, everything = time.thread_time(), time.process_time()
        for place, value in enumerate(values):
            if thumbnails and place % 5 == 0:
                images.serve(store.state.dataset, store.state.image_root)
            took, parts = driver.step(slider, label, value)
            times.append(took)
            each.append(parts)
        cpu = time.thread_time() - own, time.process_time() - everything
        driver.settle()
        report(f"{label} slider, pictures {'loading' if thumbnails else 'idle'}", times, cpu, each)
        print(f"{'':34} longest time without a turn {heart.longest_gap_ms:.1f} ms")


@contextlib.contextmanager
def data_of(name: str) -> Iterator[list[Path]]:
    """Yield the files to open: the bundled sample, or scenes of a size with a picture for every image."""
    if name == "sample":
        sample = sample_request()
        assert sample.ground_truth is not None
        assert sample.images is not None
        yield [sample.ground_truth, *sample.predictions, *sample.metadata, sample.images]
        return
    dataset, run = street_scenes(SIZES[name])
    content, results = coco_of(dataset, run)
    with tempfile.TemporaryDirectory() as folder:
        truth, predictions, images = Path(folder) / "truth.json", Path(folder) / "results.json", Path(folder) / "images"
        truth.write_text(json.dumps(content))
        predictions.write_text(json.dumps(results))
        images.mkdir()
        one = QImage(int(SIDE), int(SIDE), QImage.Format.Format_RGB32)
        one.fill(QColor("#446688"))
        one.save(str(images / dataset.images.file_name[0]))
        for other in dataset.images.file_name[1:]:
            os.link(images / dataset.images.file_name[0], images / other)
        del content, results
        yield [truth, predictions, images]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="S", choices=["sample", *SIZES])
    parser.add_argument("--rounds", type=int, default=1)
    parsed = parser.parse_args()
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qt = application()
    GarbageCollection(qt)
    with data_of(parsed.data) as paths, tempfile.TemporaryDirectory() as folder:
        window = make_window(Settings(Path(folder) / "settings"))
        window.resize(1600, 1000)
        window.show()
        heart = Heartbeat()
        loop = QEventLoop()
        window.store.changed.connect(lambda *_: loop.quit() if window.store.state.evaluation is not None else None)
        start = time.perf_counter()
        window.controller.data.open_paths(paths)
        loop.exec()
        print(f"opened after {time.perf_counter() - start:.2f} s, longest time without a turn {heart.longest_gap_ms:.0f} ms")
        driver = Driver(window)
        driver.settle()
        shown = window.store.state
        assert shown.evaluation is not None
        limit = LIMIT_MS.get(parsed.data)
        print(f"{len(shown.evaluation.outcomes)} rows, {window.width()} x {window.height()} px, limit {limit} ms")
        for _ in range(parsed.rounds):
            for thumbnails in (False, True):
                measure(driver, thumbnails=thumbnails, heart=heart)
        fresh = []
        for value in np.arange(0.5, 0.6, 0.01):
            fresh.append(driver.until_gains_are_fresh(window.control_bar.iou, float(round(value, 2))))
            driver.settle()
        print(f"gains per error type fresh after p50 {np.percentile(fresh, 50):.0f}  max {max(fresh):.0f} ms")
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return 0


if __name__ == "__main__":
    sys.exit(main())
