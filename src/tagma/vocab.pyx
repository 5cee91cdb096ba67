# distutils: language = c++
"""The vocabulary: a columnar table of lexemes over a string store, with lookups, vectors and morphology.

A lexeme is a row of the table; a Doc stores rows, so anything that depends on the text of a token alone is computed
once per distinct text. Columns are filled natively, in one go up to the table's size, when they are first asked for.
"""

import unicodedata
from contextlib import contextmanager
from pathlib import Path

import numpy

from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from libcpp.string cimport string as cppstring

from tagma.attrs import intify_attr, unknown_attr
from tagma.errors import Errors
from tagma.lookups import Lookups, with_own_norms
from tagma.morphology import Morphology
from tagma.util.serialize import Part, Parts, part_of
from tagma.vectors import Vectors


cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* n) except NULL
    bint Py_UNICODE_ISALPHA(Py_UCS4 ch) nogil
    bint Py_UNICODE_ISDIGIT(Py_UCS4 ch) nogil
    bint Py_UNICODE_ISSPACE(Py_UCS4 ch) nogil
    bint Py_UNICODE_ISLOWER(Py_UCS4 ch) nogil
    bint Py_UNICODE_ISUPPER(Py_UCS4 ch) nogil
    bint Py_UNICODE_ISTITLE(Py_UCS4 ch) nogil


cdef enum:
    ORTH = 65, LOWER = 66, NORM = 67, SHAPE = 68, PREFIX = 69, SUFFIX = 70, LENGTH = 71, ID = 64, LANG = 83
    IS_ALPHA = 1, IS_ASCII = 2, IS_DIGIT = 3, IS_LOWER = 4, IS_PUNCT = 5, IS_SPACE = 6, IS_TITLE = 7, IS_UPPER = 8

OOV_RANK = 2**64 - 1
# Names that a getter's `native` attribute may have and that are computed here; other getters are called row by row.
NATIVE_FLAGS = {
    "is_alpha": IS_ALPHA,
    "is_ascii": IS_ASCII,
    "is_digit": IS_DIGIT,
    "is_lower": IS_LOWER,
    "is_punct": IS_PUNCT,
    "is_space": IS_SPACE,
    "is_title": IS_TITLE,
    "is_upper": IS_UPPER,
}

# 1 punctuation, 2 something else, 0 not looked up yet.
cdef uint8_t PUNCT_CACHE[0x110000]


cdef inline int _decode(const unsigned char* s, Py_ssize_t n, Py_UCS4* out) noexcept nogil:
    """Code point at s and the number of bytes it takes. The bytes come from a str, so they are valid UTF-8."""
    cdef unsigned char first = s[0]
    if first < 0x80:
        out[0] = first
        return 1
    if first < 0xE0:
        out[0] = ((first & 0x1F) << 6) | (s[1] & 0x3F)
        return 2
    if first < 0xF0:
        out[0] = ((first & 0x0F) << 12) | ((s[1] & 0x3F) << 6) | (s[2] & 0x3F)
        return 3
    out[0] = ((first & 0x07) << 18) | ((s[1] & 0x3F) << 12) | ((s[2] & 0x3F) << 6) | (s[3] & 0x3F)
    return 4


cdef inline int32_t _count(const char* s, Py_ssize_t n) noexcept nogil:
    """Code points in valid UTF-8."""
    cdef int32_t count = 0
    cdef Py_ssize_t i
    for i in range(n):
        count += (s[i] & 0xC0) != 0x80
    return count


cdef bint _is_punct_char(Py_UCS4 ch):
    if PUNCT_CACHE[ch] == 0:
        PUNCT_CACHE[ch] = 1 if unicodedata.category(chr(ch))[0] == "P" else 2
    return PUNCT_CACHE[ch] == 1


