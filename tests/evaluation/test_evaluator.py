from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from diag_gui.evaluation.calibration import calibrate
from diag_gui.evaluation.confusion_matrix import confusion_matrix
from diag_gui.evaluation.error_costs import error_costs
from diag_gui.evaluation.evaluator import evaluate, prepare_run, summarize
from diag_gui.evaluation.mf1_yoltv4 import mf1_yoltv4
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.rule_settings import COCO_RULES, Rules, RuleSettings
from diag_gui.exceptions import DatasetMismatchError, EvaluationError
from tests.evaluation.coco_facts import by_hand, golden
from tests.evaluation.random_sets import random_set
from tests.evaluation.same_evaluations import assert_same


def random_facts(seed: int = 1, n_images: int = 12):
    random = np.random.default_rng(seed)

    n = 70
    place = np.column_stack([random.integers(0, 60, (n, 2)), random.integers(10, 60, (n, 2))])
    images, classes = random.integers(1, n_images + 1, n), random.integers(1, 5, n)
    truth = [
        (int(i), int(c), *map(int, box), int(crowd))
        for i, c, box, crowd in zip(images, classes, place, random.random(n) < 0.1, strict=True)
    ]
    found = [
        (image, class_id + int(random.random() < 0.1), x + int(random.integers(0, 5)), y, w, h, random.integers(0, 40) / 40)
        for image, class_id, x, y, w, h, _ in truth * 4
    ]
    return prepare_run(*by_hand(n_images, 5, truth, found))


def test_golden_figures():
    facts = prepare_run(*golden())
    figures = summarize(facts).figures
    for name in ("AP", "AP50", "AP75"):
        assert figures[name] == pytest.approx(0.430693, abs=5e-7)
    assert figures["AR100"] == pytest.approx(0.5, abs=1e-12)
    evaluation = evaluate(facts, EvaluationParams(score_threshold=0.0))
    np.testing.assert_allclose(evaluation.per_class.ap, [0.356436, 0.504950], atol=5e-7)
    assert evaluation.totals.ap == pytest.approx(0.430693, abs=5e-7)
    assert evaluation.totals.mf1 == pytest.approx(0.422222, abs=5e-7)
    assert evaluation.totals.best_score == 0.9
    assert evaluation.count_at_score == {
        "missed": 1, "background": 1, "localization": 1, "classification": 1, "both": 1, "duplicate": 1,
    }  # fmt: skip
    kept = evaluate(facts, EvaluationParams(score_threshold=0.65)).count_at_score
    assert kept == {"missed": 3, "background": 0, "localization": 0, "classification": 1, "both": 0, "duplicate": 1}


@pytest.mark.parametrize(
    "figure",
    [
        lambda facts, images: summarize(facts, images=images),
        lambda facts, images: evaluate(facts, EvaluationParams(), images=images),
        lambda facts, images: mf1_yoltv4(facts, EvaluationParams(), images=images),
        lambda facts, images: error_costs(facts, EvaluationParams(), images=images),
        lambda facts, images: calibrate(facts, EvaluationParams(), images=images),
        lambda facts, images: confusion_matrix(facts, EvaluationParams(), images),
    ],
    ids=("summarize", "evaluate", "mf1_yoltv4", "error_costs", "calibrate", "confusion_matrix"),
)
@pytest.mark.parametrize("images", [np.ones(5, bool), np.ones(3, np.int64), np.array([0, 2]), np.ones((3, 1), bool)], ids=str)
def test_what_is_no_mask_of_the_images_is_refused_by_every_figure(figure, images):
    facts = prepare_run(*golden())
    assert len(facts.dataset.images) == 3
    with pytest.raises(EvaluationError, match=r"images: .*a mask of bool of 3 images was expected"):
        figure(facts, images)
    figure(facts, np.array([True, False, True]))


def test_within_classes_a_small_box_costs_precision_but_finds_the_object():
    # METRICS.md, where the two mF1 part: A and B by COCO matching.
    facts = prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 100, 100)], [(1, 1, 0, 0, 100, 30, 0.9), (1, 1, 0, 0, 100, 90, 0.8)]))
    totals = evaluate(facts, EvaluationParams()).totals
    assert (totals.precision, totals.recall, totals.f1) == (0.5, 1.0, pytest.approx(2 / 3))
    truth = [(1, 1, 0, 0, 100, 100), (1, 2, 0, 10, 100, 100)]
    facts = prepare_run(*by_hand(1, 2, truth, [(1, 1, 0, 8, 100, 100, 0.9)]))
    assert evaluate(facts, EvaluationParams()).per_class.f1[0] == 1.0


