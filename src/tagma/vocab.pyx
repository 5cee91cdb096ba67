# distutils: language = c++
"""The vocabulary: a columnar table of lexemes over a string store, with lookups, vectors and morphology.

A lexeme is a row of the table; a Doc stores rows, so anything that depends on the text of a token alone is computed
once per distinct text. Columns are filled natively, in one go up to the table's size, when they are first asked for.
"""

from contextlib import contextmanager
from pathlib import Path

import numpy

from libc.stdint cimport int32_t, int64_t, uint64_t

from tagma.lexeme cimport Lexeme, copied, count_characters, fill, fill_row
from tagma.symbols cimport ID, LANG, LENGTH, LOWER, NORM, ORTH, SUFFIX

from tagma.attrs import intify_attr, unknown_attr
from tagma.errors import Errors
from tagma.lookups import Lookups, with_own_norms
from tagma.morphology import Morphology
from tagma.vectors import Vectors
from tagma.vocab_files import add_strings, parts, pickled


cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* n) except NULL


cdef class Vocab:
    """Lexemes, strings and what belongs to them.

    `strings`: texts, or a store, each of which gets a lexeme.
    `lex_attr_getters`: {attribute id: function of a text}. A getter with an attribute `native` (see `NATIVE` in
    lexeme.pyx) is computed natively and only says which one is meant. A getter that raises for a word does so whenever
    this attribute of this word is asked for, and is no harm to other words. The empty text is no word: it has no values.
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
            row = self.table.add(orth, count_characters(s, n))
        return row

    cdef int32_t row(self, uint64_t orth) except -1:
        cdef int32_t row = self.table.find(orth)
        cdef const char* s
        cdef Py_ssize_t n
        if row < 0:
            s = self.strings.utf8(orth, &n)
            if s is NULL:
                raise KeyError(Errors.E018.format(hash_value=orth))
            row = self.table.add(orth, count_characters(s, n))
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
        if self.unfilled is not None:
            self.unfilled = {attr: {row for row in rows if row < mark} for attr, rows in self.unfilled.items()}
        return 0

    # Columns

    cdef int ensure(self, int attr_id) except -1:
        cdef int32_t done, size
        cdef int which
        # A getter may look words up, so the table may have grown when a column is filled.
        if 0 < attr_id < 64:
            while self.table.flag_filled(attr_id) < self.table.size():
                done, size = self.table.flag_filled(attr_id), self.table.size()
                fill(self, attr_id, done, size)
                self.table.set_flag_filled(attr_id, size)
        elif attr_id == ID or LOWER <= attr_id <= SUFFIX:
            which = LEX_ID if attr_id == ID else attr_id - ORTH
            while self.table.filled(which) < self.table.size():
                done, size = self.table.filled(which), self.table.size()
                fill(self, attr_id, done, size)
                self.table.set_filled(which, size)
        return 0

    cdef int ensure_rows(self, int attr_id, const int32_t* rows, Py_ssize_t n) except -1:
        cdef Py_ssize_t i
        self.ensure(attr_id)
        if self.unfilled is not None:
            for i in range(n):
                self._retry(attr_id, rows[i])
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
            if self.unfilled is not None:
                self._retry(attr_id, row)
            return self.table.column(attr_id - ORTH)[row]
        if 0 < attr_id < 64:
            if row >= self.table.flag_filled(attr_id):
                self.ensure(attr_id)
            if self.unfilled is not None:
                self._retry(attr_id, row)
            return self.table.flag(row, attr_id)
        raise ValueError(Errors.E4012.format(attr=attr_id))

    cdef int set(self, int32_t row, int attr_id, uint64_t value) except -1:
        self.ensure(attr_id)
        if attr_id < 64:
            self.table.set_flag(row, attr_id, value != 0)
        else:
            self.table.column(LEX_ID if attr_id == ID else attr_id - ORTH)[row] = value
        if self.is_unfilled(attr_id, row):
            self.unfilled[attr_id].remove(row)
        self.generation += 1
        return 0

    cdef int note_unfilled(self, int attr_id, int32_t row) except -1:
        if self.unfilled is None:
            self.unfilled = {}
        self.unfilled.setdefault(attr_id, set()).add(row)
        return 0

    cdef bint is_unfilled(self, int attr_id, int32_t row) except -1:
        return self.unfilled is not None and attr_id in self.unfilled and row in self.unfilled[attr_id]

    cdef int _retry(self, int attr_id, int32_t row) except -1:
        """Ask the getter again for a word for which it raised; what holds the 0 that stood there is told."""
        if self.is_unfilled(attr_id, row):
            fill_row(self, attr_id, row)
            self.unfilled[attr_id].remove(row)
            self.generation += 1
        return 0

    def _refill(self, *attr_ids) -> None:
        """Forget the computed values of these attributes; numbers by row that came from them are void."""
        for attr in attr_ids:
            if self.unfilled is not None:
                self.unfilled.pop(attr, None)
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

        A copy: rows added later are not in it. Words for which the getter raises have 0. Raises ValueError for what is
        not a lexical attribute.
        """
        cdef int attr_id = _attr_id(attr)
        self.ensure(attr_id)
        column = copied(self, attr_id)
        column.flags.writeable = False
        return column

    # Lexemes

    def __len__(self) -> int:
        return self.table.n_words()

    def __contains__(self, key) -> bool:
        """Whether a text or key has a lexeme already. The empty text is no word, and never has."""
        orth = self.strings[key] if isinstance(key, (str, bytes)) else key
        return orth != 0 and self.table.find(orth) >= 0

    def __getitem__(self, id_or_string):
        """The Lexeme of a text (made where it does not exist) or of a known key (KeyError E018)."""
        if isinstance(id_or_string, bytes):
            id_or_string = id_or_string.decode("utf8")
        return Lexeme(self, self.table.orth()[self.row_of(id_or_string)])

    def __iter__(self):
        """Lexemes in the order in which they were made."""
        cdef int32_t row = 0
        while row < self.table.size():
            if not self.table.is_variant(row) and self.table.orth()[row] != 0:
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
        if hasattr(vectors, "strings") and vectors.strings is not self.strings:
            add_strings(self.strings, vectors.strings)
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
        """Keep each distinct row of the vectors once, in the order of their values.

        ValueError E858 unless the vectors are in default mode, E849 for vectors of another class than `Vectors`.
        """
        self._own_vectors("deduplicate_vectors").deduplicate()
        self._refill(ID)

    def prune_vectors(self, nr_row: int, batch_size: int = 1024) -> dict:
        """Keep the vectors of `nr_row` words, the most probable, then the first; the others get the nearest of these.

        Returns {removed text: (kept text, cosine)}. Raises KeyError E018 if the texts of keys are not known, ValueError
        as `deduplicate_vectors`.
        """
        vectors = self._own_vectors("prune_vectors")
        probability = {}
        if vectors.mode == "default":
            for key in vectors:
                self.row(key)
            for lexeme in self:
                key = self.value(self.row(lexeme.orth), vectors.attr)
                if key in vectors.key2row:
                    probability[key] = max(lexeme.prob, probability.get(key, lexeme.prob))
        rows = vectors.key2row
        remap = vectors.prune(
            sorted(probability, key=lambda key: (-probability[key], rows[key], key)), nr_row, batch_size=batch_size
        )
        self._refill(ID)
        return {self.strings[key]: (self.strings[kept], score) for key, (kept, score) in remap.items()}

    def _own_vectors(self, str method):
        if not isinstance(self._vectors, Vectors):
            raise ValueError(Errors.E849.format(method=method, vectors_type=type(self._vectors).__name__))
        return self._vectors

    cdef object vector_key(self, object orth):
        cdef int attr = getattr(self._vectors, "attr", ORTH)
        cdef int32_t row
        if attr == ORTH:
            return self.strings[orth] if isinstance(orth, str) else orth
        row = self.row_of(orth)
        return self.value(row, attr)

    def get_vector(self, orth):
        """Vector of a text or key: float32 (width,), zeros where there is none."""
        if getattr(self._vectors, "mode", None) == "floret" and isinstance(orth, str):
            self.strings.add(orth)
        key = self.vector_key(orth)
        if key in self._vectors:
            return self._vectors[key]
        xp = getattr(self._vectors, "xp", numpy)
        return xp.zeros((self.vectors_length,), dtype="f")

    def set_vector(self, orth, vector) -> None:
        """Give a text or key a vector; the table grows where it is full."""
        cdef int32_t row
        key = self.strings.add(orth, allow_transient=False) if isinstance(orth, str) else orth
        row = self.row(key)
        key = self.vector_key(key)
        if self._vectors.is_full and key not in self._vectors:
            rows = max(100, int(self._vectors.shape[0] * 1.3))
            width = self._vectors.shape[1] or len(vector)
            self._vectors.resize((rows, width))
        self._vectors.add(key, vector=vector)
        self._refill(ID)

    def has_vector(self, orth) -> bool:
        """Whether a text or key has a vector."""
        return self.vector_key(orth) in self._vectors

    # Files

    def _parts_changed(self) -> "Vocab":
        """Void what was computed from vectors and lookups."""
        self._refill(ID)
        self.lookups = self._lookups
        return self

    def to_disk(self, path, *, exclude=()) -> None:
        """Write the folder: strings.json, vectors, lookups (names to leave out in `exclude`)."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        parts(self).to_disk(path, exclude)

    def from_disk(self, path, *, exclude=()) -> "Vocab":
        """Read what `to_disk` wrote."""
        parts(self).from_disk(path, exclude)
        return self._parts_changed()

    def to_bytes(self, *, exclude=()) -> bytes:
        """Strings, vectors and lookups as a msgpack map."""
        return parts(self).to_bytes(exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude=()) -> "Vocab":
        """Read what `to_bytes` wrote; ValueError E4010 for altered bytes."""
        parts(self).from_bytes(bytes_data, exclude)
        return self._parts_changed()

    def __reduce__(self):
        return pickled(self)


def _attr_id(attr) -> int:
    found = intify_attr(attr)
    if found is None:
        raise unknown_attr(attr)
    return found
