"""Runs of one model over time: each with its own figures, the same question asked of all, decisions kept apart."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, OutcomeKind
from tests.ui.small_window import settle

LEFT = Qt.MouseButton.LeftButton


def chips(window) -> dict[str, int]:
    return {ERROR_NAMES[kind]: window.failures.chips.count(ERROR_NAMES[kind]) for kind in ERROR_KINDS}


def test_the_same_question_asked_of_every_run(qtbot, window):
    """Filter and thresholds stay while R goes through the runs, and every figure is a fresh evaluation's."""
    QTest.keyClick(window, Qt.Key.Key_BracketRight)
    qtbot.mouseClick(window.failures.chips.chips[OutcomeKind.LOCALIZATION], LEFT)
    settle(qtbot, window)
    seen = {}
    for _ in range(len(window.store.state.runs)):
        state = window.store.state
        assert state.evaluation.params.iou_threshold == 0.55
        assert state.query.kinds == {OutcomeKind.LOCALIZATION}
        fresh = evaluate(state.facts, state.params)
        assert chips(window) == fresh.count_at_score
        assert len(state.selection.rows) == fresh.count_at_score["localization"]
        seen[state.run.name] = chips(window)
        QTest.keyClick(window, Qt.Key.Key_R)
        settle(qtbot, window)
    assert seen["first"]["localization"] > seen["second"]["localization"] == 0
    assert seen["first"]["duplicate"] > seen["second"]["duplicate"] == 0
    assert window.store.state.run.name == "first", "after the last run comes the first"


def test_where_the_better_run_leaves_nothing_the_window_says_so_and_goes_on(qtbot, window):
    qtbot.mouseClick(window.failures.chips.chips[OutcomeKind.DUPLICATE], LEFT)
    settle(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_R)
    settle(qtbot, window)
    assert len(window.store.state.selection.rows) == 0
    assert window.failures.gallery.title_label.text() == "0 failures"
    QTest.keyClick(window, Qt.Key.Key_Right)
    QTest.keyClick(window, Qt.Key.Key_1)
    settle(qtbot, window)
    assert window.store.state.project.path is None, "nothing is in question, so nothing is tagged"
    QTest.keyClick(window, Qt.Key.Key_Escape)
    settle(qtbot, window)
    assert len(window.store.state.selection.rows) > 0


def test_a_tagged_label_is_tagged_in_every_run_and_a_tagged_prediction_in_its_own(qtbot, window):
    window.controller.query.toggle_kind(OutcomeKind.MISSED)
    settle(qtbot, window)
    label = window.store.state.current - window.store.state.evaluation.outcomes.n_predictions
    QTest.keyClick(window, Qt.Key.Key_1)
    window.controller.query.clear()
    window.controller.query.toggle_kind(OutcomeKind.BACKGROUND)
    settle(qtbot, window)
    window.controller.selection.set_current(int(window.store.state.selection.rows[0]))
    prediction = window.store.state.current
    QTest.keyClick(window, Qt.Key.Key_2)
    settle(qtbot, window)
    window.controller.query.clear()
    QTest.keyClick(window, Qt.Key.Key_R)
    settle(qtbot, window)
    n = window.store.state.evaluation.outcomes.n_predictions
    assert window.controller.review.is_decided(n + label)
    assert not any(window.controller.review.is_decided(row) for row in range(n))
    QTest.keyClick(window, Qt.Key.Key_R)
    settle(qtbot, window)
    assert window.controller.review.is_decided(prediction)


def test_going_through_the_runs_faster_than_they_are_computed_ends_at_the_last_asked(qtbot, window):
    for _ in range(5):
        window.controller.data.set_active_run(1)
        window.controller.data.set_active_run(0)
        QTest.keyClick(window, Qt.Key.Key_BracketRight)
    settle(qtbot, window)
    state = window.store.state
    assert state.facts.run is state.run
    assert state.evaluation.params == state.params
    assert chips(window) == evaluate(state.facts, state.params).count_at_score
