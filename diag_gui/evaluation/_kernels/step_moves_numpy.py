"""The loops behind moves from one threshold to the next in readable numpy: fallback, and oracle of the compiled ones.

The words are those of ``threshold_steps_numpy``. A *move* is what a near prediction or a ground truth is before a step and
from that step on.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BitArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels import threshold_steps_numpy

N_KINDS = 10


def step_moves(
    span_near: IntArray,
    span_gt: IntArray,
    span_first: ByteArray,
    span_last: ByteArray,
    near_place: IntArray,
    same_below: ByteArray,
    same_reached: ByteArray,
    other_reached: ByteArray,
    near_flags: ByteArray,
    near_same_gt: IntArray,
    near_other_gt: IntArray,
    gt_ignored: BoolArray,
    near_offsets: LongArray,
    span_offsets: LongArray,
    gt_offsets: LongArray,
    n_predictions: int,
    n_steps: int,
    first_image: int,
    last_image: int,
) -> tuple[ByteArray, IntArray, ByteArray, ByteArray, ByteArray, IntArray, IntArray, IntArray]:
    """Say at which step what becomes of near predictions and ground truth changes.

    Parameters
    ----------
    near_offsets, span_offsets, gt_offsets : ndarray of int64, shape (I + 1,)
        Near predictions, spans and ground truth of image i are ``[o[i]:o[i + 1]]``.
    n_predictions : int
        Stands for no cover.
    first_image, last_image : int
        Images to do.

    Returns
    -------
    step : ndarray of uint8, shape (M,)
    near : ndarray of int32, shape (M,)
    before, after : ndarray of uint8, shape (M,)
        Kinds of the near prediction at the step before, and from the step on until its next move. By image, then step.
    gt_step, gt, cover_before, cover_after
        Likewise of ground truth, by what covers it: int32.
    """
    part, labels = (slice(int(o[first_image]), int(o[last_image])) for o in (near_offsets, gt_offsets))
    of_near: list[AnyArray] = []
    of_gt: list[AnyArray] = []
    held: tuple[ByteArray, IntArray] | None = None
    for step in range(n_steps):
        kind, cover = np.zeros(len(near_place), np.uint8), np.full(len(gt_ignored), n_predictions, np.int32)
        unread = np.empty(len(near_place), np.int32), np.empty(len(gt_ignored), np.int32)
        threshold_steps_numpy.kinds_at(
            step, span_near, np.zeros_like(span_near), span_gt, span_first, span_last, near_place, near_place, same_below,
            same_reached, other_reached, near_flags, near_same_gt, near_other_gt, gt_ignored, part.start, part.stop,
            int(span_offsets[first_image]), int(span_offsets[last_image]), unread[0], kind, unread[1], cover,
        )  # fmt: skip
        now = kind[part], cover[labels]
        if held is not None:
            for found, one, other, first in ((of_near, held[0], now[0], part.start), (of_gt, held[1], now[1], labels.start)):
                places = np.flatnonzero(one != other)
                found.append(np.column_stack([np.full(len(places), step), places + first, one[places], other[places]]))
        held = now
    columns: list[AnyArray] = []
    for found, offsets, value in ((of_near, near_offsets, np.uint8), (of_gt, gt_offsets, np.int32)):
        moves = np.concatenate(found) if found else np.zeros((0, 4), np.int64)
        image = np.searchsorted(offsets, moves[:, 1], side="right")
        moves = moves[np.lexsort((moves[:, 1], moves[:, 0], image))]
        types = (np.uint8, np.int32, value, value)
        columns += [moves[:, place].astype(dtype) for place, dtype in enumerate(types)]
    return columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], columns[6], columns[7]


def matches_at(
    step: int,
    span_near: IntArray,
    span_pair: IntArray,
    span_gt: IntArray,
    span_first: ByteArray,
    span_last: ByteArray,
    near_row: IntArray,
    n_gt: int,
) -> tuple[IntArray, IntArray]:
    """Return who is matched with whom at a step.

    Returns
    -------
    pair_of_near : ndarray of int32, shape (N,)
        -1 where unmatched.
    pred_row_of_gt : ndarray of int32, shape (n_gt,)
        -1 where unmatched.
    """
    held = np.flatnonzero((span_first <= step) & (step <= span_last))
    pair_of_near, pred_row_of_gt = np.full(len(near_row), -1, np.int32), np.full(n_gt, -1, np.int32)
    pair_of_near[span_near[held]] = span_pair[held]
    pred_row_of_gt[span_gt[held]] = near_row[span_near[held]]
    return pair_of_near, pred_row_of_gt


def held_pairs(
    step: int, near: IntArray, span_near: IntArray, span_pair: IntArray, span_first: ByteArray, span_last: ByteArray
) -> IntArray:
    """Return the pair in which each of some near predictions is matched at a step, int32; -1 where it is not."""
    pair_of_near = np.full(int(max(near.max(initial=-1), span_near.max(initial=-1))) + 1, -1, np.int32)
    held = (span_first <= step) & (step <= span_last)
    pair_of_near[span_near[held]] = span_pair[held]
    return pair_of_near[near]


def count_moved(before: ByteArray, after: ByteArray) -> LongArray:
    """Return how many more there are of each kind after than before: int64, shape (10,)."""
    more: LongArray = np.bincount(after, minlength=N_KINDS) - np.bincount(before, minlength=N_KINDS)
    return more.astype(np.int64)


def mark_listed(order: IntArray, kind: ByteArray, is_listed: ByteArray) -> BitArray:
    """Return a bit for each place of an order of outcome rows: whether the kind of the row there is listed.

    Returns
    -------
    ndarray of uint64
        Place i is bit i % 64 of word i // 64.
    """
    marks = np.zeros(-(-len(order) // 64) * 64, np.bool_)
    marks[: len(order)] = is_listed[kind[order]] != 0
    return np.packbits(marks, bitorder="little").view("<u8").astype(np.uint64)


def move_marks(before: ByteArray, after: ByteArray, is_listed: ByteArray, at: IntArray, marks: BitArray) -> None:
    """Bring marks up to date where rows changed their kind.

    Parameters
    ----------
    before, after : ndarray of uint8, shape (N,)
        Kinds that the marks are of, and that they shall be of.
    is_listed : ndarray of uint8, shape (10,)
    at : ndarray of int32, shape (N,)
        Place of each row in the order.
    marks : ndarray of uint64
        Of `mark_listed`; changed.
    """
    places = at[(is_listed[before] != 0) != (is_listed[after] != 0)]
    np.bitwise_xor.at(marks, places >> 6, np.uint64(1) << (places & 63).astype(np.uint64))


def marked(order: IntArray, marks: BitArray) -> IntArray:
    """Return the rows of an order whose places are marked."""
    bits = np.unpackbits(marks.astype("<u8").view(np.uint8), count=len(order), bitorder="little")
    rows: IntArray = order[bits != 0]
    return rows


def count_on_images(
    kind: ByteArray,
    pred_offsets: LongArray,
    gt_offsets: LongArray,
    near_of_row: IntArray,
    pair_of_near: IntArray,
    pair_iou: FloatArray,
) -> tuple[LongArray, FloatArray]:
    """Count on each image what outcome rows are.

    Parameters
    ----------
    kind : ndarray of uint8, shape (P + G,)
    pred_offsets, gt_offsets : ndarray of int64, shape (I + 1,)
        Predictions and ground truth of image i are ``[o[i]:o[i + 1]]``.
    near_of_row : ndarray of int32, shape (P,)
    pair_of_near : ndarray of int32, shape (N,)
        Of `matches_at`.
    pair_iou : ndarray of float64

    Returns
    -------
    counts : ndarray of int64, shape (3, I)
        Ground truth that counts, true positives, false positives.
    iou_sum : ndarray of float64, shape (I,)
        Over true positives, added up in the order of their rows.
    """
    n_images, of_pred = len(pred_offsets) - 1, kind[: len(near_of_row)]
    pred_image, gt_image = (np.repeat(np.arange(n_images), np.diff(offsets)) for offsets in (pred_offsets, gt_offsets))
    of_gt = kind[len(near_of_row) :]
    is_true = of_pred == threshold_steps_numpy.TRUE_POSITIVE
    is_false = (of_pred >= threshold_steps_numpy.BACKGROUND) & (of_pred <= threshold_steps_numpy.DUPLICATE)
    counts_gt = (of_gt == threshold_steps_numpy.MISSED) | (of_gt == threshold_steps_numpy.FOUND)
    groups = gt_image[counts_gt], pred_image[is_true], pred_image[is_false]
    counts = np.array([np.bincount(group, minlength=n_images) for group in groups], np.int64)
    iou = pair_iou[pair_of_near[near_of_row[is_true]]]
    return counts, np.bincount(pred_image[is_true], weights=iou, minlength=n_images).astype(np.float64, copy=False)
