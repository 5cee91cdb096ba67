# distutils: language = c++
"""A view of one row of a vocabulary's lexeme table."""

import numpy

from libc.stdint cimport int32_t, int64_t, uint64_t

from tagma.attrs import IDS, intify_attrs
from tagma.errors import Errors
from tagma.vocab cimport LEX_ID, LEX_ORTH
from tagma.vocab import OOV_RANK


cdef enum:
    ID = 64, ORTH = 65, LOWER = 66, NORM = 67, SHAPE = 68, PREFIX = 69, SUFFIX = 70, LENGTH = 71, LANG = 83
    IS_ALPHA = 1, IS_ASCII = 2, IS_DIGIT = 3, IS_LOWER = 4, IS_PUNCT = 5, IS_SPACE = 6, IS_TITLE = 7, IS_UPPER = 8, LIKE_URL = 9
    LIKE_NUM = 10, LIKE_EMAIL = 11, IS_STOP = 12, IS_BRACKET = 14, IS_QUOTE = 15, IS_LEFT_PUNCT = 16, IS_RIGHT_PUNCT = 17, IS_CURRENCY = 18


cdef class Lexeme:
    """A text of the vocabulary, apart from any context: `vocab["apple"]`."""

    def __init__(self, Vocab vocab not None, uint64_t orth) -> None:
        self.vocab = vocab
        self.orth = orth
        self._row = vocab.row(orth)
        self._generation = vocab.generation

    cdef int32_t row(self) except -1:
        """Row in the table; made anew when a memory zone has released it (KeyError E018 once the text is gone)."""
        if self._generation != self.vocab.generation:
            self._row = self.vocab.row(self.orth)
            self._generation = self.vocab.generation
        return self._row

    cdef int set(self, int attr, uint64_t value) except -1:
        """Overwrite a value; norms are kept in the lookups too, which are saved.

        What holds numbers by row is told through the vocabulary's generation.
        """
        cdef int32_t row
        cdef uint64_t bit
        if attr == NORM:
            self._look_up_set("lexeme_norm", self.vocab.strings.text(value))
        row = self.row()
        self.vocab.ensure(attr)
        if attr < 64:
            bit = (<uint64_t>1) << attr
            if value:
                self.vocab.table.flags()[row] |= bit
            else:
                self.vocab.table.flags()[row] &= ~bit
        else:
            self.vocab.table.column(LEX_ID if attr == ID else attr - ORTH)[row] = value
        self.vocab.generation += 1
        return 0

    def __richcmp__(self, other, int op):
        if not isinstance(other, Lexeme):
            return NotImplemented if op not in (2, 3) else op == 3
        a, b = self.orth, other.orth
        return (a < b, a <= b, a == b, a != b, a > b, a >= b)[op]

    def __hash__(self):
        return self.orth

    def __len__(self) -> int:
        return self.vocab.table.length()[self.row()]

    def __repr__(self) -> str:
        return f"<Lexeme {self.text!r}>"

    def __reduce__(self):
        return (Lexeme, (self.vocab, self.orth))

    def check_flag(self, int flag_id) -> bool:
        """Value of a boolean attribute (ValueError E063 for ids outside 1 to 63)."""
        if not 0 < flag_id < 64:
            raise ValueError(Errors.E063.format(value=flag_id))
        return self.vocab.value(self.row(), flag_id) != 0

    def set_flag(self, int flag_id, bint value) -> None:
        """Set a boolean attribute (ValueError E063 for ids outside 1 to 63)."""
        if not 0 < flag_id < 64:
            raise ValueError(Errors.E063.format(value=flag_id))
        self.set(flag_id, value)

    def set_attrs(self, **attrs) -> None:
        """Set attributes by name, in either spelling: `set_attrs(norm="x", is_stop=True)`."""
        for attr, value in intify_attrs(attrs).items():
            if attr < 64:
                self.set_flag(attr, value)
            elif LOWER <= attr <= SUFFIX:
                self.set(attr, self.vocab.strings.key(value))
            elif attr == ID:
                self.set(attr, value)

    def similarity(self, other) -> float:
        """Cosine of the vectors of this and another lexeme, token, span or doc."""
        if getattr(other, "orth", None) == self.orth:
            return 1.0
        return vector_similarity(self, other)

    @property
    def has_vector(self) -> bool:
        """Whether the vocabulary has a vector for the text."""
        return self.vocab.has_vector(self.orth)

    @property
    def vector(self):
        """float32 (width,), zeros where there is none. ValueError E010 when the vocabulary has no vectors at all."""
        if self.vocab.vectors_length == 0:
            raise ValueError(Errors.E010)
        return self.vocab.get_vector(self.orth)

    @vector.setter
    def vector(self, vector) -> None:
        self.vocab.set_vector(self.orth, vector)

    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
        vector = self.vector
        return float((vector * vector).sum() ** 0.5)

    @property
    def text(self) -> str:
        """The text."""
        return self.vocab.strings.text(self.orth)

    @property
    def orth_(self) -> str:
        """The text."""
        return self.vocab.strings.text(self.orth)

    @property
    def rank(self) -> int:
        """Row of the vectors, 2**64 - 1 where there is none."""
        return self.vocab.value(self.row(), ID)

    @rank.setter
    def rank(self, value: int) -> None:
        self.set(ID, value)

    @property
    def lang(self) -> int:
        """Key of the language's code."""
        return self.vocab.value(self.row(), LANG)

    @property
    def lang_(self) -> str:
        """Code of the language."""
        return self.vocab.lang

    @property
    def is_oov(self) -> bool:
        """Whether the text has no vector."""
        return self.orth not in self.vocab.vectors

    @property
    def flags(self) -> int:
        """All boolean attributes as bits."""
        cdef int flag
        cdef int32_t row = self.row()
        for flag in range(1, 64):
            self.vocab.ensure(flag)
        return self.vocab.table.flags()[row]

    @property
    def cluster(self) -> int:
        """Brown cluster, from the lookups (0 where there is none)."""
        return self._looked_up("lexeme_cluster", 0)

    @cluster.setter
    def cluster(self, value: int) -> None:
        self._look_up_set("lexeme_cluster", value)

    @property
    def prob(self) -> float:
        """Logarithm of the probability, from the lookups (that of unknown words where there is none)."""
        settings = self.vocab.lookups.get_table("lexeme_settings", {})
        return self._looked_up("lexeme_prob", settings.get("oov_prob", -20.0))

    @prob.setter
    def prob(self, value: float) -> None:
        self._look_up_set("lexeme_prob", value)

    @property
    def sentiment(self) -> float:
        """From the lookups (0 where there is none)."""
        return self._looked_up("lexeme_sentiment", 0.0)

    @sentiment.setter
    def sentiment(self, value: float) -> None:
        self._look_up_set("lexeme_sentiment", value)

    def _looked_up(self, name: str, default):
        return self.vocab.lookups.get_table(name, {}).get(self.orth, default)

    def _look_up_set(self, name: str, value) -> None:
        lookups = self.vocab.lookups
        if name not in lookups:
            lookups.add_table(name)
            self.vocab.lookups = lookups  # which looks in the table of norms from now on
        lookups.get_table(name)[self.orth] = value

    @property
    def lower(self) -> int:
        """Key of the text in lower case."""
        return self.vocab.value(self.row(), LOWER)

    @lower.setter
    def lower(self, uint64_t value) -> None:
        self.set(LOWER, value)

    @property
    def lower_(self) -> str:
        """The text in lower case."""
        return self.vocab.strings.text(self.vocab.value(self.row(), LOWER))

    @lower_.setter
    def lower_(self, str value) -> None:
        self.set(LOWER, self.vocab.strings.key(value))

    @property
    def norm(self) -> int:
        """Key of the normal form."""
        return self.vocab.value(self.row(), NORM)

    @norm.setter
    def norm(self, uint64_t value) -> None:
        self.set(NORM, value)

    @property
    def norm_(self) -> str:
        """The normal form."""
        return self.vocab.strings.text(self.vocab.value(self.row(), NORM))

    @norm_.setter
    def norm_(self, str value) -> None:
        self.set(NORM, self.vocab.strings.key(value))

    @property
    def shape(self) -> int:
        """Key of the shape: case and digits."""
        return self.vocab.value(self.row(), SHAPE)

    @shape.setter
    def shape(self, uint64_t value) -> None:
        self.set(SHAPE, value)

    @property
    def shape_(self) -> str:
        """The shape: case and digits."""
        return self.vocab.strings.text(self.vocab.value(self.row(), SHAPE))

    @shape_.setter
    def shape_(self, str value) -> None:
        self.set(SHAPE, self.vocab.strings.key(value))

    @property
    def prefix(self) -> int:
        """Key of the first character."""
        return self.vocab.value(self.row(), PREFIX)

    @prefix.setter
    def prefix(self, uint64_t value) -> None:
        self.set(PREFIX, value)

    @property
    def prefix_(self) -> str:
        """The first character."""
        return self.vocab.strings.text(self.vocab.value(self.row(), PREFIX))

    @prefix_.setter
    def prefix_(self, str value) -> None:
        self.set(PREFIX, self.vocab.strings.key(value))

    @property
    def suffix(self) -> int:
        """Key of the last three characters."""
        return self.vocab.value(self.row(), SUFFIX)

    @suffix.setter
    def suffix(self, uint64_t value) -> None:
        self.set(SUFFIX, value)

    @property
    def suffix_(self) -> str:
        """The last three characters."""
        return self.vocab.strings.text(self.vocab.value(self.row(), SUFFIX))

    @suffix_.setter
    def suffix_(self, str value) -> None:
        self.set(SUFFIX, self.vocab.strings.key(value))

    @property
    def is_alpha(self) -> bool:
        """Whether all characters are letters."""
        return self.vocab.value(self.row(), IS_ALPHA) != 0

    @is_alpha.setter
    def is_alpha(self, bint value) -> None:
        self.set(IS_ALPHA, value)

    @property
    def is_ascii(self) -> bool:
        """Whether all characters are ASCII."""
        return self.vocab.value(self.row(), IS_ASCII) != 0

    @is_ascii.setter
    def is_ascii(self, bint value) -> None:
        self.set(IS_ASCII, value)

    @property
    def is_digit(self) -> bool:
        """Whether all characters are digits."""
        return self.vocab.value(self.row(), IS_DIGIT) != 0

    @is_digit.setter
    def is_digit(self, bint value) -> None:
        self.set(IS_DIGIT, value)

    @property
    def is_lower(self) -> bool:
        """Whether the text is in lower case."""
        return self.vocab.value(self.row(), IS_LOWER) != 0

    @is_lower.setter
    def is_lower(self, bint value) -> None:
        self.set(IS_LOWER, value)

    @property
    def is_punct(self) -> bool:
        """Whether the text is punctuation."""
        return self.vocab.value(self.row(), IS_PUNCT) != 0

    @is_punct.setter
    def is_punct(self, bint value) -> None:
        self.set(IS_PUNCT, value)

    @property
    def is_space(self) -> bool:
        """Whether the text is white space."""
        return self.vocab.value(self.row(), IS_SPACE) != 0

    @is_space.setter
    def is_space(self, bint value) -> None:
        self.set(IS_SPACE, value)

    @property
    def is_title(self) -> bool:
        """Whether the text is in title case."""
        return self.vocab.value(self.row(), IS_TITLE) != 0

    @is_title.setter
    def is_title(self, bint value) -> None:
        self.set(IS_TITLE, value)

    @property
    def is_upper(self) -> bool:
        """Whether the text is in upper case."""
        return self.vocab.value(self.row(), IS_UPPER) != 0

    @is_upper.setter
    def is_upper(self, bint value) -> None:
        self.set(IS_UPPER, value)

    @property
    def is_bracket(self) -> bool:
        """Whether the text is a bracket."""
        return self.vocab.value(self.row(), IS_BRACKET) != 0

    @is_bracket.setter
    def is_bracket(self, bint value) -> None:
        self.set(IS_BRACKET, value)

    @property
    def is_quote(self) -> bool:
        """Whether the text is a quotation mark."""
        return self.vocab.value(self.row(), IS_QUOTE) != 0

    @is_quote.setter
    def is_quote(self, bint value) -> None:
        self.set(IS_QUOTE, value)

    @property
    def is_left_punct(self) -> bool:
        """Whether the text is an opening mark."""
        return self.vocab.value(self.row(), IS_LEFT_PUNCT) != 0

    @is_left_punct.setter
    def is_left_punct(self, bint value) -> None:
        self.set(IS_LEFT_PUNCT, value)

    @property
    def is_right_punct(self) -> bool:
        """Whether the text is a closing mark."""
        return self.vocab.value(self.row(), IS_RIGHT_PUNCT) != 0

    @is_right_punct.setter
    def is_right_punct(self, bint value) -> None:
        self.set(IS_RIGHT_PUNCT, value)

    @property
    def is_currency(self) -> bool:
        """Whether the text is a currency sign."""
        return self.vocab.value(self.row(), IS_CURRENCY) != 0

    @is_currency.setter
    def is_currency(self, bint value) -> None:
        self.set(IS_CURRENCY, value)

    @property
    def like_num(self) -> bool:
        """Whether the text looks like a number."""
        return self.vocab.value(self.row(), LIKE_NUM) != 0

    @like_num.setter
    def like_num(self, bint value) -> None:
        self.set(LIKE_NUM, value)

    @property
    def like_url(self) -> bool:
        """Whether the text looks like a URL."""
        return self.vocab.value(self.row(), LIKE_URL) != 0

    @like_url.setter
    def like_url(self, bint value) -> None:
        self.set(LIKE_URL, value)

    @property
    def like_email(self) -> bool:
        """Whether the text looks like an e-mail address."""
        return self.vocab.value(self.row(), LIKE_EMAIL) != 0

    @like_email.setter
    def like_email(self, bint value) -> None:
        self.set(LIKE_EMAIL, value)

    @property
    def is_stop(self) -> bool:
        """Whether the text is a stop word."""
        return self.vocab.value(self.row(), IS_STOP) != 0

    @is_stop.setter
    def is_stop(self, bint value) -> None:
        self.set(IS_STOP, value)


def vector_similarity(first, second) -> float:
    """Cosine of two things with `vector` and `vector_norm`, as Python float; 0 where a norm is 0."""
    if first.vector_norm == 0 or second.vector_norm == 0:
        return 0.0
    cosine = (first.vector * second.vector).sum() / (first.vector_norm * second.vector_norm)
    return float(cosine)
