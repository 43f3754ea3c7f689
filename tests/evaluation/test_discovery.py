"""Discovery: planted slices are found, none is found where there is none, and every question asks for the rows it names."""

from __future__ import annotations

import math
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diag_gui.data.arrays import AnyArray
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.discovery import DiscoverySettings, Question, discover, sentence_of, slice_score
from diag_gui.evaluation.discovery_conditions import conditions_on
from diag_gui.evaluation.discovery_confirmation import Confirmed, p_of_few
from diag_gui.evaluation.discovery_questions import rows_of_question
from diag_gui.evaluation.discovery_targets import TARGETS, questions_of
from diag_gui.evaluation.evaluator import Evaluation, RunFacts, evaluate, prepare_run
from diag_gui.evaluation.outcomes import ERROR_NAMES
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slices import evaluate_slices
from diag_gui.exceptions import EvaluationError
from tests.evaluation.attributed_sets import random_evaluation, with_columns
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.planted_slices import PlantedSet, planted_set
from tests.evaluation.random_sets import random_set


def side_of(planted: PlantedSet) -> tuple[RunFacts, Evaluation]:
    facts = prepare_run(planted.dataset, planted.run)
    return facts, evaluate(facts, EvaluationParams())


def overlap(rows: AnyArray, planted: AnyArray) -> float:
    """Return how much of both is in both."""
    inside = np.zeros(len(planted), np.bool_)
    inside[rows] = True
    return float((inside & planted).sum() / (inside | planted).sum())


@pytest.mark.parametrize("seed", range(6))
def test_a_planted_slice_is_found(seed: int) -> None:
    planted = planted_set(seed + 500)
    side = side_of(planted)
    found = discover(side)
    best = max(range(len(found.slices)), key=lambda place: overlap(found.found_rows[place], planted.planted[0]))
    assert overlap(found.found_rows[best], planted.planted[0]) > 0.6
    one = found.slices[best]
    assert one.mean > one.rest + 0.2
    assert (one.low > 0, one.q < 0.05) == (True, True)
    # What is found is a slice like any other.
    (told,) = evaluate_slices(*side, [one.definition], with_ap=False)
    assert told.gt == len(found.found_rows[best])
    assert told.differences["recall"].difference < -0.2


def test_nothing_is_found_where_nothing_is() -> None:
    n_found = sum(bool(discover(side_of(planted_set(seed, n_planted=0, n_images=300, n_columns=6))).slices) for seed in range(20))
    assert n_found <= 1


@pytest.mark.parametrize("seed", [3, 4])
def test_a_weakness_for_false_positives_is_found(seed: int) -> None:
    planted = planted_set(seed, errors="false-positives")
    side = side_of(planted)
    found = discover(side, Question("false-positives"))
    assert found.row == "predictions"
    catalog = ColumnCatalog(side[0])
    shared = [overlap(np.flatnonzero(catalog.gt_where(one.definition.expression)), planted.planted[0]) for one in found.slices]
    assert max(shared) > 0.5
    assert found.slices[int(np.argmax(shared))].difference > 0.1
    nothing = discover(side_of(planted_set(seed, n_planted=0, errors="false-positives")), Question("false-positives"))
    assert nothing.slices == ()


def test_what_one_run_lost_against_another_is_found_and_what_it_gained_is_not() -> None:
    planted = planted_set(11, missed_inside=0.7)
    bad = side_of(planted)
    good = side_of(replace_run(planted, "good", planted_set(11, missed_inside=0.15).run))
    found = discover(bad, Question("worse"), baseline=good)
    assert found.slices
    assert overlap(found.found_rows[0], planted.planted[0]) > 0.5
    assert "was found by good and is missed now" in found.slices[0].sentence
    assert found.slices[0].sentence.startswith("gains taken off, ")
    # Where more was gained than lost that is said in words: no share below 0 "was found and is missed now".
    told = Confirmed(rows=41, images=15, mean=0.17, rest=-0.16, low=0.16, high=0.52, excess=0.1, p=0.001, q=0.03)
    said = sentence_of(rows_of_question(Question("worse"), bad, good), "dusk", told)
    assert said.startswith("gains taken off, 17% of ground truth was found by good and is missed now at dusk, elsewhere gains ")
    assert "outweigh losses by 16%: .33 more, 95 % .16 to .52" in said
    assert not discover(good, Question("worse"), baseline=bad).slices
    with pytest.raises(EvaluationError, match="say which"):
        discover(bad, Question("worse"))


