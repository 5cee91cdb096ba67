from libc.stdint cimport int32_t, int64_t, uint64_t

from tagma.vocab cimport Vocab


# Modules that cimport this are C++ (`# distutils: language = c++`).
cdef class Lexeme:
    cdef readonly Vocab vocab
    cdef readonly uint64_t orth
    cdef int32_t _row
    cdef int64_t _generation
    cdef int32_t row(self) except -1
    cdef int set(self, int attr, uint64_t value) except -1
