# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of rules other than COCO's, compiled; each is documented at its twin in ``rules_numpy``."""

import numpy as np

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport calloc, free, malloc

SOURCE_HASH = "ec901dc2f2211a88"


def listed(
    const int64_t[::1] image_offsets,
    const int32_t[::1] class_row,
    const int64_t[::1] offsets,
    const int32_t[::1] rows,
    int64_t n_classes,
):
    result = np.zeros(class_row.shape[0], dtype=np.bool_)
    cdef uint8_t[::1] is_listed = result.view(np.uint8)
    cdef int64_t n_images = offsets.shape[0] - 1, i, k
    # Per class, one more than the last image whose list it was in: nothing is wiped between images.
    cdef int64_t* last = <int64_t*> calloc(max(n_classes, 1), sizeof(int64_t))
    if last == NULL:
        raise MemoryError
    try:
        with nogil:
            for i in range(n_images):
                for k in range(offsets[i], offsets[i + 1]):
                    last[rows[k]] = i + 1
                for k in range(image_offsets[i], image_offsets[i + 1]):
                    is_listed[k] = last[class_row[k]] == i + 1
    finally:
        free(last)
    return result


def take_best(
    const int32_t[::1] order,
    const int32_t[::1] best_gt,
    const double[::1] best_iou,
    const double[::1] excuse,
    gt_ignored_array,
    counted_array,
    double threshold,
):
    cdef const uint8_t[::1] gt_ignored = gt_ignored_array.view(np.uint8), counted = counted_array.view(np.uint8)
    cdef int64_t n = order.shape[0], n_gt = gt_ignored.shape[0], i
    cdef int32_t p, g
    status_array = np.zeros(n, dtype=np.uint8)
    cdef uint8_t[::1] status = status_array
    cdef uint8_t* taken = <uint8_t*> calloc(max(n_gt, 1), 1)
    if taken == NULL:
        raise MemoryError
    try:
        with nogil:
            for i in range(n):
                p = order[i]
                if not counted[p]:
                    continue
                g = best_gt[p]
                if g >= 0 and best_iou[p] >= threshold:
                    if gt_ignored[g]:
                        continue
                    if not taken[g]:
                        taken[g] = 1
                        status[p] = 2
                        continue
                if not excuse[p] >= threshold:
                    status[p] = 1
    finally:
        free(taken)
    return status_array


def area_under(
    const int32_t[::1] order,
    const int64_t[::1] class_offsets,
    const uint8_t[::1] status,
    const int64_t[::1] n_gt,
    const double[::1] recalls,
):
    cdef int64_t n_classes = n_gt.shape[0], c, i, k, n_recalls = recalls.shape[0], found, seen, at, most = 0
    cdef double total
    ap_array = np.empty(n_classes)
    cdef double[::1] ap = ap_array
    cdef double* envelope
    for c in range(n_classes):
        most = max(most, class_offsets[c + 1] - class_offsets[c])
    envelope = <double*> malloc(max(most, 1) * sizeof(double))
    if envelope == NULL:
        raise MemoryError
    try:
        with nogil:
            for c in range(n_classes):
                if n_gt[c] <= 0:
                    ap[c] = NAN
                    continue
                found = seen = 0
                for i in range(class_offsets[c], class_offsets[c + 1]):
                    if status[order[i]] == 0:
                        continue
                    seen += 1
                    if status[order[i]] == 2:
                        envelope[found] = (<double> (found + 1)) / (<double> seen)
                        found += 1
                for i in range(found - 2, -1, -1):
                    envelope[i] = max(envelope[i], envelope[i + 1])
                total = 0.0
                if n_recalls == 0:
                    for i in range(found):
                        total += envelope[i] / (<double> n_gt[c])
                    ap[c] = total
                    continue
                at = 0
                for k in range(n_recalls):
                    while at < found and (<double> (at + 1)) / (<double> n_gt[c]) < recalls[k]:
                        at += 1
                    if at < found:
                        total += envelope[at]
                ap[c] = total / (<double> n_recalls)
    finally:
        free(envelope)
    return ap_array
