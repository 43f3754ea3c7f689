"""What a step of a slider costs: each panel is painted once, what it leaves as it is stays untouched."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.ui.main_window import MainWindow
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.error_chips import MEANING
from diag_gui.ui.plain_text import figure
from tests.ui.showing import tooltip_at
from tests.ui.small_window import settle


class PaintsAndLayouts(QObject):
    """Counts how often widgets are painted and asked to lay themselves out, and notes what of them is painted."""

    def __init__(self, watched: dict[str, QWidget]) -> None:
        super().__init__()
        self._names = {widget: name for name, widget in watched.items()}
        self.painted: Counter[str] = Counter()
        self.left: dict[str, int] = {}
        self.laid_out: Counter[str] = Counter()
        for widget in watched.values():
            widget.installEventFilter(self)

    def forget(self) -> None:
        self.painted.clear()
        self.left.clear()
        self.laid_out.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(watched, QWidget) and watched in self._names:
            name = self._names[watched]
            if isinstance(event, QPaintEvent):
                self.painted[name] += 1
                self.left[name] = min(event.rect().left(), self.left.get(name, 1 << 20))
            self.laid_out[name] += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.fixture
def seen(qtbot, window: MainWindow) -> PaintsAndLayouts:
    page = window.failures
    assert page is not None
    watched = PaintsAndLayouts(
        {
            "window": window,
            "classes": page.classes.table.viewport(),
            "gallery": page.gallery.view.viewport(),
            "curve": page.curve.plot,
            "matrix": page.confusion.matrix,
            "viewer": page.viewer.canvas,
        }
    )
    # The first step brings what later ones find there: the unit of the gains, the widths of figures.
    step(qtbot, window, iou=0.45)
    watched.forget()
    return watched


def step(qtbot, window: MainWindow, *, iou: float | None = None, score: float | None = None) -> None:
    """Move a slider and wait until all that follows is painted."""
    slider = window.control_bar.iou if iou is not None else window.control_bar.score
    slider._wish(iou if iou is not None else score)
    settle(qtbot, window)
    qtbot.wait(30)


def test_a_step_paints_each_panel_once(qtbot, window, seen):
    before = window.store.state.evaluation
    step(qtbot, window, iou=0.7)
    assert window.store.state.evaluation is not before
    assert {name: seen.painted[name] for name in ("gallery", "curve", "matrix")} == {"gallery": 1, "curve": 1, "matrix": 1}
    assert seen.painted["classes"] <= 2  # once more where the gains have come, which their tooltips tell
    assert seen.painted["viewer"] <= 1


def test_a_step_that_changes_no_width_lays_the_window_out_not_once(qtbot, window, seen):
    step(qtbot, window, iou=0.46)
    step(qtbot, window, iou=0.45)
    assert seen.laid_out["window"] == 0


def test_a_step_that_changes_nothing_on_the_image_leaves_the_viewer_as_it_is(qtbot, window, seen):
    step(qtbot, window, iou=0.46)
    assert seen.painted["matrix"] <= 1
    assert seen.painted["viewer"] == 0


def test_names_of_classes_are_not_painted_with_their_figures(qtbot, window, seen):
    step(qtbot, window, score=0.65)
    table = window.failures.classes.table
    assert seen.painted["classes"] == 1
    assert seen.left["classes"] >= table.columnViewportPosition(2)


def test_panels_out_of_sight_do_nothing(qtbot, window, monkeypatch):
    refreshed: list[Panel] = []
    for panel in window.findChildren(Panel):
        monkeypatch.setattr(panel, "refresh", lambda *_args, panel=panel: refreshed.append(panel))
    window.controller.thresholds.set_iou(0.7)
    settle(qtbot, window)
    assert window.failures.curve in refreshed
    assert window.failures.reliability not in refreshed
    assert all(panel.isVisible() for panel in refreshed)


def test_cells_that_say_the_same_are_the_same_after_a_step(qtbot, window):
    cells = window.failures.gallery.view.cells
    before = {row: cells.cells.cell(row) for row in cells.rows.tolist()}
    assert any(cell.kind not in (OutcomeKind.DUPLICATE, OutcomeKind.FOUND) for cell in before.values())
    window.controller.thresholds.set_iou(0.51)
    settle(qtbot, window)
    for row in set(cells.rows.tolist()) & before.keys():
        after = cells.cells.cell(row)
        if before[row].kind not in (OutcomeKind.DUPLICATE, OutcomeKind.FOUND) and after == before[row]:
            assert after is before[row]


def test_cells_follow_what_they_say(qtbot, window):
    cells = window.failures.gallery.view.cells
    for iou in (0.3, 0.5, 0.7, 0.9, 0.5):
        window.controller.thresholds.set_iou(iou)
        settle(qtbot, window)
        outcomes = window.store.state.evaluation.outcomes
        n = outcomes.n_predictions
        for row in cells.rows.tolist():
            cell = cells.cells.cell(row)
            assert cell.kind is OutcomeKind(int(outcomes.kind[row]))
            assert (cell.gt_row if row < n else cell.pred_row) == outcomes.target_of(np.array([row]))[0]
            if "IoU" in cell.caption:
                assert cell.caption.endswith(figure(float(outcomes.iou_of(np.array([row]))[0])))


def test_chips_of_the_filter_stay_while_a_slider_moves(qtbot, window):
    window.controller.query.toggle_kind(OutcomeKind.MISSED)
    settle(qtbot, window)
    before = window.control_bar.filter.chips
    assert len(before) == 1
    window.controller.thresholds.set_iou(0.7)
    settle(qtbot, window)
    assert window.control_bar.filter.chips == before


@pytest.mark.qt_log_ignore("does not support raise", extend=True)
def test_an_error_type_explains_itself_at_the_thresholds_shown(qtbot, window):
    chip = window.failures.chips.chips[OutcomeKind.MISSED]
    window.controller.thresholds.set_iou(0.7)
    settle(qtbot, window)
    said = tooltip_at(chip, QPoint(10, 10))
    assert MEANING[OutcomeKind.MISSED] in said
    assert f"{chip.count:,} at IoU 0.70" in said


def test_what_is_marked_of_the_details_is_what_is_seen(qtbot, window):
    window.controller.thresholds.set_score(0.31)
    settle(qtbot, window)
    window.controller.thresholds.set_score(0.33)
    settle(qtbot, window)
    details = window.failures.review.details
    value = next(value for name, value in details._lines if name.text() == "settings")
    details.ensureWidgetVisible(value)
    QTest.mouseDClick(value, Qt.MouseButton.LeftButton, pos=QPoint(value.width() - 2, value.height() // 2))
    value.setSelection(0, len(value.text()))
    assert "score ≥ .33" in value.selectedText()
