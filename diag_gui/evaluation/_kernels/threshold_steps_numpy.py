"""The loops behind moving thresholds in readable numpy: the fallback without a compiler and the oracle of the compiled ones.

Every function takes plain arrays, has a twin of the same name and signature in ``_threshold_steps.pyx``, and gives the same
bits. A *step* is a place in a grid of ascending IoU thresholds. A *near* prediction is one that overlaps ground truth enough
to be anything but a background error at some step; the others are that at every step and never looked at. *Places* are those
of all predictions by descending score, so that what is kept at a score threshold has a place below a number.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels import errors_numpy, matching_numpy

NOT_KEPT, TRUE_POSITIVE, MISSED, BACKGROUND, LOCALIZATION, CLASSIFICATION, BOTH, DUPLICATE, IGNORED, FOUND = range(10)

HAS_SAME, IS_FAR = 1, 2
"""Flags of near predictions: the best IoU with their own class is at least t_b; no IoU is above t_b."""


def match_spans(
    pred_offsets: LongArray,
    pair_gt: IntArray,
    pair_iou: FloatArray,
    same_class: BoolArray,
    by_image: IntArray,
    eligible: BoolArray,
    gt_is_crowd: BoolArray,
    gt_ignored: BoolArray,
    thresholds: FloatArray,
    any_class: bool,
    first: int,
    last: int,
) -> tuple[IntArray, ByteArray, ByteArray]:
    """Match at every threshold and say of each matched pair from which step to which it holds.

    Parameters
    ----------
    by_image : ndarray of int32, shape (P,)
        Predictions by image, then descending score.
    thresholds : ndarray of float64, shape (T,)
        Ascending, at most 128.
    any_class : bool
        False: as ``match``. True: as ``match_any_class``; where a prediction is excused, the pair is that with the ignored
        ground truth of its class that it overlaps most, and nothing is taken.
    first, last : int
        The part of ``by_image`` that is asked: whole images.

    Returns
    -------
    pair : ndarray of int32, shape (S,)
        In the order of ``by_image``. A pair that is matched, then not, then again has several spans.
    first_step, last_step : ndarray of uint8, shape (S,)
        Both ends belong to the span.

    Notes
    -----
    The compiled twin walks the pairs of a prediction once, by descending IoU, and keeps for each ground truth the set of
    steps at which it is taken: sets of steps are what `match_grid` has bits for.
    """
    n_predictions = len(by_image)
    part = by_image[first:last]
    asked = np.zeros(n_predictions, np.bool_)
    asked[part] = True
    asked &= eligible
    pair_pred = np.repeat(np.arange(n_predictions), np.diff(pred_offsets))
    best_ignored = np.full(n_predictions, -1, np.int64)
    excusing = np.flatnonzero(gt_ignored[pair_gt] & same_class)
    excusing = excusing[np.argsort(pair_iou[excusing], kind="stable")]
    best_ignored[pair_pred[excusing]] = excusing

    held = np.full(n_predictions, -1, np.int64)
    since = np.zeros(n_predictions, np.int64)
    found: list[AnyArray] = []
    for step in range(len(thresholds) + 1):
        now = np.full(n_predictions, -1, np.int64)
        if step < len(thresholds):
            if any_class:
                gt_row, is_excused = errors_numpy.match_any_class(
                    pred_offsets, pair_gt, pair_iou, same_class, by_image, asked, gt_ignored, thresholds[step]
                )
                now[is_excused] = best_ignored[is_excused]
            else:
                no_image = np.zeros(n_predictions, np.int32)
                gt_row, _, _ = matching_numpy.match(
                    pred_offsets, pair_gt, pair_iou, same_class, no_image, by_image, asked, gt_is_crowd, gt_ignored,
                    thresholds[step],
                )  # fmt: skip
            entries = np.flatnonzero(gt_row[pair_pred] == pair_gt)
            now[pair_pred[entries]] = entries
        ended = np.flatnonzero((now != held) & (held >= 0))
        found.append(np.column_stack([ended, held[ended], since[ended], np.full(len(ended), step - 1)]))
        since[now != held] = step
        held = now
    spans = np.concatenate(found)
    turn = np.empty(n_predictions, np.int64)
    turn[by_image] = np.arange(n_predictions)
    # Pairs of one prediction as they are walked: regular ground truth by descending IoU, later first, then ignored.
    pairs = spans[:, 1]
    order = np.lexsort((spans[:, 2], -pairs, -pair_iou[pairs], gt_ignored[pair_gt[pairs]], turn[spans[:, 0]]))
    spans = spans[order]
    return spans[:, 1].astype(np.int32), spans[:, 2].astype(np.uint8), spans[:, 3].astype(np.uint8)


def kinds_at(
    step: int,
    span_near: IntArray,
    span_pair: IntArray,
    span_gt: IntArray,
    span_first: ByteArray,
    span_last: ByteArray,
    near_row: IntArray,
    near_place: IntArray,
    same_below: ByteArray,
    same_reached: ByteArray,
    other_reached: ByteArray,
    near_flags: ByteArray,
    near_same_gt: IntArray,
    near_other_gt: IntArray,
    gt_ignored: BoolArray,
    first_near: int,
    last_near: int,
    first_span: int,
    last_span: int,
    pair_of_near: IntArray,
    kind_of_near: ByteArray,
    pred_row_of_gt: IntArray,
    cover_of_gt: IntArray,
) -> None:
    """Say what near predictions are at one step, whatever their score, and what that means for ground truth.

    Parameters
    ----------
    span_near, span_pair, span_gt : ndarray of int32, shape (S,)
        Near prediction, pair and ground truth of each span.
    near_row, near_place : ndarray of int32, shape (N,)
        Rows and places of the near predictions, by image, then descending score.
    same_below, same_reached, other_reached : ndarray of uint8, shape (N,)
        Steps whose threshold is below, or at most, the best IoU with the own class; at most that with another class.
    near_flags : ndarray of uint8, shape (N,)
        `HAS_SAME`, `IS_FAR`.
    near_same_gt, near_other_gt : ndarray of int32, shape (N,)
        Whose those IoUs are.
    first_near, last_near, first_span, last_span : int
        The near predictions that are asked, and their spans: whole images.
    pair_of_near, kind_of_near : ndarray, shape (N,)
        Filled: the matched pair, -1 none, and the kind.
    pred_row_of_gt : ndarray of int32, shape (G,)
        Filled where matched.
    cover_of_gt : ndarray of int32, shape (G,)
        Lowered to the place of the first prediction that finds the ground truth or aims at it.
    """
    part = slice(first_near, last_near)
    rules = (
        ((near_flags[part] & HAS_SAME != 0) & (step >= same_below[part]), LOCALIZATION),
        (step < other_reached[part], CLASSIFICATION),
        (step < same_reached[part], DUPLICATE),
        (near_flags[part] & IS_FAR != 0, BACKGROUND),
    )
    kind_of_near[part] = np.select([rule for rule, _ in rules], [named for _, named in rules], BOTH)
    pair_of_near[part] = -1
    held = np.arange(first_span, last_span)
    held = held[(span_first[held] <= step) & (step <= span_last[held])]
    near, gt = span_near[held], span_gt[held]
    pair_of_near[near] = span_pair[held]
    kind_of_near[near] = np.where(gt_ignored[gt], IGNORED, TRUE_POSITIVE)
    pred_row_of_gt[gt] = near_row[near]
    found = ~gt_ignored[gt]
    np.minimum.at(cover_of_gt, gt[found], near_place[near[found]])
    for kind, aims in ((LOCALIZATION, near_same_gt), (CLASSIFICATION, near_other_gt)):
        of_kind = np.flatnonzero(kind_of_near[part] == kind) + first_near
        np.minimum.at(cover_of_gt, aims[of_kind], near_place[of_kind])


def kinds_at_score(
    n_kept: int,
    place: IntArray,
    kind_when_far: ByteArray,
    near_row: IntArray,
    kind_of_near: ByteArray,
    cover_of_gt: IntArray,
    kind_when_open: ByteArray,
    first_pred: int,
    last_pred: int,
    first_near: int,
    last_near: int,
    first_gt: int,
    last_gt: int,
    kind: ByteArray,
) -> LongArray:
    """Say what outcome rows are if the first ``n_kept`` predictions by score are kept.

    Parameters
    ----------
    place : ndarray of int32, shape (P,)
    kind_when_far : ndarray of uint8, shape (P,)
        What a kept prediction is if it is not near: `BACKGROUND`, or `NOT_KEPT` where it does not count.
    kind_when_open : ndarray of uint8, shape (G,)
        What ground truth is that nothing finds or aims at; only that which is missed then can be found.
    first_pred, last_pred, first_near, last_near, first_gt, last_gt : int
        The predictions, near ones among them and ground truth of the images that are asked.
    kind : ndarray of uint8, shape (P + G,)
        Filled.

    Returns
    -------
    ndarray of int64, shape (10,)
        Rows of each kind on these images.
    """
    n_predictions = len(place)
    part, near, labels = slice(first_pred, last_pred), slice(first_near, last_near), slice(first_gt, last_gt)
    kind[part] = np.where(place[part] < n_kept, kind_when_far[part], NOT_KEPT)
    rows = near_row[near]
    kind[rows] = np.where(kind[rows] != NOT_KEPT, kind_of_near[near], NOT_KEPT)
    is_found = (kind_when_open[labels] == MISSED) & (cover_of_gt[labels] < n_kept)
    of_gt = np.where(is_found, FOUND, kind_when_open[labels]).astype(np.uint8)
    kind[n_predictions + first_gt : n_predictions + last_gt] = of_gt
    return np.bincount(np.concatenate([kind[part], of_gt]), minlength=10).astype(np.int64, copy=False)


def count_order(
    image: IntArray,
    offsets: LongArray,
    place: IntArray,
    entry_near: IntArray,
    entry_at: IntArray,
    score_begin: IntArray,
    score_end: IntArray,
    entry_offsets: LongArray,
    asked: BoolArray,
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray, LongArray, IntArray]:
    """Number the predictions on asked images by descending score within groups.

    Parameters
    ----------
    image, place : ndarray of int32, shape (M,)
        Of predictions by group, then descending score: image row, and place.
    offsets : ndarray of int64, shape (C + 1,)
        Group c is ``[o[c]:o[c + 1]]``.
    entry_near, entry_at, score_begin, score_end : ndarray of int32, shape (E,)
        Those that are matched at any step: which near prediction, which of the M, and from where to where its score stands.
    entry_offsets : ndarray of int64, shape (C + 1,)
    asked : ndarray of bool, shape (I,)

    Returns
    -------
    entry_near, entry_place, entry_rank, entry_begin, entry_end : ndarray of int32, shape (K,)
        Entries on asked images: which, where, how many of the group count up to it, before its score and up to its end.
    entry_offsets : ndarray of int64, shape (C + 1,)
    before : ndarray of int32, shape (M + 1,)
        How many count before each, over all groups.
    """
    counts = asked[image]
    before = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    start = before[np.repeat(offsets[:-1], np.diff(entry_offsets))]
    kept = np.flatnonzero(counts[entry_at])
    at, start = entry_at[kept], start[kept]
    rank, begin, end = before[at + 1] - start, before[score_begin[kept]] - start, before[score_end[kept]] - start
    kept_offsets = np.searchsorted(kept, entry_offsets).astype(np.int64)
    return entry_near[kept], place[at], rank, begin, end, kept_offsets, before


def on_images(kind: ByteArray, offsets: LongArray, asked: BoolArray) -> ByteArray:
    """Return ``kind`` on asked images, 0 elsewhere; what lies on image i is ``[o[i]:o[i + 1]]``."""
    kept: ByteArray = kind * np.repeat(asked, np.diff(offsets))
    return kept


def count_kind(kind: ByteArray, group: IntArray, wanted: int, n_groups: int) -> LongArray:
    """Count in each group what is of one kind: int64, shape (n_groups,)."""
    return np.bincount(group[kind == wanted], minlength=n_groups).astype(np.int64, copy=False)


def count_kept(place: IntArray, offsets: LongArray, before: IntArray, n_kept: int) -> LongArray:
    """Count per group, whose places ascend, those that count and have a place below ``n_kept``: int64, shape (C,).

    Parameters
    ----------
    place : ndarray of int32, shape (M,)
    offsets : ndarray of int64, shape (C + 1,)
    before : ndarray of int32, shape (M + 1,)
        As of `count_order`.
    """
    n_below = np.concatenate([[0], np.cumsum(place < n_kept)])
    ends = offsets[:-1] + n_below[offsets[1:]] - n_below[offsets[:-1]]
    counts: LongArray = (before[ends] - before[offsets[:-1]]).astype(np.int64)
    return counts


def sweep_entries(
    entry_near: IntArray,
    entry_rank: IntArray,
    entry_end: IntArray,
    offsets: LongArray,
    kind_of_near: ByteArray,
    n_gt: LongArray,
    recall_grid: FloatArray,
) -> tuple[FloatArray, FloatArray, IntArray, IntArray, IntArray, IntArray, LongArray, IntArray, LongArray]:
    """Walk the near predictions of each group by descending score, knowing how many others count in between.

    Parameters
    ----------
    entry_near : ndarray of int32, shape (E,)
        Near predictions that count, by group, then descending score.
    entry_rank, entry_end : ndarray of int32, shape (E,)
        How many predictions of the group count up to this one, and up to the last of equal score, if none is ignored.
    offsets : ndarray of int64, shape (C + 1,)
        Entries of group c are ``[o[c]:o[c + 1]]``.
    kind_of_near : ndarray of uint8, shape (N,)
    n_gt : ndarray of int64, shape (C,)

    Returns
    -------
    ap, best_f1 : ndarray of float64, shape (C,)
        As ``sweep`` of the accumulation; ``best_f1`` is 0 also where nothing counts.
    best_at : ndarray of int32, shape (C,)
        The last true positive of the score with the best F1; -1 where no true positive makes one above 0.
    best_point : ndarray of int32, shape (C, 2)
        True positives and all that count with at least that score; 0 where there is none.
    first_rank : ndarray of int32, shape (C,)
        The rank of the first prediction that is not ignored; greater than all where there is none.
    true_entry : ndarray of int32, shape (K,)
        The true positives.
    true_offsets : ndarray of int64, shape (C + 1,)
        Those of group c.
    ignored_entry, ignored_offsets
        Likewise what is ignored.
    """
    n_groups = len(n_gt)
    ap, best_f1 = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    best_at, first_rank = np.full(n_groups, -1, np.int32), np.ones(n_groups, np.int32)
    best_point = np.zeros((n_groups, 2), np.int32)
    kinds = kind_of_near[entry_near]
    for c in range(n_groups):
        entries = np.arange(offsets[c], offsets[c + 1])
        kind = kinds[entries]
        is_true = kind == TRUE_POSITIVE
        n_ignored = np.cumsum(kind == IGNORED)
        leading = (kind == IGNORED) & (entry_rank[entries] == np.arange(1, len(entries) + 1))
        first_rank[c] += len(leading) if leading.all() else int(np.argmin(leading))
        ends = np.flatnonzero(np.append(entry_end[entries[1:]] != entry_end[entries[:-1]], True)) if len(entries) else entries
        n_true, n_counted = np.cumsum(is_true)[ends], (entry_end[entries] - n_ignored)[ends]
        f1 = np.append(2 * n_true / np.maximum(n_counted + float(n_gt[c]), 1), 0.0)
        best = int(np.argmax(f1))
        if f1[best] > 0:
            best_point[c] = n_true[best], n_counted[best]
        if n_gt[c] == 0:
            continue
        best_f1[c] = f1[best]
        if f1[best] > 0:
            best_at[c] = entries[is_true & (entry_end[entries] == entry_end[entries[ends[best]]])][-1]
        found = np.arange(1, np.count_nonzero(is_true) + 1).astype(np.float64)
        counted = (entry_rank[entries] - n_ignored)[is_true]
        envelope = np.maximum.accumulate((found / ((counted - found) + found + np.spacing(1)))[::-1])[::-1]
        ap[c] = np.append(envelope, 0.0)[np.searchsorted(found / n_gt[c], recall_grid, side="left")].mean()
    lists: list[AnyArray] = []
    for wanted in (TRUE_POSITIVE, IGNORED):
        of_kind = np.concatenate([[0], np.cumsum(kinds == wanted)])
        lists += [np.flatnonzero(kinds == wanted).astype(np.int32), of_kind[offsets].astype(np.int64)]
    return ap, best_f1, best_at, best_point, first_rank, lists[0], lists[1], lists[2], lists[3]


def curve_points(
    true_entry: IntArray,
    ignored_entry: IntArray,
    entry_begin: IntArray,
    entry_end: IntArray,
    n_ranks: int,
    n_gt: int,
    n_columns: int,
) -> IntArray:
    """Return the points of a precision-recall curve that are seen where recall 0..1 is drawn over so many columns.

    Parameters
    ----------
    true_entry, ignored_entry : ndarray of int32
        Entries of one group as `sweep_entries` returns them.
    entry_begin, entry_end : ndarray of int32, shape (E,)
        How many predictions of the group have a greater score, and at least this score.
    n_ranks : int
        Predictions of the group that count if none is ignored.
    n_gt : int
        Above 0.
    n_columns : int

    Returns
    -------
    ndarray of int32, shape (M, 3)
        True positives, rank, and predictions that count, of the first, lowest, highest and last point of each column, by rank.

    Notes
    -----
    Between two scores with true positives the curve falls straight down, so its corners are two for each of these scores.
    """
    score_ends, n_of_score = np.unique(entry_end[true_entry], return_counts=True)
    n_true = np.cumsum(n_of_score)
    begins = entry_begin[true_entry][n_true - 1] if len(true_entry) else np.zeros(0, np.int32)
    corners = np.empty((2 * len(score_ends) + 1, 2), np.int64)
    corners[:-1:2] = np.column_stack([n_true - n_of_score, begins])
    corners[1::2] = np.column_stack([n_true, score_ends])
    corners[-1] = len(true_entry), n_ranks
    counted = corners[:, 1] - np.searchsorted(entry_end[ignored_entry], corners[:, 1], side="right")
    corners, counted = corners[counted > 0], counted[counted > 0]
    column = corners[:, 0] * n_columns // n_gt
    chosen: list[tuple[int, int, int]] = []
    for one in np.unique(column):
        places = np.flatnonzero(column == one)
        precision = corners[places, 0] / counted[places]
        at = {int(places[0]), int(places[np.argmin(precision)]), int(places[np.argmax(precision)]), int(places[-1])}
        for place in sorted(at):
            if chosen and column[place] == chosen[-1][0] * n_columns // n_gt and corners[place, 1] == chosen[-1][1]:
                continue
            chosen.append((int(corners[place, 0]), int(corners[place, 1]), int(counted[place])))
    return np.array(chosen, np.int32).reshape(-1, 3)


def count_below(values: IntArray, offsets: LongArray, limit: int) -> LongArray:
    """Count per group, whose values ascend, those below ``limit``: int64, shape (C,)."""
    below = np.concatenate([[0], np.cumsum(values < limit)])
    counts: LongArray = below[offsets[1:]] - below[offsets[:-1]]
    return counts.astype(np.int64)


def count_spans(
    step: int,
    n_kept: int,
    span_first: ByteArray,
    span_last: ByteArray,
    span_place: IntArray,
    span_image: IntArray,
    span_cell: IntArray,
    asked: BoolArray,
    n_cells: int,
) -> LongArray:
    """Count in each cell the kept spans, which come by place, on asked images that hold at a step: int64, shape (n_cells,)."""
    holds = (span_first <= step) & (step <= span_last) & (span_place < n_kept) & asked[span_image]
    return np.bincount(span_cell[holds], minlength=n_cells).astype(np.int64, copy=False)
