# distutils: language = c++
"""Lexemes, views of the rows of a vocabulary's table, and the filling of the table's columns.

Who sets up or saves a vocabulary needs vocab.pyx alone. Here stands what a value of an attribute *is*: what the getter
of the vocabulary gives for a word or, where the getter is one of those in `NATIVE`, the same computed natively.
"""

import unicodedata

import numpy

from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, uint8_t, uint64_t
from libc.string cimport memcpy
from libcpp cimport bool as cbool
from libcpp.string cimport string as cppstring

from tagma.symbols cimport (
    ID, IS_ALPHA, IS_ASCII, IS_BRACKET, IS_CURRENCY, IS_DIGIT, IS_LEFT_PUNCT, IS_LOWER, IS_PUNCT, IS_QUOTE,
    IS_RIGHT_PUNCT, IS_SPACE, IS_STOP, IS_TITLE, IS_UPPER, LANG, LENGTH, LIKE_EMAIL, LIKE_NUM, LIKE_URL, LOWER, NORM, ORTH,
    PREFIX, SHAPE, SUFFIX,
)
from tagma.vocab cimport LEX_ID, LexemeTable

from tagma.attrs import intify_attrs
from tagma.errors import Errors


cdef extern from "word_forms.h" namespace "tagma" nogil:
    int decode(const char* s, Py_UCS4* out)
    size_t prefix_bytes(const char* s)
    size_t suffix_bytes(const char* s, size_t n)
    bint is_alpha(const char* s, size_t n)
    bint is_ascii(const char* s, size_t n)
    bint is_digit(const char* s, size_t n)
    bint is_lower(const char* s, size_t n)
    bint is_space(const char* s, size_t n)
    bint is_title(const char* s, size_t n)
    bint is_upper(const char* s, size_t n)
    void shape(const char* s, size_t n, int32_t length, cppstring& out)
    bint lower_ascii(const char* s, size_t n, cbool* ascii, cppstring& out)


