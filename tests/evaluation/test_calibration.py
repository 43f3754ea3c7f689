from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.evaluation.calibration import BINNINGS, calibrate, calibration_of
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.matching import match
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.random_sets import random_set

BOX = (0, 0, 100, 100)


def calibration_by_hand(ground_truth, predictions, **options):
    return calibrate(prepare_run(*by_hand(2, 3, ground_truth, predictions)), EvaluationParams(), **options)


def of(score, is_true, **options):
    score, is_true = np.array(score, float), np.array(is_true, bool)
    return calibration_of(score, is_true, is_true.astype(float), np.zeros(len(score), int), 1, **options)


def match_at(facts, iou):
    params = EvaluationParams(iou_threshold=iou)
    return match(facts.pairs, facts.ranking, facts.run.predictions, params, gt_ignored=facts.gt_ignored)


def test_toy_set():
    calibration = calibrate(prepare_run(*golden()), EvaluationParams(score_threshold=0.9))
    assert calibration.ece == pytest.approx(0.43125)
    assert calibration.mce == pytest.approx(0.8)
    assert calibration.n == 8
    assert calibration.bins.n.tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 2]
    assert calibration.bins.mean_score[9] == pytest.approx(0.925)
    assert calibration.bins.precision[9] == 1.0
    assert np.isnan(calibration.bins.precision[0])


def test_a_score_on_an_edge_belongs_to_the_bin_above_and_one_to_the_last():
    bins = of([0.0, 0.1, 0.3, 0.5, 0.9999, 1.0], [True] * 6).bins
    assert bins.n.tolist() == [1, 1, 0, 1, 0, 1, 0, 0, 0, 2]
    assert bins.low.tolist() == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert bins.high[-1] == 1.0


def test_weights_are_shares_of_all_predictions():
    calibration = of([0.25, 0.25, 0.25, 0.85], [False, False, False, True])
    assert calibration.ece == pytest.approx(0.75 * 0.25 + 0.25 * 0.15)
    assert calibration.mce == pytest.approx(0.25)


def test_ignored_predictions_are_left_out_and_classes_without_ground_truth_are_false():
    ground_truth = [(1, 1, *BOX, 1), (2, 1, *BOX)]
    predictions = [(1, 1, *BOX, 0.95), (2, 1, *BOX, 0.85), (2, 3, *BOX, 0.75)]
    calibration = calibration_by_hand(ground_truth, predictions)
    assert calibration.n == 2
    assert calibration.bins.precision[[7, 8]].tolist() == [0.0, 1.0]


def test_predictions_beyond_max_detections_are_left_out():
    facts = prepare_run(*by_hand(1, 1, [(1, 1, *BOX)], [(1, 1, *BOX, 0.9), (1, 1, *BOX, 0.1)]))
    assert calibrate(facts, EvaluationParams(max_detections=1)).n == 1


def test_only_asked_images_count():
    ground_truth, predictions = [(1, 1, *BOX)], [(1, 1, *BOX, 0.95), (2, 1, *BOX, 0.85)]
    assert calibration_by_hand(ground_truth, predictions, images=np.array([True, False])).n == 1


def test_a_score_outside_0_to_1_makes_it_undefined():
    calibration = of([0.5, 1.5], [True, True])
    assert calibration.n == 2
    assert np.isnan([calibration.ece, calibration.mce, calibration.laece]).all()


def test_without_predictions_it_is_undefined():
    for calibration in (of([], []), of([], [], binning="equal mass"), calibration_by_hand([], [])):
        assert calibration.n == 0
        assert np.isnan([calibration.ece, calibration.mce, calibration.laece]).all()
        assert len(calibration.bins) == 10


def test_equal_mass_bins_hold_equal_numbers():
    rng = np.random.default_rng(0)
    score = rng.random(1000) ** 4
    is_true = rng.random(1000) < score
    calibration = of(score, is_true, binning="equal mass")
    assert calibration.bins.n.tolist() == [100] * 10
    parts = np.sort(score).reshape(10, 100)
    np.testing.assert_array_equal(calibration.bins.low, parts[:, 0])
    np.testing.assert_array_equal(calibration.bins.high, parts[:, -1])
    order = np.argsort(score)
    gaps = np.abs(score[order].reshape(10, 100).mean(axis=1) - is_true[order].reshape(10, 100).mean(axis=1))
    assert calibration.ece == pytest.approx(gaps.mean())
    assert calibration.mce == pytest.approx(gaps.max())


def test_equal_mass_keeps_equal_scores_together_in_any_order():
    score = np.array([0.5] * 30 + [0.2] * 5 + [0.8] * 5)
    is_true = np.arange(40) % 3 == 0
    one = of(score, is_true, binning="equal mass")
    other = of(score[::-1], is_true[::-1], binning="equal mass")
    assert sorted(one.bins.n.tolist()) == [0] * 7 + [5, 5, 30]
    assert one.ece == other.ece


def test_laece_takes_a_true_positive_with_its_iou_and_the_mean_over_classes():
    ground_truth = [(1, 1, *BOX), (2, 2, *BOX)]
    predictions = [(1, 1, 0, 0, 100, 80, 0.9), (2, 2, 0, 0, 100, 60, 0.5), (2, 2, 500, 0, 9, 9, 0.5)]
    calibration = calibration_by_hand(ground_truth, predictions)
    assert calibration.laece == pytest.approx(((0.9 - 0.8) + (0.5 - 0.3)) / 2)