def test_an_iou_slider_rematches_instead_of_filtering_the_matches_of_50():
    # At .5 the higher score takes the box with IoU .6; at .75 the lower score with IoU 1 must have it.
    facts = prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 10, 10)], [(1, 1, 0, 0, 10, 6, 0.9), (1, 1, 0, 0, 10, 10, 0.8)]))
    assert evaluate(facts, EvaluationParams(iou_threshold=0.5)).matches.gt_row_of_pred.tolist() == [0, -1]
    assert evaluate(facts, EvaluationParams(iou_threshold=0.75)).matches.gt_row_of_pred.tolist() == [-1, 0]


@pytest.mark.parametrize("n", [1, 3, 7])
def test_ap_at_an_iou_is_the_column_of_the_coco_table(n):
    facts = random_facts(n)
    summary = summarize(facts)
    for t, iou in enumerate(np.linspace(0.5, 0.95, 10)):
        table = evaluate(facts, EvaluationParams(iou_threshold=float(iou))).per_class
        np.testing.assert_allclose(table.ap[summary.class_rows], summary.ap[:, 0, t], atol=1e-12)
        np.testing.assert_allclose(table.ap50[summary.class_rows], summary.ap[:, 0, 0], atol=1e-12)


@pytest.mark.parametrize("change", [{"score_threshold": 0.6}, {"iou_threshold": 0.75}, {"background_iou": 0.3}])
@pytest.mark.parametrize("with_images", [False, True])
def test_taking_over_from_a_previous_evaluation_changes_nothing(change, with_images):
    facts = random_facts()
    images = np.arange(12) % 2 == 0 if with_images else None
    previous = evaluate(facts, EvaluationParams(), images=images)
    params = dataclasses.replace(EvaluationParams(), **change)
    assert_same(evaluate(facts, params, images=images, previous=previous), evaluate(facts, params, images=images))
    assert_same(evaluate(facts, params, previous=previous), evaluate(facts, params))


def test_a_change_of_score_alone_keeps_the_matches():
    facts = random_facts()
    previous = evaluate(facts, EvaluationParams())
    assert evaluate(facts, EvaluationParams(score_threshold=0.7), previous=previous).matches is previous.matches


def test_an_evaluation_of_other_facts_is_not_taken_over():
    facts, other = random_facts(1), random_facts(2)
    previous = evaluate(other, EvaluationParams())
    assert_same(evaluate(facts, EvaluationParams(), previous=previous), evaluate(facts, EvaluationParams()))


def test_a_part_of_the_images_is_what_a_dataset_of_those_images_gives():
    random = np.random.default_rng(8)
    boxes = [(i, int(c), int(x), 0, 20, 20) for i in (1, 2, 3) for c, x in random.integers(1, 3, (15, 2)) * (1, 7)]
    truth, found = boxes[::2], [(*box, float(s)) for box, s in zip(boxes, random.random(45), strict=True)]
    part = evaluate(prepare_run(*by_hand(3, 3, truth, found)), EvaluationParams(), images=np.array([True, False, True]))
    alone = evaluate(
        prepare_run(*by_hand(3, 3, [b for b in truth if b[0] != 2], [b for b in found if b[0] != 2])), EvaluationParams()
    )
    assert dataclasses.replace(part.totals, n_images=3) == alone.totals
    assert part.totals.n_images == 2
    assert part.count_at_score == alone.count_at_score
    np.testing.assert_array_equal(part.confusion.dense(), alone.confusion.dense())


def test_no_image_asked_for_leaves_everything_undefined():
    evaluation = evaluate(random_facts(), EvaluationParams(), images=np.zeros(12, bool))
    assert (evaluation.totals.n_images, evaluation.totals.n_gt, evaluation.totals.n_predictions) == (0, 0, 0)
    assert np.isnan(evaluation.totals.ap)
    assert set(evaluation.count_at_score.values()) == {0}


@pytest.mark.parametrize(
    ("truth", "found"),
    [([], []), ([(1, 1, 0, 0, 9, 9)], []), ([], [(1, 1, 0, 0, 9, 9, 0.9)]), ([(1, 1, 0, 0, 9, 9, 1)], [(1, 1, 0, 0, 9, 9, 0.9)])],
    ids=["nothing", "no predictions", "no ground truth", "only a crowd"],
)
@pytest.mark.parametrize("n_images", [1, 3])
def test_empty_sides_are_evaluated(truth, found, n_images):
    facts = prepare_run(*by_hand(n_images, 2, truth, found))
    figures = summarize(facts).figures
    evaluation = evaluate(facts, EvaluationParams())
    has_regular = truth == [(1, 1, 0, 0, 9, 9)]
    assert np.isnan(figures["AP"]) != has_regular
    assert evaluation.totals.fp == (1 if found and not truth else 0)
    assert evaluation.totals.fn == int(has_regular)
    assert summarize(facts).arrays().precision.shape == (10, 101, 2, 4, 3)


