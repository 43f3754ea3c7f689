# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Box records of COCO JSON to columns, where nothing in them is unusual. What it returns None for, msgspec reads."""

import numpy as np

from cpython.object cimport PyObject
from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcmp

SOURCE_HASH = "65b0e20ae9f91335"

cdef extern from *:
    """
    #include <math.h>
    #include <stdint.h>

    /* Return w / 10**k for w > 0 and 0 < k <= 19 rounded to nearest even, or a negative number where the compiler has no
       integers of 128 bits. The quotient of both, shifted to 64 bits, has at least 63; what is left over decides ties. */
    static double quotient_by_power_of_ten(uint64_t w, uint64_t power) {
    #ifdef __SIZEOF_INT128__
        int up = __builtin_clzll(w), down = __builtin_clzll(power);
        unsigned __int128 dividend = (unsigned __int128)(w << up) << 63;
        uint64_t divisor = power << down;
        uint64_t q = (uint64_t)(dividend / divisor);
        int left_over = (uint64_t)(dividend - (unsigned __int128)q * divisor) != 0;
        int extra = 11 - __builtin_clzll(q);
        uint64_t m = q >> extra, rest = q & ((1ULL << extra) - 1), half = 1ULL << (extra - 1);
        if (rest > half || (rest == half && (left_over || (m & 1)))) m++;
        return ldexp((double)m, extra - 63 - up + down);
    #else
        (void)w; (void)power;
        return -1.0;
    #endif
    }
    """
    double quotient_by_power_of_ten(uint64_t w, uint64_t power) noexcept nogil

cdef extern from "Python.h":
    double PyOS_string_to_double(const char *text, char **stop, PyObject *overflow)

cdef enum:
    IMAGE_ID = 1
    CATEGORY_ID = 2
    BBOX = 4
    SCORE = 8
    ID = 16
    AREA = 32
    ISCROWD = 64
    SEGMENTATION = 128
    REQUIRED = 7

cdef double[23] EXACT_POWERS
cdef uint64_t[20] POWERS
cdef int _k
for _k in range(23):
    EXACT_POWERS[_k] = float("1e%d" % _k)
for _k in range(20):
    POWERS[_k] = int("1" + "0" * _k)


cdef double _as_python_reads(const uint8_t *token) noexcept with gil:
    """Return the number that begins at ``token``, infinite where it is too large; more follows it in the buffer."""
    cdef char *stop
    return PyOS_string_to_double(<const char *> token, &stop, NULL)


cdef inline const uint8_t *_blank(const uint8_t *p, const uint8_t *end) noexcept nogil:
    while p < end and (p[0] == c" " or p[0] == c"\n" or p[0] == c"\r" or p[0] == c"\t"):
        p += 1
    return p


cdef inline const uint8_t *_whole(const uint8_t *p, const uint8_t *end, int64_t *value) noexcept nogil:
    """Read an integer of at most 18 digits; return where it ends, NULL if it is none."""
    cdef bint negative = p < end and p[0] == c"-"
    cdef const uint8_t *first
    cdef int64_t total = 0
    if negative:
        p += 1
    first = p
    while p < end and c"0" <= p[0] <= c"9":
        if p - first >= 18:
            return NULL
        total = total * 10 + (p[0] - c"0")
        p += 1
    if p == first or p >= end or (first[0] == c"0" and (p - first > 1 or negative)):
        return NULL
    if p[0] == c"." or p[0] == c"e" or p[0] == c"E":
        return NULL
    value[0] = -total if negative else total
    return p


