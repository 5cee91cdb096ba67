from libc.stdint cimport uint8_t, uint64_t
from libcpp.unordered_map cimport unordered_map
from libcpp.vector cimport vector

from tagma.tokens.doc cimport Doc


# What a Span says of its Doc; span groups keep this, not spans, so that they do not keep the Doc alive.
cdef class SpanData:
    cdef public Py_ssize_t start, end, start_char, end_char
    cdef public uint64_t label, kb_id, id


# Modules that cimport this are C++ (`# distutils: language = c++`).
cdef class Span:
    cdef readonly Doc doc
    cdef readonly SpanData data
    cdef public object _vector
    cdef public object _vector_norm
    cdef object __weakref__


cdef Span make_span(Doc doc, Py_ssize_t start, Py_ssize_t end, uint64_t label, uint64_t kb_id, uint64_t span_id)
cdef Span span_from(Doc doc, SpanData data)


# Finds the roots of spans of one Doc; what it learns of the parse serves all of them, so that asking for the roots of
# all spans of a list that does not overlap is linear in the Doc's length.
cdef class Roots:
    cdef Doc doc
    cdef unordered_map[Py_ssize_t, Py_ssize_t] steps  # to the root of the sentence, by token
    cdef vector[uint8_t] is_head                      # of the sentence that was asked about last
    cdef Py_ssize_t first, past                       # its bounds

    # Index of the root of the tokens from start to end; of `start` where these are none.
    cdef Py_ssize_t root_of(self, Py_ssize_t start, Py_ssize_t end) except -1
    cdef Py_ssize_t steps_from(self, Py_ssize_t i) except -1
    cdef bint is_bare(self, Py_ssize_t i) except -1
