"""Segmentations of COCO JSON without fault by themselves, as ``data/written_masks.py`` judges them; included by the reader of records."""

cdef const uint8_t *_polygons(Reading *r, const uint8_t *p, double largest) noexcept nogil:
    """Read a list of polygons of three points or more, each coordinate within ``largest``."""
    cdef double value = 0
    cdef int64_t n
    if p[0] != c"[":
        return _fail(r, p)
    while True:
        p = _blank(p + 1, r.end)
        if p >= r.end:
            return _fail(r, r.end)
        if p[0] != c"[":
            return _fail(r, p)
        n = 0
        while True:
            p = _number(r, _blank(p + 1, r.end), &value)
            if p == NULL:
                return NULL
            if not -largest <= value <= largest:
                return _fail(r, p)
            n += 1
            p = _blank(p, r.end)
            if p >= r.end:
                return _fail(r, r.end)
            if p[0] == c"]":
                break
            if p[0] != c",":
                return _fail(r, p)
        if n < 6 or n % 2:
            return _fail(r, p)
        p = _blank(p + 1, r.end)
        if p >= r.end:
            return _fail(r, r.end)
        if p[0] == c"]":
            return p + 1
        if p[0] != c",":
            return _fail(r, p)


cdef const uint8_t *_runs_of_text(Reading *r, const uint8_t *p, int64_t most, int64_t *total) noexcept nogil:
    """Read run lengths in the string form (see written_masks.py) and add them up."""
    cdef int64_t run = 0, one_before = 0, two_before = 0
    cdef int64_t n = 0
    cdef int groups = 0, group
    total[0] = 0
    p += 1
    while True:
        if p >= r.end:
            return _fail(r, r.end)
        if p[0] == c'"':
            return p + 1 if groups == 0 else _fail(r, p)
        if p[0] == c"\\":
            p += 1
            if p >= r.end:
                return _fail(r, r.end)
            if p[0] != c"\\":
                return _fail(r, p)
        if not 48 <= p[0] < 112 or groups == 7:
            return _fail(r, p)
        group = p[0] - 48
        run |= <int64_t> (group & 0x1F) << (5 * groups)
        groups += 1
        if not group & 0x20:
            if group & 0x10:
                run -= <int64_t> 1 << (5 * groups)
            if n >= 3:
                run += two_before
            total[0] += run
            if run < 0 or total[0] > most:
                return _fail(r, p)
            two_before, one_before = one_before, run
            n += 1
            run = groups = 0
        p += 1


cdef const uint8_t *_runs_of_list(Reading *r, const uint8_t *p, int64_t most, int64_t *total) noexcept nogil:
    """Read a list of run lengths and add them up."""
    cdef int64_t run = 0
    total[0] = 0
    while True:
        p = _integer(r, _blank(p + 1, r.end), &run)
        if p == NULL:
            return NULL
        total[0] += run
        p = _blank(p, r.end)
        if p >= r.end:
            return _fail(r, r.end)
        if run < 0 or total[0] > most:
            return _fail(r, p)
        if p[0] == c"]":
            return p + 1
        if p[0] != c",":
            return _fail(r, p)


cdef const uint8_t *_run_lengths(Reading *r, const uint8_t *p, int64_t most, int32_t *mask) noexcept nogil:
    """Read an object of ``size`` and ``counts`` that agree."""
    cdef int64_t height = 0, width = 0, total = -1
    cdef const uint8_t *name
    while True:
        p = _blank(p + 1, r.end)
        name = p
        p = _name_and_colon(r, p)
        if p == NULL:
            return NULL
        if p >= r.end:
            return _fail(r, r.end)
        if r.end - name >= 6 and memcmp(name, b'"size"', 6) == 0 and height == 0 and p[0] == c"[":
            p = _integer(r, _blank(p + 1, r.end), &height)
            if p == NULL:
                return NULL
            p = _blank(p, r.end)
            if p >= r.end:
                return _fail(r, r.end)
            if p[0] != c",":
                return _fail(r, p)
            p = _integer(r, _blank(p + 1, r.end), &width)
            if p == NULL:
                return NULL
            p = _blank(p, r.end)
            if p >= r.end:
                return _fail(r, r.end)
            if p[0] != c"]" or not 0 < height <= most or not 0 < width <= most // height:
                return _fail(r, p)
            p += 1
        elif r.end - name >= 8 and memcmp(name, b'"counts"', 8) == 0 and total < 0 and (p[0] == c'"' or p[0] == c"["):
            p = _runs_of_text(r, p, most, &total) if p[0] == c'"' else _runs_of_list(r, p, most, &total)
            if p == NULL:
                return NULL
        else:
            return _fail(r, p)
        p = _blank(p, r.end)
        if p >= r.end:
            return _fail(r, r.end)
        if p[0] == c"}":
            break
        if p[0] != c",":
            return _fail(r, p)
    if height == 0 or total != height * width:
        return _fail(r, p)
    mask[0], mask[1], mask[2] = 2, <int32_t> height, <int32_t> width
    return p + 1
