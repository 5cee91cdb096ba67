# distutils: language = c++
"""Columns over batches of Docs: what layers and components read and write without touching single tokens.

All arrays are flat over the tokens of the batch, in order; `lengths` (int32, one per Doc) tells where Docs end. Docs
are known as tables of tokens here, so nothing below depends on what a Doc can do besides.
"""

import numpy

cimport numpy as cnp
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy
from libcpp.vector cimport vector

from tagma.strings cimport KeyMap
from tagma.symbols cimport ID, NORM, ORTH, SUFFIX, _ as EMPTY_MORPH
from tagma.tokens.table cimport COL_DEP, COL_ENT_IOB, COL_ENT_TYPE, COL_HEAD, COL_MORPH, COL_POS, COL_SENT_START, TokenTable
from tagma.vocab cimport LEX_ID, LEX_NORM, Vocab

from tagma.errors import Errors
from tagma.tokens.table import COLUMNS, attr_id

cnp.import_array()


_DTYPES = {"pos": "uint8", "head": "int32", "sent_start": "int8", "ent_iob": "int8", "lex": "int32", "spacy": "uint8"}


cdef Py_ssize_t _measure(list docs, cnp.ndarray lengths) except -1:
    """Fill `lengths` and return the number of tokens."""
    cdef TokenTable doc
    cdef Py_ssize_t i, total = 0
    cdef int32_t* out = <int32_t*>cnp.PyArray_DATA(lengths)
    for i in range(len(docs)):
        doc = docs[i]
        if doc is None:  # which has the type of any class, and no length to read
            raise TypeError(Errors.E1041.format(type=type(None)))
        out[i] = <int32_t>doc.length
        total += doc.length
    return total


def lengths_of(docs) -> object:
    """Number of tokens of each Doc: int32 (n_docs,)."""
    cdef list batch = list(docs)
    cdef cnp.ndarray lengths = numpy.empty(len(batch), dtype="int32")
    _measure(batch, lengths)
    return lengths


def lex_rows(docs) -> tuple:
    """Lexeme row of each token: int32 (n_tokens,), and lengths. The Docs must share one vocabulary (ValueError E4018)."""
    cdef list batch = list(docs)
    cdef cnp.ndarray lengths = numpy.empty(len(batch), dtype="int32")
    cdef cnp.ndarray rows = numpy.empty(_measure(batch, lengths), dtype="int32")
    cdef int32_t* out = <int32_t*>cnp.PyArray_DATA(rows)
    cdef TokenTable doc
    cdef Vocab vocab = None
    cdef Py_ssize_t i
    for i in range(len(batch)):
        doc = batch[i]
        if vocab is None:
            vocab = doc.vocab
        elif doc.vocab is not vocab:
            raise ValueError(Errors.E4018)
        doc.check()
        memcpy(out, doc.lex, doc.length * sizeof(int32_t))
        out += doc.length
    return rows, lengths


def gather(docs, attrs) -> tuple:
    """Attributes of each token, by id or name: uint64 (n_tokens, n_attrs), C-contiguous, and lengths.

    Signed values (HEAD, SENT_START) wrap around. Raises KeyError E983 for names that are no attribute.
    """
    cdef list batch = list(docs)
    cdef vector[int] ids
    cdef cnp.ndarray lengths = numpy.empty(len(batch), dtype="int32")
    cdef cnp.ndarray array
    cdef Py_ssize_t i, j, k, n, m, total
    cdef uint64_t* out
    cdef TokenTable doc
    cdef Vocab vocab
    cdef const uint64_t* values
    cdef const int32_t* lex
    cdef int attr
    for name in [attrs] if isinstance(attrs, (str, int)) else attrs:
        ids.push_back(attr_id(name))
    m = ids.size()
    total = _measure(batch, lengths)
    array = numpy.empty((total, m), dtype="uint64")
    out = <uint64_t*>cnp.PyArray_DATA(array)
    for i in range(len(batch)):
        doc = batch[i]
        vocab = doc.vocab
        n = doc.length
        if n == 0:
            continue
        doc.check()
        for j in range(m):
            attr = ids[j]
            if ID <= attr <= SUFFIX:
                # The common case without a call per Doc.
                vocab.ensure_rows(attr, doc.lex, n)
                values = vocab.table.orth() if attr == ORTH else vocab.table.column(LEX_ID if attr == ID else attr - ORTH)
                lex = doc.lex
                for k in range(n):
                    out[k * m + j] = values[lex[k]]
            else:
                doc.gather(attr, out + j, m)
        out += n * m
    return array, lengths