@pytest.mark.parametrize("seed", [3, 4])
def test_false_positives_that_a_run_adds_are_found_and_those_it_drops_are_not(seed: int) -> None:
    planted = planted_set(seed, errors="false-positives")
    bad = side_of(planted)
    good = side_of(replace_run(planted, "good", planted_set(seed, errors="false-positives", missed_inside=0.15, draw=1).run))
    found = discover(bad, Question("worse-false-positives"), baseline=good)
    catalog = ColumnCatalog(bad[0])
    shared = [overlap(np.flatnonzero(catalog.gt_where(one.definition.expression)), planted.planted[0]) for one in found.slices]
    assert max(shared) > 0.5
    assert "are false positives that good does not make" in found.slices[0].sentence
    assert (found.row, found.slices[0].low > 0) == ("predictions", True)
    for one, rows in zip(found.slices, found.found_rows, strict=True):
        asked = np.flatnonzero(catalog.predictions_where(one.definition.expression))
        assert set(rows.tolist()) <= set(asked.tolist())
    assert not discover(good, Question("worse-false-positives"), baseline=bad).slices
    # Of two draws of the same chances neither is worse.
    again = side_of(replace_run(planted, "again", planted_set(seed, errors="false-positives", draw=2).run))
    assert not discover(bad, Question("worse-false-positives"), baseline=again).slices
    with pytest.raises(EvaluationError, match="say which"):
        discover(bad, Question("worse-false-positives"))


def test_rows_of_new_false_positives_are_told_from_those_that_are_gone() -> None:
    facts, evaluation = random_evaluation(21)
    _, run = by_hand(*random_set(22, n_images=30, n_gt=150, n_predictions=300, crowds=True))
    other = prepare_run(facts.dataset, replace(run, name="other"))
    side = other, evaluate(other, evaluation.params)
    for one, baseline in ((side, (facts, evaluation)), ((facts, evaluation), side)):
        rows = rows_of_question(Question("worse-false-positives"), one, baseline)
        # What both make falls out: the sum is how many more there are.
        assert rows.contrast.sum() == one[1].totals.fp - baseline[1].totals.fp
        assert rows.n_own == one[1].totals.tp + one[1].totals.fp
        assert set(rows.errors[rows.n_own :].tolist()) == {0.0}
    same = rows_of_question(Question("worse-false-positives"), side, side)
    assert (same.errors.any(), same.n_own == len(same.rows)) == (False, True)


def replace_run(planted: PlantedSet, name: str, run: Any) -> PlantedSet:
    return replace(planted, run=replace(run, name=name))


def test_the_same_seed_finds_the_same_and_another_splits_otherwise() -> None:
    side = side_of(planted_set(2))
    one, again = discover(side), discover(side)
    assert one == again
    other = discover(side, settings=DiscoverySettings(seed=1))
    assert [each.rows for each in other.slices] != [each.rows for each in one.slices]
    assert (one.searched_images, one.confirming_images) == (500, 500)


def test_asked_images_hold_and_one_class_can_be_asked_for() -> None:
    facts, _ = side_of(planted_set(2))
    images = np.arange(1000) < 400
    side = facts, evaluate(facts, EvaluationParams(), images=images)
    found = discover(side, Question("misses", class_row=1))
    assert found.searched_images + found.confirming_images == 400
    assert "class" not in found.columns
    gt = facts.dataset.ground_truth
    rows = rows_of_question(Question("misses", class_row=1), side)
    assert rows.rows.tolist() == np.flatnonzero((gt.class_row == 1) & images[gt.image_row]).tolist()
    with pytest.raises(EvaluationError, match="no row of 4 classes"):
        discover(side, Question("misses", class_row=4))
    with pytest.raises(EvaluationError, match="'everything' is none of"):
        Question("everything")


@pytest.mark.parametrize("seed", range(3))
def test_the_rows_of_every_question_add_up(seed: int) -> None:
    facts, evaluation = random_evaluation(seed)
    totals, side = evaluation.totals, (facts, evaluation)
    misses = rows_of_question(Question("misses"), side)
    assert (len(misses.rows), misses.errors.sum()) == (totals.n_gt, totals.fn)
    wrong = rows_of_question(Question("false-positives"), side)
    assert (len(wrong.rows), wrong.errors.sum()) == (totals.tp + totals.fp, totals.fp)
    images = rows_of_question(Question("images"), side)
    assert (len(images.rows), images.errors.sum()) == (30, totals.fp + totals.fn)
    for name in ERROR_NAMES.values():
        assert rows_of_question(Question(name), side).errors.sum() == evaluation.count_at_score[name]
    per_class = [rows_of_question(Question("images", row), side).errors.sum() for row in range(len(facts.dataset.classes))]
    assert sum(per_class) == totals.fp + totals.fn


def test_worse_sets_gains_against_losses() -> None:
    facts, evaluation = random_evaluation(21)
    _, run = by_hand(*random_set(21, n_images=30, n_gt=150, n_predictions=300, crowds=True))
    other = prepare_run(facts.dataset, replace(run, name="other"))
    side = other, evaluate(other, evaluation.params)
    rows = rows_of_question(Question("worse"), side, (facts, evaluation))
    assert rows.contrast.sum() == side[1].totals.fn - evaluation.totals.fn
    assert set(np.unique(rows.contrast)) == {-1.0, 0.0, 1.0}


