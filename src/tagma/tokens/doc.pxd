from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from tagma.vocab cimport Vocab


# Annotation columns, in this order in Doc.col and in tagma.tokens.doc.COLUMNS.
cdef enum:
    COL_TAG, COL_LEMMA, COL_DEP, COL_MORPH, COL_ENT_TYPE, COL_ENT_KB_ID, COL_ENT_ID, COL_POS, COL_HEAD, COL_SENT_START
    COL_ENT_IOB, N_COLS


# Modules that cimport this are C++ (`# distutils: language = c++`).
cdef class Doc:
    cdef readonly Vocab vocab
    cdef Py_ssize_t length
    cdef int32_t* lex          # row in the vocab's lexeme table, per token
    cdef uint8_t* spacy        # 1 where white space follows the token
    cdef int64_t generation    # of the vocab when the rows were last known to be good
    cdef void* col[N_COLS]     # data of the annotation columns, NULL where never written
    cdef list arrays           # the NumPy arrays that own them
    cdef int32_t* offsets      # idx of each token and the length of the text, filled on demand
    cdef object _text
    cdef object _user_data
    cdef object _cats
    cdef object _spans
    cdef object _tensor
    cdef object _user_hooks
    cdef object _user_token_hooks
    cdef object _user_span_hooks
    cdef object _context
    cdef object _sentiment
    cdef object _activations
    cdef object _vector
    cdef object _vector_norm
    cdef object _retired
    cdef public bint has_unknown_spaces
    cdef public bint is_retokenizing
    cdef object __weakref__

    # Raise ValueError when a memory zone has released lexemes of this Doc.
    cdef int check(self) except -1
    # Data of a column, allocated and zeroed when it does not exist.
    cdef void* need(self, int which) except NULL
    cdef int need_offsets(self) except -1
    cdef int tokens_from(self, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n) except -1


# The fast way to make a Doc: copies both arrays, keeps `text` (a str, or None to build it when asked for).
cdef Doc doc_from_rows(Vocab vocab, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n, object text)