def read(docs, str name not None) -> tuple:
    """One column over all tokens in its own dtype, and lengths. Docs without it give zeros (1 where a Doc starts, for
    `sent_start`)."""
    cdef list batch = list(docs)
    cdef cnp.ndarray lengths = numpy.empty(len(batch), dtype="int32")
    cdef cnp.ndarray array
    cdef Py_ssize_t total = _measure(batch, lengths)
    cdef Py_ssize_t i, size
    cdef int which
    cdef char* out
    cdef TokenTable doc
    if name == "lex":
        return lex_rows(batch)
    if name != "spacy" and name not in COLUMNS:
        raise KeyError(Errors.E983.format(dict="columns", key=name, keys=["lex", "spacy", *COLUMNS]))
    array = numpy.zeros(total, dtype=_DTYPES.get(name, "uint64"))
    size = array.dtype.itemsize
    out = <char*>cnp.PyArray_DATA(array)
    which = -1 if name == "spacy" else COLUMNS.index(name)
    for i in range(len(batch)):
        doc = batch[i]
        if which < 0:
            memcpy(out, doc.spacy, doc.length)
        elif doc.col[which] is not NULL:
            memcpy(out, doc.col[which], doc.length * size)
        elif which == COL_SENT_START and doc.length:
            (<int8_t*>out)[0] = 1
        out += doc.length * size
    return array, lengths


def write(docs, str name not None, values, *, bint overwrite=True) -> None:
    """Write one annotation column of a whole batch from `values` (n_tokens,), any integer type.

    With `overwrite=False` only where the value is 0 (unset). In `sent_start`, the first token of a new Doc has 1.
    `head` takes relative offsets. Nothing is written when a value is bad: ValueError E971 (another number of tokens),
    E1021 (pos), E982 (ent_iob), E190 (head), E4019 (sent_start). KeyError E983 for other columns.
    """
    cdef list batch = list(docs)
    cdef cnp.ndarray lengths = numpy.empty(len(batch), dtype="int32")
    cdef cnp.ndarray array
    cdef Py_ssize_t total = _measure(batch, lengths)
    cdef Py_ssize_t i, k, n
    cdef int which
    cdef const uint64_t* keys
    cdef const int64_t* numbers
    cdef TokenTable doc
    if name not in COLUMNS:
        raise KeyError(Errors.E983.format(dict="columns", key=name, keys=list(COLUMNS)))
    which = COLUMNS.index(name)
    values = numpy.asarray(values)
    if values.shape != (total,):
        raise ValueError(Errors.E971.format(name=f"The column {name!r}", array_length=values.shape, doc_length=total))
    if which < COL_POS:
        array = numpy.ascontiguousarray(values, dtype="uint64")
        keys = <const uint64_t*>cnp.PyArray_DATA(array)
        for i in range(len(batch)):
            doc = batch[i]
            n = doc.length
            if n == 0:
                continue
            if overwrite or doc.col[which] is NULL:
                memcpy(doc.need(which), keys, n * sizeof(uint64_t))
            else:
                for k in range(n):
                    if (<uint64_t*>doc.col[which])[k] == 0:
                        (<uint64_t*>doc.col[which])[k] = keys[k]
            keys += n
        return
    array = numpy.ascontiguousarray(values, dtype="int64")
    if which == COL_SENT_START and total and not -1 <= values.min() <= values.max() <= 1:
        raise ValueError(Errors.E4019.format(value=values[(values < -1) | (values > 1)][0]))
    numbers = <const int64_t*>cnp.PyArray_DATA(array)
    for i in range(len(batch)):
        doc = batch[i]
        doc.validate(which, <const uint64_t*>numbers, 1)
        numbers += doc.length
    numbers = <const int64_t*>cnp.PyArray_DATA(array)
    for i in range(len(batch)):
        doc = batch[i]
        n = doc.length
        if n == 0:
            continue
        if which == COL_POS:
            _write[uint8_t](<uint8_t*>doc.need(which), numbers, n, overwrite)
        elif which == COL_HEAD:
            _write[int32_t](<int32_t*>doc.need(which), numbers, n, overwrite)
        else:
            _write[int8_t](<int8_t*>doc.need(which), numbers, n, overwrite)
        numbers += n