cdef inline const uint8_t *_number(const uint8_t *p, const uint8_t *end, double *value) noexcept nogil:
    """Read a finite number, rounded to nearest even; return where it ends, NULL if it is none."""
    cdef const uint8_t *token = p
    cdef bint negative = p < end and p[0] == c"-"
    cdef bint exponent_negative = False
    cdef const uint8_t *first
    cdef uint64_t digits = 0
    cdef int n_digits, n_decimals = 0, exponent = 0
    cdef double found = -1.0
    if negative:
        p += 1
    first = p
    while p < end and c"0" <= p[0] <= c"9":
        digits = digits * 10 + (p[0] - c"0")
        p += 1
    if p == first or (first[0] == c"0" and p - first > 1) or p - first > 1000:
        return NULL
    n_digits = <int> (p - first)
    if p < end and p[0] == c".":
        p += 1
        first = p
        while p < end and c"0" <= p[0] <= c"9":
            digits = digits * 10 + (p[0] - c"0")
            p += 1
        if p == first or p - first > 1000:
            return NULL
        n_decimals = <int> (p - first)
    elif negative and n_digits == 1 and digits == 0:
        return NULL
    if p < end and (p[0] == c"e" or p[0] == c"E"):
        p += 1
        if p < end and (p[0] == c"+" or p[0] == c"-"):
            exponent_negative = p[0] == c"-"
            p += 1
        first = p
        while p < end and c"0" <= p[0] <= c"9":
            exponent = exponent * 10 + (p[0] - c"0")
            p += 1
            if p - first > 3:
                return NULL
        if p == first:
            return NULL
        if exponent_negative:
            exponent = -exponent
    if p >= end:
        return NULL
    exponent -= n_decimals
    if n_digits + n_decimals <= 19:
        if digits == 0:
            found = 0.0
        elif digits <= (1ULL << 53) and -22 <= exponent <= 22:
            # Both are exact in float64, so one division or product rounds once.
            found = digits / EXACT_POWERS[-exponent] if exponent < 0 else digits * EXACT_POWERS[exponent]
        elif -19 <= exponent < 0:
            found = quotient_by_power_of_ten(digits, POWERS[-exponent])
    if found >= 0:
        value[0] = -found if negative else found
        return p
    value[0] = _as_python_reads(token)
    return p if isfinite(value[0]) else NULL


cdef inline const uint8_t *_box(const uint8_t *p, const uint8_t *end, double *xywh) noexcept nogil:
    cdef int side
    if p >= end or p[0] != c"[":
        return NULL
    p += 1
    for side in range(4):
        p = _number(_blank(p, end), end, xywh + side)
        if p == NULL:
            return NULL
        p = _blank(p, end)
        if p >= end or p[0] != (c"]" if side == 3 else c","):
            return NULL
        p += 1
    return p


cdef inline const uint8_t *_key(const uint8_t *p, const uint8_t *end, int *field) noexcept nogil:
    """Read a key that is known and the colon behind it; return where its value begins, NULL if there is no such key."""
    cdef const char *name
    cdef Py_ssize_t length
    if end - p < 4 or p[0] != c'"':
        return NULL
    if p[1] == c"i":
        if p[2] == c"m":
            name, length, field[0] = b'"image_id"', 10, IMAGE_ID
        elif p[2] == c"d":
            name, length, field[0] = b'"id"', 4, ID
        else:
            name, length, field[0] = b'"iscrowd"', 9, ISCROWD
    elif p[1] == c"c":
        name, length, field[0] = b'"category_id"', 13, CATEGORY_ID
    elif p[1] == c"b":
        name, length, field[0] = b'"bbox"', 6, BBOX
    elif p[1] == c"a":
        name, length, field[0] = b'"area"', 6, AREA
    elif p[2] == c"c":
        name, length, field[0] = b'"score"', 7, SCORE
    else:
        name, length, field[0] = b'"segmentation"', 14, SEGMENTATION
    if end - p < length or memcmp(p, name, length) != 0:
        return NULL
    p = _blank(p + length, end)
    if p >= end or p[0] != c":":
        return NULL
    return _blank(p + 1, end)


cdef struct Columns:
    int64_t *image_id
    int64_t *category_id
    double *xywh
    double *score
    int64_t *record_id
    double *area
    uint8_t *is_crowd


