"""A figure by hour, weekday or month: one slice per value that occurs, in the order of the clock."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.date_part_figures import figure_by_part, is_date_part
from diag_gui.evaluation.evaluator import Evaluation, RunFacts, evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_curves import figure_along
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slices import evaluate_slices
from diag_gui.exceptions import EvaluationError
from tests.evaluation.attributed_sets import with_columns
from tests.evaluation.coco_facts import by_hand

FIRST = datetime.datetime(2024, 2, 25, 22, 30)


def dated(n: int = 40) -> tuple[RunFacts, Evaluation]:
    """Return an image every seven hours; whatever was taken at night is missed, one image has no date."""
    taken = [FIRST + datetime.timedelta(hours=7 * number) for number in range(n)]
    truth = [(image, 1, 0, 0, 20, 20) for image in range(1, n + 1)]
    found = [(image, 1, 0, 0, 20, 20, 0.9) for image, when in enumerate(taken, 1) if 6 <= when.hour < 20]
    dates = [None, *(np.datetime64(when, "us") for when in taken[1:])]
    facts = prepare_run(*with_columns(by_hand(n, 1, truth, found), images={"taken": dates, "height_m": [1.0] * n}))
    return facts, evaluate(facts, EvaluationParams())


@pytest.mark.parametrize(("part", "first"), [("hour", "0"), ("weekday", "Mon"), ("month", "2")])
def test_each_value_is_a_slice_in_the_order_of_the_clock(part: str, first: str) -> None:
    facts, evaluation = dated()
    found = figure_by_part(facts, evaluation, f"taken.{part}", "recall", intervals=50)
    assert found.labels[0] == first
    assert len(found.labels) == len(set(found.labels)) > 1
    assert sum(result.images for result in found.results) == 39
    assert (found.part, found.n_missing) == (part, 1)
    definitions = [SliceDefinition(result.name, result.expression) for result in found.results]
    expected = evaluate_slices(facts, evaluation, definitions, intervals=50, with_ap=False)
    assert repr(found.results) == repr(expected)
    value, low, high = found.interval(0)
    assert (value, low, high) == (expected[0].recall, expected[0].recall_low, expected[0].recall_high)


def test_the_night_is_seen_in_the_hours() -> None:
    found = figure_by_part(*dated(), "taken.hour", "recall", intervals=0)
    by_hour = {int(label): found.interval(place)[0] for place, label in enumerate(found.labels)}
    assert [hour for hour in by_hour if by_hour[hour] == 1.0] == [hour for hour in by_hour if 6 <= hour < 20]
    assert all(math.isnan(found.interval(place)[1]) for place in range(len(found.labels)))


def test_only_parts_of_dates_have_one() -> None:
    facts, evaluation = dated(8)
    catalog = ColumnCatalog(facts)
    assert is_date_part("taken.hour", catalog)
    assert not is_date_part("taken", catalog)
    with pytest.raises(EvaluationError, match="hour"):
        figure_by_part(facts, evaluation, "taken")
    with pytest.raises(EvaluationError, match="'ap'"):
        figure_by_part(facts, evaluation, "taken.hour", "ap")


def test_a_curve_along_dates_says_that_it_is_one() -> None:
    facts, evaluation = dated()
    found = figure_along(facts, evaluation, "taken", "recall", intervals=20)
    assert found.is_of_dates
    assert found.n_missing == 1
    column = facts.dataset.image_attributes["taken"]
    last = column.values[~column.missing].max()
    assert np.datetime64(round(found.x[-1] * 1e6), "us") == last
    assert not figure_along(facts, evaluation, "height_m", intervals=0).is_of_dates


def test_only_asked_images_have_a_bar_and_are_counted_as_the_curve_counts_them() -> None:
    facts, _ = dated()
    asked = np.zeros(40, np.bool_)
    asked[:4] = True
    evaluation = evaluate(facts, EvaluationParams(), images=asked)
    along = figure_along(facts, evaluation, "taken", "recall", intervals=0)
    by_hour = figure_by_part(facts, evaluation, "taken.hour", "recall", intervals=0)
    assert (by_hour.n_missing, along.n_missing) == (1, 1)
    assert by_hour.labels == ("5", "12", "19")
    assert [result.images for result in by_hour.results] == [1, 1, 1]
