from libc.stdint cimport uint64_t

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
