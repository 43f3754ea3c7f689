# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops that order predictions by score, compiled; each is documented at its twin in ``ranking_numpy``.

All loops run without the interpreter lock. A score is turned into a key of 64 bits that is smaller the greater the score is,
and carried along: sorting never looks a score up.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

SOURCE_HASH = "8a48e9960abd5ba8"

cdef enum:
    FEW = 48  # Keys up to which insertion beats counting.
    MANY = 4096  # Keys from which on counters of 11 bits pay.


cdef void* _allocate(size_t n, size_t size) except NULL:
    cdef void* memory = malloc(max(n, 1) * size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef inline uint64_t _descending_key(double score) noexcept nogil:
    cdef double value = score + 0.0  # Minus zero equals zero.
    cdef uint64_t bits = (<uint64_t*> &value)[0], top = (<uint64_t> 1) << 63
    return bits if bits & top else ~(bits | top)


cdef void _insert(uint64_t* keys, int32_t* rows, int64_t n) noexcept nogil:
    """Sort by key, stable, by insertion."""
    cdef int64_t i, k
    cdef uint64_t key
    cdef int32_t row
    for i in range(1, n):
        key, row = keys[i], rows[i]
        k = i
        while k > 0 and keys[k - 1] > key:
            keys[k], rows[k] = keys[k - 1], rows[k - 1]
            k -= 1
        keys[k], rows[k] = key, row


cdef void _count(
    uint64_t* keys, int32_t* rows, int64_t n, int lowest, int n_bits, int n_digits, uint64_t* spare_keys, int32_t* spare_rows
) noexcept nogil:
    """Sort by ``n_digits`` digits of ``n_bits`` from bit ``lowest`` on, stable, digit by digit upwards (radix sort)."""
    cdef uint32_t[3][2048] counts
    cdef int digit, shift
    cdef uint64_t mask = ((<uint64_t> 1) << n_bits) - 1, key
    cdef uint32_t total, count, place
    cdef int64_t i
    cdef uint64_t* from_keys = keys
    cdef uint64_t* to_keys = spare_keys
    cdef uint64_t* other_keys
    cdef int32_t* from_rows = rows
    cdef int32_t* to_rows = spare_rows
    cdef int32_t* other_rows
    for digit in range(n_digits):
        memset(counts[digit], 0, (<size_t> mask + 1) * sizeof(uint32_t))
    for i in range(n):
        key = keys[i] >> lowest
        for digit in range(n_digits):
            counts[digit][key & mask] += 1
            key >>= n_bits
    for digit in range(n_digits):
        shift = lowest + digit * n_bits
        total = 0
        for i in range(<int64_t> mask + 1):
            count = counts[digit][i]
            counts[digit][i] = total
            total += count
        for i in range(n):
            key = (from_keys[i] >> shift) & mask
            place = counts[digit][key]
            counts[digit][key] = place + 1
            to_keys[place] = from_keys[i]
            to_rows[place] = from_rows[i]
        other_keys, other_rows = from_keys, from_rows
        from_keys, from_rows = to_keys, to_rows
        to_keys, to_rows = other_keys, other_rows
    if from_keys != keys:
        memcpy(keys, from_keys, n * sizeof(uint64_t))
        memcpy(rows, from_rows, n * sizeof(int32_t))


cdef inline bint _goes_first(uint64_t key, int32_t row, uint64_t other_key, int32_t other_row, const int32_t* tie) noexcept nogil:
    """Return whether an entry stays before one that stood behind it."""
    return key < other_key or (key == other_key and (tie == NULL or tie[row] <= tie[other_row]))


cdef void _merge(
    uint64_t* keys, int32_t* rows, int64_t n, const int32_t* tie, uint64_t* spare_keys, int32_t* spare_rows
) noexcept nogil:
    """Sort by key, on equal keys by ``tie``, stable, by merging."""
    cdef int64_t width = 1, begin, middle, end, i, k, place
    cdef uint64_t* from_keys = keys
    cdef uint64_t* to_keys = spare_keys
    cdef uint64_t* other_keys
    cdef int32_t* from_rows = rows
    cdef int32_t* to_rows = spare_rows
    cdef int32_t* other_rows
    while width < n:
        begin = 0
        while begin < n:
            middle, end = min(begin + width, n), min(begin + 2 * width, n)
            i, k = begin, middle
            for place in range(begin, end):
                if k == end or (i < middle and _goes_first(from_keys[i], from_rows[i], from_keys[k], from_rows[k], tie)):
                    to_keys[place], to_rows[place] = from_keys[i], from_rows[i]
                    i += 1
                else:
                    to_keys[place], to_rows[place] = from_keys[k], from_rows[k]
                    k += 1
            begin = end
        other_keys, other_rows = from_keys, from_rows
        from_keys, from_rows = to_keys, to_rows
        to_keys, to_rows = other_keys, other_rows
        width *= 2
    if from_keys != keys:
        memcpy(keys, from_keys, n * sizeof(uint64_t))
        memcpy(rows, from_rows, n * sizeof(int32_t))


cdef void sort_keys(
    uint64_t* keys, int32_t* rows, int64_t n, const int32_t* tie, uint64_t* spare_keys, int32_t* spare_rows
) noexcept nogil:
    """Sort keys with their rows, ascending, on equal keys by ``tie[row]`` unless that is NULL; stable.

    Only the bits below the highest that differs are sorted by, as many as tell nearly all keys apart; neighbours that are
    equal in those are looked at again.
    """
    cdef int64_t i, first = 0
    cdef int lowest = 0, n_bits = 8 if n < MANY else 11, n_digits
    cdef uint64_t differing = 0
    cdef bint in_order = True
    for i in range(1, n):
        differing |= keys[i] ^ keys[0]
        in_order &= _goes_first(keys[i - 1], rows[i - 1], keys[i], rows[i], tie)
    if in_order:
        return
    if n <= FEW:
        _insert(keys, rows, n)
        if tie == NULL:
            return
    elif differing:
        while lowest < 63 and differing >> (lowest + 1):
            lowest += 1
        # Scores on both sides of a power of two to some power of two, or of zero, differ high up.
        n_digits = 3 if lowest > 56 else 2
        lowest = max(lowest + 1 - n_bits * n_digits, 0)
        _count(keys, rows, n, lowest, n_bits, n_digits, spare_keys, spare_rows)
    in_order = True
    for i in range(1, n + 1):
        if i == n or keys[i] >> lowest != keys[first] >> lowest:
            if not in_order:
                _merge(keys + first, rows + first, i - first, tie, spare_keys, spare_rows)
                in_order = True
            first = i
        elif in_order:
            in_order = _goes_first(keys[i - 1], rows[i - 1], keys[i], rows[i], tie)


def rank_images(
    const int64_t[::1] image_offsets,
    const int32_t[::1] class_row,
    const double[::1] score,
    int64_t first_image,
    int64_t last_image,
    int64_t n_classes,
    int32_t[::1] by_image,
    int32_t[::1] rank,
):
    cdef int64_t image, begin, end, i, most = 0
    cdef int32_t c
    cdef uint64_t* keys = NULL
    cdef uint64_t* spare_keys = NULL
    cdef int32_t* spare_rows = NULL
    cdef int32_t* seen = NULL
    for image in range(first_image, last_image):
        most = max(most, image_offsets[image + 1] - image_offsets[image])
    if most == 0:
        return
    try:
        keys = <uint64_t*> _allocate(most, sizeof(uint64_t))
        spare_keys = <uint64_t*> _allocate(most, sizeof(uint64_t))
        spare_rows = <int32_t*> _allocate(most, sizeof(int32_t))
        seen = <int32_t*> calloc(n_classes, sizeof(int32_t))
        if seen == NULL:
            raise MemoryError
        with nogil:
            for image in range(first_image, last_image):
                begin, end = image_offsets[image], image_offsets[image + 1]
                if begin == end:
                    continue
                for i in range(begin, end):
                    keys[i - begin] = _descending_key(score[i])
                    by_image[i] = <int32_t> i
                sort_keys(keys, &by_image[begin], end - begin, &class_row[0], spare_keys, spare_rows)
                for i in range(begin, end):
                    c = class_row[by_image[i]]
                    rank[by_image[i]] = seen[c]
                    seen[c] += 1
                for i in range(begin, end):
                    seen[class_row[i]] = 0
    finally:
        free(keys)
        free(spare_keys)
        free(spare_rows)
        free(seen)


def group_by_class(const int32_t[::1] class_row, const double[::1] score, int64_t n_classes):
    cdef int64_t n = class_row.shape[0], i, c, place
    rows_array, keys_array, offsets_array = np.empty(n, np.int32), np.empty(n, np.uint64), np.zeros(n_classes + 1, np.int64)
    cdef int32_t[::1] rows = rows_array
    cdef uint64_t[::1] keys = keys_array
    cdef int64_t[::1] offsets = offsets_array
    with nogil:
        for i in range(n):
            offsets[class_row[i] + 1] += 1
        for c in range(n_classes):
            offsets[c + 1] += offsets[c]
        # Where each class starts moves on to where it ends, which is where the next one starts.
        for i in range(n):
            place = offsets[class_row[i]]
            offsets[class_row[i]] = place + 1
            rows[place] = <int32_t> i
            keys[place] = _descending_key(score[i])
        for c in range(n_classes, 0, -1):
            offsets[c] = offsets[c - 1]
        offsets[0] = 0
    return rows_array, keys_array, offsets_array


def sort_classes(
    int32_t[::1] by_class, uint64_t[::1] keys, const int64_t[::1] class_offsets, int64_t first_class, int64_t last_class
):
    cdef int64_t c, begin, n, most = 0
    cdef uint64_t* spare_keys = NULL
    cdef int32_t* spare_rows = NULL
    for c in range(first_class, last_class):
        most = max(most, class_offsets[c + 1] - class_offsets[c])
    if most == 0:
        return
    try:
        spare_keys = <uint64_t*> _allocate(most, sizeof(uint64_t))
        spare_rows = <int32_t*> _allocate(most, sizeof(int32_t))
        with nogil:
            for c in range(first_class, last_class):
                begin = class_offsets[c]
                n = class_offsets[c + 1] - begin
                if n:
                    sort_keys(&keys[begin], &by_class[begin], n, NULL, spare_keys, spare_rows)
    finally:
        free(spare_keys)
        free(spare_rows)


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


def rows_between(
    const int32_t[::1] by_class, const uint64_t[::1] keys, const int64_t[::1] class_offsets, uint64_t from_key, uint64_t to_key
):
    cdef int64_t n_classes = class_offsets.shape[0] - 1, c, k, n = 0
    cdef uint64_t* some_keys = NULL
    cdef uint64_t* spare_keys = NULL
    cdef int32_t* spare_rows = NULL
    cdef int64_t* bounds = NULL
    cdef int32_t[::1] rows
    if by_class.shape[0] == 0:
        return np.empty(0, np.int32)
    try:
        bounds = <int64_t*> _allocate(2 * n_classes, sizeof(int64_t))
        with nogil:
            for c in range(n_classes):
                bounds[2 * c] = _first_from(&keys[0], class_offsets[c], class_offsets[c + 1], from_key)
                bounds[2 * c + 1] = _first_from(&keys[0], bounds[2 * c], class_offsets[c + 1], to_key)
                n += bounds[2 * c + 1] - bounds[2 * c]
        rows_array = np.empty(n, np.int32)
        rows = rows_array
        if n:
            some_keys = <uint64_t*> _allocate(n, sizeof(uint64_t))
            spare_keys = <uint64_t*> _allocate(n, sizeof(uint64_t))
            spare_rows = <int32_t*> _allocate(n, sizeof(int32_t))
            with nogil:
                n = 0
                for c in range(n_classes):
                    k = bounds[2 * c + 1] - bounds[2 * c]
                    if k:
                        memcpy(&rows[n], &by_class[bounds[2 * c]], k * sizeof(int32_t))
                        memcpy(some_keys + n, &keys[bounds[2 * c]], k * sizeof(uint64_t))
                        n += k
                sort_keys(some_keys, &rows[0], n, NULL, spare_keys, spare_rows)
    finally:
        free(some_keys)
        free(spare_keys)
        free(spare_rows)
        free(bounds)
    return rows_array