def write_parses(docs, const int32_t[::1] heads not None, const uint64_t[::1] deps not None) -> None:
    """Write heads, given as tokens of their Doc, labels, and the sentence starts that follow from both.

    Both (n_tokens,); a root is its own head. Raises ValueError: E971 for another number of tokens, E190 for a head
    outside of its Doc.
    """
    cdef list batch = list(docs)
    cdef cnp.ndarray lengths = numpy.empty(len(batch), dtype="int32")
    cdef Py_ssize_t total = _measure(batch, lengths)
    cdef Py_ssize_t i, k, at = 0
    cdef int32_t* offsets
    cdef TokenTable doc
    if heads.shape[0] != total or deps.shape[0] != total:
        raise ValueError(Errors.E971.format(name="The parse", array_length=heads.shape[0], doc_length=total))
    for i in range(len(batch)):
        doc = batch[i]
        for k in range(doc.length):
            if not 0 <= heads[at + k] < doc.length:
                raise ValueError(Errors.E190.format(index=k, value=heads[at + k], rel_head_index=heads[at + k] - k))
        at += doc.length
    at = 0
    for i in range(len(batch)):
        doc = batch[i]
        if doc.length == 0:
            continue
        memcpy(doc.need(COL_DEP), &deps[at], doc.length * sizeof(uint64_t))
        offsets = <int32_t*>doc.need(COL_HEAD)
        for k in range(doc.length):
            offsets[k] = heads[at + k] - <int32_t>k
        doc.sentences_from_heads(0, doc.length)
        at += doc.length


def write_entities(docs, const int8_t[::1] codes not None, const uint64_t[::1] types not None) -> None:
    """Write entities: codes 3 (first token), 1 (within), 2 (outside), 0 (stays, else outside), and types.

    Both (n_tokens,). Ids of entities stay. Raises ValueError E971 for another number of tokens.
    """
    cdef list batch = list(docs)
    cdef cnp.ndarray lengths = numpy.empty(len(batch), dtype="int32")
    cdef Py_ssize_t total = _measure(batch, lengths)
    cdef Py_ssize_t i, k, at = 0
    cdef int8_t* iob
    cdef uint64_t* labels
    cdef TokenTable doc
    if codes.shape[0] != total or types.shape[0] != total:
        raise ValueError(Errors.E971.format(name="The entities", array_length=codes.shape[0], doc_length=total))
    for i in range(len(batch)):
        doc = batch[i]
        if doc.length == 0:
            continue
        iob, labels = <int8_t*>doc.need(COL_ENT_IOB), <uint64_t*>doc.need(COL_ENT_TYPE)
        for k in range(doc.length):
            if codes[at + k] == 3 or codes[at + k] == 1:
                iob[k], labels[k] = codes[at + k], types[at + k]
            elif iob[k] == 0:
                iob[k] = 2
        at += doc.length


ctypedef fused small:
    int8_t
    uint8_t
    int32_t


cdef void _write(small* to, const int64_t* values, Py_ssize_t n, bint overwrite) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(n):
        if overwrite or to[k] == 0:
            to[k] = <small>values[k]


cdef class StringCollector:
    """Collects the texts that Docs use, each once."""

    cdef KeyMap seen

    cdef int note(self, Vocab vocab, uint64_t key, list out) except -1:
        if self.seen.find(key) < 0:
            self.seen.insert(key, 0)
            out.append(vocab.strings.text(key))
        return 0

    def new_strings(self, TokenTable doc not None, bint words) -> list:
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
