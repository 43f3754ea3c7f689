from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation import label_errors_evidence
from diag_gui.evaluation.evaluator import RunFacts, prepare_run
from diag_gui.evaluation.label_errors_doubts import DOUBTS
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand, coco_dict, coco_results, dataset_from_coco, golden, run_from_results
from tests.evaluation.random_sets import random_set

A, B = 1, 2
BOX = (0, 0, 100, 100)
FAR = (500, 500, 100, 100)


def doubts_of(ground_truth, predictions, n_images=2):
    """Return what is said of the predictions and of the labels: estimates, and what they are about."""
    doubts = prepare_run(*by_hand(n_images, 2, ground_truth, predictions)).labels.doubts
    about = [DOUBTS[kind] if kind >= 0 else "" for kind in doubts.kind.tolist()]
    n = len(predictions)
    return doubts.label_error[:n], doubts.label_error[n:], about[:n], about[n:]


def street(n_images=40):
    """Return labels that a model finds surely and precisely, one of class A and one of class B on each image."""
    ground_truth = [(i, c, 200 * c, 0, 100, 100) for i in range(1, n_images + 1) for c in (A, B)]
    predictions = [(*label, 0.6 + 0.3 * (number % 7) / 7) for number, label in enumerate(ground_truth)]
    return ground_truth, predictions


def runs_on(ground_truth, *runs, n_images=40) -> list[RunFacts]:
    """Prepare several runs on one dataset."""
    dataset = dataset_from_coco(coco_dict(n_images, 2, ground_truth))
    return [prepare_run(dataset, run_from_results(coco_results(run), dataset)) for run in runs]


def test_scores_order_where_there_is_nothing_to_learn_from():
    of_pred, _, about, _ = doubts_of([], [(1, A, *BOX, 0.97), (1, B, *FAR, 0.3)])
    assert about == ["missing", "missing"]
    assert of_pred[0] > of_pred[1]


def test_a_sure_prediction_where_no_label_is_may_be_a_missing_label():
    ground_truth, predictions = street()
    of_pred, _, about, _ = doubts_of(ground_truth, [*predictions, (1, A, *FAR, 0.9), (2, A, *FAR, 0.1)], 40)
    rows = np.flatnonzero(np.isin(about, ["missing"]) & ~np.isnan(of_pred))
    assert len(rows) == 2
    assert of_pred[rows[0]] == of_pred.max() > 0.9
    assert of_pred[rows[1]] < of_pred[rows[0]]


def test_a_label_under_another_class_is_doubted_on_both_rows():
    ground_truth, predictions = street()
    wrong = [(i, B if (i, c) == (3, A) else c, *box) for i, c, *box in ground_truth]
    of_pred, of_gt, about_pred, about_gt = doubts_of(wrong, predictions, 40)
    assert np.argmax(of_gt) == 4
    assert np.argmax(of_pred) == 4
    assert about_gt[4] == about_pred[4] == "class"
    assert of_gt[4] == of_pred[4] > 0.9


def test_a_shifted_label_is_doubted_on_both_rows():
    ground_truth, predictions = street()
    wrong = [(i, c, x + 40 * ((i, c) == (3, A)), y + 30 * ((i, c) == (3, A)), w, h) for i, c, x, y, w, h in ground_truth]
    of_pred, of_gt, about_pred, about_gt = doubts_of(wrong, predictions, 40)
    assert np.argmax(of_gt) == 4
    assert of_pred[4] == of_gt[4] > 0.9
    assert about_gt[4] == about_pred[4] == "location"


def test_a_label_where_nothing_is_found_is_doubted():
    ground_truth, predictions = street()
    _, of_gt, _, about = doubts_of([*ground_truth, (1, A, *FAR)], predictions, 40)
    assert about[np.argmax(of_gt)] == "spurious"
    assert of_gt.max() > 0.9
    assert np.sort(of_gt)[-2] < 0.5


def test_the_second_of_two_labels_of_one_object_is_doubted():
    ground_truth, predictions = street()
    _, of_gt, _, _ = doubts_of([*ground_truth, (1, A, 203, 0, 100, 100)], predictions, 40)
    assert np.argmax(of_gt) == 2


def test_one_object_with_two_labels_of_different_class_has_a_wrong_one():
    ground_truth, predictions = street()
    of_pred, of_gt, _, about = doubts_of([*ground_truth, (1, B, 200, 0, 100, 97)], predictions, 40)
    assert np.flatnonzero(of_gt == 1).tolist() == [0, 2]
    assert about[0] == about[2] == "class"
    assert of_pred[0] == 1


def test_labels_that_are_found_surely_are_hardly_doubted():
    of_pred, of_gt, _, _ = doubts_of(*street(), 40)
    assert of_gt.max() < 0.2
    assert of_pred.tolist() == of_gt.tolist()


