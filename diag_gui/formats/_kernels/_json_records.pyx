# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The records of a JSON list in blocks as columns of numbers. What it will not judge, msgspec reads.

A record whose values are of other types than wanted (text for a number, NaN, a box of three) is no failure: its bytes are handed
back for the precise reader to judge. What is not JSON, or too much of it, is refused.
"""

import numpy as np

from libc.math cimport NAN
from libc.stdlib cimport free, realloc

SOURCE_HASH = "21ab009fb434604f"

include "_json_grammar.pxi"
include "_json_masks.pxi"
include "_distinct_texts.pxi"

# What a field of a record is read as.
IDENTIFIER, NUMBER, BOX, FLAG, RAW, MASK = range(6)

COLUMN_TYPES = {
    IDENTIFIER: (np.dtype(np.int64), 1),
    NUMBER: (np.dtype(np.float64), 1),
    BOX: (np.dtype(np.float64), 4),
    FLAG: (np.dtype(np.bool_), 1),
    MASK: (np.dtype(np.int32), 3),
}

# What the segmentation of a record is.
NO_MASK, POLYGONS, RUN_LENGTHS, UNUSUAL_MASK = range(4)

cdef enum:
    KIND_IDENTIFIER = 0
    KIND_NUMBER = 1
    KIND_BOX = 2
    KIND_FLAG = 3
    KIND_RAW = 4
    KIND_MASK = 5

    MOST_NAMES = 32
    LONGEST_NAME = 128


cdef struct Name:
    uint8_t[LONGEST_NAME] text  # with its quotes
    int length
    int kind


cdef struct Span:
    int32_t name  # -1: a whole record whose values are unusual
    int32_t row
    int64_t start
    int64_t stop


cdef class RecordReader:
    """Reads the records of a list block by block; what it found of the last block is asked for afterwards.

    Parameters
    ----------
    fields : dict of str to int
        Known fields and what to read them as: `IDENTIFIER` (int64, or texts), `NUMBER` (float64, NaN where null), `BOX` (four
        float64), `FLAG` (0, 1, true, false), `MASK` (a segmentation, kept as it is written and checked), `RAW` (any value, kept
        as it is written). Fields of other names are `RAW`.
    polygon_px, mask_pixels : int
        Limits of masks.
    """

    cdef Name[MOST_NAMES] _names
    cdef void* _columns[MOST_NAMES]
    cdef Texts[MOST_NAMES] _texts
    cdef int _n_names
    cdef int _n_known
    cdef int[MOST_NAMES] _order
    cdef int _n_order
    cdef uint32_t *_given
    cdef Py_ssize_t _room
    cdef Span *_spans
    cdef Py_ssize_t _n_spans
    cdef Py_ssize_t _spans_room
    cdef Reading _reading
    cdef const uint8_t *_begin
    cdef object _data
    cdef double _polygon_px
    cdef int64_t _mask_pixels
    cdef bint _out_of_memory
    cdef readonly Py_ssize_t n_rows
    cdef readonly uint32_t given_by_all
    cdef readonly uint32_t given_by_any

    def __cinit__(self, dict fields, double polygon_px, int64_t mask_pixels):
        cdef int k
        memset(self._columns, 0, sizeof(self._columns))
        memset(self._texts, 0, sizeof(self._texts))
        self._given, self._spans, self._room, self._spans_room = NULL, NULL, 0, 0
        self._polygon_px, self._mask_pixels = polygon_px, mask_pixels
        self._n_names = 0
        for name, kind in fields.items():
            text = b'"' + name.encode() + b'"'
            memcpy(self._names[self._n_names].text, <const uint8_t *> text, len(text))
            self._names[self._n_names].length = len(text)
            self._names[self._n_names].kind = kind
            self._n_names += 1
        self._n_known = self._n_names
        self.n_rows = 0

    def __dealloc__(self):
        cdef int k
        free(self._given)
        free(self._spans)
        for k in range(MOST_NAMES):
            free(self._columns[k])
            free(self._texts[k].begin)
            free(self._texts[k].length)
            free(self._texts[k].mix)
            free(self._texts[k].slots)

    cdef bint _more_rows(self, Py_ssize_t room) noexcept nogil:
        cdef int k
        cdef size_t width
        cdef void *grown
        for k in range(self._n_known):
            width = _width(self._names[k].kind)
            if width:
                grown = realloc(self._columns[k], room * width)
                if grown == NULL:
                    return False
                self._columns[k] = grown
        grown = realloc(self._given, room * sizeof(uint32_t))
        if grown == NULL:
            return False
        self._given = <uint32_t *> grown
        self._room = room
        return True

    cdef bint _add_span(self, int name, Py_ssize_t row, const uint8_t *start, const uint8_t *stop) noexcept nogil:
        cdef Py_ssize_t room
        cdef void *grown
        if self._n_spans == self._spans_room:
            room = 2 * self._spans_room if self._spans_room else 1024
            grown = realloc(self._spans, room * sizeof(Span))
            if grown == NULL:
                self._out_of_memory = True
                return False
            self._spans = <Span *> grown
            self._spans_room = room
        self._spans[self._n_spans] = Span(name, <int32_t> row, start - self._begin, stop - self._begin)
        self._n_spans += 1
        return True

    cdef int _name_at(self, const uint8_t *p, Py_ssize_t length) noexcept nogil:
        """Return the place of a key among the names, a new one at the end; -1 where there are too many or it is too long."""
        cdef int k
        for k in range(self._n_names):
            if self._names[k].length == length and memcmp(self._names[k].text, p, length) == 0:
                return k
        if self._n_names == MOST_NAMES or length > LONGEST_NAME:
            return -1
        k = self._n_names
        memcpy(self._names[k].text, p, length)
        self._names[k].length, self._names[k].kind = <int> length, KIND_RAW
        self._n_names += 1
        return k

    cdef const uint8_t *_identifier(self, const uint8_t *p, int k, Py_ssize_t row) noexcept nogil:
        cdef Reading *r = &self._reading
        cdef Texts *t = &self._texts[k]
        cdef int64_t *column = <int64_t *> self._columns[k]
        cdef const uint8_t *begin = p
        cdef bint plain = True
        if p[0] != c'"':
            if t.is_used:
                return _fail(r, p)
            t.is_number = True
            return _whole(r, p, column + row)
        if t.is_number:
            return _fail(r, p)
        p = _text(r, p, &plain)
        if p == NULL:
            return NULL
        if not plain or p - begin > 4098:
            return _fail(r, begin)
        t.is_used = True
        column[row] = _place_of(t, begin + 1, <int32_t> (p - begin - 2))
        self._out_of_memory |= column[row] < 0
        return p

    cdef const uint8_t *_typed(self, const uint8_t *p, int k, Py_ssize_t row, uint32_t *given) noexcept nogil:
        """Read the value of a known field into its column; return where it ends, NULL if it is of another type."""
        cdef Reading *r = &self._reading
        cdef int kind = self._names[k].kind
        cdef int64_t whole = 0
        cdef uint8_t *flag
        cdef int32_t *mask
        cdef const uint8_t *begin = p
        if p[0] == c"n":
            return _word(r, p, b"null", 4)
        given[0] |= <uint32_t> 1 << k
        if kind == KIND_BOX:
            return _box(r, p, <double *> self._columns[k] + 4 * row)
        if kind == KIND_IDENTIFIER:
            return self._identifier(p, k, row)
        if kind == KIND_NUMBER:
            return _number(r, p, <double *> self._columns[k] + row)
        if kind == KIND_FLAG:
            flag = <uint8_t *> self._columns[k] + row
            if p[0] == c"t" or p[0] == c"f":
                flag[0] = p[0] == c"t"
                return _word(r, p, b"true", 4) if p[0] == c"t" else _word(r, p, b"false", 5)
            p = _integer(r, p, &whole)
            if p != NULL and _has_decimals(p[0]):
                return _fail(r, p)
            flag[0] = whole != 0
            return p
        mask = <int32_t *> self._columns[k] + 3 * row
        mask[0] = mask[1] = mask[2] = 0
        if p[0] == c"[":
            p = _blank(p + 1, r.end)
            if p >= r.end:
                return _fail(r, r.end)
            if p[0] == c"]":
                return p + 1
            mask[0] = 1
            p = _polygons(r, begin, self._polygon_px)
        elif p[0] == c"{":
            p = _run_lengths(r, p, self._mask_pixels, mask)
        else:
            p = NULL
            r.at = begin
        if p == NULL and r.at < r.end:
            mask[0] = 3
            p = _skip(r, begin, True)
        return p if p == NULL or self._add_span(k, row, begin, p) else NULL

    cdef const uint8_t *_record(self, const uint8_t *p, Py_ssize_t row, int *how) noexcept nogil:
        """Read one element; return where it ends, or NULL and ``how`` it failed, if not for want of bytes."""
        cdef Reading *r = &self._reading
        cdef const uint8_t *begin = p
        cdef const uint8_t *key
        cdef const uint8_t *value
        cdef Py_ssize_t n_spans = self._n_spans, length
        cdef int place = 0, k
        cdef uint32_t seen = 0, given = 0
        cdef bint is_unusual = False, plain
        if p[0] != c"{":
            is_unusual = True
            p = _skip(r, p, True)
            if p == NULL:
                return NULL
        else:
            p = _blank(p + 1, r.end)
            if p < r.end and p[0] == c"}":
                p += 1
            else:
                while True:
                    k = self._order[place] if place < self._n_order else -1
                    if k >= 0 and r.end - p >= max(self._names[k].length, 8) and begins_with(
                        p, self._names[k].text, self._names[k].length
                    ):
                        p += self._names[k].length
                    else:
                        key = p
                        if p >= r.end:
                            return _fail(r, r.end)
                        if p[0] != c'"':
                            return _fail(r, p)
                        plain = True
                        p = _text(r, p, &plain)
                        if p == NULL:
                            return NULL
                        length = p - key
                        k = self._name_at(key, length) if plain else -1
                        if k < 0:
                            return _fail(r, key)
                        if place < MOST_NAMES:
                            self._order[place] = k
                            self._n_order = max(self._n_order, place + 1)
                    place += 1
                    if seen & (<uint32_t> 1 << k):
                        how[0] = STOP_REPEATED_KEY
                        return _fail(r, p)
                    seen |= <uint32_t> 1 << k
                    p = _blank(p, r.end)
                    if p >= r.end:
                        return _fail(r, r.end)
                    if p[0] != c":":
                        return _fail(r, p)
                    p = _blank(p + 1, r.end)
                    if p >= r.end:
                        return _fail(r, r.end)
                    value = p
                    if self._names[k].kind == KIND_RAW:
                        p = _skip(r, value, True)
                        if p == NULL or not self._add_span(k, row, value, p):
                            return NULL
                        given |= <uint32_t> 1 << k
                    else:
                        p = self._typed(value, k, row, &given)
                        if p == NULL:
                            if r.at >= r.end or self._out_of_memory:
                                return NULL
                            is_unusual = True
                            p = _skip(r, value, True)
                            if p == NULL:
                                return NULL
                    p = _blank(p, r.end)
                    if p >= r.end:
                        return _fail(r, r.end)
                    if p[0] == c"}":
                        p += 1
                        break
                    if p[0] != c",":
                        return _fail(r, p)
                    p = _blank(p + 1, r.end)
        if is_unusual:
            self._n_spans = n_spans
            given = 0
            if not self._add_span(-1, row, begin, p):
                return NULL
        self._given[row] = given
        return p

    cdef void _blank_what_is_not_given(self, int k) noexcept nogil:
        """Write NaN, False, zero into the rows that do not give field ``k`` or give null."""
        cdef Py_ssize_t row
        cdef size_t width = _width(self._names[k].kind)
        cdef double *numbers = <double *> self._columns[k]
        cdef int n_numbers = 4 if self._names[k].kind == KIND_BOX else 1, i
        cdef bint are_numbers = self._names[k].kind == KIND_NUMBER or self._names[k].kind == KIND_BOX
        for row in range(self.n_rows):
            if self._given[row] & (<uint32_t> 1 << k):
                continue
            if are_numbers:
                for i in range(n_numbers):
                    numbers[n_numbers * row + i] = NAN
            else:
                memset(<uint8_t *> self._columns[k] + width * row, 0, width)

    cdef int _records(self, const uint8_t *p, const uint8_t **position) noexcept nogil:
        cdef Reading *r = &self._reading
        cdef const uint8_t *begin
        cdef Py_ssize_t row = 0, n_spans
        cdef int how
        self.given_by_all, self.given_by_any = 0xFFFFFFFF, 0
        while True:
            self.n_rows = row
            begin = _blank(p, r.end)
            position[0] = begin
            if begin >= r.end:
                return STOP_AT_EDGE
            if row == self._room and not self._more_rows(2 * self._room):
                self._out_of_memory = True
                return STOP_REFUSED
            n_spans = self._n_spans
            how = STOP_REFUSED
            p = self._record(begin, row, &how)
            if p != NULL:
                p = _blank(p, r.end)
                if p >= r.end or (p[0] != c"," and p[0] != c"]"):
                    p = _fail(r, p)
            if p == NULL:
                self._n_spans = n_spans
                if self._out_of_memory:
                    return STOP_REFUSED
                if r.at >= r.end:
                    return STOP_CUT
                position[0] = r.at
                return how
            self.given_by_all &= self._given[row]
            self.given_by_any |= self._given[row]
            row += 1
            if p[0] == c"]":
                self.n_rows = row
                position[0] = p + 1
                return STOP_AT_END
            p += 1

    def read(self, data, Py_ssize_t start, Py_ssize_t stop):
        """Read the records of a block.

        Parameters
        ----------
        data : bytes or another buffer
            Must not change before the next call: texts and raw values are looked up in it.
        start, stop : int
            A record begins at ``start`` or behind blanks there; nothing from ``stop`` on is looked at.

        Returns
        -------
        how : int
            `AT_EDGE`: the block ends behind a comma. `AT_END`: ``position`` is behind the closing bracket. `CUT`: ``position`` is
            where the record begins that the block cuts; it is not among the rows. `REFUSED`, `REPEATED_KEY`: ``position`` is where.
        position : int
        """
        cdef const uint8_t[::1] view = data
        cdef const uint8_t *position = NULL
        cdef int how, k
        self.n_rows = 0
        self._n_spans = 0
        self._n_names = self._n_known
        self._n_order = 0
        self._out_of_memory = False
        for k in range(MOST_NAMES):
            self._texts[k].is_used = self._texts[k].is_number = False
            self._texts[k].n = 0
            if self._texts[k].n_slots:
                memset(self._texts[k].slots, 0xFF, self._texts[k].n_slots * sizeof(int32_t))
        if not 0 <= start < stop <= view.shape[0]:
            return STOP_AT_EDGE, start
        if stop - start >= 1 << 31:
            return STOP_REFUSED, start
        if self._room == 0 and not self._more_rows(max(256, (stop - start) // 64)):
            raise MemoryError
        self._data = data
        self._begin = &view[0]
        self._reading.end = self._begin + stop
        with nogil:
            how = self._records(self._begin + start, &position)
            for k in range(self._n_known):
                if (self.given_by_any & ~self.given_by_all) & (<uint32_t> 1 << k) and self._names[k].kind != KIND_RAW:
                    self._blank_what_is_not_given(k)
        if self._out_of_memory:
            raise MemoryError
        return how, position - self._begin

    @property
    def names(self):
        """Names of the fields, the known ones first, then others as they appeared."""
        return [bytes(self._names[k].text[1 : self._names[k].length - 1]).decode() for k in range(self._n_names)]

    def given(self):
        """Return per row which fields it gives and not as null, bit k for name k."""
        cdef uint32_t[::1] copied
        found = np.empty(self.n_rows, np.uint32)
        if self.n_rows:
            copied = found
            memcpy(&copied[0], self._given, self.n_rows * sizeof(uint32_t))
        return found

    def column(self, int k, to=None):
        """Return what was read of known field ``k``; None where no row gives it.

        Parameters
        ----------
        k : int
        to : ndarray, optional
            Of `n_rows` rows of the type of the column; it is filled and returned.

        Notes
        -----
        Masks are rows of kind, height and width; identifiers that are texts are places in `texts`.
        """
        cdef uint8_t[::1] copied
        if not 0 <= k < self._n_known or self._names[k].kind == KIND_RAW or not self.given_by_any & (<uint32_t> 1 << k):
            return None
        dtype, n_numbers = COLUMN_TYPES[self._names[k].kind]
        shape = (self.n_rows,) if n_numbers == 1 else (self.n_rows, n_numbers)
        if to is None:
            to = np.empty(shape, dtype)
        if to.dtype != dtype or to.shape != shape or not to.flags.c_contiguous:
            raise ValueError(f"column {k} has rows of {n_numbers} {dtype}")
        if self.n_rows:
            copied = to.reshape(-1).view(np.uint8)
            memcpy(&copied[0], self._columns[k], self.n_rows * _width(self._names[k].kind))
        return to

    def texts(self, int k):
        """Return the distinct texts of identifier ``k``, or None where they are numbers or none is given."""
        cdef Texts *t = &self._texts[k]
        cdef Py_ssize_t i
        return [t.begin[i][: t.length[i]].decode() for i in range(t.n)] if t.is_used else None

    def is_number(self, int k):
        """Return whether identifier ``k`` was a number somewhere."""
        return bool(self._texts[k].is_number)

    def raw(self, int k):
        """Return the values of field ``k`` as they are written.

        Returns
        -------
        rows : ndarray of int32, shape (N,)
            Rows that have one.
        lengths : ndarray of int64, shape (N,)
            Bytes of each.
        values : ndarray of uint8
            One behind the other, each with a comma behind it that does not count.
        """
        cdef Py_ssize_t i, n = 0, total = 0, length
        for i in range(self._n_spans):
            if self._spans[i].name == k:
                n += 1
                total += self._spans[i].stop - self._spans[i].start + 1
        rows, lengths, values = np.empty(n, np.int32), np.empty(n, np.int64), np.empty(total, np.uint8)
        if n == 0:
            return rows, lengths, values
        cdef int32_t[::1] to_rows = rows
        cdef int64_t[::1] to_lengths = lengths
        cdef uint8_t[::1] to_values = values
        with nogil:
            n = total = 0
            for i in range(self._n_spans):
                if self._spans[i].name == k:
                    length = self._spans[i].stop - self._spans[i].start
                    memcpy(&to_values[total], self._begin + self._spans[i].start, length)
                    to_values[total + length] = c","
                    to_rows[n], to_lengths[n] = self._spans[i].row, length
                    n += 1
                    total += length + 1
        return rows, lengths, values

    def unusual(self):
        """Return row, start and bytes of each record that the precise reader must judge."""
        cdef Py_ssize_t i
        found = []
        for i in range(self._n_spans):
            if self._spans[i].name == -1:
                start = self._spans[i].start
                found.append((self._spans[i].row, start, bytes(self._begin[start : self._spans[i].stop])))
        return found


cdef inline size_t _width(int kind) noexcept nogil:
    """Return the bytes that one row of a column takes."""
    if kind == KIND_IDENTIFIER or kind == KIND_NUMBER:
        return 8
    if kind == KIND_BOX:
        return 32
    if kind == KIND_FLAG:
        return 1
    return 12 if kind == KIND_MASK else 0
