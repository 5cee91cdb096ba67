# distutils: language = c++
"""Rows of a table of vectors: of keys, and in the order of their values."""

import numpy

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libcpp.algorithm cimport sort
from cpython.dict cimport PyDict_GetItem
from cpython.ref cimport PyObject


def rows_of_keys(dict key2row not None, const uint64_t[:] keys not None):
    """The row of each key, -1 where there is none: int32 (n,)."""
    cdef Py_ssize_t i
    cdef PyObject* row
    rows = numpy.full(keys.shape[0], -1, dtype=numpy.int32)
    cdef int32_t[::1] found = rows
    for i in range(keys.shape[0]):
        row = PyDict_GetItem(key2row, keys[i])
        if row is not NULL:
            found[i] = <object>row
    return rows


cdef extern from *:
    """
    #include <cstdint>
    #include <cstring>

    // Rows in the order of their values, column by column. 0.0 and -0.0 are one value, all NaN are one, the last.
    struct RowOrder {
        const float *table;
        Py_ssize_t width;

        static uint32_t rank(float value) {
            if (value != value) return 0xFFFFFFFFu;
            value += 0.0f;
            uint32_t bits;
            std::memcpy(&bits, &value, 4);
            return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
        }
        int compare(int32_t a, int32_t b) const {
            const float *x = table + (Py_ssize_t)a * width, *y = table + (Py_ssize_t)b * width;
            for (Py_ssize_t j = 0; j < width; j++) {
                uint32_t p = rank(x[j]), q = rank(y[j]);
                if (p != q) return p < q ? -1 : 1;
            }
            return 0;
        }
        bool operator()(int32_t a, int32_t b) const {
            int found = compare(a, b);
            return found ? found < 0 : a < b;
        }
    };
    """
    cdef cppclass RowOrder:
        RowOrder() nogil
        const float* table
        Py_ssize_t width
        int compare(int32_t a, int32_t b) nogil


def order_of_rows(const float[:, ::1] table not None, const int32_t[::1] rows not None) -> tuple:
    """Some rows by their values: (these, int32 (n,); whether each differs from the one before, bool (n,))."""
    cdef Py_ssize_t i, n = rows.shape[0]
    cdef RowOrder order
    ordered = numpy.array(rows, dtype=numpy.int32)
    differs = numpy.ones(n, dtype=numpy.uint8)
    cdef int32_t[::1] row = ordered
    cdef unsigned char[::1] new = differs
    if n == 0 or table.shape[1] == 0:
        new[1:] = 0
        return ordered, differs.view(bool)
    order.table, order.width = &table[0, 0], table.shape[1]
    with nogil:
        sort(&row[0], &row[0] + n, order)
        for i in range(1, n):
            new[i] = order.compare(row[i - 1], row[i]) != 0
    return ordered, differs.view(bool)


def put_in_order(float[:, ::1] table not None, const int32_t[::1] rows not None) -> None:
    """Overwrite a table by its rows in another order, without a second table: row i becomes what `rows[i]` was."""
    cdef Py_ssize_t start, at, source, n = rows.shape[0]
    done = numpy.zeros(n, dtype=numpy.uint8)
    first = numpy.empty(table.shape[1], dtype=numpy.float32)
    cdef unsigned char[::1] seen = done
    cdef float[::1] kept = first
    for start in range(n):
        if seen[start]:
            continue
        kept[:] = table[start]
        at = start
        while True:
            seen[at] = 1
            source = rows[at]
            if source == start:
                break
            table[at] = table[source]
            at = source
        table[at] = kept