cdef bint _flag(const char* text, Py_ssize_t n, int flag):
    """The str method of this flag's name (is_punct: every character in a P category; is_ascii: all below 128)."""
    cdef const unsigned char* s = <const unsigned char*>text
    cdef Py_ssize_t i = 0
    cdef Py_UCS4 ch
    cdef bint cased = False
    cdef bint previous = False
    while i < n:
        i += _decode(s + i, n - i, &ch)
        if flag == IS_ALPHA:
            if not Py_UNICODE_ISALPHA(ch):
                return False
        elif flag == IS_ASCII:
            if ch > 127:
                return False
        elif flag == IS_DIGIT:
            if not Py_UNICODE_ISDIGIT(ch):
                return False
        elif flag == IS_SPACE:
            if not Py_UNICODE_ISSPACE(ch):
                return False
        elif flag == IS_PUNCT:
            if not _is_punct_char(ch):
                return False
        elif flag == IS_LOWER:
            if Py_UNICODE_ISUPPER(ch) or Py_UNICODE_ISTITLE(ch):
                return False
            cased |= Py_UNICODE_ISLOWER(ch)
        elif flag == IS_UPPER:
            if Py_UNICODE_ISLOWER(ch) or Py_UNICODE_ISTITLE(ch):
                return False
            cased |= Py_UNICODE_ISUPPER(ch)
        elif Py_UNICODE_ISUPPER(ch) or Py_UNICODE_ISTITLE(ch):
            if previous:
                return False
            previous = cased = True
        elif Py_UNICODE_ISLOWER(ch):
            if not previous:
                return False
            cased = True
        else:
            previous = False
    if flag == IS_LOWER or flag == IS_UPPER or flag == IS_TITLE:
        return cased
    return n > 0 or flag == IS_ASCII or flag == IS_PUNCT


cdef void _shape(const char* text, Py_ssize_t n, int32_t length, cppstring& out) noexcept nogil:
    """X, x and d for upper case, other letters and digits, runs of the same sign cut at four; 100 and more are LONG."""
    cdef const unsigned char* s = <const unsigned char*>text
    cdef Py_ssize_t i = 0
    cdef int step, run = 0
    cdef Py_UCS4 ch, sign, last = 0
    out.clear()
    if length >= 100:
        out.append(b"LONG", 4)
        return
    while i < n:
        step = _decode(s + i, n - i, &ch)
        if Py_UNICODE_ISALPHA(ch):
            sign = c"X" if Py_UNICODE_ISUPPER(ch) else c"x"
        elif Py_UNICODE_ISDIGIT(ch):
            sign = c"d"
        else:
            sign = ch
        run = run + 1 if sign == last else 1
        last = sign
        if run <= 4:
            if sign == ch:
                out.append(text + i, step)
            else:
                out.push_back(<char>sign)
        i += step


