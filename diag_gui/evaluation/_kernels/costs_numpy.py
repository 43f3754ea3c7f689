"""The loop of what errors cost in readable numpy: the fallback without a compiler and the oracle of its twin."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels import accumulation_numpy

TRUE_POSITIVE, BACKGROUND, LOCALIZATION, CLASSIFICATION, BOTH, DUPLICATE = 1, 3, 4, 5, 6, 7
"""Kinds of `diag_gui.evaluation.outcomes.OutcomeKind`."""


def fixed_precisions(
    order: IntArray,
    class_offsets: LongArray,
    score: FloatArray,
    kind: ByteArray,
    wins: BoolArray,
    moved: IntArray,
    moved_offsets: LongArray,
    n_gt: LongArray,
    n_missed: LongArray,
    n_unmatched: LongArray,
    recall_grid: FloatArray,
    first_class: int,
    last_class: int,
) -> FloatArray:
    """Compute the average precision of classes as it is and with one kind of error fixed.

    Parameters
    ----------
    order : ndarray of int32, shape (P,)
        Prediction rows by class, then descending score, then row.
    class_offsets : ndarray of int64, shape (C + 1,)
    score : ndarray of float64, shape (P,)
    kind : ndarray of uint8, shape (P,)
        What each prediction is over all scores.
    wins : ndarray of bool, shape (P,)
        Localization and classification errors that a fix makes true positives; the others are removed.
    moved : ndarray of int32, shape (N,)
        Classification errors that win, by the class of the ground truth they aim at, then descending score, then row.
    moved_offsets : ndarray of int64, shape (C + 1,)
    n_gt, n_missed, n_unmatched : ndarray of int64, shape (C,)
        Ground truth that counts, and how much of it is missed, or matched by nothing.
    first_class, last_class : int
        Classes to do.

    Returns
    -------
    ndarray of float64, shape (9, last_class - first_class)
        As it is; then without errors of these kinds: missed, background, localization, classification, both, duplicate, all
        false positives, all false negatives. NaN without ground truth.
    """
    is_true = kind == TRUE_POSITIVE
    counts = is_true | (kind >= BACKGROUND) & (kind <= DUPLICATE)
    status = np.where(counts, np.where(is_true, 2, 1), 0).astype(np.uint8)

    def precision(status: ByteArray, n_gt: LongArray, order: IntArray = order, offsets: LongArray = class_offsets) -> FloatArray:
        return accumulation_numpy.sweep(order, offsets, status, score, n_gt, recall_grid)[0]

    base = precision(status, n_gt)
    has_any = np.add.reduceat(np.append(status[order] != 0, False), class_offsets[:-1]) > 0
    has_any &= np.diff(class_offsets) > 0

    def with_less(n_removed: LongArray) -> FloatArray:
        left = n_gt - n_removed
        ap = np.where(n_removed > 0, precision(status, left), base)
        return np.where((n_gt > 0) & (left == 0), np.where(has_any, 0.0, np.nan), ap)

    answers = [base, with_less(n_missed)]
    for fixed in (BACKGROUND, LOCALIZATION, CLASSIFICATION, BOTH, DUPLICATE):
        without = np.where(kind == fixed, np.where(wins, np.uint8(2), np.uint8(0)), status)
        if fixed != CLASSIFICATION:
            answers.append(precision(without, n_gt))
            continue
        n_classes = len(n_gt)
        class_row = np.empty(len(kind), np.int64)
        class_row[order] = np.repeat(np.arange(n_classes), np.diff(class_offsets))
        class_row[moved] = np.repeat(np.arange(n_classes), np.diff(moved_offsets))
        rows = np.lexsort((-score, class_row)).astype(np.int32)
        offsets = np.searchsorted(class_row[rows], np.arange(n_classes + 1))
        answers.append(precision(without, n_gt, rows, offsets))
    answers += [precision(np.where(is_true, status, np.uint8(0)), n_gt), with_less(n_unmatched)]
    return np.array(answers)[:, first_class:last_class]
