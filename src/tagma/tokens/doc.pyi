from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, Self, TypeAlias, TypedDict, Unpack, overload, type_check_only

import numpy as np
import numpy.typing as npt

from tagma.lexeme import Lexeme
from tagma.nn.types import ArrayXd, Floats1d, Floats2d, Ints1d, Ints2d, Ragged
from tagma.tokens._retokenize import Retokenizer
from tagma.tokens.span import Span
from tagma.tokens.span_group import SpanGroups
from tagma.tokens.table import TokenTable
from tagma.tokens.token import Token
from tagma.tokens.underscore import Extension, ExtensionArgs, Underscore
from tagma.vocab import Vocab, _NounChunks

_Key: TypeAlias = int | str
_EntityTuple: TypeAlias = tuple[_Key, int, int] | tuple[_Key, _Key, int, int] | tuple[_Key, _Key, _Key, int, int]
_Hooks: TypeAlias = dict[str, Callable[..., Any]]

@type_check_only
class _JSONToken(TypedDict):
    id: int
    start: int
    end: int
    tag: NotRequired[str]
    pos: NotRequired[str]
    morph: NotRequired[str]
    lemma: NotRequired[str]
    dep: NotRequired[str]
    head: NotRequired[int]

@type_check_only
class _JSONSpan(TypedDict):
    start: int
    end: int
    label: NotRequired[str]
    kb_id: NotRequired[str]

@type_check_only
class _JSON(TypedDict):
    text: str
    tokens: list[_JSONToken]
    ents: NotRequired[list[_JSONSpan]]
    sents: NotRequired[list[_JSONSpan]]
    cats: NotRequired[dict[str, float]]
    spans: NotRequired[dict[str, list[_JSONSpan]]]
    _: NotRequired[dict[str, Any]]
    underscore_token: NotRequired[dict[str, list[dict[str, Any]]]]
    underscore_span: NotRequired[dict[str, list[dict[str, Any]]]]

