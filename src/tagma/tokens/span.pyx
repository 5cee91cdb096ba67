# distutils: language = c++
"""A span: consecutive tokens of a Doc, with a label if there is one."""

from itertools import chain

from libc.stdint cimport uint64_t
from libcpp.vector cimport vector

from tagma.symbols cimport IS_PUNCT, IS_SPACE
from tagma.tokens.doc cimport Doc, find_hook, uses_tensor
from tagma.tokens.token cimport Token, make_token

from tagma.errors import Errors
from tagma.tokens._vectors import mean_vector, norm_of, similarity
from tagma.tokens.forms.joining import span_as_doc
from tagma.tokens.table import lca_matrix
from tagma.tokens.underscore import Underscore, define, undefine

cdef class SpanData:
    """Bounds, label and ids of a span, without its Doc."""


cdef Span make_span(Doc doc, Py_ssize_t start, Py_ssize_t end, uint64_t label, uint64_t kb_id, uint64_t span_id):
    cdef SpanData data = SpanData.__new__(SpanData)
    doc.need_offsets()
    data.start, data.end = start, end
    data.start_char = doc.offsets[start]
    # An empty span ends where it starts.
    data.end_char = doc.offsets[end] - doc.spacy[end - 1] if end > start else data.start_char
    data.label, data.kb_id, data.id = label, kb_id, span_id
    return span_from(doc, data)


cdef Span span_from(Doc doc, SpanData data):
    cdef Span span = Span.__new__(Span)
    span.doc = doc
    span.data = data
    return span


cdef uint64_t _key(Doc doc, object value, str what) except? 0:
    """Key of a label or id given as text, or a key that the string store knows (ValueError E084)."""
    if isinstance(value, str):
        return doc.vocab.strings.add(value)
    if value is None or isinstance(value, float):
        raise TypeError(Errors.E017.format(value_type=type(value)))
    if value not in doc.vocab.strings:
        raise ValueError(Errors.E084.format(label=value))
    return value


