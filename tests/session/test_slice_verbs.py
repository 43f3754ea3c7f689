"""The table of slices: what is listed after loading, what follows thresholds and filters, saving, tagging, files."""

from __future__ import annotations

import json

import pytest

from diag_gui.evaluation.slices import evaluate_slices
from diag_gui.exceptions import ExpressionError
from diag_gui.session.exporting import ExportChoice
from diag_gui.session.slice_table import N_RESAMPLES, SEED, SliceOrigin, standing_slices
from tests.session.small_session import COPIES, N_IMAGES

FOG = "weather = 'fog'"


def names(session) -> list[str]:
    return [one.definition.name for one in session.state.slice_table.ranked()]


def test_nothing_is_computed_while_nobody_looks(session):
    assert session.state.slice_table.listed == ()
    session.controller.thresholds.set_iou(0.6)
    session.settle()
    assert session.state.slice_table.listed == ()


def test_after_loading_there_are_values_of_metadata_and_what_boxes_say(looked_at):
    assert {"weather=fog", "weather=sun", "weather=not given"} <= set(names(looked_at))
    assert any(one.expression.startswith("area") for one in looked_at.state.slice_table.listed)
    assert all(one.origin is SliceOrigin.STANDING for one in looked_at.state.slice_table.listed)


def test_a_slice_of_everything_is_none(session):
    """All classes are in at least 8 images, all of them in 10 at most: no part of the objects is rarer than another."""
    assert "rare classes" not in [one.definition.name for one in standing_slices(session.state.facts)]


def test_figures_are_those_of_the_engine_with_intervals(looked_at):
    state = looked_at.state
    table = state.slice_table
    assert not table.is_updating
    definitions = [one.definition for one in table.listed]
    expected = evaluate_slices(state.facts, state.evaluation, definitions, intervals=N_RESAMPLES, seed=SEED, with_ap=False)
    # As text, since what is undefined is not equal to itself.
    assert repr([table.results[one.expression] for one in table.listed]) == repr(list(expected))


def test_the_surest_loss_comes_first_and_too_little_support_after_all_ranked(looked_at):
    table = looked_at.state.slice_table
    results = [table.results[one.expression] for one in table.ranked()]
    enough = [result.enough for result in results]
    assert enough == sorted(enough, reverse=True)
    assert names(looked_at)[0] == "weather=fog"
    losses = [result.headline.certain_loss for result in results if result.enough and result.headline.has_interval]
    assert losses == sorted(losses, reverse=True)


def test_a_threshold_moves_the_numbers_and_then_the_intervals(looked_at):
    before = looked_at.state.slice_table.results[FOG]
    looked_at.controller.thresholds.set_iou(0.40)
    looked_at.settle()
    after = looked_at.state.slice_table
    assert after.results[FOG].tp == before.tp + COPIES
    assert not after.is_updating
    assert after.evaluation.params.iou_threshold == 0.40


def test_a_slice_in_question_filters_everything_and_stays_compared_with_what_is_outside(looked_at):
    before = looked_at.state.slice_table
    looked_at.controller.slices.choose(FOG)
    looked_at.settle()
    assert looked_at.state.query.expressions == (FOG,)
    assert looked_at.state.evaluation.totals.n_images == COPIES
    assert looked_at.state.slice_table.results[FOG] == before.results[FOG]
    looked_at.controller.slices.choose("weather = 'sun'")
    looked_at.settle()
    assert looked_at.state.query.expressions == ("weather = 'sun'",)
    looked_at.controller.slices.choose("weather = 'sun'")
    looked_at.settle()
    assert looked_at.state.query.expressions == ()


def test_other_filters_hold_for_all_slices(looked_at):
    looked_at.controller.query.add_expression("flight < 2")
    looked_at.settle()
    assert looked_at.state.slice_table.results[FOG].images == 2


def test_going_through_the_slices_stops_at_both_ends(looked_at):
    looked_at.controller.slices.step(1)
    looked_at.settle()
    first = looked_at.state.slice_current
    assert first == looked_at.state.slice_table.ranked()[0].expression
    looked_at.controller.slices.step(-1)
    looked_at.settle()
    assert looked_at.state.slice_current == first
    assert first in looked_at.state.query.expressions
    looked_at.controller.slices.step(1000)
    looked_at.settle()
    assert looked_at.state.slice_current == looked_at.state.slice_table.ranked()[-1].expression


