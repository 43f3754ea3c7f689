"""Mean F1 by the rules of YOLTv4, so that figures computed there can be compared."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray, offsets_of
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.taking_in_turn import take_in_turn
from diag_gui.evaluation.touching_pairs import TouchingPairs, touching_pairs


def mf1_yoltv4(facts: RunFacts, params: EvaluationParams, *, images: BoolArray | None = None) -> float:
    """Compute the mean over classes with ground truth of F1, matched as YOLTv4 matches.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses both thresholds; ``max_detections`` plays no part.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.

    Returns
    -------
    float
        NaN if no class has ground truth.

    Notes
    -----
    Two one-way passes that know nothing of each other. In the precision pass the predictions of each image take their
    turn class by class in ascending order of class name, in file order within a class, and not by score. Each picks the
    ground truth of greatest IoU, of **any** class, among those still there that it overlaps or touches (an IoU of 0
    counts; on equal IoU the first in the file). If that one is of its class, the IoU is recorded and the ground truth
    removed, **also below the threshold**; if not, 0 is recorded and it stays. The recall pass is the mirror image, in
    which predictions of classes without ground truth still block. Precision and recall are the shares of recorded
    IoUs >= t, 0 of nothing; F1 of 0 and 0 is 0. Ignored ground truth is left out. Always on boxes.

    A prediction never depends on the score of another, but a lower score threshold adds takers: the prefix rule of COCO's
    matching does not hold.

    References
    ----------
    .. [1] ``yoltv4/eval.py`` of avanetten/yoltv4 (``precision_calc``, ``recall_calc``), after CosmiQ/solaris.
    """
    gt, predictions = facts.dataset.ground_truth, facts.run.predictions
    gt_rows = np.flatnonzero(~facts.gt_ignored & _asked(images, gt.image_row))
    pred_rows = np.flatnonzero((predictions.score >= params.score_threshold) & _asked(images, predictions.image_row))
    gt_class, pred_class = gt.class_row[gt_rows], predictions.class_row[pred_rows]
    n_classes = len(facts.dataset.classes)
    has_gt = np.bincount(gt_class, minlength=n_classes) > 0
    if not has_gt.any():
        return float("nan")
    n_images = len(facts.dataset.images)
    pairs = touching_pairs(
        predictions.xywh[pred_rows],
        offsets_of(predictions.image_row[pred_rows], n_images),
        gt.xywh[gt_rows],
        offsets_of(gt.image_row[gt_rows], n_images),
    )
    place_of_class = np.empty(n_classes, dtype=np.int64)
    names = facts.dataset.classes.name
    place_of_class[sorted(range(n_classes), key=lambda row: (names[row], row))] = np.arange(n_classes)
    mirrored = TouchingPairs(pairs.second, pairs.first, pairs.iou)
    precision = _share_found(pairs, pred_class, gt_class, place_of_class, has_gt, params.iou_threshold)
    recall = _share_found(mirrored, gt_class, pred_class, place_of_class, has_gt, params.iou_threshold)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros(n_classes), where=both > 0)
    return float(f1[has_gt].mean())


def _asked(images: BoolArray | None, image_row: AnyArray) -> BoolArray:
    return np.ones(len(image_row), dtype=np.bool_) if images is None else images[image_row]


def _share_found(
    pairs: TouchingPairs,
    chooser_class: AnyArray,
    offered_class: AnyArray,
    place_of_class: LongArray,
    has_gt: BoolArray,
    iou_threshold: float,
) -> FloatArray:
    """Return per class the share of its choosers (``pairs.first``) that record an IoU >= t; 0 of none."""
    n_choosers, n_classes = len(chooser_class), len(has_gt)
    turn_of = np.empty(n_choosers, dtype=np.int64)
    order = np.argsort(place_of_class[chooser_class], kind="stable")
    turn_of[order] = np.arange(n_choosers)
    takes_part = has_gt[chooser_class[pairs.first]]
    first, second, iou = pairs.first[takes_part], pairs.second[takes_part], pairs.iou[takes_part]
    is_same = chooser_class[first] == offered_class[second]
    picked = take_in_turn(turn_of[first], second, iou, is_same, n_choosers, len(offered_class), later_wins=False)
    picked = picked[picked >= 0]
    is_found = is_same[picked] & (iou[picked] >= iou_threshold)
    n_found = np.bincount(chooser_class[first[picked[is_found]]], minlength=n_classes)
    n_all = np.bincount(chooser_class, minlength=n_classes)
    return np.divide(n_found, n_all, out=np.zeros(n_classes), where=n_all > 0)
