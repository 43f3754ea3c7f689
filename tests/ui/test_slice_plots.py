"""Heat map, curve and runs of the Slices page by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from diag_gui.ui.page_places import SLICES
from diag_gui.ui.panels.along_plot import tick_text
from tests.session.small_session import COPIES
from tests.ui.showing import click_cell
from tests.ui.small_window import settle


@pytest.fixture
def page(qtbot, window):
    window.show_page(SLICES)
    settle(qtbot, window)
    return window.slices


def test_cells_are_in_the_order_of_the_table_and_undefined_rows_are_left_out(page):
    cells = page.classes.map.cells
    ranked = [row.entry.expression for row in page.table.model.rows]
    places = [ranked.index(expression) for expression in cells.expressions]
    assert places == sorted(places)
    assert not np.isnan(cells.values).all(axis=1).any()


def test_a_click_on_a_cell_filters_by_slice_and_class(qtbot, window, page):
    heat = page.classes.map
    rows, columns = heat.n_shown()
    assert rows >= 3
    assert columns == len(heat.cells.columns)
    QTest.mouseClick(heat, Qt.MouseButton.LeftButton, pos=heat.cell_rect(0, 1).center().toPoint())
    settle(qtbot, window)
    query = window.store.state.query
    assert query.expressions == (heat.cells.expressions[0],)
    assert query.class_rows == frozenset({heat.cells.class_rows[1]})


def test_a_cell_says_what_it_stands_on(page):
    said = page.classes.map.said_of(0, 0)
    assert "F1" in said
    assert "ground truth" in said
    assert "over everything" in said


def test_the_figure_of_the_cells_is_chosen_from_a_menu(qtbot, window, page):
    action = next(action for action in page.classes.chooser.menu().actions() if action.text() == "Recall")
    action.trigger()
    settle(qtbot, window)
    assert page.classes.title_label.text() == "Recall by slice and class"
    assert page.classes.map.cells.what == "Recall"


def test_a_range_dragged_over_the_curve_becomes_a_slice(qtbot, window, page):
    page.along.column.setCurrentText("flight")
    page.along.column.textActivated.emit("flight")
    settle(qtbot, window)
    plot = page.along.plot
    start, end = (QPointF(plot.on_screen(value), plot.height() / 2).toPoint() for value in (1.6, 4.4))
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(plot, end)
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=end)
    settle(qtbot, window)
    expression = window.store.state.slice_current
    assert expression.startswith("flight >= 1.")
    assert window.store.state.slice_table.results[expression].images == 3 * 4
    assert window.store.state.evaluation.totals.n_images == 3 * 4


def test_a_click_without_a_drag_makes_no_slice(qtbot, window, page):
    before = window.store.state.slice_table.listed
    QTest.mouseClick(page.along.plot, Qt.MouseButton.LeftButton, pos=page.along.plot.rect().center())
    settle(qtbot, window)
    assert window.store.state.slice_table.listed is before


def test_runs_on_the_slice_stand_there_with_their_difference_in_words(qtbot, window, page):
    assert "Choose a slice" in page.runs.sure.text()
    click_cell(page.table.list, page.table.model.row_of("weather = 'sun'"))
    settle(qtbot, window)
    assert page.runs.said.text().startswith("first against second")
    assert f"{2 * COPIES} images" in page.runs.sure.text()


@pytest.mark.parametrize(("value", "said"), [(0.25, "0.25"), (12_000, "12k"), (3_400_000, "3.4M"), (128.0, "128")])
def test_numbers_on_the_axis_are_short(value, said):
    assert tick_text(value) == said


def test_curves_of_the_slice_in_question_and_the_worst_ones_share_a_plot(qtbot, window, page):
    click_cell(page.table.list, page.table.model.row_of("weather = 'sun'"))
    settle(qtbot, window)
    names = [name for name, _ in window.store.state.slice_plots.curves]
    assert names[:2] == ["all images", "weather=sun"]
    assert len(names) == len(set(names)) > 2
    page.above.show_panel(page.curves)
    page.curves.chooser.setCurrentIndex(1)
    page.curves.chooser.activated.emit(1)
    assert page.curves.plots.currentWidget() is page.curves.score
    assert "weather=sun" in page.curves.legend.text()
    page.curves.score.picked.emit(0.6, 0.5)
    settle(qtbot, window)
    assert window.store.state.params.score_threshold == 0.6


def test_bars_of_hours_become_slices_by_mouse_and_by_keys(qtbot, window, page, files, tmp_path):
    table = tmp_path / "dates.csv"
    names = [f"site_{row % 4}/picture_{row:03d}.jpg" for row in range(4 * COPIES)]
    lines = [f"{name},2024-03-{row // 4 + 1:02d} {8 + 12 * (row // 4 % 2):02d}:00:00" for row, name in enumerate(names)]
    table.write_text("file_name,taken\n" + "\n".join(lines) + "\n", encoding="utf-8")
    window.controller.data.open_paths([*files.everything, table])
    settle(qtbot, window)
    page.along.column.setCurrentText("taken.hour")
    page.along.column.textActivated.emit("taken.hour")
    settle(qtbot, window)
    plot = page.along.parts
    assert page.along.plots.currentWidget() is plot
    assert "resamples" in page.along.title_label.toolTip()
    assert plot.said_of(0).startswith("taken.hour=8")
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.bar_rect(1).center().toPoint())
    settle(qtbot, window)
    assert window.store.state.slice_current == "taken.hour = 20"
    assert window.store.state.evaluation.totals.n_images == 2 * COPIES
    plot.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Return):
        QTest.keyClick(plot, key)
    settle(qtbot, window)
    assert window.store.state.slice_current == "taken.hour = 8"
    page.along.column.setCurrentText("taken")
    page.along.column.textActivated.emit("taken")
    settle(qtbot, window)
    assert page.along.plots.currentWidget() is page.along.plot
    start, end = (QPointF(x, 40).toPoint() for x in (100, 200))
    QTest.mousePress(page.along.plot, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(page.along.plot, end)
    QTest.mouseRelease(page.along.plot, Qt.MouseButton.LeftButton, pos=end)
    settle(qtbot, window)
    assert window.store.state.slice_current.startswith("taken >= '2024-03-0")


def test_the_cells_are_reached_by_keys(qtbot, window, page):
    heat = page.classes.map
    heat.setFocus()
    # Into the first cell, one to the right, and as far up as there are cells.
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Return):
        QTest.keyClick(heat, key)
    settle(qtbot, window)
    query = window.store.state.query
    assert query.expressions == (heat.cells.expressions[0],)
    assert query.class_rows == frozenset({heat.cells.class_rows[1]})
    assert "ground truth" in heat.accessibleDescription()
