"""Open, drag, filter, tag, undo, export, open again: by mouse and key through the real window."""

from __future__ import annotations

import json

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, OutcomeKind
from diag_gui.session.settings import Settings
from diag_gui.ui.dialogs.export_dialog import ExportDialog
from tests.journeys.heartbeat import Heartbeat
from tests.journeys.window_on_sample import (  # noqa: F401 - fixtures
    drag,
    is_settled,
    open_and_settle,
    sample_copy,
    sample_paths,
    window,
)

# No limit of speed (benchmarks have those): as much without a turn means that work was done on the interface's thread.
MOST_YARDSTICKS = 10.0


def key(window, which, modifier=Qt.KeyboardModifier.NoModifier):  # noqa: F811
    QTest.keyClick(window, which, modifier)


def shown_counts(window):  # noqa: F811
    return {ERROR_NAMES[kind]: window.failures.chips.count(ERROR_NAMES[kind]) for kind in ERROR_KINDS}


def test_the_main_job(qtbot, window, sample_copy, tmp_path, monkeypatch):  # noqa: F811
    open_and_settle(qtbot, window, sample_paths(sample_copy))
    heart = Heartbeat(monkeypatch)
    store = window.store
    assert shown_counts(window) == evaluate(store.state.facts, store.state.params).count_at_score

    # Drag: every number follows, and is the number of a fresh evaluation.
    drag(window.control_bar.iou, to=0.75)
    qtbot.waitUntil(lambda: is_settled(window), timeout=20_000)
    assert store.state.params.iou_threshold == 0.75
    assert window.control_bar.iou_value.text() == "0.75"
    assert shown_counts(window) == evaluate(store.state.facts, store.state.params).count_at_score
    key(window, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: is_settled(window), timeout=20_000)

    # Filter: a chip by mouse, an expression by keyboard; Esc takes the last one off.
    everything = len(store.state.selection.rows)
    qtbot.mouseClick(window.failures.chips.chips[OutcomeKind.MISSED], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: is_settled(window))
    kinds = store.state.evaluation.outcomes.kind[store.state.selection.rows]
    assert set(kinds.tolist()) == {int(OutcomeKind.MISSED)}
    key(window, Qt.Key.Key_Slash)
    line = window.control_bar.filter.line
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, "area < 600")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: store.state.query.expressions == ("area < 600",) and is_settled(window))
    assert 0 < len(store.state.selection.rows) < len(kinds)
    window.failures.gallery.view.setFocus()
    key(window, Qt.Key.Key_Escape)
    key(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: is_settled(window) and len(store.state.selection.rows) == everything)

    # Tag three failures, say of a fourth that its label is fine, take the last back.
    tagged = []
    for tag in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3):
        tagged.append(store.state.current)
        key(window, tag)
        key(window, Qt.Key.Key_Right)
    fine = store.state.current
    key(window, Qt.Key.Key_0)
    qtbot.waitUntil(lambda: is_settled(window) and store.state.review.counts().reviewed == 4)
    assert window.controller.review.is_decided(fine)
    key(window, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: is_settled(window) and store.state.review.counts().reviewed == 3)
    assert not window.controller.review.is_decided(fine)
    assert all(window.controller.review.is_decided(row) for row in tagged)
    project = store.state.project.path
    assert project is not None
    assert project.parent == sample_copy

    # Export what is tagged.
    images = {int(row) for row in store.state.evaluation.outcomes.image_row(np.array(tagged))}
    key(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(ExportDialog)
    dialog.folder.set_paths([tmp_path / "relabel"])
    assert dialog.write.isEnabled()
    qtbot.mouseClick(dialog.write, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (tmp_path / "relabel" / "manifest.json").exists() and is_settled(window), timeout=20_000)
    [document] = [
        body
        for path in (tmp_path / "relabel").glob("*.json")
        if "annotations" in (body := json.loads(path.read_text(encoding="utf-8")))
    ]
    names = {store.state.dataset.images.file_name[row] for row in images}
    assert {image["file_name"] for image in document["images"]} == names

    assert heart.n_beats > 10
    assert heart.n_waited == 0
    assert heart.most_work < MOST_YARDSTICKS
    heart.stop()


def test_decisions_are_found_again_when_ids_changed(qtbot, window, sample_copy):  # noqa: F811
    open_and_settle(qtbot, window, sample_paths(sample_copy))
    key(window, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: is_settled(window) and window.store.state.review.counts().reviewed == 1)
    current = window.store.state.current

    ground_truth = sample_copy / "ground_truth.json"
    document = json.loads(ground_truth.read_text(encoding="utf-8"))
    for annotation in document["annotations"]:
        annotation["id"] += 70_000
    ground_truth.write_text(json.dumps(document), encoding="utf-8")
    open_and_settle(qtbot, window, sample_paths(sample_copy))
    qtbot.waitUntil(lambda: window.store.state.review.counts().reviewed == 1)
    assert window.store.state.review.unattached == ()
    assert window.controller.review.is_decided(current)


def test_a_file_that_cannot_be_read_costs_nothing(qtbot, window, sample_copy, tmp_path):  # noqa: F811
    open_and_settle(qtbot, window, sample_paths(sample_copy))
    before = window.store.state
    broken = tmp_path / "broken.json"
    broken.write_text('{"images": [', encoding="utf-8")
    window.controller.data.open_paths([broken])
    qtbot.waitUntil(lambda: window.store.state.notice is not None and window.store.state.notice.is_error, timeout=20_000)
    after = window.store.state
    assert "broken.json" in after.notice.text
    assert after.dataset is before.dataset
    assert after.evaluation is before.evaluation
    assert after.review is before.review


def test_single_keys_are_letters_while_a_text_field_has_the_focus(qtbot, window, sample_copy):  # noqa: F811
    open_and_settle(qtbot, window, sample_paths(sample_copy))
    current = window.store.state.current
    key(window, Qt.Key.Key_Slash)
    line = window.control_bar.filter.line
    qtbot.waitUntil(line.hasFocus)
    focused = QApplication.focusWidget()
    qtbot.keyClicks(focused, "j1u")
    assert line.text() == "j1u"
    assert window.store.state.current == current
    assert window.store.state.project.path is None


def test_a_wrong_filter_says_where_and_changes_nothing(qtbot, window, sample_copy):  # noqa: F811
    open_and_settle(qtbot, window, sample_paths(sample_copy))
    rows = window.store.state.selection.rows
    box = window.control_bar.filter
    box.line.setFocus()
    qtbot.keyClicks(box.line, "wether = 'fog'")
    qtbot.keyClick(box.line, Qt.Key.Key_Return)
    assert "weather" in box.message()
    assert window.store.state.selection.rows is rows
    assert box.line.text() == "wether = 'fog'"


def test_every_action_has_a_place_in_the_menu_and_no_shortcut_stands_twice(window):  # noqa: F811
    actions = window.actions_by_name
    in_menus = {action.objectName() for menu in window.menuBar().actions() for action in menu.menu().actions()}
    assert {spec.name for spec in actions.specs} <= in_menus
    keys = [key for spec in actions.specs for key in spec.keys]
    assert len(keys) == len(set(keys))


def test_the_theme_is_remembered(qtbot, window, tmp_path):  # noqa: F811
    key(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert Settings(tmp_path / "settings").theme == "light"
