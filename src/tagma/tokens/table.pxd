from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from tagma.vocab cimport Vocab


# Annotation columns, in this order in TokenTable.col and in tagma.tokens.table.COLUMNS. Those before COL_POS hold keys
# of strings (uint64); COL_POS is uint8, COL_HEAD int32, the others int8.
cdef enum:
    COL_TAG, COL_LEMMA, COL_DEP, COL_MORPH, COL_ENT_TYPE, COL_ENT_KB_ID, COL_ENT_ID, COL_POS, COL_HEAD, COL_SENT_START
    COL_ENT_IOB, N_COLS


# Modules that cimport this are C++ (`# distutils: language = c++`).
cdef class TokenTable:
    cdef readonly Vocab vocab
    cdef Py_ssize_t length
    cdef int32_t* lex          # row in the vocab's lexeme table, per token
    cdef uint8_t* spacy        # 1 where white space follows the token
    cdef int64_t generation    # of the vocab when the rows were last known to be good
    cdef void* col[N_COLS]     # data of the annotation columns, NULL where never written
    cdef list arrays           # the NumPy arrays that own them
    cdef int32_t* offsets      # idx of each token and the length of the text, filled on demand
    cdef object _text          # the text, once it was asked for
    cdef bint crossing         # a head lies in another sentence, since trees are interleaved
    cdef list _retired
    cdef dict extras           # of Doc: what most never have, by name of the attribute; here, so that a Doc frees nothing itself
    cdef object __weakref__

    # Take over n tokens (copied); releases nothing of what views may still point to.
    cdef int set_tokens(self, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n) except -1
    # The same for words given as text or key.
    cdef int set_words(self, list words, list spaces) except -1
    # The same, each token with the annotations of one of the present tokens.
    cdef int regroup(self, const int32_t* lex, const uint8_t* spacy, const Py_ssize_t* source, Py_ssize_t n) except -1
    # Trade tokens and annotations with a table of the same vocabulary.
    cdef int exchange(self, TokenTable other) except -1
    # Take over the tokens of such a table, which is left empty, since arrays that were handed out may look at them.
    cdef int retire(self, TokenTable other) except -1
    # The text or its offsets are to be built anew.
    cdef int text_changed(self) except -1
    # Raise ValueError when a memory zone has released lexemes of these tokens.
    cdef int check(self) except -1

    # Data of a column, allocated and zeroed when it does not exist.
    cdef void* need(self, int which) except NULL
    # Forget a column.
    cdef int drop(self, int which) except -1
    # Take over the annotation columns of a table of the same length.
    cdef int copy_columns(self, TokenTable source) except -1
    # The array of a column by name.
    cdef object array(self, str name)

    # Values of any attribute for all tokens: out[i * stride], signed values sign-extended.
    cdef int gather(self, int attr, uint64_t* out, Py_ssize_t stride) except -1
    # Set a token attribute for all tokens from values[i * stride].
    cdef int scatter(self, int attr, const uint64_t* values, Py_ssize_t stride) except -1
    # Raise ValueError for a value that does not belong into a column.
    cdef int validate(self, int which, const uint64_t* values, Py_ssize_t stride) except -1
    # Value of any attribute of one token.
    cdef uint64_t value(self, Py_ssize_t i, int attr) except? 0
    # Number of tokens from `first` on with a value other than 0.
    cdef Py_ssize_t count_set(self, int attr, Py_ssize_t first) except -1
    # Attributes of all tokens: uint64 (n, attributes).
    cdef object to_matrix(self, list attrs)
    # Set attributes from such an array of any type of number; ValueError for an array of another length than the table.
    # With HEAD and any DEP, sentence starts come from the heads.
    cdef int from_matrix(self, list attrs, object matrix) except -1

    cdef int _note_crossing(self, Py_ssize_t start, Py_ssize_t end) except -1
    # Index of the head that is stored for token i, absolute; ValueError when it lies outside of the table.
    cdef Py_ssize_t stored_head(self, Py_ssize_t i) except -1
    # The same, but the token itself where it has no label, since heads count only with one.
    cdef Py_ssize_t head_of(self, Py_ssize_t i) except -1
    # Sentence starts of the tokens from start to end from their heads and deps.
    cdef int sentences_from_heads(self, Py_ssize_t start, Py_ssize_t end) except -1
    # First token of the sentence of token i, and the token after its last.
    cdef int sentence_bounds(self, Py_ssize_t i, Py_ssize_t* start, Py_ssize_t* end) except -1
    # The same for all that may be in one tree with token i.
    cdef int tree_bounds(self, Py_ssize_t i, Py_ssize_t* start, Py_ssize_t* end) except -1

    # (start, end) of each entity that has a type; ValueError where an I follows nothing.
    cdef list entities(self)
    # Write one stretch: the code of its first token and of the others, and what all of them have in common.
    cdef int set_entity(
        self, Py_ssize_t start, Py_ssize_t end, int first, int others, uint64_t label, uint64_t kb_id, uint64_t ent_id
    ) except -1
    # Write `code` for the tokens that are not done; with code -1 only mend entities whose beginning is overwritten.
    cdef int set_other_entities(self, const uint8_t[::1] done, int code) except -1

    # Text of the tokens from start to end, with or without the white space after the last.
    cdef str slice_text(self, Py_ssize_t start, Py_ssize_t end, bint trailing)
    cdef int need_offsets(self) except -1
    # Number of tokens that start before a character, and index of the first token that ends after it (white space is no
    # part of a token).
    cdef Py_ssize_t starting_before(self, Py_ssize_t char) except -1
    cdef Py_ssize_t ending_after(self, Py_ssize_t char) except -1


# Column of a token attribute's id, -1 where it has none.
cdef int column_of(int attr) noexcept nogil
