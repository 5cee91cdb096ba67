# distutils: language = c++
"""The Doc: a tokenized text as columns.

Two columns always exist: `lex` (row in the vocabulary's lexeme table) and `spacy` (white space follows). Annotations
are NumPy arrays that come into being when they are first written. Token and Span are views made on demand.
"""

import numpy

cimport numpy as cnp
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy
from libcpp.string cimport string as cppstring
from libcpp.vector cimport vector

from tagma.tokens.span cimport Span, make_span
from tagma.tokens.token cimport Token, make_token
from tagma.vocab cimport LEX_ID, Vocab

from tagma.attrs import IDS, intify_attr, unknown_attr
from tagma.errors import Errors
from tagma.lexeme import vector_similarity
from tagma.symbols import IDS as SYMBOLS
from tagma.tokens.underscore import Underscore, define, undefine

cnp.import_array()


cdef enum:
    ID = 64, ORTH = 65, LOWER = 66, NORM = 67, SHAPE = 68, PREFIX = 69, SUFFIX = 70, LENGTH = 71, CLUSTER = 72
    LEMMA = 73, POS = 74, TAG = 75, DEP = 76, ENT_IOB = 77, ENT_TYPE = 78, HEAD = 79, SENT_START = 80, SPACY = 81
    PROB = 82, LANG = 83, ENT_KB_ID = 452, MORPH = 453, ENT_ID = 454, IDX = 455

