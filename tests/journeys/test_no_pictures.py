"""Without a single picture: every figure, every failure, every decision, and the export."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.evaluation.evaluator import evaluate
from diag_gui.ui.dialogs.export_dialog import ExportDialog
from tests.session.small_session import N_IMAGES
from tests.ui.small_window import settle


def test_the_whole_job_without_pictures(qtbot, window, tmp_path):
    state = window.store.state
    assert state.image_root is None
    assert window.failures.chips.count("missed") == evaluate(state.facts, state.params).count_at_score["missed"]
    assert state.summary is not None

    for _ in range(6):
        QTest.keyClick(window, Qt.Key.Key_1)
        QTest.keyClick(window, Qt.Key.Key_Right)
        QTest.keyClick(window, Qt.Key.Key_Z)
        window.grab()
    settle(qtbot, window)
    assert window.store.state.review.counts().reviewed == 6
    assert window.store.state.notice is None or not window.store.state.notice.is_error

    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(ExportDialog)
    assert not dialog.pictures.isEnabled()
    dialog.folder.set_paths([tmp_path / "relabel"])
    qtbot.mouseClick(dialog.write, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert (tmp_path / "relabel" / "manifest.json").exists(), window.store.state.notice
    assert not window.store.state.notice.is_error


def test_pictures_that_come_later_change_no_figure(qtbot, window, tmp_path):
    before = window.store.state.evaluation
    for row in range(N_IMAGES):
        path = tmp_path / "pictures" / f"site_{row % 4}" / f"picture_{row:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"this is no picture")
    window.controller.data.set_image_root(tmp_path / "pictures")
    qtbot.waitUntil(lambda: window.controller.is_idle, timeout=20_000)
    window.grab()
    assert window.store.state.image_root == tmp_path / "pictures"
    assert window.store.state.evaluation is before
    QTest.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.controller.is_idle, timeout=20_000)
    assert window.isVisible()


def test_ground_truth_whose_pictures_have_no_size_opens_too(qtbot, empty_window, files):
    document = json.loads(files.ground_truth.read_text())
    for image in document["images"]:
        del image["width"], image["height"]
    files.ground_truth.write_text(json.dumps(document))
    empty_window.controller.data.open_paths(files.both)
    settle(qtbot, empty_window)
    assert empty_window.store.state.evaluation is not None, empty_window.store.state.notice
    QTest.keyClick(empty_window, Qt.Key.Key_Right)
    empty_window.grab()
    assert empty_window.failures.chips.count("missed") == 16