cdef const uint8_t *_value(const uint8_t *p, const uint8_t *end, int field, Columns to, Py_ssize_t row) noexcept nogil:
    """Read the value of a field into its column; return where it ends, NULL if it is not of the plain kind."""
    cdef int64_t whole = 0
    if field == BBOX:
        return _box(p, end, to.xywh + 4 * row)
    if field == SCORE:
        return _number(p, end, to.score + row)
    if field == AREA:
        return _number(p, end, to.area + row)
    if field == IMAGE_ID:
        return _whole(p, end, to.image_id + row)
    if field == CATEGORY_ID:
        return _whole(p, end, to.category_id + row)
    if field == ID:
        return _whole(p, end, to.record_id + row)
    if field == ISCROWD:
        p = _whole(p, end, &whole)
        to.is_crowd[row] = whole != 0
        return p
    # An empty segmentation is none; any other is for the general reader.
    if p >= end or p[0] != c"[":
        return NULL
    p = _blank(p + 1, end)
    return p + 1 if p < end and p[0] == c"]" else NULL


cdef const uint8_t *_record(const uint8_t *p, const uint8_t *end, Columns to, Py_ssize_t row, int *fields) noexcept nogil:
    """Read one object; return where it ends and which fields it has, NULL if anything in it is unusual."""
    cdef int field = 0
    fields[0] = 0
    if p >= end or p[0] != c"{":
        return NULL
    while True:
        p = _key(_blank(p + 1, end), end, &field)
        if p == NULL or fields[0] & field:
            return NULL
        fields[0] |= field
        p = _value(p, end, field, to, row)
        if p == NULL:
            return NULL
        p = _blank(p, end)
        if p >= end or (p[0] != c"," and p[0] != c"}"):
            return NULL
        if p[0] == c"}":
            return p + 1


cdef int _records(const uint8_t *p, const uint8_t *end, Columns to, Py_ssize_t n) noexcept nogil:
    """Read a list of ``n`` objects with the same fields; return those fields, 0 if it is anything else."""
    cdef int of_all = 0, fields = 0
    cdef Py_ssize_t row
    for row in range(n):
        p = _record(_blank(p + 1, end), end, to, row, &fields)
        if p == NULL or (row > 0 and fields != of_all):
            return 0
        of_all = fields
        p = _blank(p, end)
        if p >= end or p[0] != (c"]" if row == n - 1 else c","):
            return 0
    return of_all if _blank(p + 1, end) == end else 0


def plain_columns(raw):
    """Read a JSON list of boxes whose records have the same fields, each once, all of them numbers.

    Parameters
    ----------
    raw : bytes or another buffer
        The list.

    Returns
    -------
    tuple of ndarray, or None
        ``image_id, category_id`` int64 (N,), ``xywh`` float64 (N, 4), ``score`` float64 (N,), ``record_id`` int64 (N,) or None,
        ``area`` float64 (N,), ``is_crowd`` bool (N,); NaN and False where no record has the field. None if anything is
        unusual, be it a fault or a field of another name: another reader then says what.
    """
    cdef const uint8_t[::1] data = memoryview(raw)
    cdef Py_ssize_t size = data.shape[0], n = 0, i
    cdef int fields
    if size < 2 or data[0] != c"[":
        return None
    with nogil:
        for i in range(size):
            n += data[i] == c"{"
    if n == 0:
        return None
    image_id_array, category_id_array, record_id_array = (np.empty(n, np.int64) for _ in range(3))
    xywh_array = np.empty((n, 4))
    score_array, area_array, is_crowd_array = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, np.uint8)
    cdef int64_t[::1] image_id = image_id_array
    cdef int64_t[::1] category_id = category_id_array
    cdef int64_t[::1] record_id = record_id_array
    cdef double[:, ::1] xywh = xywh_array
    cdef double[::1] score = score_array
    cdef double[::1] area = area_array
    cdef uint8_t[::1] is_crowd = is_crowd_array
    cdef Columns to
    to.image_id, to.category_id, to.record_id = &image_id[0], &category_id[0], &record_id[0]
    to.xywh, to.score, to.area, to.is_crowd = &xywh[0, 0], &score[0], &area[0], &is_crowd[0]
    with nogil:
        fields = _records(&data[0], &data[0] + size, to, n)
    if fields & REQUIRED != REQUIRED:
        return None
    ids = record_id_array if fields & ID else None
    return image_id_array, category_id_array, xywh_array, score_array, ids, area_array, is_crowd_array.view(np.bool_)
