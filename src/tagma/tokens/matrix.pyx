# distutils: language = c++
"""What DocBin needs in native code: Docs cut out of a matrix of token attributes, and the texts that Docs use."""

import numpy

cimport numpy as cnp
from libc.stdint cimport int32_t, uint8_t, uint64_t
from libcpp.vector cimport vector

from tagma.tokens.doc cimport COL_MORPH, COL_POS, Doc, doc_from_rows
from tagma.strings cimport KeyMap
from tagma.vocab cimport LEX_NORM, Vocab

cnp.import_array()


cdef enum:
    ORTH = 65, NORM = 67, DEP = 76, HEAD = 79, SENT_START = 80
    # The symbol "_", as which no features are kept.
    EMPTY_MORPH = 456


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


cdef class StringCollector:
    """Collects the texts that Docs use, each once."""

    cdef KeyMap seen

    cdef int note(self, Vocab vocab, uint64_t key, list out) except -1:
        if self.seen.find(key) < 0:
            self.seen.insert(key, 0)
            out.append(vocab.strings.text(key))
        return 0

    def new_strings(self, Doc doc not None, bint words) -> list:
        """Texts not seen before among norms, annotations, span groups and, with `words`, the words of a Doc."""
        cdef list out = []
        cdef Vocab vocab = doc.vocab
        cdef const uint64_t *orths
        cdef const uint64_t *norms
        cdef const uint64_t *values
        cdef Py_ssize_t i
        cdef int which
        doc.check()
        vocab.ensure_rows(NORM, doc.lex, doc.length)
        orths = vocab.table.orth()
        norms = vocab.table.column(LEX_NORM)
        self.note(vocab, 0, out)
        for i in range(doc.length):
            if words:
                self.note(vocab, orths[doc.lex[i]], out)
            self.note(vocab, norms[doc.lex[i]], out)
        # The columns before COL_POS hold keys of strings.
        for which in range(COL_POS):
            values = <const uint64_t*>doc.col[which]
            if values is not NULL:
                for i in range(doc.length):
                    if which != COL_MORPH or values[i] != EMPTY_MORPH:
                        self.note(vocab, values[i], out)
        for group in doc.spans.values() if doc.has_spans else ():
            for span in group:
                self.note(vocab, span.label, out)
                self.note(vocab, span.kb_id, out)
                self.note(vocab, span.id, out)
        return out
