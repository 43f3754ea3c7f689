# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of precision, recall and counts, compiled; each is documented at its twin in ``accumulation_numpy``.

All loops run without the interpreter lock. The arithmetic is that of pycocotools, in its order, so that both kernels and
pycocotools agree to the bit.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc

SOURCE_HASH = "eaee90c028ca05f1"

cdef double EPSILON = np.spacing(1)


cdef const uint8_t[::1] _bytes(array):
    return array.view(np.uint8)


cdef void* _allocate(size_t n, size_t size) except NULL:
    cdef void* memory = malloc(max(n, 1) * size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef struct Entry:
    uint64_t matched
    uint64_t ignored
    double score
    int32_t[4] before


cdef int64_t _entries_of_class(
    const int32_t* rows,
    int64_t n_rows,
    const uint8_t* counted,
    const double* score,
    const uint64_t* matched,
    const uint64_t* ignored,
    int n_thresholds,
    Entry* entries,
) noexcept nogil:
    """Collect the predictions matched anywhere, each with how many unmatched ones count before it per area range."""
    cdef int64_t i, n = 0
    cdef int32_t p
    cdef int32_t[4] before
    cdef int a
    for a in range(4):
        before[a] = 0
    for i in range(n_rows):
        p = rows[i]
        if not counted[p]:
            continue
        if matched[p]:
            entries[n].matched = matched[p]
            entries[n].ignored = ignored[p]
            entries[n].score = score[p]
            for a in range(4):
                entries[n].before[a] = before[a]
            n += 1
        else:
            for a in range(4):
                before[a] += not (ignored[p] >> (a * n_thresholds)) & 1
    return n


cdef int64_t _precision_at_true(
    const Entry* entries, int64_t n_entries, int area, int bit, double* precision, double* score
) noexcept nogil:
    """Fill the precision envelope, and the score, at the k-th true positive; return how many there are."""
    cdef int64_t k, n_true = 0, n_counted = 0
    cdef double true, false
    for k in range(n_entries):
        if entries[k].ignored >> bit & 1:
            continue
        n_counted += 1
        if entries[k].matched >> bit & 1:
            score[n_true] = entries[k].score
            n_true += 1
            true = <double> n_true
            false = <double> (entries[k].before[area] + n_counted - n_true)
            precision[n_true - 1] = true / (false + true + EPSILON)
    for k in range(n_true - 1, 0, -1):
        if precision[k] > precision[k - 1]:
            precision[k - 1] = precision[k]
    return n_true


cdef double _mean_over_grid(const double* precision, int64_t n_true, double n_gt, const double[::1] recall_grid) noexcept nogil:
    cdef int64_t r, k = 0
    cdef double total = 0
    for r in range(recall_grid.shape[0]):
        while k < n_true and (k + 1) / n_gt < recall_grid[r]:
            k += 1
        if k >= n_true:
            break
        total += precision[k]
    return total / recall_grid.shape[0]


def accumulate(
    const int32_t[::1] order,
    const int64_t[::1] class_offsets,
    const int32_t[::1] classes,
    counted,
    const double[::1] score,
    const uint64_t[::1] matched,
    const uint64_t[::1] ignored,
    const int64_t[:, ::1] n_gt,
    int n_thresholds,
    const double[::1] recall_grid,
):
    cdef const uint8_t[::1] counts = _bytes(counted)
    cdef int64_t n_classes = classes.shape[0], k, c, n_rows, n_entries, n_true, most = 0
    cdef int a, t, n_areas = <int> n_gt.shape[0]
    ap_array = np.full((n_classes, n_areas, n_thresholds), np.nan)
    recall_array = np.full((n_classes, n_areas, n_thresholds), np.nan)
    cdef double[:, :, ::1] ap = ap_array, recall = recall_array
    cdef Entry* entries = NULL
    cdef double* precision = NULL
    cdef double* scores = NULL
    for k in range(n_classes):
        most = max(most, class_offsets[classes[k] + 1] - class_offsets[classes[k]])
    try:
        entries = <Entry*> _allocate(most, sizeof(Entry))
        precision = <double*> _allocate(most, sizeof(double))
        scores = <double*> _allocate(most, sizeof(double))
        with nogil:
            for k in range(n_classes):
                c = classes[k]
                n_rows = class_offsets[c + 1] - class_offsets[c]
                n_entries = 0
                if n_rows:
                    n_entries = _entries_of_class(
                        &order[class_offsets[c]], n_rows, &counts[0], &score[0], &matched[0], &ignored[0], n_thresholds, entries
                    )
                for a in range(n_areas):
                    if n_gt[a, k] == 0:
                        continue
                    for t in range(n_thresholds):
                        n_true = _precision_at_true(entries, n_entries, a, a * n_thresholds + t, precision, scores)
                        ap[k, a, t] = _mean_over_grid(precision, n_true, <double> n_gt[a, k], recall_grid)
                        recall[k, a, t] = n_true / <double> n_gt[a, k]
    finally:
        free(entries)
        free(precision)
        free(scores)
    return ap_array, recall_array


def precision_grid(
    const int32_t[::1] order,
    const int64_t[::1] class_offsets,
    const int32_t[::1] classes,
    counted,
    const double[::1] score,
    const uint64_t[::1] matched,
    const uint64_t[::1] ignored,
    const int64_t[:, ::1] n_gt,
    int n_thresholds,
    const double[::1] recall_grid,
):
    cdef const uint8_t[::1] counts = _bytes(counted)
    cdef int64_t n_classes = classes.shape[0], k, c, i, r, j, n_rows, n_entries, n_true, most = 0
    cdef int a, t, n_areas = <int> n_gt.shape[0]
    cdef double first_score, n
    precision_array = np.full((n_classes, n_areas, n_thresholds, recall_grid.shape[0]), -1.0)
    score_array = np.full((n_classes, n_areas, n_thresholds, recall_grid.shape[0]), -1.0)
    recall_array = np.full((n_classes, n_areas, n_thresholds), -1.0)
    cdef double[:, :, :, ::1] out_precision = precision_array, out_score = score_array
    cdef double[:, :, ::1] out_recall = recall_array
    cdef Entry* entries = NULL
    cdef double* precision = NULL
    cdef double* scores = NULL
    for k in range(n_classes):
        most = max(most, class_offsets[classes[k] + 1] - class_offsets[classes[k]])
    try:
        entries = <Entry*> _allocate(most, sizeof(Entry))
        precision = <double*> _allocate(most, sizeof(double))
        scores = <double*> _allocate(most, sizeof(double))
        with nogil:
            for k in range(n_classes):
                c = classes[k]
                n_rows = class_offsets[c + 1] - class_offsets[c]
                n_entries = 0
                first_score = 0
                if n_rows:
                    n_entries = _entries_of_class(
                        &order[class_offsets[c]], n_rows, &counts[0], &score[0], &matched[0], &ignored[0], n_thresholds, entries
                    )
                    for i in range(class_offsets[c], class_offsets[c + 1]):
                        if counts[order[i]]:
                            first_score = score[order[i]]
                            break
                for a in range(n_areas):
                    if n_gt[a, k] == 0:
                        continue
                    n = <double> n_gt[a, k]
                    for t in range(n_thresholds):
                        n_true = _precision_at_true(entries, n_entries, a, a * n_thresholds + t, precision, scores)
                        j = 0
                        for r in range(recall_grid.shape[0]):
                            while j < n_true and (j + 1) / n < recall_grid[r]:
                                j += 1
                            out_precision[k, a, t, r] = precision[j] if j < n_true else 0.0
                            out_score[k, a, t, r] = scores[j] if j < n_true else 0.0
                        # Recall 0 is reached at the very first prediction, and pycocotools does not skip an ignored one.
                        out_score[k, a, t, 0] = first_score
                        out_recall[k, a, t] = n_true / n
    finally:
        free(entries)
        free(precision)
        free(scores)
    return precision_array, score_array, recall_array


def count_bits(const int32_t[::1] group, const uint64_t[::1] bits, int64_t n_groups, int n_bits):
    cdef int64_t i
    cdef int b
    count_array = np.zeros((n_groups, n_bits), dtype=np.int64)
    cdef int64_t[:, ::1] counts = count_array
    with nogil:
        for i in range(group.shape[0]):
            for b in range(n_bits):
                counts[group[i], b] += bits[i] >> b & 1
    return count_array


def sweep(
    const int32_t[::1] order,
    const int64_t[::1] class_offsets,
    const uint8_t[::1] status,
    const double[::1] score,
    const int64_t[::1] n_gt,
    const double[::1] recall_grid,
):
    cdef int64_t n_classes = n_gt.shape[0], c, i, k, n_true, n_counted, most = 0
    cdef double n, true, f1, best, last_score
    cdef int32_t p
    ap_array = np.full(n_classes, np.nan)
    f1_array = np.full(n_classes, np.nan)
    score_array = np.full(n_classes, np.nan)
    cdef double[::1] ap = ap_array, best_f1 = f1_array, best_score = score_array
    cdef double* precision = NULL
    for c in range(n_classes):
        most = max(most, class_offsets[c + 1] - class_offsets[c])
    try:
        precision = <double*> _allocate(most, sizeof(double))
        with nogil:
            for c in range(n_classes):
                if n_gt[c] == 0:
                    continue
                n = <double> n_gt[c]
                n_true = n_counted = 0
                best = -1
                last_score = 0
                for i in range(class_offsets[c], class_offsets[c + 1]):
                    p = order[i]
                    if status[p] == 0:
                        continue
                    if n_counted and score[p] != last_score:
                        f1 = 2 * n_true / (n_counted + n)
                        if f1 > best:
                            best = f1
                            best_score[c] = last_score
                    last_score = score[p]
                    n_counted += 1
                    if status[p] == 2:
                        n_true += 1
                        true = <double> n_true
                        precision[n_true - 1] = true / ((n_counted - n_true) + true + EPSILON)
                if n_counted:
                    f1 = 2 * n_true / (n_counted + n)
                    if f1 > best:
                        best = f1
                        best_score[c] = last_score
                best_f1[c] = max(best, 0)
                for k in range(n_true - 1, 0, -1):
                    if precision[k] > precision[k - 1]:
                        precision[k - 1] = precision[k]
                ap[c] = _mean_over_grid(precision, n_true, n, recall_grid)
    finally:
        free(precision)
    return ap_array, f1_array, score_array


def count(
    const int32_t[::1] class_row,
    const uint8_t[::1] status,
    const double[::1] score,
    const double[::1] iou_of_pred,
    double score_threshold,
    int64_t n_classes,
):
    cdef int64_t p
    tp_array, fp_array = np.zeros(n_classes, np.int64), np.zeros(n_classes, np.int64)
    sum_array = np.zeros(n_classes)
    cdef int64_t[::1] tp = tp_array, fp = fp_array
    cdef double[::1] iou_sum = sum_array
    with nogil:
        for p in range(score.shape[0]):
            if score[p] >= score_threshold:
                if status[p] == 2:
                    tp[class_row[p]] += 1
                    iou_sum[class_row[p]] += iou_of_pred[p]
                elif status[p] == 1:
                    fp[class_row[p]] += 1
    return tp_array, fp_array, sum_array