@pytest.mark.parametrize("let_go", ["clear", "take_last_off", "chip", "again"])
def test_a_slice_is_in_question_as_long_as_its_filter_is_on(looked_at, let_go):
    query, slices = looked_at.controller.query, looked_at.controller.slices
    slices.choose(FOG)
    looked_at.settle()
    assert looked_at.state.slice_current == FOG
    {
        "clear": query.clear,
        "take_last_off": query.take_last_off,
        "chip": lambda: query.remove_chip(query.chips()[0][1]),
        "again": lambda: slices.choose(FOG),
    }[let_go]()
    assert looked_at.state.query.expressions == ()
    assert looked_at.state.slice_current == ""
    looked_at.settle()
    assert looked_at.state.slice_plots.curves_of[1] == ""
    query.back()
    looked_at.settle()
    assert (looked_at.state.query.expressions, looked_at.state.slice_current) == ((FOG,), FOG)


def test_curves_let_go_of_a_slice_of_objects_too(looked_at):
    """Its filter leaves all images, so that no figure but those of the slice changes."""
    expression = next(one.expression for one in looked_at.state.slice_table.ranked() if one.expression.startswith("area"))
    looked_at.controller.slices.choose(expression)
    looked_at.settle()
    assert looked_at.state.slice_plots.curves_of[1] == expression
    looked_at.controller.query.clear()
    looked_at.settle()
    assert looked_at.state.slice_plots.curves_of[1] == ""


def test_going_back_from_one_slice_to_another_puts_the_one_before_in_question(looked_at):
    slices = looked_at.controller.slices
    slices.choose(FOG)
    slices.choose("weather = 'sun'")
    looked_at.settle()
    looked_at.controller.query.back()
    looked_at.settle()
    assert (looked_at.state.query.expressions, looked_at.state.slice_current) == ((FOG,), FOG)


def test_an_expression_becomes_a_slice_under_its_name(looked_at):
    looked_at.controller.slices.add("late fog = weather = 'fog' AND flight >= 4")
    looked_at.settle()
    entry = looked_at.state.slice_table.entry("weather = 'fog' AND flight >= 4")
    assert entry.definition.name == "late fog"
    assert entry.origin is SliceOrigin.ADDED
    assert looked_at.state.slice_table.results[entry.expression].images == COPIES // 2


@pytest.mark.parametrize("text", ["wether = 'fog'", "score > .5", "weather = 'fog", "("])
def test_what_is_no_slice_is_refused_and_changes_nothing(looked_at, text):
    before = looked_at.state.slice_table
    with pytest.raises(ExpressionError):
        looked_at.controller.slices.add(text)
    assert looked_at.state.slice_table is before


def test_a_saved_slice_is_there_when_the_data_are_opened_again(looked_at, files):
    looked_at.controller.slices.add("late fog = weather = 'fog' AND flight >= 4")
    looked_at.settle()
    looked_at.controller.slices.save()
    looked_at.settle()
    assert looked_at.state.project.saved_slices[0].name == "late fog"
    looked_at.open(files.everything)
    entry = looked_at.state.slice_table.entry("weather = 'fog' AND flight >= 4")
    assert entry is not None
    assert entry.origin is SliceOrigin.SAVED
    looked_at.controller.slices.choose(entry.expression)
    looked_at.settle()
    looked_at.controller.slices.remove()
    looked_at.settle()
    assert looked_at.state.project.saved_slices == ()
    assert looked_at.state.slice_table.entry(entry.expression) is None
    assert looked_at.state.query.expressions == ()


def standing(session) -> list[str]:
    return [one.expression for one in session.state.slice_table.listed if one.origin is SliceOrigin.STANDING]


