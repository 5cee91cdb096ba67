from libc.stdint cimport int32_t, int64_t, uint64_t

from tagma.strings cimport StringStore, StringTable


cdef extern from "lexeme_table.h" namespace "tagma" nogil:
    cdef enum:
        LEX_ORTH, LEX_LOWER, LEX_NORM, LEX_SHAPE, LEX_PREFIX, LEX_SUFFIX, LEX_ID, LEX_COLUMNS

    cdef cppclass LexemeTable:
        LexemeTable() except +
        int32_t find(uint64_t orth)
        int32_t find_variant(uint64_t orth, uint64_t norm)
        int32_t add(uint64_t orth, int32_t length) except +
        int32_t add_variant(int32_t row, uint64_t norm) except +
        int32_t size()
        int32_t n_words()
        int32_t primary_of(int32_t row)
        bint is_variant(int32_t row)
        const uint64_t* orth()
        const int32_t* length()
        uint64_t* column(int which)
        uint64_t* flags()
        bint flag(int32_t row, int bit)
        void set_flag(int32_t row, int bit, bint value)
        int32_t filled(int which)
        void set_filled(int which, int32_t n)
        int32_t flag_filled(int bit)
        void set_flag_filled(int bit, int32_t n)
        void truncate(int32_t n)


# Modules that cimport this are C++ (`# distutils: language = c++`).
# Pointers into the table (orth(), length(), column(), flags()) move when rows are added: fetch them after interning.
cdef class Vocab:
    cdef readonly StringStore strings
    cdef LexemeTable* table
    cdef readonly int64_t generation  # changes when rows are released or recomputed: caches by row are then void
    cdef list releases
    cdef dict unfilled  # {attribute: rows whose getter raised}, None while there are none
    cdef public dict cfg
    cdef public object lex_attr_getters
    cdef public object writing_system
    cdef public object get_noun_chunks
    cdef public object morphology
    cdef object _vectors
    cdef object _lookups
    cdef int32_t zone_mark
    cdef object __weakref__

    # Intern UTF-8 text and return its lexeme row.
    cdef int32_t row_utf8(self, const char* s, Py_ssize_t n) except -1
    # Row of a key that the string store knows.
    cdef int32_t row(self, uint64_t orth) except -1
    # Row of a str or key.
    cdef int32_t row_of(self, object string_or_key) except -1
    # Row of the pair (text of `row`, norm): `row` itself where norm is its own.
    cdef int32_t variant(self, int32_t row, uint64_t norm) except -1
    # Fill the column of a lexical attribute (a lexical id, flags included) up to the table's size.
    cdef int ensure(self, int attr_id) except -1
    # The same for who reads the column at these rows: raises what the getter raises for one of their words.
    cdef int ensure_rows(self, int attr_id, const int32_t* rows, Py_ssize_t n) except -1
    # Value of one lexical attribute of one row, filled first where needed.
    cdef uint64_t value(self, int32_t row, int attr_id) except? 0
    # Overwrite a value. What holds numbers by row is told through the generation.
    cdef int set(self, int32_t row, int attr_id, uint64_t value) except -1
    # Raise ValueError when rows that a holder of generation `since` may use were released; returns generation.
    cdef int64_t check_rows(self, const int32_t* rows, Py_ssize_t n, int64_t since) except -1

    # For the filling of columns: words whose getter raised.
    cdef int note_unfilled(self, int attr_id, int32_t row) except -1
    cdef bint is_unfilled(self, int attr_id, int32_t row) except -1

    # The key that the vectors know a str or key by: the value of their attribute.
    cdef object vector_key(self, object orth)

    cdef int _retry(self, int attr_id, int32_t row) except -1
    cdef int _released(self, int32_t mark) except -1
