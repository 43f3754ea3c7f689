"""The bundled sample, opened again: decisions about it are kept in the user's folder and found there."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from diag_gui.assets import asset
from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind
from diag_gui.ui.models.failure_cells import FailureCells
from tests.journeys.window_on_sample import is_settled, window  # noqa: F401 - fixture


def test_decisions_about_the_sample_are_there_again(qtbot, window):  # noqa: F811
    window.controller.data.open_sample()
    qtbot.waitUntil(lambda: is_settled(window), timeout=60_000)
    QTest.keyClick(window, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: is_settled(window) and window.store.state.review.counts().reviewed == 1)
    project = window.store.state.project.path
    assert not project.is_relative_to(asset("sample"))
    window.controller.data.open_sample()
    qtbot.waitUntil(
        lambda: window.store.state.review is not None and window.store.state.review.counts().reviewed == 1, timeout=60_000
    )
    assert window.store.state.project.path == project


def test_an_object_that_the_matrix_calls_missed_is_shown_with_what_is_wrong_with_it(qtbot, window):  # noqa: F811
    window.controller.data.open_sample()
    qtbot.waitUntil(lambda: is_settled(window), timeout=60_000)
    state = window.store.state
    outcomes = state.evaluation.outcomes
    cells = FailureCells(state.dataset, outcomes.predictions, outcomes)
    aimed_at = np.flatnonzero((outcomes.kind == OutcomeKind.FOUND) & (outcomes.target < 0))
    assert len(aimed_at) > 20
    for row in aimed_at.tolist():
        cell = cells.cell(row)
        assert cell.kind in ERROR_KINDS
        assert cell.prediction is not None
        assert cell.outcome_row == row
