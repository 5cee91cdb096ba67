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
    cdef list _retired
    cdef public bint has_unknown_spaces
    cdef object __weakref__

    # Raise ValueError when a memory zone has released lexemes of this Doc.
    cdef int check(self) except -1
    # Data of a column, allocated and zeroed when it does not exist.
    cdef void* need(self, int which) except NULL
    # Forget a column.
    cdef int drop(self, int which) except -1
    cdef int need_offsets(self) except -1
    # Take over n tokens (copied); releases nothing of what views may still point to.
    cdef int set_tokens(self, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n) except -1
    # The text or its offsets are to be built anew.
    cdef int text_changed(self) except -1
    # Values of any attribute for all tokens: out[i * stride], signed values sign-extended.
    cdef int gather(self, int attr, uint64_t* out, Py_ssize_t stride) except -1
    # Set a token attribute for all tokens from values[i * stride].
    cdef int scatter(self, int attr, const uint64_t* values, Py_ssize_t stride) except -1
    # Value of any attribute of one token.
    cdef uint64_t value(self, Py_ssize_t i, int attr) except? 0
    # Index of the head of token i, absolute; ValueError when the column holds an index outside of the Doc.
    cdef Py_ssize_t head_of(self, Py_ssize_t i) except -1
    # Sentence starts of the tokens from start to end from their heads and deps.
    cdef int sentences_from_heads(self, Py_ssize_t start, Py_ssize_t end) except -1
    # First token of the sentence of token i, and the token after its last.
    cdef int sentence_bounds(self, Py_ssize_t i, Py_ssize_t* start, Py_ssize_t* end) except -1
    # Text of the tokens from start to end, with or without the white space after the last.
    cdef str slice_text(self, Py_ssize_t start, Py_ssize_t end, bint trailing)


# The fast way to make a Doc: copies both arrays, keeps `text` (a str, or None to build it when asked for).
cdef Doc doc_from_rows(Vocab vocab, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n, object text)


# Column of a token attribute's id, -1 where it has none.
cdef int column_of(int attr) noexcept nogil


# The function that `user_hooks` and the like have for a property, None where there is none.
cdef inline object find_hook(object hooks, str name):
    return hooks.get(name) if hooks else None


# Whether the vectors of tokens and spans are rows of the Doc's tensor, because the vocabulary has none.
cdef inline bint uses_tensor(Doc doc) except -1:
    return doc._tensor is not None and doc._tensor.size != 0 and doc.vocab._vectors.size == 0
