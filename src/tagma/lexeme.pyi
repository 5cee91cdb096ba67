from typing import Final

from tagma.nn.types import Floats1d
from tagma.tokens.doc import Doc
from tagma.tokens.span import Span
from tagma.tokens.token import Token
from tagma.vocab import Vocab

OOV_RANK: Final[int]
NATIVE: Final[dict[str, int]]

class Lexeme:
    """A text of the vocabulary, apart from any context: `vocab["apple"]`."""

    def __init__(self, vocab: Vocab, orth: int) -> None: ...
    @property
    def vocab(self) -> Vocab:
        """The vocabulary."""
    @property
    def orth(self) -> int:
        """Key of the text."""
    def __len__(self) -> int: ...
    def __lt__(self, other: Lexeme, /) -> bool: ...
    def __le__(self, other: Lexeme, /) -> bool: ...
    def __gt__(self, other: Lexeme, /) -> bool: ...
    def __ge__(self, other: Lexeme, /) -> bool: ...
    def check_flag(self, flag_id: int) -> bool:
        """Value of a boolean attribute (ValueError E063 for ids outside 1 to 63)."""
    def set_flag(self, flag_id: int, value: bool) -> None:
        """Set a boolean attribute (ValueError E063 for ids outside 1 to 63)."""
    def set_attrs(self, **attrs: str | int | bool) -> None:
        """Set attributes by name, in either spelling: `set_attrs(norm="x", is_stop=True)`."""
    def similarity(self, other: Doc | Span | Token | Lexeme) -> float:
        """Cosine of the vectors of this and another lexeme, token, span or doc."""
    @property
    def has_vector(self) -> bool:
        """Whether the vocabulary has a vector for the text."""
    @property
    def vector(self) -> Floats1d:
        """float32 (width,), zeros where there is none. ValueError E010 when the vocabulary has no vectors at all."""
    @vector.setter
    def vector(self, vector: Floats1d) -> None: ...
    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
    @property
    def text(self) -> str:
        """The text."""
    @property
    def orth_(self) -> str:
        """The text."""
    @property
    def rank(self) -> int:
        """Row of the vectors, 2**64 - 1 where there is none."""
    @rank.setter
    def rank(self, value: int) -> None: ...
    @property
    def lang(self) -> int:
        """Key of the language's code: that of the vocabulary unless set."""
    @lang.setter
    def lang(self, value: int) -> None: ...
    @property
    def lang_(self) -> str:
        """Code of the language: that of the vocabulary unless set."""
    @lang_.setter
    def lang_(self, value: str) -> None: ...
    @property
    def is_oov(self) -> bool:
        """Whether the text has no vector."""
    @property
    def flags(self) -> int:
        """All boolean attributes as bits."""
    @property
    def cluster(self) -> int:
        """Brown cluster, from the lookups (0 where there is none)."""
    @cluster.setter
    def cluster(self, value: int) -> None: ...
    @property
    def prob(self) -> float:
        """Logarithm of the probability, from the lookups (that of unknown words where there is none)."""
    @prob.setter
    def prob(self, value: float) -> None: ...
    @property
    def sentiment(self) -> float:
        """From the lookups (0 where there is none)."""
    @sentiment.setter
    def sentiment(self, value: float) -> None: ...
    @property
    def lower(self) -> int:
        """Key of the text in lower case."""
    @lower.setter
    def lower(self, value: int) -> None: ...
    @property
    def lower_(self) -> str:
        """The text in lower case."""
    @lower_.setter
    def lower_(self, value: str) -> None: ...
    @property
    def norm(self) -> int:
        """Key of the normal form."""
    @norm.setter
    def norm(self, value: int) -> None: ...
    @property
    def norm_(self) -> str:
        """The normal form."""
    @norm_.setter
    def norm_(self, value: str) -> None: ...
    @property
    def shape(self) -> int:
        """Key of the shape: case and digits."""
    @shape.setter
    def shape(self, value: int) -> None: ...
    @property
    def shape_(self) -> str:
        """The shape: case and digits."""
    @shape_.setter
    def shape_(self, value: str) -> None: ...
    @property
    def prefix(self) -> int:
        """Key of the first character."""
    @prefix.setter
    def prefix(self, value: int) -> None: ...
    @property
    def prefix_(self) -> str:
        """The first character."""
    @prefix_.setter
    def prefix_(self, value: str) -> None: ...
    @property
    def suffix(self) -> int:
        """Key of the last three characters."""
    @suffix.setter
    def suffix(self, value: int) -> None: ...
    @property
    def suffix_(self) -> str:
        """The last three characters."""
    @suffix_.setter
    def suffix_(self, value: str) -> None: ...
    @property
    def is_alpha(self) -> bool:
        """Whether all characters are letters."""
    @is_alpha.setter
    def is_alpha(self, value: bool) -> None: ...
    @property
    def is_ascii(self) -> bool:
        """Whether all characters are ASCII."""
    @is_ascii.setter
    def is_ascii(self, value: bool) -> None: ...
    @property
    def is_digit(self) -> bool:
        """Whether all characters are digits."""
    @is_digit.setter
    def is_digit(self, value: bool) -> None: ...
    @property
    def is_lower(self) -> bool:
        """Whether the text is in lower case."""
    @is_lower.setter
    def is_lower(self, value: bool) -> None: ...
    @property
    def is_punct(self) -> bool:
        """Whether the text is punctuation."""
    @is_punct.setter
    def is_punct(self, value: bool) -> None: ...
    @property
    def is_space(self) -> bool:
        """Whether the text is white space."""
    @is_space.setter
    def is_space(self, value: bool) -> None: ...
    @property
    def is_title(self) -> bool:
        """Whether the text is in title case."""
    @is_title.setter
    def is_title(self, value: bool) -> None: ...
    @property
    def is_upper(self) -> bool:
        """Whether the text is in upper case."""
    @is_upper.setter
    def is_upper(self, value: bool) -> None: ...
    @property
    def is_bracket(self) -> bool:
        """Whether the text is a bracket."""
    @is_bracket.setter
    def is_bracket(self, value: bool) -> None: ...
    @property
    def is_quote(self) -> bool:
        """Whether the text is a quotation mark."""
    @is_quote.setter
    def is_quote(self, value: bool) -> None: ...
    @property
    def is_left_punct(self) -> bool:
        """Whether the text is an opening mark."""
    @is_left_punct.setter
    def is_left_punct(self, value: bool) -> None: ...
    @property
    def is_right_punct(self) -> bool:
        """Whether the text is a closing mark."""
    @is_right_punct.setter
    def is_right_punct(self, value: bool) -> None: ...
    @property
    def is_currency(self) -> bool:
        """Whether the text is a currency sign."""
    @is_currency.setter
    def is_currency(self, value: bool) -> None: ...
    @property
    def like_num(self) -> bool:
        """Whether the text looks like a number."""
    @like_num.setter
    def like_num(self, value: bool) -> None: ...
    @property
    def like_url(self) -> bool:
        """Whether the text looks like a URL."""
    @like_url.setter
    def like_url(self, value: bool) -> None: ...
    @property
    def like_email(self) -> bool:
        """Whether the text looks like an e-mail address."""
    @like_email.setter
    def like_email(self, value: bool) -> None: ...
    @property
    def is_stop(self) -> bool:
        """Whether the text is a stop word."""
    @is_stop.setter
    def is_stop(self, value: bool) -> None: ...

class Getter:
    """How the values of one attribute are found."""

def vector_similarity(first: Doc | Span | Token | Lexeme, second: Doc | Span | Token | Lexeme) -> float:
    """Cosine of two things with `vector` and `vector_norm`; 0 where a norm is 0."""
