# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of ranking, pairing and matching, compiled; each is documented at its twin in ``matching_numpy``.

All loops run without the interpreter lock. The arithmetic is that of pycocotools, in its order, so that both kernels and
pycocotools agree to the bit.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

SOURCE_HASH = "d7375166cfbb4b83"


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


def rank(const int32_t[::1] image_row, const int32_t[::1] class_row, const double[::1] score, int64_t n_images, int64_t n_classes):
    cdef int64_t n = score.shape[0], i
    cdef int32_t c
    by_score_array = np.empty(n, dtype=np.int32)
    by_class_array = np.empty(n, dtype=np.int32)
    by_image_array = np.empty(n, dtype=np.int32)
    rank_array = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] by_score = by_score_array, by_class = by_class_array, by_image = by_image_array, rank_in_group = rank_array
    cdef uint64_t* keys = NULL
    cdef uint64_t* spare_keys = NULL
    cdef int32_t* spare_rows = NULL
    cdef int64_t* counts = NULL
    cdef int32_t* seen = NULL
    cdef int64_t first = 0, last = 0
    try:
        keys = <uint64_t*> _allocate(n, sizeof(uint64_t))
        spare_keys = <uint64_t*> _allocate(n, sizeof(uint64_t))
        spare_rows = <int32_t*> _allocate(n, sizeof(int32_t))
        counts = <int64_t*> _allocate(max(max(n_images, n_classes), 65536) + 1, sizeof(int64_t))
        seen = <int32_t*> _allocate_zeros(n_classes, sizeof(int32_t))
        if n:
            with nogil:
                for i in range(n):
                    spare_rows[i] = <int32_t> i
                _stable_by_group(spare_rows, &class_row[0], n, n_classes, counts, &by_score[0])
                _sort_descending(&score[0], n, &by_score[0], keys, spare_keys, spare_rows, counts)
                _stable_by_group(&by_score[0], &class_row[0], n, n_classes, counts, &by_class[0])
                _stable_by_group(&by_score[0], &image_row[0], n, n_images, counts, &by_image[0])
                while first < n:
                    last = first
                    while last < n and image_row[by_image[last]] == image_row[by_image[first]]:
                        c = class_row[by_image[last]]
                        rank_in_group[by_image[last]] = seen[c]
                        seen[c] += 1
                        last += 1
                    for i in range(first, last):
                        seen[class_row[by_image[i]]] = 0
                    first = last
    finally:
        free(keys)
        free(spare_keys)
        free(spare_rows)
        free(counts)
        free(seen)
    return by_score_array, by_class_array, by_image_array, rank_array


cdef void _sort_descending(
    const double* score, int64_t n, int32_t* rows, uint64_t* keys, uint64_t* spare_keys, int32_t* spare_rows, int64_t* counts
) noexcept nogil:
    """Sort rows, stable, by the bit patterns of their scores, turned so that greater scores have smaller keys (radix sort)."""
    cdef int64_t i, place, total, count
    cdef int digit, shift
    cdef double value
    cdef uint64_t bits, top = (<uint64_t> 1) << 63
    cdef int32_t* from_rows = rows
    cdef int32_t* to_rows = spare_rows
    cdef int32_t* swap_rows
    cdef uint64_t* from_keys = keys
    cdef uint64_t* to_keys = spare_keys
    cdef uint64_t* swap_keys
    for i in range(n):
        value = score[rows[i]] + 0.0  # Minus zero equals zero.
        bits = (<uint64_t*> &value)[0]
        keys[i] = bits if bits & top else ~(bits | top)
    for digit in range(4):
        shift = 16 * digit
        memset(counts, 0, 65536 * sizeof(int64_t))
        for i in range(n):
            counts[(from_keys[i] >> shift) & 0xFFFF] += 1
        if counts[(from_keys[0] >> shift) & 0xFFFF] == n:
            continue
        total = 0
        for i in range(65536):
            count = counts[i]
            counts[i] = total
            total += count
        for i in range(n):
            place = counts[(from_keys[i] >> shift) & 0xFFFF]
            counts[(from_keys[i] >> shift) & 0xFFFF] = place + 1
            to_keys[place] = from_keys[i]
            to_rows[place] = from_rows[i]
        swap_keys = from_keys
        from_keys = to_keys
        to_keys = swap_keys
        swap_rows = from_rows
        from_rows = to_rows
        to_rows = swap_rows
    if from_rows != rows:
        for i in range(n):
            rows[i] = from_rows[i]


