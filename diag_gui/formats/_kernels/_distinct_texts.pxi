"""Texts by place, each distinct one kept once as a piece of the block it stands in; included by the reader of records."""

cdef struct Texts:
    bint is_used  # identifiers are texts; the column holds their places here
    bint is_number
    Py_ssize_t n
    Py_ssize_t room
    Py_ssize_t n_slots
    const uint8_t **begin
    int32_t *length
    uint64_t *mix
    int32_t *slots


cdef bint _more_texts(Texts *t) noexcept nogil:
    """Make room for twice as many texts; return False where memory ends."""
    cdef Py_ssize_t room = 2 * t.room if t.room else 256, n_slots = 2 * room, k, slot
    cdef void *begin = realloc(t.begin, room * sizeof(void *))
    if begin == NULL:
        return False
    t.begin = <const uint8_t **> begin
    cdef void *length = realloc(t.length, room * sizeof(int32_t))
    if length == NULL:
        return False
    t.length = <int32_t *> length
    cdef void *mix = realloc(t.mix, room * sizeof(uint64_t))
    if mix == NULL:
        return False
    t.mix = <uint64_t *> mix
    cdef void *slots = realloc(t.slots, n_slots * sizeof(int32_t))
    if slots == NULL:
        return False
    t.slots = <int32_t *> slots
    t.room, t.n_slots = room, n_slots
    memset(slots, 0xFF, n_slots * sizeof(int32_t))
    for k in range(t.n):
        slot = <Py_ssize_t> (t.mix[k] & <uint64_t> (n_slots - 1))
        while t.slots[slot] >= 0:
            slot = (slot + 1) & (n_slots - 1)
        t.slots[slot] = <int32_t> k
    return True


cdef int64_t _place_of(Texts *t, const uint8_t *text, int32_t length) noexcept nogil:
    """Return the place of a text among those seen, a new one at the end; -1 where memory ends."""
    cdef uint64_t mix = 14695981039346656037ULL
    cdef Py_ssize_t slot
    cdef int32_t k
    # Neighbours are often of one image.
    if t.n and t.length[t.n - 1] == length and memcmp(t.begin[t.n - 1], text, length) == 0:
        return t.n - 1
    for k in range(length):
        mix = (mix ^ text[k]) * 1099511628211ULL
    mix ^= mix >> 29
    if 2 * t.n >= t.n_slots and not _more_texts(t):
        return -1
    slot = <Py_ssize_t> (mix & <uint64_t> (t.n_slots - 1))
    while t.slots[slot] >= 0:
        k = t.slots[slot]
        if t.mix[k] == mix and t.length[k] == length and memcmp(t.begin[k], text, length) == 0:
            return k
        slot = (slot + 1) & (t.n_slots - 1)
    t.slots[slot] = <int32_t> t.n
    t.begin[t.n], t.length[t.n], t.mix[t.n] = text, length, mix
    t.n += 1
    return t.n - 1
