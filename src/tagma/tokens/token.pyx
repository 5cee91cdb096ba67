# distutils: language = c++
"""A token: a view of one position of a Doc, made on demand."""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t

from tagma.symbols cimport (
    ADJ, DEP, ENT_ID, ENT_IOB, ENT_KB_ID, ENT_TYPE, ID, IDX, IS_ALPHA, IS_ASCII, IS_BRACKET, IS_CURRENCY, IS_DIGIT,
    IS_LEFT_PUNCT, IS_LOWER, IS_PUNCT, IS_QUOTE, IS_RIGHT_PUNCT, IS_SPACE, IS_STOP, IS_TITLE, IS_UPPER, LANG, LEMMA, LENGTH,
    LIKE_EMAIL, LIKE_NUM, LIKE_URL, LOWER, MORPH, NORM, ORTH, POS, PREFIX, SENT_START, SHAPE, SPACE, SPACY, SUFFIX, TAG,
    conj as CONJ,
)
from tagma.tokens.doc cimport Doc, find_hook, uses_tensor
from tagma.tokens.table cimport COL_HEAD, COL_POS, COL_SENT_START, column_of
from tagma.vocab cimport Vocab

from tagma.errors import Errors
from tagma.lexeme import Lexeme
from tagma.morphology import MorphAnalysis
from tagma.parts_of_speech import IDS as POS_IDS
from tagma.tokens._vectors import norm_of, similarity
from tagma.tokens.table import IOB_STRINGS
from tagma.tokens.underscore import Underscore, define, undefine

cdef Token make_token(Doc doc, Py_ssize_t i):
    cdef Token token = Token.__new__(Token)
    token.doc = doc
    token.vocab = doc.vocab
    token.i = i
    return token


