# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loop of what errors cost, compiled; it is documented at its twin in ``costs_numpy``.

It runs without the interpreter lock. The arithmetic is that of average precision, in its order.
"""

import numpy as np

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, malloc

SOURCE_HASH = "1f7a2d21758ca5a7"

cdef double EPSILON = np.spacing(1)

cdef enum:
    TRUE_POSITIVE = 1
    FIRST_KIND = 3  # Background, localization, classification, both, duplicate.
    CLASSIFICATION = 5
    LAST_KIND = 7
    N_KINDS = 5
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
