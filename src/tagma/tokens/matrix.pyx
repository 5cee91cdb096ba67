# distutils: language = c++
"""Docs cut out of a matrix of token attributes, for DocBin."""

import numpy

cimport numpy as cnp
from libc.stdint cimport int32_t, uint8_t, uint64_t
from libcpp.vector cimport vector

from tagma.strings cimport KeyMap
from tagma.symbols cimport DEP, HEAD, NORM, ORTH, SENT_START
from tagma.tokens.doc cimport Doc, doc_from_rows
from tagma.vocab cimport Vocab

cnp.import_array()


def docs_from_matrix(Vocab vocab not None, list attrs, list tokens, list spaces) -> list:
    """Docs of the matrices `tokens` (each uint64 (n, attrs)) and `spaces` (bool, n values).

    Lexeme rows are looked up once per distinct (ORTH, NORM). Raises KeyError E018 for words that the strings lack.
    """
    cdef KeyMap rows
    cdef vector[int32_t] lex
    cdef list docs = []
    cdef cnp.ndarray matrix, space
    cdef const uint64_t* values
    cdef const uint8_t* flags
    cdef Py_ssize_t d, i, j, n
    cdef Py_ssize_t m = len(attrs)
    cdef Py_ssize_t orth = attrs.index(ORTH)
    cdef Py_ssize_t norm = attrs.index(NORM) if NORM in attrs else -1
    cdef Py_ssize_t dep = attrs.index(DEP) if DEP in attrs and HEAD in attrs else -1
    cdef vector[int] ids = attrs
    cdef uint64_t key
    cdef int32_t row
    cdef bint known, parsed
    cdef Doc doc
    for d in range(len(tokens)):
        matrix = numpy.ascontiguousarray(tokens[d], dtype="uint64")
        space = numpy.ascontiguousarray(spaces[d]).view("uint8")
        n = matrix.shape[0]
        values = <const uint64_t*>cnp.PyArray_DATA(matrix)
        flags = <const uint8_t*>cnp.PyArray_DATA(space)
        lex.resize(n)
        for i in range(n):
            # A mix of both keys. Two pairs may share it, so the row that is found is checked.
            key = values[i * m + orth]
            if norm >= 0:
                key ^= values[i * m + norm] * <uint64_t>0x9E3779B97F4A7C15
            row = rows.find(key)
            if row < 0 or vocab.table.orth()[row] != values[i * m + orth]:
                known = row >= 0
                row = vocab.row(values[i * m + orth])
                if norm >= 0:
                    row = vocab.variant(row, values[i * m + norm])
                if not known:
                    rows.insert(key, row)
            lex[i] = row
        doc = doc_from_rows(vocab, lex.data(), flags, n, None)
        parsed = False
        if dep >= 0:
            for i in range(n):
                parsed |= values[i * m + dep] != 0
        for j in range(m):
            if ids[j] != ORTH and ids[j] != NORM and not (parsed and ids[j] == SENT_START):
                doc.scatter(ids[j], values + j, m)
        if parsed:
            doc.sentences_from_heads(0, n)
        docs.append(doc)
    return docs