cdef class Token:
    """`doc[i]`. Names that end in an underscore give text, the others the keys."""

    def __init__(self, Vocab vocab, Doc doc not None, int offset) -> None:
        """IndexError E040 for an offset outside of the Doc."""
        if not 0 <= offset < doc.length:
            raise IndexError(Errors.E040.format(i=offset, max_length=doc.length))
        self.doc = doc
        self.vocab = vocab
        self.i = offset

    cdef uint64_t get(self, int attr) except? 0:
        if self.i >= self.doc.length:
            raise IndexError(Errors.E040.format(i=self.i, max_length=self.doc.length))
        return self.doc.value(self.i, attr)

    cdef int set(self, int attr, uint64_t value) except -1:
        """Overwrite one value of a column of keys."""
        if self.i >= self.doc.length:
            raise IndexError(Errors.E040.format(i=self.i, max_length=self.doc.length))
        (<uint64_t*>self.doc.need(column_of(attr)))[self.i] = value
        return 0

    cdef str string(self, int attr):
        cdef uint64_t key = self.get(attr)
        return self.vocab.strings.text(key)

    def __len__(self) -> int:
        return self.get(LENGTH)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def __hash__(self):
        return hash((id(self.doc), self.i))

    def __richcmp__(self, other, int op):
        if not isinstance(other, Token):
            return NotImplemented if op not in (2, 3) else op == 3
        cdef Token token = <Token>other
        if self.doc is not token.doc:
            a, b = id(self.doc), id(token.doc)
        else:
            a, b = self.i, token.i
        return (a < b, a <= b, a == b, a != b, a > b, a >= b)[op]

    def __reduce__(self):
        raise NotImplementedError(Errors.E111)

    @property
    def _(self):
        """Extension attributes: `token._.name`."""
        return Underscore(Underscore.token_extensions, self, start=self.idx, end=None)

    @classmethod
    def set_extension(cls, name: str, **kwargs) -> None:
        """Define an extension by `default`, `method`, or `getter` (and `setter`); `force=True` replaces (else E090)."""
        define(Underscore.token_extensions, "Token", name, **kwargs)

    @classmethod
    def get_extension(cls, name: str) -> "Extension | None":
        """(default, method, getter, setter)."""
        return Underscore.token_extensions.get(name)

    @classmethod
    def has_extension(cls, name: str) -> bool:
        """Whether the extension is defined."""
        return name in Underscore.token_extensions

    @classmethod
    def remove_extension(cls, name: str) -> "Extension":
        """Undefine an extension and return its definition (ValueError E046)."""
        return undefine(Underscore.token_extensions, name)

    def check_flag(self, int flag_id) -> bool:
        """Value of a boolean attribute (ValueError E063 for ids outside 1 to 63)."""
        if not 0 < flag_id < 64:
            raise ValueError(Errors.E063.format(value=flag_id))
        return self.get(flag_id) != 0

    def nbor(self, int i=1) -> "Token":
        """The token `i` places to the right; IndexError E042 outside of the Doc."""
        if not 0 <= self.i + i < self.doc.length:
            raise IndexError(Errors.E042.format(i=self.i, j=i, length=self.doc.length))
        return make_token(self.doc, self.i + i)

    def similarity(self, other) -> float:
        """Cosine of the vectors of this token and another Token, Span, Doc or Lexeme."""
        hook = find_hook(self.doc, "user_token_hooks", "similarity")
        if hook is not None:
            return hook(self, other)
        return similarity(self, other)

    # Text

    @property
    def lex(self):
        """The Lexeme."""
        return Lexeme(self.vocab, self.get(ORTH))

    @property
    def lex_id(self) -> int:
        """Row of the vectors, 2**64 - 1 where there is none."""
        return self.get(ID)

    @property
    def rank(self) -> int:
        """Row of the vectors, 2**64 - 1 where there is none."""
        return self.get(ID)

    @property
    def text(self) -> str:
        """The text."""
        return self.string(ORTH)

    @property
    def orth_(self) -> str:
        """The text."""
        return self.string(ORTH)

    @property
    def orth(self) -> int:
        """Key of the text."""
        return self.get(ORTH)

    @property
    def text_with_ws(self) -> str:
        """The text and the space that follows, if any."""
        return self.string(ORTH) + " " if self.get(SPACY) else self.string(ORTH)

    @property
    def whitespace_(self) -> str:
        """The space that follows, or ""."""
        return " " if self.get(SPACY) else ""

    @property
    def idx(self) -> int:
        """Offset of the first character in the Doc's text."""
        return self.get(IDX)

    @property
    def prob(self) -> float:
        """Log probability of the lexeme."""
        return self.lex.prob

    @property
    def cluster(self) -> int:
        """Brown cluster of the lexeme."""
        return self.lex.cluster

    @property
    def sentiment(self) -> float:
        """Sentiment of the lexeme, or of `user_token_hooks`."""
        hook = find_hook(self.doc, "user_token_hooks", "sentiment")
        if hook is not None:
            return hook(self)
        return self.lex.sentiment

    @property
    def lang(self) -> int:
        """Key of the language's code."""
        return self.get(LANG)

    @property
    def lang_(self) -> str:
        """Code of the language."""
        return self.lex.lang_

    @property
    def is_oov(self) -> bool:
        """Whether the text has no vector."""
        return self.get(ORTH) not in self.vocab.vectors

    @property
    def norm(self) -> int:
        """Key of the normal form."""
        return self.get(NORM)

    @property
    def norm_(self) -> str:
        """The normal form: of the token (the tokenizer's exceptions set one), else of the lexeme."""
        return self.string(NORM)

    @norm_.setter
    def norm_(self, str value not None) -> None:
        self.doc.check()
        self.doc.lex[self.i] = self.vocab.variant(self.doc.lex[self.i], self.vocab.strings.key(value))

    @property
    def lower(self) -> int:
        """Key of the text in lower case."""
        return self.get(LOWER)

    @property
    def lower_(self) -> str:
        """The text in lower case."""
        return self.string(LOWER)

    @property
    def shape(self) -> int:
        """Key of the shape: case and digits."""
        return self.get(SHAPE)

    @property
    def shape_(self) -> str:
        """The shape: case and digits."""
        return self.string(SHAPE)

    @property
    def prefix(self) -> int:
        """Key of the first character."""
        return self.get(PREFIX)

    @property
    def prefix_(self) -> str:
        """The first character."""
        return self.string(PREFIX)

    @property
    def suffix(self) -> int:
        """Key of the last three characters."""
        return self.get(SUFFIX)

    @property
    def suffix_(self) -> str:
        """The last three characters."""
        return self.string(SUFFIX)

    @property
    def is_alpha(self) -> bool:
        """Whether all characters are letters."""
        return self.get(IS_ALPHA) != 0

    @property
    def is_ascii(self) -> bool:
        """Whether all characters are ASCII."""
        return self.get(IS_ASCII) != 0

    @property
    def is_digit(self) -> bool:
        """Whether all characters are digits."""
        return self.get(IS_DIGIT) != 0

    @property
    def is_lower(self) -> bool:
        """Whether the text is in lower case."""
        return self.get(IS_LOWER) != 0

    @property
    def is_punct(self) -> bool:
        """Whether the text is punctuation."""
        return self.get(IS_PUNCT) != 0

    @property
    def is_space(self) -> bool:
        """Whether the text is white space."""
        return self.get(IS_SPACE) != 0

    @property
    def is_title(self) -> bool:
        """Whether the text is in title case."""
        return self.get(IS_TITLE) != 0

    @property
    def is_upper(self) -> bool:
        """Whether the text is in upper case."""
        return self.get(IS_UPPER) != 0

    @property
    def is_bracket(self) -> bool:
        """Whether the text is a bracket."""
        return self.get(IS_BRACKET) != 0

    @property
    def is_quote(self) -> bool:
        """Whether the text is a quotation mark."""
        return self.get(IS_QUOTE) != 0

    @property
    def is_left_punct(self) -> bool:
        """Whether the text is an opening mark."""
        return self.get(IS_LEFT_PUNCT) != 0

    @property
    def is_right_punct(self) -> bool:
        """Whether the text is a closing mark."""
        return self.get(IS_RIGHT_PUNCT) != 0

    @property
    def is_currency(self) -> bool:
        """Whether the text is a currency sign."""
        return self.get(IS_CURRENCY) != 0

    @property
    def like_num(self) -> bool:
        """Whether the text looks like a number."""
        return self.get(LIKE_NUM) != 0

    @property
    def like_url(self) -> bool:
        """Whether the text looks like a URL."""
        return self.get(LIKE_URL) != 0

    @property
    def like_email(self) -> bool:
        """Whether the text looks like an e-mail address."""
        return self.get(LIKE_EMAIL) != 0

    @property
    def is_stop(self) -> bool:
        """Whether the text is a stop word."""
        return self.get(IS_STOP) != 0

    # Annotation

    @property
    def tag(self) -> int:
        """Key of the fine-grained part of speech."""
        return self.get(TAG)

    @tag.setter
    def tag(self, uint64_t value) -> None:
        self.set(TAG, value)

    @property
    def tag_(self) -> str:
        """Fine-grained part of speech."""
        return self.string(TAG)

    @tag_.setter
    def tag_(self, value) -> None:
        if not isinstance(value, str):
            raise TypeError(Errors.E017.format(value_type=type(value)))
        self.set(TAG, self.vocab.strings.key(value))

    @property
    def lemma(self) -> int:
        """Key of the base form."""
        return self.get(LEMMA)

    @lemma.setter
    def lemma(self, uint64_t value) -> None:
        self.set(LEMMA, value)

    @property
    def lemma_(self) -> str:
        """Base form."""
        return self.string(LEMMA)

    @lemma_.setter
    def lemma_(self, value) -> None:
        if not isinstance(value, str):
            raise TypeError(Errors.E017.format(value_type=type(value)))
        self.set(LEMMA, self.vocab.strings.key(value))

    @property
    def dep(self) -> int:
        """Key of the dependency label."""
        return self.get(DEP)

    @dep.setter
    def dep(self, uint64_t value) -> None:
        self.set(DEP, value)

    @property
    def dep_(self) -> str:
        """Dependency label."""
        return self.string(DEP)

    @dep_.setter
    def dep_(self, value) -> None:
        if not isinstance(value, str):
            raise TypeError(Errors.E017.format(value_type=type(value)))
        self.set(DEP, self.vocab.strings.key(value))

    @property
    def ent_type(self) -> int:
        """Key of the entity label."""
        return self.get(ENT_TYPE)

    @ent_type.setter
    def ent_type(self, uint64_t value) -> None:
        self.set(ENT_TYPE, value)

    @property
    def ent_type_(self) -> str:
        """Entity label."""
        return self.string(ENT_TYPE)

    @ent_type_.setter
    def ent_type_(self, value) -> None:
        if not isinstance(value, str):
            raise TypeError(Errors.E017.format(value_type=type(value)))
        self.set(ENT_TYPE, self.vocab.strings.key(value))

    @property
    def ent_kb_id(self) -> int:
        """Key of the entity's id in a knowledge base."""
        return self.get(ENT_KB_ID)

    @ent_kb_id.setter
    def ent_kb_id(self, uint64_t value) -> None:
        self.set(ENT_KB_ID, value)

    @property
    def ent_kb_id_(self) -> str:
        """Entity's id in a knowledge base."""
        return self.string(ENT_KB_ID)

    @ent_kb_id_.setter
    def ent_kb_id_(self, value) -> None:
        if not isinstance(value, str):
            raise TypeError(Errors.E017.format(value_type=type(value)))
        self.set(ENT_KB_ID, self.vocab.strings.key(value))

    @property
    def ent_id(self) -> int:
        """Key of the entity's own id."""
        return self.get(ENT_ID)

    @ent_id.setter
    def ent_id(self, uint64_t value) -> None:
        self.set(ENT_ID, value)

    @property
    def ent_id_(self) -> str:
        """Entity's own id."""
        return self.string(ENT_ID)

    @ent_id_.setter
    def ent_id_(self, value) -> None:
        if not isinstance(value, str):
            raise TypeError(Errors.E017.format(value_type=type(value)))
        self.set(ENT_ID, self.vocab.strings.key(value))

    @property
    def pos(self) -> int:
        """Id of the coarse part of speech (Universal Dependencies)."""
        return self.get(POS)

    @pos.setter
    def pos(self, uint64_t value) -> None:
        if value != 0 and not ADJ <= value <= SPACE:
            raise ValueError(Errors.E1021.format(pp=value))
        self.get(POS)
        (<uint8_t*>self.doc.need(COL_POS))[self.i] = <uint8_t>value

    @property
    def pos_(self) -> str:
        """Coarse part of speech (Universal Dependencies)."""
        return self.string(POS)

    @pos_.setter
    def pos_(self, value) -> None:
        if value not in POS_IDS:
            raise ValueError(Errors.E1021.format(pp=value))
        self.pos = POS_IDS[value]

    @property
    def morph(self):
        """The morphological features, a MorphAnalysis."""
        return MorphAnalysis.from_id(self.vocab, self.get(MORPH))

    @morph.setter
    def morph(self, morph) -> None:
        """From a MorphAnalysis of the same vocabulary (TypeError for others, ValueError E1013)."""
        if not isinstance(morph, MorphAnalysis):
            raise TypeError(Errors.E4498.format(type=type(morph)))
        if self.vocab.strings is not morph.vocab.strings:
            raise ValueError(Errors.E1013)
        self.set(MORPH, morph.key)

    def set_morph(self, features) -> None:
        """Set the features from a string, a dict, or a key; None makes them unset."""
        self.set(MORPH, 0 if features is None else self.vocab.morphology.add(features))

    def has_morph(self) -> bool:
        """Whether the features are set, be it to none."""
        return self.get(MORPH) != 0

    @property
    def ent_iob(self) -> int:
        """0 unknown, 1 inside, 2 outside, 3 begin of an entity."""
        return self.get(ENT_IOB)

    @property
    def ent_iob_(self) -> str:
        """"B", "I", "O", or "" for unknown."""
        return IOB_STRINGS[self.get(ENT_IOB)]

    @classmethod
    def iob_strings(cls) -> tuple:
        """Texts of the values of `ent_iob`."""
        return IOB_STRINGS

    # Sentences

    @property
    def sent_start(self):
        """1, -1 or 0 (unknown); False for the first token, as in the first versions. Use `is_sent_start`."""
        if self.i == 0:
            return False
        return <int64_t>self.get(SENT_START)

    @sent_start.setter
    def sent_start(self, value) -> None:
        self.is_sent_start = value

    @property
    def is_sent_start(self):
        """Whether a sentence starts here; None where that is unknown."""
        cdef int64_t value = <int64_t>self.get(SENT_START)
        return None if value == 0 else value > 0

    @is_sent_start.setter
    def is_sent_start(self, value) -> None:
        """True, False or None (ValueError E044 for others, E043 where a parse gives the boundaries)."""
        if self.doc.has_annotation("DEP"):
            raise ValueError(Errors.E043)
        if value is not None and not isinstance(value, bool):
            raise ValueError(Errors.E044.format(value=value))
        self.get(SENT_START)
        (<int8_t*>self.doc.need(COL_SENT_START))[self.i] = 0 if value is None else (1 if value else -1)

    @property
    def is_sent_end(self):
        """Whether a sentence ends here; None where that is unknown."""
        if self.i + 1 == self.doc.length:
            return True
        return make_token(self.doc, self.i + 1).is_sent_start

    @is_sent_end.setter
    def is_sent_end(self, value) -> None:
        raise ValueError(Errors.E196)

    @property
    def sent(self):
        """The sentence, a Span."""
        hook = find_hook(self.doc, "user_token_hooks", "sent")
        return self.doc[self.i:self.i + 1].sent if hook is None else hook(self)

    # Dependencies

    def has_dep(self) -> bool:
        """Whether the dependency label is set."""
        return self.get(DEP) != 0

    def has_head(self) -> bool:
        """Whether the head is set; that is so where the label is."""
        return self.get(DEP) != 0

    @property
    def head(self) -> "Token":
        """The syntactic parent, the token itself for roots."""
        return make_token(self.doc, self.doc.head_of(self.i))

    @head.setter
    def head(self, Token new_head not None) -> None:
        """A token of the same Doc (ValueError E191). Sentence boundaries follow."""
        cdef Py_ssize_t start, end, other_start, other_end
        if new_head.doc is not self.doc:
            raise ValueError(Errors.E191)
        if self.doc.head_of(self.i) == new_head.i:
            return
        start, end = _widest(self)
        other_start, other_end = _widest(new_head)
        (<int32_t*>self.doc.need(COL_HEAD))[self.i] = <int32_t>(new_head.i - self.i)
        self.doc.sentences_from_heads(min(start, other_start), max(end, other_end))

    @property
    def ancestors(self):
        """The head, its head, and so on."""
        cdef Py_ssize_t at = self.i, head, steps = 0
        while steps <= self.doc.length:
            head = self.doc.head_of(at)
            if head == at:
                return
            yield make_token(self.doc, head)
            at = head
            steps += 1

    def is_ancestor(self, Token descendant not None) -> bool:
        """Whether this token is above another one of the same Doc."""
        return self in descendant.ancestors

    cdef list _children(self, bint left, bint right):
        cdef Py_ssize_t start, end, j
        cdef list out = []
        if self.doc.col[COL_HEAD] is NULL:
            return out
        self.doc.tree_bounds(self.i, &start, &end)
        for j in range(start if left else self.i + 1, end if right else self.i):
            if j != self.i and self.doc.head_of(j) == self.i:
                out.append(make_token(self.doc, j))
        return out

    @property
    def lefts(self):
        """Children to the left."""
        hook = find_hook(self.doc, "user_token_hooks", "lefts")
        if hook is not None:
            yield from hook(self)
            return
        yield from self._children(True, False)

    @property
    def rights(self):
        """Children to the right."""
        hook = find_hook(self.doc, "user_token_hooks", "rights")
        if hook is not None:
            yield from hook(self)
            return
        yield from self._children(False, True)

    @property
    def children(self):
        """Children in order."""
        yield from self._children(True, True)

    @property
    def n_lefts(self) -> int:
        """Number of children to the left."""
        return len(self._children(True, False))

    @property
    def n_rights(self) -> int:
        """Number of children to the right."""
        return len(self._children(False, True))

    cdef list _descendants(self):
        """Indices of the token and all below it, ascending."""
        cdef Py_ssize_t start, end, j, at, head
        cdef dict below = {self.i: True}
        cdef list path
        self.doc.tree_bounds(self.i, &start, &end)
        if self.doc.col[COL_HEAD] is NULL:
            return [self.i]
        for j in range(start, end):
            path = []
            at = j
            while at not in below:
                below[at] = False
                path.append(at)
                at = self.doc.head_of(at)
            if below[at]:
                for at in path:
                    below[at] = True
        return sorted(i for i, inside in below.items() if inside)

    @property
    def subtree(self):
        """The token and all below it: the subtrees of its left children, itself, the subtrees of its right children."""
        cdef list stack, left, right
        cdef Token token
        hook = find_hook(self.doc, "user_token_hooks", "subtree")
        if hook is not None:
            yield from hook(self)
            return
        stack = [(self, False)]
        seen = set()
        while stack:
            token, expanded = stack.pop()
            if expanded:
                yield token
            elif token.i not in seen:
                seen.add(token.i)
                left, right = token._children(True, False), token._children(False, True)
                stack.extend([(child, False) for child in reversed(right)])
                stack.append((token, True))
                stack.extend([(child, False) for child in reversed(left)])

    @property
    def left_edge(self) -> "Token":
        """First token of the subtree."""
        return make_token(self.doc, self._descendants()[0])

    @property
    def right_edge(self) -> "Token":
        """Last token of the subtree."""
        cdef list below = self._descendants()
        return make_token(self.doc, below[len(below) - 1])

    @property
    def conjuncts(self) -> tuple:
        """The tokens coordinated with this one (linked by the label `conj`)."""
        hook = find_hook(self.doc, "user_token_hooks", "conjuncts")
        if hook is not None:
            return tuple(hook(self))
        return tuple(token for token in _coordination(self) if token.i != self.i)

    # Vectors

    @property
    def has_vector(self) -> bool:
        """Whether the vocabulary has a vector for the text."""
        hook = find_hook(self.doc, "user_token_hooks", "has_vector")
        if hook is not None:
            return hook(self)
        return uses_tensor(self.doc) or self.vocab.has_vector(self.get(ORTH))

    @property
    def vector(self):
        """float32 (width,): of the vocabulary, else the token's row of the Doc's tensor, else zeros."""
        hook = find_hook(self.doc, "user_token_hooks", "vector")
        if hook is not None:
            return hook(self)
        return self.doc.tensor[self.i] if uses_tensor(self.doc) else self.vocab.get_vector(self.get(ORTH))

    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
        hook = find_hook(self.doc, "user_token_hooks", "vector_norm")
        if hook is not None:
            return hook(self)
        return norm_of(self.vector)

    @property
    def tensor(self):
        """The token's row of the Doc's tensor, None where the Doc has none."""
        if self.doc.tensor.size == 0:
            return None
        return self.doc.tensor[self.i]


cdef tuple _widest(Token token):
    """Bounds of the subtree of the root above a token."""
    cdef Token root = token
    for root in token.ancestors:
        pass
    cdef list below = root._descendants()
    return min(token.i, below[0]), max(token.i, below[len(below) - 1]) + 1


cdef list _coordination(Token token):
    """All tokens of a coordination, its first conjunct in front, each level of the tree before the one below."""
    passed = set()
    # Up to the token that is no conjunct itself, a root, or where heads that go in a circle began.
    while token.dep == CONJ and token.i not in passed:
        passed.add(token.i)
        token = token.head
    found = [token]
    for token in found:  # which grows
        found += [child for child in token.rights if child.dep == CONJ]
    return found
