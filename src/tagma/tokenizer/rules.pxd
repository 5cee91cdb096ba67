from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.vector cimport vector


cdef extern from "regex_engine.h" namespace "tagma" nogil:
    cdef cppclass CharSet:
        uint64_t ascii[2]
        vector[uint32_t] bounds
        int32_t categories
        cbool negated

    cdef cppclass DispatchTable:
        int32_t first[131]
        vector[int32_t] targets

    cdef cppclass RegexProgram:
        vector[int32_t] code
        vector[CharSet] sets
        vector[DispatchTable] tables
        int32_t first_set
        int32_t last_set
        int32_t needed_set
        cbool only_at_begin
        int64_t tail_width
        int32_t tail_set

    cdef cppclass RegexMatcher:
        RegexMatcher(const RegexProgram& program)
        cbool ruled_out(const uint32_t* s, int64_t n)
        int64_t search(const uint32_t* s, int64_t n, int64_t start, int64_t* found) except +


# One rule function: the native program where the pattern could be translated, and the Python function.
cdef class Rule:
    cdef object function
    cdef tuple methods
    cdef bint translated
    cdef RegexProgram* program
    cdef RegexMatcher* matcher

    cdef int _translate(self) except -1
    cdef int64_t width(self, const uint32_t* s, int64_t n) except -1
    cdef int infixes(self, const uint32_t* s, int64_t n, vector[int64_t]& spans) except -1
