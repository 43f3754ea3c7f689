"""What is drawn beside the table of slices follows the table, the slice in question and what was chosen to be drawn."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.slice_classes import slices_by_class
from diag_gui.evaluation.slices import evaluate_slices
from diag_gui.session.slice_plot_verbs import range_expression
from diag_gui.session.slice_plots import curve_columns, first_column
from tests.session.small_session import COPIES

FOG = "weather = 'fog'"


@pytest.fixture
def looked_at(session):
    session.controller.slices.watch(True)
    session.settle()
    return session


def test_the_heat_map_is_of_the_slices_listed(looked_at):
    state = looked_at.state
    definitions = [one.definition for one in state.slice_table.listed if one.expression in state.slice_table.results]
    expected = slices_by_class(state.facts, state.evaluation, definitions, "f1")
    np.testing.assert_array_equal(state.slice_plots.classes.values, expected.values)


def test_another_figure_is_drawn_and_follows_the_thresholds(looked_at):
    looked_at.controller.slices.plots.set_figure("tp")
    looked_at.settle()
    before = looked_at.state.slice_plots.classes.values.copy()
    assert looked_at.state.slice_plots.classes.figure == "tp"
    looked_at.controller.thresholds.set_iou(0.40)
    looked_at.settle()
    assert np.nansum(looked_at.state.slice_plots.classes.values) > np.nansum(before)


def test_the_curve_runs_along_the_column_asked_for(looked_at):
    plots = looked_at.controller.slices.plots
    assert looked_at.state.slice_plots.column == "area"
    plots.set_column("flight")
    looked_at.settle()
    along = looked_at.state.slice_plots.along
    assert along.column == "flight"
    assert along.n_rows == 4 * COPIES
    assert not np.isnan(along.low).all()
    plots.set_along_figure("recall")
    looked_at.settle()
    assert looked_at.state.slice_plots.along.figure == "recall"


def test_recall_stands_in_where_false_positives_have_no_such_column(looked_at):
    looked_at.controller.slices.plots.set_column("overlap")
    looked_at.settle()
    assert looked_at.state.slice_plots.along.figure == "recall"


def test_only_columns_of_numbers_that_slices_can_go_by_are_offered(looked_at):
    columns = curve_columns(ColumnCatalog(looked_at.state.facts))
    assert {"area", "flight", "crowding", "center_y"} <= set(columns)
    assert not {"weather", "score", "rank", "class", "label_error", "gt.area"} & set(columns)
    assert first_column(columns) == "area"


def test_a_range_of_the_curve_becomes_a_slice(looked_at):
    looked_at.controller.slices.plots.set_column("flight")
    looked_at.settle()
    along = looked_at.state.slice_plots.along
    assert range_expression(along, 2.0, 4.0) == "flight >= 2 AND flight <= 4"
    assert range_expression(along, 4.0, -1.0) == "flight <= 4"
    assert range_expression(along, 0.0, 99.0) == "flight IS NOT NULL"
    assert range_expression(along, 1.23456, 99.0) == "flight >= 1.23"
    looked_at.controller.slices.add(range_expression(along, 2.0, 4.0))
    looked_at.settle()
    assert looked_at.state.slice_table.results["flight >= 2 AND flight <= 4"].images == 3 * 4


def test_all_runs_on_the_slice_in_question(looked_at):
    looked_at.controller.slices.choose(FOG)
    looked_at.settle()
    found = looked_at.state.slice_plots.runs
    assert found.names == ("first", "second")
    state = looked_at.state
    definition = state.slice_table.entry(FOG).definition
    assert found.results[0] == evaluate_slices(state.facts, state.slice_table.evaluation, [definition], with_ap=False)[0]
    assert found.difference.figures["f1"].difference == found.results[0].f1 - found.results[1].f1
    looked_at.controller.data.set_active_run(1)
    looked_at.settle()
    after = looked_at.state.slice_plots.runs
    assert (after.active, after.compared) == (1, 0)
    assert after.difference.figures["f1"].difference == -found.difference.figures["f1"].difference
