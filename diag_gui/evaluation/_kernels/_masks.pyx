# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops over masks, compiled; each is documented at its twin in ``masks_numpy``.

All loops run without the interpreter lock. Nothing here trusts its input beyond the bounds of the arrays: coordinates of any
finite size, strings of any bytes and runs of any length give edges inside the image or a fault.
"""

import numpy as np

from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_Check
from libc.math cimport fabs
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

SOURCE_HASH = "28b0aa276794859a"

cdef enum:
    POLYGONS = 1
    STRING = 2
    COUNTS = 3
    MAX_GROUPS = 7
    RADIX_BITS = 11
    RADIX = 2048
    FEW = 24
    TIDY_AT = 1048576
    MOST_PIXELS = 0x7FFFFFFF
    MOST_PX = 1000000

# In fifths: no polygon that was checked goes beyond a million pixels.
cdef double FARTHEST = 1e7

cdef struct Places:
    uint32_t* at
    int64_t n
    int64_t capacity


cdef int _reserve(Places* places, int64_t n) noexcept nogil:
    """Make room for ``n`` places; -1 where there is no memory."""
    cdef uint32_t* grown
    cdef int64_t capacity = places.capacity
    if n <= capacity:
        return 0
    capacity = max(n, capacity + capacity // 2, 256)
    grown = <uint32_t*> realloc(places.at, capacity * sizeof(uint32_t))
    if grown == NULL:
        return -1
    places.at = grown
    places.capacity = capacity
    return 0


cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL
    long long PyLong_AsLongLongAndOverflow(object number, int* overflow) except? -1


cdef struct Bytes:
    char* at
    size_t n
    size_t capacity


cdef int _append(Bytes* bytes, const void* more, size_t n) except -1:
    cdef char* grown
    cdef size_t capacity = bytes.capacity
    if bytes.n + n > capacity:
        capacity = max(bytes.n + n, capacity + capacity // 2, 4096)
        grown = <char*> realloc(bytes.at, capacity)
        if grown == NULL:
            raise MemoryError
        bytes.at = grown
        bytes.capacity = capacity
    if n:
        memcpy(bytes.at + bytes.n, more, n)
    bytes.n += n
    return 0


cdef object _array_of(Bytes* bytes, dtype):
    array = np.empty(bytes.n // np.dtype(dtype).itemsize, dtype)
    cdef char[::1] target
    if bytes.n:
        target = array.view(np.int8)
        memcpy(&target[0], bytes.at, bytes.n)
    return array


def laid_out(masks, const int64_t[::1] image_height, const int64_t[::1] image_width):
    cdef Py_ssize_t n = len(masks), m
    kind_array, fault_array = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    height_array, width_array = np.array(image_height), np.array(image_width)
    ring_array, text_array, run_array = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    cdef uint8_t[::1] kind = kind_array, fault = fault_array
    cdef int64_t[::1] height = height_array, width = width_array
    cdef int64_t[::1] ring_bounds = ring_array, text_bounds = text_array, run_bounds = run_array
    cdef Bytes point_bounds, points, text, runs
    cdef size_t before_rings, before_points, before_text, before_runs
    cdef int64_t zero = 0
    memset(&point_bounds, 0, sizeof(Bytes))
    memset(&points, 0, sizeof(Bytes))
    memset(&text, 0, sizeof(Bytes))
    memset(&runs, 0, sizeof(Bytes))
    try:
        _append(&point_bounds, &zero, sizeof(int64_t))
        for m in range(n):
            mask = masks[m]
            before_rings, before_points, before_text, before_runs = point_bounds.n, points.n, text.n, runs.n
            if isinstance(mask, list):
                if _lay_polygons(<list> mask, &point_bounds, &points):
                    kind[m] = POLYGONS
                else:
                    fault[m] = 1
            elif isinstance(mask, dict):
                kind[m] = _lay_rle(<dict> mask, &height[m], &width[m], &text, &runs)
                fault[m] = kind[m] == 0
            elif mask is not None:
                fault[m] = 1
            if fault[m]:
                point_bounds.n, points.n, text.n, runs.n = before_rings, before_points, before_text, before_runs
            ring_bounds[m + 1] = <int64_t> (point_bounds.n // sizeof(int64_t)) - 1
            text_bounds[m + 1] = <int64_t> text.n
            run_bounds[m + 1] = <int64_t> (runs.n // sizeof(int64_t))
        return (
            kind_array, height_array, width_array, ring_array, _array_of(&point_bounds, np.int64),
            _array_of(&points, np.float64).reshape(-1, 2), text_array, _array_of(&text, np.uint8), run_array,
            _array_of(&runs, np.int64), fault_array.view(np.bool_),
        )
    finally:
        free(point_bounds.at)
        free(points.at)
        free(text.at)
        free(runs.at)


cdef bint _lay_polygons(list polygons, Bytes* point_bounds, Bytes* points) except -1:
    """Add polygons; False where one has a fault."""
    cdef Py_ssize_t n, k
    cdef double value
    cdef int64_t end
    for ring in polygons:
        if not isinstance(ring, list):
            return False
        n = len(<list> ring)
        if n < 6 or n % 2:
            return False
        for k in range(n):
            number = (<list> ring)[k]
            if PyFloat_Check(number):
                value = PyFloat_AS_DOUBLE(number)
            elif type(number) is int or isinstance(number, (np.integer, np.floating)):
                try:
                    value = float(number)
                except OverflowError:
                    return False
            else:
                return False
            if not fabs(value) <= MOST_PX:
                return False
            _append(points, &value, sizeof(double))
        end = <int64_t> (points.n // (2 * sizeof(double)))
        _append(point_bounds, &end, sizeof(int64_t))
    return True


cdef uint8_t _lay_rle(dict mask, int64_t* height, int64_t* width, Bytes* text, Bytes* runs) except 255:
    """Add a run-length encoding and return its kind, 0 where it has a fault."""
    cdef const char* characters
    cdef Py_ssize_t n, k
    cdef int64_t high, wide, run
    size, counts = mask.get("size"), mask.get("counts")
    if not isinstance(size, list) or len(<list> size) != 2:
        return 0
    high = _whole((<list> size)[0], MOST_PIXELS)
    wide = _whole((<list> size)[1], MOST_PIXELS)
    if high < 1 or wide < 1 or high * wide > MOST_PIXELS or (height[0] > 0 and (high != height[0] or wide != width[0])):
        return 0
    if isinstance(counts, list):
        n = len(<list> counts)
        for k in range(n):
            run = _whole((<list> counts)[k], MOST_PIXELS)
            if run < 0:
                return 0
            _append(runs, &run, sizeof(int64_t))
    elif isinstance(counts, str):
        if not PyUnicode_IS_ASCII(counts):
            return 0
        characters = PyUnicode_AsUTF8AndSize(counts, &n)
        _append(text, characters, n)
    elif isinstance(counts, bytes):
        if not counts.isascii():
            return 0
        characters = counts
        _append(text, characters, len(<bytes> counts))
    else:
        return 0
    height[0] = high
    width[0] = wide
    return COUNTS if isinstance(counts, list) else STRING


cdef int64_t _whole(object number, int64_t greatest) except? -2:
    """Return a number that is a plain int in 0..greatest, else -1."""
    cdef int overflow = 0
    cdef int64_t value
    if type(number) is not int:
        return -1
    value = PyLong_AsLongLongAndOverflow(number, &overflow)
    return -1 if overflow or value < 0 or value > greatest else value


def edges_of_masks(
    const uint8_t[::1] kind,
    const int64_t[::1] height,
    const int64_t[::1] width,
    const int64_t[::1] ring_bounds,
    const int64_t[::1] point_bounds,
    const double[:, ::1] points,
    const int64_t[::1] text_bounds,
    const uint8_t[::1] text,
    const int64_t[::1] run_bounds,
    const int64_t[::1] runs,
    int64_t first,
    int64_t last,
):
    n_array, fault_array = np.zeros(last - first, np.int64), np.zeros(last - first, np.uint8)
    cdef int64_t[::1] n_edges = n_array
    cdef uint8_t[::1] fault = fault_array
    cdef Places found, ring, begins, ends, spare
    cdef int64_t m, before
    cdef int status = 0
    memset(&found, 0, sizeof(Places))
    memset(&ring, 0, sizeof(Places))
    memset(&begins, 0, sizeof(Places))
    memset(&ends, 0, sizeof(Places))
    memset(&spare, 0, sizeof(Places))
    try:
        with nogil:
            for m in range(first, last):
                before = found.n
                if kind[m] == POLYGONS:
                    if ring_bounds[m] < ring_bounds[m + 1]:
                        status = _fill_polygons(
                            &points[0, 0], &point_bounds[ring_bounds[m]], ring_bounds[m + 1] - ring_bounds[m],
                            height[m], width[m], &found, &ring, &begins, &ends, &spare,
                        )
                elif kind[m] == STRING:
                    status = _reserve(&found, before + text_bounds[m + 1] - text_bounds[m] + 2)
                    if status == 0 and text_bounds[m] < text_bounds[m + 1]:
                        fault[m - first] = _read_string(
                            &text[text_bounds[m]], text_bounds[m + 1] - text_bounds[m], _n_pixels(height[m], width[m]), &found
                        )
                    elif status == 0:
                        fault[m - first] = 1
                elif kind[m] == COUNTS:
                    status = _reserve(&found, before + run_bounds[m + 1] - run_bounds[m] + 2)
                    if status == 0 and run_bounds[m] < run_bounds[m + 1]:
                        fault[m - first] = _read_runs(
                            &runs[run_bounds[m]], run_bounds[m + 1] - run_bounds[m], _n_pixels(height[m], width[m]), &found
                        )
                    elif status == 0:
                        fault[m - first] = 1
                if status != 0:
                    break
                if fault[m - first]:
                    found.n = before
                n_edges[m - first] = found.n - before
        if status != 0:
            raise MemoryError
        edges_array = np.empty(found.n, np.uint32)
        if found.n:
            _copy(edges_array, found.at, found.n)
    finally:
        free(found.at)
        free(ring.at)
        free(begins.at)
        free(ends.at)
        free(spare.at)
    return edges_array, n_array, fault_array.view(np.bool_)


cdef void _copy(uint32_t[::1] target, const uint32_t* source, int64_t n) noexcept:
    memcpy(&target[0], source, n * sizeof(uint32_t))


cdef inline int64_t _n_pixels(int64_t height, int64_t width) noexcept nogil:
    """Return the pixels of an image; 0, which no runs fill, for sizes beyond any image, whose product would not fit."""
    return height * width if 0 < height <= MOST_PIXELS and 0 < width <= MOST_PIXELS else 0


cdef inline void _turn(Places* found, int64_t begin, int64_t at) noexcept nogil:
    """Add a turn at a place not before the last one; two turns at one place are none. There is room."""
    if found.n > begin and found.at[found.n - 1] == <uint32_t> at:
        found.n -= 1
    else:
        found.at[found.n] = <uint32_t> at
        found.n += 1


cdef inline void _close(Places* found, int64_t begin, int64_t pixels) noexcept nogil:
    """Leave out a turn at the end of the image, and end there a run that is open. There is room."""
    if found.n > begin and found.at[found.n - 1] == <uint32_t> pixels:
        found.n -= 1
    if (found.n - begin) % 2:
        found.at[found.n] = <uint32_t> pixels
        found.n += 1


cdef int _read_string(const uint8_t* text, int64_t n, int64_t pixels, Places* found) noexcept nogil:
    """Add the edges of a mask written as a string; 1 where it is none. There is room for one edge per character and two more."""
    cdef int64_t i = 0, at = 0, value, two_before = 0, one_before = 0, n_edges = 0
    cdef uint32_t* edges = found.at + found.n
    cdef uint32_t first, second, more, k
    cdef bint is_first = True
    while i < n:
        # Nearly every run takes one character or two, and which of both nothing foretells.
        first = <uint32_t> text[i] - 48
        more = first >> 5 & 1
        second = <uint32_t> text[i + 1] - 48 if i + 1 < n else 64
        if first > 63 or (more and second > 63):
            return 1
        second = second if more else first
        value = (first & 0x1F) | (<int64_t> (more * (second & 0x1F)) << 5)
        i += 1 + more
        k = 1 + more
        while second & 0x20:
            if i == n or k == MAX_GROUPS:
                return 1
            second = <uint32_t> text[i] - 48
            if second > 63:
                return 1
            value |= (<int64_t> (second & 0x1F)) << (5 * k)
            i += 1
            k += 1
        value -= (<int64_t> (second >> 4 & 1)) << (5 * k)
        if is_first:
            is_first = False
        else:
            value += two_before
            two_before = one_before
            one_before = value
        if value < 0 or value > pixels - at:
            return 1
        at += value
        if value == 0 and n_edges and edges[n_edges - 1] == <uint32_t> at:
            n_edges -= 1
        else:
            edges[n_edges] = <uint32_t> at
            n_edges += 1
    if at != pixels:
        return 1
    i = found.n
    found.n += n_edges
    _close(found, i, pixels)
    return 0


cdef int _read_runs(const int64_t* runs, int64_t n, int64_t pixels, Places* found) noexcept nogil:
    cdef int64_t i, begin = found.n, at = 0
    for i in range(n):
        if runs[i] < 0 or runs[i] > pixels - at:
            return 1
        at += runs[i]
        _turn(found, begin, at)
    if at != pixels:
        return 1
    _close(found, begin, pixels)
    return 0


cdef int _fill_polygons(
    const double* points,
    const int64_t* bounds,
    int64_t n_rings,
    int64_t height,
    int64_t width,
    Places* found,
    Places* ring,
    Places* begins,
    Places* ends,
    Places* spare,
) noexcept nogil:
    cdef int64_t r, i, e, depth, n, pixels = _n_pixels(height, width)
    begins.n = ends.n = 0
    if height < 1 or width < 1 or height > MOST_PIXELS or width > MOST_PIXELS or pixels > MOST_PIXELS:
        return 0
    for r in range(n_rings):
        ring.n = 0
        if _trace(points + 2 * bounds[r], bounds[r + 1] - bounds[r], height, width, ring, spare) != 0:
            return -1
        if _settle(ring, pixels, spare) != 0:
            return -1
        if n_rings == 1:
            if _reserve(found, found.n + ring.n) != 0:
                return -1
            if ring.n:
                memcpy(found.at + found.n, ring.at, ring.n * sizeof(uint32_t))
            found.n += ring.n
            return 0
        n = ring.n // 2
        if _reserve(begins, begins.n + n) != 0 or _reserve(ends, ends.n + n) != 0:
            return -1
        for i in range(n):
            begins.at[begins.n + i] = ring.at[2 * i]
            ends.at[ends.n + i] = ring.at[2 * i + 1]
        begins.n += n
        ends.n += n
    if _sort(begins, pixels, spare) != 0 or _sort(ends, pixels, spare) != 0:
        return -1
    if _reserve(found, found.n + 2 * begins.n) != 0:
        return -1
    i = e = depth = 0
    while e < ends.n:
        if i < begins.n and begins.at[i] <= ends.at[e]:
            if depth == 0:
                found.at[found.n] = begins.at[i]
                found.n += 1
            depth += 1
            i += 1
        else:
            depth -= 1
            if depth == 0:
                found.at[found.n] = ends.at[e]
                found.n += 1
            e += 1
    return 0


cdef inline int64_t _fifths(double px) noexcept nogil:
    """Round a coordinate to fifths of a pixel, towards zero after adding half; what is beyond any image stays beyond it."""
    cdef double fifths = 5 * px + 0.5
    if not fifths > -FARTHEST:
        return <int64_t> -FARTHEST
    if fifths > FARTHEST:
        return <int64_t> FARTHEST
    return <int64_t> fifths


cdef int _trace(const double* points, int64_t n, int64_t height, int64_t width, Places* ring, Places* spare) noexcept nogil:
    """Collect where a polygon turns from out to in or back, unsorted."""
    cdef int64_t j, xs, ys, xe, ye, x, y, dx, dy, column, last, step, fifth, tidy_at = TIDY_AT
    cdef double slope
    cdef bint is_flat
    for j in range(n):
        xs = _fifths(points[2 * j])
        ys = _fifths(points[2 * j + 1])
        xe = _fifths(points[2 * (j + 1) if j + 1 < n else 0])
        ye = _fifths(points[2 * (j + 1) + 1 if j + 1 < n else 1])
        dx = xe - xs if xe > xs else xs - xe
        dy = ye - ys if ye > ys else ys - ye
        is_flat = dx >= dy
        if (xs > xe) if is_flat else (ys > ye):
            xs, xe = xe, xs
            ys, ye = ye, ys
        if dx == 0:
            continue
        if is_flat:
            slope = (<double> (ye - ys)) / dx
            column = xs
            last = xe
        else:
            slope = (<double> (xe - xs)) / dy
            column = <int64_t> (xs + 0.5)
            last = <int64_t> (xs + slope * dy + 0.5)
            if column > last:
                column, last = last, column
        if last < 3:
            continue
        column = 0 if column <= 2 else (column + 2) // 5
        last = min((last - 3) // 5, width - 1)
        if column > last:
            continue
        if ring.n + last - column + 1 > tidy_at:
            if _cancel(ring, height * width, spare) != 0:
                return -1
            tidy_at = max(tidy_at, 2 * ring.n)
        if _reserve(ring, ring.n + last - column + 1) != 0:
            return -1
        while column <= last:
            fifth = 5 * column + 2
            if is_flat:
                step = fifth - xs
                # The lower of the places before and after the step.
                y = <int64_t> (ys + slope * (step if slope >= 0 else step + 1) + 0.5)
            else:
                step = _first_step_beyond(fifth, xs, slope, dy)
                y = ys + step - 1
            y = 0 if y <= 2 else min((y + 2) // 5, height)
            ring.at[ring.n] = <uint32_t> (column * height + y)
            ring.n += 1
            column += 1
    return 0


cdef inline bint _is_beyond(int64_t step, int64_t fifth, int64_t start, double slope) noexcept nogil:
    cdef int64_t x = <int64_t> (start + slope * step + 0.5)
    return x > fifth if slope > 0 else x <= fifth


cdef inline int64_t _first_step_beyond(int64_t fifth, int64_t start, double slope, int64_t n_steps) noexcept nogil:
    cdef double guess = (fifth + 0.5 - start) / slope
    cdef int64_t step = 1
    if guess >= n_steps:
        step = n_steps
    elif guess > 1:
        step = <int64_t> guess
    while step < n_steps and not _is_beyond(step, fifth, start, slope):
        step += 1
    while step > 1 and _is_beyond(step - 1, fifth, start, slope):
        step -= 1
    return step


cdef int _cancel(Places* turns, int64_t greatest, Places* spare) noexcept nogil:
    """Sort turns and leave out those that undo each other."""
    cdef int64_t i, n = turns.n
    if _sort(turns, greatest, spare) != 0:
        return -1
    turns.n = 0
    for i in range(n):
        _turn(turns, 0, turns.at[i])
    return 0


cdef int _settle(Places* turns, int64_t pixels, Places* spare) noexcept nogil:
    if _reserve(turns, turns.n + 1) != 0 or _cancel(turns, pixels, spare) != 0:
        return -1
    _close(turns, 0, pixels)
    return 0


cdef int _sort(Places* places, int64_t greatest, Places* spare) noexcept nogil:
    """Sort ascending: by insertion where they are few, else by digits from the last."""
    cdef int64_t i, k, n = places.n
    cdef uint32_t value, total, count
    cdef uint32_t[RADIX] counts
    cdef int shift = 0
    cdef uint32_t* held
    if n <= FEW:
        for i in range(1, n):
            value = places.at[i]
            k = i
            while k > 0 and places.at[k - 1] > value:
                places.at[k] = places.at[k - 1]
                k -= 1
            places.at[k] = value
        return 0
    if _reserve(spare, places.capacity) != 0:
        return -1
    while shift == 0 or (greatest >> shift) > 0:
        memset(counts, 0, sizeof(counts))
        for i in range(n):
            counts[(places.at[i] >> shift) & (RADIX - 1)] += 1
        total = 0
        for i in range(RADIX):
            count = counts[i]
            counts[i] = total
            total += count
        for i in range(n):
            value = places.at[i]
            spare.at[counts[(value >> shift) & (RADIX - 1)]] = value
            counts[(value >> shift) & (RADIX - 1)] += 1
        held = places.at
        places.at = spare.at
        spare.at = held
        i = places.capacity
        places.capacity = spare.capacity
        spare.capacity = i
        shift += RADIX_BITS
    return 0


def areas_and_boxes(const uint32_t[::1] edges, const int64_t[::1] offsets, const int64_t[::1] height):
    cdef int64_t n = height.shape[0], m, k, begin, last, column, top, bottom, area, high
    area_array, box_array = np.zeros(n), np.zeros((n, 4), np.int32)
    cdef double[::1] areas = area_array
    cdef int32_t[:, ::1] box = box_array
    with nogil:
        for m in range(n):
            if offsets[m] == offsets[m + 1]:
                continue
            high = height[m]
            top = high
            bottom = area = column = 0
            for k in range(offsets[m], offsets[m + 1], 2):
                begin = edges[k]
                last = <int64_t> edges[k + 1] - 1
                area += last - begin + 1
                # The first pixel of the column that the run begins in: mostly that of the run before or the next one.
                if begin - column >= high:
                    column += high
                    if begin - column >= high:
                        column = begin // high * high
                if last - column >= high:
                    top = 0
                    bottom = high
                else:
                    top = min(top, begin - column)
                    bottom = max(bottom, last - column + 1)
            areas[m] = area
            box[m, 0] = <int32_t> (edges[offsets[m]] // high)
            box[m, 1] = <int32_t> top
            box[m, 2] = <int32_t> ((<int64_t> edges[offsets[m + 1] - 1] - 1) // high + 1)
            box[m, 3] = <int32_t> bottom
    return area_array, box_array


cdef inline int64_t _shared(const uint32_t* one, int64_t n_one, const uint32_t* other, int64_t n_other) noexcept nogil:
    """Return how many pixels two masks share that are not empty."""
    cdef int64_t i = _skip_to(one, n_one, other[0]), j = _skip_to(other, n_other, one[0]), shared = 0, begin, end, end_one, end_other
    while i < n_one and j < n_other:
        end_one = one[i + 1]
        end_other = other[j + 1]
        begin = max(<int64_t> one[i], <int64_t> other[j])
        end = min(end_one, end_other)
        shared += end - begin if end > begin else 0
        i += 2 * (end_one <= end_other)
        j += 2 * (end_other <= end_one)
    return shared


cdef inline int64_t _skip_to(const uint32_t* edges, int64_t n, uint32_t place) noexcept nogil:
    """Return the first run that does not end before or at a place."""
    cdef int64_t low = 0, high = n // 2, middle
    while low < high:
        middle = (low + high) // 2
        if edges[2 * middle + 1] <= place:
            low = middle + 1
        else:
            high = middle
    return 2 * low


def mask_pairs(
    const uint32_t[::1] gt_edges,
    const int64_t[::1] gt_bounds,
    const double[::1] gt_area,
    const int32_t[:, ::1] gt_box,
    gt_is_crowd,
    const int64_t[::1] gt_offsets,
    const uint32_t[::1] pred_edges,
    const int64_t[::1] pred_bounds,
    const double[::1] pred_area,
    const int32_t[:, ::1] pred_box,
    const int32_t[::1] pred_image,
    int64_t first,
    int64_t last,
    double floor,
):
    cdef const uint8_t[::1] is_crowd = gt_is_crowd.view(np.uint8)
    cdef int64_t p, g, n = 0
    cdef double shared, iou
    with nogil:
        for p in range(first, last):
            for g in range(gt_offsets[pred_image[p]], gt_offsets[pred_image[p] + 1]):
                n += _is_near(&pred_box[p, 0], &gt_box[g, 0])
    pred_array, gt_array, iou_array = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.float64)
    cdef int32_t[::1] pred_row = pred_array, gt_row = gt_array
    cdef double[::1] pair_iou = iou_array
    n = 0
    with nogil:
        for p in range(first, last):
            for g in range(gt_offsets[pred_image[p]], gt_offsets[pred_image[p] + 1]):
                if not _is_near(&pred_box[p, 0], &gt_box[g, 0]):
                    continue
                shared = <double> _shared(
                    &pred_edges[pred_bounds[p]], pred_bounds[p + 1] - pred_bounds[p],
                    &gt_edges[gt_bounds[g]], gt_bounds[g + 1] - gt_bounds[g],
                )
                iou = shared / (pred_area[p] if is_crowd[g] else pred_area[p] + gt_area[g] - shared)
                if iou > 0 and iou >= floor:
                    pred_row[n] = <int32_t> p
                    gt_row[n] = <int32_t> g
                    pair_iou[n] = iou
                    n += 1
    return pred_array[:n], gt_array[:n], iou_array[:n]


cdef inline bint _is_near(const int32_t* one, const int32_t* other) noexcept nogil:
    """Return whether the boxes of two masks overlap; a mask without pixels has none that does."""
    return (
        (max(one[0], other[0]) < min(one[2], other[2])) & (max(one[1], other[1]) < min(one[3], other[3]))
    )


def outlines(const uint32_t[::1] edges, int64_t height, int64_t left, int64_t top, int64_t right, int64_t bottom):
    cdef int64_t high = bottom - top + 2, n_cells = (right - left + 2) * high, k, place, column, x, y, ahead, start, n_loops = 0
    cdef int64_t vx, vy, before
    cdef int way
    cdef uint8_t* cells = NULL
    cdef bint is_ink_right, is_ink_left
    cdef Bytes points, bounds
    cdef int32_t[2] corner
    cdef int64_t end = 0
    memset(&points, 0, sizeof(Bytes))
    memset(&bounds, 0, sizeof(Bytes))
    try:
        cells = <uint8_t*> malloc(max(n_cells, 1))
        if cells == NULL:
            raise MemoryError
        memset(cells, 0, n_cells)
        _append(&bounds, &end, sizeof(int64_t))
        for k in range(0, edges.shape[0], 2):
            place = edges[k]
            while place < edges[k + 1]:
                # As much of the run as lies in one column.
                column = place // height
                y = place - column * height
                ahead = min(<int64_t> edges[k + 1] - place, height - y)
                if left <= column < right and y >= top and y + ahead <= bottom:
                    memset(cells + (column - left + 1) * high + (y - top + 1), 1, ahead)
                place += ahead
        for start in range(high, n_cells - high):
            if cells[start] != 1 or cells[start - high] & 1:
                continue
            x = start // high
            y = start - x * high
            vx = x
            vy = y + 1
            way = 0
            while True:
                # The four ways are up, right, down, left; what is inside lies to the right hand.
                if way == 0:
                    cells[vx * high + vy - 1] |= 2
                    vy -= 1
                    is_ink_left = cells[(vx - 1) * high + vy - 1] & 1
                    is_ink_right = cells[vx * high + vy - 1] & 1
                elif way == 1:
                    vx += 1
                    is_ink_left = cells[vx * high + vy - 1] & 1
                    is_ink_right = cells[vx * high + vy] & 1
                elif way == 2:
                    vy += 1
                    is_ink_left = cells[vx * high + vy] & 1
                    is_ink_right = cells[(vx - 1) * high + vy] & 1
                else:
                    vx -= 1
                    is_ink_left = cells[(vx - 1) * high + vy] & 1
                    is_ink_right = cells[(vx - 1) * high + vy - 1] & 1
                before = way
                if not is_ink_right:
                    way = (way + 1) % 4
                elif is_ink_left:
                    way = (way + 3) % 4
                if way != before:
                    corner[0] = <int32_t> (vx - 1 + left)
                    corner[1] = <int32_t> (vy - 1 + top)
                    _append(&points, corner, sizeof(corner))
                if way == 0 and vx == x and vy == y + 1:
                    break
            end = <int64_t> (points.n // sizeof(corner))
            _append(&bounds, &end, sizeof(int64_t))
        return _array_of(&points, np.int32).reshape(-1, 2), _array_of(&bounds, np.int64)
    finally:
        free(cells)
        free(points.at)
        free(bounds.at)
