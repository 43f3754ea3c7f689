"""The loop that counts all object slices at once in readable numpy: the fallback without a compiler and the oracle of its twin.

It takes plain arrays, has a twin of the same name and signature in ``_slices.pyx``, and gives the same counts; sums of IoU are
added up in another order there.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BitArray, BoolArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels.matching_numpy import match


def count_slices(
    pred_offsets: LongArray,
    pair_gt: IntArray,
    pair_iou: FloatArray,
    pair_allowed: BoolArray,
    image_offsets: LongArray,
    by_image: IntArray,
    score: FloatArray,
    eligible: BoolArray,
    gt_offsets: LongArray,
    gt_is_crowd: BoolArray,
    gt_ignored: BoolArray,
    gt_inside: BitArray,
    pred_inside: BitArray,
    asked: BoolArray,
    iou_threshold: float,
    score_threshold: float,
    gt_group: IntArray,
    pred_group: IntArray,
    first_image: int,
    last_image: int,
    inside: IntArray,
    outside: IntArray,
    iou_sum: FloatArray,
    n_images: IntArray,
) -> None:
    """Match kept predictions in each of B slices with its outside ignored, and in its outside with the slice ignored; count.

    Parameters
    ----------
    pred_offsets, pair_gt, pair_iou, pair_allowed, by_image, eligible, gt_is_crowd, iou_threshold
        As in `matching_numpy.match`.
    image_offsets, gt_offsets : ndarray of int64, shape (I + 1,)
        Predictions, and ground truth, of image i are ``[o[i]:o[i + 1]]``.
    score : ndarray of float64, shape (P,)
    gt_ignored : ndarray of bool, shape (G,)
        Ignored in every slice.
    gt_inside, pred_inside : ndarray of uint64, shape (G, W) and (P, W)
        Bit b % 64 of word b // 64: inside slice b.
    asked : ndarray of bool, shape (I,)
        Images that count.
    score_threshold : float
        Predictions of this score and above are kept.
    gt_group, pred_group : ndarray of int32, shape (G,) and (P,)
        Where each object is counted: its image, its class, or 0.
    first_image, last_image : int
        Images to do.
    inside, outside : ndarray of int32, shape (N, 3, B)
        Ground truth that counts, true and false positives of each group are added to these.
    iou_sum : ndarray of float64, shape (N, B)
        The IoU of the true positives inside is added to it.
    n_images : ndarray of int32, shape (B,)
        The number of images with ground truth inside that counts is added to it.
    """
    rows, truth = (slice(o[first_image], o[last_image]) for o in (image_offsets, gt_offsets))
    pairs = slice(pred_offsets[rows.start], pred_offsets[rows.stop])
    images = np.arange(first_image, last_image, dtype=np.int32)
    pred_image = np.repeat(images, np.diff(image_offsets[first_image : last_image + 1]))
    gt_image = np.repeat(images, np.diff(gt_offsets[first_image : last_image + 1]))
    kept = eligible[rows] & (score[rows] >= score_threshold) & asked[pred_image]
    counts = ~gt_ignored[truth] & asked[gt_image]
    given = (
        pred_offsets[rows.start : rows.stop + 1] - pairs.start, pair_gt[pairs] - np.int32(truth.start), pair_iou[pairs],
        pair_allowed[pairs], pred_image, by_image[rows] - np.int32(rows.start), kept, gt_is_crowd[truth],
    )  # fmt: skip
    for place in range(inside.shape[2]):
        word, bit = divmod(place, 64)
        is_inside, pred_is_inside = (
            (of[:, word] >> np.uint64(bit) & np.uint64(1)).astype(bool) for of in (gt_inside, pred_inside)
        )
        n_images[place] += len(np.unique(gt_image[counts & is_inside[truth]]))
        for sums, of_gt, of_pred in ((inside, is_inside, pred_is_inside), (outside, ~is_inside, ~pred_is_inside)):
            ignored = gt_ignored[truth] | ~of_gt[truth]
            gt_row, _, iou = match(*given, ignored, iou_threshold)
            true = np.flatnonzero(gt_row >= 0)
            true = true[~ignored[gt_row[true]]]
            false = kept & (gt_row < 0) & of_pred[rows]
            np.add.at(sums[:, 0, place], gt_group[truth][counts & of_gt[truth]], 1)
            np.add.at(sums[:, 1, place], pred_group[rows][true], 1)
            np.add.at(sums[:, 2, place], pred_group[rows][false], 1)
            if sums is inside:
                np.add.at(iou_sum[:, place], pred_group[rows][true], iou[true])
