# distutils: language = c++
"""The columns of a Doc, and the loops over them.

Two columns always exist: `lex` (row in the vocabulary's lexeme table) and `spacy` (white space follows). Annotations
are NumPy arrays that come into being when they are first written. A table knows words, spaces and values; texts in and
out, spans, extension attributes and files are the business of `Doc`, which is a table with a face.
"""

import numpy

cimport numpy as cnp
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy
from libcpp.string cimport string as cppstring
from libcpp.vector cimport vector

from tagma.symbols cimport (
    ADJ, DEP, ENT_ID, ENT_IOB, ENT_KB_ID, ENT_TYPE, HEAD, ID, IDX, LANG, LEMMA, LENGTH, MORPH, NORM, ORTH, POS, SENT_START,
    SPACE, SPACY, SUFFIX, TAG,
)
from tagma.vocab cimport LEX_ID, Vocab

from tagma.attrs import intify_attr, unknown_attr
from tagma.errors import Errors

cnp.import_array()


COLUMNS = ("tag", "lemma", "dep", "morph", "ent_type", "ent_kb_id", "ent_id", "pos", "head", "sent_start", "ent_iob")
cdef int TYPES[N_COLS]
TYPES[:] = [
    cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64,
    cnp.NPY_UINT8, cnp.NPY_INT32, cnp.NPY_INT8, cnp.NPY_INT8,
]
IOB_STRINGS = ("", "I", "O", "B")
# Attributes of `Doc.to_bytes` after LENGTH and SPACY, and the default of DocBin.
SAVED_ATTRS = (
    "ORTH", "NORM", "TAG", "HEAD", "DEP", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "LEMMA", "MORPH", "POS", "SENT_START"
)
NO_GROUPS = b"\x90"  # an empty list in msgpack, as which Docs without span groups are saved


cdef int column_of(int attr) noexcept nogil:
    if attr == TAG:
        return COL_TAG
    if attr == LEMMA:
        return COL_LEMMA
    if attr == DEP:
        return COL_DEP
    if attr == MORPH:
        return COL_MORPH
    if attr == ENT_TYPE:
        return COL_ENT_TYPE
    if attr == ENT_KB_ID:
        return COL_ENT_KB_ID
    if attr == ENT_ID:
        return COL_ENT_ID
    if attr == POS:
        return COL_POS
    if attr == HEAD:
        return COL_HEAD
    if attr == SENT_START:
        return COL_SENT_START
    if attr == ENT_IOB:
        return COL_ENT_IOB
    return -1


def attr_id(attr) -> int:
    """Id of a token or lexeme attribute given by id or name; KeyError E983 for names that are none."""
    found = intify_attr(attr) if isinstance(attr, str) else int(attr)
    if found is None:
        raise unknown_attr(attr)
    return found


ctypedef fused number:
    uint64_t
    uint8_t
    int32_t
    int8_t