def test_it_is_that_of_the_iou_threshold():
    facts = prepare_run(*by_hand(*random_set(3)))
    params = EvaluationParams()
    assert calibrate(facts, params).ece != calibrate(facts, replace(params, iou_threshold=0.9)).ece


def slowly(score, is_true, quality, class_row, binning, n_bins):
    """Compute D-ECE, MCE and LaECE one prediction at a time."""

    def gathered(rows):
        if binning == "equal width":
            return {row: min(n_bins - 1, int(n_bins * score[row])) for row in rows}
        ordered = sorted(score[row] for row in rows)
        edges = [ordered[k * len(rows) // n_bins] for k in range(1, n_bins)]
        return {row: sum(edge <= score[row] for edge in edges) for row in rows}

    def gaps(rows, right):
        bin_of = gathered(rows)
        for number in set(bin_of.values()):
            inside = [row for row in rows if bin_of[row] == number]
            mean_score = math.fsum(score[row] for row in inside) / len(inside)
            yield len(inside) / len(rows), abs(mean_score - math.fsum(float(right[row]) for row in inside) / len(inside))

    def expected(rows, right):
        return math.fsum(share * gap for share, gap in gaps(rows, right))

    everyone = list(range(len(score)))
    of_class = {c: [row for row in everyone if class_row[row] == c] for c in sorted(set(class_row.tolist()))}
    per_class = {
        c: (expected(rows, is_true), max(gap for _, gap in gaps(rows, is_true)), expected(rows, quality))
        for c, rows in of_class.items()
    }
    laece = math.fsum(figures[2] for figures in per_class.values()) / len(per_class)
    return expected(everyone, is_true), max(gap for _, gap in gaps(everyone, is_true)), laece, per_class


@given(
    rows=st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.floats(0.5, 1.0), st.integers(0, 3)), min_size=1, max_size=40),
    binning=st.sampled_from(BINNINGS),
    n_bins=st.integers(1, 15),
)
def test_all_errors_are_those_computed_one_prediction_at_a_time(rows, binning, n_bins):
    score = np.array([row[0] / 20 for row in rows])
    is_true = np.array([row[1] for row in rows])
    quality = np.array([row[2] if row[1] else 0.0 for row in rows])
    class_row = np.array([row[3] for row in rows])
    found = calibration_of(score, is_true, quality, class_row, 4, binning, n_bins)
    ece, mce, laece, per_class = slowly(score, is_true, quality, class_row, binning, n_bins)
    assert [found.ece, found.mce, found.laece] == pytest.approx([ece, mce, laece], abs=1e-12)
    assert len(found.bins) == n_bins
    assert int(found.bins.n.sum()) == found.n == len(rows)
    for c in range(4):
        figures = [found.per_class.ece[c], found.per_class.mce[c], found.per_class.laece[c]]
        if c in per_class:
            assert figures == pytest.approx(per_class[c], abs=1e-12)
        else:
            assert np.isnan(figures).all()


@pytest.mark.parametrize("binning", BINNINGS)
def test_a_class_is_calibrated_as_if_it_were_alone(binning):
    facts = prepare_run(*by_hand(*random_set(11)))
    predictions, matches = facts.run.predictions, match_at(facts, 0.5)
    whole = calibrate(facts, EvaluationParams(), binning=binning, n_bins=5)
    for c in range(len(facts.dataset.classes)):
        rows = np.flatnonzero(predictions.class_row == c)
        is_true = matches.gt_row_of_pred[rows] >= 0
        alone = calibration_of(
            predictions.score[rows], is_true, matches.iou_of_pred[rows], np.zeros(len(rows), int), 1, binning, 5
        )
        assert whole.per_class.n[c] == alone.n == len(rows)
        assert whole.per_class.ece[c] == pytest.approx(alone.ece)
        assert whole.per_class.mce[c] == pytest.approx(alone.mce)
        assert whole.per_class.laece[c] == pytest.approx(alone.laece)


def test_a_score_outside_0_to_1_spoils_its_own_class_only():
    score, class_row = np.array([0.5, 0.5, -0.1]), np.array([0, 1, 1])
    found = calibration_of(score, np.ones(3, bool), np.ones(3), class_row, 3)
    assert found.n_outside == 1
    assert np.isnan([found.ece, found.mce, found.laece]).all()
    assert found.per_class.ece[0] == 0.5
    assert np.isnan(found.per_class.ece[1:]).all()


def test_a_million_classes_take_room_for_those_that_occur():
    score = np.array([0.25, 0.75])
    found = calibration_of(score, np.array([False, True]), np.array([0.0, 1.0]), np.array([3, 999_999]), 1_000_000, n_bins=1000)
    assert found.per_class.ece[[3, 999_999]].tolist() == [0.25, 0.25]
    assert np.isnan(found.per_class.ece[0])


@pytest.mark.parametrize(
    ("options", "setting"),
    [({"binning": "quantile"}, "binning"), ({"n_bins": 0}, "n_bins"), ({"n_bins": 1001}, "n_bins")],
)
def test_an_unknown_binning_is_refused(options, setting):
    with pytest.raises(EvaluationError, match=setting):
        of([0.5], [True], **options)


def test_what_is_no_score_or_no_class_is_refused():
    with pytest.raises(EvaluationError, match="score"):
        of([np.nan], [True])
    with pytest.raises(EvaluationError, match="class_row"):
        calibration_of(np.array([0.5]), np.array([True]), np.array([1.0]), np.array([1]), 1)