cdef class Span:
    """`doc[start:end]`, or `Span(doc, start, end, label="ORG")`."""

    def __init__(
        self, Doc doc not None, Py_ssize_t start, Py_ssize_t end, label=0, vector=None, vector_norm=None, kb_id=0, span_id=0
    ) -> None:
        """IndexError E035 unless 0 <= start <= end <= len(doc); ValueError E084 for a label that is an unknown key."""
        if not 0 <= start <= end <= doc.length:
            raise IndexError(Errors.E035.format(start=start, end=end, length=doc.length))
        cdef Span made = make_span(doc, start, end, _key(doc, label, "label"), _key(doc, kb_id, "kb_id"), _key(doc, span_id, "id"))
        self.doc = doc
        self.data = made.data
        self._vector = vector
        self._vector_norm = vector_norm

    def _order(self) -> tuple:
        return (self.data.start_char, self.data.end_char, self.data.label, self.data.kb_id, self.data.id)

    def __richcmp__(self, other, int op):
        if not isinstance(other, Span):
            if op == 2 or op == 3:
                return op == 3
            return NotImplemented
        cdef Span span = <Span>other
        a, b = self._order(), span._order()
        same = a == b and self.doc is span.doc
        if op == 2:
            return same
        if op == 3:
            return not same
        return (a < b, a <= b, None, None, a > b, a >= b)[op]

    def __hash__(self):
        return hash((id(self.doc), *self._order()))

    def __len__(self) -> int:
        return max(0, self.data.end - self.data.start)

    def __repr__(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text

    def __reduce__(self):
        raise NotImplementedError(Errors.E112)

    def __getitem__(self, i):
        """A Token, or a Span for a slice. IndexError E1002 outside, ValueError E057 for slices with a step."""
        cdef Py_ssize_t index
        if isinstance(i, slice):
            if i.step is not None and i.step != 1:
                raise ValueError(Errors.E057)
            start, stop, _ = i.indices(len(self))
            return Span(self.doc, self.data.start + start, self.data.start + max(start, stop))
        index = i
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(Errors.E1002)
        return self.doc[self.data.start + index]

    def __iter__(self):
        cdef Py_ssize_t i
        for i in range(self.data.start, min(self.data.end, self.doc.length)):
            yield make_token(self.doc, i)

    @property
    def vocab(self):
        """The Doc's vocabulary."""
        return self.doc.vocab

    @property
    def _(self):
        """Extension attributes: `span._.name`."""
        return Underscore(Underscore.span_extensions, self, start=self.start_char, end=self.end_char)

    @classmethod
    def set_extension(cls, name: str, **kwargs) -> None:
        """Define an extension by `default`, `method`, or `getter` (and `setter`); `force=True` replaces (else E090)."""
        define(Underscore.span_extensions, "Span", name, **kwargs)

    @classmethod
    def get_extension(cls, name: str) -> "Extension | None":
        """(default, method, getter, setter)."""
        return Underscore.span_extensions.get(name)

    @classmethod
    def has_extension(cls, name: str) -> bool:
        """Whether the extension is defined."""
        return name in Underscore.span_extensions

    @classmethod
    def remove_extension(cls, name: str) -> "Extension":
        """Undefine an extension and return its definition (ValueError E046)."""
        return undefine(Underscore.span_extensions, name)

    # Bounds and labels

    @property
    def start(self) -> int:
        """Index of the first token."""
        return self.data.start

    @start.setter
    def start(self, Py_ssize_t value) -> None:
        if value < 0:
            raise IndexError(Errors.E1032.format(var="start", forbidden="< 0", value=value))
        self._set_bounds(value, self.data.end)

    @property
    def end(self) -> int:
        """Index after the last token."""
        return self.data.end

    @end.setter
    def end(self, Py_ssize_t value) -> None:
        if value < 0:
            raise IndexError(Errors.E1032.format(var="end", forbidden="< 0", value=value))
        self._set_bounds(self.data.start, value)

    @property
    def start_char(self) -> int:
        """Offset of the first character in the Doc's text."""
        return self.data.start_char

    @start_char.setter
    def start_char(self, Py_ssize_t value) -> None:
        if value < 0:
            raise IndexError(Errors.E1032.format(var="start_char", forbidden="< 0", value=value))
        cdef Py_ssize_t index
        self.doc.need_offsets()
        index = self.doc.starting_before(value)
        if index == self.doc.length or self.doc.offsets[index] != value:
            raise ValueError(Errors.E4383.format(char=value, border="starts"))
        self._set_bounds(index, self.data.end)

    @property
    def end_char(self) -> int:
        """Offset after the last character in the Doc's text."""
        return self.data.end_char

    @end_char.setter
    def end_char(self, Py_ssize_t value) -> None:
        if value < 0:
            raise IndexError(Errors.E1032.format(var="end_char", forbidden="< 0", value=value))
        cdef Py_ssize_t index
        self.doc.need_offsets()
        index = self.doc.ending_after(value)
        if index == 0 or self.doc.offsets[index] - self.doc.spacy[index - 1] != value:
            raise ValueError(Errors.E4383.format(char=value, border="ends"))
        self._set_bounds(self.data.start, index)

    def _set_bounds(self, Py_ssize_t start, Py_ssize_t end) -> None:
        """Tokens and characters together; IndexError E035 for bounds that do not fit."""
        cdef Span other
        if not 0 <= start <= end <= self.doc.length:
            raise IndexError(Errors.E035.format(start=start, end=end, length=self.doc.length))
        other = make_span(self.doc, start, end, self.data.label, self.data.kb_id, self.data.id)
        self.data = other.data

    @property
    def label(self) -> int:
        """Key of the label."""
        return self.data.label

    @label.setter
    def label(self, uint64_t value) -> None:
        self.data.label = value

    @property
    def label_(self) -> str:
        """The label."""
        return self.doc.vocab.strings.text(self.data.label)

    @label_.setter
    def label_(self, str value not None) -> None:
        self.data.label = self.doc.vocab.strings.add(value)

    @property
    def kb_id(self) -> int:
        """Key of the id in a knowledge base."""
        return self.data.kb_id

    @kb_id.setter
    def kb_id(self, uint64_t value) -> None:
        self.data.kb_id = value

    @property
    def kb_id_(self) -> str:
        """Id in a knowledge base."""
        return self.doc.vocab.strings.text(self.data.kb_id)

    @kb_id_.setter
    def kb_id_(self, str value not None) -> None:
        self.data.kb_id = self.doc.vocab.strings.add(value)

    @property
    def id(self) -> int:
        """Key of the span's own id."""
        return self.data.id

    @id.setter
    def id(self, uint64_t value) -> None:
        self.data.id = value

    @property
    def id_(self) -> str:
        """The span's own id."""
        return self.doc.vocab.strings.text(self.data.id)

    @id_.setter
    def id_(self, str value not None) -> None:
        self.data.id = self.doc.vocab.strings.add(value)

    @property
    def ent_id(self) -> int:
        """Key of the entity's id that the span's root has; cannot be set (NotImplementedError E200)."""
        return self.root.ent_id

    @ent_id.setter
    def ent_id(self, value) -> None:
        raise NotImplementedError(Errors.E200.format(attr="ent_id"))

    @property
    def ent_id_(self) -> str:
        """The entity's id that the span's root has; cannot be set (NotImplementedError E200)."""
        return self.root.ent_id_

    @ent_id_.setter
    def ent_id_(self, value) -> None:
        raise NotImplementedError(Errors.E200.format(attr="ent_id_"))

    # Text and content

    @property
    def text(self) -> str:
        """The text, without the white space after the last token."""
        return self.doc.slice_text(self.data.start, min(self.data.end, self.doc.length), False)

    @property
    def text_with_ws(self) -> str:
        """The text and the white space after the last token."""
        return self.doc.slice_text(self.data.start, min(self.data.end, self.doc.length), True)

    @property
    def orth_(self) -> str:
        """The same as `text`."""
        return self.text

    @property
    def lemma_(self) -> str:
        """The lemmas with their tokens' white space, stripped."""
        return "".join(token.lemma_ + token.whitespace_ for token in self).strip()

    def to_array(self, py_attr_ids):
        """Attributes of the tokens as `Doc.to_array` gives them: uint64 (n, attributes), or (n,) for a single one."""
        return self.doc.to_array(py_attr_ids)[self.data.start:self.data.end]

    def char_span(self, int start_idx, int end_idx, label=0, kb_id=0, vector=None, id=0, str alignment_mode="strict", span_id=0):
        """Span of characters counted from this span's start, None where there is none. See `Doc.char_span`."""
        return self.doc.char_span(
            self.data.start_char + start_idx,
            self.data.start_char + end_idx,
            label=label,
            kb_id=kb_id,
            vector=vector,
            alignment_mode=alignment_mode,
            span_id=id or span_id,
        )

    def as_doc(self, *, bint copy_user_data=False, array_head=None, array=None):
        """A Doc of its own with a copy of the tokens and annotations; heads outside of the span become roots."""
        return span_as_doc(Doc(self.doc.vocab), self, copy_user_data, array_head, array)

    @property
    def ents(self) -> tuple:
        """The entities that lie inside."""
        return tuple(ent for ent in self.doc.ents if ent.start >= self.data.start and ent.end <= self.data.end)

    @property
    def sent(self) -> "Span":
        """The sentence of the first token (ValueError E030 where no boundaries are set)."""
        cdef Py_ssize_t start, end
        hook = find_hook(self.doc, "user_span_hooks", "sent")
        if hook is not None:
            return hook(self)
        hook = find_hook(self.doc, "user_hooks", "sents")
        if hook is not None:
            for sentence in hook(self.doc):
                if sentence.start <= self.data.start < sentence.end:
                    return sentence
        if not self.doc.has_annotation("SENT_START"):
            raise ValueError(Errors.E030)
        self.doc.sentence_bounds(min(self.data.start, self.doc.length - 1), &start, &end)
        return self.doc[start:end]

    @property
    def sents(self):
        """The sentences that the span touches."""
        hook = find_hook(self.doc, "user_span_hooks", "sents")
        if hook is not None:
            yield from hook(self)
            return
        last = None
        for sentence in self.doc.sents:
            if sentence.start > self.data.start and sentence.start >= self.data.end:
                break
            if sentence.end > self.data.start:
                yield sentence
            last = sentence
        # An empty span after the last token belongs to the last sentence.
        if last is not None and self.data.start == self.doc.length:
            yield last

    @property
    def noun_chunks(self):
        """The base noun phrases of the Doc that lie inside; errors as for `Doc.noun_chunks`."""
        for chunk in self.doc.noun_chunks:
            if self.data.start <= chunk.start and chunk.end <= self.data.end:
                yield chunk

    # Dependencies

    @property
    def root(self):
        """The token nearest to the root of the parse, the first of several; the first token without a parse.

        Punctuation and whitespace on which nothing hangs is the root only of a span that has nothing else.
        """
        hook = find_hook(self.doc, "user_span_hooks", "root")
        if hook is not None:
            return hook(self)
        return self.doc[Roots(self.doc).root_of(self.data.start, self.data.end)]

    @property
    def conjuncts(self) -> tuple:
        """Tokens coordinated with the root."""
        return self.root.conjuncts

    @property
    def lefts(self):
        """Tokens to the left whose heads are inside."""
        return _outside(self, [token.lefts for token in reversed(list(self))])

    @property
    def rights(self):
        """Tokens to the right whose heads are inside."""
        return _outside(self, [token.rights for token in self])

    @property
    def n_lefts(self) -> int:
        """Number of `lefts`."""
        return len(list(self.lefts))

    @property
    def n_rights(self) -> int:
        """Number of `rights`."""
        return len(list(self.rights))

    @property
    def subtree(self):
        """The tokens inside and all their descendants."""
        return chain(*(token.subtree for token in self.lefts), self, *(token.subtree for token in self.rights))

    def get_lca_matrix(self):
        """Lowest common ancestors relative to the span, -1 where there is none inside: int32 (n, n)."""
        return lca_matrix(self.doc, self.data.start, self.data.end)

    # Vectors

    def similarity(self, other) -> float:
        """Cosine of the vectors of this span and another Span, Doc, Token or Lexeme."""
        hook = find_hook(self.doc, "user_span_hooks", "similarity")
        if hook is not None:
            return hook(self, other)
        return similarity(self, other)

    @property
    def has_vector(self) -> bool:
        """Whether there is a vector."""
        hook = find_hook(self.doc, "user_span_hooks", "has_vector")
        if hook is not None:
            return hook(self)
        return any(token.has_vector for token in self) if self.doc.vocab.vectors.size else uses_tensor(self.doc)

    @property
    def vector(self):
        """Mean of the tokens' vectors, else of their rows of the Doc's tensor, else zeros: float32 (width,)."""
        hook = find_hook(self.doc, "user_span_hooks", "vector")
        if hook is not None:
            return hook(self)
        if self._vector is None:
            self._vector = mean_vector(self.doc, self)
        return self._vector

    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
        hook = find_hook(self.doc, "user_span_hooks", "vector_norm")
        if hook is not None:
            return hook(self)
        return norm_of(self.vector) if self._vector_norm is None else self._vector_norm

    @property
    def tensor(self):
        """The span's rows of the Doc's tensor, None where the Doc has none."""
        if self.doc.tensor.size == 0:
            return None
        return self.doc.tensor[self.data.start:self.data.end]

    @property
    def sentiment(self) -> float:
        """Mean of the tokens' sentiment."""
        hook = find_hook(self.doc, "user_span_hooks", "sentiment")
        if hook is not None:
            return hook(self)
        values = [token.sentiment for token in self]
        return sum(values) / len(values) if values else 0.0


cdef class Roots:
    """Finds the root of spans: a token whose head is itself, else the one with the fewest steps to such a token."""

    def __init__(self, Doc doc not None) -> None:
        self.doc = doc
        self.first, self.past = 0, 0

    cdef Py_ssize_t root_of(self, Py_ssize_t start, Py_ssize_t end) except -1:
        cdef Py_ssize_t i, steps, best = -1, fewest = self.doc.length
        for i in range(start, end):
            if self.doc.head_of(i) == i:
                return i
        for i in range(start, end):
            if start <= self.doc.head_of(i) < end:
                continue
            steps = self.steps_from(i)
            if steps < fewest and self.is_bare(i):
                steps = self.doc.length - 1
            if steps < fewest:
                best, fewest = i, steps
        return start if best < 0 else best

    cdef Py_ssize_t steps_from(self, Py_ssize_t i) except -1:
        """More than there are tokens where heads go in a circle."""
        cdef vector[Py_ssize_t] path
        cdef Py_ssize_t at = i, head, steps = 0, k
        while self.steps.count(at) == 0:
            self.steps[at] = self.doc.length + 1
            path.push_back(at)
            head = self.doc.head_of(at)
            if head == at:
                self.steps[at] = 0
                path.pop_back()
                break
            at = head
        steps = self.steps[at]
        for k in range(<Py_ssize_t>path.size() - 1, -1, -1):
            steps = min(steps + 1, self.doc.length + 1)
            self.steps[path[k]] = steps
        return self.steps[i]

    cdef bint is_bare(self, Py_ssize_t i) except -1:
        """Whether a token is of punctuation or whitespace, and nothing hangs on it."""
        cdef Py_ssize_t j, head
        if not self.doc.value(i, IS_PUNCT) and not self.doc.value(i, IS_SPACE):
            return False
        if not self.first <= i < self.past:
            self.doc.sentence_bounds(i, &self.first, &self.past)
            self.is_head.assign(self.past - self.first, 0)
            for j in range(self.first, self.past):
                head = self.doc.head_of(j)
                if head != j and self.first <= head < self.past:
                    self.is_head[head - self.first] = 1
        return self.is_head[i - self.first] == 0


def _outside(Span span not None, list branches):
    """The tokens of several iterables, one after the other, that are not in the span."""
    return (token for token in chain.from_iterable(branches) if not span.data.start <= token.i < span.data.end)
