from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.evaluation.error_types import classify_outcomes
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.matching import match
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand, golden

A, B = 1, 2
BOX = (0, 0, 100, 100)


def outcomes_of(ground_truth, predictions, **settings):
    facts = prepare_run(*by_hand(2, 3, ground_truth, predictions))
    return evaluate(facts, EvaluationParams(**{"score_threshold": 0.0, **settings})).outcomes


def kinds_of(ground_truth, predictions, **settings):
    outcomes = outcomes_of(ground_truth, predictions, **settings)
    names = [OutcomeKind(kind).name.lower() for kind in outcomes.kind]
    return names[: len(predictions)], names[len(predictions) :]


def wide(share, score=0.9, class_id=A, image_id=1):
    """Return a prediction whose IoU with BOX is ``share``."""
    return (image_id, class_id, 0, 0, 100 * share, 100, score)


def test_toy_set_has_one_error_of_each_kind():
    facts = prepare_run(*golden())
    everything = evaluate(facts, EvaluationParams(score_threshold=0.0))
    assert set(everything.count_at_score.values()) == {1}
    names = [OutcomeKind(kind).name.lower() for kind in everything.outcomes.kind[:8]]
    assert names == [
        "true_positive",
        "duplicate",
        "classification",
        "localization",
        "true_positive",
        "true_positive",
        "background",
        "both",
    ]
    at_score = evaluate(facts, EvaluationParams(score_threshold=0.65)).count_at_score
    assert at_score == {"missed": 3, "background": 0, "localization": 0, "classification": 1, "both": 0, "duplicate": 1}


def test_no_ground_truth_in_the_image_is_background():
    assert kinds_of([(2, A, *BOX)], [wide(0.9)]) == (["background"], ["missed"])


@pytest.mark.parametrize(
    ("iou", "kind"),
    [(0.05, "background"), (0.1, "localization"), (0.3, "localization"), (0.499, "localization"), (0.5, "true_positive")],
)
def test_same_class_by_iou(iou, kind):
    assert kinds_of([(1, A, *BOX)], [wide(iou)])[0] == [kind]


@pytest.mark.parametrize(
    ("iou", "kind"), [(0.05, "background"), (0.1, "background"), (0.3, "both"), (0.499, "both"), (0.5, "classification")]
)
def test_other_class_by_iou(iou, kind):
    assert kinds_of([(1, B, *BOX)], [wide(iou)])[0] == [kind]


def test_a_used_ground_truth_at_exactly_the_threshold_is_localization_not_duplicate():
    assert kinds_of([(1, A, *BOX)], [wide(0.9, 0.9), wide(0.5, 0.8)])[0] == ["true_positive", "localization"]
    assert kinds_of([(1, A, *BOX)], [wide(0.9, 0.9), wide(0.51, 0.8)])[0] == ["true_positive", "duplicate"]


def test_localization_comes_before_classification_and_classification_before_duplicate():
    ground_truth = [(1, A, *BOX), (1, B, 0, 0, 30, 100)]
    assert kinds_of(ground_truth, [wide(0.3)])[0] == ["localization"]
    ground_truth = [(1, A, *BOX), (1, B, 0, 0, 90, 100)]
    assert kinds_of(ground_truth, [wide(1.0), wide(0.8, 0.8)])[0] == ["true_positive", "classification"]


def test_two_errors_on_one_ground_truth_leave_nothing_missed():
    predictions, ground_truth = kinds_of([(1, A, *BOX)], [wide(0.4), wide(0.3, 0.8), wide(0.8, 0.7, B)])
    assert predictions == ["localization", "localization", "classification"]
    assert ground_truth == ["found"]


def test_an_unmatched_ground_truth_in_an_error_row_has_no_match_of_its_own():
    outcomes = outcomes_of([(1, A, *BOX)], [wide(0.4)])
    assert outcomes.target.tolist() == [0, -1]
    assert outcomes.iou[0] == pytest.approx(0.4)
    assert np.isnan(outcomes.iou[1])


def test_below_the_score_threshold_nothing_reaches_the_ground_truth():
    ground_truth, predictions = [(1, A, *BOX)], [wide(0.4, 0.2)]
    assert kinds_of(ground_truth, predictions, score_threshold=0.2) == (["localization"], ["found"])
    assert kinds_of(ground_truth, predictions, score_threshold=0.25) == (["not_kept"], ["missed"])


def test_a_match_below_the_score_threshold_does_not_use_up_the_ground_truth():
    predictions, ground_truth = kinds_of([(1, A, *BOX)], [wide(0.9, 0.2), wide(0.4, 0.9)], score_threshold=0.5)
    assert (predictions, ground_truth) == (["not_kept", "localization"], ["found"])


