from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from tagma.tokens.doc import Doc
from tagma.tokens.span import Span
from tagma.tokens.token import Token
from tagma.util.frozen import SimpleFrozenDict

class Retokenizer:
    """What `doc.retokenize()` gives: `merge` and `split` collect what the end of the block applies."""

    def __init__(self, doc: Doc) -> None: ...
    def merge(self, span: Span, attrs: Mapping[int | str, Any] = SimpleFrozenDict()) -> None:
        """Make one token of a span at the end of the block.

        It has tag, pos, morph, dep and head of the span's root, the joined lemmas, and the entity of the root. `attrs`
        (names in any case, or ids) are set on it, lexical ones on its word form; `"_"` holds a dict of extension
        attributes. The same span once more is passed over.
        """
    def split(
        self,
        token: Token,
        orths: Iterable[str],
        heads: Iterable[Token | tuple[Token, int]],
        attrs: Mapping[int | str, Sequence[Any]] = SimpleFrozenDict(),
    ) -> None:
        """Make several tokens of one at the end of the block.

        `orths` are the texts of the pieces, which joined are the token's. `heads` has a Token for each piece, or
        `(token, k)` for the k-th piece of a token that is split. `attrs` holds lists of values, one a piece, `"_"` a
        list of dicts; a shorter list sets those of the first pieces.
        """
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

def bulk_merge(doc: Doc, spans: Iterable[Span], attributes: Sequence[Mapping[int | str, Any]]) -> None:
    """Merge spans with a dict of attributes for each, in which `label` stands for the entity's type."""
