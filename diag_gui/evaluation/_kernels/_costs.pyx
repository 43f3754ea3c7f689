# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of what errors cost, compiled; each is documented at its twin in ``costs_numpy``.

They run without the interpreter lock. The arithmetic is that of average precision, in its order.
"""

import numpy as np

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, malloc

SOURCE_HASH = "5f30e207daaccbf9"

cdef double EPSILON = np.spacing(1)

cdef enum:
    TRUE_POSITIVE = 1
    MISSED = 2
    FIRST_KIND = 3  # Background, localization, classification, both, duplicate.
    LOCALIZATION = 4
    CLASSIFICATION = 5
    BOTH = 6
    LAST_KIND = 7
    IGNORED = 8
    N_KINDS = 5
    PREFERS_SAME = 4
    WINS = 16
    ONLY_TRUE = 5  # Variants: a kind removed or fixed, then all false ones removed, then nothing.
    AS_IT_IS = 6
    N_VARIANTS = 7


cdef struct Variant:
    int64_t n_true
    int64_t n_false
    double* precision


cdef inline void _take_true(Variant* variant) noexcept nogil:
    variant.n_true += 1
    variant.precision[variant.n_true - 1] = variant.n_true / (<double> variant.n_false + <double> variant.n_true + EPSILON)


cdef void _find_envelope(Variant* variant) noexcept nogil:
    cdef int64_t k
    for k in range(variant.n_true - 1, 0, -1):
        variant.precision[k - 1] = max(variant.precision[k], variant.precision[k - 1])


cdef double _mean_over_grid(const Variant* variant, int64_t n_gt, const double[::1] recall_grid) noexcept nogil:
    """Return average precision from the envelope; NaN without ground truth."""
    cdef int64_t r, k = 0
    cdef double total = 0, n = <double> n_gt
    if n_gt == 0:
        return NAN
    for r in range(recall_grid.shape[0]):
        # Near enough to start from; it is the quotients, as pycocotools rounds them, that are compared.
        k = max(k, <int64_t> (recall_grid[r] * n) - 2)
        while k < variant.n_true and (k + 1) / n < recall_grid[r]:
            k += 1
        if k >= variant.n_true:
            break
        total += variant.precision[k]
    return total / recall_grid.shape[0]


cdef double _with_less(
    const Variant* variant, int64_t n_gt, int64_t n_removed, double base, const double[::1] recall_grid
) noexcept nogil:
    """Return average precision after ground truth was taken out."""
    if n_gt > 0 and n_removed == n_gt:
        return 0 if variant.n_true + variant.n_false else NAN
    return _mean_over_grid(variant, n_gt - n_removed, recall_grid) if n_removed else base


def fixed_precisions(
    const int32_t[::1] order,
    const int64_t[::1] class_offsets,
    const double[::1] score,
    const uint8_t[::1] kind,
    wins,
    const int32_t[::1] moved,
    const int64_t[::1] moved_offsets,
    const int64_t[::1] n_gt,
    const int64_t[::1] n_missed,
    const int64_t[::1] n_unmatched,
    const double[::1] recall_grid,
    int64_t first_class,
    int64_t last_class,
):
    cdef const uint8_t[::1] is_fixed = wins.view(np.uint8)
    cdef int64_t c, i, m, m_end, most = 0, v
    cdef int32_t p
    cdef int k
    cdef Variant[N_VARIANTS] variants
    cdef Variant* fixed
    cdef double* memory
    ap_array = np.empty((9, last_class - first_class))
    cdef double[:, ::1] ap = ap_array
    for c in range(first_class, last_class):
        most = max(most, class_offsets[c + 1] - class_offsets[c] + moved_offsets[c + 1] - moved_offsets[c])
    memory = <double*> malloc(N_VARIANTS * max(most, 1) * sizeof(double))
    if memory == NULL:
        raise MemoryError
    for v in range(N_VARIANTS):
        variants[v].precision = memory + v * most
    with nogil:
        for c in range(first_class, last_class):
            for v in range(N_VARIANTS):
                variants[v].n_true = variants[v].n_false = 0
            fixed = &variants[CLASSIFICATION - FIRST_KIND]
            m, m_end = moved_offsets[c], moved_offsets[c + 1]
            for i in range(class_offsets[c], class_offsets[c + 1]):
                p = order[i]
                k = kind[p]
                if k != TRUE_POSITIVE and not FIRST_KIND <= k <= LAST_KIND:
                    continue
                # What a fix brings from other classes stands among them by descending score, then row.
                while m < m_end and (score[moved[m]] > score[p] or (score[moved[m]] == score[p] and moved[m] < p)):
                    _take_true(fixed)
                    m += 1
                if k == TRUE_POSITIVE:
                    for v in range(N_VARIANTS):
                        _take_true(&variants[v])
                    continue
                for v in range(N_KINDS):
                    variants[v].n_false += v != k - FIRST_KIND
                variants[AS_IT_IS].n_false += 1
                if k != CLASSIFICATION and is_fixed[p]:
                    _take_true(&variants[k - FIRST_KIND])
            while m < m_end:
                _take_true(fixed)
                m += 1
            for v in range(N_VARIANTS):
                _find_envelope(&variants[v])
            i = c - first_class
            ap[0, i] = _mean_over_grid(&variants[AS_IT_IS], n_gt[c], recall_grid)
            ap[1, i] = _with_less(&variants[AS_IT_IS], n_gt[c], n_missed[c], ap[0, i], recall_grid)
            for v in range(N_KINDS):
                ap[2 + v, i] = _mean_over_grid(&variants[v], n_gt[c], recall_grid)
            ap[7, i] = _mean_over_grid(&variants[ONLY_TRUE], n_gt[c], recall_grid)
            ap[8, i] = _with_less(&variants[AS_IT_IS], n_gt[c], n_unmatched[c], ap[0, i], recall_grid)
    free(memory)
    return ap_array


def find_winners(
    const int64_t[::1] near_offsets,
    const int64_t[::1] gt_offsets,
    asked,
    const uint8_t[::1] kind_of_near,
    const uint8_t[::1] near_flags,
    const int32_t[::1] near_row,
    const int32_t[::1] near_same_gt,
    const int32_t[::1] near_other_gt,
    const int32_t[::1] pred_class,
    const int32_t[::1] gt_class,
    const double[::1] score,
    const int32_t[::1] pred_row_of_gt,
    int64_t n_classes,
    int64_t first_image,
    int64_t last_image,
    uint8_t[::1] code,
):
    cdef const uint8_t[::1] is_asked = asked.view(np.uint8)
    cdef int64_t i, n, n_moved = 0, first_gt = gt_offsets[first_image]
    cdef int32_t g, w
    cdef uint8_t kind
    winner_array = np.full(gt_offsets[last_image] - first_gt, -1, np.int32)
    moved_array, class_array = np.empty(len(winner_array), np.int32), np.empty(len(winner_array), np.int32)
    count_array = np.zeros((2, n_classes), np.int64)
    cdef int32_t[::1] winner = winner_array, moved = moved_array, to_class = class_array
    cdef int64_t[:, ::1] counts = count_array
    with nogil:
        for i in range(first_image, last_image):
            if not is_asked[i]:
                for n in range(near_offsets[i], near_offsets[i + 1]):
                    code[n] = 0
                continue
            for n in range(near_offsets[i], near_offsets[i + 1]):
                kind = kind_of_near[n]
                code[n] = kind
                if kind == LOCALIZATION:
                    g = near_same_gt[n]
                elif kind == CLASSIFICATION:
                    g = near_other_gt[n]
                    counts[0, gt_class[g]] += 1
                else:
                    if kind == BOTH:
                        counts[1, pred_class[near_row[n]] if near_flags[n] & PREFERS_SAME else gt_class[near_other_gt[n]]] += 1
                    continue
                if pred_row_of_gt[g] >= 0:
                    continue
                # They come by descending score; of equal ones the first in the file wins.
                w = winner[g - first_gt]
                if w < 0 or (score[near_row[n]] == score[near_row[w]] and near_row[n] < near_row[w]):
                    winner[g - first_gt] = <int32_t> n
        for i in range(winner.shape[0]):
            w = winner[i]
            if w >= 0:
                if code[w] == CLASSIFICATION:
                    moved[n_moved] = near_row[w]
                    to_class[n_moved] = gt_class[first_gt + i]
                    n_moved += 1
                code[w] |= WINS
    return moved_array[:n_moved].copy(), class_array[:n_moved].copy(), count_array


def count_open(
    const uint8_t[::1] kind_when_open,
    const int32_t[::1] gt_class,
    const int32_t[::1] pred_row_of_gt,
    const int32_t[::1] cover_of_gt,
    int32_t n_predictions,
    int64_t n_classes,
):
    cdef int64_t g
    count_array = np.zeros((2, n_classes), np.int64)
    cdef int64_t[:, ::1] counts = count_array
    cdef bint is_counted
    with nogil:
        for g in range(gt_class.shape[0]):
            is_counted = kind_when_open[g] == MISSED
            counts[0, gt_class[g]] += is_counted & (cover_of_gt[g] == n_predictions)
            counts[1, gt_class[g]] += is_counted & (pred_row_of_gt[g] < 0)
    return count_array


cdef int64_t _ahead_of(
    const int32_t[::1] by_score, const int32_t[::1] place, const double[::1] score, int32_t row, int64_t first, int64_t last
) noexcept nogil:
    """Return where a row of another class would stand among those of one, which are by descending score, then row."""
    cdef int64_t low = first, high = last, middle
    cdef int32_t other
    while low < high:
        middle = (low + high) >> 1
        other = by_score[place[middle]]
        if score[other] > score[row] or (score[other] == score[row] and other < row):
            low = middle + 1
        else:
            high = middle
    return low


def step_precisions(
    const int32_t[::1] class_near,
    const int32_t[::1] class_near_at,
    const int64_t[::1] class_near_offsets,
    const int64_t[::1] class_offsets,
    const int32_t[::1] place,
    const int32_t[::1] by_score,
    const int32_t[::1] before,
    const double[::1] score,
    const uint8_t[::1] code,
    const int32_t[::1] moved,
    const int64_t[::1] moved_offsets,
    const int64_t[::1] n_gt,
    const int64_t[::1] n_missed,
    const int64_t[::1] n_unmatched,
    const double[::1] recall_grid,
    int64_t first_class,
    int64_t last_class,
):
    cdef int64_t c, e, m, m_end, most = 0, v, i, at, moved_at, n, n_ignored, n_false, end
    cdef int64_t[N_KINDS] seen
    cdef int k
    cdef Variant[N_VARIANTS] variants
    cdef Variant* fixed
    cdef double* memory
    ap_array = np.empty((9, last_class - first_class))
    count_array = np.zeros((N_KINDS, last_class - first_class), np.int64)
    cdef double[:, ::1] ap = ap_array
    cdef int64_t[:, ::1] counts = count_array
    for c in range(first_class, last_class):
        most = max(most, class_near_offsets[c + 1] - class_near_offsets[c] + moved_offsets[c + 1] - moved_offsets[c])
    memory = <double*> malloc(N_VARIANTS * max(most, 1) * sizeof(double))
    if memory == NULL:
        raise MemoryError
    for v in range(N_VARIANTS):
        variants[v].precision = memory + v * most
    with nogil:
        for c in range(first_class, last_class):
            for v in range(N_VARIANTS):
                variants[v].n_true = variants[v].n_false = 0
            for v in range(N_KINDS):
                seen[v] = 0
            n_ignored = 0
            fixed = &variants[CLASSIFICATION - FIRST_KIND]
            m, m_end = moved_offsets[c], moved_offsets[c + 1]
            end = class_offsets[c + 1]
            moved_at = _ahead_of(by_score, place, score, moved[m], class_offsets[c], end) if m < m_end else end + 1
            for e in range(class_near_offsets[c], class_near_offsets[c + 1]):
                at = class_near_at[e]
                k = code[class_near[e]]
                # What a fix brings from other classes stands among them by descending score, then row.
                while moved_at <= at:
                    fixed.n_false = before[moved_at] - before[class_offsets[c]] - n_ignored
                    fixed.n_false -= variants[AS_IT_IS].n_true + seen[CLASSIFICATION - FIRST_KIND]
                    _take_true(fixed)
                    m += 1
                    moved_at = _ahead_of(by_score, place, score, moved[m], moved_at, end) if m < m_end else end + 1
                if k == TRUE_POSITIVE:
                    n = before[at + 1] - before[class_offsets[c]] - n_ignored
                    variants[AS_IT_IS].n_false = n_false = n - (variants[AS_IT_IS].n_true + 1)
                    for v in range(1, N_KINDS):
                        variants[v].n_false = n_false - seen[v]
                    variants[0].n_false = seen[1] + seen[2] + seen[3] + seen[4]
                    for v in range(N_VARIANTS):
                        _take_true(&variants[v])
                    continue
                if k == IGNORED:
                    n_ignored += 1
                    continue
                v = (k & ~WINS) - FIRST_KIND
                if v < 0:
                    continue
                seen[v] += 1
                if k == LOCALIZATION | WINS:
                    n = before[at + 1] - before[class_offsets[c]] - n_ignored
                    variants[v].n_false = n - variants[AS_IT_IS].n_true - seen[v]
                    _take_true(&variants[v])
            while m < m_end:
                fixed.n_false = before[moved_at] - before[class_offsets[c]] - n_ignored
                fixed.n_false -= variants[AS_IT_IS].n_true + seen[CLASSIFICATION - FIRST_KIND]
                _take_true(fixed)
                m += 1
                moved_at = _ahead_of(by_score, place, score, moved[m], moved_at, end) if m < m_end else end + 1
            variants[AS_IT_IS].n_false = before[end] - before[class_offsets[c]] - n_ignored - variants[AS_IT_IS].n_true
            seen[0] = variants[AS_IT_IS].n_false - (seen[1] + seen[2] + seen[3] + seen[4])
            for v in range(N_VARIANTS):
                _find_envelope(&variants[v])
            i = c - first_class
            for v in range(N_KINDS):
                counts[v, i] = seen[v]
                ap[2 + v, i] = _mean_over_grid(&variants[v], n_gt[c], recall_grid)
            ap[0, i] = _mean_over_grid(&variants[AS_IT_IS], n_gt[c], recall_grid)
            ap[1, i] = _with_less(&variants[AS_IT_IS], n_gt[c], n_missed[c], ap[0, i], recall_grid)
            ap[7, i] = _mean_over_grid(&variants[ONLY_TRUE], n_gt[c], recall_grid)
            ap[8, i] = _with_less(&variants[AS_IT_IS], n_gt[c], n_unmatched[c], ap[0, i], recall_grid)
    free(memory)
    return ap_array, count_array
