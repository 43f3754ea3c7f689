# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of pairing and matching, compiled; each is documented at its twin in ``matching_numpy``.

All loops run without the interpreter lock. The arithmetic is that of pycocotools, in its order, so that both kernels and
pycocotools agree to the bit.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

SOURCE_HASH = "3696fb606108504d"


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


cdef struct Edges:
    double* left
    double* top
    double* right
    double* bottom
    double* area


cdef void _find_edges(const double* xywh, int64_t n, Edges* edges) noexcept nogil:
    cdef int64_t i
    for i in range(n):
        edges.left[i] = xywh[4 * i]
        edges.top[i] = xywh[4 * i + 1]
        edges.right[i] = xywh[4 * i + 2] + xywh[4 * i]
        edges.bottom[i] = xywh[4 * i + 3] + xywh[4 * i + 1]
        edges.area[i] = xywh[4 * i + 2] * xywh[4 * i + 3]


cdef void _intersect(const double* xywh, const Edges* edges, int64_t first, int64_t last, double* inter) noexcept nogil:
    """Fill the area that one box shares with each of some others; 0 where it shares none."""
    cdef double left = xywh[0], top = xywh[1], right = xywh[2] + xywh[0], bottom = xywh[3] + xywh[1], width, height
    cdef const double* lefts = edges.left
    cdef const double* tops = edges.top
    cdef const double* rights = edges.right
    cdef const double* bottoms = edges.bottom
    cdef int64_t g
    for g in range(first, last):
        width = (right if right < rights[g] else rights[g]) - (left if left > lefts[g] else lefts[g])
        height = (bottom if bottom < bottoms[g] else bottoms[g]) - (top if top > tops[g] else tops[g])
        inter[g - first] = (width if width > 0 else 0) * (height if height > 0 else 0)


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
    cdef int64_t p, g, k, n_near, first_gt, last_gt, base = 0, n_gt = 0, most = 0, n = 0
    cdef double area, iou
    cdef Edges edges
    cdef double* memory = NULL
    cdef double* inter = NULL
    cdef int32_t* near = NULL
    if first < last:
        base = gt_offsets[pred_image[first]]
        n_gt = gt_offsets[pred_image[last - 1] + 1] - base
    for p in range(first, last):
        k = gt_offsets[pred_image[p] + 1] - gt_offsets[pred_image[p]]
        most = max(most, k)
        n += k
    # As many as there could be: memory that is never written to is never taken.
    pred_array, gt_array, iou_array = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.float64)
    cdef int32_t[::1] pred_row = pred_array, gt_row = gt_array
    cdef double[::1] pair_iou = iou_array
    n = 0
    try:
        if n_gt:
            memory = <double*> _allocate(5 * n_gt, sizeof(double))
            inter = <double*> _allocate(most, sizeof(double))
            near = <int32_t*> _allocate(most, sizeof(int32_t))
            edges.left, edges.top, edges.right = memory, memory + n_gt, memory + 2 * n_gt
            edges.bottom, edges.area = memory + 3 * n_gt, memory + 4 * n_gt
            with nogil:
                _find_edges(&gt_xywh[base, 0], n_gt, &edges)
                for p in range(first, last):
                    first_gt, last_gt = gt_offsets[pred_image[p]] - base, gt_offsets[pred_image[p] + 1] - base
                    _intersect(&pred_xywh[p, 0], &edges, first_gt, last_gt, inter)
                    n_near = 0
                    for g in range(first_gt, last_gt):
                        near[n_near] = <int32_t> g
                        n_near += inter[g - first_gt] > 0
                    area = pred_xywh[p, 2] * pred_xywh[p, 3]
                    for k in range(n_near):
                        g = near[k]
                        if is_crowd[base + g]:
                            iou = inter[g - first_gt] / area
                        else:
                            iou = inter[g - first_gt] / (area + edges.area[g] - inter[g - first_gt])
                        if iou > 0 and iou >= floor:
                            pred_row[n] = <int32_t> p
                            gt_row[n] = <int32_t> (base + g)
                            pair_iou[n] = iou
                            n += 1
    finally:
        free(memory)
        free(inter)
        free(near)
    return pred_array[:n], gt_array[:n], iou_array[:n]


def link_pairs(
    const int32_t[::1] pred_row,
    const int32_t[::1] gt_row,
    const int32_t[::1] pred_class,
    const int32_t[::1] gt_class,
):
    cdef int64_t n = pred_row.shape[0], n_predictions = pred_class.shape[0], m, p = 0
    same_array, offsets_array = np.empty(n, np.bool_), np.empty(n_predictions + 1, np.int64)
    cdef uint8_t[::1] same_class = same_array.view(np.uint8)
    cdef int64_t[::1] pred_offsets = offsets_array
    with nogil:
        for m in range(n):
            while p <= pred_row[m]:
                pred_offsets[p] = m
                p += 1
            same_class[m] = pred_class[pred_row[m]] == gt_class[gt_row[m]]
        for p in range(p, n_predictions + 1):
            pred_offsets[p] = n
    return same_array, offsets_array


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
