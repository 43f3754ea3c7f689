"""Values of metadata by F1, and a value as a filter."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from diag_gui.ui.panels.slice_panel import SlicePanel
from tests.session.small_session import COPIES
from tests.ui.showing import click_cell, shown


@pytest.fixture
def panel(qtbot, session):
    session.controller.query.set_slice_column("weather")
    session.settle()
    return shown(qtbot, SlicePanel(session.store, session.controller), 340, 420)


def names(panel) -> list[str]:
    model = panel.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def row_with(panel, word: str) -> int:
    [row] = [place for place, name in enumerate(names(panel)) if word in name]
    return row


def test_the_worst_value_comes_first_and_those_with_too_little_support_last(panel):
    """Fog: F1 0. Sun: F1 .57. Not given: 8 labels are too few to rank."""
    assert [row_with(panel, word) for word in ("fog", "sun", "not given")] == [0, 1, 2]


def test_the_tooltip_says_counts_and_the_difference_to_the_rest(panel):
    said = panel.list.model().index(row_with(panel, "sun"), 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "16 images · 24 ground truth" in said
    assert "TP 16 · FP 16 · FN 8" in said
    assert ".571 against the rest" in said
    assert "Too few" in panel.list.model().index(row_with(panel, "not given"), 0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_click_filters_everything_by_the_value_and_another_takes_it_off(panel, session):
    click_cell(panel.list, row_with(panel, "fog"))
    session.settle()
    assert session.state.query.expressions == ("weather = 'fog'",)
    assert session.state.evaluation.totals.n_images == COPIES
    click_cell(panel.list, row_with(panel, "fog"))
    session.settle()
    assert session.state.query.expressions == ()


def test_a_click_on_what_is_not_given_works_too(panel, session):
    click_cell(panel.list, row_with(panel, "not given"))
    session.settle()
    assert session.state.evaluation.totals.n_images == COPIES
    assert session.state.notice is None or not session.state.notice.is_error


def test_another_column_is_chosen_by_keyboard(qtbot, panel, session):
    panel.column.setFocus()
    qtbot.keyClicks(panel.column, "fli")
    qtbot.keyClick(panel.column, Qt.Key.Key_Return)
    session.settle()
    assert session.state.slice_column == "flight"
    assert all("flight" in name for name in names(panel))


def test_values_follow_the_thresholds(panel, session):
    session.controller.thresholds.set_iou(0.40)
    session.settle()
    said = panel.list.model().index(row_with(panel, "fog"), 0).data(Qt.ItemDataRole.ToolTipRole)
    assert f"TP {COPIES}" in said


def test_without_metadata_it_says_what_would_fill_it(qtbot, nothing_open, files):
    nothing_open.open(files.both)
    panel = shown(qtbot, SlicePanel(nothing_open.store, nothing_open.controller), 340, 420)
    assert panel.empty.isVisible()
    assert "Ctrl+M" in panel.empty.text()
    assert not panel.column.isVisible()
    nothing_open.controller.data.join_metadata(files.metadata)
    nothing_open.settle()
    assert not panel.empty.isVisible()
    assert "weather" in [panel.column.itemText(place) for place in range(panel.column.count())]


def test_unasked_the_worst_of_all_slices_stand_there_objects_too(qtbot, session):
    panel = shown(qtbot, SlicePanel(session.store, session.controller), 340, 420)
    assert panel.column.currentText() == "worst of all"
    assert {"weather=fog", "medium (32² to 96²)"} <= set(names(panel))
    enough = [result for result in session.state.slices if result.enough]
    worst = min(enough, key=lambda result: result.headline.difference)
    assert names(panel)[0] == worst.name


def test_the_worst_slices_are_of_what_is_filtered(session):
    session.controller.query.add_expression("flight < 4")
    session.settle()
    fog = next(result for result in session.state.slices if result.name == "weather=fog")
    assert fog.images == COPIES // 2
