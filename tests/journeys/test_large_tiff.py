"""A picture of 30,000 x 30,000 pixels in the window: from afar by its overviews, near by its windows, boxes where they belong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage

from diag_gui.ui.main_window import MainWindow
from tests.formats.large_tiffs import write_huge
from tests.journeys.heartbeat import Heartbeat
from tests.journeys.window_on_sample import open_and_settle, window

__all__ = ["window"]

SIDE = 30_000
FOUND, MISSED = (10_010, 20_030), (29_970, 29_980)
MOST_YARDSTICKS = 5.0
"""A picture of 900 million pixels decoded in the interface's thread takes many times that."""


def files(folder: Path, *, overviews: bool = True) -> list[Path]:
    """Write ground truth, predictions that miss one of two objects, and the picture; return what is opened."""
    (folder / "images").mkdir()
    write_huge(folder / "images" / "scene.tif", SIDE, marks=[FOUND, MISSED], overviews=overviews)
    truth = {
        "images": [{"id": 1, "file_name": "scene.tif", "width": SIDE, "height": SIDE}],
        "categories": [{"id": 1, "name": "ship"}],
        "annotations": [
            {"id": place + 1, "image_id": 1, "category_id": 1, "bbox": [*corner, 20, 10], "area": 200, "iscrowd": 0}
            for place, corner in enumerate((FOUND, MISSED))
        ],
    }
    (folder / "truth.json").write_text(json.dumps(truth))
    found = [{"image_id": 1, "category_id": 1, "bbox": [*FOUND, 20, 10], "score": 0.9}]
    (folder / "run.json").write_text(json.dumps(found))
    return [folder / "truth.json", folder / "run.json", folder / "images"]


def brightness(picture: QImage, place: QPointF) -> int:
    return picture.pixelColor(place.toPoint()).lightness()


def test_boxes_lie_on_what_they_are_drawn_around(
    qtbot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_and_settle(qtbot, window, files(tmp_path))
    canvas = window.failures.viewer.canvas
    heartbeat = Heartbeat(monkeypatch)
    qtbot.waitUntil(lambda: window.controller.images.is_idle, timeout=30_000)
    assert canvas.image_row == 0
    assert window.controller.images.state(0) == "ok"
    whole = window.controller.images.look_up(canvas._key())
    assert whole is not None
    assert max(whole.width(), whole.height()) <= 1536
    assert canvas.part_key() is None

    canvas.zoom_to_failure()
    qtbot.waitUntil(lambda: canvas._part() is not None, timeout=30_000)
    canvas.current = -1
    shown = canvas.grab().toImage()
    box = canvas.window_on.on_screen(QRectF(*MISSED, 20, 10))
    assert brightness(shown, box.center()) > 230
    for outside in (QPointF(-9, -9), QPointF(-9, 5), QPointF(5, -9)):
        assert brightness(shown, box.topLeft() + outside) < 120

    # The cell of the failure is cut from the same pixels.
    qtbot.waitUntil(lambda: window.controller.images.is_idle, timeout=30_000)
    heartbeat.stop()
    assert heartbeat.n_waited == 0
    assert heartbeat.most_work < MOST_YARDSTICKS


def test_without_the_extra_the_viewer_names_it(qtbot, window: MainWindow, tmp_path: Path, monkeypatch) -> None:
    # The decoder is a process of its own that finds no rasterio either.
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    (nothing / "rasterio.py").write_text("raise ImportError('not installed')")
    monkeypatch.setattr("diag_gui.formats.decode_worker._PACKAGE_ROOT", nothing)
    monkeypatch.setenv("PYTHONPATH", str(Path(sys.modules["diag_gui"].__file__).parents[1]))
    open_and_settle(qtbot, window, files(tmp_path))
    qtbot.waitUntil(lambda: window.controller.images.state(0) == "unreadable", timeout=30_000)
    assert "needs the extra [geo]" in window.controller.images.reason(0)
    assert window.store.state.evaluation is not None


@pytest.mark.parametrize("scale", [1.0, 0.06])
def test_without_overviews_parts_come_while_the_small_picture_is_made(
    qtbot, window: MainWindow, tmp_path: Path, scale: float, monkeypatch
) -> None:
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("diag_gui.session.image_cache._SLOW_S", 0.3)
    open_and_settle(qtbot, window, files(tmp_path, overviews=False))
    canvas = window.failures.viewer.canvas
    canvas.zoom_to_failure()
    canvas.zoom(scale / canvas.window_on.scale)
    qtbot.waitUntil(lambda: canvas._part() is not None, timeout=60_000)
    canvas.grab()
    if scale == 1.0:
        assert window.controller.images.look_up(canvas._key()) is None