def test_worse_asks_of_ground_truth_and_of_predictions() -> None:
    assert questions_of("worse") == ("worse", "worse-false-positives")
    assert questions_of("missed") == ("missed",)


def test_the_targets_name_every_error_type() -> None:
    assert TARGETS[-6:] == tuple(ERROR_NAMES.values())


def test_every_condition_is_an_expression_that_holds_where_it_says() -> None:
    moments = np.datetime64("2026-03-02T00:30") + np.arange(30) * np.timedelta64(7, "h")
    dataset, run = with_columns(
        by_hand(*random_set(2, n_images=30, n_gt=150, n_predictions=300)),
        images={
            "it's here": ["a'b", None, "c"] * 10,
            "sunny": [True, False, None] * 10,
            "captured": list(moments),
            "height": [1.5, 2.5] * 15,
            "speed": [None, *np.linspace(0, 5, 29).tolist()],
        },
        gt={"occluded": [True, False, None] * 50, "depth": np.linspace(0, 9, 150).tolist()},
    )
    facts = prepare_run(dataset, run)
    catalog, side = ColumnCatalog(facts), (facts, evaluate(facts, EvaluationParams()))
    for target, where in (
        ("misses", catalog.gt_where),
        ("false-positives", catalog.predictions_where),
        ("images", catalog.images_where),
    ):
        rows = rows_of_question(Question(target), side)
        conditions = conditions_on(rows, catalog, 3)
        for place, one in enumerate(conditions.conditions):
            np.testing.assert_array_equal(conditions.holds(place), where(one.expression)[rows.rows], err_msg=one.expression)
        named = {"it's here", "captured.hour", "captured.weekday", "speed", "meta.height", "sunny"}
        assert named <= {name.replace('"', "") for name in conditions.columns}
        assert ("occluded" in conditions.columns) == ("depth" in conditions.columns) == (target == "misses")
        assert ("area" in conditions.columns) == ("class" in conditions.columns) == (target != "images")
        assert not {"score", "rank", "file_name", "tag", "n_pred"} & set(conditions.columns)
    assert "depth" not in conditions_on(rows, catalog, 3, leave_out=["depth"]).columns


def test_the_score_is_sliceline_s() -> None:
    errors, inside = np.array([1.0, 1, 0, 0, 0, 0, 0, 0]), np.array([1, 1, 0, 0, 0, 0, 0, 0], np.bool_)
    assert slice_score(errors, inside, 0.6) == pytest.approx(0.6 * (1 / 0.25 - 1) - 0.4 * (8 / 2 - 1))
    assert math.isnan(slice_score(errors, ~inside & False, 0.6))
    assert math.isnan(slice_score(np.zeros(8), inside, 0.6))


def test_progress_and_cancel() -> None:
    side = side_of(planted_set(1, n_images=200))
    told: list[float] = []
    discover(side, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    calls = iter(range(1000))
    with pytest.raises(CancelledError):
        discover(side, cancelled=lambda: next(calls) > 4)


def test_settings_out_of_range_are_refused() -> None:
    for wrong in (
        {"alpha": 0.0},
        {"most_conditions": 4},
        {"least_rows": 0},
        {"most_slices": 0},
        {"max_q": 2.0},
        {"intervals": 0},
    ):
        with pytest.raises(EvaluationError):
            DiscoverySettings(**wrong)  # type: ignore[arg-type]


def test_limits_of_conditions_and_rows_hold() -> None:
    side = side_of(planted_set(5))
    for most in (1, 2):
        found = discover(side, settings=DiscoverySettings(most_conditions=most))
        assert all(len(one.conditions) <= most for one in found.slices)
    large = discover(side, settings=DiscoverySettings(least_rows=1_500))
    assert all(one.rows > 1_200 for one in large.slices)
    assert large.looked_at < discover(side).looked_at


def test_nothing_to_search_is_no_error() -> None:
    facts = prepare_run(*by_hand(2, 1, [], []))
    found = discover((facts, evaluate(facts, EvaluationParams())))
    assert (found.slices, found.tested, found.columns) == ((), 0, ())


@pytest.mark.parametrize(("n", "t"), [(5, 2.776), (10, 2.262), (30, 2.045), (200, 1.972)])
def test_on_few_images_p_is_that_of_students_t(n: int, t: float) -> None:
    # The bootstrap's standard error over n images is sqrt(1 - 1/n) of the one that Student divides by.
    resampled = np.random.default_rng(0).normal(0, 1, 1_000)
    resampled /= resampled.std(ddof=1) * math.sqrt(n / (n - 1))
    assert p_of_few(t, resampled, n) == pytest.approx(0.05, abs=0.003)
    assert p_of_few(-t, resampled, n) == p_of_few(t, resampled, n)
    assert p_of_few(2.0, np.full(1_000, 2.0), n) == 0.0
    assert math.isnan(p_of_few(math.nan, resampled, n))
