# Modules that cimport this are C++ (`# distutils: language = c++`).
cdef class SpanGroup:
    cdef object _doc_ref
    cdef public str name
    cdef public dict attrs
    cdef list data  # SpanData of each span
    cdef object __weakref__
