# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The hot loops of errors and confusion, compiled. Each function has a readable twin in ``errors_numpy``."""

import numpy as np

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint8_t

SOURCE_HASH = "bddfc0112b7e5162"

cdef enum:
    NOT_KEPT = 0
    TRUE_POSITIVE = 1
    BACKGROUND = 3
    LOCALIZATION = 4
    CLASSIFICATION = 5
    BOTH = 6
    DUPLICATE = 7
    IGNORED = 8


def nearest(
    const int64_t[::1] pred_offsets,
    const int32_t[::1] pair_gt,
    const double[::1] pair_iou,
    same_class_array,
    gt_ignored_array,
):
    cdef const uint8_t[::1] same_class = same_class_array.view(np.uint8)
    cdef const uint8_t[::1] gt_ignored = gt_ignored_array.view(np.uint8)
    cdef Py_ssize_t n = pred_offsets.shape[0] - 1
    same_iou_array, other_iou_array = np.zeros(n), np.zeros(n)
    same_gt_array, other_gt_array = np.full(n, -1, dtype=np.int32), np.full(n, -1, dtype=np.int32)
    cdef double[::1] same_iou = same_iou_array
    cdef double[::1] other_iou = other_iou_array
    cdef int32_t[::1] same_gt = same_gt_array
    cdef int32_t[::1] other_gt = other_gt_array
    cdef Py_ssize_t p
    cdef int64_t k
    cdef int32_t g
    with nogil:
        for p in range(n):
            for k in range(pred_offsets[p], pred_offsets[p + 1]):
                g = pair_gt[k]
                if gt_ignored[g]:
                    continue
                if same_class[k]:
                    if pair_iou[k] > same_iou[p]:
                        same_iou[p] = pair_iou[k]
                        same_gt[p] = g
                elif pair_iou[k] > other_iou[p]:
                    other_iou[p] = pair_iou[k]
                    other_gt[p] = g
    return same_iou_array, same_gt_array, other_iou_array, other_gt_array


def match_any_class(
    const int64_t[::1] pred_offsets,
    const int32_t[::1] pair_gt,
    const double[::1] pair_iou,
    same_class_array,
    const int32_t[::1] by_image,
    kept_array,
    gt_ignored_array,
    double iou_threshold,
):
    cdef const uint8_t[::1] same_class = same_class_array.view(np.uint8)
    cdef const uint8_t[::1] kept = kept_array.view(np.uint8)
    cdef const uint8_t[::1] gt_ignored = gt_ignored_array.view(np.uint8)
    cdef Py_ssize_t n = by_image.shape[0]
    cdef Py_ssize_t n_gt = gt_ignored.shape[0]
    matched_array = np.full(n, -1, dtype=np.int32)
    excused_array = np.zeros(n, dtype=np.bool_)
    cdef int32_t[::1] matched = matched_array
    cdef uint8_t[::1] excused = excused_array.view(np.uint8)
    cdef uint8_t[::1] is_gone = gt_ignored_array.astype(np.uint8)
    cdef double lowest = min(iou_threshold, 1 - 1e-10)
    cdef double best
    cdef Py_ssize_t i
    cdef int64_t k
    cdef int32_t p, g, best_gt
    cdef uint8_t on_ignored
    with nogil:
        for i in range(n):
            p = by_image[i]
            if not kept[p]:
                continue
            best = lowest
            best_gt = -1
            on_ignored = 0
            for k in range(pred_offsets[p], pred_offsets[p + 1]):
                if pair_iou[k] < best:
                    # Between the threshold and the best so far, ignored ground truth still excuses.
                    if pair_iou[k] < lowest or not same_class[k]:
                        continue
                g = pair_gt[k]
                if gt_ignored[g]:
                    if same_class[k]:
                        on_ignored = 1
                elif not is_gone[g] and pair_iou[k] >= best:
                    best = pair_iou[k]
                    best_gt = g
            if best_gt >= 0:
                matched[p] = best_gt
                is_gone[best_gt] = 1
            else:
                excused[p] = on_ignored
    return matched_array, excused_array