cdef class Vocab:
    """Lexemes, strings and what belongs to them.

    `strings`: texts, or a store, each of which gets a lexeme.
    `lex_attr_getters`: {attribute id: function of a text}. A getter with an attribute `native` (see `NATIVE_FLAGS`,
    and "lower", "norm", "prefix", "suffix", "shape") is computed by the table itself and only says which one is meant.
    """

    def __cinit__(self) -> None:
        self.table = new LexemeTable()
        self.generation = 0
        self.zone_mark = -1

    def __dealloc__(self) -> None:
        del self.table

    def __init__(
        self,
        lex_attr_getters=None,
        strings=(),
        lookups=None,
        oov_prob: float = -20.0,
        vectors_name: str | None = None,
        writing_system=None,
        get_noun_chunks=None,
        **deprecated_kwargs,
    ) -> None:
        self.lex_attr_getters = {} if lex_attr_getters is None else lex_attr_getters
        if isinstance(strings, StringStore):
            self.strings = strings
        else:
            self.strings = StringStore(strings)
        self.releases = []
        self.cfg = {"oov_prob": oov_prob}
        self.morphology = Morphology(self.strings)
        self.writing_system = {} if writing_system is None else writing_system
        self.get_noun_chunks = get_noun_chunks
        self._vectors = Vectors(strings=self.strings, name=vectors_name)
        self._lookups = Lookups()
        if lookups is not None:
            self.lookups = lookups
        for key in self.strings.keys():
            self.row(key)

    # Rows

    cdef int32_t row_utf8(self, const char* s, Py_ssize_t n) except -1:
        cdef StringTable* strings = self.strings.table
        cdef uint64_t orth = strings.key_of(s, n)
        cdef int32_t row = self.table.find(orth)
        if row < 0:
            strings.add_key(orth, s, n, not strings.in_zone())
            row = self.table.add(orth, _count(s, n))
        return row

    cdef int32_t row(self, uint64_t orth) except -1:
        cdef int32_t row = self.table.find(orth)
        cdef const char* s
        cdef Py_ssize_t n
        if row < 0:
            s = self.strings.utf8(orth, &n)
            if s is NULL:
                raise KeyError(Errors.E018.format(hash_value=orth))
            row = self.table.add(orth, _count(s, n))
        return row

    cdef int32_t row_of(self, object string_or_key) except -1:
        cdef const char* s
        cdef Py_ssize_t n
        if isinstance(string_or_key, str):
            s = PyUnicode_AsUTF8AndSize(string_or_key, &n)
            return self.row_utf8(s, n)
        return self.row(string_or_key)

    cdef int32_t variant(self, int32_t row, uint64_t norm) except -1:
        cdef uint64_t orth
        cdef int32_t found
        row = self.table.primary_of(row)
        if norm == 0:
            return row
        orth = self.table.orth()[row]
        found = self.table.find_variant(orth, norm)
        if found >= 0:
            return found
        if self.value(row, NORM) == norm:
            return row
        return self.table.add_variant(row, norm)

    cdef int64_t check_rows(self, const int32_t* rows, Py_ssize_t n, int64_t since) except -1:
        cdef int32_t highest = -1
        cdef Py_ssize_t i
        for i in range(n):
            if rows[i] > highest:
                highest = rows[i]
        for generation, mark in self.releases:
            if generation > since and highest >= <int32_t>mark:
                raise ValueError(Errors.E4011)
        return self.generation

    cdef int _released(self, int32_t mark) except -1:
        """Note that the rows from `mark` on are gone. Kept short: a lower mark makes the earlier higher ones useless."""
        self.generation += 1
        while self.releases and self.releases[len(self.releases) - 1][1] >= mark:
            self.releases.pop()
        self.releases.append((self.generation, mark))
        return 0

    # Columns

    cdef int ensure(self, int attr_id) except -1:
        cdef int32_t size = self.table.size()
        cdef int32_t done
        cdef int which
        if 0 < attr_id < 64:
            done = self.table.flag_filled(attr_id)
            if done < size:
                self._fill_flag(attr_id, done, size)
                self.table.set_flag_filled(attr_id, size)
        elif LOWER <= attr_id <= SUFFIX:
            which = attr_id - ORTH
            while self.table.filled(which) < self.table.size():
                done = self.table.filled(which)
                size = self.table.size()
                self._fill(attr_id, which, done, size)
                self.table.set_filled(which, size)
        elif attr_id == ID:
            done = self.table.filled(LEX_ID)
            if done < size:
                self._fill_id(done, size)
                self.table.set_filled(LEX_ID, size)
        return 0

    cdef int _fill(self, int attr_id, int which, int32_t start, int32_t stop) except -1:
        cdef object getter = self.lex_attr_getters.get(attr_id)
        cdef object native = getattr(getter, "native", None)
        cdef list tables = []
        cdef int32_t row
        cdef Py_ssize_t n, at
        cdef const char* s
        cdef uint64_t orth, key
        cdef int kind = 0
        cdef int step
        cdef Py_UCS4 ch
        cdef cppstring buffer
        cdef str text
        if native is not None:
            kind = {"lower": LOWER, "norm": NORM, "shape": SHAPE, "prefix": PREFIX, "suffix": SUFFIX}.get(native, 0)
        if kind == NORM:
            tables = [table for table in getattr(getter, "tables", ()) if table]
        for row in range(start, stop):
            if self.table.is_variant(row):
                if attr_id != NORM:
                    self.table.column(which)[row] = self.table.column(which)[self.table.primary_of(row)]
                continue
            orth = self.table.orth()[row]
            if getter is None:
                self.table.column(which)[row] = 0
                continue
            s = self.strings.utf8(orth, &n)
            if kind == SHAPE:
                _shape(s, n, self.table.length()[row], buffer)
                key = self._intern(buffer.data(), buffer.size())
            elif kind == PREFIX:
                key = self._intern(s, _decode(<const unsigned char*>s, n, &ch) if n else 0)
            elif kind == SUFFIX:
                at, step = n, 0
                while at > 0 and step < 3:
                    at -= 1
                    step += (s[at] & 0xC0) != 0x80
                key = self._intern(s + at, n - at)
            elif kind == LOWER or (kind == NORM and not tables):
                key = self._lower(orth, s, n, buffer)
            elif kind == NORM:
                text = PyUnicode_DecodeUTF8(s, n, NULL)
                for table in tables:
                    if text in table:
                        key = self.strings.key(table[text])
                        break
                else:
                    key = self._lower(orth, s, n, buffer)
            else:
                key = self._key_of_value(getter(PyUnicode_DecodeUTF8(s, n, NULL)))
            self.table.column(which)[row] = key
        return 0

    cdef uint64_t _intern(self, const char* s, Py_ssize_t n) except? 0:
        return self.strings.table.add(s, n, not self.strings.table.in_zone())

    cdef uint64_t _lower(self, uint64_t orth, const char* s, Py_ssize_t n, cppstring& buffer) except? 0:
        """Key of the text in lower case; `orth` is returned where that changes nothing."""
        cdef Py_ssize_t i
        cdef bint upper = False
        for i in range(n):
            if s[i] & 0x80:
                return self.strings.key(PyUnicode_DecodeUTF8(s, n, NULL).lower())
            upper |= c"A" <= s[i] <= c"Z"
        if not upper:
            return orth
        buffer.assign(s, n)
        for i in range(n):
            if c"A" <= s[i] <= c"Z":
                buffer[i] = s[i] + 32
        return self._intern(buffer.data(), n)

    cdef uint64_t _key_of_value(self, object value) except? 0:
        if value is None:
            return 0
        return self.strings.key(value) if isinstance(value, str) else <uint64_t>value

    cdef int _fill_flag(self, int flag, int32_t start, int32_t stop) except -1:
        cdef object getter = self.lex_attr_getters.get(flag)
        cdef object native = getattr(getter, "native", None)
        cdef int kind = NATIVE_FLAGS.get(native, 0)
        cdef uint64_t bit = (<uint64_t>1) << flag
        cdef int32_t row
        cdef Py_ssize_t n
        cdef const char* s
        cdef bint value
        for row in range(start, stop):
            if self.table.is_variant(row):
                value = (self.table.flags()[self.table.primary_of(row)] & bit) != 0
            elif getter is None:
                value = False
            else:
                s = self.strings.utf8(self.table.orth()[row], &n)
                if kind:
                    value = _flag(s, n, kind)
                else:
                    value = bool(getter(PyUnicode_DecodeUTF8(s, n, NULL)))
            if value:
                self.table.flags()[row] |= bit
            else:
                self.table.flags()[row] &= ~bit
        return 0

    cdef int _fill_id(self, int32_t start, int32_t stop) except -1:
        cdef int32_t row
        cdef dict key2row = getattr(self._vectors, "key2row", None) or {}
        for row in range(start, stop):
            self.table.column(LEX_ID)[row] = <uint64_t>key2row.get(self.table.orth()[row], OOV_RANK) if key2row else ~<uint64_t>0
        return 0

    cdef uint64_t value(self, int32_t row, int attr_id) except? 0:
        if attr_id == ORTH:
            return self.table.orth()[row]
        if attr_id == LENGTH:
            return self.table.length()[row]
        if attr_id == LANG:
            return self.strings.key(self.lang)
        if attr_id == ID:
            self.ensure(ID)
            return self.table.column(LEX_ID)[row]
        if LOWER <= attr_id <= SUFFIX:
            if row >= self.table.filled(attr_id - ORTH):
                self.ensure(attr_id)
            return self.table.column(attr_id - ORTH)[row]
        if 0 < attr_id < 64:
            if row >= self.table.flag_filled(attr_id):
                self.ensure(attr_id)
            return (self.table.flags()[row] >> attr_id) & 1
        raise ValueError(Errors.E4012.format(attr=attr_id))

    def _refill(self, *attr_ids) -> None:
        """Forget the computed values of these attributes; numbers by row that came from them are void."""
        for attr in attr_ids:
            if 0 < attr < 64:
                self.table.set_flag_filled(attr, 0)
            else:
                self.table.set_filled(LEX_ID if attr == ID else attr - ORTH, 0)
        self.generation += 1

    @property
    def n_rows(self) -> int:
        """Rows of the lexeme table, variants included; rows are numbered from 0."""
        return self.table.size()

    def lexeme_column(self, attr):
        """Values of a lexical attribute for all rows: read-only array, uint64 (n_rows,), LENGTH int32, flags bool.

        A copy: rows added later are not in it. Raises ValueError for what is not a lexical attribute.
        """
        cdef int attr_id = _attr_id(attr)
        cdef int32_t n, row
        cdef uint64_t[::1] out
        cdef uint8_t[::1] flags
        cdef int32_t[::1] lengths
        self.ensure(attr_id)
        n = self.table.size()
        if attr_id == LENGTH:
            result = numpy.empty(n, dtype="int32")
            lengths = result
            for row in range(n):
                lengths[row] = self.table.length()[row]
        elif 0 < attr_id < 64:
            result = numpy.empty(n, dtype="bool")
            flags = result.view("uint8")
            for row in range(n):
                flags[row] = (self.table.flags()[row] >> attr_id) & 1
        elif attr_id == LANG:
            result = numpy.full(n, self.strings.key(self.lang), dtype="uint64")
        elif attr_id == ORTH or attr_id == ID or LOWER <= attr_id <= SUFFIX:
            result = numpy.empty(n, dtype="uint64")
            out = result
            if n:
                memcpy(
                    &out[0],
                    self.table.orth() if attr_id == ORTH else self.table.column(LEX_ID if attr_id == ID else attr_id - ORTH),
                    n * sizeof(uint64_t),
                )
        else:
            raise ValueError(Errors.E4012.format(attr=attr))
        result.flags.writeable = False
        return result

    # Lexemes

    def __len__(self) -> int:
        return self.table.n_primary()

    def __contains__(self, key) -> bool:
        """Whether a text or key has a lexeme already."""
        return self.table.find(self.strings[key] if isinstance(key, (str, bytes)) else key) >= 0

    def __getitem__(self, id_or_string):
        """The Lexeme of a text (made where it does not exist) or of a known key (KeyError E018)."""
        from tagma.lexeme import Lexeme

        if isinstance(id_or_string, bytes):
            id_or_string = id_or_string.decode("utf8")
        return Lexeme(self, self.table.orth()[self.row_of(id_or_string)])

    def __iter__(self):
        """Lexemes in the order in which they were made."""
        from tagma.lexeme import Lexeme

        cdef int32_t row = 0
        while row < self.table.size():
            if not self.table.is_variant(row):
                yield Lexeme(self, self.table.orth()[row])
            row += 1

    def get_by_orth(self, orth: int):
        """The Lexeme of a key."""
        return self[orth]

    def add_flag(self, flag_getter, flag_id: int = -1) -> int:
        """Set a boolean attribute, computed by `flag_getter(text)`, under a free id or `flag_id` (ValueError E063)."""
        if flag_id == -1:
            free = [i for i in range(1, 64) if i not in self.lex_attr_getters]
            if not free:
                raise ValueError(Errors.E062)
            flag_id = free[0]
        elif not 1 <= flag_id < 64:
            raise ValueError(Errors.E063.format(value=flag_id))
        self.lex_attr_getters[flag_id] = flag_getter
        self._refill(flag_id)
        return flag_id

    @property
    def lang(self) -> str:
        """Code of the language, "" when there is none."""
        getter = self.lex_attr_getters.get(LANG)
        return getter("_") if getter is not None else ""

    @property
    def length(self) -> int:
        """Number of lexemes."""
        return len(self)

    # Zones

    @property
    def in_memory_zone(self) -> bool:
        """Whether a memory zone is open."""
        return self.zone_mark >= 0

    @contextmanager
    def memory_zone(self, mem=None):
        """Lexemes and strings made inside are released at the end; Docs that use them raise ValueError from then on.

        Zones cannot be nested (ValueError E4000).
        """
        if self.zone_mark >= 0:
            raise ValueError(Errors.E4000)
        with self.strings.memory_zone(mem):
            self.zone_mark = self.table.size()
            try:
                yield mem
            finally:
                if self.table.size() > self.zone_mark:
                    self.table.truncate(self.zone_mark)
                    self._released(self.zone_mark)
                self.zone_mark = -1

    # Vectors and lookups

    @property
    def vectors(self):
        return self._vectors

    @vectors.setter
    def vectors(self, vectors) -> None:
        if hasattr(vectors, "strings"):
            self._add_strings(vectors.strings)
            vectors.strings = self.strings
        self._vectors = vectors
        self._refill(ID)

    @property
    def lookups(self):
        return self._lookups

    @lookups.setter
    def lookups(self, lookups) -> None:
        self._lookups = lookups
        norms = lookups.get_table("lexeme_norm", None)
        if norms is not None:
            norm_of = with_own_norms(self.lex_attr_getters.get(NORM), norms)
            self.lex_attr_getters = {**self.lex_attr_getters, NORM: norm_of}  # other vocabularies may have the old dict
            self._refill(NORM)

    @property
    def vectors_length(self) -> int:
        """Width of the word vectors."""
        return self._vectors.shape[1]

    @property
    def vector_length(self) -> int:
        """The same as `vectors_length`."""
        return self._vectors.shape[1]

    def reset_vectors(self, *, width=None, shape=None) -> None:
        """Drop the vectors and make an empty table of `shape`, or of 0 rows of `width`. Not both (ValueError E065)."""
        if width is not None and shape is not None:
            raise ValueError(Errors.E065.format(width=width, shape=shape))
        if shape is None:
            shape = (self._vectors.shape[0], width if width is not None else self._vectors.shape[1])
        self.vectors = Vectors(strings=self.strings, shape=shape, name=self._vectors.name)

    def deduplicate_vectors(self) -> None:
        """Keep each distinct row of the vectors once (ValueError E858 unless the vectors are in default mode)."""
        self._vectors.deduplicate()
        self._refill(ID)

    def prune_vectors(self, nr_row: int, batch_size: int = 1024) -> dict:
        """Keep the first `nr_row` vectors, by the rows of the present table; the other keys get the nearest kept one.

        Returns {removed text: (kept text, cosine)}.
        """
        from tagma.vectors import prune

        remap = prune(self._vectors, nr_row, batch_size=batch_size)
        self._refill(ID)
        return {self.strings[key]: (self.strings[kept], score) for key, (kept, score) in remap.items()}

    def get_vector(self, orth):
        """Vector of a text or key: float32 (width,), zeros where there is none."""
        key = self.strings.add(orth) if isinstance(orth, str) else orth
        if self.has_vector(key):
            return self._vectors[key]
        xp = self._vectors.xp
        return xp.zeros((self.vectors_length,), dtype="f")

    def set_vector(self, orth, vector) -> None:
        """Give a text or key a vector; the table grows where it is full."""
        key = self.strings.add(orth, allow_transient=False) if isinstance(orth, str) else orth
        if self._vectors.is_full and key not in self._vectors:
            rows = max(100, int(self._vectors.shape[0] * 1.3))
            width = self._vectors.shape[1] or len(vector)
            self._vectors.resize((rows, width))
        self.row(key)
        self._vectors.add(key, vector=vector)
        self._refill(ID)

    def has_vector(self, orth) -> bool:
        """Whether a text or key has a vector."""
        return (self.strings[orth] if isinstance(orth, str) else orth) in self._vectors

    # Files

    def _parts(self):
        return Parts(
            strings=Part(
                to_bytes=lambda: self.strings.to_bytes().decode("utf8"),
                from_bytes=lambda data: self._add_strings(StringStore().from_bytes(data)),
                to_disk=lambda file: self.strings.to_disk(file.with_suffix(".json")),
                from_disk=lambda file: self._add_strings(StringStore().from_disk(file.with_suffix(".json"))),
            ),
            vectors=_beside(part_of(self._vectors, optional=True, exclude=["strings"])),
            lookups=_beside(part_of(self._lookups)),
        )

    def _parts_changed(self) -> "Vocab":
        """Void what was computed from vectors and lookups."""
        self._refill(ID)
        self.lookups = self._lookups
        return self

    def to_disk(self, path, *, exclude=()) -> None:
        """Write the folder: strings.json, vectors, lookups (names to leave out in `exclude`)."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._parts().to_disk(path, exclude)

    def from_disk(self, path, *, exclude=()) -> "Vocab":
        """Read what `to_disk` wrote."""
        self._parts().from_disk(path, exclude)
        return self._parts_changed()

    def to_bytes(self, *, exclude=()) -> bytes:
        """Strings, vectors and lookups as a msgpack map."""
        return self._parts().to_bytes(exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude=()) -> "Vocab":
        """Read what `to_bytes` wrote; ValueError E4010 for altered bytes."""
        self._parts().from_bytes(bytes_data, exclude)
        return self._parts_changed()

    def _add_strings(self, saved) -> None:
        """Add the texts of a saved store. What Docs and components already use stays known."""
        for string in saved:
            self.strings.add(string, allow_transient=False)

    def __reduce__(self):
        import srsly

        state = (
            self.to_bytes(),
            srsly.pickle_dumps(self.lex_attr_getters),
            self.cfg,
            self.writing_system,
            srsly.pickle_dumps(self.get_noun_chunks),
            self._vectors,
        )
        return (_unpickle, state)


def _beside(part):
    """The part, with its files in the folder of the others and not below its name."""
    forms = {name: getattr(part, name) for name in ("to_disk", "from_disk")}
    moved = {name: lambda file, form=form: form(file.parent) for name, form in forms.items() if form is not None}
    return part._replace(**moved)


def _attr_id(attr) -> int:
    found = intify_attr(attr)
    if found is None:
        raise unknown_attr(attr)
    return found


def _unpickle(data, getters, cfg, writing_system, get_noun_chunks, vectors) -> Vocab:
    import srsly

    vocab = Vocab(
        lex_attr_getters=srsly.pickle_loads(getters),
        writing_system=writing_system,
        get_noun_chunks=srsly.pickle_loads(get_noun_chunks),
    )
    vocab.cfg.update(cfg)
    vocab.from_bytes(data, exclude=["vectors"])
    vocab.vectors = vectors
    return vocab
