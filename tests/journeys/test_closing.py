"""Closing the window: what was decided is on disk first, and a decision that could not be kept keeps the window open."""

from __future__ import annotations

import threading

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.exceptions import StoreError
from diag_gui.review.store import ReviewStore
from tests.journeys.window_on_sample import open_and_settle, sample_copy, sample_paths, window  # noqa: F401 - fixtures


def test_the_window_waits_for_the_last_decision(qtbot, window, sample_copy, monkeypatch):  # noqa: F811
    open_and_settle(qtbot, window, sample_paths(sample_copy))
    may_write, append = threading.Event(), ReviewStore.append

    def slow_append(store, operation):
        assert may_write.wait(10)
        return append(store, operation)

    monkeypatch.setattr(ReviewStore, "append", slow_append)
    QTest.keyClick(window, Qt.Key.Key_1)
    window.close()
    assert window.isVisible()
    may_write.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)
    [project] = sample_copy.glob("*.diag")
    with ReviewStore.open(project, read_only=True) as store:
        assert len(store.operations()) == 1


def test_a_decision_that_cannot_be_kept_is_said_and_keeps_the_window(qtbot, window, sample_copy, monkeypatch):  # noqa: F811
    open_and_settle(qtbot, window, sample_paths(sample_copy))

    def full_disk(store, operation):
        raise StoreError(store.path, "no space left on the device")

    monkeypatch.setattr(ReviewStore, "append", full_disk)
    QTest.keyClick(window, Qt.Key.Key_1)
    window.close()
    qtbot.waitUntil(lambda: window.store.state.notice is not None and window.store.state.notice.is_error)
    assert "no space left" in window.store.state.notice.text
    assert window.isVisible()
    window.close()
    assert not window.isVisible()
