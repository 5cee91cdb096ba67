# distutils: language = c++
"""Lines of a word and its numbers, read into rows of a table."""

from libc.stdint cimport uint64_t

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* n) except NULL

cdef enum:
    EXACT_POWER = 22  # 10**22 is the largest power of ten that a double holds exactly

cdef double[EXACT_POWER + 1] POWERS = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]
cdef uint64_t LARGEST = 900_719_925_474_098  # a digit more, and it is still an integer that a double holds exactly


def read_row(str line not None, float[::1] row not None):
    """Put the numbers at the end of a line into a row; the text before them, None where there are fewer.

    One space stands between numbers, and before the first. Raises ValueError for what is no number.
    """
    cdef Py_ssize_t size, end, at, number = row.shape[0], left = number
    cdef const char* s = PyUnicode_AsUTF8AndSize(line, &size)
    while size > 0 and s[size - 1] in b" \t\r\n":
        size -= 1
    end = size
    while left > 0:
        at = end
        while at > 0 and s[at - 1] != b" ":
            at -= 1
        if at == 0:
            return None
        left -= 1
        row[left] = <float>number_in(s + at, end - at)
        end = at - 1
    return s[:end].decode("utf8")


cdef double number_in(const char* s, Py_ssize_t n) except? -1:
    """The double that is nearest to a decimal number: of few digits by one exact division, of others as Python does."""
    cdef Py_ssize_t i = 0, after = 0
    cdef uint64_t digits = 0
    cdef bint negative = n > 0 and s[0] == b"-", point = False
    cdef double value
    if negative:
        i = 1
    if i == n or not (b"0" <= s[i] <= b"9"):
        return float(s[:n])
    for i in range(i, n):
        if b"0" <= s[i] <= b"9" and digits <= LARGEST and after < EXACT_POWER:
            digits = digits * 10 + (s[i] - 48)
            after += point
        elif s[i] == b"." and not point:
            point = True
        else:
            return float(s[:n])
    value = <double>digits / POWERS[after]
    return -value if negative else value