COLUMNS = ("tag", "lemma", "dep", "morph", "ent_type", "ent_kb_id", "ent_id", "pos", "head", "sent_start", "ent_iob")
cdef int TYPES[N_COLS]
TYPES[:] = [
    cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64, cnp.NPY_UINT64,
    cnp.NPY_UINT8, cnp.NPY_INT32, cnp.NPY_INT8, cnp.NPY_INT8,
]
IOB_STRINGS = ("", "I", "O", "B")
_UD_POS = ["", "ADJ", "ADP", "ADV", "AUX", "CONJ", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT"]
_UD_POS += ["SCONJ", "SYM", "VERB", "X", "EOL", "SPACE"]
POS_IDS = {name: SYMBOLS[name] for name in _UD_POS}
# Attributes of `to_bytes` after LENGTH and SPACY, and the default of DocBin.
SAVED_ATTRS = (
    "ORTH", "NORM", "TAG", "HEAD", "DEP", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "LEMMA", "MORPH", "POS", "SENT_START"
)


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


cdef Doc doc_from_rows(Vocab vocab, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n, object text):
    cdef Doc doc = Doc.__new__(Doc)
    doc.vocab = vocab
    doc.set_tokens(lex, spacy, n)
    doc._text = text
    return doc


cdef int _rows_of_words(Vocab vocab, list words, vector[int32_t]& rows) except -1:
    """Append the rows of words given as text or key: ValueError E031 for an empty one, E028 for bytes; TypeError E1022."""
    cdef Py_ssize_t i
    for i, word in enumerate(words):
        if not isinstance(word, str):
            if isinstance(word, bytes):
                raise ValueError(Errors.E028.format(value=word))
            if isinstance(word, bool) or not isinstance(word, (int, numpy.integer)):
                raise TypeError(Errors.E1022.format(i=i, value=word, type=type(word).__name__))
        if not word:
            raise ValueError(Errors.E031.format(i=i, value=word))
        rows.push_back(vocab.row_of(word))
    return 0


def _iob_parts(ents) -> tuple:
    """Columns (iob codes, types) of IOB strings; a changed type and an I without a B start an entity (E177 if ill-formed)."""
    codes, types = [], []
    last = ""
    for ent in ents:
        if ent is None or ent == "":
            codes.append(0)
            types.append("")
            last = ""
            continue
        if ent == "O":
            codes.append(2)
            types.append("")
            last = ""
            continue
        if len(ent) < 3 or ent[0] not in "BI" or ent[1] != "-":
            raise ValueError(Errors.E177.format(tag=ent))
        kind = ent[2:]
        codes.append(1 if ent[0] == "I" and kind == last else 3)
        types.append(kind)
        last = kind
    return codes, types


cdef class Doc:
    """A sequence of tokens with their annotations.

    `doc[i]` is a Token, `doc[i:j]` a Span, `doc.column("tag")` the column itself.
    """

    def __dealloc__(self) -> None:
        PyMem_Free(self.lex)
        PyMem_Free(self.offsets)

    def __init__(
        self,
        Vocab vocab not None,
        words=None,
        spaces=None,
        *,
        user_data=None,
        tags=None,
        pos=None,
        morphs=None,
        lemmas=None,
        heads=None,
        deps=None,
        sent_starts=None,
        ents=None,
    ) -> None:
        """`heads` are absolute indices (None: no head), `sent_starts` True, False or None, `ents` IOB strings.

        Raises TypeError E1022 for words that are neither text nor key. Raises ValueError: E031 for an empty word, E028 for
        bytes, E027 for spaces of another length than words, E189 for annotations of another length, E908 for spaces
        without words, E1017 for heads without deps, E1021 for an unknown part of speech, E177 for
        bad IOB, E190 for a head outside.
        """
        cdef vector[int32_t] rows
        cdef vector[uint8_t] flags
        self.vocab = vocab
        self._user_data = user_data
        if words is None and spaces is not None:
            raise ValueError(Errors.E908)
        self.has_unknown_spaces = words is not None and spaces is None
        words = [] if words is None else list(words)
        spaces = [True] * len(words) if spaces is None else list(spaces)
        if len(spaces) != len(words):
            raise ValueError(Errors.E027)
        rows.reserve(len(words))
        flags.reserve(len(words))
        _rows_of_words(vocab, words, rows)
        for space in spaces:
            flags.push_back(bool(space))
        self.set_tokens(rows.data(), flags.data(), rows.size())
        annotations = {
            "tags": tags, "pos": pos, "morphs": morphs, "lemmas": lemmas, "heads": heads, "deps": deps,
            "sent_starts": sent_starts, "ents": ents,
        }
        if any(value is not None for value in annotations.values()):
            self._annotate({name: list(value) for name, value in annotations.items() if value is not None})

    def _annotate(self, given) -> None:
        """Write the annotations of the constructor."""
        cdef Py_ssize_t i
        strings = self.vocab.strings
        if any(len(values) != self.length for values in given.values()):
            raise ValueError(Errors.E189)
        if "heads" in given and "deps" not in given:
            raise ValueError(Errors.E1017)
        for value in given.get("pos", ()):
            if value not in POS_IDS:
                raise ValueError(Errors.E1021.format(pp=value))
        attrs, columns = [], []
        for name, attr in (("tags", TAG), ("lemmas", LEMMA), ("deps", DEP)):
            if name in given:
                attrs.append(attr)
                columns.append([_key(strings, value) for value in given[name]])
        if "pos" in given:
            attrs.append(POS)
            columns.append([POS_IDS[value] for value in given["pos"]])
        if "morphs" in given:
            attrs.append(MORPH)
            columns.append([self.vocab.morphology.add(value) for value in given["morphs"]])
        if "deps" in given:
            attrs.append(HEAD)
            heads = given.get("heads", range(self.length))
            columns.append([head - i if head is not None else 0 for i, head in enumerate(heads)])
        if "sent_starts" in given:
            attrs.append(SENT_START)
            columns.append([_sent_start(value) for value in given["sent_starts"]])
        if "ents" in given:
            codes, types = _iob_parts(given["ents"])
            attrs += [ENT_IOB, ENT_TYPE]
            columns += [codes, [strings.add(kind) for kind in types]]
        array = numpy.empty((self.length, len(attrs)), dtype="uint64")
        for j, column in enumerate(columns):
            if attrs[j] in (HEAD, SENT_START):
                array[:, j] = numpy.array(column, dtype="int64").view("uint64")
            else:
                array[:, j] = numpy.array(column, dtype="uint64")
        self.from_array(attrs, array)

    # Columns

    cdef int set_tokens(self, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n) except -1:
        cdef int32_t* data = <int32_t*>PyMem_Malloc(n * 5 + 1)
        if data is NULL:
            raise MemoryError()
        if n:
            memcpy(data, lex, n * sizeof(int32_t))
            memcpy(data + n, spacy, n)
        if self.lex is not NULL:
            # Arrays handed out by column() may still look at the old block.
            if self._retired is None:
                self._retired = []
            self._retired.append(_Block.make(self.lex))
        self.lex = data
        self.spacy = <uint8_t*>(data + n)
        self.length = n
        self.generation = self.vocab.generation
        self.text_changed()
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

    def column(self, str name not None):
        """A column as NumPy array (n,), the Doc's own memory: what is written there is written to the Doc.

        `lex` (int32) and `spacy` (uint8) are read-only. An annotation column (see `COLUMNS`) is made, zeroed, if it does not
        exist. Raises KeyError E983 for other names.
        """
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

    def has_column(self, str name not None) -> bool:
        """Whether a column exists, that is, was ever written."""
        return name in ("lex", "spacy") or (name in COLUMNS and self.col[<int>COLUMNS.index(name)] is not NULL)

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
                for i in range(n):
                    out[i * stride] = (<uint64_t*>self.col[which])[i]
            elif which == COL_HEAD:
                for i in range(n):
                    out[i * stride] = <uint64_t><int64_t>(<int32_t*>self.col[which])[i]
            elif which == COL_POS:
                for i in range(n):
                    out[i * stride] = (<uint8_t*>self.col[which])[i]
            else:
                for i in range(n):
                    out[i * stride] = <uint64_t><int64_t>(<int8_t*>self.col[which])[i]
            return 0
        if attr == SPACY:
            for i in range(n):
                out[i * stride] = self.spacy[i]
            return 0
        self.check()
        if attr == IDX:
            self.need_offsets()
            for i in range(n):
                out[i * stride] = self.offsets[i]
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
        cdef int which = column_of(attr)
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
        cdef int64_t value
        cdef void* data
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
        # Validate before anything is written.
        for i in range(n):
            any_set |= values[i * stride]
        if which == COL_POS:
            for i in range(n):
                if values[i * stride] != 0 and not 84 <= values[i * stride] <= 103:
                    raise ValueError(Errors.E1021.format(pp=values[i * stride]))
        elif which == COL_ENT_IOB:
            for i in range(n):
                if values[i * stride] > 3:
                    raise ValueError(Errors.E982.format(values=IOB_STRINGS, value=values[i * stride]))
        elif which == COL_HEAD:
            for i in range(n):
                value = <int64_t>values[i * stride]
                if not -i <= value < n - i:
                    raise ValueError(Errors.E190.format(index=i, value=i + value, rel_head_index=value))
        if not any_set and self.col[which] is NULL and which != COL_SENT_START:
            return 0
        data = self.need(which)
        if which < COL_POS:
            for i in range(n):
                (<uint64_t*>data)[i] = values[i * stride]
        elif which == COL_HEAD:
            for i in range(n):
                (<int32_t*>data)[i] = <int32_t>values[i * stride]
        elif which == COL_POS:
            for i in range(n):
                (<uint8_t*>data)[i] = <uint8_t>values[i * stride]
        else:
            for i in range(n):
                (<int8_t*>data)[i] = <int8_t>values[i * stride]
        return 0

    # Parses

    cdef Py_ssize_t head_of(self, Py_ssize_t i) except -1:
        cdef Py_ssize_t head
        if self.col[COL_HEAD] is NULL:
            return i
        head = i + (<int32_t*>self.col[COL_HEAD])[i]
        if not 0 <= head < self.length:
            raise ValueError(Errors.E190.format(index=i, value=head, rel_head_index=head - i))
        return head

    cdef int sentences_from_heads(self, Py_ssize_t start, Py_ssize_t end) except -1:
        """Within [start, end): 1 at the left edge of each root's subtree, -1 elsewhere. Tokens without dep have no head."""
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
                head = self.head_of(at)
                if head == at or not start <= head < end:
                    break
                at = head
            found = root[at - start]
            if found == -3:
                found = at if self.head_of(at) == at else -1
            for at in path:
                root[at - start] = found
            if found >= 0 and edge[found - start] < 0:
                edge[found - start] = i
        for i in range(start, end):
            starts[i] = -1
        for i in range(start, end):
            if root[i - start] == i and deps[i] != 0:
                starts[edge[i - start]] = 1
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

    # Sequence

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, i):
        """A Token, or a Span for a slice. IndexError E026 outside, ValueError E057 for slices with a step."""
        cdef Py_ssize_t index
        if isinstance(i, slice):
            if i.step is not None and i.step != 1:
                raise ValueError(Errors.E057)
            start, stop, _ = i.indices(self.length)
            return make_span(self, start, max(start, stop), 0, 0, 0)
        index = i
        if index < 0:
            index += self.length
        if not 0 <= index < self.length:
            raise IndexError(Errors.E026.format(i=index, length=self.length))
        return make_token(self, index)

    def __iter__(self):
        cdef Py_ssize_t i = 0
        while i < self.length:
            yield make_token(self, i)
            i += 1

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    @property
    def doc(self) -> "Doc":
        """The Doc itself, as for spans and tokens."""
        return self

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

    @property
    def text(self) -> str:
        """The text, white space after the last token included."""
        if self._text is None:
            self._text = self.slice_text(0, self.length, True)
        return self._text

    @property
    def text_with_ws(self) -> str:
        """The same as `text`."""
        return self.text

    @property
    def lang(self) -> int:
        """Key of the language's code."""
        return self.vocab.strings[self.vocab.lang]

    @property
    def lang_(self) -> str:
        """Code of the language."""
        return self.vocab.lang

    # What most Docs never have

    @property
    def user_data(self) -> dict:
        """Anything the user stores; values of extension attributes are here, too."""
        if self._user_data is None:
            self._user_data = {}
        return self._user_data

    @user_data.setter
    def user_data(self, value) -> None:
        self._user_data = value

    @property
    def cats(self) -> dict:
        """Scores by category."""
        if self._cats is None:
            self._cats = {}
        return self._cats

    @cats.setter
    def cats(self, value) -> None:
        self._cats = value

    @property
    def spans(self):
        """Span groups by name."""
        if self._spans is None:
            from tagma.tokens._dict_proxies import SpanGroups

            self._spans = SpanGroups(self)
        return self._spans

    @property
    def has_spans(self) -> bool:
        """Whether there are span groups; asking does not make the dict."""
        return bool(self._spans)

    @property
    def tensor(self):
        """Array of the pipeline, one row per token if it has any: float32 (0,) at first."""
        if self._tensor is None:
            self._tensor = numpy.zeros((0,), dtype="float32")
        return self._tensor

    @tensor.setter
    def tensor(self, value) -> None:
        self._tensor = value

    @property
    def sentiment(self) -> float:
        """A number for the whole text, 0 unless set (or `user_hooks["sentiment"]`)."""
        hook = find_hook(self._user_hooks, "sentiment")
        if hook is not None:
            return hook(self)
        return 0.0 if self._sentiment is None else self._sentiment

    @sentiment.setter
    def sentiment(self, value: float) -> None:
        self._sentiment = value

    @property
    def activations(self) -> dict:
        """What components were told to save, by component."""
        if self._activations is None:
            self._activations = {}
        return self._activations

    @activations.setter
    def activations(self, value) -> None:
        self._activations = value

    @property
    def user_hooks(self) -> dict:
        """Functions that replace properties of the Doc."""
        if self._user_hooks is None:
            self._user_hooks = {}
        return self._user_hooks

    @user_hooks.setter
    def user_hooks(self, value) -> None:
        self._user_hooks = value

    @property
    def user_token_hooks(self) -> dict:
        """Functions that replace properties of its tokens."""
        if self._user_token_hooks is None:
            self._user_token_hooks = {}
        return self._user_token_hooks

    @user_token_hooks.setter
    def user_token_hooks(self, value) -> None:
        self._user_token_hooks = value

    @property
    def user_span_hooks(self) -> dict:
        """Functions that replace properties of its spans."""
        if self._user_span_hooks is None:
            self._user_span_hooks = {}
        return self._user_span_hooks

    @user_span_hooks.setter
    def user_span_hooks(self, value) -> None:
        self._user_span_hooks = value

    @property
    def context(self):
        """What `nlp.pipe(as_tuples=True)` carries along."""
        return self._context

    @context.setter
    def context(self, value) -> None:
        self._context = value

    @property
    def _(self):
        """Extension attributes: `doc._.name`."""
        return Underscore(Underscore.doc_extensions, self)

    @classmethod
    def set_extension(cls, name: str, **kwargs) -> None:
        """Define an extension by `default`, `method`, or `getter` (and `setter`); `force=True` replaces (else E090)."""
        define(Underscore.doc_extensions, "Doc", name, **kwargs)

    @classmethod
    def get_extension(cls, name: str) -> "Extension | None":
        """(default, method, getter, setter)."""
        return Underscore.doc_extensions.get(name)

    @classmethod
    def has_extension(cls, name: str) -> bool:
        """Whether the extension is defined."""
        return name in Underscore.doc_extensions

    @classmethod
    def remove_extension(cls, name: str) -> "Extension":
        """Undefine an extension and return its definition (ValueError E046)."""
        return undefine(Underscore.doc_extensions, name)

    # Annotation as a whole

    def has_annotation(self, attr, *, bint require_complete=False) -> bool:
        """Whether any token (every token) has the attribute. HEAD counts where DEP is set; an empty Doc has everything.

        The first token's sentence start says nothing, so a Doc of one token has SENT_START. ValueError E1037 for a
        name that is no attribute.
        """
        cdef Py_ssize_t i, first = 0, n_set = 0
        cdef uint64_t[::1] values
        if self.length == 0:
            return True
        if isinstance(attr, str):
            attr = {"IS_SENT_START": "SENT_START", "IS_SENT_END": "SENT_START"}.get(attr.upper(), attr)
            found = intify_attr(attr)
            if found is None:
                raise ValueError(Errors.E1037.format(attr=attr))
        else:
            found = int(attr)
        if found == HEAD:
            found = DEP
        if found == SENT_START:
            if self.length == 1:
                return True
            first = 1
        if column_of(found) >= 0 and self.col[column_of(found)] is NULL:
            return False
        values = numpy.empty(self.length, dtype="uint64")
        self.gather(found, &values[0], 1)
        for i in range(first, self.length):
            n_set += values[i] != 0
        return n_set == self.length - first if require_complete else n_set > 0

    @property
    def is_tagged(self) -> bool:
        """Old name of `has_annotation("TAG")`."""
        return self.has_annotation("TAG")

    @property
    def is_parsed(self) -> bool:
        """Old name of `has_annotation("DEP")`."""
        return self.has_annotation("DEP")

    @property
    def is_sentenced(self) -> bool:
        """Old name of `has_annotation("SENT_START")`."""
        return self.has_annotation("SENT_START")

    @property
    def is_nered(self) -> bool:
        """Old name of `has_annotation("ENT_IOB")`."""
        return self.has_annotation("ENT_IOB")

    def to_array(self, py_attr_ids):
        """Attributes as uint64 (n, attributes), or (n,) for a single one; signed values wrap around. KeyError E983."""
        cdef cnp.ndarray out
        cdef Py_ssize_t j, m
        cdef uint64_t* data
        cdef list ids
        single = isinstance(py_attr_ids, (str, int)) or not hasattr(py_attr_ids, "__iter__")
        ids = [attr_id(attr) for attr in ([py_attr_ids] if single else py_attr_ids)]
        m = len(ids)
        out = numpy.empty((self.length, m), dtype="uint64")
        data = <uint64_t*>cnp.PyArray_DATA(out)
        for j in range(m):
            self.gather(ids[j], data + j, m)
        return out.reshape((self.length,)) if m == 1 else out

    def from_array(self, attrs, array) -> "Doc":
        """Set token attributes from an array as `to_array` makes it (any integer type; heads are relative).

        Lexical attributes other than NORM are left alone. With HEAD and any DEP, sentence starts come from the heads.
        Raises ValueError: E971 for another length than the Doc's, E190 for a head outside, E1021, E982.
        """
        cdef cnp.ndarray values
        cdef const uint64_t* data
        cdef Py_ssize_t j, m
        cdef list ids
        single = isinstance(attrs, (str, int))
        ids = [attr_id(attr) for attr in ([attrs] if single else attrs)]
        m = len(ids)
        array = numpy.asarray(array)
        if array.dtype.kind == "f":
            array = array.astype("int64")
        values = numpy.ascontiguousarray(array.astype("uint64", copy=False))
        if values.ndim == 1:
            values = values.reshape((values.shape[0] // m if m else 0, m)) if m != 1 else values.reshape((-1, 1))
        if values.shape[0] != self.length or values.shape[1] < m:
            raise ValueError(Errors.E971.format(name="The array", array_length=values.shape[0], doc_length=self.length))
        data = <const uint64_t*>cnp.PyArray_DATA(values)
        parsed = HEAD in ids and DEP in ids and self.length and bool(array.reshape(values.shape[0], -1)[:, ids.index(DEP)].any())
        # HEAD goes last among those that may fail, so that a bad head leaves the rest readable but no half parse.
        for j in range(m):
            if not (parsed and ids[j] == SENT_START):
                self.scatter(ids[j], data + j, values.shape[1])
        if parsed:
            self.sentences_from_heads(0, self.length)
        return self

    def count_by(self, attr_id, exclude=None, counts=None) -> dict:
        """How often each value of an attribute occurs: {value: count}; `exclude(token)` leaves tokens out."""
        values = self.to_array([attr_id])
        result = {} if counts is None else counts
        for token, value in zip(self, values.tolist()):
            if exclude is None or not exclude(token):
                result[value] = result.get(value, 0) + 1
        return result

    def get_lca_matrix(self):
        """Index of the lowest common ancestor of each pair of tokens, -1 where there is none: int32 (n, n)."""
        return lca_matrix(self, 0, self.length)

    def extend_tensor(self, tensor) -> None:
        """Put columns at the right of `tensor`."""
        if self.tensor.size == 0:
            self.tensor = tensor
        else:
            self.tensor = numpy.hstack((self.tensor, tensor))

    # Spans

    def char_span(self, Py_ssize_t start_idx, Py_ssize_t end_idx, label=0, kb_id=0, vector=None, str alignment_mode="strict", span_id=0):
        """Span of the characters [start_idx, end_idx), None where there is none.

        `alignment_mode`: "strict" token borders only, "contract" the tokens inside, "expand" all tokens touched
        (ValueError E202 for others).
        """
        cdef Py_ssize_t start, end
        if alignment_mode not in ("strict", "contract", "expand"):
            raise ValueError(Errors.E202.format(mode=alignment_mode, modes="strict, contract, expand"))
        self.need_offsets()
        if not 0 <= start_idx < self.offsets[self.length] or not 0 < end_idx <= self.offsets[self.length]:
            return None
        if start_idx > end_idx:
            return None
        if alignment_mode == "expand":
            start = self._first_ending_after(start_idx)
            end = self._n_starting_before(end_idx)
        else:
            start = self._n_starting_before(start_idx)
            end = self._first_ending_after(end_idx)
            if start >= end:
                return None
            if alignment_mode == "strict" and (
                self.offsets[start] != start_idx or self.offsets[end] - self.spacy[end - 1] != end_idx
            ):
                return None
        strings = self.vocab.strings
        span = make_span(self, start, max(start, end), strings.as_int(label), strings.as_int(kb_id), strings.as_int(span_id))
        for value in (label, kb_id, span_id):
            if isinstance(value, str):
                strings.add(value)
        span._vector = vector
        return span

    def _n_starting_before(self, Py_ssize_t char) -> int:
        """Number of tokens that start before a character."""
        cdef Py_ssize_t low = 0, high = self.length, middle
        while low < high:
            middle = (low + high) // 2
            if self.offsets[middle] < char:
                low = middle + 1
            else:
                high = middle
        return low

    def _first_ending_after(self, Py_ssize_t char) -> int:
        """Index of the first token that ends after a character (white space is no part of a token)."""
        cdef Py_ssize_t low = 0, high = self.length, middle
        while low < high:
            middle = (low + high) // 2
            if self.offsets[middle + 1] - self.spacy[middle] <= char:
                low = middle + 1
            else:
                high = middle
        return low

    @property
    def ents(self) -> tuple:
        """The entities, as spans. ValueError E093 where an I follows nothing."""
        cdef Py_ssize_t i, start = -1
        cdef int8_t* iob
        cdef list out = []
        hook = find_hook(self._user_hooks, "ents")
        if hook is not None:
            return tuple(hook(self))
        if self.col[COL_ENT_IOB] is NULL:
            return ()
        iob = <int8_t*>self.col[COL_ENT_IOB]
        for i in range(self.length + 1):
            if i < self.length and iob[i] == 1:
                if start == -1:
                    first = [f"{token.text}/{token.ent_iob_}" for token in self[max(0, i - 5):i + 5]]
                    raise ValueError(Errors.E093.format(start=" ".join(first)))
                continue
            if start != -1:
                if self.value(start, ENT_TYPE) != 0:
                    out.append(
                        make_span(
                            self, start, i, self.value(start, ENT_TYPE), self.value(start, ENT_KB_ID), self.value(start, ENT_ID)
                        )
                    )
                start = -1
            if i < self.length and iob[i] == 3:
                start = i
        return tuple(out)

    @ents.setter
    def ents(self, ents) -> None:
        """Set the entities from spans, (label, start, end) or (label, kb_id, start, end); other tokens are outside.

        Raises TypeError E4027 for anything else.
        """
        spans = []
        for ent in ents:
            if isinstance(ent, Span):
                spans.append(ent)
                continue
            if isinstance(ent, str) or not hasattr(ent, "__len__") or not 3 <= len(ent) <= 5:
                wanted = "Span, or a tuple (label, start, end) or (label, kb_id, start, end),"
                described = {"method": "Doc.ents", "wanted": wanted, "arg": "entity", "type": type(ent).__name__}
                raise TypeError(Errors.E4027.format(value=repr(ent)[:80], besides="", **described))
            label, kb_id, span_id = ent[0], 0, 0
            if len(ent) == 3:
                start, end = ent[1], ent[2]
            elif len(ent) == 4:
                kb_id, start, end = ent[1], ent[2], ent[3]
            else:
                kb_id, span_id, start, end = ent[1], ent[2], ent[3], ent[4]
            spans.append(Span(self, start, end, label=label, kb_id=kb_id, span_id=span_id))
        self.set_ents(spans)

    def set_ents(self, entities, *, blocked=None, missing=None, outside=None, str default="outside") -> None:
        """Set entities, and what holds for other spans: blocked (never an entity), missing (unknown) or outside.

        Entities without a label are passed over. `default` is one of these kinds or "unmodified", for all other tokens.
        Raises ValueError: E1010 for a token in two spans, E1011 for a bad default, E1012 for what is no span.
        """
        cdef Py_ssize_t i
        cdef Span span
        cdef int8_t* iob
        cdef uint64_t *types
        cdef uint64_t *kb_ids
        cdef uint64_t *ids
        modes = ("outside", "missing", "blocked", "unmodified")
        if default not in modes:
            raise ValueError(Errors.E1011.format(default=default, modes=", ".join(modes)))
        groups = [("entity", entities), ("blocked", blocked), ("missing", missing), ("outside", outside)]
        seen = numpy.zeros(self.length, dtype="bool")
        checked = []
        for kind, spans in groups:
            spans = list(spans or ())
            for item in spans:
                if not isinstance(item, Span):
                    raise ValueError(Errors.E1012.format(span_type=kind, span=item))
            if kind == "entity":
                spans = [item for item in spans if item.label != 0]
            for item in spans:
                if item.start != item.end and seen[item.start:item.end].any():
                    taken = item.start + int(seen[item.start:item.end].argmax())
                    raise ValueError(Errors.E1010.format(i=taken))
                if not 0 <= item.start <= item.end <= self.length:
                    raise IndexError(Errors.E035.format(start=item.start, end=item.end, length=self.length))
                seen[item.start:item.end] = True
            checked.append((kind, spans))
        iob = <int8_t*>self.need(COL_ENT_IOB)
        types = <uint64_t*>self.need(COL_ENT_TYPE)
        kb_ids = <uint64_t*>self.need(COL_ENT_KB_ID)
        ids = <uint64_t*>self.need(COL_ENT_ID)
        codes = {"blocked": 3, "missing": 0, "outside": 2}
        for kind, spans in checked:
            for span in spans:
                for i in range(span.data.start, span.data.end):
                    if kind == "entity":
                        iob[i] = 3 if i == span.data.start else 1
                        types[i], kb_ids[i], ids[i] = span.data.label, span.data.kb_id, span.data.id
                    else:
                        iob[i] = codes[kind]
                        types[i] = kb_ids[i] = ids[i] = 0
        for i in range(self.length):
            if seen[i]:
                continue
            if default != "unmodified":
                iob[i] = codes[default]
                types[i] = kb_ids[i] = ids[i] = 0
            elif iob[i] == 1 and (i == 0 or seen[i - 1]):
                # What is left of an entity whose beginning was overwritten.
                iob[i] = 3

    @property
    def sents(self):
        """The sentences, as spans; ValueError E030 where no sentence boundaries are set."""
        cdef Py_ssize_t i, start = 0
        cdef int8_t* starts
        hook = find_hook(self._user_hooks, "sents")
        if hook is not None:
            yield from hook(self)
            return
        if not self.has_annotation("SENT_START"):
            raise ValueError(Errors.E030)
        for i in range(1, self.length):
            if self.value(i, SENT_START) == 1:
                yield make_span(self, start, i, 0, 0, 0)
                start = i
        if start != self.length:
            yield make_span(self, start, self.length, 0, 0, 0)

    @property
    def noun_chunks(self):
        """Base noun phrases, as the language defines them; NotImplementedError E894 where it does not."""
        if self.vocab.get_noun_chunks is None:
            raise NotImplementedError(Errors.E894.format(lang=self.vocab.lang))
        cdef uint64_t label
        for start, end, label in list(self.vocab.get_noun_chunks(self)):
            yield make_span(self, start, end, label, 0, 0)

    @property
    def noun_chunks_iterator(self):
        """The vocabulary's function behind `noun_chunks`."""
        return self.vocab.get_noun_chunks

    # Vectors

    @property
    def has_vector(self) -> bool:
        """Whether there is a vector for the Doc."""
        hook = find_hook(self._user_hooks, "has_vector")
        if hook is not None:
            return hook(self)
        return bool(self.vocab.vectors.size) or self.tensor.size > 0

    @property
    def vector(self):
        """Mean of the tokens' vectors, else of the rows of `tensor`, else zeros: float32 (width,)."""
        hook = find_hook(self._user_hooks, "vector")
        if hook is not None:
            return hook(self)
        if self._vector is None:
            self._vector = mean_vector(self, self)
        return self._vector

    @vector.setter
    def vector(self, value) -> None:
        self._vector = value

    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
        hook = find_hook(self._user_hooks, "vector_norm")
        if hook is not None:
            return hook(self)
        vector = self.vector
        return float((vector * vector).sum() ** 0.5)

    @vector_norm.setter
    def vector_norm(self, value) -> None:
        self._vector_norm = value

    def similarity(self, other) -> float:
        """Cosine of the vectors of this Doc and another Doc, Span, Token or Lexeme."""
        hook = find_hook(self._user_hooks, "similarity")
        if hook is not None:
            return hook(self, other)
        return similarity(self, other)

    # Copies and files

    def copy(self) -> "Doc":
        """A Doc of its own with the same content: columns copied, values of `user_data` deeply."""
        import copy

        cdef Doc other = doc_from_rows(self.vocab, self.lex, self.spacy, self.length, self._text)
        cdef int which
        other.generation = self.generation
        for which in range(N_COLS):
            if self.col[which] is not NULL:
                memcpy(other.need(which), self.col[which], self.length * self.arrays[which].itemsize)
        other.has_unknown_spaces = self.has_unknown_spaces
        other._sentiment = self._sentiment
        other._context = self._context
        other._vector = self._vector
        other._vector_norm = self._vector_norm
        if self._tensor is not None:
            other._tensor = self._tensor.copy()
        if self._cats:
            other._cats = copy.deepcopy(self._cats)
        if self._user_data:
            other._user_data = copy.deepcopy(self._user_data)
        for source, target in ((self._user_hooks, "user_hooks"), (self._user_token_hooks, "user_token_hooks")):
            if source:
                setattr(other, target, dict(source))
        if self._user_span_hooks:
            other._user_span_hooks = dict(self._user_span_hooks)
        if self._spans:
            other._spans = self._spans.copy(doc=other)
        if self._activations:
            other._activations = dict(self._activations)
        return other

    def __copy__(self) -> "Doc":
        return self.copy()

    def __deepcopy__(self, memo) -> "Doc":
        return self.copy()

    def __reduce__(self):
        hooks = (self._user_hooks, self._user_token_hooks, self._user_span_hooks)
        data = self.to_bytes(exclude=["user_data"])
        return (_unpickle, (self.vocab, data, self._user_data, hooks, self._context))

    @staticmethod
    def from_docs(docs, bint ensure_whitespace=True, attrs=None, *, exclude=()):
        """One Doc from several, None for none. See `tagma.tokens._joining.join_docs`."""
        from tagma.tokens._joining import join_docs

        return join_docs(docs, ensure_whitespace, attrs, exclude)

    def to_dict(self, *, exclude=()) -> dict:
        """What `to_bytes` packs."""
        from tagma.tokens._files import doc_to_dict

        return doc_to_dict(self, exclude)

    def from_dict(self, msg, *, exclude=()) -> "Doc":
        """Read `to_dict`'s content into this empty Doc."""
        from tagma.tokens._files import doc_from_dict

        return doc_from_dict(self, msg, exclude)

    def to_bytes(self, *, exclude=()) -> bytes:
        """The Doc as a msgpack map, in spaCy's layout."""
        from tagma.nn.packing import encode

        return encode(self.to_dict(exclude=exclude))

    def from_bytes(self, bytes_data: bytes, *, exclude=()) -> "Doc":
        """Read `to_bytes` into this empty Doc (ValueError E033 unless empty, E4010 for altered bytes)."""
        from tagma.util.serialize import unpack_map

        return self.from_dict(unpack_map(bytes_data, "doc"), exclude=exclude)

    def to_disk(self, path, *, exclude=()) -> None:
        """Write `to_bytes` to a file."""
        from pathlib import Path

        Path(path).write_bytes(self.to_bytes(exclude=exclude))

    def from_disk(self, path, *, exclude=()) -> "Doc":
        """Read a file that `to_disk` wrote."""
        from pathlib import Path

        return self.from_bytes(Path(path).read_bytes(), exclude=exclude)

    def to_json(self, underscore=None) -> dict:
        """The Doc as JSON-serializable dict; `underscore` names extension attributes to add."""
        from tagma.tokens._json import doc_to_json

        return doc_to_json(self, underscore)

    def from_json(self, doc_json, *, bint validate=False) -> "Doc":
        """Fill this empty Doc from `to_json`'s dict."""
        from tagma.tokens._json import doc_from_json

        return doc_from_json(self, doc_json, validate)

    def to_utf8_array(self, int nr_char=-1):
        """UTF-8 bytes of the tokens, zero-padded: uint8 (n, longest or `nr_char`)."""
        words = [token.text.encode("utf8") for token in self]
        width = max((len(word) for word in words), default=0) if nr_char < 0 else nr_char
        out = numpy.zeros((len(words), width), dtype="uint8")
        for i, word in enumerate(words):
            word = word[:width]
            out[i, :len(word)] = numpy.frombuffer(word, dtype="uint8")
        return out

    def _set_tokens(self, words, spaces) -> None:
        """Replace the tokens; annotation columns are dropped."""
        cdef vector[int32_t] rows
        cdef vector[uint8_t] flags
        cdef int which
        _rows_of_words(self.vocab, words, rows)
        for space in spaces:
            flags.push_back(bool(space))
        for which in range(N_COLS):
            self.drop(which)
        self.set_tokens(rows.data(), flags.data(), rows.size())


cdef class _Block:
    """Owner of a memory block that a Doc gave up while arrays may still point to it."""

    cdef void* data

    @staticmethod
    cdef _Block make(void* data):
        cdef _Block block = _Block.__new__(_Block)
        block.data = data
        return block

    def __dealloc__(self) -> None:
        PyMem_Free(self.data)


def _key(strings, value) -> int:
    """Key of an annotation given as text or key; TypeError for anything else."""
    if isinstance(value, str):
        return strings.add(value)
    if isinstance(value, (int, numpy.integer)) and not isinstance(value, bool):
        return int(value)
    raise TypeError(Errors.E017.format(value_type=type(value)))


def _sent_start(value) -> int:
    if value is True:
        return 1
    if value is False:
        return -1
    return value if value in (-1, 0, 1) else 0


def lca_matrix(Doc doc, Py_ssize_t start, Py_ssize_t end):
    """Lowest common ancestors of the tokens of a range, relative to its start, -1 for none: int32 (n, n)."""
    n = end - start
    matrix = numpy.full((n, n), -1, dtype="int32")
    chains = []
    for i in range(start, end):
        chain = [i]
        while len(chain) <= doc.length:
            head = doc.head_of(chain[len(chain) - 1])
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


def mean_vector(Doc doc, tokens):
    """Mean of the vectors of a Doc or Span, else of its rows of the tensor, else zeros."""
    vocab = doc.vocab
    n = len(tokens)
    if n and vocab.vectors.size:
        keys = tokens.to_array(vocab.vectors.attr).tolist() if hasattr(vocab.vectors, "attr") else [t.orth for t in tokens]
        return vocab.vectors.get_batch(keys).mean(axis=0)
    if n and doc.tensor.size:
        start = getattr(tokens, "start", 0)
        return doc.tensor[start:start + n].mean(axis=0)
    return numpy.zeros((vocab.vectors_length,), dtype="float32")


def similarity(first, second) -> float:
    """Cosine of two things that have vectors; 1.0 for equal words. Warns W007 where there are no vectors, W008 for zeros."""
    import warnings

    from tagma.errors import Warnings

    def words(item):
        orth = getattr(item, "orth", None)
        return [orth] if orth is not None else [token.orth for token in item]

    if words(first) == words(second):
        return 1.0
    if not first.vocab.vectors.size:
        warnings.warn(Warnings.W007.format(obj=type(first).__name__), stacklevel=2)
    if first.vector_norm == 0 or second.vector_norm == 0:
        warnings.warn(Warnings.W008.format(obj=type(first).__name__), stacklevel=2)
        return 0.0
    return vector_similarity(first, second)


def _unpickle(vocab, data, user_data, hooks, context) -> Doc:
    doc = Doc(vocab).from_bytes(data)
    if user_data is not None:
        doc.user_data = user_data
    for name, value in zip(("user_hooks", "user_token_hooks", "user_span_hooks"), hooks):
        if value:
            setattr(doc, name, value)
    if context is not None:
        doc.context = context
    return doc
