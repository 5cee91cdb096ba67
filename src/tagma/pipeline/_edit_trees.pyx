# distutils: language = c++
"""EditTrees: what must be done to a word form to get its lemma.

    match (prefix_len, suffix_len, prefix_tree, suffix_tree)    keeps the middle of a text, edits what is around it
    substitution (orig, subst)                                  makes one text another

Trees are nodes that other trees may have in common, numbered in the order in which they were added; NO_TREE stands
where there is none. Batches are arrays of keys of the string store, and what was found for a pair is remembered.
"""

cimport numpy as cnp
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string

from cpython.unicode cimport PyUnicode_DecodeUTF8
from tagma.strings cimport StringStore, StringTable
from tagma.vocab cimport Vocab

import numpy

from tagma.errors import Errors
from tagma.util.serialize import to_bytes, unpack_map

cnp.import_array()


cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* n) except NULL


cdef extern from "edit_trees.h" namespace "tagma" nogil:
    ctypedef struct EditNode:
        uint32_t is_match
        uint32_t prefix_len
        uint32_t suffix_len
        uint32_t prefix_tree
        uint32_t suffix_tree
        uint64_t orig
        uint64_t subst

    ctypedef struct EditResult:
        cbool applies
        uint64_t key
        string text

    cdef cppclass Store "tagma::EditTrees":
        Store() except +
        uint32_t of(
            const char* form, size_t n_form, const char* lemma, size_t n_lemma, StringTable& strings, cbool add
        ) except +
        const uint32_t* known(uint64_t form, uint64_t lemma)
        void remember(uint64_t form, uint64_t lemma, uint32_t tree) except +
        cbool apply(
            uint32_t tree, const char* form, size_t n, const StringTable& strings, string& out, uint64_t& missing
        ) except +
        const EditResult* result(
            uint32_t tree, uint64_t form, const StringTable& strings, uint64_t& missing
        ) except +
        cbool push(const EditNode& node) except +
        void clear() except +
        size_t size()
        const EditNode& at(size_t i)

    const uint32_t kNoTree
    const uint32_t kLargestTree


NO_TREE = kNoTree
MATCH = ("prefix_len", "suffix_len", "prefix_tree", "suffix_tree")
SUBSTITUTION = ("orig", "subst")
NO_MATCH = (0, 0, kNoTree, kNoTree)


