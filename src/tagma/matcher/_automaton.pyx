# distutils: language = c++
"""Compiled token patterns: the columns that they look at, and the search (csrc/automaton.h) over a Doc.

A search has two halves. First each token gets its class, from the values of its columns; what was learned of a value
or of a row of the lexeme table is kept, and only values not seen before are shown to tests in Python. Then the
automaton runs over classes alone, without the interpreter.
"""

from threading import RLock

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libcpp.memory cimport make_shared, shared_ptr
from libcpp.vector cimport vector

from tagma.symbols cimport ID, LENGTH, ORTH, SENT_START
from tagma.tokens.table cimport TokenTable
from tagma.vocab cimport LEX_ID, Vocab


cdef extern from "automaton.h" namespace "tagma" nogil:
    cdef cppclass Match:
        int32_t key, start, end

    cdef cppclass TokenClass:
        bint holds(int32_t spec)

    cdef cppclass CAutomaton "tagma::Automaton":
        CAutomaton() except +
        void name(size_t column, uint64_t value, int32_t atom) except +
        void add_spec(const vector[int32_t]& literals) except +
        void begin_pattern() except +
        void add_item(int32_t key, int32_t spec, int op, int32_t token) except +
        void end_pattern() except +

    cdef cppclass Profiles:
        Profiles(const CAutomaton& automaton, const vector[uint8_t]& tested) except +
        int32_t find(size_t column, uint64_t value)
        void learn(size_t column, uint64_t value, vector[int32_t] atoms) except +
        int32_t join(int32_t a, int32_t b) except +
        int32_t intern(const vector[int32_t]& atoms) except +
        const TokenClass* class_of(int32_t profile) except +
        size_t size()
        vector[int32_t] rows

    cdef cppclass Run:
        Run(const CAutomaton& automaton, bint aligned) except +
        vector[Match] matches
        void search(const TokenClass* const* tokens, int32_t n) except +
        vector[int32_t] alignment(const Match& match) except +


# Profiles and values that are kept; then all are forgotten, and learned anew.
cdef size_t MOST_LEARNED = 1 << 20