cdef class Lexeme:
    """A text of the vocabulary, apart from any context: `vocab["apple"]`."""

    def __init__(self, Vocab vocab not None, uint64_t orth) -> None:
        self.vocab = vocab
        self.orth = orth
        self._row = vocab.row(orth)
        self._generation = vocab.generation

    cdef int32_t row(self) except -1:
        """Row in the table; made anew when a memory zone has released it (KeyError E018 once the text is gone)."""
        if self._generation != self.vocab.generation:
            self._row = self.vocab.row(self.orth)
            self._generation = self.vocab.generation
        return self._row

    cdef int set(self, int attr, uint64_t value) except -1:
        """Overwrite a value; norms are kept in the lookups too, which are saved.

        What holds numbers by row is told through the vocabulary's generation.
        """
        if attr == NORM:
            self._look_up_set("lexeme_norm", self.vocab.strings.text(value))
        self.vocab.set(self.row(), attr, value)
        return 0

    def __richcmp__(self, other, int op):
        if not isinstance(other, Lexeme):
            return NotImplemented if op not in (2, 3) else op == 3
        a, b = self.orth, other.orth
        return (a < b, a <= b, a == b, a != b, a > b, a >= b)[op]

    def __hash__(self):
        return self.orth

    def __len__(self) -> int:
        return self.vocab.table.length()[self.row()]

    def __repr__(self) -> str:
        return f"<Lexeme {self.text!r}>"

    def __reduce__(self):
        return (Lexeme, (self.vocab, self.orth))

    def check_flag(self, int flag_id) -> bool:
        """Value of a boolean attribute (ValueError E063 for ids outside 1 to 63)."""
        if not 0 < flag_id < 64:
            raise ValueError(Errors.E063.format(value=flag_id))
        return self.vocab.value(self.row(), flag_id) != 0

    def set_flag(self, int flag_id, bint value) -> None:
        """Set a boolean attribute (ValueError E063 for ids outside 1 to 63)."""
        if not 0 < flag_id < 64:
            raise ValueError(Errors.E063.format(value=flag_id))
        self.set(flag_id, value)

    def set_attrs(self, **attrs) -> None:
        """Set attributes by name, in either spelling: `set_attrs(norm="x", is_stop=True)`."""
        for attr, value in intify_attrs(attrs).items():
            if attr < 64:
                self.set_flag(attr, value)
            elif LOWER <= attr <= SUFFIX:
                self.set(attr, self.vocab.strings.key(value))
            elif attr == ID:
                self.set(attr, value)

    def similarity(self, other) -> float:
        """Cosine of the vectors of this and another lexeme, token, span or doc."""
        if getattr(other, "orth", None) == self.orth:
            return 1.0
        return vector_similarity(self, other)

    @property
    def has_vector(self) -> bool:
        """Whether the vocabulary has a vector for the text."""
        return self.vocab.has_vector(self.orth)

    @property
    def vector(self):
        """float32 (width,), zeros where there is none. ValueError E010 when the vocabulary has no vectors at all."""
        if self.vocab.vectors_length == 0:
            raise ValueError(Errors.E010)
        return self.vocab.get_vector(self.orth)

    @vector.setter
    def vector(self, vector) -> None:
        self.vocab.set_vector(self.orth, vector)

    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
        vector = self.vector
        return float((vector * vector).sum() ** 0.5)

    @property
    def text(self) -> str:
        """The text."""
        return self.vocab.strings.text(self.orth)

    @property
    def orth_(self) -> str:
        """The text."""
        return self.vocab.strings.text(self.orth)

    @property
    def rank(self) -> int:
        """Row of the vectors, 2**64 - 1 where there is none."""
        return self.vocab.value(self.row(), ID)

    @rank.setter
    def rank(self, value: int) -> None:
        self.set(ID, value)

    @property
    def lang(self) -> int:
        """Key of the language's code: that of the vocabulary unless set."""
        return self._looked_up("lexeme_lang", self.vocab.value(self.row(), LANG))

    @lang.setter
    def lang(self, uint64_t value) -> None:
        self._look_up_set("lexeme_lang", value)

    @property
    def lang_(self) -> str:
        """Code of the language: that of the vocabulary unless set."""
        return self.vocab.strings.text(self.lang)

    @lang_.setter
    def lang_(self, str value not None) -> None:
        self.lang = self.vocab.strings.add(value, allow_transient=False)

    @property
    def is_oov(self) -> bool:
        """Whether the text has no vector."""
        return self.orth not in self.vocab.vectors

    @property
    def flags(self) -> int:
        """All boolean attributes as bits."""
        cdef int flag
        cdef int32_t row = self.row()
        for flag in range(1, 64):
            self.vocab.value(row, flag)
        return self.vocab.table.flags()[row]

    @property
    def cluster(self) -> int:
        """Brown cluster, from the lookups (0 where there is none)."""
        return self._looked_up("lexeme_cluster", 0)

    @cluster.setter
    def cluster(self, value: int) -> None:
        self._look_up_set("lexeme_cluster", value)

    @property
    def prob(self) -> float:
        """Logarithm of the probability, from the lookups (that of unknown words where there is none)."""
        settings = self.vocab.lookups.get_table("lexeme_settings", {})
        return self._looked_up("lexeme_prob", settings.get("oov_prob", -20.0))

    @prob.setter
    def prob(self, value: float) -> None:
        self._look_up_set("lexeme_prob", value)

    @property
    def sentiment(self) -> float:
        """From the lookups (0 where there is none)."""
        return self._looked_up("lexeme_sentiment", 0.0)

    @sentiment.setter
    def sentiment(self, value: float) -> None:
        self._look_up_set("lexeme_sentiment", value)

    def _looked_up(self, name: str, default):
        return self.vocab.lookups.get_table(name, {}).get(self.orth, default)

    def _look_up_set(self, name: str, value) -> None:
        lookups = self.vocab.lookups
        if name not in lookups:
            lookups.add_table(name)
            self.vocab.lookups = lookups  # which looks in the table of norms from now on
        lookups.get_table(name)[self.orth] = value

    @property
    def lower(self) -> int:
        """Key of the text in lower case."""
        return self.vocab.value(self.row(), LOWER)

    @lower.setter
    def lower(self, uint64_t value) -> None:
        self.set(LOWER, value)

    @property
    def lower_(self) -> str:
        """The text in lower case."""
        return self.vocab.strings.text(self.vocab.value(self.row(), LOWER))

    @lower_.setter
    def lower_(self, str value) -> None:
        self.set(LOWER, self.vocab.strings.key(value))

    @property
    def norm(self) -> int:
        """Key of the normal form."""
        return self.vocab.value(self.row(), NORM)

    @norm.setter
    def norm(self, uint64_t value) -> None:
        self.set(NORM, value)

    @property
    def norm_(self) -> str:
        """The normal form."""
        return self.vocab.strings.text(self.vocab.value(self.row(), NORM))

    @norm_.setter
    def norm_(self, str value) -> None:
        self.set(NORM, self.vocab.strings.key(value))

    @property
    def shape(self) -> int:
        """Key of the shape: case and digits."""
        return self.vocab.value(self.row(), SHAPE)

    @shape.setter
    def shape(self, uint64_t value) -> None:
        self.set(SHAPE, value)

    @property
    def shape_(self) -> str:
        """The shape: case and digits."""
        return self.vocab.strings.text(self.vocab.value(self.row(), SHAPE))

    @shape_.setter
    def shape_(self, str value) -> None:
        self.set(SHAPE, self.vocab.strings.key(value))

    @property
    def prefix(self) -> int:
        """Key of the first character."""
        return self.vocab.value(self.row(), PREFIX)

    @prefix.setter
    def prefix(self, uint64_t value) -> None:
        self.set(PREFIX, value)

    @property
    def prefix_(self) -> str:
        """The first character."""
        return self.vocab.strings.text(self.vocab.value(self.row(), PREFIX))

    @prefix_.setter
    def prefix_(self, str value) -> None:
        self.set(PREFIX, self.vocab.strings.key(value))

    @property
    def suffix(self) -> int:
        """Key of the last three characters."""
        return self.vocab.value(self.row(), SUFFIX)

    @suffix.setter
    def suffix(self, uint64_t value) -> None:
        self.set(SUFFIX, value)

    @property
    def suffix_(self) -> str:
        """The last three characters."""
        return self.vocab.strings.text(self.vocab.value(self.row(), SUFFIX))

    @suffix_.setter
    def suffix_(self, str value) -> None:
        self.set(SUFFIX, self.vocab.strings.key(value))

    @property
    def is_alpha(self) -> bool:
        """Whether all characters are letters."""
        return self.vocab.value(self.row(), IS_ALPHA) != 0

    @is_alpha.setter
    def is_alpha(self, bint value) -> None:
        self.set(IS_ALPHA, value)

    @property
    def is_ascii(self) -> bool:
        """Whether all characters are ASCII."""
        return self.vocab.value(self.row(), IS_ASCII) != 0

    @is_ascii.setter
    def is_ascii(self, bint value) -> None:
        self.set(IS_ASCII, value)

    @property
    def is_digit(self) -> bool:
        """Whether all characters are digits."""
        return self.vocab.value(self.row(), IS_DIGIT) != 0

    @is_digit.setter
    def is_digit(self, bint value) -> None:
        self.set(IS_DIGIT, value)

    @property
    def is_lower(self) -> bool:
        """Whether the text is in lower case."""
        return self.vocab.value(self.row(), IS_LOWER) != 0

    @is_lower.setter
    def is_lower(self, bint value) -> None:
        self.set(IS_LOWER, value)

    @property
    def is_punct(self) -> bool:
        """Whether the text is punctuation."""
        return self.vocab.value(self.row(), IS_PUNCT) != 0

    @is_punct.setter
    def is_punct(self, bint value) -> None:
        self.set(IS_PUNCT, value)

    @property
    def is_space(self) -> bool:
        """Whether the text is white space."""
        return self.vocab.value(self.row(), IS_SPACE) != 0

    @is_space.setter
    def is_space(self, bint value) -> None:
        self.set(IS_SPACE, value)

    @property
    def is_title(self) -> bool:
        """Whether the text is in title case."""
        return self.vocab.value(self.row(), IS_TITLE) != 0

    @is_title.setter
    def is_title(self, bint value) -> None:
        self.set(IS_TITLE, value)

    @property
    def is_upper(self) -> bool:
        """Whether the text is in upper case."""
        return self.vocab.value(self.row(), IS_UPPER) != 0

    @is_upper.setter
    def is_upper(self, bint value) -> None:
        self.set(IS_UPPER, value)

    @property
    def is_bracket(self) -> bool:
        """Whether the text is a bracket."""
        return self.vocab.value(self.row(), IS_BRACKET) != 0

    @is_bracket.setter
    def is_bracket(self, bint value) -> None:
        self.set(IS_BRACKET, value)

    @property
    def is_quote(self) -> bool:
        """Whether the text is a quotation mark."""
        return self.vocab.value(self.row(), IS_QUOTE) != 0

    @is_quote.setter
    def is_quote(self, bint value) -> None:
        self.set(IS_QUOTE, value)

    @property
    def is_left_punct(self) -> bool:
        """Whether the text is an opening mark."""
        return self.vocab.value(self.row(), IS_LEFT_PUNCT) != 0

    @is_left_punct.setter
    def is_left_punct(self, bint value) -> None:
        self.set(IS_LEFT_PUNCT, value)

    @property
    def is_right_punct(self) -> bool:
        """Whether the text is a closing mark."""
        return self.vocab.value(self.row(), IS_RIGHT_PUNCT) != 0

    @is_right_punct.setter
    def is_right_punct(self, bint value) -> None:
        self.set(IS_RIGHT_PUNCT, value)

    @property
    def is_currency(self) -> bool:
        """Whether the text is a currency sign."""
        return self.vocab.value(self.row(), IS_CURRENCY) != 0

    @is_currency.setter
    def is_currency(self, bint value) -> None:
        self.set(IS_CURRENCY, value)

    @property
    def like_num(self) -> bool:
        """Whether the text looks like a number."""
        return self.vocab.value(self.row(), LIKE_NUM) != 0

    @like_num.setter
    def like_num(self, bint value) -> None:
        self.set(LIKE_NUM, value)

    @property
    def like_url(self) -> bool:
        """Whether the text looks like a URL."""
        return self.vocab.value(self.row(), LIKE_URL) != 0

    @like_url.setter
    def like_url(self, bint value) -> None:
        self.set(LIKE_URL, value)

    @property
    def like_email(self) -> bool:
        """Whether the text looks like an e-mail address."""
        return self.vocab.value(self.row(), LIKE_EMAIL) != 0

    @like_email.setter
    def like_email(self, bint value) -> None:
        self.set(LIKE_EMAIL, value)

    @property
    def is_stop(self) -> bool:
        """Whether the text is a stop word."""
        return self.vocab.value(self.row(), IS_STOP) != 0

    @is_stop.setter
    def is_stop(self, bint value) -> None:
        self.set(IS_STOP, value)


