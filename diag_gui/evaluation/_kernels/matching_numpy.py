"""The loops of pairing and matching in readable numpy: the fallback without a compiler and the oracle of its twin.

Both give the same bits: the arithmetic is that of pycocotools, in its order.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from diag_gui.data.arrays import BitArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray, offsets_of

PAIRS_AT_ONCE = 2_000_000


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


def link_pairs(pred_row: IntArray, gt_row: IntArray, pred_class: IntArray, gt_class: IntArray) -> tuple[BoolArray, LongArray]:
    """Say of M pairs, ascending by prediction, whether both are of one class, and where the pairs of each prediction start.

    Returns
    -------
    same_class : ndarray of bool, shape (M,)
    pred_offsets : ndarray of int64, shape (P + 1,)
        Pairs of prediction p are ``[o[p]:o[p + 1]]``.
    """
    return pred_class[pred_row] == gt_class[gt_row], offsets_of(pred_row, len(pred_class))


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
    by_image: IntArray,
    eligible: BoolArray,
    gt_is_crowd: BoolArray,
    gt_ignored: BoolArray,
    iou_threshold: float,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Let the eligible predictions, by descending score within an image, take the best ground truth still free.

    All images take their turns at once: in round k, the k-th prediction of every image that has a candidate. Over pairs
    of one class this is ``COCOeval.evaluateImg`` at one threshold, over all pairs it is the matching of the confusion matrix.

    Parameters
    ----------
    pred_offsets : ndarray of int64, shape (P + 1,)
        Pairs of prediction p are ``[o[p]:o[p + 1]]``.
    pair_allowed : ndarray of bool, shape (M,)
        Pairs that may become a match.
    by_image : ndarray of int32, shape (P,)
        Prediction rows by image, then descending score.
    gt_is_crowd, gt_ignored : ndarray of bool, shape (G,)
        A crowd stays free; ignored ground truth is taken only where no other is free.

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
    usable = pair_allowed & (pair_iou >= min(iou_threshold, 1 - 1e-10)) & eligible[pair_pred]
    pred, gt, iou = pair_pred[usable], pair_gt[usable], pair_iou[usable]

    has_candidate = np.zeros(n_predictions, dtype=bool)
    has_candidate[pred] = True
    choosers = by_image[has_candidate[by_image]]
    turn = np.zeros(n_predictions, dtype=np.int64)
    turn[choosers] = _position_in_run(pred_image[choosers])

    # The best candidate of a prediction comes last: regular after ignored, greatest IoU, then the later ground truth.
    order = np.lexsort((gt, iou, ~gt_ignored[gt], pred, turn[pred]))
    pred, gt, iou = pred[order], gt[order], iou[order]
    bounds = np.searchsorted(turn[pred], np.arange(int(turn.max(initial=-1)) + 2))
    for begin, end in pairwise(bounds):
        free = begin + np.flatnonzero(gt_is_crowd[gt[begin:end]] | (pred_row_of_gt[gt[begin:end]] < 0))
        if len(free) == 0:
            continue
        best = free[np.append(pred[free[1:]] != pred[free[:-1]], True)]
        gt_row_of_pred[pred[best]] = gt[best]
        pred_row_of_gt[gt[best]] = pred[best]
        iou_of_pred[pred[best]] = iou[best]
    return gt_row_of_pred, pred_row_of_gt, iou_of_pred


def match_grid(
    pred_offsets: LongArray,
    pair_gt: IntArray,
    pair_iou: FloatArray,
    pair_allowed: BoolArray,
    pred_image: IntArray,
    image_offsets: LongArray,
    by_image: IntArray,
    eligible: BoolArray,
    pred_outside: ByteArray,
    gt_is_crowd: BoolArray,
    gt_ignored: ByteArray,
    iou_grid: FloatArray,
    first_image: int,
    last_image: int,
    matched: BitArray,
    ignored: BitArray,
) -> None:
    """Match at T IoU thresholds and A area ranges and set bit ``a * T + t`` of each prediction, as pycocotools decides.

    Parameters
    ----------
    pred_outside : ndarray of uint8, shape (P,)
        Bit a: the area of the prediction lies outside range a.
    gt_ignored : ndarray of uint8, shape (G,)
        Bit a: ignored in range a.
    iou_grid : ndarray of float64, shape (T,)
        Ascending; T * A <= 64, with 4 area ranges.
    first_image, last_image : int
        Images to do.
    matched, ignored : ndarray of uint64, shape (P,)
        Filled for the predictions of these images.
    """
    rows = slice(image_offsets[first_image], image_offsets[last_image])
    pairs = slice(pred_offsets[rows.start], pred_offsets[rows.stop])
    local = (
        pred_offsets[rows.start : rows.stop + 1] - pairs.start, pair_gt[pairs], pair_iou[pairs], pair_allowed[pairs],
        pred_image[rows], by_image[rows] - np.int32(rows.start), eligible[rows], gt_is_crowd,
    )  # fmt: skip
    for a in range(4):
        gt_ignored_here = (gt_ignored >> a & 1).astype(bool)
        outside_here = (pred_outside[rows] >> a & 1).astype(bool)
        for t, threshold in enumerate(iou_grid):
            bit = np.uint64(1 << (a * len(iou_grid) + t))
            gt_row, _, _ = match(*local, gt_ignored_here, float(threshold))
            is_matched = gt_row >= 0
            is_ignored = np.where(is_matched, gt_ignored_here[gt_row] if len(gt_is_crowd) else False, outside_here)
            matched[rows] |= np.where(is_matched, bit, np.uint64(0))
            ignored[rows] |= np.where(is_ignored, bit, np.uint64(0))


def _position_in_run(*keys: IntArray) -> LongArray:
    """Return the position of each entry among the neighbours that share all its keys (which must be sorted)."""
    n = len(keys[0])
    starts_run = np.ones(n, dtype=bool)
    if n:
        starts_run[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    position = np.arange(n)
    return position - np.maximum.accumulate(np.where(starts_run, position, 0))
