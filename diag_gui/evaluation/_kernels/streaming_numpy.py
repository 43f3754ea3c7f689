"""The loops of figures without pairs in readable numpy: the fallback without a compiler and the oracle of its twin.

Both give the same bits: the arithmetic is that of pycocotools, in its order.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BitArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray, offsets_of
from diag_gui.evaluation._kernels import matching_numpy, ranking_numpy

N_AREAS = 4
OWN = 4
"""The place, after the area ranges, of thresholds that go by no range."""

MATCHED, CUT = 1 << 5, 1 << 6
HIGHEST_RANK = 255


def match_images(
    gt_offsets: LongArray,
    gt_class: IntArray,
    gt_xywh: FloatArray,
    gt_area: FloatArray,
    gt_is_crowd: BoolArray,
    gt_is_ignored: BoolArray,
    pred_offsets: LongArray,
    pred_class: IntArray,
    pred_xywh: FloatArray,
    pred_score: FloatArray,
    area_ranges: FloatArray,
    iou_grid: FloatArray,
    own_thresholds: FloatArray,
    max_detections: int,
    n_classes: int,
) -> tuple[LongArray, FloatArray, ByteArray, LongArray, BitArray, BitArray, FloatArray, ByteArray, LongArray]:
    """Match the predictions of some images at every threshold and keep of each what accumulation needs, by class.

    Parameters
    ----------
    gt_offsets, pred_offsets : ndarray of int64, shape (I + 1,)
        Rows of image i are ``[o[i]:o[i + 1]]``.
    area_ranges : ndarray of float64, shape (A, 2)
        Lowest and greatest area of each of the 4 ranges.
    iou_grid : ndarray of float64, shape (T,)
        Ascending, within every area range.
    own_thresholds : ndarray of float64, shape (2,)
        Thresholds that go by no area range: that of the operating point, and .5.
    max_detections : int
        Lower ranks in an image and class are left out.

    Returns
    -------
    offsets : ndarray of int64, shape (C + 1,)
        The N predictions of class c are ``[o[c]:o[c + 1]]`` of the next two, in the order of their rows.
    score : ndarray of float64, shape (N,)
    flags : ndarray of uint8, shape (N,)
        Bits 0..3: the area ranges it lies outside of. ``MATCHED``: it is matched at some threshold.
    entry_offsets : ndarray of int64, shape (C + 1,)
        The same for the M matched ones and the next four.
    matched, ignored : ndarray of uint64, shape (M,)
        Bit ``a * T + t``: whether it is matched, or ignored, in area range a at threshold t; then a bit per own threshold.
    iou : ndarray of float64, shape (M,)
        IoU of the match at the first of the own thresholds; 0 where it is not matched there.
    rank : ndarray of uint8, shape (M,)
        0 for the highest score of its image and class, at most 255.
    n_gt : ndarray of int64, shape (A + 1, C)
        Ground truth that is not ignored in each range, and without a range.
    """
    n_images, n_predictions = len(gt_offsets) - 1, len(pred_class)
    pred_image = np.repeat(np.arange(n_images, dtype=np.int32), np.diff(pred_offsets))
    by_image, rank = np.empty(n_predictions, np.int32), np.empty(n_predictions, np.int32)
    ranking_numpy.rank_images(pred_offsets, pred_class, pred_score, 0, n_images, n_classes, by_image, rank)
    kept = rank < max_detections
    pred, gt, pair_iou = matching_numpy.candidate_pairs(
        gt_xywh, gt_is_crowd, gt_offsets, pred_xywh, pred_image, 0, n_predictions, 0.0
    )
    pairs = offsets_of(pred, n_predictions), gt, pair_iou, pred_class[pred] == gt_class[gt], pred_image, by_image, kept
    gt_places = _outside(gt_area, area_ranges) | np.where(gt_is_crowd | gt_is_ignored, np.uint8(31), np.uint8(0))
    outside = _outside(pred_xywh[:, 2] * pred_xywh[:, 3], area_ranges)
    matched, ignored = np.zeros(n_predictions, np.uint64), np.zeros(n_predictions, np.uint64)
    first_own = N_AREAS * len(iou_grid)
    cells = [(a, a * len(iou_grid) + t, threshold) for a in range(N_AREAS) for t, threshold in enumerate(iou_grid)]
    cells += [(OWN, first_own + t, threshold) for t, threshold in enumerate(own_thresholds)]
    iou = np.zeros(n_predictions)
    for place, bit, threshold in cells:
        gt_ignored = (gt_places >> place & 1).astype(bool)
        gt_row, _, iou_of_pred = matching_numpy.match(*pairs, gt_is_crowd, gt_ignored, float(threshold))
        is_matched = gt_row >= 0
        is_ignored = np.where(is_matched, gt_ignored[gt_row] if len(gt_ignored) else False, outside >> place & 1)
        matched |= is_matched.astype(np.uint64) << np.uint64(bit)
        ignored |= is_ignored.astype(np.uint64) << np.uint64(bit)
        if bit == first_own:
            iou = iou_of_pred
    rows = np.flatnonzero(kept)[np.argsort(pred_class[kept], kind="stable")]
    entries = rows[matched[rows] != 0]
    flags = outside | np.where(matched != 0, np.uint8(MATCHED), np.uint8(0))
    n_gt = [np.bincount(gt_class[gt_places >> place & 1 == 0], minlength=n_classes) for place in range(N_AREAS + 1)]
    return (
        offsets_of(pred_class[rows], n_classes), pred_score[rows], flags[rows],
        offsets_of(pred_class[entries], n_classes), matched[entries], ignored[entries], iou[entries],
        np.minimum(rank[entries], HIGHEST_RANK).astype(np.uint8), np.array(n_gt, dtype=np.int64),
    )  # fmt: skip


def _outside(area: FloatArray, area_ranges: FloatArray) -> ByteArray:
    bits = np.zeros(len(area), dtype=np.uint8)
    for a, (low, high) in enumerate(area_ranges):
        bits |= ((area < low) | (area > high)).astype(np.uint8) << np.uint8(a)
    return bits


def expand_classes(
    scores: list[AnyArray],
    flags: list[ByteArray],
    matched: list[BitArray],
    ignored: list[BitArray],
    ious: list[FloatArray],
    ranks: list[ByteArray],
    offsets: LongArray,
    entry_offsets: LongArray,
    limits: LongArray,
    n_grid: int,
    score_threshold: float,
) -> tuple[
    LongArray, FloatArray, BitArray, BitArray, BitArray, ByteArray, ByteArray, LongArray, LongArray, FloatArray, LongArray
]:
    """Put the predictions of K classes from Q parts side by side, and count them at the operating point.

    Parameters
    ----------
    scores, flags, matched, ignored, ious, ranks : list of ndarray
        Columns of `match_images`, one per part; scores float32 or float64.
    offsets, entry_offsets : ndarray of int64, shape (Q, K + 1)
        Where the classes start in the columns of each part.
    limits : ndarray of int64, shape (L,)
        Predictions per image and class.
    n_grid : int
        T, thresholds of the grid.
    score_threshold : float

    Returns
    -------
    class_offsets : ndarray of int64, shape (K + 1,)
        The N predictions of each class; among them part by part.
    score : ndarray of float64, shape (N,)
    keys : ndarray of uint64, shape (N,)
        Of `ranking_numpy.descending_keys`.
    matched, ignored : ndarray of uint64, shape (N,)
        The bits of the grid.
    status, status_at_50 : ndarray of uint8, shape (N,)
        Of `operating_point.status_of` at the own thresholds.
    tp, fp : ndarray of int64, shape (K,)
    iou_sum : ndarray of float64, shape (K,)
        Counts at the operating point, and the IoU of its true positives added up.
    n_true : ndarray of int64, shape (L, K, T)
        True positives without an area range among the first predictions of each image.
    """
    n_classes = offsets.shape[1] - 1
    columns = _side_by_side([scores, flags], offsets)
    entries = _side_by_side([matched, ignored, ious, ranks], entry_offsets)
    lengths = np.diff(offsets, axis=1).sum(axis=0)
    of_class = np.repeat(np.arange(n_classes), lengths)
    score, flag = columns[0].astype(np.float64), columns[1]
    is_entry = flag & MATCHED != 0
    all_matched, all_ignored, iou = np.zeros((2, len(flag)), np.uint64)[0], np.zeros(len(flag), np.uint64), np.zeros(len(flag))
    for a in range(N_AREAS):
        row = np.uint64(((1 << n_grid) - 1) << (a * n_grid))
        all_ignored |= np.where(flag >> a & 1, row, np.uint64(0))
    all_matched[is_entry], all_ignored[is_entry], iou[is_entry] = entries[:3]
    status, status_at_50 = (_status(all_matched, all_ignored, N_AREAS * n_grid + place) for place in range(2))
    grid_bits = np.uint64((1 << (N_AREAS * n_grid)) - 1)
    all_matched &= grid_bits
    all_ignored &= grid_bits
    kept = score >= score_threshold
    is_true = kept & (status == 2)
    rank = np.zeros(len(flag), np.int64)
    rank[is_entry] = entries[3]
    n_true = np.zeros((len(limits), n_classes, n_grid), np.int64)
    for k, limit in enumerate(limits):
        for t in range(n_grid):
            counts = (all_matched & ~all_ignored) >> np.uint64(t) & np.uint64(1) != 0
            n_true[k, :, t] = np.bincount(of_class[counts & (rank < limit)], minlength=n_classes)
    return (
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64), score, ranking_numpy.descending_keys(score),
        all_matched, all_ignored, status, status_at_50,
        np.bincount(of_class[is_true], minlength=n_classes).astype(np.int64),
        np.bincount(of_class[kept & (status == 1)], minlength=n_classes).astype(np.int64),
        np.bincount(of_class[is_true], weights=iou[is_true], minlength=n_classes).astype(np.float64), n_true,
    )  # fmt: skip


def _side_by_side(columns: list[list[AnyArray]], offsets: LongArray) -> list[AnyArray]:
    """Return each column, the parts of the first class first."""
    n_parts, n_classes = len(offsets), offsets.shape[1] - 1
    return [
        np.concatenate([column[0][:0], *(
            column[part][offsets[part, c] : offsets[part, c + 1]] for c in range(n_classes) for part in range(n_parts)
        )])
        for column in columns
    ]  # fmt: skip


def _status(matched: BitArray, ignored: BitArray, bit: int) -> ByteArray:
    is_matched, is_ignored = (bits >> np.uint64(bit) & np.uint64(1) != 0 for bits in (matched, ignored))
    return np.where(is_ignored, 0, np.where(is_matched, 2, 1)).astype(np.uint8)


def status_between(
    keys: BitArray, status: ByteArray, class_offsets: LongArray, from_key: int, to_key: int
) -> tuple[FloatArray, ByteArray]:
    """Return scores and status where ``from_key <= key < to_key``, of all classes by key; on equal keys the lower class first.

    Parameters
    ----------
    keys : ndarray of uint64, shape (N,)
        Ascending within each class.
    status : ndarray of uint8, shape (N,)
    """
    inside = (keys >= np.uint64(from_key)) & (keys < np.uint64(to_key))
    order = np.argsort(keys[inside], kind="stable")
    some_keys, top = keys[inside][order], np.uint64(1 << 63)
    scores = np.where(some_keys & top, some_keys, ~(some_keys | top)).view(np.float64)
    return scores, status[inside][order]