def vector_similarity(first, second) -> float:
    """Cosine of two things with `vector` and `vector_norm`, as Python float; 0 where a norm is 0."""
    if first.vector_norm == 0 or second.vector_norm == 0:
        return 0.0
    cosine = (first.vector * second.vector).sum() / (first.vector_norm * second.vector_norm)
    return float(cosine)


# The columns

OOV_RANK = 2**64 - 1
# Values of a getter's attribute `native`: what is computed here then. Other getters are called word by word.
NATIVE = {
    "lower": LOWER, "norm": NORM, "shape": SHAPE, "prefix": PREFIX, "suffix": SUFFIX,
    "is_alpha": IS_ALPHA, "is_ascii": IS_ASCII, "is_digit": IS_DIGIT, "is_lower": IS_LOWER, "is_punct": IS_PUNCT,
    "is_space": IS_SPACE, "is_title": IS_TITLE, "is_upper": IS_UPPER,
}

# Whether a character is punctuation: 1 it is, 2 it is not, 0 not looked up yet.
cdef uint8_t PUNCTUATION[0x110000]


cdef bint is_punct(const char* s, Py_ssize_t n) except -1:
    """Whether every character is in one of the categories P*."""
    cdef Py_ssize_t i = 0
    cdef Py_UCS4 ch
    while i < n:
        i += decode(s + i, &ch)
        if PUNCTUATION[ch] == 0:
            PUNCTUATION[ch] = 1 if unicodedata.category(chr(ch))[0] == "P" else 2
        if PUNCTUATION[ch] == 2:
            return False
    return True


