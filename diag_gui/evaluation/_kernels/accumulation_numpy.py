"""The loops of precision, recall and counts in readable numpy: the fallback without a compiler and the oracle of its twin.

Both give the same bits: the arithmetic is that of pycocotools, in its order.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from diag_gui.data.arrays import BitArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray


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


def _cells_of_class(
    matched: BitArray, ignored: BitArray, score: FloatArray, n_gt: LongArray, n_thresholds: int
) -> Iterator[tuple[int, int, BoolArray, FloatArray]]:
    """Yield, per area range and threshold with ground truth, which of the predictions that count are true, and scores."""
    for a in np.flatnonzero(n_gt):
        for t in range(n_thresholds):
            bit = np.uint64(a * n_thresholds + t)
            counts = (ignored >> bit & np.uint64(1)) == 0
            yield int(a), t, (matched[counts] >> bit & np.uint64(1)) == 1, score[counts]


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


def sweep_ranges(
    statuses: list[ByteArray], scores: list[FloatArray], n_gt: int, recall_grid: FloatArray
) -> tuple[float, float, float]:
    """Walk predictions by descending score as `sweep` does with those of one class, given in ranges of score.

    Parameters
    ----------
    statuses, scores : list of ndarray
        Of each range, the highest scores first, by descending score.
    n_gt : int
        Above 0.
    """
    status, score = np.concatenate([np.empty(0, np.uint8), *statuses]), np.concatenate([np.empty(0), *scores])
    order, whole = np.arange(len(status), dtype=np.int32), np.array([0, len(status)], dtype=np.int64)
    ap, best_f1, best_score = sweep(order, whole, status, score, np.array([n_gt], dtype=np.int64), recall_grid)
    return float(ap[0]), float(best_f1[0]), float(best_score[0])


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


def count_bits(group: IntArray, bits: BitArray, n_groups: int, n_bits: int) -> LongArray:
    """Count how often each of the lowest bits is set per group: int64, shape (n_groups, n_bits)."""
    counts = [np.bincount(group[bits >> np.uint64(b) & np.uint64(1) == 1], minlength=n_groups) for b in range(n_bits)]
    return np.stack(counts, axis=1)