cdef class Automaton:
    """Token patterns over columns, the first of which are attributes and the others what `learn` is not asked about."""

    cdef CAutomaton automaton
    cdef shared_ptr[Profiles] profiles
    cdef vector[int32_t] attrs
    cdef vector[uint8_t] tested
    cdef list keys
    cdef dict numbers           # of the keys
    cdef object learn
    cdef object lock
    cdef object vocab           # whose rows are in profiles.rows
    cdef int64_t generation

    def __init__(self, list attrs, list tested, object learn) -> None:
        """Columns of attributes by their ids, and whether they have tests; `learn(column, values, strings)` gives a
        list of atoms for each value of a list."""
        for attr in attrs:
            self.attrs.push_back(attr)
        for flag in tested:
            self.tested.push_back(flag)
        self.keys, self.numbers = [], {}
        self.learn = learn
        self.lock = RLock()
        self.generation = -1

    def name(self, size_t column, uint64_t value, int32_t atom) -> None:
        """The atom holds for this value of the column."""
        self.automaton.name(column, value, atom)

    def add_spec(self, list literals) -> None:
        """Specs are numbered as they are added. A literal is 2 * atom, or 2 * atom + 1 for one that must not hold."""
        self.automaton.add_spec(literals)

    def add_pattern(self, uint64_t key, list items) -> None:
        """Items (spec or -1, operator 0 to 3, index of the token pattern)."""
        cdef int32_t number = self.numbers.setdefault(key, len(self.keys))
        if number == len(self.keys):
            self.keys.append(key)
        self.automaton.begin_pattern()
        for spec, op, token in items:
            self.automaton.add_item(number, spec, op, token)
        self.automaton.end_pattern()

    def search(self, TokenTable doc not None, Py_ssize_t start, Py_ssize_t end, list extensions, bint aligned) -> list:
        """(key, start, end) for each match in doc[start:end], counted from `start`, and with `aligned` a list of the
        tokens' patterns. `extensions` has for each column that is no attribute the atoms of each token."""
        cdef Run* run = new Run(self.automaton, aligned)
        cdef const TokenClass** classes = <const TokenClass**>PyMem_Malloc((end - start + 1) * sizeof(void*))
        cdef shared_ptr[Profiles] kept
        cdef list found = []
        cdef size_t i
        cdef int32_t n = <int32_t>(end - start)
        try:
            if classes is NULL:
                raise MemoryError()
            with self.lock:
                kept = self.classify(doc, start, n, extensions, classes)
            with nogil:
                run.search(classes, n)
            for i in range(run.matches.size()):
                match = (self.keys[run.matches[i].key], run.matches[i].start, run.matches[i].end)
                found.append((*match, run.alignment(run.matches[i])) if aligned else match)
        finally:
            del run
            PyMem_Free(classes)
        return found

    cdef shared_ptr[Profiles] classify(
        self, TokenTable doc, Py_ssize_t start, int32_t n, list extensions, const TokenClass** classes
    ) except *:
        """The class of each token. Whoever keeps what is returned keeps the classes."""
        cdef vector[int32_t] profiles = vector[int32_t](n, 0)
        cdef vector[int32_t] atoms
        cdef shared_ptr[Profiles] kept
        cdef int32_t i
        cdef size_t column
        if not self.profiles or self.profiles.get().size() > MOST_LEARNED:
            self.profiles = make_shared[Profiles](self.automaton, self.tested)
            self.vocab = None
        kept = self.profiles
        self.classify_words(kept.get(), doc, start, n, profiles)
        for column in range(self.attrs.size()):
            if not is_lexical(self.attrs[column]):
                self.classify_column(kept.get(), column, doc, start, n, profiles)
        for holding in extensions:
            for i in range(n):
                if holding[i]:
                    atoms = holding[i]
                    profiles[i] = kept.get().join(profiles[i], kept.get().intern(atoms))
        for i in range(n):
            classes[i] = kept.get().class_of(profiles[i])
        return kept

    cdef int classify_words(
        self, Profiles* kept, TokenTable doc, Py_ssize_t start, int32_t n, vector[int32_t]& profiles
    ) except -1:
        """What is a property of the word is kept by row of the lexeme table."""
        cdef Vocab vocab = doc.vocab
        cdef vector[size_t] columns
        cdef const int32_t* lex
        cdef int32_t i, row, profile
        cdef size_t k
        for k in range(self.attrs.size()):
            if is_lexical(self.attrs[k]):
                columns.push_back(k)
        if columns.size() == 0 or n == 0:
            return 0
        doc.check()
        self.forget_rows(kept, vocab)
        lex = doc.lex + start
        for k in columns:
            vocab.ensure_rows(self.attrs[k], lex, n)
            if self.tested[k]:
                self.learn_words(kept, k, vocab, lex, n)
        self.forget_rows(kept, vocab)  # a test may have searched a Doc of another vocabulary
        if <int32_t>kept.rows.size() < vocab.table.size():
            kept.rows.resize(vocab.table.size(), -1)
        for i in range(n):
            row = lex[i]
            if kept.rows[row] < 0:
                profile = 0
                for k in columns:
                    profile = kept.join(profile, kept.find(k, word_value(vocab, self.attrs[k], row)))
                kept.rows[row] = profile
            profiles[i] = kept.rows[row]
        return 0

    cdef int forget_rows(self, Profiles* kept, Vocab vocab) except -1:
        """Rows are of one vocabulary, and of one generation of it."""
        if self.vocab is not vocab or self.generation != vocab.generation:
            kept.rows.clear()
            self.vocab, self.generation = vocab, vocab.generation
        return 0

    cdef int learn_words(self, Profiles* kept, size_t column, Vocab vocab, const int32_t* lex, int32_t n) except -1:
        cdef set values = set()
        cdef int32_t i
        cdef uint64_t value
        for i in range(n):
            if lex[i] >= <int32_t>kept.rows.size() or kept.rows[lex[i]] < 0:
                value = word_value(vocab, self.attrs[column], lex[i])
                if kept.find(column, value) < 0:
                    values.add(value)
        return self.learn_values(kept, column, vocab, list(values))

    cdef int learn_values(self, Profiles* kept, size_t column, Vocab vocab, list values) except -1:
        cdef vector[int32_t] atoms
        if values:
            for value, holding in zip(values, self.learn(column, values, vocab.strings), strict=True):
                atoms = holding
                kept.learn(column, value, atoms)
        return 0

    cdef int classify_column(
        self, Profiles* kept, size_t column, TokenTable doc, Py_ssize_t start, int32_t n, vector[int32_t]& profiles
    ) except -1:
        """Annotations, by their values."""
        cdef vector[uint64_t] gathered
        cdef const uint64_t* values
        cdef set unknown = set()
        cdef int32_t i, profile
        cdef int attr = self.attrs[column]
        if n == 0:
            return 0
        gathered.resize(doc.length)
        doc.gather(attr, gathered.data(), 1)
        if attr == SENT_START:  # a token starts a sentence or does not; that it may do neither is not asked for
            for i in range(n):
                gathered[start + i] = gathered[start + i] == 1
        values = gathered.data() + start
        if self.tested[column]:
            for i in range(n):
                if kept.find(column, values[i]) < 0:
                    unknown.add(values[i])
            self.learn_values(kept, column, doc.vocab, list(unknown))
        for i in range(n):
            profile = kept.find(column, values[i])
            if profile:
                profiles[i] = kept.join(profiles[i], profile)
        return 0


cdef bint is_lexical(int attr) noexcept nogil:
    """Whether the row of the lexeme table says all."""
    return 0 < attr <= LENGTH


cdef uint64_t word_value(Vocab vocab, int attr, int32_t row) noexcept nogil:
    """A value that was filled before."""
    if attr < 64:
        return (vocab.table.flags()[row] >> attr) & 1
    if attr == LENGTH:
        return <uint64_t>vocab.table.length()[row]
    if attr == ORTH:
        return vocab.table.orth()[row]
    return vocab.table.column(LEX_ID if attr == ID else attr - ORTH)[row]
