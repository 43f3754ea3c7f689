"""The dialog for a wanted precision or recall, by mouse and key."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.evaluation.thresholds import ThresholdRule
from diag_gui.ui.dialogs.wanted_scores_dialog import WantedScoresDialog
from tests.session.small_session import BEAR, CAT
from tests.ui.failure_scene import CLASSES
from tests.ui.small_window import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot, window):
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_W)
    made = window.findChild(WantedScoresDialog)
    settle(qtbot, window)
    return made


def line(dialog, row: int) -> list[str]:
    return [dialog.table.item(row, place).text() for place in range(dialog.table.columnCount())]


def choose(dialog, window, qtbot, name: str, wanted: float | None = None) -> None:
    place = dialog.rule.findData(name)
    dialog.rule.setCurrentIndex(place)
    dialog.rule.activated.emit(place)
    if wanted is not None:
        dialog.wanted.setValue(wanted)
    settle(qtbot, window)


def test_all_classes_stand_first_then_every_class(dialog, window):
    assert [line(dialog, row)[0] for row in range(4)] == ["all classes", *CLASSES]
    assert line(dialog, 1 + CAT) == ["cat", "16", ".90", "1.00", ".50", ".67", "8", "0"]
    assert line(dialog, 1 + BEAR)[2:] == ["–"] * 6
    assert not dialog.wanted.isVisible()
    assert "greatest F1" in dialog.said.text()
    assert "first, IoU at least 0.50" in dialog.said.text()


def test_a_wanted_recall_is_asked_for(qtbot, dialog, window):
    choose(dialog, window, qtbot, "recall", 0.3)
    assert dialog.wanted.isVisible()
    assert window.store.state.wanted_rule == ThresholdRule("recall", 0.3)
    assert float(line(dialog, 0)[4]) >= 0.3
    assert "at least this recall" in dialog.said.text()
    choose(dialog, window, qtbot, "best f1")
    assert window.store.state.wanted_rule == ThresholdRule()


def test_the_score_of_a_line_is_used_in_the_whole_window(qtbot, dialog, window):
    dialog.table.setCurrentCell(1 + CAT, 0)
    qtbot.mouseClick(dialog.use, LEFT)
    settle(qtbot, window)
    assert window.store.state.evaluation.params.score_threshold == 0.9
    table = window.store.state.evaluation.per_class
    assert (f"{table.precision[CAT]:.2f}", f"{table.recall[CAT]:.2f}") == ("1.00", "0.50")
    assert dialog.now.text().startswith("now: score .90 · P 1.00")


def test_by_keyboard_too(qtbot, dialog, window):
    assert dialog.use.isEnabled()
    dialog.table.setFocus()
    QTest.keyClick(dialog.table, Qt.Key.Key_Down)
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.store.state.params.score_threshold == 0.9
    assert dialog.isVisible(), "it stays for the next try"


def test_a_line_without_a_score_cannot_be_used(qtbot, dialog, window):
    before = window.store.state.params
    dialog.table.setCurrentCell(1 + BEAR, 0)
    assert not dialog.use.isEnabled()
    dialog.use_score()
    assert window.store.state.params == before


def test_it_follows_the_iou_and_the_run(qtbot, dialog, window):
    window.controller.thresholds.set_iou(0.4)
    settle(qtbot, window)
    assert "IoU at least 0.40" in dialog.said.text()
    window.controller.data.set_active_run(1)
    settle(qtbot, window)
    assert dialog.said.text().endswith("lines).")
    assert "second" in dialog.said.text()


def test_the_scores_are_saved(qtbot, dialog, window, tmp_path, monkeypatch):
    target = tmp_path / "scores.json"
    names = []

    def choose(_parent, _title, _filters, _suffix, then, *, proposed):
        names.append(proposed)
        then(target)

    monkeypatch.setattr("diag_gui.ui.dialogs.wanted_scores_dialog.choose_new_file", choose)
    qtbot.mouseClick(dialog.save, LEFT)
    settle(qtbot, window)
    source = window.store.state.dataset.source.path
    assert names == [source.with_name(f"{source.stem}-scores.json")]
    assert json.loads(target.read_text("utf-8"))["runs"][0]["scores"]["cat"] == 0.9


def test_the_key_brings_the_same_dialog_back(qtbot, dialog, window):
    window.actions_by_name["score-wanted"].trigger()
    assert window.findChildren(WantedScoresDialog) == [dialog]
    dialog.close()
    window.controller.thresholds.set_iou(0.6)
    settle(qtbot, window)
    assert window.store.state.wanted.params.iou_threshold == 0.5, "nobody looks"


def test_without_data_it_says_what_is_missing(empty_window):
    empty_window.actions_by_name["score-wanted"].setEnabled(True)
    empty_window.actions_by_name["score-wanted"].trigger()
    assert "open ground truth and predictions first" in empty_window.store.state.notice.text
    assert empty_window.findChild(WantedScoresDialog) is None
