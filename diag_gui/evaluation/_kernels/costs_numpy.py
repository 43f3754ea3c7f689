"""The loops of what errors cost in readable numpy: the fallback without a compiler and the oracle of their twins."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels import accumulation_numpy

TRUE_POSITIVE, MISSED, BACKGROUND, LOCALIZATION, CLASSIFICATION, BOTH, DUPLICATE = range(1, 8)
"""Kinds of `diag_gui.evaluation.outcomes.OutcomeKind`."""

PREFERS_SAME, WINS = 4, 16
"""A flag of near predictions: no class is nearer than their own. A bit beside a kind: of all that aim at its target it wins."""


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


def find_winners(
    near_offsets: LongArray,
    gt_offsets: LongArray,
    asked: BoolArray,
    kind_of_near: ByteArray,
    near_flags: ByteArray,
    near_row: IntArray,
    near_same_gt: IntArray,
    near_other_gt: IntArray,
    pred_class: IntArray,
    gt_class: IntArray,
    score: FloatArray,
    pred_row_of_gt: IntArray,
    n_classes: int,
    first_image: int,
    last_image: int,
    code: ByteArray,
) -> tuple[IntArray, IntArray, LongArray]:
    """Say which errors get the unmatched ground truth that localization and classification errors aim at.

    Parameters
    ----------
    near_offsets, gt_offsets : ndarray of int64, shape (I + 1,)
        Near predictions and ground truth of image i are ``[o[i]:o[i + 1]]``.
    asked : ndarray of bool, shape (I,)
    kind_of_near, near_flags : ndarray of uint8, shape (N,)
    near_row, near_same_gt, near_other_gt : ndarray of int32, shape (N,)
        See ``threshold_steps_numpy``.
    pred_class, gt_class : ndarray of int32, shape (P,) and (G,)
    score : ndarray of float64, shape (P,)
    pred_row_of_gt : ndarray of int32, shape (G,)
        -1 where unmatched.
    first_image, last_image : int
        Images to do.
    code : ndarray of uint8, shape (N,)
        Filled on these images: the kind with `WINS` where it wins, 0 where the image is not asked.

    Returns
    -------
    moved, to_class : ndarray of int32, shape (K,)
        Rows of the classification errors that win, and the classes that get them, by ground truth.
    counts : ndarray of int64, shape (2, n_classes)
        Classification errors and errors of both kinds by the class of what they are about.
    """
    part = slice(int(near_offsets[first_image]), int(near_offsets[last_image]))
    of_image = np.repeat(np.arange(first_image, last_image), np.diff(near_offsets[first_image : last_image + 1]))
    kind = np.where(asked[of_image], kind_of_near[part], 0).astype(np.uint8)
    row, same, other = near_row[part], near_same_gt[part], near_other_gt[part]
    aims = np.flatnonzero((kind == LOCALIZATION) | (kind == CLASSIFICATION))
    target = np.where(kind == LOCALIZATION, same, other)[aims]
    aims, target = aims[pred_row_of_gt[target] < 0], target[pred_row_of_gt[target] < 0]
    order = np.lexsort((row[aims], -score[row[aims]], target))
    order = order[np.diff(target[order], prepend=-1) != 0]
    winners, target = aims[order], target[order]
    code[part] = kind
    code[part][winners] |= WINS
    moves = kind[winners] == CLASSIFICATION
    is_both = kind == BOTH
    of_both = np.where(near_flags[part][is_both] & PREFERS_SAME, pred_class[row[is_both]], gt_class[other[is_both]])
    classes = gt_class[other[kind == CLASSIFICATION]], of_both
    counts = np.array([np.bincount(one, minlength=n_classes) for one in classes], np.int64)
    return row[winners[moves]], gt_class[target[moves]], counts


def count_open(
    kind_when_open: ByteArray,
    gt_class: IntArray,
    pred_row_of_gt: IntArray,
    cover_of_gt: IntArray,
    n_predictions: int,
    n_classes: int,
) -> LongArray:
    """Count per class the ground truth that is missed, and that which nothing is matched to: int64, shape (2, n_classes).

    Parameters
    ----------
    kind_when_open : ndarray of uint8, shape (G,)
        `MISSED` of what counts.
    gt_class, pred_row_of_gt, cover_of_gt : ndarray of int32, shape (G,)
        ``cover_of_gt`` is ``n_predictions`` where nothing finds it or aims at it.
    """
    counts = kind_when_open == MISSED
    each = counts & (cover_of_gt == n_predictions), counts & (pred_row_of_gt < 0)
    return np.array([np.bincount(gt_class[one], minlength=n_classes) for one in each], np.int64)


def step_precisions(
    class_near: IntArray,
    class_near_at: IntArray,
    class_near_offsets: LongArray,
    class_offsets: LongArray,
    place: IntArray,
    by_score: IntArray,
    before: IntArray,
    score: FloatArray,
    code: ByteArray,
    moved: IntArray,
    moved_offsets: LongArray,
    n_gt: LongArray,
    n_missed: LongArray,
    n_unmatched: LongArray,
    recall_grid: FloatArray,
    first_class: int,
    last_class: int,
) -> tuple[FloatArray, LongArray]:
    """Compute what `fixed_precisions` does, from the near predictions alone and how many others count in between.

    Parameters
    ----------
    class_near, class_near_at : ndarray of int32, shape (N,)
        Near predictions by class, then descending score, and where each stands among all that survive the cut.
    class_near_offsets, class_offsets : ndarray of int64, shape (C + 1,)
        Of class c in ``class_near`` and among all.
    place, before : ndarray of int32, shape (M,) and (M + 1,)
        Of all by class, then descending score: places over everything, and how many count before each.
    by_score : ndarray of int32, shape (P,)
        Prediction row at each place.
    code : ndarray of uint8, shape (N,)
        Of `find_winners`.
    moved, moved_offsets, n_gt, n_missed, n_unmatched, recall_grid, first_class, last_class
        As of `fixed_precisions`.

    Returns
    -------
    ap : ndarray of float64, shape (9, last_class - first_class)
    counts : ndarray of int64, shape (5, last_class - first_class)
        Background, localization, classification, both, duplicate errors by predicted class.
    """
    order = by_score[place]
    rows = np.sort(order)
    order = np.searchsorted(rows, order).astype(np.int32)
    kind_at = np.where(np.diff(before) > 0, BACKGROUND, 0).astype(np.uint8)
    kind_at[class_near_at] = code[class_near] & ~np.uint8(WINS)
    wins_at = np.zeros(len(order), np.bool_)
    wins_at[class_near_at] = (code[class_near] & WINS) != 0
    kind, wins = np.empty(len(order), np.uint8), np.empty(len(order), np.bool_)
    kind[order], wins[order] = kind_at, wins_at
    moved = np.searchsorted(rows, moved).astype(np.int32)
    ap = fixed_precisions(
        order, class_offsets, score[rows], kind, wins, moved, moved_offsets, n_gt, n_missed, n_unmatched, recall_grid,
        first_class, last_class,
    )  # fmt: skip
    class_at = np.repeat(np.arange(len(n_gt)), np.diff(class_offsets))
    counts = [np.bincount(class_at[kind_at == one], minlength=len(n_gt)) for one in range(BACKGROUND, DUPLICATE + 1)]
    return ap, np.array(counts, np.int64)[:, first_class:last_class]
