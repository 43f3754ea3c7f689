"""The grammar of JSON (RFC 8259) and its numbers, included by the readers of it.

Nothing is taken on trust: every byte is read below the end of what is at hand, nesting is counted. A block may end anywhere: what
fails there fails at its end, which is how a caller tells a value that is cut off from one that is wrong.

References
----------
Daniel Lemire, "Number Parsing at a Gigabyte per Second", Software: Practice and Experience 51 (8), 2021: a decimal of up to 19
digits is multiplied with the leading 128 bits of the power of five; in nearly every case that settles how it is rounded.
"""

from cpython.object cimport PyObject
from libc.math cimport isfinite
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    /* Return w * 10**q for w > 0, rounded to nearest even, from the leading 128 bits (high, low) of 5**q; a negative number where
       they do not settle it, the result is not a normal float64, or the compiler has no integers of 128 bits. */
    static double scaled_by_power_of_ten(uint64_t w, int q, uint64_t high, uint64_t low) {
    #ifdef __SIZEOF_INT128__
        int zeros = __builtin_clzll(w), top, exponent;
        uint64_t upper, lower, mantissa, bits;
        unsigned __int128 product;
        double value;
        w <<= zeros;
        product = (unsigned __int128)w * high;
        upper = (uint64_t)(product >> 64);
        lower = (uint64_t)product;
        if ((upper & 0x1FF) == 0x1FF) {
            uint64_t carry = (uint64_t)(((unsigned __int128)w * low) >> 64);
            lower += carry;
            upper += lower < carry;
            if (lower == UINT64_MAX) return -1.0;
        }
        top = (int)(upper >> 63);
        mantissa = upper >> (top + 9);
        exponent = ((217706 * q) >> 16) + 63 + top - zeros + 1023;
        if (exponent <= 0 || exponent >= 2046) return -1.0;
        if (lower <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && (mantissa << (top + 9)) == upper) mantissa &= ~1ULL;
        mantissa = (mantissa + (mantissa & 1)) >> 1;
        if (mantissa >> 53) { mantissa >>= 1; exponent++; }
        bits = (mantissa & ((1ULL << 52) - 1)) | ((uint64_t)exponent << 52);
        memcpy(&value, &bits, sizeof value);
        return value;
    #else
        (void)w; (void)q; (void)high; (void)low;
        return -1.0;
    #endif
    }

    /* Read the digits that eight readable bytes begin with; return how many they are. */
    static inline int up_to_eight_digits(const uint8_t *p, uint64_t *value) {
    #if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        uint64_t v, beyond;
        int n;
        memcpy(&v, p, 8);
        v ^= 0x3030303030303030ULL;
        /* A byte above 9 carries into its own top bit. What it does to the bytes behind it does not matter: the first counts. */
        beyond = ((v + 0x7676767676767676ULL) | v) & 0x8080808080808080ULL;
        n = beyond ? __builtin_ctzll(beyond) >> 3 : 8;
        if (n == 0) return 0;
        v <<= 64 - 8 * n;
        v = (v * 2561) >> 8;
        v = ((v & 0x00FF00FF00FF00FFULL) * 6553601) >> 16;
        *value = ((v & 0x0000FFFF0000FFFFULL) * 42949672960001ULL) >> 32;
        return n;
    #else
        int n = 0;
        uint64_t v = 0;
        while (n < 8 && p[n] >= '0' && p[n] <= '9') v = 10 * v + (p[n++] - '0');
        *value = v;
        return n;
    #endif
    }

    /* Read a number with a point that ends within the eight readable bytes it begins: its digits without the point, and how many
       of them stand behind it. Return how long it is; 0 where it is not as plain as that, which says nothing against it. */
    static inline int plain_decimal(const uint8_t *p, uint64_t *digits, int *n_decimals) {
    #if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        uint64_t v, others, ahead;
        int point, end, n;
        memcpy(&v, p, 8);
        v ^= 0x3030303030303030ULL;
        /* The top bit of each byte that is no digit. */
        others = (((v & 0x7F7F7F7F7F7F7F7FULL) + 0x7676767676767676ULL) | v) & 0x8080808080808080ULL;
        if (others == 0) return 0;
        point = __builtin_ctzll(others) >> 3;
        others &= others - 1;
        if (others == 0 || point == 0 || p[point] != '.') return 0;
        end = __builtin_ctzll(others) >> 3;
        n = end - 1;
        *n_decimals = n - point;
        if (n == point || (p[end] | 0x20) == 'e' || (point > 1 && p[0] == '0')) return 0;
        ahead = v & ((1ULL << 8 * point) - 1);
        v = (v >> 8 & ~((1ULL << 8 * point) - 1)) | ahead;
        v <<= 64 - 8 * n;
        v = (v * 2561) >> 8;
        v = ((v & 0x00FF00FF00FF00FFULL) * 6553601) >> 16;
        *digits = ((v & 0x0000FFFF0000FFFFULL) * 42949672960001ULL) >> 32;
        return end;
    #else
        (void)p; (void)digits; (void)n_decimals;
        return 0;
    #endif
    }

    /* Return whether bytes begin with a text of ``length``; as many, and at least eight, must be readable of both. */
    static inline int begins_with(const uint8_t *p, const uint8_t *text, int length) {
        uint64_t a, b;
        if (length > 16) return memcmp(p, text, length) == 0;
        memcpy(&a, p, 8);
        if (length < 8) {
        #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            memcpy(&b, text, 8);
            return ((a ^ b) << (64 - 8 * length)) == 0;
        #else
            return memcmp(p, text, length) == 0;
        #endif
        }
        memcpy(&b, text, 8);
        if (a != b) return 0;
        memcpy(&a, p + length - 8, 8);
        memcpy(&b, text + length - 8, 8);
        return a == b;
    }
    """
    double scaled_by_power_of_ten(uint64_t w, int q, uint64_t high, uint64_t low) noexcept nogil
    int up_to_eight_digits(const uint8_t *p, uint64_t *value) noexcept nogil
    int plain_decimal(const uint8_t *p, uint64_t *digits, int *n_decimals) noexcept nogil
    bint begins_with(const uint8_t *p, const uint8_t *text, int length) noexcept nogil

cdef extern from "Python.h":
    double PyOS_string_to_double(const char *text, char **stop, PyObject *overflow)

# How a call ended.
CUT, AT_EDGE, AT_END, REFUSED, REPEATED_KEY = range(5)

cdef enum:
    STOP_CUT = 0
    STOP_AT_EDGE = 1
    STOP_AT_END = 2
    STOP_REFUSED = 3
    STOP_REPEATED_KEY = 4

    DEEPEST = 150
    FIRST_POWER = -120
    LAST_POWER = 60

cdef double[23] EXACT_POWERS
cdef uint64_t[9] POWERS
cdef uint64_t[LAST_POWER - FIRST_POWER + 1][2] POWERS_OF_FIVE
cdef uint8_t[256] IN_TEXT


def _leading_bits(power):
    """Return the leading 128 bits of 5**power, rounded down; up where 5**-power fits 64 bits, for the sake of exact halves."""
    if power >= 0:
        whole = 5**power
        shift = whole.bit_length() - 128
        return whole >> shift if shift > 0 else whole << -shift
    divisor = 5**-power
    shift = 127 + (divisor - 1).bit_length()
    return (1 << shift) // divisor + (power >= -27)


cdef void _fill_tables() except *:
    cdef int k
    for k in range(23):
        EXACT_POWERS[k] = float("1e%d" % k)
    for k in range(9):
        POWERS[k] = int("1" + "0" * k)
    for k in range(LAST_POWER - FIRST_POWER + 1):
        bits = _leading_bits(k + FIRST_POWER)
        POWERS_OF_FIVE[k][0] = bits >> 64
        POWERS_OF_FIVE[k][1] = bits & 0xFFFFFFFFFFFFFFFF
    for k in range(256):
        # Bytes that go on with a text without a further look.
        IN_TEXT[k] = 0x20 <= k < 0x80 and k != 0x22 and k != 0x5C


_fill_tables()


cdef double _as_python_reads(const uint8_t *token) noexcept with gil:
    """Return the number that begins at ``token``, infinite where it is too large; more follows it in the buffer."""
    cdef char *stop
    return PyOS_string_to_double(<const char *> token, &stop, NULL)


cdef struct Reading:
    const uint8_t *end  # of what is at hand
    const uint8_t *at  # where reading failed


cdef inline const uint8_t *_blank(const uint8_t *p, const uint8_t *end) noexcept nogil:
    while p < end and (p[0] == c" " or p[0] == c"\n" or p[0] == c"\r" or p[0] == c"\t"):
        p += 1
    return p


cdef inline const uint8_t *_fail(Reading *r, const uint8_t *p) noexcept nogil:
    r.at = p
    return NULL


cdef inline bint _is_hex(uint8_t c) noexcept nogil:
    return c"0" <= c <= c"9" or c"a" <= c <= c"f" or c"A" <= c <= c"F"


cdef inline int _hex_value(const uint8_t *p) noexcept nogil:
    """Return the value of four hexadecimal digits."""
    cdef int k, value = 0
    for k in range(4):
        value = value * 16 + ((p[k] & 0xF) + (9 if p[k] > c"9" else 0))
    return value


cdef const uint8_t *_escape(Reading *r, const uint8_t *p) noexcept nogil:
    """Read what a backslash begins; a surrogate must be the first of a pair, the second with it."""
    cdef int k, code
    if r.end - p < 2:
        return _fail(r, r.end)
    if p[1] != c"u":
        if p[1] in (c'"', c"\\", c"/", c"b", c"f", c"n", c"r", c"t"):
            return p + 2
        return _fail(r, p)
    if r.end - p < 12:
        # Text goes on behind it in any document, so this is the edge of a block.
        for k in range(2, min(6, <int> (r.end - p))):
            if not _is_hex(p[k]):
                return _fail(r, p)
        if r.end - p < 6 or 0xD800 <= _hex_value(p + 2) < 0xE000:
            return _fail(r, r.end)
        return p + 6
    for k in range(2, 6):
        if not _is_hex(p[k]):
            return _fail(r, p)
    code = _hex_value(p + 2)
    if code < 0xD800 or code >= 0xE000:
        return p + 6
    if code >= 0xDC00 or p[6] != c"\\" or p[7] != c"u":
        return _fail(r, p)
    for k in range(8, 12):
        if not _is_hex(p[k]):
            return _fail(r, p)
    code = _hex_value(p + 8)
    return p + 12 if 0xDC00 <= code < 0xE000 else _fail(r, p)


cdef const uint8_t *_beyond_ascii(Reading *r, const uint8_t *p) noexcept nogil:
    """Read one character of two to four bytes of UTF-8, in its shortest form and no surrogate (Unicode, table 3-7)."""
    cdef int n, k
    cdef uint8_t low = 0x80, high = 0xBF
    if 0xC2 <= p[0] <= 0xDF:
        n = 2
    elif 0xE0 <= p[0] <= 0xEF:
        n = 3
        low = 0xA0 if p[0] == 0xE0 else 0x80
        high = 0x9F if p[0] == 0xED else 0xBF
    elif 0xF0 <= p[0] <= 0xF4:
        n = 4
        low = 0x90 if p[0] == 0xF0 else 0x80
        high = 0x8F if p[0] == 0xF4 else 0xBF
    else:
        return _fail(r, p)
    for k in range(1, n):
        if p + k >= r.end:
            return _fail(r, r.end)
        if not low <= p[k] <= high:
            return _fail(r, p)
        low, high = 0x80, 0xBF
    return p + n


cdef inline const uint8_t *_text(Reading *r, const uint8_t *p, bint *plain) noexcept nogil:
    """Read a string from its opening to behind its closing quote; ``plain`` is set to False by any escape."""
    p += 1
    while True:
        while p < r.end and IN_TEXT[p[0]]:
            p += 1
        if p >= r.end:
            return _fail(r, r.end)
        if p[0] == c'"':
            return p + 1
        if p[0] == c"\\":
            plain[0] = False
            p = _escape(r, p)
        elif p[0] >= 0x80:
            p = _beyond_ascii(r, p)
        else:
            return _fail(r, p)
        if p == NULL:
            return NULL


cdef const uint8_t *_word(Reading *r, const uint8_t *p, const char *word, Py_ssize_t length) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(length):
        if p + k >= r.end:
            return _fail(r, r.end)
        if p[k] != <uint8_t> word[k]:
            return _fail(r, p)
    return p + length


cdef const uint8_t *_scalar(Reading *r, const uint8_t *p, bint loose) noexcept nogil:
    """Read a number, true, false or null; where ``loose`` also NaN and Infinity, and numbers of any size."""
    cdef const uint8_t *first
    cdef const uint8_t *begin = p
    if p[0] == c"t":
        return _word(r, p, b"true", 4)
    if p[0] == c"f":
        return _word(r, p, b"false", 5)
    if p[0] == c"n":
        return _word(r, p, b"null", 4)
    if loose and p[0] == c"N":
        return _word(r, p, b"NaN", 3)
    if loose and p[0] == c"I":
        return _word(r, p, b"Infinity", 8)
    if p[0] == c"-":
        p += 1
        if loose and p < r.end and p[0] == c"I":
            return _word(r, p, b"Infinity", 8)
    first = p
    while p < r.end and c"0" <= p[0] <= c"9":
        p += 1
    if p >= r.end:
        return _fail(r, r.end)
    if p == first or (first[0] == c"0" and p - first > 1) or (p - first > 18 and not loose):
        return _fail(r, begin)
    if p[0] == c".":
        p += 1
        first = p
        while p < r.end and c"0" <= p[0] <= c"9":
            p += 1
        if p >= r.end:
            return _fail(r, r.end)
        if p == first:
            return _fail(r, begin)
    if p[0] == c"e" or p[0] == c"E":
        p += 1
        if p < r.end and (p[0] == c"+" or p[0] == c"-"):
            p += 1
        first = p
        while p < r.end and c"0" <= p[0] <= c"9":
            p += 1
        if p >= r.end:
            return _fail(r, r.end)
        if p == first or (p - first > 2 and not loose):
            return _fail(r, begin)
    return p


cdef inline const uint8_t *_name_and_colon(Reading *r, const uint8_t *p) noexcept nogil:
    """Read a key and the colon behind it; return where its value begins."""
    cdef bint plain = True
    if p >= r.end:
        return _fail(r, r.end)
    if p[0] != c'"':
        return _fail(r, p)
    p = _text(r, p, &plain)
    if p == NULL:
        return NULL
    p = _blank(p, r.end)
    if p >= r.end:
        return _fail(r, r.end)
    if p[0] != c":":
        return _fail(r, p)
    return _blank(p + 1, r.end)


cdef const uint8_t *_skip(Reading *r, const uint8_t *p, bint loose) noexcept nogil:
    """Read any value; return where it ends."""
    cdef uint8_t[DEEPEST] closing
    cdef int depth = 0
    cdef bint plain = True
    while True:
        if p >= r.end:
            return _fail(r, r.end)
        if p[0] == c'"':
            p = _text(r, p, &plain)
        elif p[0] == c"{" or p[0] == c"[":
            if depth == DEEPEST:
                return _fail(r, p)
            closing[depth] = c"}" if p[0] == c"{" else c"]"
            p = _blank(p + 1, r.end)
            if p < r.end and p[0] == closing[depth]:
                p += 1
            else:
                depth += 1
                if closing[depth - 1] == c"}":
                    p = _name_and_colon(r, p)
                    if p == NULL:
                        return NULL
                continue
        else:
            p = _scalar(r, p, loose)
        if p == NULL:
            return NULL
        while True:
            if depth == 0:
                return p
            p = _blank(p, r.end)
            if p >= r.end:
                return _fail(r, r.end)
            if p[0] == closing[depth - 1]:
                depth -= 1
                p += 1
                continue
            if p[0] != c",":
                return _fail(r, p)
            p = _blank(p + 1, r.end)
            if closing[depth - 1] == c"}":
                p = _name_and_colon(r, p)
                if p == NULL:
                    return NULL
            break


cdef inline const uint8_t *_digits(const uint8_t *p, const uint8_t *end, uint64_t *total) noexcept nogil:
    """Append the digits at ``p`` to ``total``, which means nothing past 19 of them; return where they end."""
    cdef uint64_t value = 0
    cdef int n
    while end - p >= 8:
        n = up_to_eight_digits(p, &value)
        if n == 0:
            return p
        total[0] = total[0] * POWERS[n] + value
        p += n
        if n < 8:
            return p
    while p < end and c"0" <= p[0] <= c"9":
        total[0] = total[0] * 10 + (p[0] - c"0")
        p += 1
    return p


cdef inline const uint8_t *_number(Reading *r, const uint8_t *p, double *value) noexcept nogil:
    """Read a finite number, rounded to nearest even; a zero without decimals has no sign, as in msgspec."""
    cdef const uint8_t *token = p
    cdef const uint8_t *first
    cdef bint negative = p < r.end and p[0] == c"-"
    cdef bint exponent_negative = False
    cdef uint64_t digits = 0
    cdef int n_digits, n_decimals = 0, exponent = 0
    cdef double found = -1.0
    if negative:
        p += 1
    if r.end - p >= 8:
        n_digits = plain_decimal(p, &digits, &n_decimals)
        if n_digits:
            found = <int64_t> digits / EXACT_POWERS[n_decimals]
            value[0] = -found if negative else found
            return p + n_digits
        digits, n_decimals = 0, 0
    first = p
    p = _digits(p, r.end, &digits)
    if p >= r.end:
        return _fail(r, r.end)
    if p == first or (first[0] == c"0" and p - first > 1) or p - first > 1000:
        return _fail(r, token)
    n_digits = <int> (p - first)
    if p[0] == c".":
        p += 1
        first = p
        p = _digits(p, r.end, &digits)
        if p >= r.end:
            return _fail(r, r.end)
        if p == first or p - first > 1000:
            return _fail(r, token)
        n_decimals = <int> (p - first)
    elif negative and n_digits == 1 and digits == 0:
        negative = p[0] == c"e" or p[0] == c"E"
    if p[0] == c"e" or p[0] == c"E":
        p += 1
        if p < r.end and (p[0] == c"+" or p[0] == c"-"):
            exponent_negative = p[0] == c"-"
            p += 1
        first = p
        while p < r.end and c"0" <= p[0] <= c"9":
            if p - first > 3:
                return _fail(r, token)
            exponent = exponent * 10 + (p[0] - c"0")
            p += 1
        if p >= r.end:
            return _fail(r, r.end)
        if p == first:
            return _fail(r, token)
        if exponent_negative:
            exponent = -exponent
    exponent -= n_decimals
    if n_digits + n_decimals <= 19:
        if digits == 0:
            found = 0.0
        elif digits <= (1ULL << 53) and -22 <= exponent <= 22:
            # Both are exact in float64, so one division or product rounds once.
            found = <int64_t> digits / EXACT_POWERS[-exponent] if exponent < 0 else <int64_t> digits * EXACT_POWERS[exponent]
        elif FIRST_POWER <= exponent <= LAST_POWER:
            found = scaled_by_power_of_ten(
                digits, exponent, POWERS_OF_FIVE[exponent - FIRST_POWER][0], POWERS_OF_FIVE[exponent - FIRST_POWER][1]
            )
    if found >= 0:
        value[0] = -found if negative else found
        return p
    value[0] = _as_python_reads(token)
    return p if isfinite(value[0]) else _fail(r, token)


cdef inline const uint8_t *_integer(Reading *r, const uint8_t *p, int64_t *value) noexcept nogil:
    """Read a number of at most 18 digits without decimals; a point or an exponent may still follow."""
    cdef const uint8_t *token = p
    cdef const uint8_t *first
    cdef bint negative = p < r.end and p[0] == c"-"
    cdef uint64_t total = 0
    if negative:
        p += 1
    first = p
    p = _digits(p, r.end, &total)
    if p >= r.end:
        return _fail(r, r.end)
    if p == first or (first[0] == c"0" and p - first > 1) or p - first > 18:
        return _fail(r, token)
    value[0] = -(<int64_t> total) if negative else <int64_t> total
    return p


cdef inline bint _has_decimals(uint8_t c) noexcept nogil:
    return c == c"." or c == c"e" or c == c"E"


cdef inline const uint8_t *_whole(Reading *r, const uint8_t *p, int64_t *value) noexcept nogil:
    """Read an integer, written with decimals or without."""
    cdef const uint8_t *token = p
    cdef double number = 0
    p = _integer(r, p, value)
    if p == NULL or not _has_decimals(p[0]):
        return p
    p = _number(r, token, &number)
    if p == NULL:
        return NULL
    if not -9007199254740992.0 < number < 9007199254740992.0 or number != <double> (<int64_t> number):
        return _fail(r, token)
    value[0] = <int64_t> number
    return p


cdef inline const uint8_t *_box(Reading *r, const uint8_t *p, double *xywh) noexcept nogil:
    cdef int side
    if p[0] != c"[":
        return _fail(r, p)
    p += 1
    for side in range(4):
        p = _number(r, _blank(p, r.end), xywh + side)
        if p == NULL:
            return NULL
        p = _blank(p, r.end)
        if p >= r.end:
            return _fail(r, r.end)
        if p[0] != (c"]" if side == 3 else c","):
            return _fail(r, p)
        p += 1
    return p
