# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Where values of JSON end, and where the last record of a block seems to begin."""

SOURCE_HASH = "8f6ac9df79b7932a"

include "_json_grammar.pxi"


def skip_value(data, Py_ssize_t start, Py_ssize_t stop):
    """Find where a value of strict JSON ends.

    Parameters
    ----------
    data : bytes or another buffer
    start, stop : int
        The value begins at ``start``; nothing from ``stop`` on is looked at.

    Returns
    -------
    how : int
        `AT_EDGE`: it ends before ``stop``; `CUT`: it may go on; `REFUSED`: it is not JSON, or not judged here.
    position : int
        Where it ends, or where it was refused.
    """
    cdef const uint8_t[::1] view = data
    cdef Reading reading
    cdef const uint8_t *found
    if not 0 <= start < stop <= view.shape[0]:
        return STOP_CUT, start
    reading.end = &view[0] + stop
    reading.at = NULL
    with nogil:
        found = _skip(&reading, &view[0] + start, False)
    if found != NULL:
        return STOP_AT_EDGE, found - &view[0]
    return STOP_CUT if reading.at >= reading.end else STOP_REFUSED, reading.at - &view[0]


def skip_elements(data, Py_ssize_t start, Py_ssize_t stop):
    """Find how many whole elements of a list lie in a block; ``start`` is where one begins, behind ``[`` or a comma.

    Returns
    -------
    how : int
        `AT_END`: ``position`` is behind the closing bracket. `CUT`: ``position`` is where the element begins that the block cuts.
        `REFUSED`: as in `skip_value`.
    position : int
    """
    cdef const uint8_t[::1] view = data
    cdef Reading reading
    cdef const uint8_t *p
    cdef const uint8_t *begin
    cdef int how = STOP_CUT
    if not 0 <= start < stop <= view.shape[0]:
        return STOP_CUT, start
    reading.end = &view[0] + stop
    begin = &view[0] + start
    with nogil:
        while True:
            p = _skip(&reading, _blank(begin, reading.end), False)
            if p == NULL:
                how = STOP_CUT if reading.at >= reading.end else STOP_REFUSED
                break
            p = _blank(p, reading.end)
            if p >= reading.end:
                break
            if p[0] == c"]":
                how = STOP_AT_END
                begin = p + 1
                break
            if p[0] != c",":
                how = STOP_REFUSED
                reading.at = p
                break
            begin = p + 1
    return how, (reading.at if how == STOP_REFUSED else begin) - &view[0]


def last_edge(data, Py_ssize_t start, Py_ssize_t stop, bytes first_key):
    """Return the last place in a block that looks like the beginning of a record behind another, or -1.

    Parameters
    ----------
    data : bytes or another buffer
    start, stop : int
        Only bytes from ``start`` to before ``stop`` are looked at.
    first_key : bytes
        With its quotes; the key that records begin with. The place may lie within a text: whoever reads up to it finds out.
    """
    cdef const uint8_t[::1] view = data
    cdef const uint8_t *key = first_key
    cdef Py_ssize_t length = len(first_key), i, k
    cdef Py_ssize_t found = -1
    if not 0 <= start <= stop <= view.shape[0]:
        return -1
    with nogil:
        i = stop - 1
        while i > start:
            if view[i] == c"{":
                k = i + 1
                while k < stop and view[k] <= 0x20:
                    k += 1
                if stop - k >= length and memcmp(&view[k], key, length) == 0:
                    k = i - 1
                    while k > start and view[k] <= 0x20:
                        k -= 1
                    if k > start and view[k] == c",":
                        k -= 1
                        while k > start and view[k] <= 0x20:
                            k -= 1
                        if view[k] == c"}":
                            found = i
                            break
            i -= 1
    return found
