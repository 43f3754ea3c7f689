"""The real window on a copy of the bundled sample, driven by mouse and key."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest

from diag_gui.app import make_window
from diag_gui.assets import asset
from diag_gui.session.settings import Settings
from diag_gui.ui.in_sight import MOVED_ITSELF
from diag_gui.ui.main_window import MainWindow
from diag_gui.ui.threshold_slider import ThresholdSlider


@pytest.fixture
def sample_copy(tmp_path: Path) -> Path:
    """The sample's files in a folder of the test, so that projects and exports land there; pictures stay where they are."""
    source, target = asset("sample"), tmp_path / "sample"
    target.mkdir()
    for name in ("ground_truth.json", "metadata.csv"):
        shutil.copyfile(source / name, target / name)
    shutil.copytree(source / "predictions", target / "predictions")
    (target / "images").symlink_to(source / "images", target_is_directory=True)
    return target


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Iterator[MainWindow]:
    made = make_window(Settings(tmp_path / "settings"))
    made.resize(1600, 1000)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    # A window with a decision on its way stays open until it is on disk; a note being written becomes one.
    if made.failures is not None:
        made.failures.review.finish_note()
    qtbot.waitUntil(lambda: made.store.state.project.n_unsaved == 0, timeout=20_000)
    made.close()
    # Destroyed here and now: Python might otherwise free it later, from another thread.
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def sample_paths(folder: Path) -> list[Path]:
    """Return what a user would drop on the window."""
    runs = sorted((folder / "predictions").glob("*.json"), reverse=True)
    return [folder / "ground_truth.json", *runs, folder / "metadata.csv", folder / "images"]


def open_and_settle(qtbot, window: MainWindow, paths: list[Path]) -> None:
    """Open ``paths`` and wait until the figures are there and every decision is attached."""
    window.controller.data.open_paths(paths)
    qtbot.waitUntil(lambda: is_settled(window), timeout=60_000)


def is_settled(window: MainWindow) -> bool:
    """Whether everything asked for is shown."""
    state = window.store.state
    return (
        state.evaluation is not None
        and state.evaluation.params == state.params
        and state.review is not None
        and state.project.n_unsaved == 0
        and window.controller.jobs.is_idle
        and window.in_sight.why_not() != MOVED_ITSELF
    )


def drag(slider: ThresholdSlider, to: float) -> None:
    """Drag the handle of ``slider`` with the mouse to the value ``to``, in several steps."""
    middle = slider.height() // 2
    start, end = slider.position_of(slider.value), slider.position_of(to)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(start), middle))
    for step in range(1, 11):
        QTest.mouseMove(slider, QPoint(round(start + (end - start) * step / 10), middle))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(end), middle))
