from collections.abc import Iterator, Sequence
from typing import Literal, NoReturn, Unpack, overload

import numpy as np
import numpy.typing as npt

from tagma.lexeme import Lexeme
from tagma.nn.types import Floats1d, Floats2d, Ints2d
from tagma.tokens.doc import Doc
from tagma.tokens.token import Token
from tagma.tokens.underscore import Extension, ExtensionArgs, Underscore
from tagma.vocab import Vocab

class SpanData:
    """Bounds, label and ids of a span, without its Doc."""

    start: int
    end: int
    start_char: int
    end_char: int
    label: int
    kb_id: int
    id: int

class Roots:
    """Finds the root of spans: a token whose head is itself, else the one with the fewest steps to such a token."""

    def __init__(self, doc: Doc) -> None: ...

class Span:
    """`doc[start:end]`, or `Span(doc, start, end, label="ORG")`."""

    _vector: Floats1d | None
    _vector_norm: float | None

    def __init__(
        self,
        doc: Doc,
        start: int,
        end: int,
        label: int | str = 0,
        vector: Floats1d | None = None,
        vector_norm: float | None = None,
        kb_id: int | str = 0,
        span_id: int | str = 0,
    ) -> None: ...
    @property
    def doc(self) -> Doc:
        """The Doc."""
    @property
    def data(self) -> SpanData:
        """Bounds, label and ids."""
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, i: int, /) -> Token: ...
    @overload
    def __getitem__(self, i: slice, /) -> Span: ...
    def __iter__(self) -> Iterator[Token]: ...
    def __lt__(self, other: Span, /) -> bool: ...
    def __le__(self, other: Span, /) -> bool: ...
    def __gt__(self, other: Span, /) -> bool: ...
    def __ge__(self, other: Span, /) -> bool: ...
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
    @overload
    def to_array(self, py_attr_ids: int | str) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        """Attributes of the tokens: uint64 (n, attributes), or (n,) for a single one."""
    @overload
    def to_array(self, py_attr_ids: Sequence[int | str]) -> npt.NDArray[np.uint64]: ...
    def char_span(
        self,
        start_idx: int,
        end_idx: int,
        label: int | str = 0,
        kb_id: int | str = 0,
        vector: Floats1d | None = None,
        id: int | str = 0,
        alignment_mode: Literal["strict", "contract", "expand"] = "strict",
        span_id: int | str = 0,
    ) -> Span | None:
        """Span of characters counted from this span's start, None where there is none. See `Doc.char_span`."""
    def as_doc(
        self,
        *,
        copy_user_data: bool = False,
        array_head: list[int] | None = None,
        array: npt.NDArray[np.integer] | None = None,
    ) -> Doc:
        """A Doc of its own with a copy of the tokens and annotations; heads outside of the span become roots."""
    def get_lca_matrix(self) -> Ints2d:
        """Lowest common ancestors relative to the span, -1 where there is none inside: int32 (n, n)."""
    def similarity(self, other: Doc | Span | Token | Lexeme) -> float:
        """Cosine of the vectors of this span and another Span, Doc, Token or Lexeme."""
    @property
    def vocab(self) -> Vocab:
        """The Doc's vocabulary."""
    @property
    def _(self) -> Underscore:
        """Extension attributes: `span._.name`."""
    @property
    def start(self) -> int:
        """Index of the first token."""
    @start.setter
    def start(self, value: int) -> None: ...
    @property
    def end(self) -> int:
        """Index after the last token."""
    @end.setter
    def end(self, value: int) -> None: ...
    @property
    def start_char(self) -> int:
        """Offset of the first character in the Doc's text."""
    @start_char.setter
    def start_char(self, value: int) -> None: ...
    @property
    def end_char(self) -> int:
        """Offset after the last character in the Doc's text."""
    @end_char.setter
    def end_char(self, value: int) -> None: ...
    @property
    def label(self) -> int:
        """Key of the label."""
    @label.setter
    def label(self, value: int) -> None: ...
    @property
    def label_(self) -> str:
        """The label."""
    @label_.setter
    def label_(self, value: str) -> None: ...
    @property
    def kb_id(self) -> int:
        """Key of the id in a knowledge base."""
    @kb_id.setter
    def kb_id(self, value: int) -> None: ...
    @property
    def kb_id_(self) -> str:
        """Id in a knowledge base."""
    @kb_id_.setter
    def kb_id_(self, value: str) -> None: ...
    @property
    def id(self) -> int:
        """Key of the span's own id."""
    @id.setter
    def id(self, value: int) -> None: ...
    @property
    def id_(self) -> str:
        """The span's own id."""
    @id_.setter
    def id_(self, value: str) -> None: ...
    @property
    def ent_id(self) -> int:
        """Key of the entity's id that the span's root has; cannot be set (NotImplementedError E200)."""
    @ent_id.setter
    def ent_id(self, value: int) -> NoReturn: ...
    @property
    def ent_id_(self) -> str:
        """The entity's id that the span's root has; cannot be set (NotImplementedError E200)."""
    @ent_id_.setter
    def ent_id_(self, value: str) -> NoReturn: ...
    @property
    def text(self) -> str:
        """The text, without the white space after the last token."""
    @property
    def text_with_ws(self) -> str:
        """The text and the white space after the last token."""
    @property
    def orth_(self) -> str:
        """The same as `text`."""
    @property
    def lemma_(self) -> str:
        """The lemmas with their tokens' white space, stripped."""
    @property
    def ents(self) -> tuple[Span, ...]:
        """The entities that lie inside."""
    @property
    def sent(self) -> Span:
        """The sentence of the first token (ValueError E030 where no boundaries are set)."""
    @property
    def sents(self) -> Iterator[Span]:
        """The sentences that the span touches."""
    @property
    def noun_chunks(self) -> Iterator[Span]:
        """The base noun phrases of the Doc that lie inside; errors as for `Doc.noun_chunks`."""
    @property
    def root(self) -> Token:
        """The token nearest to the root of the parse, the first of several; the first token without a parse.

        Punctuation and whitespace on which nothing hangs is the root only of a span that has nothing else.
        """
    @property
    def conjuncts(self) -> tuple[Token, ...]:
        """Tokens coordinated with the root."""
    @property
    def lefts(self) -> Iterator[Token]:
        """Tokens to the left whose heads are inside."""
    @property
    def rights(self) -> Iterator[Token]:
        """Tokens to the right whose heads are inside."""
    @property
    def n_lefts(self) -> int:
        """Number of `lefts`."""
    @property
    def n_rights(self) -> int:
        """Number of `rights`."""
    @property
    def subtree(self) -> Iterator[Token]:
        """The tokens inside and all their descendants."""
    @property
    def has_vector(self) -> bool:
        """Whether there is a vector."""
    @property
    def vector(self) -> Floats1d:
        """Mean of the tokens' vectors, else of their rows of the Doc's tensor, else zeros: float32 (width,)."""
    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
    @property
    def tensor(self) -> Floats2d | None:
        """The span's rows of the Doc's tensor, None where the Doc has none."""
    @property
    def sentiment(self) -> float:
        """Mean of the tokens' sentiment."""
