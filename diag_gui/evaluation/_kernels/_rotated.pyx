# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loop that pairs rotated boxes, compiled; documented at its twin in ``rotated_numpy``. It runs without the interpreter lock."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t

SOURCE_HASH = "aa5e378a6f0edffa"

cdef enum:
    CONVEX = 4
    MOST = 24  # Corners of an outline: cutting adds at most half as many, and 4 grow to 6, 9, 13 and 19.

cdef double TOUCHING = 1e-10


def candidate_pairs(
    const double[:, ::1] gt_corners,
    const double[:, ::1] gt_bounds,
    const double[::1] gt_area,
    const uint8_t[::1] gt_inward,
    gt_is_crowd,
    const int64_t[::1] gt_offsets,
    const double[:, ::1] pred_corners,
    const double[:, ::1] pred_bounds,
    const double[::1] pred_area,
    const uint8_t[::1] pred_inward,
    const int32_t[::1] pred_image,
    int64_t first,
    int64_t last,
    double floor,
):
    cdef const uint8_t[::1] is_crowd = gt_is_crowd.view(np.uint8)
    cdef int64_t p, g, n = 0
    cdef double left, top, right, bottom, inter, iou
    with nogil:
        for p in range(first, last):
            left = pred_bounds[p, 0]
            top = pred_bounds[p, 1]
            right = pred_bounds[p, 2]
            bottom = pred_bounds[p, 3]
            for g in range(gt_offsets[pred_image[p]], gt_offsets[pred_image[p] + 1]):
                n += (
                    (min(right, gt_bounds[g, 2]) > max(left, gt_bounds[g, 0]))
                    & (min(bottom, gt_bounds[g, 3]) > max(top, gt_bounds[g, 1]))
                )
    pred_array, gt_array, iou_array = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.float64)
    cdef int32_t[::1] pred_row = pred_array, gt_row = gt_array
    cdef double[::1] pair_iou = iou_array
    n = 0
    with nogil:
        for p in range(first, last):
            if not pred_area[p] > 0:
                continue
            left = pred_bounds[p, 0]
            top = pred_bounds[p, 1]
            right = pred_bounds[p, 2]
            bottom = pred_bounds[p, 3]
            for g in range(gt_offsets[pred_image[p]], gt_offsets[pred_image[p] + 1]):
                if not min(right, gt_bounds[g, 2]) > max(left, gt_bounds[g, 0]):
                    continue
                if not (min(bottom, gt_bounds[g, 3]) > max(top, gt_bounds[g, 1]) and gt_area[g] > 0):
                    continue
                inter = common_area(&pred_corners[p, 0], pred_inward[p], &gt_corners[g, 0], gt_inward[g])
                if not inter > TOUCHING * min(pred_area[p], gt_area[g]):
                    continue
                if is_crowd[g]:
                    iou = inter / pred_area[p]
                else:
                    iou = inter / (pred_area[p] + gt_area[g] - inter)
                if iou >= floor:
                    pred_row[n] = <int32_t> p
                    gt_row[n] = <int32_t> g
                    pair_iou[n] = min(iou, 1.0)
                    n += 1
    return pred_array[:n], gt_array[:n], iou_array[:n]


cdef double common_area(const double* one, int one_inward, const double* other, int other_inward) noexcept nogil:
    cdef const double* cut = one
    cdef const double* cutting = other
    cdef int split_at = other_inward, k, c
    cdef double origin_x, origin_y
    cdef double[4] x, y, edge_x, edge_y, half_x, half_y
    if other_inward != CONVEX and one_inward == CONVEX:
        cut = other
        cutting = one
        split_at = CONVEX
    origin_x = cutting[0]
    origin_y = cutting[1]
    for k in range(4):
        x[k] = cut[2 * k] - origin_x
        y[k] = cut[2 * k + 1] - origin_y
        edge_x[k] = cutting[2 * k] - origin_x
        edge_y[k] = cutting[2 * k + 1] - origin_y
    if split_at == CONVEX:
        return clipped_area(x, y, edge_x, edge_y, 4)
    for k in range(3):
        c = (split_at + k) % 4
        half_x[k] = edge_x[c]
        half_y[k] = edge_y[c]
    cdef double first_half = clipped_area(x, y, half_x, half_y, 3)
    for k in range(1, 3):
        c = (split_at + k + 1) % 4
        half_x[k] = edge_x[c]
        half_y[k] = edge_y[c]
    return first_half + clipped_area(x, y, half_x, half_y, 3)


cdef double clipped_area(const double* x, const double* y, const double* edge_x, const double* edge_y, int n_edges) noexcept nogil:
    cdef double[2][MOST] at_x, at_y
    cdef double[MOST] side
    cdef int count = 4, edge, onwards, k, following, n, now = 0
    cdef double ax, ay, wx, wy, share, area = 0
    for k in range(4):
        at_x[0][k] = x[k]
        at_y[0][k] = y[k]
    for edge in range(n_edges):
        onwards = edge + 1 if edge + 1 < n_edges else 0
        ax = edge_x[edge]
        ay = edge_y[edge]
        wx = edge_x[onwards] - ax
        wy = edge_y[onwards] - ay
        n = 0
        for k in range(count):
            side[k] = wx * (at_y[now][k] - ay) - wy * (at_x[now][k] - ax)
            n += side[k] >= 0
        if n == count:
            continue
        if n == 0:
            return 0
        n = 0
        for k in range(count):
            following = k + 1 if k + 1 < count else 0
            if side[k] >= 0:
                at_x[1 - now][n] = at_x[now][k]
                at_y[1 - now][n] = at_y[now][k]
                n += 1
            if (side[k] >= 0) != (side[following] >= 0):
                share = side[k] / (side[k] - side[following])
                at_x[1 - now][n] = at_x[now][k] + share * (at_x[now][following] - at_x[now][k])
                at_y[1 - now][n] = at_y[now][k] + share * (at_y[now][following] - at_y[now][k])
                n += 1
        count = n
        now = 1 - now
    for k in range(1, count - 1):
        area += (at_x[now][k] - at_x[now][0]) * (at_y[now][k + 1] - at_y[now][0]) - (
            at_y[now][k] - at_y[now][0]
        ) * (at_x[now][k + 1] - at_x[now][0])
    return area * 0.5