cdef void load(const number* column, uint64_t* out, Py_ssize_t stride, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        out[i * stride] = <uint64_t><int64_t>column[i]


cdef void save(number* column, const uint64_t* values, Py_ssize_t stride, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        column[i] = <number>values[i * stride]


cdef class TokenTable:
    """Tokens of a text as columns: what a matcher, a parser or a reader of files needs of a Doc."""

    def __init__(self, Vocab vocab not None) -> None:
        self.vocab = vocab

    def __dealloc__(self) -> None:
        PyMem_Free(self.lex)
        PyMem_Free(self.offsets)

    # Tokens

    cdef int set_tokens(self, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n) except -1:
        cdef int32_t* data = <int32_t*>PyMem_Malloc(n * 5 + 1)
        if data is NULL:
            raise MemoryError()
        if n:
            memcpy(data, lex, n * sizeof(int32_t))
            memcpy(data + n, spacy, n)
        self.retire(self)
        self.lex = data
        self.spacy = <uint8_t*>(data + n)
        self.length = n
        self.generation = self.vocab.generation
        self.text_changed()
        return 0

    cdef int set_words(self, list words, list spaces) except -1:
        """ValueError E031 for an empty word, E028 for bytes; TypeError E1022 for what is neither text nor key."""
        cdef vector[int32_t] rows
        cdef vector[uint8_t] flags
        cdef Py_ssize_t i
        rows.reserve(len(words))
        flags.reserve(len(words))
        for i, word in enumerate(words):
            if not isinstance(word, str):
                if isinstance(word, bytes):
                    raise ValueError(Errors.E028.format(value=word))
                if isinstance(word, bool) or not isinstance(word, (int, numpy.integer)):
                    raise TypeError(Errors.E1022.format(i=i, value=word, type=type(word).__name__))
            if not word:
                raise ValueError(Errors.E031.format(i=i, value=word))
            rows.push_back(self.vocab.row_of(word))
        for space in spaces:
            flags.push_back(bool(space))
        return self.set_tokens(rows.data(), flags.data(), rows.size())

    cdef int regroup(self, const int32_t* lex, const uint8_t* spacy, const Py_ssize_t* source, Py_ssize_t n) except -1:
        cdef list arrays = self.arrays
        cdef int which
        cdef Py_ssize_t k
        cdef char* to
        cdef const char* values
        cdef size_t size
        self.set_tokens(lex, spacy, n)
        if arrays is None:
            return 0
        self.arrays = None
        for which in range(N_COLS):
            if self.col[which] is NULL:
                continue
            self.col[which] = NULL
            values = <const char*>cnp.PyArray_DATA(arrays[which])
            size = arrays[which].itemsize
            to = <char*>self.need(which)
            for k in range(n):
                memcpy(to + k * size, values + source[k] * size, size)
        return 0

    cdef int exchange(self, TokenTable other) except -1:
        cdef int which
        self.length, other.length = other.length, self.length
        self.lex, other.lex = other.lex, self.lex
        self.spacy, other.spacy = other.spacy, self.spacy
        self.generation, other.generation = other.generation, self.generation
        self.arrays, other.arrays = other.arrays, self.arrays
        self.offsets, other.offsets = other.offsets, self.offsets
        self._text, other._text = other._text, self._text
        self.crossing, other.crossing = other.crossing, self.crossing
        for which in range(N_COLS):
            self.col[which], other.col[which] = other.col[which], self.col[which]
        return 0

    cdef int retire(self, TokenTable other) except -1:
        if other.lex is not NULL:
            if self._retired is None:
                self._retired = []
            self._retired.append(_Block.make(other.lex))
        other.lex = NULL
        other.spacy = NULL
        other.length = 0
        return 0

    cdef int text_changed(self) except -1:
        self._text = None
        PyMem_Free(self.offsets)
        self.offsets = NULL
        return 0

    cdef int check(self) except -1:
        if self.generation != self.vocab.generation:
            self.generation = self.vocab.check_rows(self.lex, self.length, self.generation)
        return 0

    # Columns

    cdef void* need(self, int which) except NULL:
        cdef cnp.npy_intp n = self.length
        cdef cnp.ndarray array
        if self.col[which] is NULL:
            if self.arrays is None:
                self.arrays = [None] * N_COLS
            array = cnp.PyArray_ZEROS(1, &n, TYPES[which], 0)
            if which == COL_SENT_START and n:
                (<int8_t*>cnp.PyArray_DATA(array))[0] = 1
            self.arrays[which] = array
            self.col[which] = cnp.PyArray_DATA(array)
        return self.col[which]

    cdef int drop(self, int which) except -1:
        if self.col[which] is not NULL:
            self.arrays[which] = None
            self.col[which] = NULL
        return 0

    cdef int copy_columns(self, TokenTable source) except -1:
        cdef int which
        self.crossing = source.crossing
        for which in range(N_COLS):
            if source.col[which] is not NULL:
                memcpy(self.need(which), source.col[which], self.length * source.arrays[which].itemsize)
        return 0

    cdef object array(self, str name):
        """`lex` and `spacy` are read-only; an annotation is made where there is none. KeyError E983 for other names."""
        cdef cnp.npy_intp n = self.length
        cdef cnp.ndarray array
        if name == "lex" or name == "spacy":
            if name == "lex":
                array = cnp.PyArray_SimpleNewFromData(1, &n, cnp.NPY_INT32, self.lex)
            else:
                array = cnp.PyArray_SimpleNewFromData(1, &n, cnp.NPY_UINT8, self.spacy)
            cnp.set_array_base(array, self)
            array.flags.writeable = False
            return array
        if name not in COLUMNS:
            raise KeyError(Errors.E983.format(dict="columns", key=name, keys=["lex", "spacy", *COLUMNS]))
        self.need(COLUMNS.index(name))
        return self.arrays[COLUMNS.index(name)]

    # Values

    cdef int gather(self, int attr, uint64_t* out, Py_ssize_t stride) except -1:
        cdef Py_ssize_t i
        cdef Py_ssize_t n = self.length
        cdef const uint64_t* values
        cdef const int32_t* lengths
        cdef uint64_t constant
        cdef int which = column_of(attr)
        if which >= 0:
            if self.col[which] is NULL:
                for i in range(n):
                    out[i * stride] = 0
                if which == COL_SENT_START and n:
                    out[0] = 1
            elif which < COL_POS:
                load(<uint64_t*>self.col[which], out, stride, n)
            elif which == COL_HEAD:
                load(<int32_t*>self.col[which], out, stride, n)
            elif which == COL_POS:
                load(<uint8_t*>self.col[which], out, stride, n)
            else:
                load(<int8_t*>self.col[which], out, stride, n)
            return 0
        if attr == SPACY:
            load(self.spacy, out, stride, n)
            return 0
        self.check()
        if attr == IDX:
            self.need_offsets()
            load(self.offsets, out, stride, n)
        elif attr == LENGTH:
            lengths = self.vocab.table.length()
            for i in range(n):
                out[i * stride] = lengths[self.lex[i]]
        elif ID <= attr <= SUFFIX:
            self.vocab.ensure_rows(attr, self.lex, n)
            values = self.vocab.table.column(LEX_ID if attr == ID else attr - ORTH)
            for i in range(n):
                out[i * stride] = values[self.lex[i]]
        elif 0 < attr < 64:
            self.vocab.ensure_rows(attr, self.lex, n)
            values = self.vocab.table.flags()
            for i in range(n):
                out[i * stride] = (values[self.lex[i]] >> attr) & 1
        else:
            constant = self.vocab.value(0, LANG) if attr == LANG and n else 0
            for i in range(n):
                out[i * stride] = constant
        return 0

    cdef uint64_t value(self, Py_ssize_t i, int attr) except? 0:
        cdef int which
        if attr <= LENGTH:  # what the word has by itself, and what is asked for most
            if self.generation != self.vocab.generation:
                self.check()
            return self.vocab.value(self.lex[i], attr)
        which = column_of(attr)
        if which >= 0:
            if self.col[which] is NULL:
                return 1 if which == COL_SENT_START and i == 0 else 0
            if which < COL_POS:
                return (<uint64_t*>self.col[which])[i]
            if which == COL_HEAD:
                return <uint64_t><int64_t>(<int32_t*>self.col[which])[i]
            if which == COL_POS:
                return (<uint8_t*>self.col[which])[i]
            return <uint64_t><int64_t>(<int8_t*>self.col[which])[i]
        if attr == SPACY:
            return self.spacy[i]
        self.check()
        if attr == IDX:
            self.need_offsets()
            return self.offsets[i]
        return self.vocab.value(self.lex[i], attr)

    cdef int scatter(self, int attr, const uint64_t* values, Py_ssize_t stride) except -1:
        cdef Py_ssize_t i
        cdef Py_ssize_t n = self.length
        cdef int which = column_of(attr)
        cdef uint64_t any_set = 0
        if which < 0:
            if attr == SPACY:
                for i in range(n):
                    self.spacy[i] = values[i * stride] != 0
                self.text_changed()
            elif attr == NORM:
                self.check()
                for i in range(n):
                    self.lex[i] = self.vocab.variant(self.lex[i], values[i * stride])
            return 0
        self.validate(which, values, stride)
        for i in range(n):
            any_set |= values[i * stride]
        if not any_set and self.col[which] is NULL and which != COL_SENT_START:
            return 0
        self.need(which)
        if which < COL_POS:
            save(<uint64_t*>self.col[which], values, stride, n)
        elif which == COL_HEAD:
            save(<int32_t*>self.col[which], values, stride, n)
        elif which == COL_POS:
            save(<uint8_t*>self.col[which], values, stride, n)
        else:
            save(<int8_t*>self.col[which], values, stride, n)
        return 0

    cdef int validate(self, int which, const uint64_t* values, Py_ssize_t stride) except -1:
        """ValueError: E1021 (pos), E982 (ent_iob), E190 (head)."""
        cdef Py_ssize_t i
        cdef int64_t head
        cdef uint64_t value
        if which == COL_POS:
            for i in range(self.length):
                value = values[i * stride]
                if value != 0 and not ADJ <= value <= SPACE:
                    raise ValueError(Errors.E1021.format(pp=<int64_t>value))
        elif which == COL_ENT_IOB:
            for i in range(self.length):
                if values[i * stride] > 3:
                    raise ValueError(Errors.E982.format(values=IOB_STRINGS, value=<int64_t>values[i * stride]))
        elif which == COL_HEAD:
            for i in range(self.length):
                head = <int64_t>values[i * stride]
                if not -i <= head < self.length - i:
                    raise ValueError(Errors.E190.format(index=i, value=i + head, rel_head_index=head))
        return 0

    cdef Py_ssize_t count_set(self, int attr, Py_ssize_t first) except -1:
        cdef vector[uint64_t] values
        cdef Py_ssize_t i, n_set = 0
        if column_of(attr) >= 0 and self.col[column_of(attr)] is NULL:
            return 0
        values.resize(self.length)
        self.gather(attr, values.data(), 1)
        for i in range(first, self.length):
            n_set += values[i] != 0
        return n_set

    cdef object to_matrix(self, list attrs):
        cdef Py_ssize_t j, m = len(attrs)
        cdef cnp.npy_intp[2] shape = [self.length, m]
        cdef cnp.ndarray out = cnp.PyArray_EMPTY(2, shape, cnp.NPY_UINT64, 0)
        cdef uint64_t* data = <uint64_t*>cnp.PyArray_DATA(out)
        for j in range(m):
            self.gather(attrs[j], data + j, m)
        return out

    cdef int from_matrix(self, list attrs, object matrix) except -1:
        cdef cnp.ndarray values
        cdef const uint64_t* data
        cdef Py_ssize_t j, m = len(attrs)
        cdef bint parsed
        matrix = numpy.asarray(matrix)
        if matrix.dtype.kind == "f":
            matrix = matrix.astype("int64")
        values = numpy.ascontiguousarray(matrix.astype("uint64", copy=False))
        if values.ndim == 1:
            values = values.reshape((values.shape[0] // m if m else 0, m))
        if values.shape[0] != self.length or values.shape[1] < m:
            raise ValueError(Errors.E971.format(name="The array", array_length=values.shape[0], doc_length=self.length))
        data = <const uint64_t*>cnp.PyArray_DATA(values)
        parsed = HEAD in attrs and DEP in attrs and self.length > 0 and values[:, attrs.index(DEP)].any()
        for j in range(m):
            if not (parsed and attrs[j] == SENT_START):
                self.scatter(attrs[j], data + j, values.shape[1])
        if parsed:
            self.sentences_from_heads(0, self.length)
        return 0

    # Parses

    cdef Py_ssize_t head_of(self, Py_ssize_t i) except -1:
        if self.col[COL_DEP] is NULL or (<uint64_t*>self.col[COL_DEP])[i] == 0:
            return i
        return self.stored_head(i)

    cdef Py_ssize_t stored_head(self, Py_ssize_t i) except -1:
        cdef Py_ssize_t head
        if self.col[COL_HEAD] is NULL:
            return i
        head = i + (<int32_t*>self.col[COL_HEAD])[i]
        if not 0 <= head < self.length:
            raise ValueError(Errors.E190.format(index=i, value=head, rel_head_index=head - i))
        return head

    cdef int sentences_from_heads(self, Py_ssize_t start, Py_ssize_t end) except -1:
        """Within [start, end): 1 at the left edge of the subtree of each root with a label, -1 elsewhere."""
        cdef int8_t* starts = <int8_t*>self.need(COL_SENT_START)
        cdef uint64_t* deps = <uint64_t*>self.need(COL_DEP)
        cdef vector[Py_ssize_t] root = vector[Py_ssize_t](end - start, -2)
        cdef vector[Py_ssize_t] edge = vector[Py_ssize_t](end - start, -1)
        cdef vector[Py_ssize_t] path
        cdef Py_ssize_t i, at, found, head
        # root: -2 unknown, -3 on the path being followed, -1 none (a cycle, or a head outside of the range).
        for i in range(start, end):
            path.clear()
            at = i
            while root[at - start] == -2:
                root[at - start] = -3
                path.push_back(at)
                head = self.stored_head(at)
                if head == at or not start <= head < end:
                    break
                at = head
            found = root[at - start]
            if found == -3:
                found = at if self.stored_head(at) == at else -1
            for at in path:
                root[at - start] = found
            if found >= 0 and edge[found - start] < 0:
                edge[found - start] = i
        for i in range(start, end):
            starts[i] = -1
        for i in range(start, end):
            if root[i - start] == i and deps[i] != 0:
                starts[edge[i - start]] = 1
        self._note_crossing(start, end)
        return 0

    cdef int _note_crossing(self, Py_ssize_t start, Py_ssize_t end) except -1:
        """Note whether a head of the tokens from start to end lies in another sentence than its token."""
        cdef int8_t* starts = <int8_t*>self.col[COL_SENT_START]
        cdef vector[Py_ssize_t] sentence = vector[Py_ssize_t](end - start, 0)
        cdef Py_ssize_t i, head, number = 0
        if end - start == self.length:
            self.crossing = False
        for i in range(start, end):
            number += starts[i] == 1
            sentence[i - start] = number
        for i in range(start, end):
            head = self.stored_head(i)
            if not start <= head < end or sentence[head - start] != sentence[i - start]:
                self.crossing = True
        return 0

    cdef int sentence_bounds(self, Py_ssize_t i, Py_ssize_t* start, Py_ssize_t* end) except -1:
        cdef int8_t* starts = <int8_t*>self.col[COL_SENT_START]
        start[0], end[0] = 0, self.length
        if starts is NULL:
            return 0
        start[0] = i
        while start[0] > 0 and starts[start[0]] != 1:
            start[0] -= 1
        end[0] = i + 1
        while end[0] < self.length and starts[end[0]] != 1:
            end[0] += 1
        return 0

    cdef int tree_bounds(self, Py_ssize_t i, Py_ssize_t* start, Py_ssize_t* end) except -1:
        if self.crossing:
            start[0], end[0] = 0, self.length
            return 0
        return self.sentence_bounds(i, start, end)

    # Entities

    cdef list entities(self):
        cdef Py_ssize_t i, start = -1
        cdef int8_t* iob = <int8_t*>self.col[COL_ENT_IOB]
        cdef list found = []
        if iob is NULL:
            return found
        for i in range(self.length + 1):
            if i < self.length and iob[i] == 1:
                if start == -1:
                    raise ValueError(Errors.E093.format(start=self._shown_with_iob(max(0, i - 5), i + 5)))
                continue
            if start != -1:
                found.append((start, i))
                start = -1
            if i < self.length and iob[i] == 3 and self.value(i, ENT_TYPE) != 0:
                start = i
        return found

    def _shown_with_iob(self, Py_ssize_t start, Py_ssize_t end) -> str:
        cdef Py_ssize_t i
        tokens = [
            f"{self.slice_text(i, i + 1, False)}/{IOB_STRINGS[self.value(i, ENT_IOB)]}" for i in range(start, min(end, self.length))
        ]
        return " ".join(tokens)

    cdef int set_entity(
        self, Py_ssize_t start, Py_ssize_t end, int first, int others, uint64_t label, uint64_t kb_id, uint64_t ent_id
    ) except -1:
        cdef int8_t* iob = <int8_t*>self.need(COL_ENT_IOB)
        cdef uint64_t* labels = <uint64_t*>self.need(COL_ENT_TYPE)
        cdef uint64_t* kb_ids = <uint64_t*>self.need(COL_ENT_KB_ID)
        cdef uint64_t* ent_ids = <uint64_t*>self.need(COL_ENT_ID)
        cdef Py_ssize_t i
        for i in range(start, end):
            iob[i] = first if i == start else others
            labels[i], kb_ids[i], ent_ids[i] = label, kb_id, ent_id
        return 0

    cdef int set_other_entities(self, const uint8_t[::1] done, int code) except -1:
        cdef int8_t* iob = <int8_t*>self.need(COL_ENT_IOB)
        cdef uint64_t* labels = <uint64_t*>self.need(COL_ENT_TYPE)
        cdef Py_ssize_t start = 0, end
        while start < self.length:
            end = start
            while end < self.length and not done[end]:
                end += 1
            if code >= 0:
                self.set_entity(start, end, code, code, 0, 0, 0)
            elif end > start and iob[start] == 1:
                # What is left of an entity whose beginning was overwritten, unless it fits what was written there.
                if start == 0 or not (iob[start - 1] & 1 and labels[start - 1] == labels[start]):
                    iob[start] = 3
            start = end + 1
        return 0

    # Characters

    cdef str slice_text(self, Py_ssize_t start, Py_ssize_t end, bint trailing):
        cdef cppstring buffer
        cdef const uint64_t* orths
        cdef const char* s
        cdef Py_ssize_t i, n
        self.check()
        orths = self.vocab.table.orth()
        for i in range(start, end):
            s = self.vocab.strings.utf8(orths[self.lex[i]], &n)
            if s is not NULL:
                buffer.append(s, n)
            if self.spacy[i] and (trailing or i + 1 < end):
                buffer.push_back(c" ")
        return PyUnicode_DecodeUTF8(buffer.data(), buffer.size(), NULL)

    cdef int need_offsets(self) except -1:
        cdef const int32_t* lengths
        cdef Py_ssize_t i
        cdef int32_t at = 0
        if self.offsets is NULL:
            self.check()
            self.offsets = <int32_t*>PyMem_Malloc((self.length + 1) * sizeof(int32_t))
            if self.offsets is NULL:
                raise MemoryError()
            lengths = self.vocab.table.length()
            for i in range(self.length):
                self.offsets[i] = at
                at += lengths[self.lex[i]] + self.spacy[i]
            self.offsets[self.length] = at
        return 0

    cdef Py_ssize_t starting_before(self, Py_ssize_t char) except -1:
        cdef Py_ssize_t low = 0, high = self.length, middle
        while low < high:
            middle = (low + high) // 2
            if self.offsets[middle] < char:
                low = middle + 1
            else:
                high = middle
        return low

    cdef Py_ssize_t ending_after(self, Py_ssize_t char) except -1:
        cdef Py_ssize_t low = 0, high = self.length, middle
        while low < high:
            middle = (low + high) // 2
            if self.offsets[middle + 1] - self.spacy[middle] <= char:
                low = middle + 1
            else:
                high = middle
        return low


cdef class _Block:
    """Owner of a memory block that a table gave up while arrays may still point to it."""

    cdef void* data

    @staticmethod
    cdef _Block make(void* data):
        cdef _Block block = _Block.__new__(_Block)
        block.data = data
        return block

    def __dealloc__(self) -> None:
        PyMem_Free(self.data)


def replace_tokens(TokenTable table not None, words, spaces) -> None:
    """Give a table other tokens, words as text or key; annotation columns are dropped."""
    cdef int which
    for which in range(N_COLS):
        table.drop(which)
    table.set_words(list(words), list(spaces))


def lca_matrix(TokenTable table, Py_ssize_t start, Py_ssize_t end):
    """Lowest common ancestors of the tokens of a range, relative to its start, -1 for none: int32 (n, n)."""
    n = end - start
    matrix = numpy.full((n, n), -1, dtype="int32")
    chains = []
    for i in range(start, end):
        chain = [i]
        while len(chain) <= table.length:
            head = table.head_of(chain[len(chain) - 1])
            if head == chain[len(chain) - 1]:
                break
            chain.append(head)
        chains.append(chain)
    for i in range(n):
        above = set(chains[i])
        for j in range(i, n):
            common = next((at for at in chains[j] if at in above), -1)
            if start <= common < end:
                matrix[i, j] = matrix[j, i] = common - start
    return matrix