cdef void _stable_by_group(
    const int32_t* order, const int32_t* group, int64_t n, int64_t n_groups, int64_t* counts, int32_t* sorted_rows
) noexcept nogil:
    cdef int64_t i, total = 0, count
    memset(counts, 0, (n_groups + 1) * sizeof(int64_t))
    for i in range(n):
        counts[group[i]] += 1
    for i in range(n_groups):
        count = counts[i]
        counts[i] = total
        total += count
    for i in range(n):
        sorted_rows[counts[group[order[i]]]] = order[i]
        counts[group[order[i]]] += 1


def candidate_pairs(
    const double[:, ::1] gt_xywh,
    gt_is_crowd,
    const int64_t[::1] gt_offsets,
    const double[:, ::1] pred_xywh,
    const int32_t[::1] pred_image,
    int64_t first,
    int64_t last,
    double floor,
):
    cdef const uint8_t[::1] is_crowd = _bytes(gt_is_crowd)
    cdef int64_t p, g, n = 0
    cdef double left, right, top, bottom, area, width, height, inter, iou
    with nogil:
        for p in range(first, last):
            left = pred_xywh[p, 0]
            right = pred_xywh[p, 2] + left
            top = pred_xywh[p, 1]
            bottom = pred_xywh[p, 3] + top
            for g in range(gt_offsets[pred_image[p]], gt_offsets[pred_image[p] + 1]):
                width = min(right, gt_xywh[g, 2] + gt_xywh[g, 0]) - max(left, gt_xywh[g, 0])
                height = min(bottom, gt_xywh[g, 3] + gt_xywh[g, 1]) - max(top, gt_xywh[g, 1])
                n += (width > 0) & (height > 0)
    pred_array, gt_array, iou_array = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.float64)
    cdef int32_t[::1] pred_row = pred_array, gt_row = gt_array
    cdef double[::1] pair_iou = iou_array
    n = 0
    with nogil:
        for p in range(first, last):
            left = pred_xywh[p, 0]
            right = pred_xywh[p, 2] + left
            top = pred_xywh[p, 1]
            bottom = pred_xywh[p, 3] + top
            area = pred_xywh[p, 2] * pred_xywh[p, 3]
            for g in range(gt_offsets[pred_image[p]], gt_offsets[pred_image[p] + 1]):
                width = min(right, gt_xywh[g, 2] + gt_xywh[g, 0]) - max(left, gt_xywh[g, 0])
                if not width > 0:
                    continue
                height = min(bottom, gt_xywh[g, 3] + gt_xywh[g, 1]) - max(top, gt_xywh[g, 1])
                if not height > 0:
                    continue
                inter = width * height
                if is_crowd[g]:
                    iou = inter / area
                else:
                    iou = inter / (area + gt_xywh[g, 2] * gt_xywh[g, 3] - inter)
                if iou > 0 and iou >= floor:
                    pred_row[n] = <int32_t> p
                    gt_row[n] = <int32_t> g
                    pair_iou[n] = iou
                    n += 1
    return pred_array[:n], gt_array[:n], iou_array[:n]


def match(
    const int64_t[::1] pred_offsets,
    const int32_t[::1] pair_gt,
    const double[::1] pair_iou,
    pair_allowed,
    const int32_t[::1] pred_image,
    const int32_t[::1] by_image,
    eligible,
    gt_is_crowd,
    gt_ignored,
    double iou_threshold,
):
    cdef const uint8_t[::1] allowed = _bytes(pair_allowed), takes_part = _bytes(eligible)
    cdef const uint8_t[::1] is_crowd = _bytes(gt_is_crowd), is_ignored = _bytes(gt_ignored)
    cdef int64_t n_predictions = by_image.shape[0], n_gt = is_crowd.shape[0], i, m
    cdef int32_t p, g, regular, ignored
    cdef double start = min(iou_threshold, 1 - 1e-10), best_regular, best_ignored
    gt_array = np.full(n_predictions, -1, dtype=np.int32)
    pred_array = np.full(n_gt, -1, dtype=np.int32)
    iou_array = np.zeros(n_predictions)
    cdef int32_t[::1] gt_row_of_pred = gt_array, pred_row_of_gt = pred_array
    cdef double[::1] iou_of_pred = iou_array
    with nogil:
        for i in range(n_predictions):
            p = by_image[i]
            if pred_offsets[p] == pred_offsets[p + 1] or not takes_part[p]:
                continue
            regular = ignored = -1
            best_regular = best_ignored = start
            for m in range(pred_offsets[p], pred_offsets[p + 1]):
                if not allowed[m] or pair_iou[m] < start:
                    continue
                g = pair_gt[m]
                if pred_row_of_gt[g] >= 0 and not is_crowd[g]:
                    continue
                if is_ignored[g]:
                    if pair_iou[m] >= best_ignored:
                        best_ignored = pair_iou[m]
                        ignored = g
                elif pair_iou[m] >= best_regular:
                    best_regular = pair_iou[m]
                    regular = g
            if regular >= 0:
                gt_row_of_pred[p] = regular
                pred_row_of_gt[regular] = p
                iou_of_pred[p] = best_regular
            elif ignored >= 0:
                gt_row_of_pred[p] = ignored
                pred_row_of_gt[ignored] = p
                iou_of_pred[p] = best_ignored
    return gt_array, pred_array, iou_array


