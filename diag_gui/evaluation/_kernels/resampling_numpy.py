"""The loops of the bootstrap over images in readable numpy: the fallback without a compiler and the oracle of its twin.

A resample is a weight per image: how often it was drawn. Whatever lies on an image counts as often. Both forms give the same
bits, and those of accumulating a data set in which every image stands as often as it was drawn.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BitArray, FloatArray, IntArray, LongArray

LANES = 8
"""Resamples that go through the loops side by side."""


def average_precision(
    image: IntArray,
    class_offsets: LongArray,
    matched: BitArray,
    ignored: BitArray,
    n_gt: IntArray,
    weights: IntArray,
    n_thresholds: int,
    recall_grid: FloatArray,
) -> FloatArray:
    """Average precision of K classes at every IoU threshold in each of `LANES` resamples.

    Parameters
    ----------
    image : ndarray of int32, shape (N,)
        Row in ``weights`` of each prediction that counts, by class, then descending score.
    class_offsets : ndarray of int64, shape (K + 1,)
        Class k is ``image[class_offsets[k]:class_offsets[k + 1]]``.
    matched, ignored : ndarray of uint64, shape (N,)
        Bit t: whether the prediction is matched, or ignored, at threshold t. An unmatched one is ignored at all or none.
    n_gt : ndarray of int32, shape (K, LANES)
        Ground truth of each class in each resample.
    weights : ndarray of int32, shape (I, LANES)
        How often each image was drawn.
    n_thresholds : int
    recall_grid : ndarray of float64, shape (R,)
        Ascending.

    Returns
    -------
    ndarray of float64, shape (K, n_thresholds, LANES)
        NaN where there is no ground truth.

    Notes
    -----
    All copies of a prediction stand together: precision rises through the copies of a true positive, so that the envelope needs
    the last of them only. A true positive that was not drawn repeats the precision of what stands before it.
    """
    ap = np.full((len(n_gt), n_thresholds, LANES), np.nan)
    for k in range(len(n_gt)):
        rows = slice(class_offsets[k], class_offsets[k + 1])
        drawn = weights[image[rows]].astype(np.float64)
        lanes = np.flatnonzero(n_gt[k])
        for t in range(n_thresholds):
            counts = (ignored[rows] >> np.uint64(t) & np.uint64(1)) == 0
            is_true = (matched[rows] >> np.uint64(t) & np.uint64(1)) == 1
            true = np.cumsum(drawn * (counts & is_true)[:, np.newaxis], axis=0)[counts & is_true]
            false = np.cumsum(drawn * (counts & ~is_true)[:, np.newaxis], axis=0)[counts & is_true]
            envelope = np.maximum.accumulate((true / (false + true + np.spacing(1)))[::-1], axis=0)[::-1]
            read = np.zeros((len(recall_grid), LANES))
            for lane in lanes:
                at = np.searchsorted(true[:, lane] / n_gt[k, lane], recall_grid, side="left")
                reached = at < len(true)
                read[reached, lane] = envelope[at[reached], lane]
            ap[k, t, lanes] = (read.sum(axis=0) / len(recall_grid))[lanes]
    return ap


def weighted_counts(group: IntArray, image: IntArray, weights: IntArray, n_groups: int) -> IntArray:
    """Count rows per group in each of `LANES` resamples, each row as often as its image was drawn.

    Parameters
    ----------
    group, image : ndarray of int32, shape (N,)
        Group of each row, and its row in ``weights``.
    weights : ndarray of int32, shape (I, LANES)
    n_groups : int

    Returns
    -------
    ndarray of int32, shape (n_groups, LANES)
    """
    lanes = [np.bincount(group, weights[image, lane], minlength=n_groups) for lane in range(LANES)]
    return np.stack(lanes, axis=1).astype(np.int32)
