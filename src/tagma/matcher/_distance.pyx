# distutils: language = c++
"""The edit distance of Levenshtein (1966), by the table of Wagner & Fischer (1974), a row at a time."""

from cpython.unicode cimport PyUnicode_READ_CHAR
from libcpp.vector cimport vector


def levenshtein(str a not None, str b not None, k=None) -> int:
    """Fewest characters to be inserted, deleted or replaced between `a` and `b`; with k >= 0, k + 1 stands for more."""
    cdef Py_ssize_t n = len(a), m = len(b)
    cdef Py_ssize_t most = n + m if k is None or k < 0 else k
    cdef Py_ssize_t i, j, before, above, least
    cdef Py_UCS4 character
    cdef vector[Py_ssize_t] row
    if n - m > most or m - n > most:
        return most + 1
    for j in range(m + 1):
        row.push_back(j)
    for i in range(n):
        character = PyUnicode_READ_CHAR(a, i)
        before, row[0] = row[0], i + 1
        least = row[0]
        for j in range(m):
            above = row[j + 1]
            if character != PyUnicode_READ_CHAR(b, j):
                before = 1 + min(before, above, row[j])
            row[j + 1], before = before, above
            least = min(least, row[j + 1])
        if least > most:
            return most + 1
    return min(row[m], most + 1)