cdef bint native_flag(const char* s, Py_ssize_t n, int attr) except -1:
    if attr == IS_ALPHA:
        return is_alpha(s, n)
    if attr == IS_ASCII:
        return is_ascii(s, n)
    if attr == IS_DIGIT:
        return is_digit(s, n)
    if attr == IS_LOWER:
        return is_lower(s, n)
    if attr == IS_PUNCT:
        return is_punct(s, n)
    if attr == IS_SPACE:
        return is_space(s, n)
    if attr == IS_TITLE:
        return is_title(s, n)
    return is_upper(s, n)


cdef class Getter:
    """How the values of one attribute are found. The empty text has none: every value of it is 0."""

    cdef Vocab vocab
    cdef object function  # None where the vocabulary has no getter
    cdef list tables  # of a native norm: mappings from texts, the first that has one wins
    cdef int native  # the attribute that is computed natively, 0 where `function` is called
    cdef bint is_flag
    cdef cppstring buffer

    @staticmethod
    cdef Getter make(Vocab vocab, int attr):
        cdef Getter getter = Getter.__new__(Getter)
        getter.vocab = vocab
        getter.is_flag = attr < 64
        getter.function = vocab.lex_attr_getters.get(attr)
        getter.native = NATIVE.get(getattr(getter.function, "native", None), 0)
        if getter.native and (getter.native < 64) != getter.is_flag:
            getter.native = 0
        getter.tables = [table for table in getattr(getter.function, "tables", ()) if table] if getter.native == NORM else []
        return getter

    cdef uint64_t value(self, int32_t row) except? 0:
        cdef LexemeTable* table = self.vocab.table
        cdef uint64_t orth = table.orth()[row]
        cdef Py_ssize_t n
        cdef const char* s
        if self.function is None or orth == 0:
            return 0
        s = self.vocab.strings.utf8(orth, &n)
        if self.native == 0:
            return self.called(PyUnicode_DecodeUTF8(s, n, NULL))
        if self.is_flag:
            return native_flag(s, n, self.native)
        if self.native == SHAPE:
            shape(s, n, table.length()[row], self.buffer)
            return self.interned(self.buffer.data(), self.buffer.size())
        if self.native == PREFIX:
            return self.interned(s, prefix_bytes(s))
        if self.native == SUFFIX:
            return self.interned(s + n - suffix_bytes(s, n), suffix_bytes(s, n))
        if self.tables:
            text = PyUnicode_DecodeUTF8(s, n, NULL)
            for norms in self.tables:
                if text in norms:
                    return self.vocab.strings.key(norms[text])
        return self.lower(orth, s, n)

    cdef uint64_t called(self, str text) except? 0:
        value = self.function(text)
        if self.is_flag:
            return bool(value)
        if value is None:
            return 0
        return self.vocab.strings.key(value) if isinstance(value, str) else <uint64_t>value

    cdef uint64_t interned(self, const char* s, size_t n) except? 0:
        return self.vocab.strings.table.add(s, n, not self.vocab.strings.table.in_zone())

    cdef uint64_t lower(self, uint64_t orth, const char* s, Py_ssize_t n) except? 0:
        """Key of the word in lower case; its own where that changes nothing."""
        cdef cbool ascii
        if lower_ascii(s, n, &ascii, self.buffer):
            return self.interned(self.buffer.data(), n)
        return orth if ascii else self.vocab.strings.key(PyUnicode_DecodeUTF8(s, n, NULL).lower())