def error_kinds(
    const double[::1] same_iou,
    const int32_t[::1] same_gt,
    const double[::1] other_iou,
    const int32_t[::1] other_gt,
    const int32_t[::1] gt_row_of_pred,
    pred_ignored_array,
    const double[::1] iou_of_pred,
    kept_array,
    double iou_threshold,
    double background_iou,
):
    cdef const uint8_t[::1] pred_ignored = pred_ignored_array.view(np.uint8)
    cdef const uint8_t[::1] kept = kept_array.view(np.uint8)
    cdef Py_ssize_t n = kept.shape[0]
    kind_array = np.zeros(n, dtype=np.uint8)
    target_array = np.full(n, -1, dtype=np.int32)
    iou_array = np.full(n, NAN)
    cdef uint8_t[::1] kind = kind_array
    cdef int32_t[::1] target = target_array
    cdef double[::1] iou = iou_array
    cdef Py_ssize_t p
    cdef double same, other
    with nogil:
        for p in range(n):
            if not kept[p]:
                continue
            if pred_ignored[p] or gt_row_of_pred[p] >= 0:
                kind[p] = IGNORED if pred_ignored[p] else TRUE_POSITIVE
                if gt_row_of_pred[p] >= 0:
                    target[p] = gt_row_of_pred[p]
                    iou[p] = iou_of_pred[p]
                continue
            same = same_iou[p]
            other = other_iou[p]
            if same_gt[p] >= 0 and background_iou <= same <= iou_threshold:
                kind[p] = LOCALIZATION
            elif other >= iou_threshold:
                kind[p] = CLASSIFICATION
            elif same >= iou_threshold:
                kind[p] = DUPLICATE
            elif same <= background_iou and other <= background_iou:
                kind[p] = BACKGROUND
                continue
            else:
                kind[p] = BOTH
            if kind[p] == LOCALIZATION or kind[p] == DUPLICATE or (kind[p] == BOTH and same >= other):
                target[p] = same_gt[p]
                iou[p] = same
            else:
                target[p] = other_gt[p]
                iou[p] = other
    return kind_array, target_array, iou_array


def one_way_ious(
    const double[:, ::1] chooser_xywh,
    const int32_t[::1] chooser_image,
    const int32_t[::1] chooser_class,
    const int64_t[::1] turns,
    const double[:, ::1] offered_xywh,
    const int64_t[::1] offered_offsets,
    const int32_t[::1] offered_class,
):
    recorded_array = np.zeros(chooser_xywh.shape[0])
    cdef double[::1] recorded = recorded_array
    cdef uint8_t[::1] is_gone = np.zeros(offered_xywh.shape[0], dtype=np.uint8)
    cdef Py_ssize_t i
    cdef int64_t a, b, best_row
    cdef double x, y, w, h, x_end, y_end, width, height, inter, iou, best
    with nogil:
        for i in range(turns.shape[0]):
            a = turns[i]
            x, y, w, h = chooser_xywh[a, 0], chooser_xywh[a, 1], chooser_xywh[a, 2], chooser_xywh[a, 3]
            if not (w > 0 and h > 0):
                continue
            x_end = w + x
            y_end = h + y
            best = -1.0
            best_row = -1
            for b in range(offered_offsets[chooser_image[a]], offered_offsets[chooser_image[a] + 1]):
                if is_gone[b] or not (offered_xywh[b, 2] > 0 and offered_xywh[b, 3] > 0):
                    continue
                width = min(x_end, offered_xywh[b, 2] + offered_xywh[b, 0]) - max(x, offered_xywh[b, 0])
                if width < 0:
                    continue
                height = min(y_end, offered_xywh[b, 3] + offered_xywh[b, 1]) - max(y, offered_xywh[b, 1])
                if height < 0:
                    continue
                inter = width * height
                iou = inter / (w * h + offered_xywh[b, 2] * offered_xywh[b, 3] - inter)
                if iou > best:
                    best = iou
                    best_row = b
            if best_row >= 0 and offered_class[best_row] == chooser_class[a]:
                recorded[a] = best
                is_gone[best_row] = 1
    return recorded_array