def test_a_dataset_without_images_or_classes_is_evaluated():
    facts = prepare_run(*by_hand(0, 0, [], []))
    assert np.isnan(list(summarize(facts).figures.values())).all()
    assert evaluate(facts, EvaluationParams()).totals.n_images == 0


def test_another_cut_needs_no_new_preparation():
    dataset, run = by_hand(1, 1, [(1, 1, 20 * k, 0, 9, 9) for k in range(6)], [(1, 1, 20 * k, 0, 9, 9, 0.9) for k in range(6)])
    facts = prepare_run(dataset, run).with_max_detections(2)
    assert evaluate(facts, EvaluationParams(max_detections=2)).totals.tp == 2
    figures = summarize(facts).figures
    np.testing.assert_equal(figures, summarize(prepare_run(dataset, run, max_detections=2)).figures)
    assert figures["AR1"] == pytest.approx(1 / 6)
    assert figures["AR10"] == figures["AR100"] == figures["AR_max"] == pytest.approx(2 / 6)


def test_more_than_a_hundred_may_count_while_ar100_keeps_coco_s_limit():
    n = 150
    dataset, run = by_hand(1, 1, [(1, 1, 20 * k, 0, 9, 9) for k in range(n)], [(1, 1, 20 * k, 0, 9, 9, 0.9) for k in range(n)])
    figures = summarize(prepare_run(dataset, run, max_detections=150)).figures
    assert figures["AP"] == pytest.approx(1.0)
    assert figures["AR_max"] == pytest.approx(1.0)
    assert figures["AR100"] == pytest.approx(100 / 150)


def test_settings_that_do_not_fit_the_facts_are_refused():
    facts = random_facts()
    with pytest.raises(EvaluationError, match="max_detections"):
        evaluate(facts, EvaluationParams(max_detections=10))
    with pytest.raises(EvaluationError, match="task"):
        evaluate(facts, EvaluationParams(task="segm"))
    with pytest.raises(EvaluationError, match="images"):
        evaluate(facts, EvaluationParams(), images=np.ones(3, bool))
    with pytest.raises(EvaluationError, match="task"):
        prepare_run(facts.dataset, facts.run, task="segm")


def test_predictions_of_another_dataset_are_refused():
    dataset, _ = by_hand(2, 1, [], [])
    with pytest.raises(DatasetMismatchError, match="images"):
        prepare_run(dataset, by_hand(3, 1, [], [])[1])
    with pytest.raises(DatasetMismatchError, match="class"):
        prepare_run(dataset, by_hand(2, 2, [], [(1, 2, 0, 0, 9, 9, 0.5)])[1])


def test_the_same_input_gives_the_same_answer_however_many_workers():
    facts = random_facts()
    one, two = (prepare_run(facts.dataset, facts.run, workers=n) for n in (1, 2))
    assert_same(evaluate(one, EvaluationParams()), evaluate(two, EvaluationParams()))
    np.testing.assert_equal(summarize(one, workers=1).figures, summarize(two, workers=2).figures)


def test_many_classes_cost_what_is_used():
    dataset, run = by_hand(1, 200_000, [(1, 7, 0, 0, 9, 9)], [(1, 7, 0, 0, 9, 9, 0.9)])
    facts = prepare_run(dataset, run)
    summary = summarize(facts)
    assert summary.ap.shape == (1, 4, 10)
    assert evaluate(facts, EvaluationParams()).per_class.tp[6] == 1


def test_ap_of_the_class_table_goes_by_the_rules_and_nothing_else_does() -> None:
    facts = prepare_run(*by_hand(*random_set(7, n_gt=60, n_predictions=300)))
    voc = RuleSettings(Rules.VOC)
    by_coco, by_voc = (evaluate(facts, EvaluationParams(0.6, rules=rules)) for rules in (COCO_RULES, voc))
    np.testing.assert_array_equal(by_voc.per_class.ap, facts.by_rules(voc).table(0.6).ap)
    np.testing.assert_array_equal(by_voc.per_class.ap50, facts.by_rules(voc).table(0.5).ap)
    assert (by_voc.per_class.ap != by_coco.per_class.ap).any()
    np.testing.assert_array_equal(by_voc.sweep.ap, by_coco.per_class.ap)
    for name in ("tp", "fp", "fn", "best_f1", "best_score", "mean_iou"):
        np.testing.assert_array_equal(getattr(by_voc.per_class, name), getattr(by_coco.per_class, name))
