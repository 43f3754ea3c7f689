# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of precision, recall and counts, compiled; each is documented at its twin in ``accumulation_numpy``.

All loops run without the interpreter lock. The arithmetic is that of pycocotools, in its order, so that both kernels and
pycocotools agree to the bit.
"""

import numpy as np

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc

SOURCE_HASH = "6bd8bc922d890755"

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


cdef void _grid_places(double n_gt, const double[::1] recall_grid, int64_t* places) noexcept nogil:
    """Fill per recall of the grid which true positive, from 0, is the first that reaches it."""
    cdef int64_t r, k
    for r in range(recall_grid.shape[0]):
        # Near enough to start from; it is the quotients, as pycocotools rounds them, that are compared.
        k = <int64_t> (recall_grid[r] * n_gt)
        while k > 0 and k / n_gt >= recall_grid[r]:
            k -= 1
        while (k + 1) / n_gt < recall_grid[r]:
            k += 1
        places[r] = k


cdef struct Column:
    int64_t n_true  # True positives up to the entry that is looked at.
    int64_t n_ignored  # Entries up to it that are ignored at this threshold but not in the whole area range.
    int64_t r  # The next recall of the grid, from the highest down.
    double precision  # The greatest from that entry on.


cdef inline void _add_bits(uint64_t* digits, uint64_t bits) noexcept nogil:
    cdef uint64_t carried
    cdef int place = 0
    while bits:
        carried = digits[place] & bits
        digits[place] ^= bits
        bits = carried
        place += 1


cdef void _accumulate_area(
    const Entry* entries,
    int64_t n_entries,
    int area,
    int n_thresholds,
    double n_gt,
    const int64_t* places,
    int64_t n_recalls,
    Column* columns,
    double* at_recalls,
    double* ap,
    double* recall,
) noexcept nogil:
    """Fill average precision and final recall of one class and area range, all thresholds at once.

    Every precision is that of pycocotools, but they are met from the last to the first, so that their envelope is a running
    maximum and none needs to be kept.
    """
    cdef int64_t k, n_whole = 0, true
    cdef int t, place
    cdef uint64_t every = ((<uint64_t> 1) << n_thresholds) - 1, out, bits
    cdef int shift = area * n_thresholds
    cdef Column* column
    cdef double total, precision
    # Counters of all thresholds side by side, a word per binary digit: adding is carrying bits.
    cdef uint64_t[32] true_digits, ignored_digits
    for place in range(32):
        true_digits[place] = ignored_digits[place] = 0
    for k in range(n_entries):
        out = entries[k].ignored >> shift & every
        if out == every:
            n_whole += 1
            continue
        _add_bits(true_digits, entries[k].matched >> shift & every & ~out)
        _add_bits(ignored_digits, out)
    for t in range(n_thresholds):
        columns[t].precision = 0
        columns[t].n_true = columns[t].n_ignored = 0
        for place in range(32):
            columns[t].n_true += (true_digits[place] >> t & 1) << place
            columns[t].n_ignored += (ignored_digits[place] >> t & 1) << place
        recall[t] = columns[t].n_true / n_gt
        columns[t].r = n_recalls - 1
        while columns[t].r >= 0 and places[columns[t].r] >= columns[t].n_true:
            at_recalls[t * n_recalls + columns[t].r] = 0
            columns[t].r -= 1
    for k in range(n_entries - 1, -1, -1):
        out = entries[k].ignored >> shift & every
        if out == every:
            n_whole -= 1
            continue
        bits = entries[k].matched >> shift & every & ~out
        t = 0
        while bits:
            if bits & 1:
                column = columns + t
                true = column.n_true
                precision = true / (
                    <double> (entries[k].before[area] + (k + 1 - n_whole - column.n_ignored) - true) + <double> true + EPSILON
                )
                column.precision = max(precision, column.precision)
                column.n_true = true - 1
                while column.r >= 0 and places[column.r] == true - 1:
                    at_recalls[t * n_recalls + column.r] = column.precision
                    column.r -= 1
            bits >>= 1
            t += 1
        if out:
            for t in range(n_thresholds):
                columns[t].n_ignored -= out >> t & 1
    for t in range(n_thresholds):
        total = 0
        for k in range(n_recalls):
            total += at_recalls[t * n_recalls + k]
        ap[t] = total / n_recalls


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
    cdef int64_t n_classes = classes.shape[0], n_recalls = recall_grid.shape[0], k, c, n_rows, n_entries, most = 0
    cdef int a, n_areas = <int> n_gt.shape[0]
    ap_array = np.full((n_classes, n_areas, n_thresholds), np.nan)
    recall_array = np.full((n_classes, n_areas, n_thresholds), np.nan)
    cdef double[:, :, ::1] ap = ap_array, recall = recall_array
    cdef Entry* entries = NULL
    cdef Column* columns = NULL
    cdef int64_t* places = NULL
    cdef double* at_recalls = NULL
    for k in range(n_classes):
        most = max(most, class_offsets[classes[k] + 1] - class_offsets[classes[k]])
    try:
        entries = <Entry*> _allocate(most, sizeof(Entry))
        columns = <Column*> _allocate(n_thresholds, sizeof(Column))
        places = <int64_t*> _allocate(n_recalls, sizeof(int64_t))
        at_recalls = <double*> _allocate(n_thresholds * n_recalls, sizeof(double))
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
                    _grid_places(<double> n_gt[a, k], recall_grid, places)
                    _accumulate_area(
                        entries, n_entries, a, n_thresholds, <double> n_gt[a, k], places, n_recalls, columns, at_recalls,
                        &ap[k, a, 0], &recall[k, a, 0],
                    )
    finally:
        free(entries)
        free(columns)
        free(places)
        free(at_recalls)
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


cdef struct Walk:
    int64_t n_true
    int64_t n_counted
    double last_score
    double best_f1
    double best_score


cdef inline void _step(Walk* walk, uint8_t status, double score, double n_gt, double* precision) noexcept nogil:
    """Take the next prediction that counts, by descending score."""
    cdef double f1, true
    if walk.n_counted and score != walk.last_score:
        f1 = 2 * walk.n_true / (walk.n_counted + n_gt)
        if f1 > walk.best_f1:
            walk.best_f1 = f1
            walk.best_score = walk.last_score
    walk.last_score = score
    walk.n_counted += 1
    if status == 2:
        walk.n_true += 1
        true = <double> walk.n_true
        precision[walk.n_true - 1] = true / ((walk.n_counted - walk.n_true) + true + EPSILON)


cdef inline double _end(Walk* walk, double n_gt, double* precision, const double[::1] recall_grid) noexcept nogil:
    """Take the last score, and return average precision."""
    cdef double f1
    cdef int64_t k
    if walk.n_counted:
        f1 = 2 * walk.n_true / (walk.n_counted + n_gt)
        if f1 > walk.best_f1:
            walk.best_f1 = f1
            walk.best_score = walk.last_score
    for k in range(walk.n_true - 1, 0, -1):
        if precision[k] > precision[k - 1]:
            precision[k - 1] = precision[k]
    return _mean_over_grid(precision, walk.n_true, n_gt, recall_grid)


cdef inline void _begin(Walk* walk) noexcept nogil:
    walk.n_true = walk.n_counted = 0
    walk.last_score = 0
    walk.best_f1 = -1
    walk.best_score = NAN


def sweep(
    const int32_t[::1] order,
    const int64_t[::1] class_offsets,
    const uint8_t[::1] status,
    const double[::1] score,
    const int64_t[::1] n_gt,
    const double[::1] recall_grid,
):
    cdef int64_t n_classes = n_gt.shape[0], c, i, most = 0
    cdef int32_t p
    cdef Walk walk
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
                _begin(&walk)
                for i in range(class_offsets[c], class_offsets[c + 1]):
                    p = order[i]
                    if status[p]:
                        _step(&walk, status[p], score[p], <double> n_gt[c], precision)
                ap[c] = _end(&walk, <double> n_gt[c], precision, recall_grid)
                best_f1[c] = max(walk.best_f1, 0)
                best_score[c] = walk.best_score
    finally:
        free(precision)
    return ap_array, f1_array, score_array


def sweep_ranges(list statuses, list scores, int64_t n_gt, const double[::1] recall_grid):
    cdef const uint8_t[::1] status
    cdef const double[::1] score
    cdef int64_t i, n_true = 0
    cdef double ap
    cdef Walk walk
    for status in statuses:
        for i in range(status.shape[0]):
            n_true += status[i] == 2
    cdef double* precision = <double*> _allocate(n_true, sizeof(double))
    try:
        _begin(&walk)
        for status, score in zip(statuses, scores, strict=True):
            with nogil:
                for i in range(status.shape[0]):
                    if status[i]:
                        _step(&walk, status[i], score[i], <double> n_gt, precision)
        with nogil:
            ap = _end(&walk, <double> n_gt, precision, recall_grid)
        return ap, max(walk.best_f1, 0), walk.best_score
    finally:
        free(precision)


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
