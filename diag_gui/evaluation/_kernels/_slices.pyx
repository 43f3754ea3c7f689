# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loop that counts all object slices at once, compiled; documented at its twin in ``slices_numpy``.

A word holds a bit per slice, so that one decision serves 64 slices. Sums outside are kept as what they lack against a common
base: most objects lie outside most slices. The loop runs without the interpreter lock.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

SOURCE_HASH = "5253df1458bd1ced"

cdef extern from *:
    """
    #if defined(_MSC_VER) && !defined(__clang__)
    #include <intrin.h>
    static int lowest_bit(unsigned long long word) { unsigned long at; _BitScanForward64(&at, word); return (int) at; }
    static int count_bits(unsigned long long word) { return (int) __popcnt64(word); }
    #else
    static int lowest_bit(unsigned long long word) { return __builtin_ctzll(word); }
    static int count_bits(unsigned long long word) { return __builtin_popcountll(word); }
    #endif
    """
    int lowest_bit(unsigned long long word) nogil
    int count_bits(unsigned long long word) nogil

cdef enum:
    LABELS = 0
    TRUE = 1
    FALSE = 2

cdef struct Candidate:
    double iou
    int32_t gt


cdef struct Sums:
    int32_t* inside
    int32_t* outside
    int32_t* base
    double* iou
    const uint64_t* slices
    int64_t n_slices
    int64_t n_words


cdef const uint8_t[::1] _bytes(array):
    return array.view(np.uint8)


