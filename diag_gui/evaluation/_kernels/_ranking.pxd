from libc.stdint cimport int32_t, int64_t, uint64_t

cdef void sort_keys(
    uint64_t* keys, int32_t* rows, int64_t n, const int32_t* tie, uint64_t* spare_keys, int32_t* spare_rows
) noexcept nogil