def test_a_second_prediction_of_a_labelled_object_is_no_missing_label():
    ground_truth, predictions = street()
    twice = (1, A, 210, 0, 100, 100, 0.89)
    of_pred, _, _, _ = doubts_of(ground_truth, [*predictions, twice, (1, A, *FAR, 0.89)], 40)
    row = sorted([*predictions, twice], key=lambda record: record[0]).index(twice)
    assert of_pred[row] < 0.5 < of_pred[row + 1]


def test_of_several_contradictions_of_a_label_only_the_surest_carries_all_that_is_said_of_it():
    ground_truth, predictions = street()
    wrong = [(i, B if (i, c) == (3, A) else c, *box) for i, c, *box in ground_truth]
    weaker = (3, A, 205, 5, 100, 100, 0.2)
    facts = prepare_run(*by_hand(40, 2, wrong, [*predictions, weaker]))
    rows = np.flatnonzero((facts.run.predictions.image_row == 2) & (facts.run.predictions.class_row == 0))
    scores, said = facts.run.predictions.score[rows], facts.label_error[rows]
    assert said[np.argmax(scores)] == facts.label_error[len(facts.run.predictions) + 4]
    assert said[np.argmin(scores)] < said[np.argmax(scores)]


def test_crowds_and_what_lies_on_them_are_not_judged():
    of_pred, of_gt, about_pred, about_gt = doubts_of([(1, A, *BOX, 1)], [(1, A, *BOX, 0.9), (1, B, *BOX, 0.9)])
    assert np.isnan([of_pred[0], of_gt[0]]).all()
    assert (about_pred[0], about_gt[0]) == ("", "")
    assert about_pred[1] == "missing"
    assert of_pred[1] > 0


def test_a_score_outside_0_to_1_is_not_judged():
    of_pred, of_gt, _, _ = doubts_of([(1, A, *BOX), (2, A, *BOX)], [(1, A, *BOX, 1.5), (2, A, *FAR, np.inf)])
    assert np.isnan(of_pred).all()
    assert np.isnan(of_gt[0])
    assert not np.isnan(of_gt[1])


@pytest.mark.parametrize("seed", range(5))
def test_numbers_lie_between_0_and_1_and_pairs_share_theirs(seed):
    facts = prepare_run(*by_hand(*random_set(seed, crowds=True, ties=True)))
    errors, matches, n = facts.label_error, facts.matches_at_50, len(facts.run.predictions)
    judged = errors[~np.isnan(errors)]
    assert judged.size > 50
    assert judged.min() >= 0
    assert judged.max() <= 1
    matched = np.flatnonzero((matches.gt_row_of_pred >= 0) & ~matches.pred_ignored)
    np.testing.assert_array_equal(errors[matched], errors[n + matches.gt_row_of_pred[matched]])
    assert (facts.labels.doubts.kind[~np.isnan(errors)] >= 0).all()
    assert (facts.labels.doubts.kind[np.isnan(errors)] == -1).all()
    assert np.isnan(facts.labels.doubts.runs_against).all()


def test_the_planted_error_of_the_toy_set_ranks_first():
    """Image 1 holds a label of class b that the model is rather sure is an a."""
    errors = prepare_run(*golden()).label_error
    assert np.nanargmax(errors[8:]) == 1


def test_it_is_the_same_array_under_another_cut():
    facts = prepare_run(*by_hand(40, 2, *street()))
    assert facts.with_max_detections(1).label_error is facts.label_error


def test_empty_sets():
    for n_images, ground_truth, predictions in ((0, [], []), (1, [], []), (1, [(1, 1, *BOX)], []), (1, [], [(1, A, *BOX, 0.9)])):
        errors = prepare_run(*by_hand(n_images, 1, ground_truth, predictions)).label_error
        assert len(errors) == len(ground_truth) + len(predictions)


def test_what_other_runs_find_too_is_rather_a_missing_label_than_what_they_do_not():
    ground_truth, predictions = street()
    ours = [*predictions, (1, A, *FAR, 0.7), (2, A, *FAR, 0.7)]
    theirs = [*predictions, (1, A, 510, 500, 100, 100, 0.6)]
    one, two, three = runs_on(ground_truth, ours, theirs, theirs)
    rows = np.flatnonzero(one.run.predictions.xywh[:, 0] == 500)
    alone = one.label_error[rows]
    assert alone[0] == alone[1]
    together = one.judged_with([two, three]).label_error[rows]
    assert together[0] > 0.9
    assert together[0] > together[1] + 0.3