cdef int store(LexemeTable* table, int attr, int32_t row, uint64_t value) except -1:
    if attr < 64:
        table.set_flag(row, attr, value != 0)
    else:
        table.column(LEX_ID if attr == ID else attr - ORTH)[row] = value
    return 0


cdef uint64_t stored(LexemeTable* table, int attr, int32_t row) noexcept:
    return table.flag(row, attr) if attr < 64 else table.column(attr - ORTH)[row]


cdef int fill(Vocab vocab, int attr, int32_t start, int32_t stop) except -1:
    cdef LexemeTable* table = vocab.table
    cdef Getter getter
    cdef int32_t row, primary
    if attr == ID:
        return fill_ranks(vocab, start, stop)
    getter = Getter.make(vocab, attr)
    for row in range(start, stop):
        primary = table.primary_of(row)
        if primary != row:
            if attr != NORM:  # of which a variant has its own
                store(table, attr, row, stored(table, attr, primary))
                if vocab.is_unfilled(attr, primary):
                    vocab.note_unfilled(attr, row)
        elif getter.native:
            store(table, attr, row, getter.value(row))
        else:
            fill_by_function(getter, attr, row)
    return 0


cdef int fill_by_function(Getter getter, int attr, int32_t row) except -1:
    """A getter may raise for one word: that word alone is to suffer."""
    cdef uint64_t value = 0
    try:
        value = getter.value(row)
    except (RecursionError, MemoryError):
        raise
    except Exception:
        getter.vocab.note_unfilled(attr, row)
    return store(getter.vocab.table, attr, row, value)


