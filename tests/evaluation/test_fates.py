"""What became of objects from run to run, by hand and by a slow reading of the rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.fates import (
    FATE_NAMES,
    GT_FATES,
    UNKNOWN,
    WAS_NAMES,
    Fates,
    Side,
    fate_matrix,
    fates_of_ground_truth,
    follow_fates,
    found_in_runs,
    unknown_fates,
)
from diag_gui.evaluation.outcomes import ERROR_NAMES, OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.prediction_pairs import corresponding_predictions
from diag_gui.evaluation.query import Query, names_fates, select
from diag_gui.exceptions import EvaluationError, ExpressionError
from tests.evaluation.coco_facts import by_hand, coco_results, run_from_results
from tests.evaluation.random_sets import Tuples, random_set

A, B = 1, 2
PARAMS = EvaluationParams(score_threshold=0.2)


def sides(
    n_images: int,
    n_classes: int,
    truth: Tuples,
    *runs: Tuples,
    params: EvaluationParams = PARAMS,
    images: np.ndarray | None = None,
) -> list[Side]:
    dataset, first = by_hand(n_images, n_classes, truth, runs[0])
    all_runs = [first, *(run_from_results(coco_results(found), dataset, f"run {n}") for n, found in enumerate(runs[1:], 2))]
    prepared = [prepare_run(dataset, run) for run in all_runs]
    return [(facts, evaluate(facts, params, images=images)) for facts in prepared]


def box(place: int, share: float = 1.0) -> tuple[float, float, float, float]:
    return (place * 200, 0, 100 * share, 100)


TRUTH = [(1, A, *box(place)) for place in range(6)]
BEFORE = [
    (1, A, *box(0), 0.9),
    (1, A, *box(1), 0.9),
    (1, A, *box(2, 0.3), 0.9),
    (1, B, *box(3), 0.9),
    (1, A, 0, 500, 50, 50, 0.9),
    (1, A, 100, 500, 50, 50, 0.9),
]
NOW = [
    (1, A, *box(0), 0.9),
    (1, A, *box(1, 0.3), 0.8),
    (1, A, *box(2), 0.7),
    (1, A, *box(5), 0.6),
    (1, A, 0, 505, 50, 50, 0.5),
    (1, A, 300, 500, 50, 50, 0.4),
    (1, A, *box(0, 0.9), 0.3),
    (1, A, 100, 500, 50, 50, 0.1),
]


def words(fates: Fates) -> list[tuple[str, str, int]]:
    """What is said of each row with a fate."""
    return [
        (FATE_NAMES[fate], WAS_NAMES[was], int(right))
        for fate, was, right in zip(fates.fate, fates.was, fates.n_right, strict=True)
        if fate != UNKNOWN
    ]


def test_every_object_by_hand() -> None:
    before, now = sides(1, 2, TRUTH, BEFORE, NOW)
    fates = follow_fates(now, before)
    assert words(fates) == [
        ("still right", "found", 2),
        ("now wrong", "found", 1),
        ("now right", "localization", 1),
        ("now right", "missed", 1),
        ("still wrong", "false positive", 0),
        ("now wrong", "nothing", 1),
        # A duplicate of what both find: its place is taken in the other run by the better of the two.
        ("now wrong", "nothing", 1),
        ("still wrong", "classification", 0),
        ("still wrong", "missed", 0),
    ]
    kept = now[1].outcomes.kind[:8] != OutcomeKind.NOT_KEPT
    assert fates.fate[:8][~kept].tolist() == [UNKNOWN]
    matrix = fate_matrix(now, before)
    assert matrix.ground_truth.tolist() == [[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 1]]
    assert matrix.counts() == {"now wrong": 1, "now right": 2, "still wrong": 2, "still right": 1}
    assert {WAS_NAMES[was]: n for was, n in enumerate(matrix.false_positives.tolist()) if n} == {
        "false positive": 1,
        "nothing": 2,
    }
    assert matrix.gone == 1
    assert found_in_runs([before, now]).tolist() == [2, 3, 1]


def test_a_run_against_itself_changes_nothing() -> None:
    (side,) = sides(*random_set(1, crowds=True, ties=True))
    fates = follow_fates(side, side)
    said = {FATE_NAMES[fate] for fate in fates.fate.tolist() if fate != UNKNOWN}
    assert said == {"still wrong", "still right"}
    matrix = fate_matrix(side, side)
    assert not (matrix.ground_truth - np.diag(np.diag(matrix.ground_truth))).any()
    assert matrix.gone == 0
    assert matrix.false_positives.sum() == matrix.false_positives[WAS_NAMES.index("false positive")]


def test_an_error_is_not_gone_where_the_run_makes_the_prediction_and_is_wrong_about_a_label() -> None:
    """Before, two loose boxes aim at one label: the first tells its fate, the second is about itself. Now the second alone."""
    truth = [(1, A, *box(0))]
    before, now = sides(1, 1, truth, [(1, A, *box(0, 0.3), 0.9), (1, A, *box(0, 0.2), 0.5)], [(1, A, *box(0, 0.2), 0.5)])
    there, back = fate_matrix(now, before), fate_matrix(before, now)
    assert (there.new, there.still, there.gone) == (0, 0, 0)
    assert (back.new, back.still, back.gone) == (0, 1, 0)


def random_sides(seed: int, images: np.ndarray | None = None, **settings: float) -> list[Side]:
    """Three runs that are alike and differ: one is shaken, one lacks a part."""
    n_images, n_classes, truth, found = random_set(seed, crowds=True, ties=bool(seed % 2))
    rng = np.random.default_rng(seed)
    shaken = [
        (image, class_id, x + rng.normal(0, 4), y, w, h, float(np.clip(score + rng.normal(0, 0.2), 0, 1)))
        for image, class_id, x, y, w, h, score in found
    ]
    part = [record for record in found if rng.random() < 0.6]
    params = replace(PARAMS, **settings)
    return sides(n_images, n_classes, truth, found, shaken, part, params=params, images=images)


@pytest.mark.parametrize("seed", range(8))
def test_a_cell_is_as_many_rows_as_it_counts(seed: int) -> None:
    images = None if seed % 3 else np.arange(8) % 3 > 0
    run, compared, other = random_sides(seed, images)
    fates, matrix = follow_fates(run, compared, [other]), fate_matrix(run, compared)
    catalog = ColumnCatalog(run[0], run[1], fates=fates)
    total = 0
    for before, was in enumerate(GT_FATES):
        for after, is_now in enumerate(GT_FATES):
            now = "fate IN ('now right', 'still right')" if is_now == "found" else f"error = '{is_now}'"
            query = Query(expressions=(f"was = '{was}' AND {now}",), show="all")
            assert len(select(query, catalog, run[1]).rows) == matrix.ground_truth[before, after], (was, is_now)
            total += matrix.ground_truth[before, after]
    assert total == run[1].totals.n_gt
    assert matrix.ground_truth[:, 0].sum() == run[1].totals.tp
    for was in ("false positive", "true positive", "nothing", "ignored"):
        rows = select(Query(expressions=(f"was = '{was}'",)), catalog, run[1]).rows
        assert len(rows) == matrix.false_positives[WAS_NAMES.index(was)]
    for name, n in matrix.counts().items():
        assert (
            np.count_nonzero(fates.fate == FATE_NAMES.index(name))
            - (
                matrix.false_positives[WAS_NAMES.index("false positive")] * (name == "still wrong")
                + (matrix.false_positives.sum() - matrix.false_positives[WAS_NAMES.index("false positive")])
                * (name == "now wrong")
            )
            == n
        )


@pytest.mark.parametrize("seed", range(8))
def test_ground_truth_stands_where_the_rules_say(seed: int) -> None:
    side = random_sides(seed, iou_threshold=0.6)[0]
    outcomes, n = side[1].outcomes, side[1].outcomes.n_predictions
    fates = fates_of_ground_truth(outcomes)
    for gt in range(len(fates.code)):
        kind, row = outcomes.kind[n + gt], fates.outcome_row[gt]
        aiming = [
            p
            for p in range(n)
            if outcomes.kind[p] in (OutcomeKind.LOCALIZATION, OutcomeKind.CLASSIFICATION) and outcomes.target[p] == gt
        ]
        if kind in (OutcomeKind.IGNORED, OutcomeKind.NOT_KEPT):
            assert fates.code[gt] == UNKNOWN
        elif kind == OutcomeKind.MISSED:
            assert (GT_FATES[fates.code[gt]], row) == ("missed", n + gt)
        elif outcomes.target[n + gt] >= 0:
            assert (GT_FATES[fates.code[gt]], row) == ("found", outcomes.target[n + gt])
        else:
            best = max(aiming, key=lambda p: (outcomes.predictions.score[p], -p))
            assert (GT_FATES[fates.code[gt]], row) == (ERROR_NAMES[OutcomeKind(int(outcomes.kind[best]))], best)


def iou(one: np.ndarray, other: np.ndarray) -> float:
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


@pytest.mark.parametrize("seed", range(6))
def test_predictions_correspond_best_pair_first(seed: int) -> None:
    one, other = random_sides(seed)[:2]
    kept, other_kept = ((side[1].outcomes.kind[: side[1].outcomes.n_predictions] != 0) for side in (one, other))
    found = corresponding_predictions(one[0], kept, other[0], other_kept, 0.4)
    p, q = one[0].run.predictions, other[0].run.predictions
    pairs = sorted(
        (-iou(p.xywh[a], q.xywh[b]), a, b)
        for a in np.flatnonzero(kept)
        for b in np.flatnonzero(other_kept)
        if p.image_row[a] == q.image_row[b] and p.class_row[a] == q.class_row[b] and iou(p.xywh[a], q.xywh[b]) >= 0.4
    )
    wanted = np.full(len(p), -1)
    used: set[int] = set()
    for _, a, b in pairs:
        if wanted[a] < 0 and b not in used:
            wanted[a] = b
            used.add(b)
    np.testing.assert_array_equal(found, wanted)
    assert (found >= 0).sum() > 5


def test_n_right_counts_the_runs() -> None:
    run, compared, other = random_sides(3)
    fates = follow_fates(run, compared, [other])
    assert fates.n_runs == 3
    one, two = follow_fates(run, compared), follow_fates(run, other)
    has_fate = fates.fate != UNKNOWN
    is_right = np.isin(fates.fate, [FATE_NAMES.index("still right"), FATE_NAMES.index("now right")])
    np.testing.assert_array_equal(fates.n_right[has_fate], (one.n_right + two.n_right - is_right)[has_fate])
    assert (fates.n_right[~has_fate] == -1).all()
    counted = found_in_runs([run, compared, other])
    told = np.flatnonzero((fates.was < len(GT_FATES)) & has_fate)
    assert np.bincount(fates.n_right[told], minlength=4).tolist() == counted.tolist()


def test_what_is_ignored_in_the_other_run_was_not_wrong() -> None:
    """On a crowd before; moved off it by half its width, it is a background error now."""
    truth = [(1, A, 0, 0, 100, 100, 1)]
    before, now = sides(1, 1, truth, [(1, A, 70, 0, 50, 50, 0.9)], [(1, A, 85, 0, 50, 50, 0.9)])
    assert before[1].outcomes.kind[0] == OutcomeKind.IGNORED
    assert words(follow_fates(now, before)) == [("now wrong", "ignored", 1)]
    assert words(follow_fates(before, now)) == []


def test_empty_sets() -> None:
    one, two = sides(1, 1, [], [], [])
    assert words(follow_fates(one, two)) == []
    assert fate_matrix(one, two).ground_truth.sum() == 0
    one, two = sides(2, 1, [(1, 1, 0, 0, 9, 9)], [], [(1, 1, 0, 0, 9, 9, 0.9)])
    assert words(follow_fates(one, two)) == [("now wrong", "found", 1)]


def test_runs_that_were_not_evaluated_alike_are_not_followed() -> None:
    one, two = random_sides(0)[:2]
    stricter = (two[0], evaluate(two[0], replace(PARAMS, iou_threshold=0.7)))
    with pytest.raises(EvaluationError, match="different settings"):
        follow_fates(one, stricter)
    fewer = (two[0], evaluate(two[0], PARAMS, images=np.arange(8) > 3))
    with pytest.raises(EvaluationError, match="different images"):
        fate_matrix(one, fewer)
    with pytest.raises(EvaluationError, match="no run on the dataset"):
        found_in_runs([one, random_sides(0)[1]])


def test_columns_need_another_run() -> None:
    run, compared = random_sides(2)[:2]
    without = ColumnCatalog(run[0], run[1])
    for text in ("fate = 'now wrong'", "was = 'found' OR n_gt > 3", "failure.n_right = 0"):
        assert names_fates(text)
        with pytest.raises(ExpressionError, match="no other run"):
            without.check(text)
    assert not names_fates("error = 'missed'")
    assert not {"fate", "was", "n_right"} & {column.segments[-1] for column in without.offered_columns()}
    unknown = ColumnCatalog(run[0], run[1], fates=unknown_fates(len(run[1].outcomes)))
    unknown.check("fate = 'now wrong'")
    assert unknown.offered_values(("was",)) == WAS_NAMES
    assert {"fate", "was", "n_right"} <= {column.segments[-1] for column in unknown.offered_columns()}
    with pytest.raises(ExpressionError):
        unknown.check("fate > 3")
    known = ColumnCatalog(run[0], run[1], fates=follow_fates(run, compared))
    wrong = known.outcomes_where("fate = 'now wrong'")
    assert 0 < wrong.sum() < len(wrong)
    assert known.images_where("fate = 'now wrong'").tolist() == [
        bool(wrong[run[1].outcomes.image_row(np.arange(len(wrong))) == image].any()) for image in range(8)
    ]


def test_a_query_forgets_what_only_another_run_can_answer() -> None:
    query = Query(expressions=("fate = 'now wrong'", "n_gt > 3", "was = 'found'"))
    assert query.asks_for_fates
    assert query.without_fates().expressions == ("n_gt > 3",)
    assert not query.without_fates().asks_for_fates
