# distutils: language = c++
"""The Doc: a tokenized text.

What a Doc holds lies in the columns of `TokenTable`; Token and Span are views made on demand. Here is the face: texts,
spans, extension attributes, hooks, and the ways in and out. Reading order: table.pyx, doc.pyx, token.pyx, span.pyx.
"""

import copy
import warnings
from pathlib import Path

import numpy

cimport numpy as cnp
from libc.stdint cimport int32_t, uint8_t, uint64_t

from tagma.symbols cimport DEP, ENT_ID, ENT_KB_ID, ENT_TYPE, HEAD, MORPH, SENT_START
from tagma.tokens.span cimport Span, make_span
from tagma.tokens.token cimport make_token
from tagma.vocab cimport Vocab

from tagma.attrs import IDS, intify_attr
from tagma.errors import Errors, Warnings
from tagma.nn.packing import encode
from tagma.tokens._annotations import columns_of
from tagma.tokens._vectors import mean_vector, norm_of, similarity
from tagma.tokens.forms.bytes import doc_from_dict, doc_to_dict, pickled, unpickled
from tagma.tokens.forms.joining import join_docs
from tagma.tokens.forms.json import doc_from_json, doc_to_json
from tagma.tokens.table import COLUMNS, attr_id, lca_matrix
from tagma.tokens.underscore import Underscore, define, undefine
from tagma.util.serialize import unpack_map


cdef Doc doc_from_rows(Vocab vocab, const int32_t* lex, const uint8_t* spacy, Py_ssize_t n, object text):
    cdef Doc doc = Doc.__new__(Doc)
    doc.vocab = vocab
    doc.set_tokens(lex, spacy, n)
    doc._text = text
    return doc


cdef Span _entity(Doc doc, Py_ssize_t start, Py_ssize_t end):
    """The label and the ids of an entity are those of its first token."""
    return make_span(doc, start, end, doc.value(start, ENT_TYPE), doc.value(start, ENT_KB_ID), doc.value(start, ENT_ID))


def _kept(str name, make, str doc):
    """An attribute that most Docs never have: `make(doc)` makes its first value when it is first asked for."""

    def get(Doc self):
        value = self.extra(name)
        if value is None and make is not None:
            value = make(self)
            self.set_extra(name, value)
        return value

    def set(Doc self, value):
        self.set_extra(name, value)

    return property(get, set, doc=doc)


def _new_dict(doc) -> dict:
    return {}


def _noun_chunks_of_vocab(doc):
    return doc.vocab.get_noun_chunks


def _no_tensor(doc):
    return numpy.zeros((0,), dtype="float32")


