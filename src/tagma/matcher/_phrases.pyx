# distutils: language = c++
"""The tree of phrases (csrc/phrases.h), filled from Docs and searched for in them."""

import numpy

cimport numpy as cnp
from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy
from libcpp.vector cimport vector

from tagma.tokens.table cimport TokenTable

from tagma.errors import Errors

cnp.import_array()


cdef extern from "phrases.h" namespace "tagma" nogil:
    cdef cppclass PhraseMatch:
        int32_t key, start, end

    cdef cppclass Phrases:
        Phrases() except +
        void add(const uint64_t* values, size_t n, int32_t key) except +
        void remove(int32_t key) except +
        void search(const uint64_t* values, int32_t n, vector[PhraseMatch]& found) except +
        void save(vector[uint64_t]& values, vector[int32_t]& nodes, vector[int32_t]& ends) except +
        bint load(const vector[uint64_t]& values, const vector[int32_t]& nodes, const vector[int32_t]& ends) except +


cdef class PhraseTree:
    """Phrases of the values of one attribute."""

    cdef Phrases phrases
    cdef int attr

    def __init__(self, int attr, saved=None) -> None:
        """`attr` is the id of the attribute, `saved` what `save` gave. Raises ValueError E4363 for what is no tree."""
        self.attr = attr
        if saved is not None:
            self.load(saved)

    def add_docs(self, docs not None, int32_t key) -> None:
        """Add the phrase of each Doc under a key; empty ones are none."""
        cdef vector[uint64_t] values
        cdef TokenTable doc
        for doc in docs:
            self.gather(doc, values)
            if values.size():
                self.phrases.add(values.data(), values.size(), key)

    def add_values(self, list values not None, int32_t key) -> None:
        """Add one phrase given by its values."""
        cdef vector[uint64_t] phrase = values
        if phrase.size():
            self.phrases.add(phrase.data(), phrase.size(), key)

    def remove(self, int32_t key) -> None:
        """Forget a key."""
        self.phrases.remove(key)

    def search(self, TokenTable doc not None, Py_ssize_t start, Py_ssize_t end, dict keys not None) -> list:
        """(keys[key], start, end) of each phrase within doc[start:end], by start, end, and order of adding."""
        cdef vector[uint64_t] values
        cdef vector[PhraseMatch] found
        cdef list matches = []
        cdef size_t i
        self.gather(doc, values)
        with nogil:
            self.phrases.search(values.data() + start, <int32_t>(end - start), found)
        for i in range(found.size()):
            matches.append((keys[found[i].key], found[i].start + start, found[i].end + start))
        return matches

    def save(self) -> tuple:
        """Values by label; parent and label of each node but the root; node and key of each end."""
        cdef vector[uint64_t] values
        cdef vector[int32_t] nodes, ends
        self.phrases.save(values, nodes, ends)
        return (
            copied(values.data(), values.size(), numpy.uint64),
            copied(nodes.data(), nodes.size(), numpy.int32),
            copied(ends.data(), ends.size(), numpy.int32),
        )

    def __reduce__(self) -> tuple:
        return PhraseTree, (self.attr, self.save())

    cdef int load(self, tuple saved) except -1:
        cdef vector[uint64_t] values
        cdef vector[int32_t] nodes, ends
        cdef cnp.ndarray array
        saved_values, saved_nodes, saved_ends = saved
        array = numpy.ascontiguousarray(saved_values, dtype=numpy.uint64)
        values.resize(array.size)
        memcpy(values.data(), cnp.PyArray_DATA(array), array.nbytes)
        array = numpy.ascontiguousarray(saved_nodes, dtype=numpy.int32)
        nodes.resize(array.size)
        memcpy(nodes.data(), cnp.PyArray_DATA(array), array.nbytes)
        array = numpy.ascontiguousarray(saved_ends, dtype=numpy.int32)
        ends.resize(array.size)
        memcpy(ends.data(), cnp.PyArray_DATA(array), array.nbytes)
        if not self.phrases.load(values, nodes, ends):
            raise ValueError(Errors.E4363)
        return 0

    cdef int gather(self, TokenTable doc, vector[uint64_t]& values) except -1:
        values.resize(doc.length)
        if doc.length:
            doc.gather(self.attr, values.data(), 1)
        return 0


cdef object copied(const void* data, size_t n, object dtype):
    """An array of its own."""
    cdef cnp.ndarray array = numpy.empty(n, dtype=dtype)
    if n:
        memcpy(cnp.PyArray_DATA(array), data, array.nbytes)
    return array
