# distutils: language = c++
"""The search for shapes of dependency trees (csrc/trees.h) in a Doc."""

from libc.stdint cimport int32_t, uint64_t
from libcpp.vector cimport vector

from tagma.tokens.table cimport COL_DEP, TokenTable


cdef extern from "trees.h" namespace "tagma" nogil:
    cdef cppclass TreeItem:
        int32_t rule, left, relation

    cdef cppclass CTreeSearch "tagma::TreeSearch":
        CTreeSearch(const vector[int32_t]& heads, size_t n_rules) except +
        void give(int32_t rule, int32_t token) except +
        void given() except +
        void search(const vector[TreeItem]& items, vector[int32_t]& found) except +


# `A op B`, in the order of the enum.
RELATIONS = (
    "<", ">", "<<", ">>", ".", ".*", ";", ";*", "$+", "$-", "$++", "$--", ">+", ">-", ">++", ">--", "<+", "<-", "<++", "<--"
)


cdef class TreePatterns:
    """Patterns of items, which are numbers of rules for single tokens."""

    cdef list keys
    cdef vector[vector[TreeItem]] patterns
    cdef size_t n_rules

    def __init__(self, size_t n_rules) -> None:
        """Rules are the numbers below `n_rules`."""
        self.keys = []
        self.n_rules = n_rules

    def add(self, uint64_t key, list items not None) -> None:
        """Items (rule, item to its left, relation as index of RELATIONS); the first has no left and no relation."""
        cdef vector[TreeItem] pattern
        cdef TreeItem item
        for rule, left, relation in items:
            item.rule, item.left, item.relation = rule, left, relation
            pattern.push_back(item)
        self.keys.append(key)
        self.patterns.push_back(pattern)

    def search(self, TokenTable doc not None, list tokens not None) -> list:
        """(key, [token of each item]) for each match. `tokens` has (rule, token, …) in the order of being found, in
        which trees and their tokens are gone through."""
        cdef vector[int32_t] heads, found
        cdef CTreeSearch* search
        cdef list matches = []
        cdef size_t i, k, m, size
        read_heads(doc, heads)
        search = new CTreeSearch(heads, self.n_rules)
        try:
            for rule, token, _ in tokens:
                search.give(rule, token)
            with nogil:
                search.given()
            for i in range(self.patterns.size()):
                found.clear()
                with nogil:
                    search.search(self.patterns[i], found)
                size = self.patterns[i].size()
                for k in range(found.size() // size):
                    matches.append((self.keys[i], [found[k * size + m] for m in range(size)]))
        finally:
            del search
        return matches


cdef int read_heads(TokenTable doc, vector[int32_t]& heads) except -1:
    """Absolute heads; a token without a label has none."""
    cdef const uint64_t* deps = <const uint64_t*>doc.col[COL_DEP]
    cdef Py_ssize_t i
    for i in range(doc.length):
        heads.push_back(<int32_t>(i if deps is NULL or deps[i] == 0 else doc.head_of(i)))
    return 0
