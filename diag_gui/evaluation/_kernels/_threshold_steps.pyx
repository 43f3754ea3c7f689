# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops behind moving thresholds, compiled; each is documented at its twin in ``threshold_steps_numpy``.

All loops run without the interpreter lock. The arithmetic is that of the other kernels, in its order, so that a figure that
follows a slider is to the bit the one that a fresh evaluation gives.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc

SOURCE_HASH = "ccea05ea41acb9b7"

cdef double EPSILON = np.spacing(1)

cdef enum:
    NOT_KEPT = 0
    TRUE_POSITIVE = 1
    MISSED = 2
    BACKGROUND = 3
    LOCALIZATION = 4
    CLASSIFICATION = 5
    BOTH = 6
    DUPLICATE = 7
    IGNORED = 8
    FOUND = 9
    HAS_SAME = 1
    IS_FAR = 2


cdef const uint8_t[::1] _bytes(array):
    return array.view(np.uint8)


cdef void* _allocate(size_t n, size_t size) except NULL:
    cdef void* memory = malloc(max(n, 1) * size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef void* _allocate_zeros(size_t n, size_t size) except NULL:
    cdef void* memory = calloc(max(n, 1), size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef struct Candidate:
    double iou
    int64_t pair
    int32_t gt
    int32_t reached


cdef struct Steps:
    uint64_t low
    uint64_t high


cdef struct Span:
    int32_t pair
    uint8_t first
    uint8_t last


cdef struct Spans:
    Span* of
    int64_t n
    int64_t room


cdef inline Steps _up_to(int n) noexcept nogil:
    """Return the set of the steps 0 to n - 1."""
    cdef Steps steps
    cdef uint64_t one = 1, every = ~(<uint64_t> 0)
    steps.low = every if n >= 64 else (one << n) - 1
    steps.high = 0 if n <= 64 else (every if n >= 128 else (one << (n - 64)) - 1)
    return steps


cdef inline bint _has(Steps steps, int step) noexcept nogil:
    return ((steps.low >> step) if step < 64 else (steps.high >> (step - 64))) & 1


cdef inline int _n_reached(double iou, const double* thresholds, int n_steps) noexcept nogil:
    """Return how many of the ascending thresholds are at most ``iou``."""
    cdef int low = 0, high = n_steps, middle
    while low < high:
        middle = (low + high) >> 1
        if thresholds[middle] <= iou:
            low = middle + 1
        else:
            high = middle
    return low


cdef bint _keep(Spans* spans, int64_t pair, Steps steps, int n_steps) noexcept nogil:
    """Append one span for each run of neighbouring steps; return False where memory ran out."""
    cdef int step = 0, first
    cdef Span* larger
    while step < n_steps:
        if not _has(steps, step):
            step += 1
            continue
        first = step
        while step < n_steps and _has(steps, step):
            step += 1
        if spans.n == spans.room:
            larger = <Span*> realloc(spans.of, 2 * spans.room * sizeof(Span))
            if larger == NULL:
                return False
            spans.of = larger
            spans.room *= 2
        spans.of[spans.n].pair = <int32_t> pair
        spans.of[spans.n].first = <uint8_t> first
        spans.of[spans.n].last = <uint8_t> (step - 1)
        spans.n += 1
    return True


def match_spans(
    const int64_t[::1] pred_offsets,
    const int32_t[::1] pair_gt,
    const double[::1] pair_iou,
    same_class,
    const int32_t[::1] by_image,
    eligible,
    gt_is_crowd,
    gt_ignored,
    const double[::1] thresholds,
    bint any_class,
    int64_t first,
    int64_t last,
):
    cdef const uint8_t[::1] is_same = _bytes(same_class), takes_part = _bytes(eligible)
    cdef const uint8_t[::1] is_crowd = _bytes(gt_is_crowd), is_ignored = _bytes(gt_ignored)
    cdef int n_steps = <int> thresholds.shape[0], t
    cdef int64_t i, m, k, n, most = 0, lowest_gt = is_crowd.shape[0], highest_gt = -1, g
    cdef int32_t p
    cdef double[128] limit
    cdef Candidate candidate
    cdef Candidate* near = NULL
    cdef Steps* taken = NULL
    cdef Steps done, wanted
    cdef Spans spans
    cdef bint has_room = True
    for t in range(n_steps):
        limit[t] = min(thresholds[t], 1 - 1e-10)
    with nogil:
        for i in range(first, last):
            p = by_image[i]
            most = max(most, pred_offsets[p + 1] - pred_offsets[p])
            for m in range(pred_offsets[p], pred_offsets[p + 1]):
                lowest_gt = min(lowest_gt, pair_gt[m])
                highest_gt = max(highest_gt, pair_gt[m])
    spans.of = NULL
    spans.n = 0
    spans.room = max(last - first, 16)
    try:
        spans.of = <Span*> _allocate(spans.room, sizeof(Span))
        near = <Candidate*> _allocate(most, sizeof(Candidate))
        taken = <Steps*> _allocate_zeros(max(highest_gt - lowest_gt + 1, 0), sizeof(Steps))
        with nogil:
            for i in range(first, last):
                p = by_image[i]
                if not takes_part[p]:
                    continue
                n = 0
                for m in range(pred_offsets[p], pred_offsets[p + 1]):
                    if pair_iou[m] < limit[0] or not (any_class or is_same[m]):
                        continue
                    candidate.iou = pair_iou[m]
                    candidate.pair = m
                    candidate.gt = pair_gt[m]
                    candidate.reached = _n_reached(pair_iou[m], limit, n_steps)
                    k = n
                    # Descending IoU; on equal IoU the later ground truth stands before the earlier.
                    while k > 0 and near[k - 1].iou <= candidate.iou:
                        near[k] = near[k - 1]
                        k -= 1
                    near[k] = candidate
                    n += 1
                done.low = done.high = 0
                for k in range(n):
                    if is_ignored[near[k].gt]:
                        continue
                    g = near[k].gt - lowest_gt
                    wanted = _up_to(near[k].reached)
                    wanted.low &= ~(done.low | taken[g].low)
                    wanted.high &= ~(done.high | taken[g].high)
                    if wanted.low or wanted.high:
                        done.low |= wanted.low
                        done.high |= wanted.high
                        taken[g].low |= wanted.low
                        taken[g].high |= wanted.high
                        has_room = has_room and _keep(&spans, near[k].pair, wanted, near[k].reached)
                for k in range(n):
                    if not is_ignored[near[k].gt] or not is_same[near[k].pair]:
                        continue
                    g = near[k].gt - lowest_gt
                    wanted = _up_to(near[k].reached)
                    wanted.low &= ~done.low
                    wanted.high &= ~done.high
                    if not any_class and not is_crowd[near[k].gt]:
                        wanted.low &= ~taken[g].low
                        wanted.high &= ~taken[g].high
                    if wanted.low or wanted.high:
                        done.low |= wanted.low
                        done.high |= wanted.high
                        taken[g].low |= wanted.low
                        taken[g].high |= wanted.high
                        has_room = has_room and _keep(&spans, near[k].pair, wanted, near[k].reached)
        if not has_room:
            raise MemoryError
        pair_array = np.empty(spans.n, np.int32)
        first_array, last_array = np.empty(spans.n, np.uint8), np.empty(spans.n, np.uint8)
        _copy(&spans, pair_array, first_array, last_array)
    finally:
        free(spans.of)
        free(near)
        free(taken)
    return pair_array, first_array, last_array


cdef void _copy(const Spans* spans, int32_t[::1] pair, uint8_t[::1] first, uint8_t[::1] last) noexcept nogil:
    cdef int64_t i
    for i in range(spans.n):
        pair[i] = spans.of[i].pair
        first[i] = spans.of[i].first
        last[i] = spans.of[i].last


def kinds_at(
    int step,
    const int32_t[::1] span_near,
    const int32_t[::1] span_pair,
    const int32_t[::1] span_gt,
    const uint8_t[::1] span_first,
    const uint8_t[::1] span_last,
    const int32_t[::1] near_row,
    const int32_t[::1] near_place,
    const uint8_t[::1] same_below,
    const uint8_t[::1] same_reached,
    const uint8_t[::1] other_reached,
    const uint8_t[::1] near_flags,
    const int32_t[::1] near_same_gt,
    const int32_t[::1] near_other_gt,
    gt_ignored,
    int64_t first_near,
    int64_t last_near,
    int64_t first_span,
    int64_t last_span,
    int32_t[::1] pair_of_near,
    uint8_t[::1] kind_of_near,
    int32_t[::1] pred_row_of_gt,
    int32_t[::1] cover_of_gt,
):
    cdef const uint8_t[::1] is_ignored = _bytes(gt_ignored)
    cdef int64_t n, k, i, n_chosen = 0
    cdef int32_t g
    cdef int32_t* chosen = NULL
    cdef uint8_t[16] kind_of_rules
    # Bit 0: in [t_b, t] of its own class; bit 1: reaches another; bit 2: reaches its own; bit 3: far from all.
    for i in range(16):
        if i & 1:
            kind_of_rules[i] = LOCALIZATION
        elif i & 2:
            kind_of_rules[i] = CLASSIFICATION
        elif i & 4:
            kind_of_rules[i] = DUPLICATE
        else:
            kind_of_rules[i] = BACKGROUND if i & 8 else BOTH
    try:
        chosen = <int32_t*> _allocate(max(last_span - first_span, last_near - first_near), sizeof(int32_t))
        with nogil:
            # Each loop chooses without branches, which nothing could foresee, and the next one works on what was chosen.
            for n in range(first_near, last_near):
                pair_of_near[n] = -1
                kind_of_near[n] = kind_of_rules[
                    (near_flags[n] & HAS_SAME & (step >= same_below[n]))
                    | (step < other_reached[n]) << 1
                    | (step < same_reached[n]) << 2
                    | (near_flags[n] & IS_FAR) << 2
                ]
            for k in range(first_span, last_span):
                chosen[n_chosen] = <int32_t> k
                n_chosen += (span_first[k] <= step) & (step <= span_last[k])
            for i in range(n_chosen):
                k = chosen[i]
                n = span_near[k]
                g = span_gt[k]
                pair_of_near[n] = span_pair[k]
                pred_row_of_gt[g] = near_row[n]
                if is_ignored[g]:
                    kind_of_near[n] = IGNORED
                else:
                    kind_of_near[n] = TRUE_POSITIVE
                    cover_of_gt[g] = min(cover_of_gt[g], near_place[n])
            n_chosen = 0
            for n in range(first_near, last_near):
                chosen[n_chosen] = <int32_t> n
                n_chosen += (kind_of_near[n] == LOCALIZATION) | (kind_of_near[n] == CLASSIFICATION)
            for i in range(n_chosen):
                n = chosen[i]
                g = near_same_gt[n] if kind_of_near[n] == LOCALIZATION else near_other_gt[n]
                cover_of_gt[g] = min(cover_of_gt[g], near_place[n])
    finally:
        free(chosen)


def kinds_at_score(
    int32_t n_kept,
    const int32_t[::1] place,
    const uint8_t[::1] kind_when_far,
    const int32_t[::1] near_row,
    const uint8_t[::1] kind_of_near,
    const int32_t[::1] cover_of_gt,
    const uint8_t[::1] kind_when_open,
    int64_t first_pred,
    int64_t last_pred,
    int64_t first_near,
    int64_t last_near,
    int64_t first_gt,
    int64_t last_gt,
    uint8_t[::1] kind,
):
    cdef int64_t p, n, g, n_predictions = place.shape[0], n_far = 0
    cdef int32_t row
    cdef uint8_t one, every = 255
    cdef int64_t[4][16] of_near
    count_array = np.zeros(10, np.int64)
    cdef int64_t[::1] counts = count_array
    for n in range(4):
        for p in range(16):
            of_near[n][p] = 0
    with nogil:
        for p in range(first_pred, last_pred):
            one = kind_when_far[p] & (every * (place[p] < n_kept))
            kind[p] = one
            n_far += one == BACKGROUND
        for n in range(first_near, last_near):
            row = near_row[n]
            one = kind_of_near[n] & (every * (kind[row] != NOT_KEPT))
            kind[row] = one
            of_near[n & 3][one] += 1
        for n in range(10):
            counts[n] = of_near[0][n] + of_near[1][n] + of_near[2][n] + of_near[3][n]
        n_far -= last_near - first_near - counts[NOT_KEPT]
        counts[NOT_KEPT] += last_pred - first_pred - (last_near - first_near) - n_far
        counts[BACKGROUND] += n_far
        for g in range(first_gt, last_gt):
            one = FOUND if (kind_when_open[g] == MISSED) & (cover_of_gt[g] < n_kept) else kind_when_open[g]
            kind[n_predictions + g] = one
            counts[one] += 1
    return count_array


def count_order(
    const int32_t[::1] image,
    const int64_t[::1] offsets,
    const int32_t[::1] place,
    const int32_t[::1] entry_near,
    const int32_t[::1] entry_at,
    const int32_t[::1] score_begin,
    const int32_t[::1] score_end,
    const int64_t[::1] entry_offsets,
    asked,
):
    cdef const uint8_t[::1] is_asked = _bytes(asked)
    cdef int64_t n_groups = offsets.shape[0] - 1, n_entries = entry_near.shape[0], c, e, i, n = 0
    cdef int32_t total = 0, start
    # One more than there are entries: it is written to before it is known whether the entry belongs there.
    entry_array = np.empty((5, n_entries + 1), np.int32)
    before_array = np.empty(image.shape[0] + 1, np.int32)
    kept_offsets_array = np.zeros(n_groups + 1, np.int64)
    cdef int32_t[:, ::1] entry = entry_array
    cdef int32_t[::1] before = before_array
    cdef int64_t[::1] kept_offsets = kept_offsets_array
    with nogil:
        before[0] = 0
        for i in range(image.shape[0]):
            total += is_asked[image[i]]
            before[i + 1] = total
        for c in range(n_groups):
            start = before[offsets[c]]
            for e in range(entry_offsets[c], entry_offsets[c + 1]):
                i = entry_at[e]
                entry[0, n] = entry_near[e]
                entry[1, n] = place[i]
                entry[2, n] = before[i + 1] - start
                entry[3, n] = before[score_begin[e]] - start
                entry[4, n] = before[score_end[e]] - start
                n += before[i + 1] - before[i]
            kept_offsets[c + 1] = n
    if n < n_entries:
        return *(entry_array[row, :n].copy() for row in range(5)), kept_offsets_array, before_array
    return *(entry_array[row, :n] for row in range(5)), kept_offsets_array, before_array


def on_images(const uint8_t[::1] kind, const int64_t[::1] offsets, asked):
    cdef const uint8_t[::1] is_asked = _bytes(asked)
    cdef int64_t i, k
    kept_array = np.empty(kind.shape[0], np.uint8)
    cdef uint8_t[::1] kept = kept_array
    cdef uint8_t mask
    with nogil:
        for i in range(is_asked.shape[0]):
            mask = 255 if is_asked[i] else 0
            for k in range(offsets[i], offsets[i + 1]):
                kept[k] = kind[k] & mask
    return kept_array


def count_kind(const uint8_t[::1] kind, const int32_t[::1] group, uint8_t wanted, int64_t n_groups):
    cdef int64_t k
    count_array = np.zeros(n_groups, np.int64)
    cdef int64_t[::1] counts = count_array
    with nogil:
        for k in range(kind.shape[0]):
            counts[group[k]] += kind[k] == wanted
    return count_array


def count_kept(const int32_t[::1] place, const int64_t[::1] offsets, const int32_t[::1] before, int32_t n_kept):
    cdef int64_t c, low, high, middle
    count_array = np.zeros(offsets.shape[0] - 1, np.int64)
    cdef int64_t[::1] counts = count_array
    with nogil:
        for c in range(offsets.shape[0] - 1):
            low = offsets[c]
            high = offsets[c + 1]
            while low < high:
                middle = (low + high) >> 1
                if place[middle] < n_kept:
                    low = middle + 1
                else:
                    high = middle
            counts[c] = before[low] - before[offsets[c]]
    return count_array


def sweep_entries(
    const int32_t[::1] entry_near,
    const int32_t[::1] entry_rank,
    const int32_t[::1] entry_end,
    const int64_t[::1] offsets,
    const uint8_t[::1] kind_of_near,
    const int64_t[::1] n_gt,
    const double[::1] recall_grid,
):
    cdef int64_t n_groups = n_gt.shape[0], c, i, j, k, r, m, n_true, n_counted, ranked, ended, most = 0
    cdef int64_t n_out = 0, n_ignored = 0, first_true, first_ignored
    cdef uint8_t kind
    cdef double n, true, f1, best, total
    ap_array, f1_array = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    at_array, first_array = np.full(n_groups, -1, np.int32), np.ones(n_groups, np.int32)
    point_array = np.zeros((n_groups, 2), np.int32)
    # One more than there are entries: it is written to before it is known whether the entry belongs there.
    true_array, ignored_array = np.empty(entry_near.shape[0] + 1, np.int32), np.empty(entry_near.shape[0] + 1, np.int32)
    true_offsets_array, ignored_offsets_array = np.zeros(n_groups + 1, np.int64), np.zeros(n_groups + 1, np.int64)
    cdef double[::1] ap = ap_array, best_f1 = f1_array
    cdef int32_t[::1] best_at = at_array, first_rank = first_array, true_entry = true_array, ignored_entry = ignored_array
    cdef int32_t[:, ::1] best_point = point_array
    cdef int64_t[::1] true_offsets = true_offsets_array, ignored_offsets = ignored_offsets_array
    cdef double* precision = NULL
    for c in range(n_groups):
        most = max(most, offsets[c + 1] - offsets[c])
    try:
        precision = <double*> _allocate(most, sizeof(double))
        with nogil:
            for c in range(n_groups):
                first_true = n_out
                first_ignored = n_ignored
                for i in range(offsets[c], offsets[c + 1]):
                    kind = kind_of_near[entry_near[i]]
                    true_entry[n_out] = <int32_t> i
                    n_out += kind == TRUE_POSITIVE
                    ignored_entry[n_ignored] = <int32_t> i
                    n_ignored += kind == IGNORED
                true_offsets[c + 1] = n_out
                ignored_offsets[c + 1] = n_ignored
                # What counts first is the first that is not ignored.
                for m in range(first_ignored, n_ignored):
                    if entry_rank[ignored_entry[m]] != first_rank[c]:
                        break
                    first_rank[c] += 1
                n = <double> n_gt[c]
                n_true = n_out - first_true
                ranked = ended = first_ignored
                best = 0
                for k in range(n_true):
                    i = true_entry[first_true + k]
                    while ranked < n_ignored and ignored_entry[ranked] < i:
                        ranked += 1
                    n_counted = entry_rank[i] - (ranked - first_ignored)
                    true = <double> (k + 1)
                    precision[k] = true / ((n_counted - (k + 1)) + true + EPSILON)
                    if k + 1 < n_true and entry_end[true_entry[first_true + k + 1]] == entry_end[i]:
                        continue
                    while ended < n_ignored and entry_end[ignored_entry[ended]] <= entry_end[i]:
                        ended += 1
                    n_counted = entry_end[i] - (ended - first_ignored)
                    f1 = 2 * (k + 1) / (n_counted + n)
                    if f1 > best:
                        best = f1
                        best_at[c] = <int32_t> i
                        best_point[c, 0] = <int32_t> (k + 1)
                        best_point[c, 1] = <int32_t> n_counted
                if n_gt[c] == 0:
                    best_at[c] = -1
                    continue
                best_f1[c] = best
                for k in range(n_true - 1, 0, -1):
                    precision[k - 1] = max(precision[k - 1], precision[k])
                total = 0
                k = 0
                for r in range(recall_grid.shape[0]):
                    # Near enough to start from; it is the quotients, as pycocotools rounds them, that are compared.
                    k = max(k, <int64_t> (recall_grid[r] * n) - 2)
                    while k < n_true and (k + 1) / n < recall_grid[r]:
                        k += 1
                    if k >= n_true:
                        break
                    total += precision[k]
                ap[c] = total / recall_grid.shape[0]
    finally:
        free(precision)
    return (
        ap_array, f1_array, at_array, point_array, first_array,
        true_array[:n_out].copy(), true_offsets_array, ignored_array[:n_ignored].copy(), ignored_offsets_array,
    )


def curve_points(
    const int32_t[::1] true_entry,
    const int32_t[::1] ignored_entry,
    const int32_t[::1] entry_begin,
    const int32_t[::1] entry_end,
    int64_t n_ranks,
    int64_t n_gt,
    int64_t n_columns,
):
    cdef int64_t n_true = true_entry.shape[0], n_ignored = ignored_entry.shape[0], k = 0, i = 0, n = 0, column, shown = -1
    cdef int64_t true_before, rank, counted, corner
    # Of each column of the curve: first, lowest, highest and last point, each as (true, rank, counted).
    cdef int64_t[4][3] points
    chosen_array = np.empty((4 * (n_columns + 2), 3), np.int32)
    cdef int32_t[:, ::1] chosen = chosen_array
    cdef bint is_end = False
    with nogil:
        rank = counted = 0
        # Two points for every score that has a true positive: before it, and with it. A last one with everything.
        while k <= n_true:
            true_before = k
            if not is_end:
                rank = entry_begin[true_entry[k]] if k < n_true else n_ranks
                while i < n_ignored and entry_end[ignored_entry[i]] <= rank:
                    i += 1
            else:
                rank = entry_end[true_entry[k]]
                while k < n_true and entry_end[true_entry[k]] == rank:
                    k += 1
                true_before = k
                while i < n_ignored and entry_end[ignored_entry[i]] <= rank:
                    i += 1
            counted = rank - i
            if counted > 0:
                column = true_before * n_columns // n_gt
                if column != shown:
                    if shown >= 0:
                        n = _flush(points, n, chosen)
                    shown = column
                    for corner in range(4):
                        points[corner][0] = true_before
                        points[corner][1] = rank
                        points[corner][2] = counted
                else:
                    if true_before * points[1][2] < points[1][0] * counted:
                        points[1][0] = true_before
                        points[1][1] = rank
                        points[1][2] = counted
                    if true_before * points[2][2] > points[2][0] * counted:
                        points[2][0] = true_before
                        points[2][1] = rank
                        points[2][2] = counted
                    points[3][0] = true_before
                    points[3][1] = rank
                    points[3][2] = counted
            if not is_end and k == n_true:
                break
            is_end = not is_end
        if shown >= 0:
            n = _flush(points, n, chosen)
    return chosen_array[:n].copy()


cdef int64_t _flush(int64_t[4][3] points, int64_t n, int32_t[:, ::1] chosen) noexcept nogil:
    """Write the points of a column in the order of their ranks, each once; return how many are written by now."""
    cdef int64_t corner, coordinate, middle
    cdef int64_t[4] order
    order[0], order[1], order[2], order[3] = 0, 1, 2, 3
    if points[1][1] > points[2][1]:
        order[1], order[2] = 2, 1
    for middle in range(4):
        corner = order[middle]
        if middle > 0 and n > 0 and chosen[n - 1, 1] == points[corner][1]:
            continue
        for coordinate in range(3):
            chosen[n, coordinate] = <int32_t> points[corner][coordinate]
        n += 1
    return n


def count_below(const int32_t[::1] values, const int64_t[::1] offsets, int32_t limit):
    cdef int64_t c, low, high, middle
    count_array = np.zeros(offsets.shape[0] - 1, np.int64)
    cdef int64_t[::1] counts = count_array
    with nogil:
        for c in range(offsets.shape[0] - 1):
            low = offsets[c]
            high = offsets[c + 1]
            while low < high:
                middle = (low + high) >> 1
                if values[middle] < limit:
                    low = middle + 1
                else:
                    high = middle
            counts[c] = low - offsets[c]
    return count_array


def count_spans(
    int step,
    int32_t n_kept,
    const uint8_t[::1] span_first,
    const uint8_t[::1] span_last,
    const int32_t[::1] span_place,
    const int32_t[::1] span_image,
    const int32_t[::1] span_cell,
    asked,
    int64_t n_cells,
):
    cdef const uint8_t[::1] is_asked = _bytes(asked)
    cdef int64_t k, n = 0, low = 0, high = span_place.shape[0], middle
    cdef int32_t* chosen = NULL
    count_array = np.zeros(n_cells, np.int64)
    cdef int64_t[::1] counts = count_array
    while low < high:
        middle = (low + high) >> 1
        if span_place[middle] < n_kept:
            low = middle + 1
        else:
            high = middle
    try:
        chosen = <int32_t*> _allocate(low, sizeof(int32_t))
        with nogil:
            for k in range(low):
                chosen[n] = span_cell[k]
                n += (span_first[k] <= step) & (step <= span_last[k]) & (is_asked[span_image[k]] != 0)
            for k in range(n):
                counts[chosen[k]] += 1
    finally:
        free(chosen)
    return count_array
