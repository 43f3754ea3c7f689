# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of figures without pairs, compiled; each is documented at its twin in ``streaming_numpy``.

All loops run without the interpreter lock. Overlaps live in memory of one image only. The arithmetic is that of pycocotools,
in its order.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from diag_gui.evaluation._kernels._ranking cimport sort_keys

SOURCE_HASH = "822a588fff8bb37c"

cdef enum:
    N_AREAS = 4
    OWN = 4  # The place, after the area ranges, of thresholds that go by no range.
    MATCHED = 1 << 5
    CUT = 1 << 6
    HIGHEST_RANK = 255


cdef void* _allocate(size_t n, size_t size) except NULL:
    cdef void* memory = malloc(max(n, 1) * size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef void* _zeros(size_t n, size_t size) except NULL:
    cdef void* memory = calloc(max(n, 1), size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef inline uint64_t _descending_key(double score) noexcept nogil:
    cdef double value = score + 0.0  # Minus zero equals zero.
    cdef uint64_t bits = (<uint64_t*> &value)[0], top = (<uint64_t> 1) << 63
    return bits if bits & top else ~(bits | top)


cdef inline double _score_of(uint64_t key) noexcept nogil:
    cdef uint64_t top = (<uint64_t> 1) << 63, bits = key if key & top else ~(key | top)
    return (<double*> &bits)[0]


cdef struct Truth:
    double left
    double top
    double right
    double bottom
    double area
    uint64_t ignored  # The bits at which it is ignored.
    uint64_t taken  # The bits at which it is taken.
    bint is_crowd


cdef struct Candidate:
    double iou
    int32_t place


cdef struct Thresholds:
    int n_grid
    int n_own
    double lowest
    double hopeless  # Below this share no rounding helps.
    double[16] grid
    double[8] own
    uint64_t every_area
    uint64_t[32] bits_of_places  # By the bits of the places that something lies outside of.


cdef void _prepare(Thresholds* thresholds, const double[::1] iou_grid, const double[::1] own_thresholds) noexcept:
    cdef int t, a, k
    cdef uint64_t one = 1, row
    thresholds.n_grid, thresholds.n_own = <int> iou_grid.shape[0], <int> own_thresholds.shape[0]
    row = (one << thresholds.n_grid) - 1
    thresholds.lowest = 2
    for t in range(thresholds.n_grid):
        thresholds.grid[t] = min(iou_grid[t], 1 - 1e-10)
        thresholds.lowest = min(thresholds.lowest, thresholds.grid[t])
    for t in range(thresholds.n_own):
        thresholds.own[t] = min(own_thresholds[t], 1 - 1e-10)
        thresholds.lowest = min(thresholds.lowest, thresholds.own[t])
    thresholds.hopeless = thresholds.lowest * (1 - 1e-9)
    thresholds.every_area = 0
    for a in range(N_AREAS):
        thresholds.every_area |= one << (a * thresholds.n_grid)
    for k in range(32):
        thresholds.bits_of_places[k] = 0
        for a in range(N_AREAS):
            if k >> a & 1:
                thresholds.bits_of_places[k] |= row << (a * thresholds.n_grid)
        if k >> OWN & 1:
            thresholds.bits_of_places[k] |= ((one << thresholds.n_own) - 1) << (N_AREAS * thresholds.n_grid)


cdef inline uint64_t _reached(const Thresholds* thresholds, double iou) noexcept nogil:
    """Return the bits of the thresholds that an IoU reaches."""
    cdef int t = thresholds.n_grid
    cdef uint64_t one = 1, bits
    while t > 0 and iou < thresholds.grid[t - 1]:
        t -= 1
    bits = ((one << t) - 1) * thresholds.every_area
    for t in range(thresholds.n_own):
        if iou >= thresholds.own[t]:
            bits |= one << (N_AREAS * thresholds.n_grid + t)
    return bits


cdef inline uint8_t _outside(double area, const double* area_ranges) noexcept nogil:
    cdef int a
    cdef uint8_t bits = 0
    for a in range(N_AREAS):
        bits |= ((area < area_ranges[2 * a]) | (area > area_ranges[2 * a + 1])) << a
    return bits


cdef struct Entry:
    uint64_t matched
    uint64_t ignored
    double iou
    uint8_t rank


cdef bint _take(
    const double* xywh,
    uint8_t outside,
    Truth* truths,
    int64_t n_truths,
    const Thresholds* thresholds,
    Candidate* near,
    Entry* entry,
) noexcept nogil:
    """Let a prediction take ground truth of its image and class; return whether it took any anywhere."""
    cdef double left = xywh[0], top = xywh[1], right = xywh[2] + xywh[0], bottom = xywh[3] + xywh[1], area = xywh[2] * xywh[3]
    cdef double width, height, inter, whole, iou
    cdef uint64_t done = 0, out = 0, wanted, own = (<uint64_t> 1) << (N_AREAS * thresholds.n_grid)
    cdef int64_t g, k, n = 0
    cdef bint any_ignored = False
    cdef Truth* truth
    for g in range(n_truths):
        truth = truths + g
        width = min(right, truth.right) - max(left, truth.left)
        height = min(bottom, truth.bottom) - max(top, truth.top)
        inter = width * height
        whole = area if truth.is_crowd else area + truth.area - inter
        # One test that rarely holds instead of three of which each holds half of the time.
        if not (width > 0) & (height > 0) & (inter >= thresholds.hopeless * whole):
            continue
        iou = inter / whole
        if not (iou > 0 and iou >= thresholds.lowest):
            continue
        k = n
        # Descending IoU; on equal IoU the later ground truth stands before the earlier.
        while k > 0 and near[k - 1].iou <= iou:
            near[k] = near[k - 1]
            k -= 1
        near[k].iou, near[k].place = iou, <int32_t> g
        any_ignored |= truth.ignored != 0
        n += 1
    if n == 0:
        return False
    entry.iou = 0
    for k in range(n):
        truth = truths + near[k].place
        wanted = _reached(thresholds, near[k].iou) & ~done & ~truth.taken & ~truth.ignored
        if wanted & own:
            entry.iou = near[k].iou
        done |= wanted
        truth.taken |= wanted
    if any_ignored:
        for k in range(n):
            truth = truths + near[k].place
            wanted = _reached(thresholds, near[k].iou) & ~done & truth.ignored
            if not truth.is_crowd:
                wanted &= ~truth.taken
            if wanted & own:
                entry.iou = near[k].iou
            done |= wanted
            out |= wanted
            truth.taken |= wanted
    entry.matched = done
    entry.ignored = out | (thresholds.bits_of_places[outside] & ~done)
    return done != 0


def match_images(
    const int64_t[::1] gt_offsets,
    const int32_t[::1] gt_class,
    const double[:, ::1] gt_xywh,
    const double[::1] gt_area,
    gt_is_crowd,
    gt_is_ignored,
    const int64_t[::1] pred_offsets,
    const int32_t[::1] pred_class,
    const double[:, ::1] pred_xywh,
    const double[::1] pred_score,
    const double[:, ::1] area_ranges,
    const double[::1] iou_grid,
    const double[::1] own_thresholds,
    int64_t max_detections,
    int64_t n_classes,
):
    cdef const uint8_t[::1] is_crowd = gt_is_crowd.view(np.uint8), is_ignored = gt_is_ignored.view(np.uint8)
    cdef int64_t n_images = gt_offsets.shape[0] - 1, n_predictions = pred_class.shape[0], n_gt = gt_class.shape[0]
    cdef int64_t image, begin, end, first_gt, last_gt, i, k, p, n_slots, n_sorted, most = 0, most_gt = 0, n_entries = 0
    cdef int32_t c, slot
    cdef uint8_t places
    cdef Thresholds thresholds
    cdef Truth* truth
    cdef Truth* truths = NULL
    cdef Candidate* near = NULL
    cdef Entry* entries = NULL
    cdef uint64_t* keys = NULL
    cdef uint64_t* spare_keys = NULL
    cdef int32_t* rows = NULL
    cdef int32_t* spare_rows = NULL
    cdef int32_t* entry_of = NULL
    cdef int32_t* slot_of_class = NULL
    cdef int32_t* class_of_slot = NULL
    cdef int64_t* slot_begin = NULL
    cdef int64_t* slot_next = NULL
    cdef int32_t* seen = NULL
    flags_array = np.empty(n_predictions, np.uint8)
    cdef uint8_t[::1] flags = flags_array
    n_gt_array = np.zeros((N_AREAS + 1, n_classes), np.int64)
    cdef int64_t[:, ::1] n_counted = n_gt_array
    _prepare(&thresholds, iou_grid, own_thresholds)
    for image in range(n_images):
        most = max(most, pred_offsets[image + 1] - pred_offsets[image])
        most_gt = max(most_gt, gt_offsets[image + 1] - gt_offsets[image])
    try:
        truths = <Truth*> _allocate(most_gt, sizeof(Truth))
        near = <Candidate*> _allocate(most_gt, sizeof(Candidate))
        entries = <Entry*> _allocate(n_predictions, sizeof(Entry))
        entry_of = <int32_t*> _allocate(n_predictions, sizeof(int32_t))
        keys = <uint64_t*> _allocate(most, sizeof(uint64_t))
        spare_keys = <uint64_t*> _allocate(most, sizeof(uint64_t))
        rows = <int32_t*> _allocate(most, sizeof(int32_t))
        spare_rows = <int32_t*> _allocate(most, sizeof(int32_t))
        slot_of_class = <int32_t*> _zeros(n_classes, sizeof(int32_t))
        class_of_slot = <int32_t*> _allocate(most + most_gt, sizeof(int32_t))
        slot_begin = <int64_t*> _allocate(most + most_gt + 1, sizeof(int64_t))
        slot_next = <int64_t*> _allocate(most + most_gt + 1, sizeof(int64_t))
        seen = <int32_t*> _allocate(most + most_gt, sizeof(int32_t))
        with nogil:
            for image in range(n_images):
                begin, end = pred_offsets[image], pred_offsets[image + 1]
                first_gt, last_gt = gt_offsets[image], gt_offsets[image + 1]
                # A slot per class of the image, 1 first, its ground truth side by side in the order of the file.
                n_slots = 0
                for k in range(first_gt, last_gt):
                    c = gt_class[k]
                    if slot_of_class[c] == 0:
                        class_of_slot[n_slots] = c
                        slot_begin[n_slots] = 0
                        n_slots += 1
                        slot_of_class[c] = <int32_t> n_slots
                    slot_begin[slot_of_class[c] - 1] += 1
                i = 0
                for k in range(n_slots):
                    slot_next[k] = i
                    i += slot_begin[k]
                    slot_begin[k] = slot_next[k]
                slot_begin[n_slots] = i
                for k in range(first_gt, last_gt):
                    slot = slot_of_class[gt_class[k]] - 1
                    truth = truths + slot_next[slot]
                    slot_next[slot] += 1
                    truth.left, truth.top = gt_xywh[k, 0], gt_xywh[k, 1]
                    truth.right, truth.bottom = gt_xywh[k, 2] + gt_xywh[k, 0], gt_xywh[k, 3] + gt_xywh[k, 1]
                    truth.area = gt_xywh[k, 2] * gt_xywh[k, 3]
                    truth.is_crowd = is_crowd[k]
                    places = 31 if is_crowd[k] or is_ignored[k] else _outside(gt_area[k], &area_ranges[0, 0])
                    truth.ignored = thresholds.bits_of_places[places]
                    truth.taken = 0
                    for i in range(N_AREAS + 1):
                        n_counted[i, gt_class[k]] += not places >> i & 1
                # Only among classes with ground truth, and where predictions are cut, does the order matter.
                n_sorted = 0
                for p in range(begin, end):
                    flags[p] = _outside(pred_xywh[p, 2] * pred_xywh[p, 3], &area_ranges[0, 0])
                    c = pred_class[p]
                    if slot_of_class[c] == 0:
                        if end - begin <= max_detections:
                            continue
                        class_of_slot[n_slots] = c
                        n_slots += 1
                        slot_begin[n_slots] = slot_begin[n_slots - 1]
                        slot_of_class[c] = <int32_t> n_slots
                    keys[n_sorted] = _descending_key(pred_score[p])
                    rows[n_sorted] = <int32_t> p
                    n_sorted += 1
                sort_keys(keys, rows, n_sorted, NULL, spare_keys, spare_rows)
                for k in range(n_slots):
                    seen[k] = 0
                for i in range(n_sorted):
                    p = rows[i]
                    slot = slot_of_class[pred_class[p]] - 1
                    seen[slot] += 1
                    if seen[slot] > max_detections:
                        flags[p] = CUT
                        continue
                    if _take(
                        &pred_xywh[p, 0], flags[p], truths + slot_begin[slot], slot_begin[slot + 1] - slot_begin[slot],
                        &thresholds, near, entries + n_entries,
                    ):
                        entries[n_entries].rank = <uint8_t> min(seen[slot] - 1, HIGHEST_RANK)
                        entry_of[p] = <int32_t> n_entries
                        flags[p] |= MATCHED
                        n_entries += 1
                for k in range(n_slots):
                    slot_of_class[class_of_slot[k]] = 0
        return *_grouped(pred_class, pred_score, flags, entries, entry_of, n_entries, n_classes), n_gt_array
    finally:
        free(truths)
        free(near)
        free(entries)
        free(entry_of)
        free(keys)
        free(spare_keys)
        free(rows)
        free(spare_rows)
        free(slot_of_class)
        free(class_of_slot)
        free(slot_begin)
        free(slot_next)
        free(seen)


cdef tuple _grouped(
    const int32_t[::1] pred_class,
    const double[::1] pred_score,
    const uint8_t[::1] flags,
    const Entry* entries,
    const int32_t* entry_of,
    int64_t n_entries,
    int64_t n_classes,
):
    """Return what is kept of each prediction, and of each matched one, by class, then row; and where each class ends."""
    cdef int64_t n_predictions = pred_class.shape[0], p, c, place, n = 0, m = 0
    offsets_array, entry_offsets_array = np.zeros(n_classes + 1, np.int64), np.zeros(n_classes + 1, np.int64)
    cdef int64_t[::1] offsets = offsets_array, entry_offsets = entry_offsets_array
    with nogil:
        for p in range(n_predictions):
            c = pred_class[p]
            offsets[c + 1] += flags[p] != CUT
            entry_offsets[c + 1] += flags[p] & MATCHED != 0
        for c in range(n_classes):
            offsets[c + 1] += offsets[c]
            entry_offsets[c + 1] += entry_offsets[c]
    score_array, flag_array = np.empty(offsets[n_classes], np.float64), np.empty(offsets[n_classes], np.uint8)
    matched_array, ignored_array = np.empty(n_entries, np.uint64), np.empty(n_entries, np.uint64)
    iou_array, rank_array = np.empty(n_entries, np.float64), np.empty(n_entries, np.uint8)
    cdef double[::1] score = score_array, iou = iou_array
    cdef uint8_t[::1] flag = flag_array, rank = rank_array
    cdef uint64_t[::1] matched = matched_array, ignored = ignored_array
    cdef const Entry* entry
    with nogil:
        # Where each class starts moves on to where it ends, which is where the next one starts.
        for p in range(n_predictions):
            if flags[p] == CUT:
                continue
            c = pred_class[p]
            place = offsets[c]
            offsets[c] = place + 1
            score[place] = pred_score[p]
            flag[place] = flags[p]
            if flags[p] & MATCHED:
                place = entry_offsets[c]
                entry_offsets[c] = place + 1
                entry = entries + entry_of[p]
                matched[place], ignored[place] = entry.matched, entry.ignored
                iou[place], rank[place] = entry.iou, entry.rank
        for c in range(n_classes, 0, -1):
            offsets[c], entry_offsets[c] = offsets[c - 1], entry_offsets[c - 1]
        offsets[0] = entry_offsets[0] = 0
    return offsets_array, score_array, flag_array, entry_offsets_array, matched_array, ignored_array, iou_array, rank_array


def expand_classes(
    list scores,
    list flags,
    list matched,
    list ignored,
    list ious,
    list ranks,
    const int64_t[:, ::1] offsets,
    const int64_t[:, ::1] entry_offsets,
    const int64_t[::1] limits,
    int n_grid,
    double score_threshold,
):
    cdef int64_t n_parts = offsets.shape[0], n_classes = offsets.shape[1] - 1, n_limits = limits.shape[0]
    cdef int64_t part, c, i, m, place = 0, n = 0, k
    cdef int t
    cdef uint8_t flag
    cdef uint64_t one = 1, grid_bits = (one << (N_AREAS * n_grid)) - 1, all_bits = (one << n_grid) - 1, bits, out
    cdef uint64_t own = one << (N_AREAS * n_grid), at_50 = own << 1
    cdef uint64_t[32] bits_of_places
    cdef double value
    cdef Thresholds thresholds
    _prepare(&thresholds, np.zeros(n_grid), np.zeros(2))
    for part in range(n_parts):
        n += offsets[part, n_classes] - offsets[part, 0]
    score_array, key_array = np.empty(n, np.float64), np.empty(n, np.uint64)
    matched_array, ignored_array = np.empty(n, np.uint64), np.empty(n, np.uint64)
    status_array, status_at_50_array = np.empty(n, np.uint8), np.empty(n, np.uint8)
    class_array = np.zeros(n_classes + 1, np.int64)
    tp_array, fp_array, iou_sum_array = np.zeros(n_classes, np.int64), np.zeros(n_classes, np.int64), np.zeros(n_classes)
    true_array = np.zeros((n_limits, n_classes, n_grid), np.int64)
    cdef double[::1] score = score_array, iou_sum = iou_sum_array
    cdef uint64_t[::1] key = key_array, all_matched = matched_array, all_ignored = ignored_array
    cdef uint8_t[::1] status = status_array, status_at_50 = status_at_50_array
    cdef int64_t[::1] class_offsets = class_array, tp = tp_array, fp = fp_array
    cdef int64_t[:, :, ::1] n_true = true_array
    cdef Part* parts = <Part*> _zeros(n_parts, sizeof(Part))
    try:
        for part in range(n_parts):
            parts[part] = _part_of(scores[part], flags[part], matched[part], ignored[part], ious[part], ranks[part])
        with nogil:
            for c in range(n_classes):
                for part in range(n_parts):
                    m = entry_offsets[part, c]
                    for i in range(offsets[part, c], offsets[part, c + 1]):
                        value = parts[part].score_32[i] if parts[part].score_32 != NULL else parts[part].score_64[i]
                        flag = parts[part].flag[i]
                        score[place] = value
                        key[place] = _descending_key(value)
                        if flag & MATCHED:
                            bits, out = parts[part].matched[m], parts[part].ignored[m]
                            all_matched[place], all_ignored[place] = bits & grid_bits, out & grid_bits
                            status[place] = 0 if out & own else (2 if bits & own else 1)
                            status_at_50[place] = 0 if out & at_50 else (2 if bits & at_50 else 1)
                            if status[place] == 2 and value >= score_threshold:
                                iou_sum[c] += parts[part].iou[m]
                            bits &= ~out & all_bits
                            for k in range(n_limits):
                                if parts[part].rank[m] < limits[k]:
                                    for t in range(n_grid):
                                        n_true[k, c, t] += bits >> t & 1
                            m += 1
                        else:
                            all_matched[place] = 0
                            all_ignored[place] = thresholds.bits_of_places[flag & 15]
                            status[place] = status_at_50[place] = 1
                        if value >= score_threshold:
                            tp[c] += status[place] == 2
                            fp[c] += status[place] == 1
                        place += 1
                class_offsets[c + 1] = place
    finally:
        free(parts)
    return (
        class_array, score_array, key_array, matched_array, ignored_array, status_array, status_at_50_array,
        tp_array, fp_array, iou_sum_array, true_array,
    )


cdef struct Part:
    const double* score_64
    const float* score_32
    const uint8_t* flag
    const uint64_t* matched
    const uint64_t* ignored
    const double* iou
    const uint8_t* rank


cdef Part _part_of(scores, flags, matched, ignored, ious, ranks):
    """Return where the columns of a part lie; who calls keeps them alive."""
    cdef const double[::1] score_64
    cdef const float[::1] score_32
    cdef const uint8_t[::1] flag = flags, rank = ranks
    cdef const uint64_t[::1] some_matched = matched, some_ignored = ignored
    cdef const double[::1] iou = ious
    cdef Part part
    part.score_64, part.score_32 = NULL, NULL
    part.flag = part.rank = NULL
    part.matched = part.ignored = NULL
    part.iou = NULL
    if flag.shape[0]:
        part.flag = &flag[0]
        if scores.dtype == np.float32:
            score_32 = scores
            part.score_32 = &score_32[0]
        else:
            score_64 = scores
            part.score_64 = &score_64[0]
    if rank.shape[0]:
        part.rank, part.iou = &rank[0], &iou[0]
        part.matched, part.ignored = &some_matched[0], &some_ignored[0]
    return part


cdef int64_t _first_from(const uint64_t* keys, int64_t first, int64_t last, uint64_t key) noexcept nogil:
    """Return the first place in ascending keys that holds ``key`` or more."""
    cdef int64_t middle
    while first < last:
        middle = (first + last) // 2
        if keys[middle] < key:
            first = middle + 1
        else:
            last = middle
    return first


def status_between(
    const uint64_t[::1] keys, const uint8_t[::1] status, const int64_t[::1] class_offsets, uint64_t from_key, uint64_t to_key
):
    cdef int64_t n_classes = class_offsets.shape[0] - 1, c, k, i, n = 0
    cdef uint64_t* some_keys = NULL
    cdef uint64_t* spare_keys = NULL
    cdef int32_t* rows = NULL
    cdef int32_t* spare_rows = NULL
    cdef int64_t* bounds = <int64_t*> _allocate(2 * n_classes, sizeof(int64_t))
    cdef double[::1] score
    cdef uint8_t[::1] sorted_status
    try:
        if keys.shape[0]:
            with nogil:
                for c in range(n_classes):
                    bounds[2 * c] = _first_from(&keys[0], class_offsets[c], class_offsets[c + 1], from_key)
                    bounds[2 * c + 1] = _first_from(&keys[0], bounds[2 * c], class_offsets[c + 1], to_key)
                    n += bounds[2 * c + 1] - bounds[2 * c]
        score_array, status_array = np.empty(n, np.float64), np.empty(n, np.uint8)
        score, sorted_status = score_array, status_array
        some_keys = <uint64_t*> _allocate(n, sizeof(uint64_t))
        spare_keys = <uint64_t*> _allocate(n, sizeof(uint64_t))
        rows = <int32_t*> _allocate(n, sizeof(int32_t))
        spare_rows = <int32_t*> _allocate(n, sizeof(int32_t))
        if n:
            with nogil:
                k = 0
                for c in range(n_classes):
                    for i in range(bounds[2 * c], bounds[2 * c + 1]):
                        some_keys[k] = keys[i]
                        # What travels with the key while sorting is the status itself.
                        rows[k] = status[i]
                        k += 1
                sort_keys(some_keys, rows, n, NULL, spare_keys, spare_rows)
                for k in range(n):
                    score[k] = _score_of(some_keys[k])
                    sorted_status[k] = <uint8_t> rows[k]
        return score_array, status_array
    finally:
        free(some_keys)
        free(spare_keys)
        free(rows)
        free(spare_rows)
        free(bounds)
