"""The loops of rules other than COCO's in readable numpy: the fallback without a compiler and the oracle of its twin."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray, IntArray, LongArray


def listed(image_offsets: LongArray, class_row: IntArray, offsets: LongArray, rows: IntArray, n_classes: int) -> BoolArray:
    """Return which of P objects are of a class in the list of their image.

    Parameters
    ----------
    image_offsets : ndarray of int64, shape (I + 1,)
        Objects of image i are ``[o[i]:o[i + 1]]``.
    class_row : ndarray of int32, shape (P,)
    offsets : ndarray of int64, shape (I + 1,)
    rows : ndarray of int32, shape (M,)
        Class rows of image i are ``rows[offsets[i]:offsets[i + 1]]``, ascending.
    n_classes : int

    Returns
    -------
    ndarray of bool, shape (P,)
    """
    if not len(rows):
        return np.zeros(len(class_row), np.bool_)
    images = np.arange(len(offsets) - 1)
    wanted = np.repeat(images, np.diff(image_offsets)) * n_classes + class_row
    there = np.repeat(images, np.diff(offsets)) * n_classes + rows
    places = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
    is_listed: BoolArray = there[places] == wanted
    return is_listed


def take_best(
    order: IntArray,
    best_gt: IntArray,
    best_iou: FloatArray,
    excuse: FloatArray,
    gt_ignored: BoolArray,
    counted: BoolArray,
    threshold: float,
) -> ByteArray:
    """Let each prediction that counts, in its order, take the ground truth it overlaps most, if that is still free.

    Parameters
    ----------
    order : ndarray of int32, shape (P,)
        Every prediction row; those that share a ground truth by descending score.
    best_gt : ndarray of int32, shape (P,)
        -1 where a prediction overlaps none.
    best_iou, excuse : ndarray of float64, shape (P,)
        How much it overlaps that, and how much it lies in what excuses it.
    gt_ignored : ndarray of bool, shape (G,)
        Ground truth that excuses whoever would take it.
    counted : ndarray of bool, shape (P,)
    threshold : float

    Returns
    -------
    ndarray of uint8, shape (P,)
        0 not counted or excused, 1 false positive, 2 true positive.
    """
    status = counted.astype(np.uint8)
    candidates = order[counted[order] & (best_gt[order] >= 0) & (best_iou[order] >= threshold)]
    to_ignored = gt_ignored[best_gt[candidates]]
    regular = candidates[~to_ignored]
    _, first = np.unique(best_gt[regular], return_index=True)
    status[(excuse >= threshold) & counted] = 0
    status[candidates[to_ignored]] = 0
    status[regular[first]] = 2
    return status


def area_under(order: IntArray, class_offsets: LongArray, status: ByteArray, n_gt: LongArray, recalls: FloatArray) -> FloatArray:
    """Average precision of each class under the envelope of its precision.

    Parameters
    ----------
    order : ndarray of int32, shape (P,)
        Prediction rows by class, then descending score; class c is ``order[class_offsets[c]:class_offsets[c + 1]]``.
    status : ndarray of uint8, shape (P,)
        As `take_best` returns it.
    n_gt : ndarray of int64, shape (C,)
    recalls : ndarray of float64, shape (R,)
        Ascending. None: the area. Else the mean of the envelope at these recalls, 0 where one is not reached.

    Returns
    -------
    ndarray of float64, shape (C,)
        NaN for a class without ground truth.
    """
    ap = np.where(n_gt > 0, 0.0, np.nan)
    for c in np.flatnonzero((n_gt > 0) & (np.diff(class_offsets) > 0)):
        rows = order[class_offsets[c] : class_offsets[c + 1]]
        is_true = status[rows[status[rows] != 0]] == 2
        found = np.flatnonzero(is_true)
        # Precision falls between true positives, so its envelope is decided at these.
        envelope = np.maximum.accumulate((np.arange(1, len(found) + 1) / (found + 1))[::-1])[::-1]
        if not len(recalls):
            ap[c] = np.add.accumulate(np.append(0.0, envelope / n_gt[c]))[-1]
            continue
        at = np.searchsorted(np.arange(1, len(found) + 1) / n_gt[c], recalls, side="left")
        ap[c] = np.add.accumulate(np.append(0.0, envelope[at[at < len(envelope)]]))[-1] / len(recalls)
    return ap