cdef struct Candidate:
    double iou
    int32_t gt


def match_grid(
    const int64_t[::1] pred_offsets,
    const int32_t[::1] pair_gt,
    const double[::1] pair_iou,
    pair_allowed,
    const int32_t[::1] pred_image,
    const int64_t[::1] image_offsets,
    const int32_t[::1] by_image,
    eligible,
    const uint8_t[::1] pred_outside,
    gt_is_crowd,
    const uint8_t[::1] gt_ignored,
    const double[::1] iou_grid,
    int64_t first_image,
    int64_t last_image,
    uint64_t[::1] matched,
    uint64_t[::1] ignored,
):
    cdef const uint8_t[::1] allowed = _bytes(pair_allowed), takes_part = _bytes(eligible), is_crowd = _bytes(gt_is_crowd)
    cdef int n_thresholds = <int> iou_grid.shape[0], a, t
    cdef int64_t begin = image_offsets[first_image], end = image_offsets[last_image], i, m, k, n, most = 0
    cdef int64_t first_pair = pred_offsets[begin], last_pair = pred_offsets[end]
    cdef int32_t p, g, lowest_gt = 0, highest_gt = -1
    cdef uint64_t one = 1, row = (one << n_thresholds) - 1, repeat = 0, reached, done, wanted, out
    cdef uint64_t[16] bits_of_areas
    cdef double[64] threshold
    cdef Candidate candidate
    cdef Candidate* near = NULL
    cdef uint64_t* taken = NULL
    for a in range(4):
        repeat |= one << (a * n_thresholds)
    for k in range(16):
        bits_of_areas[k] = 0
        for a in range(4):
            if k >> a & 1:
                bits_of_areas[k] |= row << (a * n_thresholds)
    for t in range(n_thresholds):
        threshold[t] = min(iou_grid[t], 1 - 1e-10)
    if first_pair < last_pair:
        lowest_gt = pair_gt[first_pair]
    with nogil:
        for m in range(first_pair, last_pair):
            lowest_gt = min(lowest_gt, pair_gt[m])
            highest_gt = max(highest_gt, pair_gt[m])
        for i in range(begin, end):
            most = max(most, pred_offsets[i + 1] - pred_offsets[i])
    try:
        near = <Candidate*> _allocate(most, sizeof(Candidate))
        taken = <uint64_t*> _allocate_zeros(max(highest_gt - lowest_gt + 1, 0), sizeof(uint64_t))
        with nogil:
            for i in range(begin, end):
                p = by_image[i]
                done = out = 0
                if takes_part[p]:
                    n = 0
                    for m in range(pred_offsets[p], pred_offsets[p + 1]):
                        if not allowed[m] or pair_iou[m] < threshold[0]:
                            continue
                        candidate.iou = pair_iou[m]
                        candidate.gt = pair_gt[m]
                        k = n
                        # Descending IoU; on equal IoU the later ground truth stands before the earlier.
                        while k > 0 and near[k - 1].iou <= candidate.iou:
                            near[k] = near[k - 1]
                            k -= 1
                        near[k] = candidate
                        n += 1
                    for k in range(n):
                        g = near[k].gt
                        t = n_thresholds
                        while near[k].iou < threshold[t - 1]:
                            t -= 1
                        reached = ((one << t) - 1) * repeat
                        wanted = reached & ~done & ~taken[g - lowest_gt] & ~bits_of_areas[gt_ignored[g]]
                        done |= wanted
                        taken[g - lowest_gt] |= wanted
                    for k in range(n):
                        g = near[k].gt
                        if not gt_ignored[g]:
                            continue
                        t = n_thresholds
                        while near[k].iou < threshold[t - 1]:
                            t -= 1
                        reached = ((one << t) - 1) * repeat
                        wanted = reached & ~done & bits_of_areas[gt_ignored[g]]
                        if not is_crowd[g]:
                            wanted &= ~taken[g - lowest_gt]
                        done |= wanted
                        out |= wanted
                        taken[g - lowest_gt] |= wanted
                matched[p] = done
                ignored[p] = out | (bits_of_areas[pred_outside[p]] & ~done)
    finally:
        free(near)
        free(taken)