class Doc(TokenTable):
    """A sequence of tokens with their annotations.

    `doc[i]` is a Token, `doc[i:j]` a Span, `doc.column("tag")` the column itself.
    """

    has_unknown_spaces: bool

    def __init__(
        self,
        vocab: Vocab,
        words: Iterable[int | str] | None = None,
        spaces: Iterable[bool] | None = None,
        *,
        user_data: dict[Any, Any] | None = None,
        tags: Iterable[_Key | None] | None = None,
        pos: Iterable[str] | None = None,
        morphs: Iterable[str | Mapping[str, str] | int] | None = None,
        lemmas: Iterable[_Key | None] | None = None,
        heads: Iterable[int | None] | None = None,
        deps: Iterable[_Key | None] | None = None,
        sent_starts: Iterable[bool | int | None] | None = None,
        ents: Iterable[str | None] | None = None,
    ) -> None:
        """`heads` are absolute indices, `sent_starts` True, False or None, `ents` IOB strings.

        None among tags, lemmas, deps, heads and ents stands for what is not known; such a head is the token itself.
        """
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, i: int, /) -> Token: ...
    @overload
    def __getitem__(self, i: slice, /) -> Span: ...
    def __iter__(self) -> Iterator[Token]: ...
    def __bytes__(self) -> bytes: ...
    @property
    def mem(self) -> object:
        """What owns the memory of the tokens: an opaque object."""
    def column(self, name: str) -> Ints1d:
        """A column as NumPy array (n,), the Doc's own memory: what is written there is written to the Doc."""
    def has_column(self, name: str) -> bool:
        """Whether a column exists, that is, was ever written."""
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
    def has_annotation(self, attr: int | str, *, require_complete: bool = False) -> bool:
        """Whether any token (every token) has the attribute; an empty Doc has everything."""
    @overload
    def to_array(self, py_attr_ids: int | str) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        """Attributes as uint64 (n, attributes), or (n,) for a single one; signed values wrap around. KeyError E983."""
    @overload
    def to_array(self, py_attr_ids: Iterable[int | str]) -> npt.NDArray[np.uint64]: ...
    def from_array(self, attrs: int | str | Iterable[int | str], array: npt.ArrayLike) -> Self:
        """Set token attributes from an array as `to_array` makes it (any integer type; heads are relative)."""
    def count_by(
        self,
        attr_id: int | str,
        exclude: Callable[[Token], bool] | None = None,
        counts: MutableMapping[int, int] | None = None,
    ) -> dict[int, int] | None:
        """How often each value of an attribute occurs: {value: count}; `exclude(token)` leaves tokens out.

        With `counts`, a mapping that gives 0 for new keys, numbers are added to it and None is returned.
        """
    def get_lca_matrix(self) -> Ints2d:
        """Index of the lowest common ancestor of each pair of tokens, -1 where there is none: int32 (n, n)."""
    def extend_tensor(self, tensor: Floats2d) -> None:
        """Put columns at the right of `tensor`."""
    def retokenize(self) -> Retokenizer:
        """Merge and split tokens: `with doc.retokenize() as retokenizer: retokenizer.merge(doc[2:5])`.

        All requests of the block are applied at its end, or none where it raises. Tokens and spans made before are
        void.
        """
    def _bulk_merge(self, spans: Iterable[Span], attributes: Sequence[Mapping[int | str, Any]]) -> None:
        """Merge spans, each with its dict of attributes (ValueError E121 for another number of them)."""
    def char_span(
        self,
        start_idx: int,
        end_idx: int,
        label: _Key = 0,
        kb_id: _Key = 0,
        vector: Floats1d | None = None,
        alignment_mode: Literal["strict", "contract", "expand"] = "strict",
        span_id: _Key = 0,
    ) -> Span | None:
        """Span of the characters [start_idx, end_idx), None where there is none."""
    def set_ents(
        self,
        entities: Iterable[Span] | None,
        *,
        blocked: Iterable[Span] | None = None,
        missing: Iterable[Span] | None = None,
        outside: Iterable[Span] | None = None,
        default: Literal["outside", "missing", "blocked", "unmodified"] = "outside",
    ) -> None:
        """Set entities, and what holds for other spans: blocked (never an entity), missing (unknown) or outside."""
    def similarity(self, other: Doc | Span | Token | Lexeme) -> float:
        """Cosine of the vectors of this Doc and another Doc, Span, Token or Lexeme."""
    def copy(self) -> Doc:
        """A Doc of its own with the same content: columns copied, values of `user_data` deeply."""
    @staticmethod
    def from_docs(
        docs: Iterable[Doc],
        ensure_whitespace: bool = True,
        attrs: Iterable[int | str] | None = None,
        *,
        exclude: Iterable[str] = (),
    ) -> Doc | None:
        """One Doc from several, None for none."""
    def to_dict(self, *, exclude: Iterable[str] = ()) -> dict[str, object]:
        """What `to_bytes` packs."""
    def from_dict(self, msg: Mapping[str, object], *, exclude: Iterable[str] = ()) -> Self:
        """Read `to_dict`'s content into this empty Doc."""
    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The Doc as a msgpack map, in spaCy's layout."""
    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Read `to_bytes` into this empty Doc (ValueError E033 unless empty, E4010 for altered bytes)."""
    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write `to_bytes` to a file."""
    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Read a file that `to_disk` wrote."""
    def to_json(self, underscore: list[str] | None = None) -> _JSON:
        """The Doc as JSON-serializable dict; `underscore` names extension attributes to add."""
    def from_json(self, doc_json: Mapping[str, object], *, validate: bool = False) -> Self:
        """Fill this empty Doc from `to_json`'s dict."""
    def to_utf8_array(self, nr_char: int = -1) -> Ints2d:
        """UTF-8 bytes of the tokens, first, last, second …, padded with 255: uint8 (n, longest or `nr_char`)."""
    @property
    def doc(self) -> Self:
        """The Doc itself, as for spans and tokens."""
    @property
    def text(self) -> str:
        """The text, white space after the last token included."""
    @property
    def text_with_ws(self) -> str:
        """The same as `text`."""
    @property
    def lang(self) -> int:
        """Key of the language's code."""
    @property
    def lang_(self) -> str:
        """Code of the language."""
    @property
    def user_data(self) -> dict[Any, Any]:
        """Anything the user stores; values of extension attributes are here, too."""
    @user_data.setter
    def user_data(self, value: dict[Any, Any]) -> None: ...
    @property
    def cats(self) -> dict[str, float]:
        """Scores by category."""
    @cats.setter
    def cats(self, value: dict[str, float]) -> None: ...
    @property
    def spans(self) -> SpanGroups:
        """Span groups by name."""
    @property
    def has_spans(self) -> bool:
        """Whether there are span groups; asking does not make the dict."""
    @property
    def noun_chunks_iterator(self) -> _NounChunks | None:
        """The function behind `noun_chunks`, the vocabulary's unless set."""
    @noun_chunks_iterator.setter
    def noun_chunks_iterator(self, value: _NounChunks | None) -> None: ...
    @property
    def tensor(self) -> Floats2d:
        """Array of the pipeline, one row per token if it has any: float32 (0,) at first."""
    @tensor.setter
    def tensor(self, value: Floats2d) -> None: ...
    @property
    def sentiment(self) -> float:
        """A number for the whole text, 0 unless set (or `user_hooks["sentiment"]`)."""
    @sentiment.setter
    def sentiment(self, value: float) -> None: ...
    @property
    def activations(self) -> dict[str, dict[str, ArrayXd | Ragged]]:
        """What components were told to save, by component."""
    @activations.setter
    def activations(self, value: dict[str, dict[str, ArrayXd | Ragged]]) -> None: ...
    @property
    def user_hooks(self) -> _Hooks:
        """Functions that replace properties of the Doc."""
    @user_hooks.setter
    def user_hooks(self, value: _Hooks) -> None: ...
    @property
    def user_token_hooks(self) -> _Hooks:
        """Functions that replace properties of its tokens."""
    @user_token_hooks.setter
    def user_token_hooks(self, value: _Hooks) -> None: ...
    @property
    def user_span_hooks(self) -> _Hooks:
        """Functions that replace properties of its spans."""
    @user_span_hooks.setter
    def user_span_hooks(self, value: _Hooks) -> None: ...
    @property
    def context(self) -> Any:
        """What `nlp.pipe(as_tuples=True)` carries along."""
    @context.setter
    def context(self, value: Any) -> None: ...
    @property
    def _(self) -> Underscore:
        """Extension attributes: `doc._.name`."""
    @property
    def is_tagged(self) -> bool:
        """Old name of `has_annotation("TAG")`; warns W107."""
    @property
    def is_parsed(self) -> bool:
        """Old name of `has_annotation("DEP")`; warns W107."""
    @property
    def is_sentenced(self) -> bool:
        """Old name of `has_annotation("SENT_START")`; warns W107."""
    @property
    def is_nered(self) -> bool:
        """Old name of `has_annotation("ENT_IOB")`; warns W107."""
    @property
    def ents(self) -> tuple[Span, ...]:
        """The entities, as spans. ValueError E093 where an I follows nothing."""
    @ents.setter
    def ents(self, ents: Iterable[Span | _EntityTuple]) -> None: ...
    @property
    def sents(self) -> Iterator[Span]:
        """The sentences, as spans; ValueError E030 where no sentence boundaries are set."""
    @property
    def noun_chunks(self) -> Iterator[Span]:
        """Base noun phrases, as the language defines them; NotImplementedError E894 where it does not."""
    @property
    def has_vector(self) -> bool:
        """Whether there is a vector for the Doc."""
    @property
    def vector(self) -> Floats1d:
        """Mean of the tokens' vectors, else of the rows of `tensor`, else zeros: float32 (width,)."""
    @vector.setter
    def vector(self, value: Floats1d) -> None: ...
    @property
    def vector_norm(self) -> float:
        """Euclidean norm of the vector."""
    @vector_norm.setter
    def vector_norm(self, value: float) -> None: ...

def mean_vector(doc: Doc, tokens: Doc | Span) -> Floats1d:
    """Mean of the vectors of a Doc or Span, else of its rows of the tensor, else zeros."""

def similarity(first: Doc | Span | Token | Lexeme, second: Doc | Span | Token | Lexeme) -> float:
    """Cosine of two things that have vectors; 1.0 for equal words. Warns W007 without vectors, W008 for zeros."""