cdef int fill_row(Vocab vocab, int attr, int32_t row) except -1:
    cdef uint64_t value = Getter.make(vocab, attr).value(vocab.table.primary_of(row))
    return store(vocab.table, attr, row, value)


cdef int fill_ranks(Vocab vocab, int32_t start, int32_t stop) except -1:
    """Ranks are the rows of the words in the vectors."""
    cdef dict rows = getattr(vocab._vectors, "key2row", None) or {}
    cdef int attr = getattr(vocab._vectors, "attr", ORTH)
    cdef int32_t row
    for row in range(start, stop):
        rank = rows.get(vocab.value(row, attr), OOV_RANK) if rows else OOV_RANK
        vocab.table.column(LEX_ID)[row] = rank
    return 0


cdef object copied(Vocab vocab, int attr):
    cdef LexemeTable* table = vocab.table
    cdef int32_t row, n = table.size()
    cdef const uint64_t* values
    cdef uint64_t[::1] out
    cdef uint8_t[::1] flags
    cdef int32_t[::1] lengths
    if attr == LENGTH:
        result = numpy.empty(n, dtype="int32")
        lengths = result
        for row in range(n):
            lengths[row] = table.length()[row]
    elif 0 < attr < 64:
        result = numpy.empty(n, dtype="bool")
        flags = result.view("uint8")
        for row in range(n):
            flags[row] = table.flag(row, attr)
    elif attr == LANG:
        result = numpy.full(n, vocab.strings.key(vocab.lang), dtype="uint64")
    elif ID <= attr <= SUFFIX:
        result = numpy.empty(n, dtype="uint64")
        out = result
        values = table.orth() if attr == ORTH else table.column(LEX_ID if attr == ID else attr - ORTH)
        if n:
            memcpy(&out[0], values, n * sizeof(uint64_t))
    else:
        raise ValueError(Errors.E4012.format(attr=attr))
    return result
