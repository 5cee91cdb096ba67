from libc.stdint cimport int32_t, uint8_t

from tagma.tokens.table cimport TokenTable
from tagma.vocab cimport Vocab


# Modules that cimport this are C++ (`# distutils: language = c++`). Those that need no spans, hooks or user data
# cimport TokenTable.
cdef class Doc(TokenTable):
    cdef public bint has_unknown_spaces

    # Value of such an attribute, None where it was never asked for or set.
    cdef object extra(self, str name)
    cdef int set_extra(self, str name, object value) except -1


# The fast way to make a Doc: copies both arrays, keeps `text` (a str, or None to build it when asked for).
cdef Doc doc_from_rows(Vocab vocab, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n, object text)


# The function that `user_hooks`, `user_token_hooks` or `user_span_hooks` has for a property, None where there is none.
cdef inline object find_hook(Doc doc, str kind, str name):
    if doc.extras is None:
        return None
    hooks = doc.extras.get(kind)
    return hooks.get(name) if hooks else None


# Whether the vectors of tokens and spans are rows of the Doc's tensor, because the vocabulary has none.
cdef inline bint uses_tensor(Doc doc) except -1:
    tensor = doc.extra("tensor")
    return tensor is not None and tensor.size != 0 and doc.vocab._vectors.size == 0