cdef class EditTrees:
    """Edit trees over the texts of a vocabulary."""

    cdef readonly Vocab vocab
    cdef Store* store

    def __cinit__(self) -> None:
        self.store = new Store()

    def __dealloc__(self) -> None:
        del self.store

    def __init__(self, vocab not None) -> None:
        self.vocab = vocab

    def __len__(self) -> int:
        return self.store.size()

    def __getitem__(self, tree_id):
        cdef EditNode node = self.store.at(self._checked(tree_id))
        if node.is_match:
            return dict(zip(MATCH, (node.prefix_len, node.suffix_len, node.prefix_tree, node.suffix_tree)))
        return dict(zip(SUBSTITUTION, (node.orig, node.subst)))

    def add(self, str form not None, str lemma not None):
        """The tree that makes `lemma` of `form`; it is added if it is not there."""
        return self._of(form, lemma, True)

    def find(self, str form not None, str lemma not None):
        """The tree that makes `lemma` of `form`; NO_TREE if it is not there."""
        return self._of(form, lemma, False)

    cdef uint32_t _of(self, str form, str lemma, bint add) except? kNoTree:
        cdef Py_ssize_t n_form, n_lemma
        cdef const char* a = PyUnicode_AsUTF8AndSize(form, &n_form)
        cdef const char* b = PyUnicode_AsUTF8AndSize(lemma, &n_lemma)
        return self.store.of(a, n_form, b, n_lemma, self.vocab.strings.table[0], add)

    def trees_of(
        self,
        const uint64_t[::1] forms not None,
        const uint64_t[::1] lemmas not None,
        StringStore form_strings not None,
        StringStore lemma_strings not None,
        bint add=False,
    ):
        """The tree of each pair of a form and a lemma, given by their keys: uint32 (n,).

        NO_TREE where the lemma is 0, and where the tree is not there and is not to be added.
        """
        cdef Py_ssize_t i, n_form, n_lemma, n = forms.shape[0]
        cdef cnp.ndarray array = numpy.empty(n, dtype="uint32")
        cdef uint32_t* out = <uint32_t*>cnp.PyArray_DATA(array)
        cdef const uint32_t* known
        cdef const char* form
        cdef const char* lemma
        if lemmas.shape[0] != n:
            raise ValueError(Errors.E971.format(name="The lemmas", array_length=lemmas.shape[0], doc_length=n))
        for i in range(n):
            if lemmas[i] == 0:
                out[i] = kNoTree
                continue
            known = self.store.known(forms[i], lemmas[i])
            if known is not NULL and (known[0] != kNoTree or not add):
                out[i] = known[0]
                continue
            form, lemma = form_strings.utf8(forms[i], &n_form), lemma_strings.utf8(lemmas[i], &n_lemma)
            if form is NULL or lemma is NULL:
                raise KeyError(Errors.E018.format(hash_value=forms[i] if form is NULL else lemmas[i]))
            out[i] = self.store.of(form, n_form, lemma, n_lemma, self.vocab.strings.table[0], add)
            self.store.remember(forms[i], lemmas[i], out[i])
        return array

    def apply(self, tree_id, str form not None):
        """What the tree makes of `form`; None if it does not apply. Raises IndexError E1030 for no tree of these."""
        cdef Py_ssize_t n
        cdef const char* text = PyUnicode_AsUTF8AndSize(form, &n)
        cdef string out
        cdef uint64_t missing = 0
        if self.store.apply(self._checked(tree_id), text, n, self.vocab.strings.table[0], out, missing):
            return PyUnicode_DecodeUTF8(out.data(), out.size(), NULL)
        if missing:
            raise KeyError(Errors.E018.format(hash_value=missing))
        return None

    cdef const EditResult* _result(self, uint32_t tree, uint64_t form) except NULL:
        cdef uint64_t missing = 0
        cdef const EditResult* result
        if tree >= self.store.size():
            raise IndexError(Errors.E1030.format(tree=tree, n_trees=self.store.size()))
        result = self.store.result(tree, form, self.vocab.strings.table[0], missing)
        if result is NULL:
            raise KeyError(Errors.E018.format(hash_value=missing))
        return result

    def applicable(self, const uint32_t[::1] trees not None, const uint64_t[::1] forms not None):
        """The tree given for each form, int64 (n,): -1 where it does not apply."""
        cdef Py_ssize_t i, n = forms.shape[0]
        cdef cnp.ndarray array = numpy.empty(n, dtype="int64")
        cdef int64_t* out = <int64_t*>cnp.PyArray_DATA(array)
        for i in range(n):
            out[i] = <int64_t>trees[i] if self._result(trees[i], forms[i]).applies else -1
        return array

    def best(
        self,
        const float[:, ::1] scores not None,
        const uint32_t[::1] trees not None,
        const uint64_t[::1] forms not None,
        Py_ssize_t top_k,
    ):
        """For each form the first of its `top_k` best trees that applies, int64 (n,): -1 if none does.

        scores    float32 (n, n_labels), the column of each tree of `trees` (n_labels,). Of equal scores the first wins.
        """
        cdef Py_ssize_t i, j, k, best, n = forms.shape[0], n_labels = trees.shape[0]
        cdef cnp.ndarray array = numpy.full(n, -1, dtype="int64")
        cdef cnp.ndarray tried = numpy.zeros(n_labels, dtype="int64")
        cdef int64_t* out = <int64_t*>cnp.PyArray_DATA(array)
        cdef int64_t* last = <int64_t*>cnp.PyArray_DATA(tried)  # the form, counted from 1, for which a tree was tried
        for i in range(n):
            for k in range(min(top_k, n_labels)):
                best = -1
                for j in range(n_labels):
                    if last[j] != i + 1 and (best < 0 or scores[i, j] > scores[i, best]):
                        best = j
                if self._result(trees[best], forms[i]).applies:
                    out[i] = trees[best]
                    break
                last[best] = i + 1
        return array

    def lemmas(self, const int64_t[::1] trees not None, const uint64_t[::1] forms not None):
        """What the trees make of the forms: keys, uint64 (n,), and where they apply, bool (n,).

        Below 0 there is no tree. The texts are added to the string store, as a doc's are.
        """
        cdef Py_ssize_t i, n = forms.shape[0]
        cdef cnp.ndarray keys = numpy.zeros(n, dtype="uint64")
        cdef cnp.ndarray found = numpy.zeros(n, dtype="bool")
        cdef uint64_t* key = <uint64_t*>cnp.PyArray_DATA(keys)
        cdef cnp.npy_bool* is_found = <cnp.npy_bool*>cnp.PyArray_DATA(found)
        cdef const EditResult* result
        if trees.shape[0] != n:
            raise ValueError(Errors.E971.format(name="The edit trees", array_length=trees.shape[0], doc_length=n))
        for i in range(n):
            if trees[i] < 0:
                continue
            result = self._result(<uint32_t>min(trees[i], <int64_t>kNoTree), forms[i])
            if result.applies:
                # Also when it is remembered: a memory zone may have released the text.
                self.vocab.strings.table.add_key(result.key, result.text.data(), result.text.size(), False)
                key[i], is_found[i] = result.key, True
        return keys, found

    def tree_to_str(self, tree_id):
        """The tree as text: (m prefix_len suffix_len prefix_tree suffix_tree), (s 'orig' 'subst'), () for none."""
        cdef EditNode node
        if tree_id == kNoTree:
            return "()"
        node = self.store.at(self._checked(tree_id))
        if not node.is_match:
            return f"(s '{self.vocab.strings.text(node.orig)}' '{self.vocab.strings.text(node.subst)}')"
        prefix, suffix = self.tree_to_str(node.prefix_tree), self.tree_to_str(node.suffix_tree)
        return f"(m {node.prefix_len} {node.suffix_len} {prefix} {suffix})"

    def to_json(self):
        """All nodes as dicts, with texts: what `from_json` takes."""
        strings = self.vocab.strings
        nodes = [self[i] for i in range(len(self))]
        return [{k: strings[v] if k in SUBSTITUTION else v for k, v in node.items()} for node in nodes]

    def from_json(self, trees):
        """Replace all nodes by these dicts, whose texts are str, or keys. Raises ValueError E1026 for a bad one."""
        nodes = [self._node(i, tree) for i, tree in enumerate(trees)]
        cdef EditNode node
        self.store.clear()
        for i, values in enumerate(nodes):
            node.is_match = len(values) == len(MATCH)
            node.prefix_len, node.suffix_len, node.prefix_tree, node.suffix_tree = values if node.is_match else NO_MATCH
            node.orig, node.subst = (0, 0) if node.is_match else values
            if not self.store.push(node):
                self.store.clear()
                reason = f"with the trees in it, it has more than {kLargestTree} nodes"
                raise ValueError(Errors.E1026.format(i=i, reason=reason, tree=trees[i]))
        return self

    def _node(self, i, tree):
        """The values of a node, checked."""
        reason = _fault(i, tree)
        if reason:
            raise ValueError(Errors.E1026.format(i=i, reason=reason, tree=f"{tree!r:.200}"))
        if SUBSTITUTION[0] not in tree:
            return tuple(tree[key] for key in MATCH)
        add = self.vocab.strings.add
        return tuple(add(text, allow_transient=False) for text in (tree[key] for key in SUBSTITUTION))

    def to_bytes(self):
        """msgpack of {"trees": [a map for each node]}, with keys for texts."""
        return to_bytes({"trees": lambda: [self[i] for i in range(len(self))]}, ())

    def from_bytes(self, bytes_data, what="edit trees"):
        """Replace all nodes by those that `to_bytes` wrote. Raises ValueError: E4010 no such data, E1026 a bad node.

        what    What the data is called in errors.
        """
        trees = unpack_map(bytes_data, what).get("trees")
        if not isinstance(trees, list):
            raise ValueError(Errors.E4010.format(what=what, reason="there is no list of trees"))
        return self.from_json(trees)

    def __reduce__(self):
        return (_unpickle, (self.vocab, self.to_bytes()))

    cdef uint32_t _checked(self, object tree_id) except? kNoTree:
        if not 0 <= tree_id < self.store.size():
            raise IndexError(Errors.E1030.format(tree=tree_id, n_trees=self.store.size()))
        return tree_id


def _unpickle(vocab, bytes_data):
    return EditTrees(vocab).from_bytes(bytes_data)


def _fault(i, tree):
    """What is wrong with the dict of node `i`; "" if nothing is."""
    if not isinstance(tree, dict) or set(tree) not in (set(MATCH), set(SUBSTITUTION)):
        return f"it must have the keys {', '.join(MATCH)}, or {', '.join(SUBSTITUTION)}"
    for key, value in tree.items():
        limit = 2**64 if key in SUBSTITUTION else 2**32
        if isinstance(value, str) and key in SUBSTITUTION:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < limit:
            return f"{key} is {value!r}"
        if key.endswith("_tree") and not (value < i or value == kNoTree):
            return f"{key} is {value}, which does not stand before it"
    return ""
