"""The loops of errors and confusion in readable numpy: the fallback without a compiler and the oracle of ``_errors.pyx``.

Every function takes plain arrays, has a twin of the same name and signature there, and gives the same bits.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels.taking_in_turn import take_in_turn
from diag_gui.evaluation.touching_pairs import touching_pairs

TRUE_POSITIVE, BACKGROUND, LOCALIZATION, CLASSIFICATION, BOTH, DUPLICATE, IGNORED = 1, 3, 4, 5, 6, 7, 8


def nearest(
    pred_offsets: LongArray, pair_gt: IntArray, pair_iou: FloatArray, same_class: BoolArray, gt_ignored: BoolArray
) -> tuple[FloatArray, IntArray, FloatArray, IntArray]:
    """Find the greatest IoU of each prediction with ground truth of its class and of others, and whose it is.

    Returns
    -------
    same_iou : ndarray of float64, shape (P,)
    same_gt : ndarray of int32, shape (P,)
        On equal IoU the first; -1 none.
    other_iou, other_gt
        Likewise.
    """
    pair_pred = np.repeat(np.arange(len(pred_offsets) - 1), np.diff(pred_offsets))
    counts = ~gt_ignored[pair_gt] & (pair_iou > 0)
    found: list[AnyArray] = []
    for asked in (counts & same_class, counts & ~same_class):
        entries = np.flatnonzero(asked)
        pred, gt, iou = pair_pred[entries], pair_gt[entries], pair_iou[entries]
        best_iou = np.zeros(len(pred_offsets) - 1)
        best_gt = np.full(len(pred_offsets) - 1, -1, dtype=np.int32)
        starts = np.flatnonzero(_starts_run(pred))
        if len(starts):
            best_iou[pred[starts]] = np.maximum.reduceat(iou, starts)
        # Pairs of one prediction ascend by ground truth row, so the first of equal ones is the first in the file.
        is_best = np.flatnonzero(iou == best_iou[pred])
        first = is_best[_starts_run(pred[is_best])]
        best_gt[pred[first]] = gt[first]
        found += [best_iou, best_gt]
    return found[0], found[1], found[2], found[3]


def match_any_class(
    pred_offsets: LongArray,
    pair_gt: IntArray,
    pair_iou: FloatArray,
    same_class: BoolArray,
    by_image: IntArray,
    kept: BoolArray,
    gt_ignored: BoolArray,
    iou_threshold: float,
) -> tuple[IntArray, BoolArray]:
    """Match greedily in the order ``by_image``, whatever the classes; see `diag_gui.evaluation.any_class_matching`.

    Returns
    -------
    gt_row_of_pred : ndarray of int32, shape (P,)
    is_excused : ndarray of bool, shape (P,)
    """
    n_predictions = len(by_image)
    pair_pred = np.repeat(np.arange(n_predictions, dtype=np.int32), np.diff(pred_offsets))
    near = np.flatnonzero((pair_iou >= min(iou_threshold, 1 - 1e-10)) & kept[pair_pred])
    on_ignored = gt_ignored[pair_gt[near]]
    regular, excusing = near[~on_ignored], near[on_ignored & same_class[near]]

    turn_of_pred = np.empty(n_predictions, dtype=np.int64)
    turn_of_pred[by_image] = np.arange(n_predictions)
    picked = take_in_turn(
        turn_of_pred[pair_pred[regular]],
        pair_gt[regular],
        pair_iou[regular],
        np.ones(len(regular), dtype=np.bool_),
        n_predictions,
        len(gt_ignored),
        later_wins=True,
    )
    gt_row_of_pred = np.full(n_predictions, -1, dtype=np.int32)
    has_match = picked >= 0
    gt_row_of_pred[by_image[has_match]] = pair_gt[regular[picked[has_match]]]
    is_excused = np.zeros(n_predictions, dtype=np.bool_)
    is_excused[pair_pred[excusing]] = True
    return gt_row_of_pred, is_excused & (gt_row_of_pred < 0)


def error_kinds(
    same_iou: FloatArray,
    same_gt: IntArray,
    other_iou: FloatArray,
    other_gt: IntArray,
    gt_row_of_pred: IntArray,
    pred_ignored: BoolArray,
    iou_of_pred: FloatArray,
    kept: BoolArray,
    iou_threshold: float,
    background_iou: float,
) -> tuple[ByteArray, IntArray, FloatArray]:
    """Classify the kept predictions; the rules and their order stand in `diag_gui.evaluation.error_types`.

    Returns
    -------
    kind : ndarray of uint8, shape (P,)
    target : ndarray of int32, shape (P,)
    iou : ndarray of float64, shape (P,)
    """
    kind = np.zeros(len(kept), dtype=np.uint8)
    target = np.full(len(kept), -1, dtype=np.int32)
    iou = np.full(len(kept), np.nan)

    settled = kept & ((gt_row_of_pred >= 0) | pred_ignored)
    rows = np.flatnonzero(settled)
    kind[rows] = np.where(pred_ignored[rows], IGNORED, TRUE_POSITIVE)
    target[rows] = gt_row_of_pred[rows]
    iou[rows] = np.where(target[rows] >= 0, iou_of_pred[rows], np.nan)

    rows = np.flatnonzero(kept & ~settled)
    same_iou, other_iou, same_gt, other_gt = same_iou[rows], other_iou[rows], same_gt[rows], other_gt[rows]
    rules = (
        ((same_gt >= 0) & (same_iou >= background_iou) & (same_iou <= iou_threshold), LOCALIZATION),
        (other_iou >= iou_threshold, CLASSIFICATION),
        (same_iou >= iou_threshold, DUPLICATE),
        (np.maximum(same_iou, other_iou) <= background_iou, BACKGROUND),
    )
    of_row = np.select([rule for rule, _ in rules], [named for _, named in rules], BOTH).astype(np.uint8)
    aims_at_same = (of_row == LOCALIZATION) | (of_row == DUPLICATE) | ((of_row == BOTH) & (same_iou >= other_iou))
    aims = of_row != BACKGROUND
    kind[rows] = of_row
    target[rows] = np.where(aims, np.where(aims_at_same, same_gt, other_gt), -1)
    iou[rows] = np.where(aims, np.where(aims_at_same, same_iou, other_iou), np.nan)
    return kind, target, iou


def one_way_ious(
    chooser_xywh: FloatArray,
    chooser_image: IntArray,
    chooser_class: IntArray,
    turns: LongArray,
    offered_xywh: FloatArray,
    offered_offsets: LongArray,
    offered_class: IntArray,
) -> FloatArray:
    """Let boxes choose in the order ``turns`` among those of their image that they touch; see `mf1_yoltv4`.

    Returns
    -------
    ndarray of float64, shape (N,)
        The IoU each chooser recorded: that of the greatest, if it is of its class, which is then gone; else 0.
    """
    n_choosers, n_images = len(chooser_xywh), len(offered_offsets) - 1
    chooser_offsets = np.searchsorted(chooser_image, np.arange(n_images + 1)).astype(np.int64)
    pairs = touching_pairs(chooser_xywh, chooser_offsets, offered_xywh, offered_offsets)
    turn_of = np.full(n_choosers, -1, dtype=np.int64)
    turn_of[turns] = np.arange(len(turns))
    takes_part = turn_of[pairs.first] >= 0
    first, second, iou = pairs.first[takes_part], pairs.second[takes_part], pairs.iou[takes_part]
    is_same = chooser_class[first] == offered_class[second]
    picked = take_in_turn(turn_of[first], second, iou, is_same, len(turns), len(offered_xywh), later_wins=False)
    picked = picked[picked >= 0]
    picked = picked[is_same[picked]]
    recorded = np.zeros(n_choosers)
    recorded[first[picked]] = iou[picked]
    return recorded


def _starts_run(rows: AnyArray) -> BoolArray:
    starts = np.ones(len(rows), dtype=np.bool_)
    starts[1:] = rows[1:] != rows[:-1]
    return starts
