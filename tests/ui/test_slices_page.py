"""The Slices page by hand: rows, a click, keys, a new slice with its mistakes marked, the words below."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from diag_gui.session.slice_table import SliceTable
from diag_gui.ui.models.slice_rows import list_in_words, loss_in_words, q_text, rule_in_words
from diag_gui.ui.page_places import SLICES
from diag_gui.ui.panels.slice_list import SliceColumns
from tests.session.small_session import COPIES
from tests.ui.showing import click_cell
from tests.ui.small_window import settle


@pytest.fixture
def page(qtbot, window):
    window.show_page(SLICES)
    settle(qtbot, window)
    return window.slices


def names(page) -> list[str]:
    model = page.table.model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def test_the_page_opens_from_the_rail_and_by_key(qtbot, window):
    qtbot.mouseClick(window.rail.buttons[SLICES], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert window.pages.currentWidget() is window.slices
    assert names(window.slices)[0] == "weather=fog"
    assert "worse" in window.slices.table.figure_label.text()
    assert "certain" in window.slices.table.figure_label.toolTip()


def test_writing_slices_proposes_a_name_beside_the_data(qtbot, window, page):
    window.actions_by_name["slices-write"].trigger()
    [dialog] = [child for child in window.findChildren(QFileDialog) if child.isVisible()]
    [proposed] = dialog.selectedFiles()
    source = window.store.state.dataset.source.path
    assert Path(proposed) == source.with_name(f"{source.stem}-slices.json")
    dialog.reject()


def test_a_click_filters_everything_and_says_how_sure_it_is(qtbot, window, page):
    click_cell(page.table.list, 0)
    settle(qtbot, window)
    assert window.store.state.evaluation.totals.n_images == COPIES
    assert page.words.name.text() == "weather=fog"
    assert "lower" in page.words.sentence.text()
    assert page.words.rule.text().startswith("Image slice")
    assert page.words.rule.text().endswith("resamples of images, seed 0.")
    assert page.gallery.title_label.text() == f"{COPIES * 3} failures"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    settle(qtbot, window)
    assert window.store.state.query.expressions == ()


def test_keys_go_through_the_rows_and_to_the_failures(qtbot, window, page):
    page.table.list.setFocus()
    qtbot.keyClick(page.table.list, Qt.Key.Key_Down)
    settle(qtbot, window)
    assert window.store.state.slice_current == page.table.model.rows[0].entry.expression
    qtbot.keyClick(page.table.list, Qt.Key.Key_Return)
    assert window.pages.currentWidget() is window.failures


def test_a_new_slice_is_typed_with_its_mistake_marked(qtbot, window, page):
    window.actions_by_name["slice-add"].trigger()
    line = page.table.new.line
    qtbot.keyClicks(line, "wether = 'fog'")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert "wether" in page.table.new.message()
    line.clear()
    qtbot.keyClicks(line, "first = flight < 4")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert "first" in names(page)
    assert not page.table.new.isVisible()


def test_what_needs_a_slice_is_offered_only_with_one(qtbot, window, page):
    assert not window.actions_by_name["slice-tag"].isEnabled()
    click_cell(page.table.list, 0)
    settle(qtbot, window)
    assert window.actions_by_name["slice-tag"].isEnabled()


def test_taking_all_filters_off_lets_go_of_the_slice(qtbot, window, page):
    click_cell(page.table.list, 0)
    settle(qtbot, window)
    assert page.words.name.text() == "weather=fog"
    window.actions_by_name["no-filter"].trigger()
    settle(qtbot, window)
    assert page.words.name.text() != "weather=fog"
    assert not window.actions_by_name["slice-tag"].isEnabled()


def test_while_a_slider_moves_the_old_interval_is_marked(window, page):
    model, table = page.table.model, window.store.state.slice_table
    moving = SliceTable(table.listed, dict(table.results), {}, table.question, table.evaluation, table.sure)
    model.show(moving, window.store.state.slice_precisions, "", ())
    assert all(row.is_updating for row in model.rows)
    assert "being computed again" in str(model.index(0).data(Qt.ItemDataRole.ToolTipRole))


def test_the_rule_in_use_is_named(window, page):
    results = window.store.state.slice_table.results
    objects = [result for result in results.values() if result.kind == "object"]
    assert objects
    for result in objects:
        said = rule_in_words(result)
        assert ("known for both" in said) == (result.fp is not None)


@pytest.mark.parametrize(("q", "said"), [(0.0002, "<.001"), (0.0123, ".012"), (0.612, ".61"), (float("nan"), "")])
def test_q_in_few_characters(q, said):
    assert q_text(q) == said


def test_what_to_search_for_is_chosen_from_the_button(qtbot, window, page):
    texts = [action.text() for action in page.table.searching.menu().actions() if not action.isSeparator()]
    assert "False positives" in texts
    assert "Worse than the run compared with" in texts
    window.actions_by_name["slice-find"].trigger()
    settle(qtbot, window)
    assert "slice" in window.store.state.notice.text


def test_the_hint_of_the_curve_is_said_whole_or_left_out(qtbot, window, page):
    label = page.along.figure_label
    for width in (1280, 1700):
        window.resize(width, 720)
        settle(qtbot, window)
        qtbot.waitUntil(lambda: label.fontMetrics().horizontalAdvance(label.text()) <= label.width(), timeout=2000)
    assert label.text() == "band 95 % · drag to make a slice"


def test_the_heading_tells_worse_from_better(qtbot, window, page):
    n_worse, n_better = window.store.state.slice_table.n_certain
    headlines = [result.headline for result in window.store.state.slice_table.sure.values() if result.enough]
    assert n_worse == sum(one.is_distinguishable and one.difference < 0 for one in headlines if one is not None) > 0
    for width, said in ((1000, f"{n_worse} worse, {n_better} better"), (2000, "for certain")):
        window.resize(width, 720)
        settle(qtbot, window)
        assert said in page.table.figure_label.text()


def test_a_loss_of_labels_speaks_of_objects_not_found_since_missed_is_one_kind_of_error(window, page):
    results = window.store.state.slice_table.results.values()
    losses = [(result, loss_in_words(result)) for result in results if loss_in_words(result)]
    of_labels = [said for result, said in losses if result.fn >= result.fp]
    assert of_labels
    assert all(said.startswith("Most of the loss is objects not found (") for said in of_labels)
    assert all("false positives" in said for result, said in losses if result.fn < result.fp)


def test_ap_stands_in_the_table_and_its_intervals_come_by_key(qtbot, window, page):
    click_cell(page.table.list, 0)
    settle(qtbot, window)
    row = page.table.model.rows[0]
    assert row.precision is not None
    assert page.words.precision.text().startswith("AP .")
    assert page.words.intervals.isVisible()
    assert "Shift+A" in page.words.intervals.text()
    page.table.list.setFocus()
    qtbot.keyClick(page.table.list, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    assert page.words.intervals.text().startswith("Stop")
    assert page.table.model.rows[0].is_precision_wanted
    settle(qtbot, window)
    assert page.table.model.rows[0].sure_precision["ap"].value == row.precision[0]
    assert "against the rest" in page.words.precision.text()
    assert not page.words.intervals.isVisible()
    assert "AP50" in str(page.table.model.index(0).data(Qt.ItemDataRole.ToolTipRole))


def test_a_second_press_stops_the_intervals(qtbot, window, page):
    click_cell(page.table.list, 0)
    settle(qtbot, window)
    qtbot.mouseClick(page.words.intervals, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.words.intervals, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert not page.table.model.rows[0].sure_precision
    assert page.words.intervals.text().startswith("Intervals")


def test_columns_that_have_no_room_leave_it_to_the_name(window, page):
    for width in (420, 560, 590, 620, 640, 700, 900):
        columns = SliceColumns.of(width)
        lefts = [columns.name, columns.images, columns.gt, *columns.shares, columns.forest, columns.q]
        shown = [(left, size) for left, size in lefts if size]
        assert all(left + size <= other + 0.5 for (left, size), (other, _) in itertools.pairwise(shown))
        assert [size > 0 for _, size in columns.shares] == [width >= 540, True, True, width >= 580, width >= 615]
        assert columns.name[1] >= (118 if width >= 540 else 40)


def test_a_value_that_nothing_has_is_said_where_it_was_typed(qtbot, window, page):
    line = window.control_bar.filter.line
    for box, typed in ((window.control_bar.filter, line), (page.table.new, page.table.new.line)):
        if box is page.table.new:
            window.actions_by_name["slice-add"].trigger()
        typed.setFocus()
        qtbot.keyClicks(typed, "weather = 'frog'")
        qtbot.keyClick(typed, Qt.Key.Key_Return)
        settle(qtbot, window)
        assert box.message() == "no image has weather 'frog'; near: 'fog'"
        assert "weather = 'frog'" in window.store.state.query.expressions
        window.actions_by_name["no-filter"].trigger()
        settle(qtbot, window)


def test_a_slice_is_edited_by_key_and_undone_by_key(qtbot, window, page):
    window.actions_by_name["slice-add"].trigger()
    line = page.table.new.line
    qtbot.keyClicks(line, "first = flight < 4")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.actions_by_name["undo"].text() == "Undo add slice “first”"
    page.table.list.setFocus()
    qtbot.keyClick(page.table.list, Qt.Key.Key_F2)
    assert line.text() == "first = flight < 4"
    qtbot.keyClick(line, Qt.Key.Key_Backspace)
    qtbot.keyClicks(line, "6")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.store.state.slice_current == "flight < 6"
    assert "first" in names(page)
    page.table.list.setFocus()
    qtbot.keyClick(page.table.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    assert [one.expression for one in window.store.state.slice_own] == ["flight < 4"]
    qtbot.keyClick(page.table.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    assert "first" not in names(page)
    assert window.actions_by_name["redo"].text() == "Redo add slice “first”"
    qtbot.keyClick(page.table.list, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    assert "first" in names(page)


def test_enter_edits_the_slice_that_f2_was_pressed_on_and_says_so_where_it_is_gone(qtbot, window, page):
    slices, line = window.controller.slices, page.table.new.line
    for text in ("one = flight < 4", "two = flight < 5"):
        slices.add(text)
        settle(qtbot, window)
    slices.choose("flight < 4")
    settle(qtbot, window)
    page.table.list.setFocus()
    qtbot.keyClick(page.table.list, Qt.Key.Key_F2)
    click_cell(page.table.list, names(page).index("two"))
    settle(qtbot, window)
    assert window.store.state.slice_current == "flight < 5"
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_Backspace)
    qtbot.keyClicks(line, "6")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(qtbot, window)
    own = [(one.definition.name, one.expression) for one in window.store.state.slice_own]
    assert own == [("one", "flight < 6"), ("two", "flight < 5")]
    page.table.list.setFocus()
    qtbot.keyClick(page.table.list, Qt.Key.Key_F2)
    slices.remove()
    settle(qtbot, window)
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert "not listed any more: flight < 6" in page.table.new.message()
    assert [one.expression for one in window.store.state.slice_own] == ["flight < 5"]


def test_the_captions_of_the_strip_are_whole_in_a_low_window(qtbot, window, page):
    window.resize(1280, 672)
    settle(qtbot, window)
    view = page.gallery.view
    assert view.visualRect(view.model().index(0, 0)).bottom() <= view.viewport().height()


def rows_in_sight(page) -> float:
    return page.table.list.viewport().height() / page.table.list.row_px


def test_a_low_window_keeps_rows_of_the_table_and_its_columns(qtbot, window, page):
    window.resize(1280, 720)
    settle(qtbot, window)
    assert rows_in_sight(page) > 9
    assert page.words.hint.isVisible()
    assert not page.words.words.isVisible()
    assert all(width for _, width in SliceColumns.of(page.table.list.viewport().width()).shares)
    window.controller.slices.choose("weather = 'fog'")
    settle(qtbot, window)
    assert rows_in_sight(page) > 6.5
    assert page.words.sentence.isVisible()
    assert all(button.isVisible() for button in page.words.buttons)
    window.actions_by_name["no-filter"].trigger()
    settle(qtbot, window)
    assert rows_in_sight(page) > 9


def test_the_words_are_as_high_as_they_were_dragged_whenever_there_is_a_slice(qtbot, window, page):
    slices = window.controller.slices
    slices.choose("weather = 'fog'")
    settle(qtbot, window)
    splitter = page.words.parentWidget()
    room = sum(splitter.sizes())
    splitter.setSizes([room - 260, 260])
    splitter.splitterMoved.emit(room - 260, 1)
    window.actions_by_name["no-filter"].trigger()
    settle(qtbot, window)
    assert page.words.height() < 60
    slices.choose("weather = 'fog'")
    settle(qtbot, window)
    assert page.words.height() == 260


def test_that_the_list_below_counts_otherwise_is_said_where_it_does(qtbot, window, page):
    controller = window.controller
    said = {}
    for entry in window.store.state.slice_table.listed:
        controller.slices.choose(entry.expression)
        settle(qtbot, window)
        result = window.store.state.slice_table.results.get(entry.expression)
        if result is not None:
            n_listed = len(window.store.state.selection.rows)
            words = list_in_words(result, n_listed)
            assert bool(words) == (result.kind == "object" and result.fn + (result.fp or 0) != n_listed)
            assert page.words.remark.text().endswith(words)
            said[words] = entry.expression
    assert len(said) > 1, "in some slice it is otherwise"
    words, expression = next((words, expression) for words, expression in said.items() if words)
    controller.slices.choose(expression)
    settle(qtbot, window)
    assert "Matched anew inside it: " in page.words.remark.text()
    # With another filter on, the two are no counts of the same.
    controller.query.toggle_class(0)
    settle(qtbot, window)
    assert "Matched anew" not in page.words.remark.text()
