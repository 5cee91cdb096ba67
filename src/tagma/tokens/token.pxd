from libc.stdint cimport uint64_t

from tagma.tokens.doc cimport Doc
from tagma.vocab cimport Vocab


# Modules that cimport this are C++ (`# distutils: language = c++`).
cdef class Token:
    cdef readonly Doc doc
    cdef readonly Vocab vocab
    cdef readonly Py_ssize_t i
    cdef object __weakref__
    cdef uint64_t get(self, int attr) except? 0
    cdef int set(self, int attr, uint64_t value) except -1
    cdef str string(self, int attr)
    cdef list _children(self, bint left, bint right)
    cdef list _descendants(self)


cdef Token make_token(Doc doc, Py_ssize_t i)
