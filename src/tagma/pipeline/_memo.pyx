# distutils: language = c++
"""Memo: what a component finds out once for each combination of values, such as word form and part of speech.

It numbers the rows of an array by content, from 0 in the order in which they were first seen, so that what belongs to
them can stand in an array by that number.
"""

import numpy

cimport numpy as cnp
from libc.stdint cimport int32_t, int64_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.vector cimport vector

cnp.import_array()


cdef extern from "memo.h" namespace "tagma" nogil:
    cdef cppclass Table "tagma::Memo":
        Table(size_t width) except +
        size_t size()
        void clear() except +
        int32_t number(const uint64_t* row, cbool& is_new) except +


cdef class Memo:
    """Numbers of rows of `width` keys."""

    cdef Table* table
    cdef readonly Py_ssize_t width

    def __cinit__(self, Py_ssize_t width) -> None:
        self.table = new Table(width)
        self.width = width

    def __dealloc__(self) -> None:
        del self.table

    def __init__(self, Py_ssize_t width) -> None:
        pass

    def __reduce__(self) -> tuple:
        return (Memo, (self.width,))

    def __len__(self) -> int:
        return self.table.size()

    def clear(self) -> None:
        """Forget all rows."""
        self.table.clear()

    def number(self, const uint64_t[:, ::1] rows not None) -> tuple:
        """(number of each row, places of the new rows): int32 (n,), int64 (n_new,). New rows are numbered in order."""
        cdef Py_ssize_t i, n = rows.shape[0]
        cdef cnp.ndarray found = numpy.empty(n, dtype="int32")
        cdef int32_t* out = <int32_t*>cnp.PyArray_DATA(found)
        cdef vector[int64_t] new
        cdef cbool is_new = False
        if rows.shape[1] != self.width:
            raise ValueError(f"rows of {rows.shape[1]} keys, not of {self.width}")
        for i in range(n):
            out[i] = self.table.number(&rows[i, 0], is_new)
            if is_new:
                new.push_back(i)
        return found, numpy.asarray(new, dtype="int64")
