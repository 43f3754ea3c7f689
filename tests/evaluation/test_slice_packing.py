"""Counting all object slices in one pass gives the counts of matching everything again for each of them."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.kept import kept_predictions
from diag_gui.evaluation.matching import match
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_membership import Membership, inside_images
from diag_gui.evaluation.slice_packing import Grouping, SliceSums, count_packed, pack_slices
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set


def random_slices(facts: RunFacts, seed: int, n: int) -> list[Membership]:
    """Draw slices of all sizes, none and all among them; every third one is not known of predictions."""
    random = np.random.default_rng(seed)
    n_gt, n_predictions = len(facts.dataset.ground_truth), len(facts.run.predictions)
    shares = [0.0, 1.0, *random.random(max(n - 2, 0))][:n]
    return [
        Membership(None, random.random(n_gt) < share, None if place % 3 == 2 else random.random(n_predictions) < random.random())
        for place, share in enumerate(shares)
    ]


def counted(facts: RunFacts, slices: list[Membership], params: EvaluationParams, images, grouping: Grouping) -> SliceSums:
    packed = pack_slices(facts, [str(place) for place in range(len(slices))], lambda name: slices[int(name)])
    return count_packed(facts, params, images, packed, grouping)


def matched_again(facts: RunFacts, inside: Membership, params: EvaluationParams, images) -> tuple[list[np.ndarray], ...]:
    """Return rows of ground truth that counts, true and false positives, and the IoU of every prediction: slowly."""
    asked = inside_images(images, len(facts.dataset.images))
    outside = None if inside.pred is None else ~inside.pred
    found = match(
        facts.pairs,
        facts.ranking,
        facts.run.predictions,
        params,
        gt_ignored=facts.gt_ignored | ~inside.gt,
        pred_outside=outside,
    )
    kept = kept_predictions(facts, params, images) & ~found.pred_ignored
    is_true = found.gt_row_of_pred >= 0
    gt = ~found.gt_ignored & asked[facts.dataset.ground_truth.image_row]
    return [np.flatnonzero(rows) for rows in (gt, kept & is_true, kept & ~is_true)], found.iou_of_pred


@pytest.mark.parametrize("seed", range(16))
@pytest.mark.parametrize(("iou", "score"), [(0.3, 0.0), (0.5, 0.4), (0.8, 0.25)])
def test_counts_are_those_of_matching_again(seed: int, iou: float, score: float) -> None:
    facts = prepare_run(
        *by_hand(*random_set(seed, n_images=5, crowds=seed % 2 == 0, ties=seed % 3 == 0, n_classes=1 + seed % 3)),
        max_detections=(20, 3)[seed % 2],
    )
    params = EvaluationParams(iou_threshold=iou, score_threshold=score, max_detections=facts.max_detections)
    random = np.random.default_rng(seed)
    images = None if seed % 4 else random.random(5) < 0.6
    gt, predictions = facts.dataset.ground_truth, facts.run.predictions
    slices = random_slices(facts, seed, (7, 64, 65, 130)[seed % 4])
    for grouping, of_gt, of_pred, n in (
        (Grouping.TOTAL, np.zeros_like(gt.class_row), np.zeros_like(predictions.class_row), 1),
        (Grouping.IMAGE, gt.image_row, predictions.image_row, 5),
        (Grouping.CLASS, gt.class_row, predictions.class_row, len(facts.dataset.classes)),
    ):
        sums = counted(facts, slices, params, images, grouping)
        for place, inside in enumerate(slices):
            for side, of_side in ((inside, sums.inside), (inside.rest(), sums.outside)):
                rows, iou_of_pred = matched_again(facts, side, params, images)
                groups = [of[chosen] for of, chosen in zip((of_gt, of_pred, of_pred), rows, strict=True)]
                n_known = 3 if inside.pred is not None else 2
                for what in range(n_known):
                    expected = np.bincount(groups[what], minlength=n)
                    np.testing.assert_array_equal(of_side[:, what, place], expected, err_msg=f"{grouping} {place} {what}")
                if side is inside:
                    added = np.bincount(groups[1], weights=iou_of_pred[rows[1]], minlength=n)
                    np.testing.assert_allclose(sums.iou_sum[:, place], added, rtol=0, atol=1e-12)
                    assert sums.n_images[place] == len(np.unique(gt.image_row[rows[0]]))


def test_slices_keep_their_places_from_one_packing_to_the_next() -> None:
    facts = prepare_run(*by_hand(*random_set(1)))
    held = {str(place): inside for place, inside in enumerate(random_slices(facts, 1, 140))}
    packed = None
    for names in (list(held), list(held)[:70], [*list(held)[:66], "139", "100"], ["5", *list(held)[:64]], []):
        packed = pack_slices(facts, names, held.__getitem__, packed)
        fresh = pack_slices(facts, names, held.__getitem__)
        assert packed.names == tuple(names)
        np.testing.assert_array_equal(packed.gt, fresh.gt)
        np.testing.assert_array_equal(packed.pred, fresh.pred)


@pytest.mark.parametrize(("ground_truth", "predictions"), [([], []), ([(1, 1, 0, 0, 9, 9)], []), ([], [(1, 1, 0, 0, 9, 9, 0.5)])])
def test_sets_without_labels_or_predictions(ground_truth, predictions) -> None:
    facts = prepare_run(*by_hand(2, 1, ground_truth, predictions))
    every = Membership(None, np.ones(len(ground_truth), np.bool_), np.ones(len(predictions), np.bool_))
    sums = counted(facts, [every], EvaluationParams(), None, Grouping.TOTAL)
    assert sums.inside[0, :, 0].tolist() == [len(ground_truth), 0, len(predictions)]
    assert not sums.outside.any()


def test_overlaps_that_were_not_kept_are_not_guessed() -> None:
    facts = prepare_run(*by_hand(*random_set(1)))
    object.__setattr__(facts.pairs, "floor", 0.3)
    with pytest.raises(EvaluationError, match="iou_threshold"):
        counted(facts, random_slices(facts, 1, 3), EvaluationParams(iou_threshold=0.2), None, Grouping.TOTAL)