cdef class Doc(TokenTable):
    """A sequence of tokens with their annotations.

    `doc[i]` is a Token, `doc[i:j]` a Span, `doc.column("tag")` the column itself.
    """

    def __init__(
        self,
        Vocab vocab not None,
        words=None,
        spaces=None,
        *,
        user_data=None,
        tags=None,
        pos=None,
        morphs=None,
        lemmas=None,
        heads=None,
        deps=None,
        sent_starts=None,
        ents=None,
    ) -> None:
        """`heads` are absolute indices, `sent_starts` True, False or None, `ents` IOB strings.

        None among tags, lemmas, deps, heads and ents stands for what is not known; such a head is the token itself.

        Raises TypeError E1022 for words that are neither text nor key. Raises ValueError: E031 for an empty word, E028 for
        bytes, E027 for spaces of another length than words, E189 for annotations of another length, E908 for spaces
        without words, E1017 for heads without deps, E1021 for an unknown part of speech, E177 for
        bad IOB, E190 for a head outside, E4052 for heads in a cycle.
        """
        self.vocab = vocab
        if user_data is not None:
            self.user_data = user_data
        if words is None and spaces is not None:
            raise ValueError(Errors.E908)
        self.has_unknown_spaces = words is not None and spaces is None
        words = [] if words is None else list(words)
        spaces = [True] * len(words) if spaces is None else list(spaces)
        if len(spaces) != len(words):
            raise ValueError(Errors.E027)
        self.set_words(words, spaces)
        annotations = {
            "tags": tags, "pos": pos, "morphs": morphs, "lemmas": lemmas, "heads": heads, "deps": deps,
            "sent_starts": sent_starts, "ents": ents,
        }
        given = {name: list(values) for name, values in annotations.items() if values is not None}
        if given:
            self.from_array(*columns_of(vocab, self.length, given))

    # Columns

    def column(self, str name not None):
        """A column as NumPy array (n,), the Doc's own memory: what is written there is written to the Doc.

        `lex` (int32) and `spacy` (uint8) are read-only. An annotation column (see `COLUMNS`) is made, zeroed, if it does not
        exist. Raises KeyError E983 for other names.
        """
        return self.array(name)

    def has_column(self, str name not None) -> bool:
        """Whether a column exists, that is, was ever written."""
        return name in ("lex", "spacy") or (name in COLUMNS and self.col[<int>COLUMNS.index(name)] is not NULL)

    # Sequence

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, i):
        """A Token, or a Span for a slice. IndexError E040 outside, ValueError E057 for slices with a step."""
        cdef Py_ssize_t index
        if isinstance(i, slice):
            if i.step is not None and i.step != 1:
                raise ValueError(Errors.E057)
            start, stop, _ = i.indices(self.length)
            return make_span(self, start, max(start, stop), 0, 0, 0)
        index = i
        if index < 0:
            index += self.length
        if not 0 <= index < self.length:
            raise IndexError(Errors.E040.format(i=index, max_length=self.length))
        return make_token(self, index)

    def __iter__(self):
        cdef _Tokens tokens = _Tokens.__new__(_Tokens)
        tokens.doc = self
        return tokens

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def __bytes__(self) -> bytes:
        return self.text.encode("utf8")

    @property
    def mem(self) -> object:
        """What owns the memory of the tokens: an opaque object."""
        return self.column("lex").base

    @property
    def doc(self) -> "Doc":
        """The Doc itself, as for spans and tokens."""
        return self

    @property
    def text(self) -> str:
        """The text, white space after the last token included."""
        if self._text is None:
            self._text = self.slice_text(0, self.length, True)
        return self._text

    @property
    def text_with_ws(self) -> str:
        """The same as `text`."""
        return self.text

    @property
    def lang(self) -> int:
        """Key of the language's code."""
        return self.vocab.strings[self.vocab.lang]

    @property
    def lang_(self) -> str:
        """Code of the language."""
        return self.vocab.lang

    # What most Docs never have

    cdef object extra(self, str name):
        return None if self.extras is None else self.extras.get(name)

    cdef int set_extra(self, str name, object value) except -1:
        if self.extras is None:
            self.extras = {}
        self.extras[name] = value
        return 0

    user_data = _kept("user_data", _new_dict, "Anything the user stores; values of extension attributes are here, too.")
    cats = _kept("cats", _new_dict, "Scores by category.")
    activations = _kept("activations", _new_dict, "What components were told to save, by component.")
    user_hooks = _kept("user_hooks", _new_dict, "Functions that replace properties of the Doc.")
    user_token_hooks = _kept("user_token_hooks", _new_dict, "Functions that replace properties of its tokens.")
    user_span_hooks = _kept("user_span_hooks", _new_dict, "Functions that replace properties of its spans.")
    context = _kept("context", None, "What `nlp.pipe(as_tuples=True)` carries along.")
    noun_chunks_iterator = _kept(
        "noun_chunks_iterator", _noun_chunks_of_vocab, "The function behind `noun_chunks`, the vocabulary's unless set."
    )
    tensor = _kept("tensor", _no_tensor, "Array of the pipeline, one row per token if it has any: float32 (0,) at first.")

    @property
    def spans(self):
        """Span groups by name."""
        from tagma.tokens.span_group import SpanGroups

        groups = self.extra("spans")
        if groups is None:
            groups = SpanGroups(self)
            self.set_extra("spans", groups)
        return groups

    @property
    def has_spans(self) -> bool:
        """Whether there are span groups; asking does not make the dict."""
        return bool(self.extra("spans"))

    @property
    def sentiment(self) -> float:
        """A number for the whole text, 0 unless set (or `user_hooks["sentiment"]`)."""
        hook = find_hook(self, "user_hooks", "sentiment")
        if hook is not None:
            return hook(self)
        sentiment = self.extra("sentiment")
        return 0.0 if sentiment is None else sentiment

    @sentiment.setter
    def sentiment(self, value: float) -> None:
        self.set_extra("sentiment", value)

    @property
    def _(self):
        """Extension attributes: `doc._.name`."""
        return Underscore(Underscore.doc_extensions, self)

    @classmethod
    def set_extension(cls, name: str, **kwargs) -> None:
        """Define an extension by `default`, `method`, or `getter` (and `setter`); `force=True` replaces (else E090)."""
        define(Underscore.doc_extensions, "Doc", name, **kwargs)

    @classmethod
    def get_extension(cls, name: str) -> "Extension | None":
        """(default, method, getter, setter)."""
        return Underscore.doc_extensions.get(name)

    @classmethod
    def has_extension(cls, name: str) -> bool:
        """Whether the extension is defined."""
        return name in Underscore.doc_extensions

    @classmethod
    def remove_extension(cls, name: str) -> "Extension":
        """Undefine an extension and return its definition (ValueError E046)."""
        return undefine(Underscore.doc_extensions, name)

    # Annotation as a whole

    def has_annotation(self, attr, *, bint require_complete=False) -> bool:
        """Whether any token (every token) has the attribute. HEAD counts where DEP is set; an empty Doc has everything.

        The first token's sentence start says nothing, so a Doc of one token has SENT_START, as one whose hook gives its
        sentences. ValueError E1037 for a name that is no attribute.
        """
        cdef Py_ssize_t n_set, first = 0
        if self.length == 0:
            return True
        if isinstance(attr, str):
            attr = {"IS_SENT_START": "SENT_START", "IS_SENT_END": "SENT_START"}.get(attr.upper(), attr)
            found = intify_attr(attr)
            if found is None:
                raise ValueError(Errors.E1037.format(attr=attr))
        else:
            found = int(attr)
        if found == HEAD:
            found = DEP
        if found == SENT_START:
            if self.length == 1 or find_hook(self, "user_hooks", "sents") is not None:
                return True
            first = 1
        n_set = self.count_set(found, first)
        return n_set == self.length - first if require_complete else n_set > 0

    def _has(self, str attr, str old_name) -> bool:
        warnings.warn(Warnings.W107.format(prop=old_name, attr=attr), DeprecationWarning, stacklevel=2)
        return self.has_annotation(attr)

    @property
    def is_tagged(self) -> bool:
        """Old name of `has_annotation("TAG")`; warns W107."""
        return self._has("TAG", "is_tagged")

    @property
    def is_parsed(self) -> bool:
        """Old name of `has_annotation("DEP")`; warns W107."""
        return self._has("DEP", "is_parsed")

    @property
    def is_sentenced(self) -> bool:
        """Old name of `has_annotation("SENT_START")`; warns W107."""
        return self._has("SENT_START", "is_sentenced")

    @property
    def is_nered(self) -> bool:
        """Old name of `has_annotation("ENT_IOB")`; warns W107."""
        return self._has("ENT_IOB", "is_nered")

    def to_array(self, py_attr_ids):
        """Attributes as uint64 (n, attributes), or (n,) for a single one; signed values wrap around. KeyError E983."""
        cdef list ids
        if isinstance(py_attr_ids, (str, int)) or not hasattr(py_attr_ids, "__iter__"):
            ids = [_id_of(py_attr_ids)]
        else:
            ids = [_id_of(attr) for attr in py_attr_ids]
        matrix = self.to_matrix(ids)
        return matrix.reshape((self.length,)) if len(ids) == 1 else matrix

    def from_array(self, attrs, array) -> "Doc":
        """Set token attributes from an array as `to_array` makes it (heads are relative).

        Lexical attributes other than NORM are left alone. With HEAD and any DEP, sentence starts come from the heads.
        Other arrays than uint64 are converted (W028). Raises ValueError: E971 for another length than the Doc's, E190 for
        a head outside, E1021, E982, E4013 for a morph that is no feature string.
        """
        single = isinstance(attrs, (str, int))
        ids = [attr_id(attr) for attr in ([attrs] if single else attrs)]
        if not ids:
            return self
        array = numpy.asarray(array)
        if array.dtype != "uint64":
            warnings.warn(Warnings.W028.format(type=array.dtype), stacklevel=2)
        if MORPH in ids:
            array = _with_normal_morphs(self.vocab, array, ids)
        self.from_matrix(ids, array)
        return self

    def count_by(self, attr_id, exclude=None, counts=None):
        """How often each value of an attribute occurs: {value: count}; `exclude(token)` leaves tokens out.

        With `counts`, a mapping that gives 0 for new keys, numbers are added to it and None is returned.
        """
        found = {}
        for token, value in zip(self, self.to_array([attr_id]).tolist()):
            if exclude is None or not exclude(token):
                found[value] = found.get(value, 0) + 1
        if counts is None:
            return found
        for value, n in found.items():
            counts[value] = counts.get(value, 0) + n

    def get_lca_matrix(self):
        """Index of the lowest common ancestor of each pair of tokens, -1 where there is none: int32 (n, n)."""
        return lca_matrix(self, 0, self.length)

    def extend_tensor(self, tensor) -> None:
        """Put columns at the right of `tensor`."""
        if self.tensor.size == 0:
            self.tensor = tensor
        else:
            self.tensor = numpy.hstack((self.tensor, tensor))

    # Other tokens

    def retokenize(self):
        """Merge and split tokens: `with doc.retokenize() as retokenizer: retokenizer.merge(doc[2:5])`.

        All requests of the block are applied at its end, or none where it raises. Tokens and spans made before are void.
        """
        from tagma.tokens._retokenize import Retokenizer

        return Retokenizer(self)

    def _bulk_merge(self, spans, attributes) -> None:
        """Merge spans, each with its dict of attributes (ValueError E121 for another number of them)."""
        from tagma.tokens._retokenize import bulk_merge

        bulk_merge(self, spans, attributes)

    # Spans

    def char_span(self, Py_ssize_t start_idx, Py_ssize_t end_idx, label=0, kb_id=0, vector=None, str alignment_mode="strict", span_id=0):
        """Span of the characters [start_idx, end_idx), None where there is none.

        `alignment_mode`: "strict" token borders only, "contract" the tokens inside, "expand" all tokens touched
        (ValueError E202 for others).
        """
        cdef Py_ssize_t start, end
        if alignment_mode not in ("strict", "contract", "expand"):
            raise ValueError(Errors.E202.format(name="alignment", mode=alignment_mode, modes="strict, contract, expand"))
        self.need_offsets()
        if not 0 <= start_idx < self.offsets[self.length] or not 0 < end_idx <= self.offsets[self.length]:
            return None
        if start_idx > end_idx:
            return None
        if alignment_mode == "expand":
            start = self.ending_after(start_idx)
            end = self.starting_before(end_idx)
        else:
            start = self.starting_before(start_idx)
            end = self.ending_after(end_idx)
            if start > end or (start == end and alignment_mode == "contract"):
                return None
            if alignment_mode == "strict" and (
                self.offsets[start] != start_idx or self.offsets[end] - self.spacy[end - 1] != end_idx
            ):
                return None
        strings = self.vocab.strings
        span = make_span(self, start, max(start, end), strings.as_int(label), strings.as_int(kb_id), strings.as_int(span_id))
        for value in (label, kb_id, span_id):
            if isinstance(value, str):
                strings.add(value)
        span._vector = vector
        return span

    @property
    def ents(self) -> tuple:
        """The entities, as spans. ValueError E093 where an I follows nothing."""
        hook = find_hook(self, "user_hooks", "ents")
        if hook is not None:
            return tuple(hook(self))
        return tuple([_entity(self, start, end) for start, end in self.entities()])

    @ents.setter
    def ents(self, ents) -> None:
        """Set the entities from spans or tuples; other tokens are outside.

        Tuples are (label, start, end), (label, kb_id, start, end) or (id, kb_id, label, start, end).

        Raises TypeError E4027 for anything else.
        """
        spans = []
        for ent in ents:
            if isinstance(ent, Span):
                spans.append(ent)
                continue
            if isinstance(ent, str) or not hasattr(ent, "__len__") or not 3 <= len(ent) <= 5:
                wanted = "Span, or (label, start, end), (label, kb_id, start, end) or (id, kb_id, label, start, end),"
                described = {"method": "Doc.ents", "wanted": wanted, "arg": "entity", "type": type(ent).__name__}
                raise TypeError(Errors.E4027.format(value=repr(ent)[:80], besides="", **described))
            *ids, start, end = ent
            if len(ids) == 3:
                span_id, kb_id, label = ids
            else:
                span_id, label, kb_id = 0, ids[0], (ids[1] if len(ids) == 2 else 0)
            spans.append(Span(self, start, end, label=label, kb_id=kb_id, span_id=span_id))
        self.set_ents(spans)

    def set_ents(self, entities, *, blocked=None, missing=None, outside=None, str default="outside") -> None:
        """Set entities, and what holds for other spans: blocked (never an entity), missing (unknown) or outside.

        Entities without a label are passed over. `default` is one of these kinds or "unmodified", for all other tokens.
        Raises ValueError: E1010 for a token in two spans, E1011 for a bad default, E1012 for what is no span.
        """
        cdef Span span
        modes = ("outside", "missing", "blocked", "unmodified")
        if default not in modes:
            raise ValueError(Errors.E1011.format(default=default, modes=", ".join(modes)))
        groups = [("entity", entities), ("blocked", blocked), ("missing", missing), ("outside", outside)]
        seen = numpy.zeros(self.length, dtype="bool")
        checked = []
        for kind, spans in groups:
            spans = list(spans or ())
            for item in spans:
                if not isinstance(item, Span):
                    raise ValueError(Errors.E1012.format(span_type=kind, span=item))
            if kind == "entity":
                spans = [item for item in spans if item.label != 0]
            for item in spans:
                if item.start != item.end and seen[item.start:item.end].any():
                    taken = item.start + int(seen[item.start:item.end].argmax())
                    raise ValueError(Errors.E1010.format(i=taken))
                if not 0 <= item.start <= item.end <= self.length:
                    raise IndexError(Errors.E035.format(start=item.start, end=item.end, length=self.length))
                seen[item.start:item.end] = True
            checked.append((kind, spans))
        codes = {"blocked": 3, "missing": 0, "outside": 2, "unmodified": -1}
        for kind, spans in checked:
            for span in spans:
                if kind == "entity":
                    ids = None if span.data.id else self.array("ent_id")[span.data.start:span.data.end].copy()
                    self.set_entity(span.data.start, span.data.end, 3, 1, span.data.label, span.data.kb_id, span.data.id)
                    if ids is not None:  # a span without an id says nothing of it
                        self.array("ent_id")[span.data.start:span.data.end] = ids
                else:
                    self.set_entity(span.data.start, span.data.end, codes[kind], codes[kind], 0, 0, 0)
        self.set_other_entities(seen.view("uint8"), codes[default])

    @property
    def sents(self):
        """The sentences, as spans; ValueError E030 where no sentence boundaries are set."""
        cdef Py_ssize_t i, start = 0
        hook = find_hook(self, "user_hooks", "sents")
        if hook is not None:
            yield from hook(self)
            return
        if not self.has_annotation("SENT_START"):
            raise ValueError(Errors.E030)
        for i in range(1, self.length):
            if self.value(i, SENT_START) == 1:
                yield make_span(self, start, i, 0, 0, 0)
                start = i
        if start != self.length:
            yield make_span(self, start, self.length, 0, 0, 0)

    @property
    def noun_chunks(self):
        """Base noun phrases, as the language defines them; NotImplementedError E894 where it does not.

        English ones need a parse (ValueError E029).
        """
        chunks_of = self.noun_chunks_iterator
        if chunks_of is None:
            raise NotImplementedError(Errors.E894.format(lang=self.vocab.lang))
        cdef uint64_t label
        for start, end, label in list(chunks_of(self)):
            yield make_span(self, start, end, label, 0, 0)

    # Vectors

    @property
    def has_vector(self) -> bool:
        """Whether there is a vector for the Doc."""
        hook = find_hook(self, "user_hooks", "has_vector")
        if hook is not None:
            return hook(self)
        if self.vocab.vectors.size:
            return any(token.has_vector for token in self)
        return self.tensor.size > 0

    @property
    def vector(self):
        """Mean of the tokens' vectors, else of the rows of `tensor`, else zeros: float32 (width,)."""
        hook = find_hook(self, "user_hooks", "vector")
        if hook is not None:
            return hook(self)
        vector = self.extra("vector")
        if vector is None:
            vector = mean_vector(self, self)
            self.set_extra("vector", vector)
        return vector

    @vector.setter
    def vector(self, value) -> None:
        self.set_extra("vector", value)

    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
        hook = find_hook(self, "user_hooks", "vector_norm")
        if hook is not None:
            return hook(self)
        norm = self.extra("vector_norm")
        return norm_of(self.vector) if norm is None else norm

    @vector_norm.setter
    def vector_norm(self, value) -> None:
        self.set_extra("vector_norm", value)

    def similarity(self, other) -> float:
        """Cosine of the vectors of this Doc and another Doc, Span, Token or Lexeme."""
        hook = find_hook(self, "user_hooks", "similarity")
        if hook is not None:
            return hook(self, other)
        return similarity(self, other)

    # Copies and files

    def copy(self) -> "Doc":
        """A Doc of its own with the same content: columns copied, values of `user_data` deeply."""
        cdef Doc other = doc_from_rows(self.vocab, self.lex, self.spacy, self.length, self._text)
        other.generation = self.generation
        other.copy_columns(self)
        other.has_unknown_spaces = self.has_unknown_spaces
        for name, value in ({} if self.extras is None else self.extras).items():
            other.set_extra(name, _copied(name, value, other))
        return other

    def __copy__(self) -> "Doc":
        return self.copy()

    def __deepcopy__(self, memo) -> "Doc":
        return self.copy()

    def __reduce__(self):
        return (unpickled, (Doc, *pickled(self)))

    @staticmethod
    def from_docs(docs, bint ensure_whitespace=True, attrs=None, *, exclude=()):
        """One Doc of the texts in order, None for none. See `tagma.tokens.forms.joining.join_docs`."""
        docs = list(docs)
        return join_docs(Doc(docs[0].vocab), docs, ensure_whitespace, attrs, exclude) if docs else None

    def to_dict(self, *, exclude=()) -> dict:
        """What `to_bytes` packs."""
        return doc_to_dict(self, exclude)

    def from_dict(self, msg, *, exclude=()) -> "Doc":
        """Read `to_dict`'s content into this empty Doc."""
        return doc_from_dict(self, msg, exclude)

    def to_bytes(self, *, exclude=()) -> bytes:
        """The Doc as a msgpack map, in spaCy's layout."""
        return encode(self.to_dict(exclude=exclude))

    def from_bytes(self, bytes_data: bytes, *, exclude=()) -> "Doc":
        """Read `to_bytes` into this empty Doc (ValueError E033 unless empty, E4010 for altered bytes)."""
        return self.from_dict(unpack_map(bytes_data, "doc"), exclude=exclude)

    def to_disk(self, path, *, exclude=()) -> None:
        """Write `to_bytes` to a file."""
        Path(path).write_bytes(self.to_bytes(exclude=exclude))

    def from_disk(self, path, *, exclude=()) -> "Doc":
        """Read a file that `to_disk` wrote."""
        return self.from_bytes(Path(path).read_bytes(), exclude=exclude)

    def to_json(self, underscore=None) -> dict:
        """The Doc as JSON-serializable dict; `underscore` names extension attributes to add."""
        return doc_to_json(self, underscore)

    def from_json(self, doc_json, *, bint validate=False) -> "Doc":
        """Fill this empty Doc from `to_json`'s dict."""
        return doc_from_json(self, doc_json, validate)

    def to_utf8_array(self, int nr_char=-1):
        """UTF-8 bytes of the tokens, padded with 255: uint8 (n, `nr_char` or those of the longest).

        A row has the first byte, the last, the second, the second last, and so on, so that both ends of long words are in.
        """
        words = [token.text.encode("utf8") for token in self]
        width = max((len(word) for word in words), default=0) if nr_char < 0 else nr_char
        out = numpy.full((len(words), width), 255, dtype="uint8")
        for i, word in enumerate(words):
            n = min(len(word), width)
            taken = numpy.frombuffer(word, dtype="uint8")
            out[i, 0:n:2] = taken[:(n + 1) // 2]
            out[i, 1:n:2] = taken[::-1][:n // 2]
        return out


cdef class _Tokens:
    """Iterates over the tokens of a Doc."""

    cdef Doc doc
    cdef Py_ssize_t i

    def __iter__(self):
        return self

    def __next__(self):
        if self.i >= self.doc.length:
            raise StopIteration
        self.i += 1
        return make_token(self.doc, self.i - 1)


cdef dict _KNOWN_IDS = {**IDS, **{name.lower(): i for name, i in IDS.items()}}


cdef object _id_of(attr):
    """Id of an attribute, without the search where it is spelled as usual."""
    found = _KNOWN_IDS.get(attr) if isinstance(attr, str) else None
    return attr_id(attr) if found is None else found


def _with_normal_morphs(Vocab vocab, array, list ids):
    """The array with the keys of feature strings in their normal form."""
    cdef cnp.ndarray values = numpy.array(array).reshape(-1, len(ids)).astype("uint64")
    for j in [j for j, attr in enumerate(ids) if attr == MORPH]:
        for key in numpy.unique(values[:, j]).tolist():
            if key and key in vocab.strings and not vocab.morphology.is_normal(key):
                values[values[:, j] == key, j] = vocab.morphology.add(key)
    return values


def _copied(str name, value, Doc doc):
    """What a copy of a Doc, `doc`, has for one of the attributes that most Docs never have."""
    if name == "spans":
        return value.copy(doc=doc)
    if name == "user_data" or name == "cats":
        return copy.deepcopy(value) if value else {}
    if isinstance(value, dict):
        return dict(value)
    return value.copy() if name == "tensor" else value
