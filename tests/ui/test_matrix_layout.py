"""Names and cells of a confusion matrix in the room there is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from diag_gui.ui.panels.matrix_layout import HEADING_PX, LEAST_NAMED_ROW_PX, lay_out, least_height

LONGEST_PX = 66.0


def test_twenty_classes_are_named_on_both_sides_in_a_window_of_1600_by_1000():
    layout = lay_out(347, 244, 21, LONGEST_PX)
    assert layout.is_turned
    assert layout.rows_are_named
    assert layout.height >= LEAST_NAMED_ROW_PX - 0.01
    assert layout.top >= 36


def test_names_stand_level_where_the_longest_fits():
    layout = lay_out(600, 500, 5, 40.0)
    assert layout.is_level
    assert not layout.is_turned
    assert layout.top == HEADING_PX


def test_names_that_would_be_cut_stand_upright_where_there_is_room():
    layout = lay_out(600, 500, 12, LONGEST_PX)
    assert layout.width < LONGEST_PX
    assert layout.is_turned
    assert layout.top == LONGEST_PX + 10


def test_without_room_above_columns_are_named_by_pointing_at_them():
    layout = lay_out(347, least_height(21), 21, LONGEST_PX)
    assert not layout.is_turned
    assert not layout.is_level
    assert layout.rows_are_named


@pytest.mark.parametrize(("width", "height", "n"), [(140, 110, 4), (347, 244, 21), (900, 700, 3), (500, 200, 120), (30, 20, 300)])
def test_cells_stay_inside_and_are_found_where_they_are(width, height, n):
    layout = lay_out(width, height, n, LONGEST_PX)
    for row, column in ((0, 0), (n - 1, n - 1), (0, n // 2)):
        rect = layout.cell_rect(row, column)
        assert layout.cell_at(rect.center()) == (row, column)
        assert layout.row_named_at(QPointF(layout.left - 1, rect.center().y())) == row
        assert layout.column_named_at(QPointF(rect.center().x(), layout.top - 1)) == column
    assert layout.cell_at(QPointF(layout.left - 1, layout.top + 1)) is None
    assert layout.row_named_at(QPointF(layout.left + 1, layout.top + 1)) == -1
    assert layout.column_named_at(QPointF(layout.left + 1, layout.top + 1)) == -1