def test_standing_slices_stay_whatever_is_done_and_come_back_with_the_data(looked_at, files):
    at_first = standing(looked_at)
    assert at_first == [one.expression for one in standing_slices(looked_at.state.facts)]
    looked_at.controller.slices.add("flight >= 2")
    looked_at.controller.thresholds.set_iou(0.7)
    looked_at.controller.query.add_expression("class = 'dog'")
    looked_at.settle()
    assert standing(looked_at) == at_first
    # What is there for all data is not taken off.
    looked_at.controller.slices.choose(at_first[0])
    looked_at.settle()
    looked_at.controller.slices.remove()
    looked_at.settle()
    assert "is there for all data" in looked_at.state.notice.text
    assert standing(looked_at) == at_first
    # Of other data there are others: labels alone have no weather.
    looked_at.open([files.ground_truth, files.first])
    others = standing(looked_at)
    assert others == [expression for expression in at_first if "weather" not in expression and "flight" not in expression]
    assert len(others) < len(at_first)
    looked_at.open(files.everything)
    assert standing(looked_at) == at_first


def test_a_standing_slice_that_is_saved_stands_once_and_is_standing_again_without_its_project(looked_at, files):
    at_first = standing(looked_at)
    looked_at.controller.slices.choose(FOG)
    looked_at.settle()
    looked_at.controller.slices.save()
    looked_at.settle()
    assert [one.expression for one in looked_at.state.project.saved_slices] == [FOG]
    for _ in range(2):
        assert [one.expression for one in looked_at.state.slice_table.listed] == at_first
        looked_at.open(files.everything)
    assert looked_at.state.project.saved_slices[0].expression == FOG


def test_a_slice_of_a_column_that_is_not_there_is_listed_with_the_reason(looked_at, tmp_path):
    path = tmp_path / "slices.json"
    path.write_text(json.dumps({"slices": [{"name": "x", "expression": "altitude > 3"}]}), encoding="utf-8")
    looked_at.controller.slices.read(path)
    looked_at.settle()
    assert "altitude" in looked_at.state.slice_table.refused["altitude > 3"]
    assert names(looked_at)[-1] == "x"


def test_slices_of_a_file_that_do_not_fit_are_named_with_file_record_and_reason(looked_at, tmp_path):
    path = tmp_path / "slices.json"
    records = [("fog", FOG), ("high", "altitude > 3"), ("half", "flight >")]
    path.write_text(json.dumps({"slices": [{"name": name, "expression": text} for name, text in records]}), encoding="utf-8")
    looked_at.controller.slices.read(path)
    looked_at.settle()
    notice = looked_at.state.notice
    assert notice.is_error
    assert notice.text.startswith(
        "Read 3 slices from slices.json; 2 cannot be computed: slices[1] “high”: there is no column altitude"
    )
    assert f"{path}: slices[2] “half”: " in notice.details
    path.write_text('{"slices": [{"name": "x"}]}', encoding="utf-8")
    looked_at.controller.slices.read(path)
    assert looked_at.state.notice.text == f"{path}: slices[0]: has no text as expression"


def test_slices_are_written_and_read(looked_at, tmp_path):
    looked_at.controller.slices.add("late fog = weather = 'fog' AND flight >= 4")
    looked_at.settle()
    looked_at.controller.slices.write(tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["slices"] == [
        {"name": "late fog", "expression": "weather = 'fog' AND flight >= 4"}
    ]
    assert looked_at.state.notice.text == f"Wrote 1 slice, those found, saved or added here, to {tmp_path / 'out.json'}"


def test_all_images_of_a_slice_are_tagged_by_one_undoable_gesture(looked_at):
    looked_at.controller.slices.choose(FOG)
    looked_at.settle()
    looked_at.controller.slices.tag_images("needs review")
    looked_at.settle()
    assert len(looked_at.state.review.image_tags()) == COPIES
    assert looked_at.state.project.undo == f'Undo tag {COPIES} images "needs review"'
    looked_at.controller.review.undo()
    looked_at.settle()
    assert not any(looked_at.state.review.image_tags().values())


def test_an_export_of_a_slice_holds_its_images(looked_at, tmp_path):
    looked_at.controller.slices.choose(FOG)
    looked_at.settle()
    choice = ExportChoice(target="coco", folder=tmp_path / "out", what="slice")
    assert len(looked_at.controller.export.image_rows(choice)) == COPIES
    looked_at.controller.slices.choose("class = 'cat'")
    looked_at.settle()
    assert 0 < len(looked_at.controller.export.image_rows(choice)) < N_IMAGES
