# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of the bootstrap over images, compiled; each is documented at its twin in ``resampling_numpy``.

Eight resamples go through every loop side by side: what is gathered is one row of eight weights, and the compiler makes vector
instructions of the innermost loops. All loops run without the interpreter lock.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc

SOURCE_HASH = "89754fca96fe3176"

cdef enum:
    LANES = 8

cdef double EPSILON = np.spacing(1)


cdef void* _allocate(size_t n, size_t size) except NULL:
    cdef void* memory = malloc(max(n, 1) * size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef int64_t _entries_of_class(
    const int32_t* image,
    const uint64_t* matched,
    const uint64_t* ignored,
    int64_t n_rows,
    const int32_t* weights,
    int64_t* entries,
    int32_t* before,
) noexcept nogil:
    """Collect the rows matched at any threshold, each with the weight of the unmatched ones before it; return how many."""
    cdef int64_t i, n = 0
    cdef int b
    cdef int32_t[LANES] seen
    cdef const int32_t* weight
    for b in range(LANES):
        seen[b] = 0
    for i in range(n_rows):
        if matched[i]:
            entries[n] = i
            for b in range(LANES):
                before[n * LANES + b] = seen[b]
            n += 1
        elif not ignored[i] & 1:
            weight = weights + <int64_t> image[i] * LANES
            for b in range(LANES):
                seen[b] += weight[b]
    return n


cdef int64_t _precision_at_true(
    const int32_t* image,
    const uint64_t* matched,
    const uint64_t* ignored,
    const int64_t* entries,
    const int32_t* before,
    int64_t n_entries,
    int t,
    const int32_t* weights,
    int32_t* true_so_far,
    double* precision,
) noexcept nogil:
    """Fill the precision envelope and the weight of true positives at the k-th true positive; return how many there are."""
    cdef int64_t e, k, n_true = 0
    cdef int b
    cdef int32_t[LANES] true, false
    cdef const int32_t* weight
    cdef double* here
    cdef const double* after
    cdef double n
    for b in range(LANES):
        true[b] = 0
        false[b] = 0
    for e in range(n_entries):
        if ignored[entries[e]] >> t & 1:
            continue
        weight = weights + <int64_t> image[entries[e]] * LANES
        if not matched[entries[e]] >> t & 1:
            for b in range(LANES):
                false[b] += weight[b]
            continue
        here = precision + n_true * LANES
        for b in range(LANES):
            true[b] += weight[b]
            true_so_far[n_true * LANES + b] = true[b]
        for b in range(LANES):
            n = <double> true[b]
            here[b] = n / (<double> (before[e * LANES + b] + false[b]) + n + EPSILON)
        n_true += 1
    for k in range(n_true - 2, -1, -1):
        here = precision + k * LANES
        after = here + LANES
        for b in range(LANES):
            here[b] = after[b] if after[b] > here[b] else here[b]
    return n_true


cdef void _reached_at(const double[::1] recall_grid, const int32_t* n_gt, int32_t* needed) noexcept nogil:
    """Fill how many true positives reach each recall of the grid."""
    cdef int64_t r
    cdef int b
    cdef int32_t k
    for b in range(LANES):
        if n_gt[b] == 0:
            continue
        for r in range(recall_grid.shape[0]):
            k = <int32_t> (recall_grid[r] * n_gt[b])
            while k > 0 and (k - 1) / <double> n_gt[b] >= recall_grid[r]:
                k -= 1
            while k / <double> n_gt[b] < recall_grid[r]:
                k += 1
            needed[r * LANES + b] = k


def average_precision(
    const int32_t[::1] image,
    const int64_t[::1] class_offsets,
    const uint64_t[::1] matched,
    const uint64_t[::1] ignored,
    const int32_t[:, ::1] n_gt,
    const int32_t[:, ::1] weights,
    int n_thresholds,
    const double[::1] recall_grid,
):
    cdef int64_t n_classes = n_gt.shape[0], n_recalls = recall_grid.shape[0], c, first, n_rows, n_entries, n_true, k, r, most = 0
    cdef int t, b
    cdef double total
    if n_gt.shape[1] != LANES or weights.shape[1] != LANES:
        raise ValueError(f"{LANES} resamples at a time")
    ap_array = np.full((n_classes, n_thresholds, LANES), np.nan)
    cdef double[:, :, ::1] ap = ap_array
    cdef int64_t* entries = NULL
    cdef int32_t* before = NULL
    cdef int32_t* true_so_far = NULL
    cdef double* precision = NULL
    cdef int32_t* needed = NULL
    for c in range(n_classes):
        most = max(most, class_offsets[c + 1] - class_offsets[c])
    try:
        entries = <int64_t*> _allocate(most, sizeof(int64_t))
        before = <int32_t*> _allocate(most * LANES, sizeof(int32_t))
        true_so_far = <int32_t*> _allocate(most * LANES, sizeof(int32_t))
        precision = <double*> _allocate(most * LANES, sizeof(double))
        needed = <int32_t*> _allocate(n_recalls * LANES, sizeof(int32_t))
        with nogil:
            for c in range(n_classes):
                first = class_offsets[c]
                n_rows = class_offsets[c + 1] - first
                n_entries = 0
                if n_rows:
                    n_entries = _entries_of_class(
                        &image[first], &matched[first], &ignored[first], n_rows, &weights[0, 0], entries, before
                    )
                _reached_at(recall_grid, &n_gt[c, 0], needed)
                for t in range(n_thresholds):
                    n_true = 0
                    if n_entries:
                        n_true = _precision_at_true(
                            &image[first], &matched[first], &ignored[first], entries, before, n_entries, t, &weights[0, 0],
                            true_so_far, precision,
                        )
                    for b in range(LANES):
                        if n_gt[c, b] == 0:
                            continue
                        total = 0
                        k = 0
                        for r in range(n_recalls):
                            while k < n_true and true_so_far[k * LANES + b] < needed[r * LANES + b]:
                                k += 1
                            if k >= n_true:
                                break
                            total += precision[k * LANES + b]
                        ap[c, t, b] = total / n_recalls
    finally:
        free(entries)
        free(before)
        free(true_so_far)
        free(precision)
        free(needed)
    return ap_array


def weighted_counts(const int32_t[::1] group, const int32_t[::1] image, const int32_t[:, ::1] weights, int64_t n_groups):
    cdef int64_t i
    cdef int b
    cdef int32_t* count
    cdef const int32_t* weight
    if weights.shape[1] != LANES:
        raise ValueError(f"{LANES} resamples at a time")
    counts_array = np.zeros((n_groups, LANES), np.int32)
    cdef int32_t[:, ::1] counts = counts_array
    with nogil:
        for i in range(group.shape[0]):
            count = &counts[group[i], 0]
            weight = &weights[image[i], 0]
            for b in range(LANES):
                count[b] += weight[b]
    return counts_array
