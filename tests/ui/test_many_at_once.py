"""Many decided about by one key: asked about over the window; and keys decide about nothing that nobody has seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.ui.in_sight import ELSEWHERE, MOVED_ITSELF
from diag_gui.ui.page_places import FAILURES, FILES, RUNS, SLICES
from tests.session.small_session import BEAR
from tests.ui.small_window import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CONTROL = Qt.KeyboardModifier.ControlModifier


def n_tagged(window) -> int:
    return sum(window.store.state.review.counts().tagged.values())


@pytest.fixture
def asked(qtbot, window, monkeypatch):
    """The window with all failures chosen and a tag's key pressed."""
    monkeypatch.setattr("diag_gui.session.reviewing.MANY", 10)
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_A, CONTROL)
    QTest.keyClick(window, Qt.Key.Key_3)
    return window.question.dialog


def test_the_question_has_the_count_and_enter_says_yes(qtbot, window, asked):
    n = len(window.store.state.selection.rows)
    assert asked.isVisible()
    assert asked.text.text() == f"Tag {n} failures as “loose box”?"
    assert asked.yes.text() == f"Tag {n} failures"
    assert asked.yes.isDefault()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_2, Qt.Key.Key_Left):
        QTest.keyClick(asked, key)
    QTest.keyClick(asked, Qt.Key.Key_Return)
    settle(qtbot, window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert window.question.dialog is None
    assert n_tagged(window) > 10
    QTest.keyClick(window, Qt.Key.Key_U)
    settle(qtbot, window)
    assert n_tagged(window) == 0


def test_escape_says_no_and_the_keys_are_free_again(qtbot, window, asked):
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    settle(qtbot, window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert window.store.state.question is None
    assert n_tagged(window) == 0
    QTest.keyClick(window, Qt.Key.Key_Right)
    QTest.keyClick(window, Qt.Key.Key_3)
    settle(qtbot, window)
    assert n_tagged(window) == 1


def test_other_data_take_the_question_away(qtbot, window, asked, files):
    window.controller.data.open_paths([files.ground_truth, files.second])
    settle(qtbot, window)
    assert window.question.dialog is None
    assert window.store.state.question is None
    assert n_tagged(window) == 0


@pytest.mark.parametrize("page", [RUNS, FILES])
def test_where_no_failure_is_seen_none_is_decided_about(qtbot, window, page):
    window.show_page(page)
    for key in (Qt.Key.Key_1, Qt.Key.Key_0):
        QTest.keyClick(window, key)
        assert window.store.state.notice.text == ELSEWHERE
    settle(qtbot, window)
    assert n_tagged(window) == 0
    assert window.store.state.project.path is None
    window.show_page(FAILURES)
    QTest.keyClick(window, Qt.Key.Key_1)
    settle(qtbot, window)
    assert n_tagged(window) == 1


def test_the_failures_of_a_slice_are_seen(qtbot, window):
    window.show_page(SLICES)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: not window.in_sight.why_not())
    QTest.keyClick(window, Qt.Key.Key_1)
    settle(qtbot, window)
    assert n_tagged(window) == 1


def test_what_a_filter_put_in_question_takes_no_key_before_it_is_painted(qtbot, window):
    said = []
    window.store.changed.connect(lambda _change, origin: said.append((origin, window.in_sight.why_not())))
    before = window.store.state.current
    window.controller.query.toggle_class(BEAR)
    qtbot.waitUntil(lambda: window.store.state.current != before)
    at_once = next(why_not for origin, why_not in said if origin == "view")
    assert at_once == MOVED_ITSELF
    qtbot.waitUntil(lambda: not window.in_sight.why_not())
    QTest.keyClick(window, Qt.Key.Key_1)
    settle(qtbot, window)
    assert n_tagged(window) == 1


def test_a_hand_that_moves_on_decides_at_once(qtbot, window):
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_Right)
        QTest.keyClick(window, Qt.Key.Key_1)
    settle(qtbot, window)
    assert n_tagged(window) == 3
