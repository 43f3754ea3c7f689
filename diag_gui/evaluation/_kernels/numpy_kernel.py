"""The hot loops in readable numpy: what runs where no compiler is, and the oracle of the compiled kernel in tests.

Every function takes plain arrays and has a twin of the same name and signature in ``_compiled.pyx``. Both give the same
bits: the arithmetic is that of pycocotools, in its order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from diag_gui.data.arrays import BitArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray

PAIRS_AT_ONCE = 2_000_000


def rank(
    image_row: IntArray, class_row: IntArray, score: FloatArray, n_images: int, n_classes: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Order P predictions by score, by (class, score) and by (image, score), and rank them in their image and class.

    Returns
    -------
    by_score, by_class, by_image, rank_in_group : ndarray of int32, shape (P,)
        Scores descend; on equal score the lower class comes first, then the lower row.
    """
    rows = np.argsort(class_row, kind="stable").astype(np.int32)
    by_score = rows[np.argsort(-score[rows], kind="stable")]
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


def _position_in_run(*keys: IntArray) -> LongArray:
    """Return the position of each entry among the neighbours that share all its keys (which must be sorted)."""
    n = len(keys[0])
    starts_run = np.ones(n, dtype=bool)
    if n:
        starts_run[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    position = np.arange(n)
    return position - np.maximum.accumulate(np.where(starts_run, position, 0))


def sweep(
    order: IntArray,
    class_offsets: LongArray,
    status: ByteArray,
    score: FloatArray,
    n_gt: LongArray,
    recall_grid: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Walk each class by descending score: average precision, best F1 and the score it is reached at.

    Parameters
    ----------
    order : ndarray of int32, shape (P,)
        Prediction rows by class, then descending score; class c is ``order[class_offsets[c]:class_offsets[c + 1]]``.
    status : ndarray of uint8, shape (P,)
        0 not counted, 1 false positive, 2 true positive.
    n_gt : ndarray of int64, shape (C,)

    Returns
    -------
    ap, best_f1, best_score : ndarray of float64, shape (C,)
        All NaN for a class without ground truth; the score is NaN where nothing counts.
    """
    n_classes = len(n_gt)
    ap, best_f1 = np.where(n_gt > 0, 0.0, np.nan), np.where(n_gt > 0, 0.0, np.nan)
    best_score = np.full(n_classes, np.nan)
    for c in np.flatnonzero((n_gt > 0) & (np.diff(class_offsets) > 0)):
        rows = order[class_offsets[c] : class_offsets[c + 1]]
        rows = rows[status[rows] != 0]
        if len(rows) == 0:
            continue
        is_true = status[rows] == 2
        precision, _ = precision_at(is_true, score[rows], int(n_gt[c]), recall_grid)
        ap[c] = precision.mean()
        ends = np.flatnonzero(np.append(score[rows[1:]] != score[rows[:-1]], True))
        true = np.cumsum(is_true)[ends]
        f1 = 2 * true / (ends + 1 + n_gt[c])
        best = int(np.argmax(f1))
        best_f1[c], best_score[c] = f1[best], score[rows[ends[best]]]
    return ap, best_f1, best_score


def precision_at(is_true: BoolArray, score: FloatArray, n_gt: int, recall_grid: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Read the precision envelope of one class, and the score there, at each recall of the grid; 0 where not reached.

    The operations and their order are those of ``COCOeval.accumulate``.
    """
    true = np.cumsum(is_true).astype(np.float64)
    false = np.cumsum(~is_true).astype(np.float64)
    envelope = np.maximum.accumulate((true / (false + true + np.spacing(1)))[::-1])[::-1]
    at = np.searchsorted(true / n_gt, recall_grid, side="left")
    reached = at < len(envelope)
    precision, scores = np.zeros(len(recall_grid)), np.zeros(len(recall_grid))
    precision[reached] = envelope[at[reached]]
    scores[reached] = score[at[reached]]
    return precision, scores


def count(
    class_row: IntArray,
    status: ByteArray,
    score: FloatArray,
    iou_of_pred: FloatArray,
    score_threshold: float,
    n_classes: int,
) -> tuple[LongArray, LongArray, FloatArray]:
    """Count true and false positives with score >= the threshold per class, and add up the IoU of the true ones.

    Returns
    -------
    tp, fp : ndarray of int64, shape (C,)
    iou_sum : ndarray of float64, shape (C,)
    """
    kept = score >= score_threshold
    true = np.flatnonzero(kept & (status == 2))
    false = np.flatnonzero(kept & (status == 1))
    tp = np.bincount(class_row[true], minlength=n_classes).astype(np.int64, copy=False)
    fp = np.bincount(class_row[false], minlength=n_classes).astype(np.int64, copy=False)
    iou_sum = np.bincount(class_row[true], iou_of_pred[true], minlength=n_classes).astype(np.float64, copy=False)
    return tp, fp, iou_sum


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


def accumulate(
    order: IntArray,
    class_offsets: LongArray,
    classes: IntArray,
    counted: BoolArray,
    score: FloatArray,
    matched: BitArray,
    ignored: BitArray,
    n_gt: LongArray,
    n_thresholds: int,
    recall_grid: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Average precision and final recall of K classes at every threshold and area range, from the bits of `match_grid`.

    Parameters
    ----------
    classes : ndarray of int32, shape (K,)
        Class rows to do.
    counted : ndarray of bool, shape (P,)
    n_gt : ndarray of int64, shape (A, K)
        Ground truth of each of these classes that is not ignored in each range.

    Returns
    -------
    ap, recall : ndarray of float64, shape (K, A, T)
        NaN where there is no ground truth.
    """
    n_areas = len(n_gt)
    ap = np.full((len(classes), n_areas, n_thresholds), np.nan)
    recall = np.full((len(classes), n_areas, n_thresholds), np.nan)
    for k, c in enumerate(classes):
        rows = order[class_offsets[c] : class_offsets[c + 1]]
        rows = rows[counted[rows]]
        for a, t, is_true, _ in _cells_of_class(matched[rows], ignored[rows], score[rows], n_gt[:, k], n_thresholds):
            precision, _ = precision_at(is_true, np.zeros(len(is_true)), int(n_gt[a, k]), recall_grid)
            ap[k, a, t] = precision.mean()
            recall[k, a, t] = np.count_nonzero(is_true) / n_gt[a, k]
    return ap, recall


def _cells_of_class(
    matched: BitArray, ignored: BitArray, score: FloatArray, n_gt: LongArray, n_thresholds: int
) -> Iterator[tuple[int, int, BoolArray, FloatArray]]:
    """Yield, per area range and threshold with ground truth, which of the predictions that count are true, and scores."""
    for a in np.flatnonzero(n_gt):
        for t in range(n_thresholds):
            bit = np.uint64(a * n_thresholds + t)
            counts = (ignored >> bit & np.uint64(1)) == 0
            yield int(a), t, (matched[counts] >> bit & np.uint64(1)) == 1, score[counts]


def precision_grid(
    order: IntArray,
    class_offsets: LongArray,
    classes: IntArray,
    counted: BoolArray,
    score: FloatArray,
    matched: BitArray,
    ignored: BitArray,
    n_gt: LongArray,
    n_thresholds: int,
    recall_grid: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Precision and score at every recall of the grid, and final recall; parameters as in `accumulate`.

    Returns
    -------
    precision, scores : ndarray of float64, shape (K, A, T, R)
        -1 where there is no ground truth.
    recall : ndarray of float64, shape (K, A, T)
    """
    shape = (len(classes), len(n_gt), n_thresholds, len(recall_grid))
    precision, scores, recall = np.full(shape, -1.0), np.full(shape, -1.0), np.full(shape[:3], -1.0)
    for k, c in enumerate(classes):
        rows = order[class_offsets[c] : class_offsets[c + 1]]
        rows = rows[counted[rows]]
        for a, t, is_true, at in _cells_of_class(matched[rows], ignored[rows], score[rows], n_gt[:, k], n_thresholds):
            precision[k, a, t], scores[k, a, t] = precision_at(is_true, at, int(n_gt[a, k]), recall_grid)
            recall[k, a, t] = np.count_nonzero(is_true) / n_gt[a, k]
        if len(rows):
            # Recall 0 is reached at the very first prediction, and pycocotools does not skip an ignored one.
            scores[k, n_gt[:, k] > 0, :, 0] = score[rows[0]]
    return precision, scores, recall


def count_bits(group: IntArray, bits: BitArray, n_groups: int, n_bits: int) -> LongArray:
    """Count how often each of the lowest bits is set per group: int64, shape (n_groups, n_bits)."""
    counts = [np.bincount(group[bits >> np.uint64(b) & np.uint64(1) == 1], minlength=n_groups) for b in range(n_bits)]
    return np.stack(counts, axis=1)
