"""The hot loops in readable numpy: what runs where no compiler is, and the oracle of the compiled kernel in tests.

Every function takes plain arrays and has a twin of the same name and signature in ``_compiled.pyx``. Both give the same
bits: the arithmetic is that of pycocotools, in its order.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, LongArray

PAIRS_AT_ONCE = 2_000_000


def rank(
    image_row: IntArray, class_row: IntArray, score: FloatArray, n_images: int, n_classes: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Order P predictions by score, by (class, score) and by (image, score), and rank them in their image and class.

    Returns
    -------
    by_score, by_class, by_image, rank_in_group : ndarray of int32, shape (P,)
        Scores descend; equal scores keep the order of the rows.
    """
    by_score = np.argsort(-score, kind="stable").astype(np.int32)
    by_class = by_score[np.argsort(class_row[by_score], kind="stable")]
    by_image = by_score[np.argsort(image_row[by_score], kind="stable")]
    by_group = by_class[np.argsort(image_row[by_class], kind="stable")]
    rank_in_group = np.empty(len(score), dtype=np.int32)
    rank_in_group[by_group] = _position_in_run(image_row[by_group], class_row[by_group])
    return by_score, by_class, by_image, rank_in_group


def candidate_pairs(
    gt_xywh: FloatArray,
    gt_is_crowd: BoolArray,
    gt_offsets: LongArray,
    pred_xywh: FloatArray,
    pred_image: IntArray,
    first: int,
    last: int,
    floor: float,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Pair predictions ``first`` to ``last`` with the ground truth of their images where IoU > 0 and IoU >= ``floor``.

    Returns
    -------
    pred_row, gt_row : ndarray of int32, shape (M,)
        Ascending by prediction, then ground truth.
    iou : ndarray of float64, shape (M,)
        ``bbIou`` of pycocotools, to the bit: for a crowd the share of the prediction.
    """
    image = pred_image[first:last]
    per_pred = gt_offsets[image + 1] - gt_offsets[image]
    ends = np.cumsum(per_pred)
    parts = []
    start = 0
    while start < last - first:
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + PAIRS_AT_ONCE, side="right")))
        count = per_pred[start:stop]
        pred = np.repeat(np.arange(first + start, first + stop), count)
        within = np.arange(len(pred)) - np.repeat(np.cumsum(count) - count, count)
        gt = np.repeat(gt_offsets[image[start:stop]], count) + within
        parts.append(_overlapping(gt_xywh, gt_is_crowd, pred_xywh, pred, gt, floor))
        start = stop
    if not parts:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float64)
    pred_row, gt_row, iou = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pred_row, gt_row, iou


def _overlapping(
    gt_xywh: FloatArray, gt_is_crowd: BoolArray, pred_xywh: FloatArray, pred: LongArray, gt: LongArray, floor: float
) -> tuple[IntArray, IntArray, FloatArray]:
    d, g = pred_xywh[pred], gt_xywh[gt]
    width = np.minimum(d[:, 2] + d[:, 0], g[:, 2] + g[:, 0]) - np.maximum(d[:, 0], g[:, 0])
    height = np.minimum(d[:, 3] + d[:, 1], g[:, 3] + g[:, 1]) - np.maximum(d[:, 1], g[:, 1])
    touching = np.flatnonzero((width > 0) & (height > 0))
    inter = width[touching] * height[touching]
    d, g = d[touching], g[touching]
    area = d[:, 2] * d[:, 3]
    union = np.where(gt_is_crowd[gt[touching]], area, area + g[:, 2] * g[:, 3] - inter)
    iou = inter / union
    near = (iou > 0) & (iou >= floor)
    touching = touching[near]
    return pred[touching].astype(np.int32), gt[touching].astype(np.int32), iou[near]


def match(
    pred_offsets: LongArray,
    pair_gt: IntArray,
    pair_iou: FloatArray,
    pair_allowed: BoolArray,
    pred_image: IntArray,
    pred_class: IntArray,
    rank_in_group: IntArray,
    by_image: IntArray,
    gt_is_crowd: BoolArray,
    gt_ignored: BoolArray,
    iou_threshold: float,
    max_detections: int,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Match greedily by descending score within image and class, as pycocotools' ``evaluateImg`` at one threshold.

    All groups take their turns at once: in round k, the k-th prediction of every (image, class) that has a candidate.

    Returns
    -------
    gt_row_of_pred : ndarray of int32, shape (P,)
    pred_row_of_gt : ndarray of int32, shape (G,)
        Of a crowd: the last one it absorbed.
    iou_of_pred : ndarray of float64, shape (P,)
        0 where unmatched.
    """
    n_predictions, n_gt = len(pred_image), len(gt_is_crowd)
    gt_row_of_pred = np.full(n_predictions, -1, dtype=np.int32)
    pred_row_of_gt = np.full(n_gt, -1, dtype=np.int32)
    iou_of_pred = np.zeros(n_predictions)

    pair_pred = np.repeat(np.arange(n_predictions, dtype=np.int32), np.diff(pred_offsets))
    usable = pair_allowed & (pair_iou >= min(iou_threshold, 1 - 1e-10)) & (rank_in_group < max_detections)[pair_pred]
    pred, gt, iou = pair_pred[usable], pair_gt[usable], pair_iou[usable]

    turn = np.zeros(n_predictions, dtype=np.int64)
    rows = np.unique(pred)
    rows = rows[np.lexsort((rank_in_group[rows], pred_class[rows], pred_image[rows]))]
    turn[rows] = _position_in_run(pred_image[rows], pred_class[rows])

    # The best candidate of a prediction comes last: regular before ignored, greatest IoU, then the later ground truth.
    order = np.lexsort((gt, iou, ~gt_ignored[gt], pred, turn[pred]))
    pred, gt, iou = pred[order], gt[order], iou[order]
    turns = turn[pred]
    bounds = np.searchsorted(turns, np.arange(int(turns[-1]) + 2 if len(turns) else 1))
    for begin, end in zip(bounds[:-1], bounds[1:], strict=True):
        free = begin + np.flatnonzero(gt_is_crowd[gt[begin:end]] | (pred_row_of_gt[gt[begin:end]] < 0))
        is_best = np.append(pred[free[:-1]] != pred[free[1:]], True) if len(free) else np.empty(0, bool)
        best = free[is_best]
        gt_row_of_pred[pred[best]] = gt[best]
        pred_row_of_gt[gt[best]] = pred[best]
        iou_of_pred[pred[best]] = iou[best]
    return gt_row_of_pred, pred_row_of_gt, iou_of_pred


def _position_in_run(*keys: IntArray) -> LongArray:
    """Return the position of each entry among the neighbours that share all its keys (which must be sorted)."""
    n = len(keys[0])
    starts_run = np.ones(n, dtype=bool)
    if n:
        starts_run[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    position = np.arange(n)
    return position - np.maximum.accumulate(np.where(starts_run, position, 0))
