"""What is drawn beside the table of slices follows the table, the slice in question and what was chosen to be drawn."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.date_part_figures import FigureByPart
from diag_gui.evaluation.slice_classes import slices_by_class
from diag_gui.evaluation.slices import evaluate_slices
from diag_gui.session.slice_plot_verbs import moment_text, range_expression
from diag_gui.session.slice_plots import curve_columns, first_column
from tests.session.small_session import COPIES

FOG = "weather = 'fog'"


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


@pytest.fixture
def dated(looked_at, files, tmp_path):
    """The session with a day per flight, at 8 and 20 o'clock in turn."""
    table = tmp_path / "dates.csv"
    names = [f"site_{row % 4}/picture_{row:03d}.jpg" for row in range(4 * COPIES)]
    lines = [f"{name},2024-03-{row // 4 + 1:02d} {8 + 12 * (row // 4 % 2):02d}:00:00" for row, name in enumerate(names)]
    table.write_text("file_name,taken\n" + "\n".join(lines) + "\n", encoding="utf-8")
    looked_at.open([*files.everything, table])
    looked_at.settle()
    return looked_at


def test_a_curve_runs_along_dates_and_a_range_of_it_is_written_in_dates(dated):
    plots = dated.controller.slices.plots
    assert {"taken", "taken.hour", "taken.weekday", "taken.month"} <= set(plots.columns())
    plots.set_column("taken")
    dated.settle()
    along = dated.state.slice_plots.along
    assert along.is_of_dates
    low, high = (float(np.datetime64(text, "s").astype(int)) for text in ("2024-03-02T19:29", "2024-03-04T21:00"))
    text = range_expression(along, low, high)
    assert text == "taken >= '2024-03-02 19:29' AND taken <= '2024-03-04 21:00'"
    assert range_expression(along, 0.0, high) == "taken <= '2024-03-04 21:00'"
    dated.controller.slices.add(text)
    dated.settle()
    assert dated.state.slice_table.results[text].images == 3 * 4


def test_parts_of_dates_have_a_value_each(dated):
    dated.controller.slices.plots.set_column("taken.hour")
    dated.settle()
    along = dated.state.slice_plots.along
    assert isinstance(along, FigureByPart)
    assert along.labels == ("8", "20")
    assert not np.isnan(along.interval(0)).any()


@pytest.mark.parametrize(
    ("within", "said"),
    [
        (1e6, "2023-11-15"),
        (90.0, "2023-11-14 22:13"),
        (2.0, "2023-11-14 22:13:20"),
        (0.5, "2023-11-14 22:13:20.123"),
        (1e-5, "2023-11-14 22:13:20.123456"),
    ],
)
def test_a_moment_is_written_as_exactly_as_its_axis_needs(within, said):
    assert moment_text(1_700_000_000.123456, within) == said


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
