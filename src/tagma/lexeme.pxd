from libc.stdint cimport int32_t, int64_t, uint64_t

from tagma.vocab cimport Vocab


cdef extern from "word_forms.h" namespace "tagma" nogil:
    int32_t count_characters(const char* s, size_t n)


# Modules that cimport this are C++ (`# distutils: language = c++`).
cdef class Lexeme:
    cdef readonly Vocab vocab
    cdef readonly uint64_t orth
    cdef int32_t _row
    cdef int64_t _generation
    cdef int32_t row(self) except -1
    cdef int set(self, int attr, uint64_t value) except -1


# What follows fills the columns of a vocabulary's table, and is for Vocab alone.

# Values of a column, a flag or the ranks for the rows [start, stop); rows whose getter raises are noted as unfilled.
cdef int fill(Vocab vocab, int attr, int32_t start, int32_t stop) except -1
# Value of one row; raises what its getter raises.
cdef int fill_row(Vocab vocab, int attr, int32_t row) except -1
# A column as an array of its own.
cdef object copied(Vocab vocab, int attr)