def test_what_both_and_duplicate_aim_at_is_still_missed_unless_matched():
    outcomes = outcomes_of([(1, B, *BOX)], [wide(0.3)])
    assert outcomes.kind.tolist() == [OutcomeKind.BOTH, OutcomeKind.MISSED]
    assert outcomes.target.tolist() == [0, -1]
    outcomes = outcomes_of([(1, A, *BOX)], [wide(0.9), wide(0.8, 0.8)])
    assert outcomes.target.tolist() == [0, 0, 0]


def test_both_points_at_the_nearest_of_any_class():
    # IoU .3 with B and .05 with A.
    outcomes = outcomes_of([(1, A, 0, 0, 5, 30), (1, B, *BOX)], [wide(0.3)])
    assert outcomes.kind[0] == OutcomeKind.BOTH
    assert outcomes.target[0] == 1


def test_a_prediction_on_a_crowd_is_neither_true_nor_false():
    """A trap of other tools: a prediction matched to a crowd counted as a true positive."""
    facts = prepare_run(*by_hand(1, 1, [(1, A, *BOX, 1)], [wide(0.9), wide(0.8, 0.8)]))
    evaluation = evaluate(facts, EvaluationParams())
    assert evaluation.totals.tp == evaluation.totals.fp == evaluation.totals.fn == 0
    assert (evaluation.outcomes.kind == OutcomeKind.IGNORED).all()
    assert sum(evaluation.count_at_score.values()) == 0
    assert evaluation.confusion.counts.sum() == 0


def test_a_crowd_is_never_what_an_error_aims_at():
    crowd = (1, A, 0, 0, 100, 100, 1)
    # Of another class, so that it does not excuse; and too far off for its own.
    assert kinds_of([crowd], [wide(0.9, class_id=B)]) == (["background"], ["ignored"])
    assert kinds_of([crowd], [(1, A, 80, 0, 60, 100, 0.9)])[0] == ["background"]


def test_a_class_without_ground_truth_gives_false_positives():
    assert kinds_of([(1, A, *BOX)], [wide(0.9), wide(0.9, class_id=3), wide(0.05, class_id=3)])[0] == [
        "true_positive",
        "classification",
        "background",
    ]


def test_the_cut_to_max_detections_comes_before_everything():
    facts = prepare_run(*by_hand(1, 1, [(1, A, *BOX)], [wide(0.05, 0.9), wide(0.9, 0.8)]), max_detections=1)
    kind = evaluate(facts, EvaluationParams(max_detections=1)).outcomes.kind
    assert kind.tolist() == [OutcomeKind.BACKGROUND, OutcomeKind.NOT_KEPT, OutcomeKind.MISSED]


def test_equal_scores_are_taken_in_file_order():
    assert kinds_of([(1, A, *BOX)], [wide(0.8), wide(0.9)])[0] == ["true_positive", "duplicate"]


def test_equal_ious_aim_at_the_first_in_the_file():
    outcomes = outcomes_of([(1, A, *BOX), (1, A, *BOX)], [wide(0.4)])
    assert outcomes.target[0] == 0


def test_with_a_background_iou_of_zero_only_what_overlaps_is_aimed_at():
    assert kinds_of([(1, A, *BOX)], [(1, A, 500, 500, 10, 10, 0.9)], background_iou=0.0)[0] == ["background"]
    assert kinds_of([(1, A, *BOX)], [wide(0.01)], background_iou=0.0)[0] == ["localization"]


def test_ground_truth_ignored_by_a_slice_is_aimed_at_by_nobody():
    facts = prepare_run(*by_hand(1, 2, [(1, A, *BOX), (1, B, 300, 0, 9, 9)], [wide(0.4)]))
    params = EvaluationParams()
    outside = np.array([True, False])
    matches = match(facts.pairs, facts.ranking, facts.run.predictions, params, gt_ignored=outside)
    outcomes = classify_outcomes(facts, params, matches)
    assert outcomes.kind.tolist() == [OutcomeKind.BACKGROUND, OutcomeKind.IGNORED, OutcomeKind.MISSED]


def test_a_threshold_below_the_kept_overlaps_is_refused():
    facts = prepare_run(*golden())
    above_a_million = replace(facts, pairs=replace(facts.pairs, floor=0.1))
    params = EvaluationParams(background_iou=0.05)
    matches = match(facts.pairs, facts.ranking, facts.run.predictions, params, gt_ignored=facts.gt_ignored)
    with pytest.raises(EvaluationError, match="background_iou"):
        classify_outcomes(above_a_million, params, matches)
