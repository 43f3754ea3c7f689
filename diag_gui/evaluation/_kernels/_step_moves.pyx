# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops behind moves from one threshold to the next, compiled; each is documented at its twin in ``step_moves_numpy``.

All loops run without the interpreter lock.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

SOURCE_HASH = "f56b790883354068"

cdef enum:
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
    N_KINDS = 10


cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    static inline int lowest_bit(unsigned long long word) { return __builtin_ctzll(word); }
    static inline int n_bits(unsigned long long word) { return __builtin_popcountll(word); }
    #else
    static inline int lowest_bit(unsigned long long word) { int n = 0; while (!(word & 1)) { word >>= 1; n++; } return n; }
    static inline int n_bits(unsigned long long word) { int n = 0; while (word) { word &= word - 1; n++; } return n; }
    #endif
    """
    int lowest_bit(uint64_t word) nogil
    int n_bits(uint64_t word) nogil


cdef struct Move:
    int32_t what
    int32_t before
    int32_t after
    int32_t step


cdef struct Moves:
    Move* of
    int64_t n
    int64_t room


cdef bint _note(Moves* moves, int64_t what, int32_t before, int32_t after, int32_t step) noexcept nogil:
    """Append one move; return False where memory ran out."""
    cdef Move* larger
    if moves.n == moves.room:
        larger = <Move*> realloc(moves.of, 2 * moves.room * sizeof(Move))
        if larger == NULL:
            return False
        moves.of = larger
        moves.room *= 2
    moves.of[moves.n].what = <int32_t> what
    moves.of[moves.n].before = before
    moves.of[moves.n].after = after
    moves.of[moves.n].step = step
    moves.n += 1
    return True


def step_moves(
    const int32_t[::1] span_near,
    const int32_t[::1] span_gt,
    const uint8_t[::1] span_first,
    const uint8_t[::1] span_last,
    const int32_t[::1] near_place,
    const uint8_t[::1] same_below,
    const uint8_t[::1] same_reached,
    const uint8_t[::1] other_reached,
    const uint8_t[::1] near_flags,
    const int32_t[::1] near_same_gt,
    const int32_t[::1] near_other_gt,
    gt_ignored,
    const int64_t[::1] near_offsets,
    const int64_t[::1] span_offsets,
    const int64_t[::1] gt_offsets,
    int32_t n_predictions,
    int n_steps,
    int64_t first_image,
    int64_t last_image,
):
    cdef const uint8_t[::1] is_ignored = gt_ignored.view(np.uint8)
    cdef int64_t i, n, k, g, n0, g0, n_near, n_gt, most_near = 1, most_gt = 1
    cdef int step
    cdef uint8_t one
    cdef uint8_t[256] happens
    cdef uint8_t[16] kind_of_rules
    cdef uint8_t* kinds = NULL
    cdef int32_t* covers = NULL
    cdef uint8_t* kind
    cdef uint8_t* kind_before
    cdef int32_t* cover
    cdef int32_t* cover_before
    cdef Moves of_near, of_gt
    cdef bint has_room = True
    of_near.of = of_gt.of = NULL
    of_near.n = of_gt.n = 0
    of_near.room = of_gt.room = 1024
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
    for i in range(first_image, last_image):
        most_near = max(most_near, near_offsets[i + 1] - near_offsets[i])
        most_gt = max(most_gt, gt_offsets[i + 1] - gt_offsets[i])
    try:
        kinds = <uint8_t*> malloc(2 * most_near)
        covers = <int32_t*> malloc(2 * most_gt * sizeof(int32_t))
        of_near.of = <Move*> malloc(of_near.room * sizeof(Move))
        of_gt.of = <Move*> malloc(of_gt.room * sizeof(Move))
        if kinds == NULL or covers == NULL or of_near.of == NULL or of_gt.of == NULL:
            raise MemoryError
        with nogil:
            for i in range(first_image, last_image):
                n0, g0 = near_offsets[i], gt_offsets[i]
                n_near, n_gt = near_offsets[i + 1] - n0, gt_offsets[i + 1] - g0
                if n_near == 0:
                    continue
                # Only at these steps anything in the image can change.
                memset(happens, 0, sizeof(happens))
                happens[0] = 1
                for n in range(n0, n0 + n_near):
                    happens[same_below[n]] = happens[same_reached[n]] = happens[other_reached[n]] = 1
                for k in range(span_offsets[i], span_offsets[i + 1]):
                    happens[span_first[k]] = happens[span_last[k] + 1] = 1
                kind, kind_before = kinds, kinds + most_near
                cover, cover_before = covers, covers + most_gt
                for step in range(n_steps):
                    if not happens[step]:
                        continue
                    for g in range(n_gt):
                        cover[g] = n_predictions
                    for n in range(n0, n0 + n_near):
                        kind[n - n0] = kind_of_rules[
                            (near_flags[n] & HAS_SAME & (step >= same_below[n]))
                            | (step < other_reached[n]) << 1
                            | (step < same_reached[n]) << 2
                            | (near_flags[n] & IS_FAR) << 2
                        ]
                    for k in range(span_offsets[i], span_offsets[i + 1]):
                        if span_first[k] <= step <= span_last[k]:
                            n, g = span_near[k], span_gt[k]
                            if is_ignored[g]:
                                kind[n - n0] = IGNORED
                            else:
                                kind[n - n0] = TRUE_POSITIVE
                                cover[g - g0] = min(cover[g - g0], near_place[n])
                    for n in range(n0, n0 + n_near):
                        one = kind[n - n0]
                        if one == LOCALIZATION or one == CLASSIFICATION:
                            g = near_same_gt[n] if one == LOCALIZATION else near_other_gt[n]
                            cover[g - g0] = min(cover[g - g0], near_place[n])
                    if step > 0:
                        for n in range(n_near):
                            if kind[n] != kind_before[n]:
                                has_room = has_room and _note(&of_near, n0 + n, kind_before[n], kind[n], step)
                        for g in range(n_gt):
                            if cover[g] != cover_before[g]:
                                has_room = has_room and _note(&of_gt, g0 + g, cover_before[g], cover[g], step)
                    kind, kind_before = kind_before, kind
                    cover, cover_before = cover_before, cover
        if not has_room:
            raise MemoryError
        near_arrays = _arrays(&of_near, np.uint8)
        gt_arrays = _arrays(&of_gt, np.int32)
    finally:
        free(kinds)
        free(covers)
        free(of_near.of)
        free(of_gt.of)
    return (*near_arrays, *gt_arrays)


cdef tuple _arrays(const Moves* moves, value_type):
    """Return moves as columns: the step, what moves, its value before and after."""
    step_array, what_array = np.empty(moves.n, np.uint8), np.empty(moves.n, np.int32)
    value_array = np.empty((2, moves.n), np.int32)
    cdef uint8_t[::1] step = step_array
    cdef int32_t[::1] what = what_array
    cdef int32_t[:, ::1] value = value_array
    cdef int64_t m
    with nogil:
        for m in range(moves.n):
            step[m] = <uint8_t> moves.of[m].step
            what[m] = moves.of[m].what
            value[0, m] = moves.of[m].before
            value[1, m] = moves.of[m].after
    return step_array, what_array, value_array[0].astype(value_type), value_array[1].astype(value_type)


def matches_at(
    int step,
    const int32_t[::1] span_near,
    const int32_t[::1] span_pair,
    const int32_t[::1] span_gt,
    const uint8_t[::1] span_first,
    const uint8_t[::1] span_last,
    const int32_t[::1] near_row,
    int64_t n_gt,
):
    cdef int64_t k
    pair_array, pred_array = np.full(near_row.shape[0], -1, np.int32), np.full(n_gt, -1, np.int32)
    cdef int32_t[::1] pair_of_near = pair_array, pred_row_of_gt = pred_array
    with nogil:
        for k in range(span_near.shape[0]):
            if span_first[k] <= step <= span_last[k]:
                pair_of_near[span_near[k]] = span_pair[k]
                pred_row_of_gt[span_gt[k]] = near_row[span_near[k]]
    return pair_array, pred_array


def held_pairs(
    int step,
    const int32_t[::1] near,
    const int32_t[::1] span_near,
    const int32_t[::1] span_pair,
    const uint8_t[::1] span_first,
    const uint8_t[::1] span_last,
):
    cdef int64_t i, low, high, middle, n_spans = span_near.shape[0]
    pair_array = np.full(near.shape[0], -1, np.int32)
    cdef int32_t[::1] pair = pair_array
    with nogil:
        for i in range(near.shape[0]):
            low = 0
            high = n_spans
            while low < high:
                middle = (low + high) >> 1
                if span_near[middle] < near[i]:
                    low = middle + 1
                else:
                    high = middle
            while low < n_spans and span_near[low] == near[i]:
                if span_first[low] <= step <= span_last[low]:
                    pair[i] = span_pair[low]
                    break
                low += 1
    return pair_array


def count_moved(const uint8_t[::1] before, const uint8_t[::1] after):
    cdef int64_t i, k, n = before.shape[0], n_words = n >> 3
    cdef uint64_t one, other
    count_array = np.zeros(N_KINDS, np.int64)
    cdef int64_t[::1] counts = count_array
    with nogil:
        for i in range(n_words):
            memcpy(&one, &before[8 * i], 8)
            memcpy(&other, &after[8 * i], 8)
            if one != other:
                for k in range(8 * i, 8 * i + 8):
                    counts[before[k]] -= 1
                    counts[after[k]] += 1
        for k in range(8 * n_words, n):
            counts[before[k]] -= 1
            counts[after[k]] += 1
    return count_array


def mark_listed(const int32_t[::1] order, const uint8_t[::1] kind, const uint8_t[::1] is_listed):
    cdef int64_t i, w, n = order.shape[0], n_words = (n + 63) >> 6
    cdef uint64_t word
    mark_array = np.empty(n_words, np.uint64)
    cdef uint64_t[::1] marks = mark_array
    with nogil:
        for w in range(n_words):
            word = 0
            for i in range(64 * w, min(64 * w + 64, n)):
                word |= <uint64_t> (is_listed[kind[order[i]]] != 0) << (i & 63)
            marks[w] = word
    return mark_array


def move_marks(
    const uint8_t[::1] before, const uint8_t[::1] after, const uint8_t[::1] is_listed, const int32_t[::1] at, uint64_t[::1] marks
):
    cdef int64_t i, k, n = before.shape[0], n_words = n >> 3, last
    cdef uint64_t one, other
    with nogil:
        for i in range(n_words + 1):
            last = min(8 * i + 8, n)
            if i < n_words:
                memcpy(&one, &before[8 * i], 8)
                memcpy(&other, &after[8 * i], 8)
                if one == other:
                    continue
            for k in range(8 * i, last):
                if (is_listed[before[k]] != 0) != (is_listed[after[k]] != 0):
                    marks[at[k] >> 6] ^= (<uint64_t> 1) << (at[k] & 63)


def marked(const int32_t[::1] order, const uint64_t[::1] marks):
    cdef int64_t w, n = 0
    cdef uint64_t word
    for w in range(marks.shape[0]):
        n += n_bits(marks[w])
    row_array = np.empty(n, np.int32)
    n = 0
    cdef int32_t[::1] rows = row_array
    with nogil:
        for w in range(marks.shape[0]):
            word = marks[w]
            while word:
                rows[n] = order[64 * w + lowest_bit(word)]
                n += 1
                word &= word - 1
    return row_array


def count_on_images(
    const uint8_t[::1] kind,
    const int64_t[::1] pred_offsets,
    const int64_t[::1] gt_offsets,
    const int32_t[::1] near_of_row,
    const int32_t[::1] pair_of_near,
    const double[::1] pair_iou,
):
    cdef int64_t n_images = pred_offsets.shape[0] - 1, n_predictions = near_of_row.shape[0], i, p, g
    cdef uint8_t one
    count_array, iou_array = np.zeros((3, n_images), np.int64), np.zeros(n_images)
    cdef int64_t[:, ::1] counts = count_array
    cdef double[::1] iou_sum = iou_array
    with nogil:
        for i in range(n_images):
            for p in range(pred_offsets[i], pred_offsets[i + 1]):
                one = kind[p]
                counts[2, i] += BACKGROUND <= one <= DUPLICATE
                if one == TRUE_POSITIVE:
                    counts[1, i] += 1
                    iou_sum[i] += pair_iou[pair_of_near[near_of_row[p]]]
            for g in range(gt_offsets[i], gt_offsets[i + 1]):
                one = kind[n_predictions + g]
                counts[0, i] += (one == MISSED) | (one == FOUND)
    return count_array, iou_array