cdef void* _allocate_zeros(size_t n, size_t size) except NULL:
    cdef void* memory = calloc(max(n, 1), size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef inline void _add(int32_t* counts, uint64_t word, int32_t weight) noexcept nogil:
    while word:
        counts[lowest_bit(word)] += weight
        word &= word - 1


cdef inline void _add_inside(Sums* sums, int64_t group, int what, int64_t w, uint64_t word) noexcept nogil:
    _add(sums.inside + (3 * group + what) * sums.n_slices + 64 * w, word, 1)


cdef inline void _add_outside(Sums* sums, int64_t group, int what, int64_t w, uint64_t word) noexcept nogil:
    """Add one at every bit of ``word``; where most are set, one to the base, less what is not."""
    cdef int32_t* counts = sums.outside + (3 * group + what) * sums.n_slices + 64 * w
    cdef uint64_t lacking = sums.slices[w] & ~word
    if count_bits(word) > count_bits(lacking):
        sums.base[(3 * group + what) * sums.n_words + w] += 1
        _add(counts, lacking, -1)
    else:
        _add(counts, word, 1)


cdef inline void _add_iou(Sums* sums, int64_t group, int64_t w, uint64_t word, double iou) noexcept nogil:
    cdef double* added = sums.iou + group * sums.n_slices + 64 * w
    while word:
        added[lowest_bit(word)] += iou
        word &= word - 1


cdef void _add_base(Sums* sums, int64_t n_groups) noexcept nogil:
    cdef int64_t row, w, place
    cdef int32_t base
    for row in range(3 * n_groups):
        for w in range(sums.n_words):
            base = sums.base[row * sums.n_words + w]
            if base:
                for place in range(64 * w, min(64 * (w + 1), sums.n_slices)):
                    sums.outside[row * sums.n_slices + place] += base


def count_slices(
    const int64_t[::1] pred_offsets,
    const int32_t[::1] pair_gt,
    const double[::1] pair_iou,
    pair_allowed,
    const int64_t[::1] image_offsets,
    const int32_t[::1] by_image,
    const double[::1] score,
    eligible,
    const int64_t[::1] gt_offsets,
    gt_is_crowd,
    gt_ignored,
    const uint64_t[:, ::1] gt_inside,
    const uint64_t[:, ::1] pred_inside,
    asked,
    double iou_threshold,
    double score_threshold,
    const int32_t[:] gt_group,
    const int32_t[:] pred_group,
    int64_t first_image,
    int64_t last_image,
    int32_t[:, :, ::1] inside,
    int32_t[:, :, ::1] outside,
    double[:, ::1] iou_sum,
    int32_t[::1] n_images,
):
    cdef const uint8_t[::1] allowed = _bytes(pair_allowed), takes_part = _bytes(eligible), is_asked = _bytes(asked)
    cdef const uint8_t[::1] is_crowd = _bytes(gt_is_crowd), is_ignored = _bytes(gt_ignored)
    cdef int64_t n_words = gt_inside.shape[1], n_slices = inside.shape[2], n_groups = inside.shape[0]
    cdef int64_t i, k, m, n, c, w, at, most_pairs = 0, most_gt = 0, first_gt
    cdef double start = min(iou_threshold, 1 - 1e-10)
    cdef int32_t p, g
    cdef uint64_t word, wanted, one = 1, every = ~<uint64_t> 0, left
    cdef Candidate candidate
    cdef Candidate* near = NULL
    cdef uint64_t* memory = NULL
    cdef uint64_t* slices
    cdef uint64_t* seen
    cdef uint64_t* done_inside
    cdef uint64_t* done_outside
    cdef uint64_t* taken_inside
    cdef uint64_t* taken_outside
    cdef Sums sums
    if n_slices == 0 or first_image == last_image:
        return
    for i in range(first_image, last_image):
        most_gt = max(most_gt, gt_offsets[i + 1] - gt_offsets[i])
    for k in range(image_offsets[first_image], image_offsets[last_image]):
        most_pairs = max(most_pairs, pred_offsets[k + 1] - pred_offsets[k])
    sums.inside, sums.outside, sums.iou = &inside[0, 0, 0], &outside[0, 0, 0], &iou_sum[0, 0]
    sums.base = NULL
    sums.n_slices, sums.n_words = n_slices, n_words
    try:
        near = <Candidate*> _allocate_zeros(most_pairs, sizeof(Candidate))
        sums.base = <int32_t*> _allocate_zeros(3 * n_groups * n_words, sizeof(int32_t))
        memory = <uint64_t*> _allocate_zeros((4 + 2 * most_gt) * n_words, sizeof(uint64_t))
        slices, seen, done_inside, done_outside = memory, memory + n_words, memory + 2 * n_words, memory + 3 * n_words
        taken_inside = memory + 4 * n_words
        taken_outside = taken_inside + most_gt * n_words
        sums.slices = slices
        with nogil:
            for w in range(n_words):
                slices[w] = every if n_slices >= 64 * (w + 1) else (one << (n_slices - 64 * w)) - 1
            for i in range(first_image, last_image):
                if not is_asked[i]:
                    continue
                first_gt = gt_offsets[i]
                n = gt_offsets[i + 1] - first_gt
                memset(taken_inside, 0, n * n_words * sizeof(uint64_t))
                memset(taken_outside, 0, n * n_words * sizeof(uint64_t))
                memset(seen, 0, n_words * sizeof(uint64_t))
                for g in range(<int32_t> first_gt, <int32_t> gt_offsets[i + 1]):
                    if is_ignored[g]:
                        continue
                    for w in range(n_words):
                        word = gt_inside[g, w]
                        seen[w] |= word
                        _add_inside(&sums, gt_group[g], LABELS, w, word)
                        _add_outside(&sums, gt_group[g], LABELS, w, slices[w] & ~word)
                for w in range(n_words):
                    _add(&n_images[64 * w], seen[w], 1)
                for k in range(image_offsets[i], image_offsets[i + 1]):
                    p = by_image[k]
                    if score[p] < score_threshold:
                        break
                    if not takes_part[p]:
                        continue
                    n = 0
                    for m in range(pred_offsets[p], pred_offsets[p + 1]):
                        if not allowed[m] or pair_iou[m] < start:
                            continue
                        candidate.iou = pair_iou[m]
                        candidate.gt = pair_gt[m]
                        c = n
                        # Descending IoU; on equal IoU the later ground truth stands before the earlier.
                        while c > 0 and near[c - 1].iou <= candidate.iou:
                            near[c] = near[c - 1]
                            c -= 1
                        near[c] = candidate
                        n += 1
                    for w in range(n_words):
                        done_inside[w] = done_outside[w] = 0
                    for c in range(n):
                        g = near[c].gt
                        if is_ignored[g]:
                            continue
                        for w in range(n_words):
                            at = (g - first_gt) * n_words + w
                            word = gt_inside[g, w]
                            wanted = word & ~done_inside[w] & ~taken_inside[at]
                            done_inside[w] |= wanted
                            taken_inside[at] |= wanted
                            _add_inside(&sums, pred_group[p], TRUE, w, wanted)
                            _add_iou(&sums, pred_group[p], w, wanted, near[c].iou)
                            wanted = slices[w] & ~word & ~done_outside[w] & ~taken_outside[at]
                            done_outside[w] |= wanted
                            taken_outside[at] |= wanted
                            _add_outside(&sums, pred_group[p], TRUE, w, wanted)
                    for c in range(n):
                        g = near[c].gt
                        for w in range(n_words):
                            at = (g - first_gt) * n_words + w
                            word = gt_inside[g, w]
                            left = every if is_crowd[g] else ~taken_inside[at]
                            wanted = (every if is_ignored[g] else ~word) & ~done_inside[w] & left
                            done_inside[w] |= wanted
                            taken_inside[at] |= wanted
                            left = every if is_crowd[g] else ~taken_outside[at]
                            wanted = (every if is_ignored[g] else word) & ~done_outside[w] & left
                            done_outside[w] |= wanted
                            taken_outside[at] |= wanted
                    for w in range(n_words):
                        word = pred_inside[p, w]
                        _add_inside(&sums, pred_group[p], FALSE, w, word & ~done_inside[w])
                        _add_outside(&sums, pred_group[p], FALSE, w, slices[w] & ~word & ~done_outside[w])
            _add_base(&sums, n_groups)
    finally:
        free(near)
        free(sums.base)
        free(memory)