def test_what_only_other_runs_say_of_a_label_is_said_of_it():
    ground_truth, predictions = street()
    wrong = [(i, B if (i, c) == (3, A) else c, *box) for i, c, *box in ground_truth]
    blind = [record for record in predictions if record[:2] != (3, A)]
    one, two, three = runs_on(wrong, blind, predictions, predictions)
    label = len(blind) + 4
    together = one.judged_with([two, three]).labels.doubts
    assert DOUBTS[together.kind[label]] == "class"
    assert np.argmax(together.label_error) == label
    assert DOUBTS[one.labels.doubts.kind[label]] == "spurious"


def test_runs_that_agree_with_each_other_against_a_label():
    ground_truth, predictions = street()
    wrong = [(i, B if (i, c) == (3, A) else c, *box) for i, c, *box in ground_truth]
    at = 4
    half = [(*record[:6], record[6] / 2) for record in predictions]
    silent = [record for record in predictions if record[:2] != (3, A)]
    one, two, three = runs_on(wrong, predictions, half, silent)
    score = predictions[at][6]
    against = one.judged_with([two, three]).labels.doubts.runs_against
    assert against[at] == against[len(predictions) + at] == pytest.approx((score + score / 2) / 3)
    # One run alone agrees with nobody.
    against = one.judged_with([three]).labels.doubts.runs_against
    assert against[at] == against[len(predictions) + at] == 0
    assert np.isnan(one.labels.doubts.runs_against).all()


def test_runs_that_find_an_object_agree_that_its_label_is_missing():
    ground_truth, predictions = street()
    ours = [*predictions, (1, A, *FAR, 0.7), (2, A, *FAR, 0.6)]
    one, two = runs_on(ground_truth, ours, [*predictions, (1, A, 510, 500, 100, 100, 0.5)])
    rows = np.flatnonzero(one.run.predictions.xywh[:, 0] == 500)
    assert one.judged_with([two]).labels.doubts.runs_against[rows].tolist() == [pytest.approx(0.6), 0.0]


def test_runs_that_find_a_label_do_not_speak_against_it():
    ground_truth, predictions = street()
    lower = [(*found[:-1], found[-1] - 0.01) for found in predictions]
    one, two = runs_on(ground_truth, predictions, lower)
    assert (one.judged_with([two]).labels.doubts.runs_against == 0).all()


def test_a_run_does_not_judge_twice_and_figures_stay():
    ground_truth, predictions = street()
    one, two = runs_on(ground_truth, predictions, predictions[:50])
    judged = one.judged_with([one, two])
    assert judged.labels.doubts.n_runs == 2
    assert judged.pairs is one.pairs
    assert judged.judged_with([]).labels.doubts.n_runs == 1


def test_a_file_that_is_opened_twice_is_one_witness():
    ground_truth, predictions = street()
    ours = [*predictions, (1, A, *FAR, 0.7), (2, A, *FAR, 0.6)]
    one, again, other, once_more = runs_on(ground_truth, ours, ours[::-1], predictions, predictions)
    judged = one.judged_with([again, other, once_more])
    assert judged.labels.doubts.n_runs == 2
    np.testing.assert_array_equal(judged.label_error, one.judged_with([other]).label_error)
    assert one.judged_with([again]).labels.doubts.n_runs == 1


def test_runs_of_another_dataset_cannot_judge():
    (one,) = runs_on(*street()[:1], street()[1])
    (other,) = runs_on(*street()[:1], street()[1])
    with pytest.raises(EvaluationError, match="another dataset"):
        one.judged_with([other])


@pytest.mark.parametrize("seed", range(3))
def test_large_runs_forget_what_they_were_judged_by_and_say_the_same(seed, monkeypatch):
    """Several runs are witnesses of each other; what is made of one again for the next is what was made of it before."""
    dataset, run = by_hand(*random_set(seed, crowds=True, ties=True, n_gt=60, n_predictions=300))
    _, other = by_hand(*random_set(seed + 10, n_gt=60, n_predictions=200))

    def judged():
        facts = [prepare_run(dataset, one) for one in (run, other)]
        return [one.judged_with(facts).labels for one in facts]

    kept = judged()
    of_kept = [labels.label_error for labels in kept]
    assert all("overlap" in one.__dict__ for one in kept[0].runs)
    monkeypatch.setattr(label_errors_evidence, "KEPT_UP_TO", 0)
    large = judged()
    for labels, before in zip(large, of_kept, strict=True):
        np.testing.assert_array_equal(labels.label_error, before)
        made = {name for one in labels.runs for name in one.__dict__} & {"score", "overlap", "aim", "says", "overlap_with_others"}
        assert made == set()
        # Asked once more, it is there again.
        np.testing.assert_array_equal(labels.runs[0].overlap, kept[0 if labels is large[0] else 1].runs[0].overlap)
