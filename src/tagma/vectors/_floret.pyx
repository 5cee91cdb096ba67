# distutils: language = c++
"""Vectors of words from the rows of their pieces, for many words at once."""

import numpy

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libcpp.vector cimport vector

from tagma.threads._pool cimport run_parts

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* n) except NULL

cdef extern from "floret.h" namespace "tagma" nogil:
    cdef cppclass Floret:
        Floret(const char* bow, size_t n_bow, const char* eow, size_t n_eow, int minn, int maxn, int hash_count,
               uint32_t seed, uint64_t n_rows) except +
        void rows(const char* text, size_t n, vector[int64_t]& found) except +
        bint embed(const char** texts, const size_t* lengths, size_t n, const float* table, size_t width, float* out)

cdef enum:
    TEXTS_A_PART = 64

cdef struct embedding:
    const Floret* pieces
    const char** texts
    const size_t* lengths
    Py_ssize_t number
    const float* table
    size_t width
    float* out
    bint* failed  # a part has found no memory


cdef class Pieces:
    """How a text is cut into pieces, and which of `n_rows` rows these have."""

    cdef Floret* floret

    def __cinit__(self, str bow, str eow, int minn, int maxn, int hash_count, uint32_t hash_seed, uint64_t n_rows) -> None:
        cdef Py_ssize_t n_bow, n_eow
        cdef const char* left = PyUnicode_AsUTF8AndSize(bow, &n_bow)
        cdef const char* right = PyUnicode_AsUTF8AndSize(eow, &n_eow)
        self.floret = new Floret(left, n_bow, right, n_eow, minn, maxn, hash_count, hash_seed, n_rows)

    def __dealloc__(self) -> None:
        del self.floret

    def rows(self, list texts not None) -> tuple:
        """Rows of the pieces of each text, one text behind the other, int64 (n,); and how many each has, int32."""
        cdef vector[int64_t] found, every
        cdef Py_ssize_t i, n
        cdef const char* utf8
        lengths = numpy.zeros(len(texts), dtype=numpy.int32)
        for i, text in enumerate(texts):
            utf8 = PyUnicode_AsUTF8AndSize(text, &n)
            self.floret.rows(utf8, n, found)
            every.insert(every.end(), found.begin(), found.end())
            lengths[i] = found.size()
        rows = numpy.empty(every.size(), dtype=numpy.int64)
        cdef int64_t[::1] row = rows
        for i in range(<Py_ssize_t>every.size()):
            row[i] = every[i]
        return rows, lengths

    def embed(self, list texts not None, const float[:, ::1] table not None):
        """Mean of the rows of each text's pieces: float32 (n_texts, width). `table`: float32 (n_rows, width)."""
        cdef Py_ssize_t i, n, number = len(texts)
        cdef vector[const char*] places
        cdef vector[size_t] lengths
        cdef embedding job
        cdef bint failed = False
        vectors = numpy.zeros((number, table.shape[1]), dtype=numpy.float32)
        cdef float[:, ::1] out = vectors
        if not vectors.size:
            return vectors
        for text in texts:
            places.push_back(PyUnicode_AsUTF8AndSize(text, &n))
            lengths.push_back(n)
        job.pieces, job.texts, job.lengths, job.number = self.floret, places.data(), lengths.data(), number
        job.table, job.width, job.out, job.failed = &table[0, 0], table.shape[1], &out[0, 0], &failed
        with nogil:
            run_parts(embed_part, &job, (number + TEXTS_A_PART - 1) // TEXTS_A_PART)
        if failed:
            raise MemoryError
        return vectors


cdef void embed_part(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept nogil:
    cdef embedding* job = <embedding*>context
    cdef Py_ssize_t first = part * TEXTS_A_PART, n = min(<Py_ssize_t>TEXTS_A_PART, job.number - first)
    cdef float* out = job.out + first * job.width
    if not job.pieces.embed(job.texts + first, job.lengths + first, n, job.table, job.width, out):
        job.failed[0] = True
