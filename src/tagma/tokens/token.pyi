from collections.abc import Iterator, Mapping
from typing import Never, Unpack

from tagma.lexeme import Lexeme
from tagma.morphology import MorphAnalysis
from tagma.nn.types import Floats1d
from tagma.tokens.doc import Doc
from tagma.tokens.span import Span
from tagma.tokens.underscore import Extension, ExtensionArgs, Underscore
from tagma.vocab import Vocab

class Token:
    """`doc[i]`. Names that end in an underscore give text, the others the keys."""

    def __init__(self, vocab: Vocab, doc: Doc, offset: int) -> None: ...
    @property
    def doc(self) -> Doc:
        """The Doc."""
    @property
    def vocab(self) -> Vocab:
        """The Doc's vocabulary."""
    @property
    def i(self) -> int:
        """Index in the Doc."""
    def __len__(self) -> int: ...
    def __lt__(self, other: Token, /) -> bool: ...
    def __le__(self, other: Token, /) -> bool: ...
    def __gt__(self, other: Token, /) -> bool: ...
    def __ge__(self, other: Token, /) -> bool: ...
    @classmethod
    def set_extension(cls, name: str, **kwargs: Unpack[ExtensionArgs]) -> None:
        """Define an extension by `default`, `method`, or `getter` (and `setter`); `force=True` replaces (else E090)."""
    @classmethod
    def get_extension(cls, name: str) -> Extension | None:
        """(default, method, getter, setter)."""
    @classmethod
    def has_extension(cls, name: str) -> bool:
        """Whether the extension is defined."""
    @classmethod
    def remove_extension(cls, name: str) -> Extension:
        """Undefine an extension and return its definition (ValueError E046)."""
    def check_flag(self, flag_id: int) -> bool:
        """Value of a boolean attribute (ValueError E063 for ids outside 1 to 63)."""
    def nbor(self, i: int = 1) -> Token:
        """The token `i` places to the right; IndexError E042 outside of the Doc."""
    def similarity(self, other: Doc | Span | Token | Lexeme) -> float:
        """Cosine of the vectors of this token and another Token, Span, Doc or Lexeme."""
    def set_morph(self, features: str | Mapping[str, str] | int | None) -> None:
        """Set the features from a string, a dict, or a key; None makes them unset."""
    def has_morph(self) -> bool:
        """Whether the features are set, be it to none."""
    def has_dep(self) -> bool:
        """Whether the dependency label is set."""
    def has_head(self) -> bool:
        """Whether the head is set; that is so where the label is."""
    def is_ancestor(self, descendant: Token) -> bool:
        """Whether this token is above another one of the same Doc."""
    @classmethod
    def iob_strings(cls) -> tuple[str, ...]:
        """Texts of the values of `ent_iob`."""
    @property
    def _(self) -> Underscore:
        """Extension attributes: `token._.name`."""
    @property
    def lex(self) -> Lexeme:
        """The Lexeme."""
    @property
    def lex_id(self) -> int:
        """Row of the vectors, 2**64 - 1 where there is none."""
    @property
    def rank(self) -> int:
        """Row of the vectors, 2**64 - 1 where there is none."""
    @property
    def text(self) -> str:
        """The text."""
    @property
    def orth_(self) -> str:
        """The text."""
    @property
    def orth(self) -> int:
        """Key of the text."""
    @property
    def text_with_ws(self) -> str:
        """The text and the space that follows, if any."""
    @property
    def whitespace_(self) -> str:
        """The space that follows, or ""."""
    @property
    def idx(self) -> int:
        """Offset of the first character in the Doc's text."""
    @property
    def prob(self) -> float:
        """Log probability of the lexeme."""
    @property
    def cluster(self) -> int:
        """Brown cluster of the lexeme."""
    @property
    def sentiment(self) -> float:
        """Sentiment of the lexeme, or of `user_token_hooks`."""
    @property
    def lang(self) -> int:
        """Key of the language's code."""
    @property
    def lang_(self) -> str:
        """Code of the language."""
    @property
    def is_oov(self) -> bool:
        """Whether the text has no vector."""
    @property
    def norm(self) -> int:
        """Key of the normal form."""
    @property
    def norm_(self) -> str:
        """The normal form: of the token (the tokenizer's exceptions set one), else of the lexeme."""
    @norm_.setter
    def norm_(self, value: str) -> None: ...
    @property
    def lower(self) -> int:
        """Key of the text in lower case."""
    @property
    def lower_(self) -> str:
        """The text in lower case."""
    @property
    def shape(self) -> int:
        """Key of the shape: case and digits."""
    @property
    def shape_(self) -> str:
        """The shape: case and digits."""
    @property
    def prefix(self) -> int:
        """Key of the first character."""
    @property
    def prefix_(self) -> str:
        """The first character."""
    @property
    def suffix(self) -> int:
        """Key of the last three characters."""
    @property
    def suffix_(self) -> str:
        """The last three characters."""
    @property
    def is_alpha(self) -> bool:
        """Whether all characters are letters."""
    @property
    def is_ascii(self) -> bool:
        """Whether all characters are ASCII."""
    @property
    def is_digit(self) -> bool:
        """Whether all characters are digits."""
    @property
    def is_lower(self) -> bool:
        """Whether the text is in lower case."""
    @property
    def is_punct(self) -> bool:
        """Whether the text is punctuation."""
    @property
    def is_space(self) -> bool:
        """Whether the text is white space."""
    @property
    def is_title(self) -> bool:
        """Whether the text is in title case."""
    @property
    def is_upper(self) -> bool:
        """Whether the text is in upper case."""
    @property
    def is_bracket(self) -> bool:
        """Whether the text is a bracket."""
    @property
    def is_quote(self) -> bool:
        """Whether the text is a quotation mark."""
    @property
    def is_left_punct(self) -> bool:
        """Whether the text is an opening mark."""
    @property
    def is_right_punct(self) -> bool:
        """Whether the text is a closing mark."""
    @property
    def is_currency(self) -> bool:
        """Whether the text is a currency sign."""
    @property
    def like_num(self) -> bool:
        """Whether the text looks like a number."""
    @property
    def like_url(self) -> bool:
        """Whether the text looks like a URL."""
    @property
    def like_email(self) -> bool:
        """Whether the text looks like an e-mail address."""
    @property
    def is_stop(self) -> bool:
        """Whether the text is a stop word."""
    @property
    def tag(self) -> int:
        """Key of the fine-grained part of speech."""
    @tag.setter
    def tag(self, value: int) -> None: ...
    @property
    def tag_(self) -> str:
        """Fine-grained part of speech."""
    @tag_.setter
    def tag_(self, value: str) -> None: ...
    @property
    def lemma(self) -> int:
        """Key of the base form."""
    @lemma.setter
    def lemma(self, value: int) -> None: ...
    @property
    def lemma_(self) -> str:
        """Base form."""
    @lemma_.setter
    def lemma_(self, value: str) -> None: ...
    @property
    def dep(self) -> int:
        """Key of the dependency label."""
    @dep.setter
    def dep(self, value: int) -> None: ...
    @property
    def dep_(self) -> str:
        """Dependency label."""
    @dep_.setter
    def dep_(self, value: str) -> None: ...
    @property
    def ent_type(self) -> int:
        """Key of the entity label."""
    @ent_type.setter
    def ent_type(self, value: int) -> None: ...
    @property
    def ent_type_(self) -> str:
        """Entity label."""
    @ent_type_.setter
    def ent_type_(self, value: str) -> None: ...
    @property
    def ent_kb_id(self) -> int:
        """Key of the entity's id in a knowledge base."""
    @ent_kb_id.setter
    def ent_kb_id(self, value: int) -> None: ...
    @property
    def ent_kb_id_(self) -> str:
        """Entity's id in a knowledge base."""
    @ent_kb_id_.setter
    def ent_kb_id_(self, value: str) -> None: ...
    @property
    def ent_id(self) -> int:
        """Key of the entity's own id."""
    @ent_id.setter
    def ent_id(self, value: int) -> None: ...
    @property
    def ent_id_(self) -> str:
        """Entity's own id."""
    @ent_id_.setter
    def ent_id_(self, value: str) -> None: ...
    @property
    def pos(self) -> int:
        """Id of the coarse part of speech (Universal Dependencies)."""
    @pos.setter
    def pos(self, value: int) -> None: ...
    @property
    def pos_(self) -> str:
        """Coarse part of speech (Universal Dependencies)."""
    @pos_.setter
    def pos_(self, value: str) -> None: ...
    @property
    def morph(self) -> MorphAnalysis:
        """The morphological features, a MorphAnalysis."""
    @morph.setter
    def morph(self, morph: MorphAnalysis) -> None: ...
    @property
    def ent_iob(self) -> int:
        """0 unknown, 1 inside, 2 outside, 3 begin of an entity."""
    @property
    def ent_iob_(self) -> str:
        """ "B", "I", "O", or "" for unknown."""
    @property
    def sent_start(self) -> bool | int:
        """1, -1 or 0 (unknown); False for the first token, as in the first versions. Use `is_sent_start`."""
    @sent_start.setter
    def sent_start(self, value: bool | None) -> None: ...
    @property
    def is_sent_start(self) -> bool | None:
        """Whether a sentence starts here; None where that is unknown."""
    @is_sent_start.setter
    def is_sent_start(self, value: bool | None) -> None: ...
    @property
    def is_sent_end(self) -> bool | None:
        """Whether a sentence ends here; None where that is unknown."""
    @is_sent_end.setter
    def is_sent_end(self, value: Never) -> None: ...
    @property
    def sent(self) -> Span:
        """The sentence, a Span."""
    @property
    def head(self) -> Token:
        """The syntactic parent, the token itself for roots."""
    @head.setter
    def head(self, new_head: Token) -> None: ...
    @property
    def ancestors(self) -> Iterator[Token]:
        """The head, its head, and so on."""
    @property
    def lefts(self) -> Iterator[Token]:
        """Children to the left."""
    @property
    def rights(self) -> Iterator[Token]:
        """Children to the right."""
    @property
    def children(self) -> Iterator[Token]:
        """Children in order."""
    @property
    def n_lefts(self) -> int:
        """Number of children to the left."""
    @property
    def n_rights(self) -> int:
        """Number of children to the right."""
    @property
    def subtree(self) -> Iterator[Token]:
        """The token and all below it: the subtrees of its left children, itself, the subtrees of its right children."""
    @property
    def left_edge(self) -> Token:
        """First token of the subtree."""
    @property
    def right_edge(self) -> Token:
        """Last token of the subtree."""
    @property
    def conjuncts(self) -> tuple[Token, ...]:
        """The tokens coordinated with this one (linked by the label `conj`)."""
    @property
    def has_vector(self) -> bool:
        """Whether the vocabulary has a vector for the text."""
    @property
    def vector(self) -> Floats1d:
        """float32 (width,): of the vocabulary, else the token's row of the Doc's tensor, else zeros."""
    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
    @property
    def tensor(self) -> Floats1d | None:
        """The token's row of the Doc's tensor, None where the Doc has none."""
